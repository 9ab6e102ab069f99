/* TUNNEL, REPLY and LINGER: raw bytes both ways once the backend has said 101, and the ways a
 * connection ends. */
#include "conn.h"

#include <errno.h>

#include "http/rewrite.h"
#include "net/sock.h"
#include "worker.h"

/* How long the other direction of a half-closed tunnel may be silent. */
#define HALF_CLOSE_SECONDS 30.0
#define LINGER_BYTES_MAX 65536

enum step tunnel_begin(struct conn *c, struct slice frames)
{
    struct worker *worker = c->worker;
    struct rewrite_response how = {.websocket = true};
    struct str out;
    str_fixed(&out, worker->out, sizeof worker->out);
    rewrite_response(&out, &worker->head, &how);
    if (out.cut)
        return conn_backend_failed(c, 502, "The head of the Lavalink node's answer is too large.",
                                   CLOSE_BACKEND_ERROR);
    struct iovec part = {out.ptr, out.len};
    conn_count_answer(c, 101);
    watch_tunnel(c);
    /* The 101 goes out by itself: a library that gets a frame in the same read loses the frame. */
    int failed = conn_send(c, &c->side, &part, 1);
    c->head_sent = true;
    if (failed == 0 && frames.len > 0) {
        part = (struct iovec){(void *)(uintptr_t)frames.ptr, frames.len};
        watch_server(c, frames.ptr, frames.len);
        failed = conn_send(c, &c->side, &part, 1);
    }
    if (failed == 0 && c->in != NULL && c->in->end > c->in->start) {
        part = (struct iovec){c->in->bytes + c->in->start, c->in->end - c->in->start};
        failed = conn_send(c, &c->link->side, &part, 1);
        watch_client(c, c->in->bytes + c->in->start, c->in->end - c->in->start);
    }
    if (failed != 0) {
        conn_end(c, CLOSE_CLIENT_ERROR);
        return STEP_WAIT;
    }
    block_free(&worker->blocks, c->in);
    c->in = NULL;
    /* A client that vanished without a word must not keep its session from being resumed. */
    sock_expect_peer(c->side.fd);
    sock_expect_peer(c->link->side.fd);
    conn_to(c, STATE_TUNNEL);
    return STEP_AGAIN;
}

/* One side has said its last byte; the first to do so gives the reason. */
static void side_ended(struct conn *c, struct side *side)
{
    side->eof = true;
    if (side != &c->side && !c->side.eof) {
        c->reason = CLOSE_BACKEND;
        worker_suspect(c->worker, c->backend, 0); /* one session's end, or the node's? */
    }
    conn_deadline(c, HALF_CLOSE_SECONDS);
}

/* The backend takes no more. It may have said something before it went: the reader finds out. */
static void stop_pumping(struct conn *c)
{
    struct side *server = &c->link->side;
    backlog_clear(&server->out, &c->worker->blocks);
    server->shut = true;
    server->paused = false;
    c->ready |= READY_LINK_READ;
    c->side.eof = true;
    c->reason = CLOSE_BACKEND;
    worker_suspect(c->worker, c->backend, 0);
    conn_deadline(c, HALF_CLOSE_SECONDS);
}

/* The backend's socket is broken: what it said before still goes to the client, then the client is
 * told. */
static void backend_lost(struct conn *c)
{
    struct side *server = &c->link->side;
    backlog_clear(&server->out, &c->worker->blocks);
    server->shut = true;
    if (!server->eof)
        side_ended(c, server);
    c->backend_lost = true;
}

void tunnel_timeout(struct conn *c)
{
    bool half = c->side.eof || c->link->side.eof;
    /* What is left unsaid must not look like a proper end. */
    conn_reset(c, half ? (enum close_reason)c->reason : CLOSE_TUNNEL_TIMEOUT);
}

/* Moves what one side has to the other. False: the connection ended. */
static bool pump(struct conn *c, struct side *from, struct side *to, unsigned bit)
{
    if ((c->ready & bit) == 0 || from->eof || from->paused || to->out.len >= BACKLOG_HIGH)
        return true;
    struct worker *worker = c->worker;
    size_t room = BACKLOG_HIGH - to->out.len;
    ssize_t got = sock_recv(from->fd, worker->scratch, room);
    if (got < (ssize_t)room)
        c->ready &= (uint8_t)~bit;
    if (got < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return true;
        if (from == &c->side) {
            conn_end(c, CLOSE_CLIENT_ERROR);
            return false;
        }
        backend_lost(c);
        return true;
    }
    if (got == 0) {
        side_ended(c, from);
        return true;
    }
    if (from == &c->side)
        c->bytes_in += (uint64_t)got;
    if (to->eof)
        conn_deadline(c, HALF_CLOSE_SECONDS);
    struct iovec part = {worker->scratch, (size_t)got};
    /* Learnt before it is told: the client may name its new session on another worker at once. */
    (from == &c->side ? watch_client : watch_server)(c, worker->scratch, (size_t)got);
    if (conn_send(c, to, &part, 1) == 0)
        return true;
    if (to == &c->side) {
        conn_end(c, CLOSE_CLIENT_ERROR);
        return false;
    }
    stop_pumping(c);
    return true;
}

/* Passes an end on once everything before it has gone out. */
static void pass_end(const struct side *from, struct side *to)
{
    if (from->eof && to->out.len == 0 && !to->shut) {
        sock_shut(to->fd);
        to->shut = true;
    }
}

enum step step_tunnel(struct conn *c)
{
    struct side *client = &c->side;
    struct side *server = &c->link->side;
    if (c->send_failed) {
        c->send_failed = false;
        stop_pumping(c);
    }
    if (!pump(c, client, server, READY_CLIENT_READ) || !pump(c, server, client, READY_LINK_READ))
        return STEP_WAIT;
    pass_end(client, server);
    pass_end(server, client);
    if (c->backend_lost && client->shut) {
        link_close(c->link);
        c->link = NULL;
        c->reason = CLOSE_BACKEND_ERROR;
        conn_to(c, STATE_LINGER);
        return STEP_AGAIN;
    }
    if (client->eof && server->eof && client->out.len == 0 && server->out.len == 0) {
        conn_end(c, (enum close_reason)c->reason);
        return STEP_WAIT;
    }
    double limit = c->worker->config->timeouts.tunnel;
    if (limit >= 0 && !client->eof && !server->eof)
        conn_deadline(c, limit);
    return STEP_WAIT;
}

enum step step_reply(struct conn *c)
{
    if (c->side.out.len > 0)
        return STEP_WAIT;
    bool read_all = c->request.done && (c->in == NULL || c->in->end == c->in->start);
    if (c->cut_reset)
        conn_reset(c, (enum close_reason)c->reason);
    else if (c->reason == CLOSE_DONE && read_all)
        conn_end(c, CLOSE_DONE);
    else {
        sock_shut(c->side.fd);
        conn_to(c, STATE_LINGER);
        return STEP_AGAIN;
    }
    return STEP_WAIT;
}

enum step step_linger(struct conn *c)
{
    while ((c->ready & READY_CLIENT_READ) != 0) {
        ssize_t got = conn_recv(c, c->worker->scratch, WORKER_SCRATCH);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return STEP_WAIT;
        if (got > 0)
            c->lingered += (uint32_t)got;
        if (got <= 0 || c->lingered >= LINGER_BYTES_MAX) {
            conn_end(c, (enum close_reason)c->reason);
            return STEP_WAIT;
        }
    }
    return STEP_WAIT;
}
