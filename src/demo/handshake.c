/*
 * Handshakes: refusals in Lavalink's order, then the 101 and what stands behind it.
 */
#include "handshake.h"

#include <string.h>

#include "answer.h"
#include "frames.h"
#include "inside.h"
#include "peer.h"
#include "rest.h"
#include "session.h"

#define PUSH_SIZE_MAX 1048576

bool handshake_path(const struct request *rq)
{
    if (rq->node->options.version == 3 && slice_equal(rq->path, SLICE("/")))
        return true;
    return !rq->bare && rq->count == 1 && slice_equal(rq->parts[0], SLICE("websocket"));
}

bool handshake_wanted(const struct request *rq)
{
    return handshake_path(rq) && rq->head->connection_upgrade &&
           slice_equal_nocase(head_value(rq->head, HEADER_UPGRADE), SLICE("websocket"));
}

/* Spring lets only pages of the same host in. */
static bool is_foreign(const struct head *head)
{
    struct slice origin = rest_header(head, "Origin");
    struct slice host = head_value(head, HEADER_HOST);
    const char *scheme;

    if (origin.ptr == NULL || origin.len == 0)
        return false;
    scheme = memmem(origin.ptr, origin.len, "://", 3);
    if (scheme == NULL)
        return true;
    origin.len -= (size_t)(scheme + 3 - origin.ptr);
    origin.ptr = scheme + 3;
    return !slice_equal_nocase(origin, host);
}

/* Refuses what Lavalink refuses; true when it did. */
static bool refused(struct request *rq, bool load_mode)
{
    const struct head *head = rq->head;
    struct slice user = head_value(head, HEADER_USER_ID);

    if (rq->node->options.fail == NODE_FAIL_REFUSEWS) {
        answer_empty(rq->peer, 503);
    } else if (!slice_equal(head->method, SLICE("GET"))) {
        answer_empty(rq->peer, 405);
    } else if (!slice_equal(rest_header(head, "Sec-WebSocket-Version"), SLICE("13"))) {
        answer_send(rq->peer,
                    &(struct answer){.status = 426, .headers = "Sec-WebSocket-Version: 13\r\n"});
    } else if (!ws_key_valid(head_value(head, HEADER_SEC_WEBSOCKET_KEY))) {
        answer_text(rq->peer, 400, "Missing or malformed Sec-WebSocket-Key");
    } else if (is_foreign(head)) {
        answer_empty(rq->peer, 403);
    } else if (!load_mode &&
               (user.ptr == NULL || (rq->node->options.version == 4 &&
                                     (user.len == 0 || slice_equal(user, SLICE("0")))))) {
        answer_empty(rq->peer, 400);
    } else {
        return false;
    }
    return true;
}

static void switch_protocols(struct request *rq, const char *session_header)
{
    struct str *wire = &rq->node->wire;
    char accept[WS_ACCEPT_SIZE];

    ws_accept(accept, head_value(rq->head, HEADER_SEC_WEBSOCKET_KEY));
    str_reset(wire);
    str_addf(wire,
             "HTTP/1.1 101 Switching Protocols\r\nLavalink-Api-Version: %u\r\n"
             "Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
             rq->node->options.version, accept, session_header);
    rq->peer->state = PEER_WS;
    rq->node->websockets++;
    ev_timer_stop(rq->node->loop, &rq->peer->timer);
    peer_send(rq->peer, wire->ptr, wire->len);
}

/* Reads ?push=RATE,SIZE and starts it; false when there is nothing to make of it. */
static bool start_push(struct request *rq, struct slice value)
{
    static const char odd[] = {(char)0xa1, 0}; /* a text frame with a reserved bit */
    char memory[8];
    struct str ignored;
    struct slice rate_text = {value.ptr, slice_find(value, ',')}, size_text;
    uint64_t rate, size;

    if (rate_text.len == value.len)
        return false;
    size_text = (struct slice){value.ptr + rate_text.len + 1, value.len - rate_text.len - 1};
    if (!slice_to_u64(rate_text, &rate) || !slice_to_u64(size_text, &size) || rate == 0 ||
        rate > 1000000 || size > PUSH_SIZE_MAX)
        return false;
    rq->peer->mode = PEER_PUSH;
    switch_protocols(rq, "");
    str_fixed(&ignored, memory, sizeof memory);
    if (rest_param(rq, "odd", &ignored))
        peer_send(rq->peer, odd, sizeof odd);
    if (frames_start_push(rq->peer, (double)rate, (size_t)size) < 0)
        peer_finish(rq->peer);
    return true;
}

static bool start_bulk(struct request *rq, struct slice value)
{
    struct peer *peer = rq->peer;

    if (!slice_to_u64(value, &peer->bulk_left))
        return false;
    peer->bulk_endless = peer->bulk_left == 0;
    peer->mode = PEER_BULK;
    switch_protocols(rq, "");
    peer_arm(peer);
    return true;
}

/* A load mode of the query; true when it named one. */
static bool start_load(struct request *rq)
{
    char memory[64];
    struct str value;

    str_fixed(&value, memory, sizeof memory);
    if (rest_param(rq, "echo", &value)) {
        rq->peer->mode = PEER_ECHO;
        switch_protocols(rq, "");
    } else if (rest_param(rq, "sink", &value)) {
        rq->peer->mode = PEER_SINK;
        switch_protocols(rq, "");
    } else if (rest_param(rq, "push", &value)) {
        if (!start_push(rq, str_slice(&value)))
            answer_text(rq->peer, 400, "push=RATE,SIZE");
    } else if (rest_param(rq, "bulk", &value)) {
        if (!start_bulk(rq, str_slice(&value)))
            answer_text(rq->peer, 400, "bulk=BYTES");
    } else {
        return false;
    }
    return true;
}

static bool names_load(const struct request *rq)
{
    static const char *const names[] = {"echo", "sink", "push", "bulk"};
    char memory[64];
    struct str value;

    str_fixed(&value, memory, sizeof memory);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (rest_param(rq, names[i], &value))
            return true;
    return false;
}

void handshake(struct request *rq)
{
    bool load = names_load(rq);
    struct slice user = head_value(rq->head, HEADER_USER_ID);
    struct slice old = head_value(rq->head, rq->node->options.version == 3 ? HEADER_RESUME_KEY
                                                                           : HEADER_SESSION_ID);
    struct session *session;
    bool resumed;
    uint64_t number;

    if (refused(rq, load))
        return;
    if (load) {
        start_load(rq);
        return;
    }
    session = session_resume(rq->node, old);
    resumed = session != NULL;
    if (!resumed)
        session = session_new(rq->node, user);
    if (session == NULL) {
        answer_empty(rq->peer, 500);
        return;
    }
    rq->peer->mode = PEER_SESSION;
    session_attach(session, rq->peer, resumed);
    switch_protocols(rq, resumed ? "Session-Resumed: true\r\n" : "Session-Resumed: false\r\n");
    /* Lavalink parses the number only behind the handshake, and fails then. */
    if (!slice_to_u64(user, &number))
        frames_close(rq->peer, 1011, "");
}
