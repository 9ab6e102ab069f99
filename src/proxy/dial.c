/* DIAL: choosing a backend, taking or making a connection to it, failing over, and holding a
 * WebSocket handshake while no backend of its version is up. */
#include "conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/log.h"
#include "net/sock.h"
#include "worker.h"

/* A request that must not be sent twice only takes a connection that was in use a moment ago:
 * Node's servers close idle ones after 5 s, and that close may be on its way to us. */
#define FRESH_SECONDS 2.0
#define ANY_AGE_SECONDS 3600.0

/* A session's requests go to the backend that holds it and to no other: another one's "no such
 * session" would make the bot throw it away. Only a handshake may begin anew elsewhere. */
static int slot_for(const struct conn *c)
{
    struct worker *worker = c->worker;
    const struct gauge *gauges = worker->shared->gauges;
    if (c->bound != REPORT_NO_BACKEND && fleet_has(worker->fleet, c->bound)) {
        unsigned flags = atomic_load_explicit(&gauges[c->bound].flags, memory_order_relaxed);
        if ((flags & GAUGE_UP) != 0 && (c->tried >> c->bound & 1) == 0)
            return c->bound;
        if (!c->websocket)
            return -1;
    }
    return c->websocket
               ? choice_socket(worker->fleet, gauges, c->version, c->tried)
               : choice_request(worker->fleet, gauges, c->version, c->tried, worker->turns++);
}

/* Sets c->chosen, whose addresses are tried from the first on; false: there is none to choose. */
static bool choose(struct conn *c)
{
    int slot = slot_for(c);
    if (slot < 0)
        return false;
    c->chosen = (uint8_t)slot;
    c->addr_at = 0;
    c->dial_error = 0;
    c->generation = c->worker->backends[slot].generation;
    return true;
}

static bool has_backend(const struct conn *c)
{
    const struct fleet *fleet = c->worker->fleet;
    for (unsigned i = 0; i < fleet->count; i++)
        if (fleet->slots[fleet->order[i]].version == c->version &&
            (fleet->removed >> fleet->order[i] & 1) == 0)
            return true;
    return false;
}

void dial_release(struct conn *c)
{
    if (c->claimed == REPORT_NO_BACKEND)
        return;
    atomic_fetch_sub_explicit(&c->worker->shared->gauges[c->claimed].sockets, 1,
                              memory_order_relaxed);
    c->claimed = REPORT_NO_BACKEND;
}

/* A WebSocket counts from the moment its backend is chosen, so that many that come at once spread.
 */
static void claim(struct conn *c, unsigned slot)
{
    if (!c->websocket || c->claimed == slot)
        return;
    dial_release(c);
    c->claimed = (uint8_t)slot;
    atomic_fetch_add_explicit(&c->worker->shared->gauges[slot].sockets, 1, memory_order_relaxed);
}

static void backend_failed(struct conn *c, unsigned slot)
{
    struct worker_backend *backend = &c->worker->backends[slot];
    c->timed_out = c->dial_error == ETIMEDOUT;
    backend->counts.failures++;
    unsigned flags = atomic_fetch_and_explicit(&c->worker->shared->gauges[slot].flags,
                                               ~(unsigned)GAUGE_UP, memory_order_relaxed);
    /* Control has seen it up since it was last told, and nobody but control can say so again. */
    if ((flags & GAUGE_UP) != 0)
        backend->suspected = 0;
    worker_suspect(c->worker, slot, c->dial_error);
}

/* No address of the chosen backend is left: judges it, if there is reason to, and lets go of it. */
static void used_up(struct conn *c)
{
    unsigned slot = c->chosen;
    assert(slot < FLEET_MAX);
    struct worker_backend *backend = &c->worker->backends[slot];
    c->chosen = REPORT_NO_BACKEND;
    dial_release(c);
    if (c->generation != backend->generation)
        return; /* it moved meanwhile: nothing is known against its new addresses */
    c->tried |= (uint64_t)1 << slot;
    if (sock_is_our_fault(c->dial_error))
        c->our_fault = true;
    else if (c->dial_error != 0) /* else control knows its addresses, and we shall in a moment */
        backend_failed(c, slot);
}

/* Another end's fault says more than one of ours: on a host without IPv6 one address always fails.
 */
static void address_failed(struct conn *c, int error)
{
    if (c->dial_error == 0 || !sock_is_our_fault(error))
        c->dial_error = error;
    c->addr_at++;
}

void dial_stop_waiting(struct conn *c)
{
    if (!c->waiting)
        return;
    c->waiting = false;
    if (c->wait_prev != NULL)
        c->wait_prev->wait_next = c->wait_next;
    else
        c->worker->waiting = c->wait_next;
    if (c->wait_next != NULL)
        c->wait_next->wait_prev = c->wait_prev;
    c->wait_next = c->wait_prev = NULL;
}

static enum step give_up(struct conn *c)
{
    struct slice target = conn_path(c);
    c->retry_after = RETRY_AFTER_SECONDS;
    if (!has_backend(c))
        return conn_refuse(c, 503,
                           c->version == 3 ? "No Lavalink v3 node is configured here."
                                           : "No Lavalink v4 node is configured here.",
                           target, CLOSE_UNAVAILABLE);
    if (c->bound != REPORT_NO_BACKEND && !c->websocket && !c->timed_out)
        return conn_refuse(c, 503, "The Lavalink node that holds this session is not up.", target,
                           CLOSE_UNAVAILABLE);
    if (c->timed_out && !c->websocket)
        return conn_refuse(c, 504, "The Lavalink node did not accept the connection in time.",
                           target, CLOSE_UNAVAILABLE);
    return conn_refuse(c, 503,
                       c->websocket ? "No Lavalink node of this version takes new sessions."
                                    : "No Lavalink node of this version is up.",
                       target, CLOSE_UNAVAILABLE);
}

/* No backend is left: a handshake waits for one to return, since some libraries drop a node for
 * good when a try fails. */
static enum step wait_or_give_up(struct conn *c)
{
    struct worker *worker = c->worker;
    double wait = worker->config->timeouts.backend_wait;
    if (!c->websocket || wait <= 0 || !has_backend(c) || worker->draining)
        return give_up(c);
    if (c->wait_until <= 0)
        c->wait_until = worker->now + wait;
    if (c->wait_until <= worker->now)
        return give_up(c);
    dial_release(c);
    c->waiting = true;
    c->wait_prev = NULL;
    c->wait_next = worker->waiting;
    if (c->wait_next != NULL)
        c->wait_next->wait_prev = c;
    worker->waiting = c;
    conn_deadline(c, c->wait_until - worker->now);
    return STEP_WAIT;
}

/* Whether an idle connection has not been closed by the backend while nobody looked. */
static bool is_quiet(struct link *link)
{
    char byte;
    return recv(link->side.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* An idle connection for this request, or NULL. A handshake always gets a new one: it cannot be
 * tried twice. */
static struct link *reuse(struct conn *c, unsigned backend)
{
    if (c->websocket)
        return NULL;
    double age = c->idempotent ? ANY_AGE_SECONDS : FRESH_SECONDS;
    struct link *link = link_take(c->worker, backend, age, c);
    if (link == NULL || c->idempotent || is_quiet(link))
        return link;
    link_close(link);
    return NULL;
}

static enum step refuse_our_fault(struct conn *c)
{
    worker_event(c->worker, REPORT_NO_DESCRIPTORS, &c->client, c->backend, 503, "", 0);
    c->retry_after = RETRY_AFTER_SECONDS;
    return conn_refuse(c, 503, "lavaproxy has no socket or port left for a backend connection.",
                       conn_path(c), CLOSE_UNAVAILABLE);
}

/* Goes on with the next address or backend. `head` is that of the request, if it is still at hand.
 */
static enum step dial_next(struct conn *c, const struct head *head)
{
    struct worker *worker = c->worker;
    for (;;) {
        if (c->chosen == REPORT_NO_BACKEND && !choose(c))
            return c->our_fault ? refuse_our_fault(c) : wait_or_give_up(c);
        unsigned slot = c->chosen;
        struct worker_backend *backend = &worker->backends[slot];
        claim(c, slot);
        if (c->backend != slot) {
            c->backend = (uint8_t)slot;
            c->info_dirty = true;
        }
        c->ready &= (uint8_t) ~(READY_LINK_READ | READY_LINK_WRITE);
        c->link = c->retried ? NULL : reuse(c, slot);
        if (c->link != NULL)
            return request_send(c, head);
        if (c->addr_at >= backend->addr_count) {
            used_up(c);
            continue;
        }
        c->link = link_dial(worker, slot, &backend->addrs[c->addr_at], c);
        if (c->link != NULL) {
            log_debug("#%llu dials backend %s", (unsigned long long)c->id,
                      worker->fleet->slots[slot].name);
            conn_deadline(c, worker->config->timeouts.connect);
            return STEP_WAIT;
        }
        address_failed(c, errno);
    }
}

enum step dial_begin(struct conn *c)
{
    conn_to(c, STATE_DIAL);
    c->chosen = REPORT_NO_BACKEND;
    c->timed_out = c->our_fault = false;
    c->wait_until = 0;
    return dial_next(c, c->retried ? NULL : &c->worker->head);
}

enum step dial_timeout(struct conn *c)
{
    if (c->waiting)
        return give_up(c);
    link_close(c->link);
    c->link = NULL;
    address_failed(c, ETIMEDOUT);
    return dial_next(c, NULL);
}

/* Bytes that come while a backend is being dialled stay behind their head. */
static bool read_early(struct conn *c)
{
    size_t room = BLOCK_BYTES - c->in->end;
    if (room == 0)
        return true;
    ssize_t got = conn_recv(c, c->in->bytes + c->in->end, room);
    if (got > 0) {
        c->in->end += (size_t)got;
    } else if (got == 0) {
        c->side.eof = true;
    } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
        conn_end(c, CLOSE_CLIENT_ERROR);
        return false;
    }
    return true;
}

enum step step_dial(struct conn *c)
{
    if ((c->ready & READY_CLIENT_READ) != 0 && !c->side.eof && !read_early(c))
        return STEP_WAIT;
    if (c->side.eof && c->websocket) {
        /* A handshake whose client has gone needs no tunnel; a REST client may have only said its
         * last word. */
        conn_end(c, CLOSE_CLIENT);
        return STEP_WAIT;
    }
    if (c->link == NULL) {
        if (!c->waiting)
            return STEP_WAIT;
        c->tried = 0;
        if (!choose(c))
            return STEP_WAIT;
        dial_stop_waiting(c);
        return dial_next(c, NULL);
    }
    if ((c->ready & READY_LINK_WRITE) == 0)
        return STEP_WAIT;
    c->ready &= (uint8_t)~READY_LINK_WRITE;
    int error = sock_error(c->link->side.fd);
    if (error == 0) {
        c->link->connecting = false;
        return request_send(c, NULL);
    }
    link_close(c->link);
    c->link = NULL;
    address_failed(c, error);
    return dial_next(c, NULL);
}
