/* Owns the life of a connection: accept, the state machine, watching, timing and ending. The steps
 * have files of their own. */
#include "conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/sock.h"
#include "worker.h"

/* A client that is turned away must still get to send its head, so that our answer is one to its
 * question. */
#define REFUSED_HEAD_SECONDS 2.0
#define REPLY_SECONDS 5.0
/* When a drain begins: a client that has just connected has its first request on its way. */
#define NEWCOMER_SECONDS 1.0
#define LINGER_SECONDS 2.0

static void conn_arm(struct conn *c);

void conn_run(struct conn *c)
{
    for (;;) {
        enum step step;
        switch ((enum conn_state)c->state) {
        case STATE_HEAD:
        case STATE_IDLE:
            step = step_head(c);
            break;
        case STATE_DIAL:
            step = step_dial(c);
            break;
        case STATE_EXCHANGE:
            step = step_exchange(c);
            break;
        case STATE_TUNNEL:
            step = step_tunnel(c);
            break;
        case STATE_CLOSE:
            step = step_close(c);
            break;
        case STATE_REPLY:
            step = step_reply(c);
            break;
        case STATE_LINGER:
            step = step_linger(c);
            break;
        case STATE_DEAD:
        default:
            return;
        }
        if (step == STEP_WAIT)
            break;
    }
    conn_arm(c);
}

/* Sends what waits for a side. -1: the side is broken. */
static int side_flush(struct conn *c, struct side *side)
{
    if (side->out.len == 0)
        return 0;
    ssize_t sent = backlog_send(&side->out, &c->worker->blocks, side->fd);
    if (sent < 0)
        return -1;
    if (side == &c->side)
        c->bytes_out += (uint64_t)sent;
    else if (sent > 0)
        c->sent_any = true;
    if (sent > 0 && side == &c->side && (c->state == STATE_REPLY || c->state == STATE_IDLE))
        conn_deadline(c, c->worker->config->timeouts.idle);
    return 0;
}

/* Everything an event may change before the state machine looks. */
static void conn_event(struct conn *c, unsigned ready)
{
    c->ready |= (uint8_t)ready;
    if ((c->ready & READY_CLIENT_WRITE) != 0) {
        c->ready &= (uint8_t)~READY_CLIENT_WRITE;
        if (side_flush(c, &c->side) != 0) {
            conn_end(c, CLOSE_CLIENT_ERROR);
            return;
        }
    }
    if ((c->ready & READY_LINK_WRITE) != 0 && c->link != NULL && !c->link->connecting) {
        c->ready &= (uint8_t)~READY_LINK_WRITE;
        if (side_flush(c, &c->link->side) != 0) {
            /* It may have answered before it stopped listening: reading tells. */
            backlog_clear(&c->link->side.out, &c->worker->blocks);
            c->send_failed = true;
            c->ready |= READY_LINK_READ;
        }
    }
    conn_run(c);
}

static void conn_on_client(struct ev_loop *loop, struct ev_io *io, int events)
{
    (void)loop;
    unsigned ready = 0;
    if ((events & EV_READ) != 0)
        ready |= READY_CLIENT_READ;
    if ((events & EV_WRITE) != 0)
        ready |= READY_CLIENT_WRITE;
    conn_event(io->data, ready);
}

void conn_on_link(struct conn *c, int events)
{
    unsigned ready = 0;
    if ((events & EV_READ) != 0)
        ready |= READY_LINK_READ;
    if ((events & EV_WRITE) != 0)
        ready |= READY_LINK_WRITE;
    conn_event(c, ready);
}

void conn_wake(struct conn *c)
{
    conn_run(c);
}

/* What to do when the deadline of a state has come. */
static void conn_timeout(struct conn *c)
{
    enum step step = STEP_AGAIN;
    if (c->end_by > 0 && c->end_by <= c->worker->now + 0.001) {
        close_timeout(c);
        return;
    }
    switch ((enum conn_state)c->state) {
    case STATE_HEAD:
        if (c->worker->draining && c->in == NULL) {
            conn_end(c, CLOSE_DRAIN);
            return;
        }
        step = conn_refuse(c, 408, "The request head did not arrive in time.", SLICE(""),
                           CLOSE_HEADER_TIMEOUT);
        break;
    case STATE_IDLE:
        conn_end(c, CLOSE_IDLE_TIMEOUT);
        return;
    case STATE_DIAL:
        step = dial_timeout(c);
        break;
    case STATE_EXCHANGE:
        step = exchange_timeout(c);
        break;
    case STATE_TUNNEL:
        tunnel_timeout(c);
        return;
    case STATE_CLOSE:
        close_timeout(c);
        return;
    case STATE_REPLY:
    case STATE_LINGER:
    case STATE_DEAD:
        conn_end(c, (enum close_reason)c->reason);
        return;
    }
    if (step == STEP_AGAIN)
        conn_run(c);
    else
        conn_arm(c);
}

static void conn_on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct conn *c = timer->data;
    (void)events;
    double left = c->deadline - c->worker->now;
    if (c->deadline <= 0)
        return;
    if (left > 0.001) {
        ev_timer_set(timer, left, 0.0);
        ev_timer_start(loop, timer);
        return;
    }
    conn_timeout(c);
}

void conn_deadline(struct conn *c, double seconds)
{
    struct ev_loop *loop = c->worker->loop;
    if (c->end_by > 0) {
        double left = c->end_by - c->worker->now;
        seconds = seconds < 0 || seconds > left ? left : seconds;
        seconds = seconds > 0 ? seconds : 0;
    }
    if (seconds < 0) {
        c->deadline = 0;
        ev_timer_stop(loop, &c->timer);
        return;
    }
    c->deadline = c->worker->now + seconds;
    /* A timer that fires too early sets itself anew, so only an earlier deadline touches the heap.
     */
    if (ev_is_active(&c->timer) && ev_timer_remaining(loop, &c->timer) <= seconds)
        return;
    ev_timer_stop(loop, &c->timer);
    ev_timer_set(&c->timer, seconds, 0.0);
    ev_timer_start(loop, &c->timer);
}

/* Which states may follow which: bit n of legal[s] says that s may become n. */
#define TO(state) (1U << (state))
static const unsigned legal[] = {
    [STATE_HEAD] = TO(STATE_DIAL) | TO(STATE_REPLY) | TO(STATE_DEAD),
    [STATE_DIAL] = TO(STATE_EXCHANGE) | TO(STATE_REPLY) | TO(STATE_DEAD),
    [STATE_EXCHANGE] =
        TO(STATE_IDLE) | TO(STATE_DIAL) | TO(STATE_TUNNEL) | TO(STATE_REPLY) | TO(STATE_DEAD),
    [STATE_IDLE] = TO(STATE_HEAD) | TO(STATE_DIAL) | TO(STATE_REPLY) | TO(STATE_DEAD),
    [STATE_TUNNEL] = TO(STATE_CLOSE) | TO(STATE_LINGER) | TO(STATE_DEAD),
    [STATE_CLOSE] = TO(STATE_DEAD),
    [STATE_REPLY] = TO(STATE_LINGER) | TO(STATE_DEAD),
    [STATE_LINGER] = TO(STATE_DEAD),
    [STATE_DEAD] = 0,
};

void conn_to(struct conn *c, enum conn_state state)
{
    const struct config *config = c->worker->config;
    assert((legal[c->state] & TO(state)) != 0);
    c->state = (uint8_t)state;
    switch (state) {
    case STATE_HEAD:
        conn_deadline(c, config->timeouts.header);
        break;
    case STATE_IDLE:
        conn_deadline(c, config->timeouts.idle);
        break;
    case STATE_EXCHANGE:
        conn_deadline(c, c->request.done ? config->timeouts.response : config->timeouts.idle);
        break;
    case STATE_TUNNEL:
        conn_deadline(c, config->timeouts.tunnel);
        break;
    case STATE_REPLY:
        conn_deadline(c, c->head_sent ? config->timeouts.idle : REPLY_SECONDS);
        break;
    case STATE_LINGER:
        conn_deadline(c, LINGER_SECONDS);
        break;
    case STATE_CLOSE: /* there is one for all of it, end_by */
    case STATE_DIAL:  /* each try sets its own */
    case STATE_DEAD:
        break;
    }
}

/* Whether bytes from `from` are wanted for `to`, with hysteresis between the water marks. */
static bool wants_bytes(struct side *from, const struct side *to)
{
    if (to->out.len >= BACKLOG_HIGH)
        from->paused = true;
    else if (to->out.len <= BACKLOG_LOW)
        from->paused = false;
    return !from->paused && !from->eof;
}

/* Interest is derived from state and buffers here and nowhere else. */
static void conn_arm(struct conn *c)
{
    struct link *link = c->link;
    int client = 0;
    int server = 0;
    switch ((enum conn_state)c->state) {
    case STATE_HEAD:
    case STATE_IDLE:
    case STATE_LINGER:
        client = EV_READ;
        break;
    case STATE_DIAL:
        client = !c->side.eof && (c->in == NULL || c->in->end < BLOCK_BYTES) ? EV_READ : 0;
        break;
    case STATE_EXCHANGE:
        if (!c->request.done)
            client = !c->send_failed && wants_bytes(&c->side, &link->side) ? EV_READ : 0;
        else if (!c->side.eof && conn_room(c) > 0 && (c->in == NULL || c->in->end == c->in->start))
            client = EV_READ;
        server = wants_bytes(&link->side, &c->side) ? EV_READ : 0;
        break;
    case STATE_TUNNEL:
        client = wants_bytes(&c->side, &link->side) ? EV_READ : 0;
        server = wants_bytes(&link->side, &c->side) ? EV_READ : 0;
        break;
    case STATE_CLOSE:
        client = link->side.last || wants_bytes(&c->side, &link->side) ? EV_READ : 0;
        server = c->side.last || wants_bytes(&link->side, &c->side) ? EV_READ : 0;
        client = c->side.eof ? 0 : client;
        server = link->side.eof ? 0 : server;
        break;
    case STATE_REPLY:
        break;
    case STATE_DEAD:
        return;
    }
    if (c->side.out.len > 0)
        client |= EV_WRITE;
    side_watch(c->worker, &c->side, client);
    if (link == NULL)
        return;
    if (link->connecting)
        server = EV_WRITE;
    else if (link->side.out.len > 0)
        server |= EV_WRITE;
    side_watch(c->worker, &link->side, server);
}

static bool must_send_proxy_header(const struct config *config, const struct addr *peer)
{
    for (unsigned i = 0; i < config->proxy.proxy_protocol_count; i++)
        if (addr_net_has(&config->proxy.proxy_protocol[i], peer))
            return true;
    return false;
}

void conn_accept(struct worker *worker, int fd, const struct addr *peer)
{
    struct conn *c = conn_new(worker);
    if (c == NULL) {
        sock_close(fd);
        worker_event(worker, REPORT_NO_MEMORY, peer, REPORT_NO_BACKEND, 0, "", 0);
        return;
    }
    c->worker = worker;
    c->side.fd = fd;
    c->peer = c->client = *peer;
    c->backend = c->bound = c->chosen = c->claimed = REPORT_NO_BACKEND;
    c->state = STATE_HEAD;
    c->info_dirty = true;
    c->id = atomic_fetch_add_explicit(&worker->shared->next_id, 1, memory_order_relaxed);
    c->opened_ms = (int64_t)(ev_now(worker->loop) * 1000.0);
    ev_io_init(&c->side.io, conn_on_client, fd, 0);
    c->side.io.data = c;
    ev_timer_init(&c->timer, conn_on_timer, 0.0, 0.0);
    c->timer.data = c;
    c->next = worker->conns;
    if (c->next != NULL)
        c->next->prev = c;
    worker->conns = c;
    worker->conn_count++;
    c->proxy_header = must_send_proxy_header(worker->config, peer);
    if (!c->proxy_header)
        conn_admit(c);
    double head = worker->config->timeouts.header;
    if (c->verdict != GATE_OPEN && (head < 0 || head > REFUSED_HEAD_SECONDS))
        head = REFUSED_HEAD_SECONDS;
    conn_deadline(c, head);
    /* The head is often there already. */
    c->ready = READY_CLIENT_READ;
    conn_run(c);
}

void conn_admit(struct conn *c)
{
    struct gate *gate = c->worker->shared->gate;
    double left = 0;
    c->epoch = gate_epoch(gate);
    c->verdict =
        (uint8_t)gate_enter(gate, c->worker->config, &c->client, clock_mono(), &c->ticket, &left);
}

/* Whether a plain end now would pass for that of an answer which only the end of the connection
 * ends. */
static bool would_lie(const struct conn *c)
{
    return c->head_sent && c->state != STATE_TUNNEL && c->state != STATE_CLOSE &&
           (c->response.kind == FRAMING_UNTIL_CLOSE ||
            (c->response.kind == FRAMING_CHUNKED && c->http10)) &&
           (c->state == STATE_EXCHANGE || c->side.out.len > 0);
}

void conn_end(struct conn *c, enum close_reason reason)
{
    struct worker *worker = c->worker;
    if (c->state == STATE_DEAD)
        return;
    if (c->end_by > 0)
        reason = CLOSE_KILLED; /* whoever has the last word: it ends because someone wanted it to */
    conn_book(c, 0);
    log_debug("#%llu ends: %s", (unsigned long long)c->id, close_reason_text(reason));
    void (*hang_up)(int) = would_lie(c) ? sock_reset : sock_close;
    conn_to(c, STATE_DEAD);
    dial_stop_waiting(c);
    ev_timer_stop(worker->loop, &c->timer);
    ev_io_stop(worker->loop, &c->side.io);
    hang_up(c->side.fd);
    c->side.fd = -1;
    link_close(c->link);
    c->link = NULL;
    backlog_clear(&c->side.out, &worker->blocks);
    block_free(&worker->blocks, c->in);
    c->in = NULL;
    dial_release(c);
    watch_end(c);
    gate_leave(worker->shared->gate, &c->client, &c->ticket);
    struct report_closed closed = {
        .id = c->id,
        .client = c->client,
        .opened_ms = c->opened_ms,
        .bytes_in = c->bytes_in,
        .bytes_out = c->bytes_out,
        .requests = c->requests,
        .messages = conn_messages(c),
        .reason = (uint8_t)reason,
        .kind = c->kind,
        .version = c->version,
        .backend = c->backend,
        .user_id = c->user_id,
        .client_name = c->client_name,
        .user_agent = c->user_agent,
    };
    memcpy(closed.answers, c->answers, sizeof closed.answers);
    worker_closed(worker, &closed);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        worker->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    worker->conn_count--;
    /* Callers up the stack still hold it: the memory is reused after this turn of the loop. */
    c->next = worker->dead_conns;
    worker->dead_conns = c;
    worker_check_drained(worker);
}

void conn_reset(struct conn *c, enum close_reason reason)
{
    if (c->state == STATE_DEAD)
        return;
    ev_io_stop(c->worker->loop, &c->side.io);
    sock_reset(c->side.fd);
    c->side.fd = -1;
    conn_end(c, reason);
}

void conn_forget(struct conn *c, unsigned slot)
{
    if (c->backend != slot || c->link != NULL)
        return;
    conn_book(c, 0);
    c->backend = REPORT_NO_BACKEND;
    c->info_dirty = true;
}

void conn_drain(struct conn *c)
{
    c->close_after = true;
    if (c->waiting) {
        conn_timeout(c);
        return;
    }
    if (c->state == STATE_IDLE && c->side.out.len > 0) {
        c->reason = CLOSE_DRAIN;
        conn_to(c, STATE_REPLY);
        conn_deadline(c, c->worker->config->timeouts.idle); /* the tail of a node's answer */
        conn_arm(c);
        return;
    }
    if (c->state == STATE_IDLE)
        conn_end(c, CLOSE_DRAIN);
    else if (c->state == STATE_HEAD && c->in == NULL)
        conn_deadline(c, NEWCOMER_SECONDS);
}
