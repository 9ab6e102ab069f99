/*
 * One TCP connection of a node: HTTP requests one after the other, then perhaps a WebSocket.
 * Output that the socket does not take waits in `out`; reading stops while much waits. One timer,
 * whose meaning follows the state. One thread.
 */
#ifndef DEMO_PEER_H
#define DEMO_PEER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/str.h"
#include "demo/node.h"
#include "http/framing.h"
#include "lavalink/ws.h"

enum peer_state {
    PEER_HEAD,   /* waits for a request; timer: idle */
    PEER_BODY,   /* gathers its body */
    PEER_WAIT,   /* the answer comes in pieces by the timer, or never */
    PEER_WS,     /* timer: push */
    PEER_FLUSH,  /* the last bytes are on their way */
    PEER_LINGER, /* output shut, waits for the other side's end; timer: gives up */
    PEER_DEAD
};

enum peer_mode { PEER_SESSION, PEER_ECHO, PEER_PUSH, PEER_BULK, PEER_SINK };

struct peer {
    struct peer *next, *prev;
    struct node *node;
    uint64_t id;
    int fd;
    enum peer_state state;
    bool eof;    /* the other side has shut its output */
    bool broken; /* sending failed; ends with its next event, so that senders need not look */
    ev_io io;
    ev_timer timer;
    double active; /* when the last request was answered */
    struct str in; /* read but not used yet */
    struct str out;
    size_t sent; /* of out */

    /* the request under way */
    struct str head;
    struct str body;
    struct framing framing;
    bool head_only, http10, close_after;
    struct str later; /* an answer that waits for the timer */
    size_t later_sent;
    unsigned pieces;

    /* the WebSocket */
    enum peer_mode mode;
    struct session *session; /* NULL again when it was lost */
    struct ws_header frame;
    uint64_t left; /* of the payload of `frame`; a frame is under way while in_frame */
    bool in_frame, in_message;
    struct str message;
    uint8_t control[WS_CONTROL_MAX];
    uint64_t bulk_left; /* payload bytes still to stream */
    size_t bulk_at;     /* into the frame being sent */
    size_t bulk_frame;  /* its size; 0: none under way */
    bool bulk_endless;
    struct str push; /* the frame to push */
    double push_rate, push_credit, push_last;
    uint64_t sunk;
};

/* Takes the accepted descriptor. -1 when memory is out (the descriptor is closed). */
int peer_open(struct node *node, int fd);
/* Closes at once, with a reset or not; frees at the end of the turn. Idempotent. */
void peer_end(struct peer *peer, bool reset);
/* Frees what ended, and the struct. Only for the reaper and node_free. */
void peer_free(struct peer *peer);

/* Sends or keeps for later; never ends the peer in the caller's hands. Harmless on one that
 * ended. */
void peer_send(struct peer *peer, const void *bytes, size_t len);
/* Bytes that wait to be sent. */
size_t peer_backlog(const struct peer *peer);
/* No more input counts; closes when everything is sent and the other side had its time. */
void peer_finish(struct peer *peer);
/* Sends `later` in `pieces` parts, one each `seconds`. pieces 0: never. */
void peer_wait(struct peer *peer, double seconds, unsigned pieces);
/* Back to reading requests after an answer, or to finishing when it was the last one. */
void peer_answered(struct peer *peer);
/* Sets interest from state and backlog; to be called when either changed outside of the peer's own
 * events. */
void peer_arm(struct peer *peer);

#endif
