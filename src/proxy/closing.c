/* CLOSE: how a connection is ended by hand. Politely means that a WebSocket hears why: after the
 * frame under way the client gets a close frame of ours and then the end, and so does the backend;
 * what either still says is thrown away. A request is answered and then has no successor. Whatever
 * is not over in time is reset, so nobody can hold up his own end. */
#include "conn.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "lavalink/ws.h"
#include "net/sock.h"
#include "worker.h"

#define CLOSE_SECONDS 2.0
#define GOING_AWAY "\x03\xe9" /* 1001 */
#define WHY GOING_AWAY "ended by the operator"

/* Puts the close frame behind what has been said to this side. -1: the side is broken. */
static int send_close(struct conn *c, struct side *to)
{
    char bytes[WS_HEADER_MAX + sizeof WHY - 1];
    struct ws_header header = {.opcode = WS_CLOSE, .fin = true, .length = sizeof WHY - 1};
    if (to != &c->side) {
        header.masked = true;
        hash_random(header.mask, sizeof header.mask);
    }
    size_t size = ws_encode((uint8_t *)bytes, &header);
    memcpy(bytes + size, WHY, sizeof WHY - 1);
    if (header.masked)
        ws_mask(bytes + size, sizeof WHY - 1, header.mask, 0);
    struct iovec part = {bytes, size + sizeof WHY - 1};
    return conn_send(c, to, &part, 1);
}

/* The last word to a side: a close frame where one fits, and none has gone already. */
static int say_last(struct conn *c, struct side *to, const struct observer *o)
{
    to->last = true;
    if (to->shut || o->lost || o->closed || observer_left(o) > 0)
        return 0;
    return send_close(c, to);
}

/* Shows the observer the part of `bytes` that belongs to the frame under way; returns its length.
 */
static size_t rest_of_frame(struct conn *c, const struct observer *o, const char *bytes, size_t len)
{
    size_t used = 0;
    while (used < len && !o->lost && observer_left(o) > 0) {
        uint64_t left = observer_left(o);
        size_t piece = left < len - used ? (size_t)left : len - used;
        (o == &c->watch.server ? watch_server : watch_client)(c, bytes + used, piece);
        used += piece;
    }
    return used;
}

/* Reads one side; what belongs to a frame that the other side has half of still goes there. -1: the
 * other side is broken. */
static int hear_out(struct conn *c, struct side *from, struct side *to, const struct observer *o,
                    unsigned bit)
{
    if ((c->ready & bit) == 0 || from->eof || (!to->last && to->out.len >= BACKLOG_HIGH))
        return 0;
    size_t room = to->last ? WORKER_SCRATCH : BACKLOG_HIGH - to->out.len;
    ssize_t got = sock_recv(from->fd, c->worker->scratch, room);
    if (got < (ssize_t)room)
        c->ready &= (uint8_t)~bit;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (got <= 0) {
        from->eof = true;
        return 0;
    }
    if (from == &c->side)
        c->bytes_in += (uint64_t)got;
    size_t use = to->last ? 0 : rest_of_frame(c, o, c->worker->scratch, (size_t)got);
    struct iovec part = {c->worker->scratch, use};
    if (use > 0 && conn_send(c, to, &part, 1) != 0)
        return -1;
    return !to->last && (o->lost || observer_left(o) == 0) ? say_last(c, to, o) : 0;
}

/* One direction of the end. -1: `to` is broken. */
static int close_way(struct conn *c, struct side *from, struct side *to, const struct observer *o,
                     unsigned bit)
{
    if (!to->last && (o->lost || from->eof || observer_left(o) == 0) && say_last(c, to, o) != 0)
        return -1;
    if (hear_out(c, from, to, o, bit) != 0)
        return -1;
    if (from->eof)
        to->last = true;
    if (to->last && to->out.len == 0 && !to->shut) {
        sock_shut(to->fd);
        to->shut = true;
    }
    return 0;
}

/* The backend takes no more. */
static void lose_backend(struct conn *c)
{
    struct side *server = &c->link->side;
    backlog_clear(&server->out, &c->worker->blocks);
    server->last = server->shut = true;
}

enum step step_close(struct conn *c)
{
    struct side *client = &c->side;
    struct side *server = &c->link->side;
    if (c->send_failed) {
        c->send_failed = false;
        lose_backend(c);
    }
    if (close_way(c, server, client, &c->watch.server, READY_LINK_READ) != 0) {
        conn_end(c, CLOSE_KILLED);
        return STEP_WAIT;
    }
    if (close_way(c, client, server, &c->watch.client, READY_CLIENT_READ) != 0)
        lose_backend(c);
    if (client->eof && server->eof && client->out.len == 0)
        conn_end(c, CLOSE_KILLED);
    return STEP_WAIT;
}

void close_timeout(struct conn *c)
{
    /* A client that has heard everything is only let go; one that does not listen is cut off. */
    if (c->side.eof || c->state == STATE_LINGER)
        conn_end(c, CLOSE_KILLED);
    else
        conn_reset(c, CLOSE_KILLED);
}

/* A request under way is answered, within the time there is. */
static void close_after_answer(struct conn *c)
{
    c->close_after = true;
    if (c->deadline <= 0 || c->deadline > c->end_by)
        conn_deadline(c, CLOSE_SECONDS);
}

static void close_politely(struct conn *c)
{
    c->end_by = c->worker->now + CLOSE_SECONDS;
    switch ((enum conn_state)c->state) {
    case STATE_TUNNEL:
        conn_to(c, STATE_CLOSE);
        conn_deadline(c, CLOSE_SECONDS);
        conn_run(c);
        return;
    case STATE_DIAL:
    case STATE_EXCHANGE:
        if (c->websocket)
            conn_reset(c, CLOSE_KILLED); /* a handshake: there is nothing to be heard out yet */
        else
            close_after_answer(c);
        return;
    case STATE_REPLY:
    case STATE_LINGER:
        close_after_answer(c);
        return;
    case STATE_IDLE:
        if (c->side.out.len > 0) {
            c->reason = CLOSE_KILLED;
            conn_to(c, STATE_REPLY);
            conn_run(c);
            return;
        }
        break;
    case STATE_HEAD:
    case STATE_CLOSE:
    case STATE_DEAD:
        break;
    }
    conn_end(c, CLOSE_KILLED);
}

void conn_kill(struct conn *c, enum kill_mode mode)
{
    if (mode == KILL_RESET)
        conn_reset(c, CLOSE_KILLED);
    else if (c->end_by <= 0)
        close_politely(c);
}
