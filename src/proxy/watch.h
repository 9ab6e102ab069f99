/*
 * What passes through a connection is looked at, never held back or changed: which session a
 * request belongs to and which backend holds it, what the node says through a tunnel (ready,
 * stats), and for how long sessions outlive their socket. Worker thread only.
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
struct head;
struct route;

#define WATCH_PATCH_MAX 512 /* a longer body says more than resuming and timeout */

/* The body of a PATCH /vN/sessions/{sid} under way. */
struct watch_patch {
    struct affinity_key session;
    size_t len;
    char bytes[WATCH_PATCH_MAX];
};

struct watch {
    struct observer server, client; /* of the tunnel; the client's only on v3, else it is lost with
                                       the first byte */
    struct block *server_part, *client_part; /* readers of messages that are cut short */
    bool server_deaf, client_deaf; /* a text was broken: only frames are followed from there on */
    struct affinity_key session, resume; /* learnt on this connection */
    uint64_t user;                       /* affinity_user of its User-Id; 0: none yet */
    struct watch_patch *patch;
    double asked_at;            /* worker->now when the request's head came in */
    bool asked_resume, no_user; /* of the last handshake */
};

/* A request with this head comes in: sets c->bound to the slot of its session, if one is known. */
void watch_request(struct conn *c, const struct head *head, const struct route *route);
/* It is about to be sent (again). */
void watch_send(struct conn *c);
/* Bytes of its body that go to the backend. */
void watch_body(struct conn *c, const char *bytes, size_t len);
/* Its final answer has this status. */
void watch_answer(struct conn *c, unsigned status);

/* An answer goes to the client, the node's own or ours. */
void watch_answered(struct conn *c, unsigned status, bool by_node);

/* A handshake is answered with something else than 101. */
void watch_refused(struct conn *c, unsigned status, bool by_node);
/* The tunnel stands; the node's 101 is in worker->head. */
void watch_tunnel(struct conn *c);
/* Bytes that passed through it. */
void watch_server(struct conn *c, const char *bytes, size_t len);
void watch_client(struct conn *c, const char *bytes, size_t len);
/* It ends, if there was one. */
void watch_tunnel_end(struct conn *c);

/* The connection ends. */
void watch_end(struct conn *c);

#endif
