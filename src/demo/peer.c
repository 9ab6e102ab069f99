/*
 * The life of a connection. Steps consume bytes from one run of input; what they leave is kept in
 * `in`. Interest is derived in one place.
 */
#include "peer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "frames.h"
#include "inside.h"
#include "net/sock.h"
#include "rest.h"
#include "session.h"

#define BACKLOG_HIGH 262144
#define BODY_MAX 16777216
#define KEEP_CAPACITY 65536
#define LINGER_SECONDS 2.0

static void on_io(struct ev_loop *loop, ev_io *io, int events);
static void on_timer(struct ev_loop *loop, ev_timer *timer, int events);

/* Empties a string and gives large memory back. */
static void empty(struct str *s)
{
    if (s->cap > KEEP_CAPACITY)
        str_free(s);
    else
        str_reset(s);
}

static void idle_again(struct peer *peer)
{
    double idle = peer->node->options.idle;

    ev_timer_stop(peer->node->loop, &peer->timer);
    if (idle <= 0)
        return;
    ev_timer_set(&peer->timer, idle, 0.);
    ev_timer_start(peer->node->loop, &peer->timer);
}

int peer_open(struct node *node, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);

    if (peer == NULL) {
        sock_close(fd);
        return -1;
    }
    peer->node = node;
    peer->fd = fd;
    peer->id = ++node->accepted;
    peer->active = node_now(node);
    str_growing(&peer->in);
    str_growing(&peer->out);
    str_growing(&peer->head);
    str_growing(&peer->body);
    str_growing(&peer->later);
    str_growing(&peer->message);
    str_growing(&peer->push);
    peer->next = node->peers;
    if (peer->next != NULL)
        peer->next->prev = peer;
    node->peers = peer;
    node->open++;
    ev_io_init(&peer->io, on_io, fd, EV_READ);
    peer->io.data = peer;
    ev_init(&peer->timer, on_timer);
    peer->timer.data = peer;
    ev_io_start(node->loop, &peer->io);
    idle_again(peer);
    return 0;
}

void peer_end(struct peer *peer, bool reset)
{
    struct node *node = peer->node;

    if (peer->state == PEER_DEAD)
        return;
    if (peer->state == PEER_WS)
        node->websockets--;
    peer->state = PEER_DEAD;
    ev_io_stop(node->loop, &peer->io);
    ev_timer_stop(node->loop, &peer->timer);
    if (reset)
        sock_reset(peer->fd);
    else
        sock_close(peer->fd);
    peer->fd = -1;
    if (peer->prev != NULL)
        peer->prev->next = peer->next;
    else
        node->peers = peer->next;
    if (peer->next != NULL)
        peer->next->prev = peer->prev;
    peer->next = node->dead;
    node->dead = peer;
    node->open--;
    if (peer->session != NULL)
        session_lost(peer->session);
    peer->session = NULL;
}

void peer_free(struct peer *peer)
{
    assert(peer->state == PEER_DEAD);
    str_free(&peer->in);
    str_free(&peer->out);
    str_free(&peer->head);
    str_free(&peer->body);
    str_free(&peer->later);
    str_free(&peer->message);
    str_free(&peer->push);
    free(peer);
}

size_t peer_backlog(const struct peer *peer)
{
    return peer->out.len - peer->sent;
}

void peer_arm(struct peer *peer)
{
    int wanted = 0;
    size_t waits = peer_backlog(peer);

    if (peer->state == PEER_DEAD)
        return;
    if (peer->broken)
        wanted = EV_READ | EV_WRITE; /* what the next event does is to end it */
    else if (!peer->eof && peer->state != PEER_FLUSH && waits < BACKLOG_HIGH &&
             (peer->state != PEER_WAIT || peer->in.len < NODE_SCRATCH))
        wanted |= EV_READ;
    if (waits > 0 || frames_pumping(peer))
        wanted |= EV_WRITE;
    if (wanted == (peer->io.events & (EV_READ | EV_WRITE)) && ev_is_active(&peer->io) &&
        wanted != 0)
        return;
    ev_io_stop(peer->node->loop, &peer->io);
    if (wanted != 0) {
        ev_io_set(&peer->io, peer->fd, wanted);
        ev_io_start(peer->node->loop, &peer->io);
    }
}

void peer_send(struct peer *peer, const void *bytes, size_t len)
{
    const char *from = bytes;
    ssize_t sent = 0;

    if (peer->state == PEER_DEAD || peer->state == PEER_LINGER || peer->broken || len == 0)
        return;
    /* A bulk frame under way must not be cut by anything. */
    if (peer_backlog(peer) == 0 && peer->bulk_frame == 0) {
        sent = sock_send(peer->fd, bytes, len);
        if (sent < 0) {
            peer->broken = errno != EAGAIN;
            sent = 0;
        }
    }
    if ((size_t)sent < len && !peer->broken)
        str_add(&peer->out, from + sent, len - (size_t)sent);
    if (peer->out.cut)
        peer->broken = true;
    peer_arm(peer);
}

/* Sends what waits; true once nothing does. */
static bool flush(struct peer *peer)
{
    ssize_t sent;

    if (peer_backlog(peer) == 0)
        return true;
    sent = sock_send(peer->fd, peer->out.ptr + peer->sent, peer_backlog(peer));
    if (sent < 0) {
        if (errno != EAGAIN)
            peer_end(peer, false);
        return false;
    }
    peer->sent += (size_t)sent;
    if (peer->sent < peer->out.len)
        return false;
    peer->sent = 0;
    empty(&peer->out);
    return true;
}

/* Everything is sent: shuts the output and waits a little for the other side, so that a reset does
 * not eat the answer. */
static void linger(struct peer *peer)
{
    if (peer->eof) {
        peer_end(peer, false);
        return;
    }
    peer->state = PEER_LINGER;
    sock_shut(peer->fd);
    ev_timer_stop(peer->node->loop, &peer->timer);
    ev_timer_set(&peer->timer, LINGER_SECONDS, 0.);
    ev_timer_start(peer->node->loop, &peer->timer);
    peer_arm(peer);
}

void peer_finish(struct peer *peer)
{
    if (peer->state == PEER_DEAD || peer->state == PEER_FLUSH || peer->state == PEER_LINGER)
        return;
    if (peer->state == PEER_WS)
        peer->node->websockets--;
    peer->state = PEER_FLUSH;
    ev_timer_stop(peer->node->loop, &peer->timer);
    if (peer->session != NULL)
        session_lost(peer->session);
    peer->session = NULL;
    if (peer_backlog(peer) == 0)
        linger(peer);
    else
        peer_arm(peer);
}

void peer_wait(struct peer *peer, double seconds, unsigned pieces)
{
    peer->state = PEER_WAIT;
    peer->pieces = pieces;
    peer->later_sent = 0;
    ev_timer_stop(peer->node->loop, &peer->timer);
    if (pieces == 0)
        return;
    ev_timer_set(&peer->timer, seconds, seconds);
    ev_timer_start(peer->node->loop, &peer->timer);
}

void peer_answered(struct peer *peer)
{
    if (peer->state == PEER_DEAD)
        return;
    peer->active = node_now(peer->node);
    empty(&peer->body);
    if (peer->close_after)
        peer_finish(peer);
    else if (peer->state != PEER_HEAD)
        peer->state = PEER_HEAD;
}

/* Refuses a head that is none; the message is head.c's own wording. */
static void refuse(struct peer *peer, unsigned status, const char *message)
{
    peer->head_only = false;
    peer->http10 = false;
    peer->close_after = true;
    answer_error(peer, status, message, SLICE("/"));
}

static void note_request(struct peer *peer, const struct head *head)
{
    peer->head_only = slice_equal(head->method, SLICE("HEAD"));
    peer->http10 = head->minor == 0;
    peer->close_after = head->connection_close || (peer->http10 && !head->connection_keep_alive);
    peer->node->requests++;
}

static size_t step_head(struct peer *peer, const char *bytes, size_t len)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct head *head = &peer->node->head;

    switch (head_request(head, bytes, len)) {
    case HEAD_OK:
        break;
    case HEAD_MORE:
        return 0;
    case HEAD_TOO_LARGE:
        refuse(peer, 431, "The head is too large");
        return len;
    case HEAD_UNKNOWN:
        refuse(peer, 501, head->reason);
        return len;
    case HEAD_BAD:
        refuse(peer, 400, head->reason);
        return len;
    }
    note_request(peer, head);
    if (!head->chunked && head->content_length == 0) {
        rest_request(peer, head, (struct slice){NULL, 0});
        return head->length;
    }
    if (framing_request(&peer->framing, head, bytes) < 0) {
        refuse(peer, 400, "The framing is ambiguous");
        return len;
    }
    str_reset(&peer->head);
    str_add(&peer->head, bytes, head->length);
    peer->state = PEER_BODY;
    if (head->length == len && head_value(head, HEADER_EXPECT).ptr != NULL)
        peer_send(peer, go_on, sizeof go_on - 1);
    return head->length;
}

static size_t step_body(struct peer *peer, const char *bytes, size_t len)
{
    size_t used = 0;

    while (used < len && !peer->framing.done) {
        struct slice payload;
        ptrdiff_t took = framing_walk(&peer->framing, bytes + used, len - used, &payload);

        if (took < 0) {
            refuse(peer, 400, "The body is broken");
            return len;
        }
        if (took == 0 && payload.len == 0)
            break;
        used += (size_t)took;
        str_add_slice(&peer->body, payload);
        if (peer->body.len > BODY_MAX || peer->body.cut) {
            refuse(peer, 413, "The body is too large");
            return len;
        }
    }
    if (peer->framing.done) {
        enum head_result again = head_request(&peer->node->head, peer->head.ptr, peer->head.len);
        assert(again == HEAD_OK);
        (void)again;
        rest_request(peer, &peer->node->head, str_slice(&peer->body));
    }
    return used;
}

/* Runs steps over the input until one wants more or an event; returns the bytes used. */
static size_t consume(struct peer *peer, const char *bytes, size_t len)
{
    size_t used = 0;

    while (used < len) {
        size_t step = 0;
        enum peer_state before = peer->state;

        if (before == PEER_HEAD)
            step = step_head(peer, bytes + used, len - used);
        else if (before == PEER_BODY)
            step = step_body(peer, bytes + used, len - used);
        else if (before == PEER_WS)
            step = frames_input(peer, bytes + used, len - used);
        else if (before != PEER_WAIT)
            step = len - used; /* FLUSH, LINGER, DEAD: read and thrown away */
        used += step;
        if (step == 0)
            break;
    }
    return used;
}

/* Steps over what is in `in`, and keeps the rest there. */
static void consume_kept(struct peer *peer)
{
    size_t used = consume(peer, peer->in.ptr, peer->in.len);

    if (used == peer->in.len) {
        empty(&peer->in);
    } else if (used > 0) {
        memmove(peer->in.ptr, peer->in.ptr + used, peer->in.len - used);
        peer->in.len -= used;
    }
}

static void at_eof(struct peer *peer)
{
    peer->eof = true;
    if (peer->state == PEER_WAIT && peer->pieces > 0)
        peer->close_after = true; /* it still gets its answer */
    else if ((peer->state == PEER_HEAD || peer->state == PEER_WS) && peer_backlog(peer) > 0)
        peer_finish(peer);
    else if (peer->state != PEER_FLUSH)
        peer_end(peer, false);
}

static void on_readable(struct peer *peer)
{
    struct node *node = peer->node;
    ssize_t got = sock_recv(peer->fd, node->scratch, sizeof node->scratch);
    size_t used;

    if (got < 0) {
        if (errno != EAGAIN)
            peer_end(peer, false);
        return;
    }
    if (got == 0) {
        at_eof(peer);
        return;
    }
    if (peer->in.len > 0) {
        str_add(&peer->in, node->scratch, (size_t)got);
        consume_kept(peer);
        return;
    }
    used = consume(peer, node->scratch, (size_t)got);
    if (used < (size_t)got && peer->state != PEER_DEAD)
        str_add(&peer->in, node->scratch + used, (size_t)got - used);
}

static void on_writable(struct peer *peer)
{
    /* While a bulk frame is under way only its own bytes may go out. */
    if (peer->bulk_frame == 0 && !flush(peer))
        return;
    if (peer->state == PEER_FLUSH)
        linger(peer);
    else if (frames_pumping(peer))
        frames_pump(peer);
}

static void on_io(struct ev_loop *loop, ev_io *io, int events)
{
    struct peer *peer = io->data;

    (void)loop;
    if (peer->broken)
        peer_end(peer, false);
    if ((events & EV_READ) != 0 && peer->state != PEER_DEAD)
        on_readable(peer);
    if ((events & EV_WRITE) != 0 && peer->state != PEER_DEAD)
        on_writable(peer);
    peer_arm(peer);
}

/* Sends the next part of an answer that waited; at its end goes on with what came meanwhile. */
static void send_piece(struct peer *peer)
{
    size_t step = (peer->later.len + peer->pieces - 1) / peer->pieces;
    size_t left = peer->later.len - peer->later_sent;

    if (step > left)
        step = left;
    peer_send(peer, peer->later.ptr + peer->later_sent, step);
    peer->later_sent += step;
    if (peer->state == PEER_DEAD || peer->later_sent < peer->later.len)
        return;
    empty(&peer->later);
    idle_again(peer);
    peer_answered(peer);
    if (peer->state == PEER_HEAD && peer->in.len > 0)
        consume_kept(peer);
}

static void on_idle(struct peer *peer)
{
    double left = peer->active + peer->node->options.idle - node_now(peer->node);

    if (left <= 0.001) {
        if (peer->state == PEER_HEAD && peer->in.len == 0 && peer_backlog(peer) == 0) {
            peer_end(peer, false);
            return;
        }
        left = peer->node->options.idle;
    }
    ev_timer_set(&peer->timer, left, 0.);
    ev_timer_start(peer->node->loop, &peer->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct peer *peer = timer->data;

    (void)loop;
    (void)events;
    switch (peer->state) {
    case PEER_HEAD:
    case PEER_BODY:
        on_idle(peer);
        break;
    case PEER_WAIT:
        send_piece(peer);
        break;
    case PEER_WS:
        frames_push(peer);
        break;
    case PEER_FLUSH:
    case PEER_LINGER:
        peer_end(peer, false);
        break;
    case PEER_DEAD:
        break;
    }
    peer_arm(peer);
}
