/*
 * What passes through a connection is looked at, never held back or changed: which session a
 * request belongs to and which backend holds it, for how long sessions outlive their socket, and
 * for the books, as notes: what bots ask for, what nodes say, and how long that took. watch.c:
 * requests; watch_rest.c: bodies of REST exchanges; watch_tunnel.c: WebSocket messages. Worker
 * thread only.
 */
#ifndef PROXY_WATCH_H
#define PROXY_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "affinity.h"
#include "lavalink/observer.h"

struct block;
struct conn;
struct framing;
struct head;
struct reading;
struct route;
struct worker;

struct watch {
    struct observer server, client; /* of the tunnel; the client's only on v3, else it is lost with
                                       the first byte */
    struct block *server_part, *client_part; /* readers of messages that are cut short */
    bool server_deaf, client_deaf; /* a text was broken: only frames are followed from there on */
    bool asked_resume, no_user;    /* of the last handshake */

    /* the REST request under way */
    bool names;      /* its path names the session `named` */
    bool no_replace; /* of a PATCH of a player */
    bool no_channel; /* its body has a voice part without channelId */
    uint8_t route;   /* enum rest_route */
    uint16_t status; /* of the node's answer; 0: none yet */
    uint32_t took_us;
    uint64_t guild;
    struct reading *reading; /* its bodies, where they are read */

    struct affinity_key named;           /* by the last path that named one */
    struct affinity_key session, resume; /* learnt on this connection */
    uint64_t user;                       /* affinity_user of its User-Id; 0: none yet */
    double asked_at;                     /* worker->now when the request's head came in */
};

/* A request with this head comes in: sets c->bound to the slot of its session, if one is known. */
void watch_request(struct conn *c, const struct head *head, const struct route *route);
/* It is about to be sent (again). */
void watch_send(struct conn *c);
/* Content of its body or of the answer's that is passed on, f->done: up to the end; only where
 * c->watch.reading is set. */
void watch_content(struct conn *c, const struct framing *f, struct slice content);
/* The head of the final answer is in worker->head; it has not gone out yet. */
void watch_answer(struct conn *c);
/* An answer goes to the client, the node's own or ours. */
void watch_answered(struct conn *c, unsigned status, bool by_node);
/* The exchange is over, whether or not there was an answer. */
void watch_done(struct conn *c);

/* The tunnel stands; the node's 101 is in worker->head. */
void watch_tunnel(struct conn *c);
/* Bytes that passed through it. */
void watch_server(struct conn *c, const char *bytes, size_t len);
void watch_client(struct conn *c, const char *bytes, size_t len);

/* The connection ends. */
void watch_end(struct conn *c);

/* Frees what a worker keeps for exchanges to come. */
void watch_forget(struct worker *worker);

#endif
