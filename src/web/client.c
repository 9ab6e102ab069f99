/*
 * One connection of the web port. Steps return whether the state moved; interest and timer are
 * derived from the state.
 */
#include "web/client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "net/sock.h"
#include "web/ask.h"
#include "web/serve.h"
#include "web/stream.h"

#define HEADER_SECONDS 10.0 /* a whole request */
#define IDLE_SECONDS 30.0   /* between requests */
#define STUCK_SECONDS 30.0  /* an answer without progress */
#define LINGER_SECONDS 2.0
#define LINGER_BYTES 65536
#define WAIT_POLL_SECONDS 1.0 /* looks whether the time is up; what comes wakes by itself */
#define PIECES_PER_TURN 4     /* then the rest of the loop has its turn */

static double state_seconds(const struct client *c)
{
    switch (c->state) {
    case CLIENT_READ:
        return c->inbox ? HEADER_SECONDS : IDLE_SECONDS;
    case CLIENT_WAIT:
        return WAIT_POLL_SECONDS;
    case CLIENT_WRITE:
    case CLIENT_STREAM:
        return STUCK_SECONDS;
    case CLIENT_LINGER:
        return LINGER_SECONDS;
    case CLIENT_DEAD:
        break;
    }
    return 0;
}

static void start_timer(struct client *c)
{
    c->timer.repeat = state_seconds(c);
    ev_timer_again(c->web->loop, &c->timer);
}

void client_to(struct client *c, enum client_state state)
{
    c->state = state;
    start_timer(c);
}

static void drop_inbox(struct client *c)
{
    free(c->inbox);
    c->inbox = NULL;
}

static bool read_bytes(struct client *c)
{
    if (!c->readable)
        return false;
    c->readable = false;
    if (!c->inbox) {
        c->inbox = malloc(sizeof(*c->inbox));
        if (!c->inbox) {
            client_to(c, CLIENT_DEAD);
            return true;
        }
        inbox_init(c->inbox);
    }
    struct inbox *inbox = c->inbox;
    bool first = inbox->len == 0 && !inbox->headed;
    size_t room = sizeof(inbox->bytes) - inbox->len;
    assert(room > 0);
    ssize_t got = sock_recv(c->fd, inbox->bytes + inbox->len, room);
    if (got > 0) {
        inbox->len += (size_t)got;
        if (first)
            start_timer(c);
        return true;
    }
    if (got < 0 && errno == EAGAIN) {
        if (first)
            drop_inbox(c);
        return false;
    }
    client_to(c, CLIENT_DEAD);
    return true;
}

static bool step_read(struct client *c)
{
    switch (c->inbox ? inbox_check(c->inbox) : INBOX_MORE) {
    case INBOX_MORE:
        return read_bytes(c);
    case INBOX_READY:
        serve_request(c);
        return true;
    case INBOX_BAD:
        serve_refusal(c, c->inbox->status, c->inbox->message);
        return true;
    }
    return false;
}

/* Puts the next piece of a long answer into the emptied `out`. */
static void refill(struct client *c)
{
    str_reset(&c->out);
    c->sent = 0;
    struct str piece;
    str_growing(&piece);
    feed_write(c->feed, c->chunked ? &piece : &c->out);
    if (c->chunked && piece.len > 0) { /* an empty chunk would be the end */
        char line[FRAMING_CHUNK_MAX];
        str_add(&c->out, line, framing_chunk_line(line, piece.len));
        str_add_slice(&c->out, str_slice(&piece));
        str_add_text(&c->out, "\r\n");
    }
    if (c->chunked && c->feed->done)
        str_add_text(&c->out, "0\r\n\r\n");
    c->out.cut = c->out.cut || piece.cut;
    str_free(&piece);
}

static void drop_answer(struct client *c)
{
    str_free(&c->out);
    c->sent = 0;
    feed_end(c->feed);
    free(c->feed);
    c->feed = NULL;
    port_release(c->held);
    c->held = NULL;
}

static void answered(struct client *c)
{
    drop_answer(c);
    if (c->close) {
        drop_inbox(c);
        sock_shut(c->fd);
        client_to(c, CLIENT_LINGER);
        return;
    }
    inbox_next(c->inbox);
    if (c->inbox->len == 0)
        drop_inbox(c);
    c->again = c->inbox != NULL;
    client_to(c, CLIENT_READ);
}

static bool step_write(struct client *c)
{
    for (unsigned pieces = 0;;) {
        if (c->out.cut) {
            client_to(c, CLIENT_DEAD);
            return true;
        }
        if (c->sent == c->out.len) {
            if (!c->feed || c->feed->done) {
                answered(c);
                return true;
            }
            if (pieces++ == PIECES_PER_TURN)
                return false;
            refill(c);
            continue;
        }
        ssize_t put = sock_send(c->fd, c->out.ptr + c->sent, c->out.len - c->sent);
        if (put < 0) {
            if (errno == EAGAIN)
                return false;
            client_to(c, CLIENT_DEAD);
            return true;
        }
        c->sent += (size_t)put;
        start_timer(c);
    }
}

/* Whoever listens has nothing to say: what comes is thrown away, the end ends it. */
static bool step_stream(struct client *c)
{
    char waste[256];
    ssize_t moved = c->readable ? sock_recv(c->fd, waste, sizeof(waste)) : 1;
    c->readable = false;
    if (moved == 0 || (moved < 0 && errno != EAGAIN) || c->out.cut) {
        client_to(c, CLIENT_DEAD);
        return true;
    }
    while (c->sent < c->out.len) {
        moved = sock_send(c->fd, c->out.ptr + c->sent, c->out.len - c->sent);
        if (moved < 0 && errno == EAGAIN)
            return false;
        if (moved < 0) {
            client_to(c, CLIENT_DEAD);
            return true;
        }
        c->sent += (size_t)moved;
        start_timer(c);
    }
    return false;
}

static bool step_linger(struct client *c)
{
    char waste[4096];
    for (size_t read = 0; read < LINGER_BYTES;) {
        ssize_t got = sock_recv(c->fd, waste, sizeof(waste));
        if (got < 0 && errno == EAGAIN)
            return false;
        if (got <= 0)
            break;
        read += (size_t)got;
    }
    client_to(c, CLIENT_DEAD);
    return true;
}

/* The only caller of ev_io_start and ev_io_stop. */
static void arm(struct client *c)
{
    int events = 0;
    if (c->state == CLIENT_READ)
        events = c->again ? EV_READ | EV_WRITE : EV_READ;
    else if (c->state == CLIENT_LINGER)
        events = EV_READ;
    else if (c->state == CLIENT_WRITE)
        events = EV_WRITE;
    else if (c->state == CLIENT_STREAM)
        events = c->sent < c->out.len ? EV_READ | EV_WRITE : EV_READ;
    if (ev_is_active(&c->io) && (c->io.events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(c->web->loop, &c->io);
    if (events) {
        ev_io_set(&c->io, c->fd, events);
        ev_io_start(c->web->loop, &c->io);
    }
}

static void run(struct client *c)
{
    bool moved = true;
    while (moved) {
        switch (c->state) {
        case CLIENT_READ:
            moved = step_read(c);
            break;
        case CLIENT_WAIT:
            moved = ask_waiting(c);
            break;
        case CLIENT_WRITE:
            moved = step_write(c) && !c->again;
            break;
        case CLIENT_STREAM:
            moved = step_stream(c);
            break;
        case CLIENT_LINGER:
            moved = step_linger(c);
            break;
        case CLIENT_DEAD:
            client_end(c);
            return;
        }
    }
    arm(c);
}

static void on_io(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct client *c = io->data;
    (void)loop;
    c->readable = (events & EV_READ) != 0;
    c->again = false;
    run(c);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct client *c = timer->data;
    (void)loop;
    bool expired = (events & EV_TIMER) != 0;
    if (expired && c->state == CLIENT_READ && c->inbox)
        serve_refusal(c, 408, "The request did not arrive in time.");
    else if (expired && c->state != CLIENT_WAIT)
        client_to(c, CLIENT_DEAD);
    run(c);
}

void client_wake(struct client *c)
{
    ev_feed_event(c->web->loop, &c->timer, EV_CUSTOM);
}

void client_open(struct web *web, int fd, const struct addr *peer)
{
    struct sockaddr_storage sa;
    socklen_t sa_len = sizeof(sa);
    struct client *c = calloc(1, sizeof(*c));
    if (!c || getsockname(fd, (struct sockaddr *)&sa, &sa_len) < 0) {
        free(c);
        sock_close(fd);
        return;
    }
    c->web = web;
    c->fd = fd;
    c->peer = *peer;
    addr_from_sockaddr(&c->local, (const struct sockaddr *)&sa);
    str_growing(&c->out);
    c->next = web->clients;
    if (c->next)
        c->next->prev = c;
    web->clients = c;
    web->client_count++;
    ev_io_init(&c->io, on_io, fd, EV_READ);
    c->io.data = c;
    ev_init(&c->timer, on_timer);
    c->timer.data = c;
    client_to(c, CLIENT_READ);
    arm(c);
}

void client_end(struct client *c)
{
    struct web *web = c->web;
    ev_io_stop(web->loop, &c->io);
    ev_timer_stop(web->loop, &c->timer);
    if (c->prev)
        c->prev->next = c->next;
    else
        web->clients = c->next;
    if (c->next)
        c->next->prev = c->prev;
    web->client_count--;
    if (c->ask)
        c->ask->client = NULL;
    stream_end(c);
    drop_answer(c);
    drop_inbox(c);
    sock_close(c->fd);
    free(c);
}
