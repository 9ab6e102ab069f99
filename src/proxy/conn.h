/*
 * One client connection, from accept to the end: HEAD → DIAL → EXCHANGE → IDLE → HEAD…, EXCHANGE →
 * TUNNEL → CLOSE, REPLY → LINGER → DEAD. conn_run is one switch over the state; conn_to is the only
 * writer of the state, conn_arm the only caller of side_watch, conn_end the only end. Worker thread
 * only.
 */
#ifndef PROXY_CONN_H
#define PROXY_CONN_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "gate.h"
#include "http/framing.h"
#include "http/route.h"
#include "link.h"
#include "net/addr.h"
#include "stats/command.h"
#include "stats/notes.h"
#include "stats/report.h"
#include "watch.h"

struct worker;

enum conn_state {
    STATE_HEAD,     /* a request head is coming in */
    STATE_DIAL,     /* a backend is being chosen, dialled or waited for */
    STATE_EXCHANGE, /* request and answer under way */
    STATE_IDLE,     /* between requests */
    STATE_TUNNEL,   /* WebSocket: raw bytes both ways */
    STATE_CLOSE,    /* a tunnel that is being ended politely: both sides are told, then heard out */
    STATE_REPLY,    /* our last bytes are on their way to the client */
    STATE_LINGER, /* they are out; its last bytes are read and thrown away, lest a reset eat ours */
    STATE_DEAD,
};

/* What a step did. */
enum step {
    STEP_AGAIN, /* the state moved or there is more to do: go round */
    STEP_WAIT,  /* an event is needed */
};

/* Events not used up yet. */
enum { READY_CLIENT_READ = 1, READY_CLIENT_WRITE = 2, READY_LINK_READ = 4, READY_LINK_WRITE = 8 };

struct conn {
    struct worker *worker;
    struct conn *next, *prev; /* in the worker's list; `next` also in the dead and free lists */
    struct conn *wait_next, *wait_prev;
    struct side side; /* the client's socket */
    struct link *link;
    struct ev_timer timer;
    double deadline; /* worker->now; 0: none. The timer may fire early, then it is set anew. */
    double end_by;   /* worker->now; 0: nobody has ended it. Whatever moves, then it is over */
    uint8_t state;   /* enum conn_state */
    uint8_t ready;
    uint8_t reason;  /* enum close_reason, once it is decided */
    uint8_t verdict; /* enum gate_verdict of the client at the door */

    /* the request */
    struct block *in; /* [head_start, head_end) the head, kept until the answer begins; then bytes
                         not used yet */
    uint32_t head_start;
    uint32_t head_end;    /* 0: no head is kept */
    uint32_t retry_after; /* seconds, for a refusal */
    bool head_partial;    /* c->in is a head that goes on */
    struct framing request;
    struct framing response;
    uint64_t tried;  /* bit per slot that failed this request */
    uint8_t addr_at; /* which address of the backend is next */
    uint8_t backend; /* slot of the last routed request, or REPORT_NO_BACKEND */
    uint8_t bound;   /* slot of the session the request belongs to, or REPORT_NO_BACKEND */
    uint8_t chosen;  /* slot being dialled until it has failed, or REPORT_NO_BACKEND */
    uint8_t claimed; /* slot in whose gauge this WebSocket counts, or REPORT_NO_BACKEND */
    uint8_t kind, version;
    bool proxy_header; /* a PROXY header must come first */
    bool websocket;    /* this request wants an upgrade */
    bool let_in;       /* this request came with the right password and a clear framing */
    bool idempotent;
    bool to_head; /* this request is a HEAD */
    bool http10;
    bool close_after; /* no further request on this connection */
    bool sent_any;    /* some of the request has gone to the present backend */
    bool send_failed; /* the backend takes no more of the request; its answer may still come */
    bool answered;    /* the first byte of an answer has come */
    bool head_sent;   /* the final answer's head has gone to the client */
    bool cut_reset;   /* end with a reset: the client must not take the end for real */
    bool waiting;     /* held for a backend to return */
    bool retried;   /* the present request met a dead kept-alive connection: no second one for it */
    bool timed_out; /* the last backend did not accept in time */
    bool our_fault; /* a backend could not be dialled for want of something of ours */
    bool body_streamed;  /* body bytes have gone that are not kept */
    bool link_keeps;     /* the backend keeps its connection open after this answer */
    bool backend_lost;   /* the tunnel's backend socket broke */
    bool via_proxy;      /* the client's address came in a trusted PROXY header */
    int dial_error;      /* errno of an address tried; one of ours only while there is no other */
    unsigned generation; /* of the slot being dialled when it was chosen */
    double wait_until;   /* end of the hold */
    bool info_dirty;
    unsigned epoch;    /* of the block list when last looked at */
    uint32_t lingered; /* bytes thrown away */

    struct watch watch; /* what passes is looked at, see watch.h */

    /* the books */
    struct gate_ticket ticket;
    uint64_t id;
    struct addr peer;   /* the socket's other end */
    struct addr client; /* the same, or what a trusted PROXY header said */
    int64_t opened_ms;
    uint64_t bytes_in, bytes_out;
    uint64_t booked_in, booked_out; /* already attributed to a backend */
    uint64_t told_in, told_out;     /* as of the last report */
    uint32_t requests, told_requests;
    uint32_t booked_messages;
    uint32_t answers[REPORT_CLASSES]; /* to REST requests, by the first digit of their status */
    struct report_text user_id, client_name, user_agent, path;
};

/* Zeroed; NULL without memory. */
struct conn *conn_new(struct worker *worker);

/* Takes over an accepted socket. Without memory it is closed. */
void conn_accept(struct worker *worker, int fd, const struct addr *peer);

/* Events of the backend's socket. */
void conn_on_link(struct conn *c, int events);

/* A backend came back: held handshakes try again. */
void conn_wake(struct conn *c);

/* Ends it at once and frees its sockets. Idempotent. */
void conn_end(struct conn *c, enum close_reason reason);
/* The same with a TCP reset to the client. */
void conn_reset(struct conn *c, enum close_reason reason);
/* Ends it by hand; KILL_CLOSE may take until c->end_by. The reason will be CLOSE_KILLED. */
void conn_kill(struct conn *c, enum kill_mode mode);

/* Looks what there is to do and then what to wait for: after a change from outside. */
void conn_run(struct conn *c);

/* Asks the gate for the client's address, once it is known for sure. */
void conn_admit(struct conn *c);

/* No further requests; ends now if it is between two. */
void conn_drain(struct conn *c);

/* Books bytes not attributed yet to the backend of the last request, except `pending` just read
 * ones. */
void conn_book(struct conn *c, size_t pending);

/* Requests so far, and WebSocket messages either way as far as they are watched. */
uint32_t conn_messages(const struct conn *c);

/* Room for a note on this connection, its head filled in; NULL: there is none, and it is dropped.
 */
struct note *conn_note(const struct conn *c, enum note_kind kind, size_t size);

/* An answer with this status goes to the client. */
void conn_count_answer(struct conn *c, unsigned status);

void conn_info(const struct conn *c, struct report_info *info);

/* --- for the steps
 * ------------------------------------------------------------------------------------------------
 */

/* The only writer of the state. */
void conn_to(struct conn *c, enum conn_state state);

/* The deadline from now; CONFIG_OFF: none. */
void conn_deadline(struct conn *c, double seconds);

/* Bytes to a side: tried at once, what the socket does not take is kept. -1: the side is broken
 * (errno) or memory is out. `count` parts, at most SEND_PARTS_MAX; they are consumed. */
#define SEND_PARTS_MAX 64
int conn_send(struct conn *c, struct side *to, struct iovec *parts, int count);

/* Reads from the client into memory, counting. As recv(2): 0 EOF, -1 errno. */
ssize_t conn_recv(struct conn *c, void *bytes, size_t room);

/* Answers with our own words and ends: REPLY, LINGER, DEAD. `target` may be empty. */
enum step conn_refuse(struct conn *c, unsigned status, const char *message, struct slice target,
                      enum close_reason reason);

/* A backend took the request and broke its word: counted, told in the event list, answered `status`
 * (a handshake: 503, to be tried again) if nothing has gone out, else cut off. */
enum step conn_backend_failed(struct conn *c, unsigned status, const char *why,
                              enum close_reason reason);

/* Cuts the exchange off: what went out stays, the end is never made to look real. */
enum step conn_cut(struct conn *c, enum close_reason reason);

/* The present request goes to another connection or backend, if it may; else false. */
bool conn_may_retry(const struct conn *c);

/* The path of the present request for an answer of ours; cut to what is remembered of it. */
struct slice conn_path(const struct conn *c);

/* Keeps bytes read too early behind those in c->in. -1: no memory or no room. */
int conn_keep(struct conn *c, const char *bytes, size_t len);

/* How much conn_keep takes. */
size_t conn_room(const struct conn *c);

/* Gives c->in back once nothing in it is needed. */
void conn_in_done(struct conn *c);

/* Sends the kept head (head index in worker->head, or parsed again here) to the fresh link and goes
 * to EXCHANGE. */
enum step request_send(struct conn *c, const struct head *head);

enum step step_head(struct conn *c);
enum step step_dial(struct conn *c);
enum step step_exchange(struct conn *c);
enum step step_tunnel(struct conn *c);
enum step step_close(struct conn *c);
enum step step_reply(struct conn *c);
enum step step_linger(struct conn *c);

/* A WebSocket is on its way to no backend any more: its gauge. */
void dial_release(struct conn *c);
/* The fleet has changed: whatever refers to a slot that is not in it any more lets go. */
void conn_forget(struct conn *c, unsigned slot);
/* Leaves the list of held handshakes, if it is in it. */
void dial_stop_waiting(struct conn *c);
/* Begins choosing a backend for the request whose head is in worker->head. */
enum step dial_begin(struct conn *c);
/* After a deadline in DIAL. */
enum step dial_timeout(struct conn *c);
/* After a deadline in EXCHANGE and in TUNNEL. */
enum step exchange_timeout(struct conn *c);
void tunnel_timeout(struct conn *c);
/* After the deadline of one that was ended by hand. */
void close_timeout(struct conn *c);

/* Enters the tunnel after the 101; `frames` are bytes behind its head. */
enum step tunnel_begin(struct conn *c, struct slice frames);

#endif
