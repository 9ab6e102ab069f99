/* Owns a worker's thread, loop, accepting and mail. */
#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conn.h"
#include "kill.h"
#include "net/sock.h"

/* Connections taken per wake-up: the loop's other work must not wait for a burst. */
#define ACCEPTS_PER_TURN 16
/* From a socket that is about to be closed: as many as its queue can hold. */
#define LAST_ACCEPTS 65536
#define ACCEPT_PAUSE_SECONDS 0.1
#define POOL_SECONDS 5.0

static void watch_listeners(struct worker *worker)
{
    for (unsigned i = 0; i < worker->listener_count; i++) {
        if (worker->accepting)
            ev_io_start(worker->loop, &worker->listeners[i]);
        else
            ev_io_stop(worker->loop, &worker->listeners[i]);
    }
}

void worker_pause_accept(struct worker *worker)
{
    worker->accepting = false;
    watch_listeners(worker);
    ev_timer_stop(worker->loop, &worker->accept_pause);
    ev_timer_set(&worker->accept_pause, ACCEPT_PAUSE_SECONDS, 0.0);
    ev_timer_start(worker->loop, &worker->accept_pause);
}

static void on_accept_pause(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct worker *worker = timer->data;
    (void)loop;
    (void)events;
    if (worker->draining)
        return;
    worker->accepting = true;
    watch_listeners(worker);
}

/* Accepts at most `most` from a listening socket. False: it is used up or has to rest. */
static bool accept_some(struct worker *worker, int listener, int most)
{
    static const struct addr nobody;
    struct addr peer;
    for (int i = 0; i < most && worker->accepting; i++) {
        /* Descriptors are kept for backends, health checks and the web: a client that cannot be
         * served had better wait. */
        if (sock_near_limit()) {
            worker_event(worker, REPORT_NO_DESCRIPTORS, &nobody, REPORT_NO_BACKEND, 0, "", 0);
            worker_pause_accept(worker);
            return false;
        }
        int fd = sock_accept(listener, &peer);
        if (fd >= 0) {
            conn_accept(worker, fd, &peer);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return false;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            worker_event(worker, REPORT_NO_DESCRIPTORS, &nobody, REPORT_NO_BACKEND, 0, "", 0);
            worker_pause_accept(worker);
            return false;
        }
        /* ECONNABORTED and its like: that one client is gone, the next may be fine. */
    }
    return true;
}

static void on_listener(struct ev_loop *loop, struct ev_io *io, int events)
{
    (void)loop;
    (void)events;
    (void)accept_some(io->data, io->fd, ACCEPTS_PER_TURN);
}

static bool is_among(int fd, const struct worker_listen *mail)
{
    for (unsigned i = 0; i < mail->count; i++)
        if (mail->fds[i] == fd)
            return true;
    return false;
}

static void listen_on(struct worker *worker, const struct worker_listen *mail)
{
    for (unsigned i = 0; i < worker->listener_count; i++) {
        struct ev_io *io = &worker->listeners[i];
        ev_io_stop(worker->loop, io);
        /* Who waits in the queue of one that is about to be closed would be reset. */
        if (!is_among(io->fd, mail))
            (void)accept_some(worker, io->fd, LAST_ACCEPTS);
    }
    worker->listener_count = mail->count;
    for (unsigned i = 0; i < mail->count; i++) {
        ev_io_init(&worker->listeners[i], on_listener, mail->fds[i], EV_READ);
        worker->listeners[i].data = worker;
    }
    watch_listeners(worker);
    struct mail *done = malloc(sizeof *done);
    if (done == NULL)
        return; /* the old sockets then stay open a while longer */
    done->type = worker->shared->types.listening;
    mailbox_post(worker->shared->control, done);
}

void worker_suspect(struct worker *worker, unsigned slot, int error)
{
    struct worker_backend *backend = &worker->backends[slot];
    if (backend->suspected > 0 && worker->now - backend->suspected < SUSPECT_SECONDS)
        return;
    struct proxy_suspect *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return; /* the next check finds out */
    backend->suspected = worker->now;
    mail->mail.type = worker->shared->types.suspect;
    mail->slot = slot;
    mail->error = error;
    mailbox_post(worker->shared->control, &mail->mail);
}

void worker_check_drained(struct worker *worker)
{
    if (!worker->draining || worker->conn_count > 0 || worker->stopping)
        return;
    worker->stopping = true; /* tell it once */
    struct mail *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return;
    mail->type = worker->shared->types.drained;
    mailbox_post(worker->shared->control, mail);
}

static void end_all(struct worker *worker, enum close_reason reason)
{
    while (worker->conns != NULL)
        conn_end(worker->conns, reason);
}

static void on_drain_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    end_all(timer->data, CLOSE_DRAIN);
}

static void drain(struct worker *worker, double seconds)
{
    worker->draining = true;
    worker->accepting = false;
    watch_listeners(worker);
    link_expire(worker, true);
    for (struct conn *c = worker->conns, *next; c != NULL; c = next) {
        next = c->next;
        conn_drain(c);
    }
    ev_timer_set(&worker->drain_timer, seconds > 0 ? seconds : 0.0, 0.0);
    ev_timer_start(worker->loop, &worker->drain_timer);
    worker_check_drained(worker);
}

static void wake_waiting(struct worker *worker)
{
    for (struct conn *c = worker->waiting, *next; c != NULL; c = next) {
        next = c->wait_next;
        conn_wake(c);
    }
}

/* Whether these are other addresses than before, in whatever order. */
static bool has_moved(const struct worker_backend *backend, const struct worker_backend_news *news)
{
    unsigned same = 0;
    for (unsigned i = 0; i < news->addr_count; i++)
        for (unsigned j = 0; j < backend->addr_count; j++)
            same += addr_equal(&news->addrs[i], &backend->addrs[j]);
    return news->addr_count > 0 && (same != news->addr_count || same != backend->addr_count);
}

static void backend_news(struct worker *worker, const struct worker_backend_news *news)
{
    struct worker_backend *backend = &worker->backends[news->slot];
    bool moved = has_moved(backend, news);
    for (unsigned i = 0; i < news->addr_count; i++)
        backend->addrs[i] = news->addrs[i];
    if (news->addr_count > 0)
        backend->addr_count = news->addr_count;
    if (moved) {
        backend->generation++;
        link_expire_slot(worker, news->slot, 0);
    }
    wake_waiting(worker);
}

/* A literal address may be tried before the first check; a name has to be resolved first. */
static void backend_init(struct worker *worker, unsigned slot)
{
    const struct config_backend *config = &worker->fleet->slots[slot];
    struct worker_backend *backend = &worker->backends[slot];
    *backend = (struct worker_backend){.generation = backend->generation + 1};
    if (!addr_parse(slice_of(config->host), &backend->addrs[0]))
        return;
    backend->addrs[0].port = config->port;
    backend->addr_count = 1;
}

static void backend_clear(struct worker *worker, unsigned slot)
{
    link_expire_slot(worker, slot, 0);
    for (struct conn *c = worker->conns; c != NULL; c = c->next)
        conn_forget(c, slot);
}

/* Takes over the references. */
static void apply(struct worker *worker, const struct worker_apply *mail)
{
    const struct config *old_config = worker->config;
    const struct fleet *old = worker->fleet;
    const struct fleet *fleet = mail->fleet;
    worker->config = mail->config;
    worker->fleet = fleet;
    for (unsigned slot = 0; slot < FLEET_MAX; slot++) {
        if (fleet_has(old, slot) && !fleet_has(fleet, slot))
            backend_clear(worker, slot);
        else if (!fleet_has(old, slot) && fleet_has(fleet, slot))
            backend_init(worker, slot);
    }
    config_unref(old_config);
    fleet_unref(old);
    wake_waiting(worker);
    struct proxy_applied *done = malloc(sizeof *done);
    if (done == NULL)
        return; /* who waits for it gives up by the clock */
    done->mail.type = worker->shared->types.applied;
    done->number = mail->number;
    mailbox_post(worker->shared->control, &done->mail);
}

static void on_mail(void *ctx, struct mail *mail)
{
    struct worker *worker = ctx;
    switch ((enum worker_mail)mail->type) {
    case WORKER_COLLECT: {
        const struct worker_collect *collect = (const struct worker_collect *)mail;
        if (collect->tick == 0)
            worker_tell_news(worker);
        else
            worker_report(worker, collect->tick, clock_mono() - collect->posted);
        break;
    }
    case WORKER_KILL:
        if (!kill_take(worker, (struct worker_kill *)mail)) {
            worker_post(worker, mail);
            return;
        }
        break;
    case WORKER_BACKEND:
        backend_news(worker, (struct worker_backend_news *)mail);
        break;
    case WORKER_APPLY:
        apply(worker, (struct worker_apply *)mail);
        break;
    case WORKER_LISTEN:
        listen_on(worker, (struct worker_listen *)mail);
        break;
    case WORKER_DRAIN:
        drain(worker, ((struct worker_drain *)mail)->seconds);
        break;
    case WORKER_STOP:
        worker->stopping = true;
        ev_break(worker->loop, EVBREAK_ALL);
        break;
    }
    free(mail);
}

void worker_post(struct worker *worker, struct mail *mail)
{
    mailbox_post(worker->mailbox, mail);
}

static void on_turn(struct ev_loop *loop, struct ev_check *check, int events)
{
    (void)loop;
    (void)events;
    ((struct worker *)check->data)->now = clock_mono();
}

/* Nothing of the last turn refers to the dead any more. */
static void on_reap(struct ev_loop *loop, struct ev_prepare *prepare, int events)
{
    struct worker *worker = prepare->data;
    (void)loop;
    (void)events;
    while (worker->dead_conns != NULL) {
        struct conn *c = worker->dead_conns;
        worker->dead_conns = c->next;
        worker_recycle(worker, c);
    }
}

static void on_pool_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    link_expire(timer->data, false);
}

struct worker *worker_new(struct shared *shared, const struct config *config,
                          const struct fleet *fleet, unsigned index)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    worker->shared = shared;
    worker->config = config_ref(config);
    worker->fleet = fleet_ref(fleet);
    worker->index = index;
    worker->turns = index; /* so that they do not all begin with the same backend */
    worker->now = clock_mono();
    worker->accepting = true;
    worker->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (worker->loop != NULL)
        worker->mailbox = mailbox_new(worker->loop, on_mail, worker);
    if (worker->mailbox == NULL) {
        worker_free(worker);
        return NULL;
    }
    for (unsigned i = 0; i < fleet->count; i++)
        backend_init(worker, fleet->order[i]);
    ev_check_init(&worker->turn, on_turn);
    ev_prepare_init(&worker->reaper, on_reap);
    ev_timer_init(&worker->accept_pause, on_accept_pause, 0.0, 0.0);
    ev_timer_init(&worker->drain_timer, on_drain_timer, 0.0, 0.0);
    ev_timer_init(&worker->pool_timer, on_pool_timer, POOL_SECONDS, POOL_SECONDS);
    worker->turn.data = worker->reaper.data = worker;
    worker->accept_pause.data = worker->drain_timer.data = worker->pool_timer.data = worker;
    return worker;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    worker->now = clock_mono();
    ev_check_start(worker->loop, &worker->turn);
    ev_prepare_start(worker->loop, &worker->reaper);
    ev_timer_start(worker->loop, &worker->pool_timer);
    watch_listeners(worker);
    ev_run(worker->loop, 0);
    mailbox_deliver(worker->mailbox); /* a kill that came with the stop still gets its answer */
    worker->stopping = true;
    end_all(worker, CLOSE_DRAIN);
    link_expire(worker, true);
    return NULL;
}

int worker_start(struct worker *worker)
{
    int error = pthread_create(&worker->thread, NULL, worker_main, worker);
    worker->running = error == 0;
    return error == 0 ? 0 : -1;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->running) {
        struct mail *mail = malloc(sizeof *mail);
        if (mail == NULL)
            return; /* it cannot be told to end; the process is about to anyway */
        mail->type = WORKER_STOP;
        worker_post(worker, mail);
        pthread_join(worker->thread, NULL);
    }
    worker_forget(worker);
    config_unref(worker->config);
    fleet_unref(worker->fleet);
    mailbox_free(worker->mailbox);
    if (worker->loop != NULL)
        ev_loop_destroy(worker->loop);
    block_pool_clear(&worker->blocks);
    notebook_clear(&worker->notes);
    free(worker->closed);
    free(worker);
}
