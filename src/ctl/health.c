/*
 * One probe per backend, each a small state machine: idle, waiting for its name, connecting. Every
 * check ends in `conclude` with a state, or in `postpone` when the fault is on our side, which says
 * nothing about the backend.
 */
#include "health.h"

#include <assert.h>
#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/sock.h"

/* Seconds until a backend that just failed is tried again: doubled from the first to the last, so
 * that its return is seen within a second. */
#define FIRST_BACKOFF 0.2
#define LAST_BACKOFF 1.0
#define OUR_FAULT_PAUSE 1.0
#define RENEW_SECONDS 60.0
#define ASK_SECONDS 2.0

struct probe {
    struct health *health;
    unsigned index;
    struct addr addrs[RESOLVER_ADDRS_MAX];
    unsigned addr_count;
    bool is_name;
    bool asked;    /* the resolver owes an answer */
    bool checking; /* waiting for a name (fd < 0) or connecting */
    unsigned at;   /* the address being tried */
    int fd;
    double began, ended; /* clock_mono: of this try, of the last check */
    double backoff;
    enum backend_state state;
    char name_error[96];
    struct ev_io io;
    struct ev_timer timeout, next, renew;
};

struct health {
    struct ev_loop *loop;
    const struct config *config;
    struct resolver *resolver;
    struct mailbox *box;
    int resolved;
    health_handler *handler;
    void *ctx;
    /* The check a person asked for: a bit per backend still to come. */
    uint64_t asked_left;
    double asked_at;
    health_done *done;
    void *done_ctx;
    struct probe probes[REPORT_BACKENDS_MAX];
};

static void dial(struct probe *probe);

static const struct config_backend *config_of(const struct probe *probe)
{
    return &probe->health->config->backends[probe->index];
}

static void set_timer(struct probe *probe, struct ev_timer *timer, double seconds)
{
    ev_timer_stop(probe->health->loop, timer);
    ev_timer_set(timer, seconds, 0.0);
    ev_timer_start(probe->health->loop, timer);
}

/* Leaves the check, whatever came out of it. */
static void finish(struct probe *probe, double next)
{
    struct health *health = probe->health;

    ev_io_stop(health->loop, &probe->io);
    ev_timer_stop(health->loop, &probe->timeout);
    sock_close(probe->fd);
    probe->fd = -1;
    probe->checking = false;
    probe->ended = clock_mono();
    set_timer(probe, &probe->next, next);
    uint64_t bit = UINT64_C(1) << probe->index;
    if (!(health->asked_left & bit))
        return;
    health->asked_left &= ~bit;
    if (health->asked_left == 0 && health->done)
        health->done(health->done_ctx);
}

static void tell(struct probe *probe, double response_ms, const char *reason)
{
    struct health_news news = {
        .backend = probe->index,
        .state = probe->state,
        .response_ms = response_ms,
        .reason = reason,
        .addrs = probe->addrs,
        .addr_count = probe->addr_count,
    };
    probe->health->handler(probe->health->ctx, &news);
}

static void conclude(struct probe *probe, enum backend_state state, double response_ms,
                     const char *reason)
{
    double interval = probe->health->config->health.interval, next = interval;

    if (state == BACKEND_ONLINE) {
        struct addr first = probe->addrs[0];
        probe->addrs[0] = probe->addrs[probe->at];
        probe->addrs[probe->at] = first;
        probe->backoff = 0;
    } else {
        probe->backoff = probe->backoff > 0 ? probe->backoff * 2 : FIRST_BACKOFF;
        if (probe->backoff > LAST_BACKOFF)
            probe->backoff = LAST_BACKOFF;
        if (probe->backoff < interval)
            next = probe->backoff;
    }
    probe->state = state;
    tell(probe, response_ms, reason);
    finish(probe, next);
}

static void postpone(struct probe *probe, int error)
{
    log_warn("backend %s was not checked: %s", config_of(probe)->name, strerror(error));
    finish(probe, OUR_FAULT_PAUSE);
}

static void end_try(struct probe *probe)
{
    ev_io_stop(probe->health->loop, &probe->io);
    ev_timer_stop(probe->health->loop, &probe->timeout);
    sock_close(probe->fd);
    probe->fd = -1;
}

/* This address did not answer: on to the next one, or the verdict. */
static void try_failed(struct probe *probe, int error)
{
    char reason[100];

    end_try(probe);
    if (sock_is_our_fault(error)) {
        postpone(probe, error);
    } else if (probe->at + 1 < probe->addr_count) {
        probe->at++;
        dial(probe);
    } else if (error == ETIMEDOUT) {
        snprintf(reason, sizeof(reason), "no answer within %g s",
                 probe->health->config->health.timeout);
        conclude(probe, BACKEND_TIMEOUT, -1, reason);
    } else {
        conclude(probe, BACKEND_OFFLINE, -1, strerror(error));
    }
}

static void dial(struct probe *probe)
{
    probe->began = clock_mono();
    probe->fd = sock_dial(&probe->addrs[probe->at]);
    if (probe->fd < 0) {
        try_failed(probe, errno);
        return;
    }
    ev_io_set(&probe->io, probe->fd, EV_WRITE);
    ev_io_start(probe->health->loop, &probe->io);
    set_timer(probe, &probe->timeout, probe->health->config->health.timeout);
}

static void on_connected(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct probe *probe = io->data;
    int error = sock_error(probe->fd);

    (void)loop;
    (void)events;
    if (error != 0)
        try_failed(probe, error);
    else
        conclude(probe, BACKEND_ONLINE, (clock_mono() - probe->began) * 1000, "");
}

/* Goes on with the check from the first address. */
static void dial_anew(struct probe *probe)
{
    end_try(probe);
    probe->at = 0;
    dial(probe);
}

static void name_failed(struct probe *probe, const char *why)
{
    char reason[200];
    snprintf(reason, sizeof(reason), "the name does not resolve: %s", why);
    conclude(probe, BACKEND_OFFLINE, -1, reason);
}

static void on_timeout(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct probe *probe = timer->data;
    (void)loop;
    (void)events;
    if (probe->fd >= 0)
        try_failed(probe, ETIMEDOUT);
    else
        name_failed(probe, probe->name_error[0] ? probe->name_error : "no answer yet");
}

static void ask_name(struct probe *probe)
{
    const struct config_backend *backend = config_of(probe);
    struct health *health = probe->health;

    if (!probe->is_name || probe->asked)
        return;
    if (resolver_ask(health->resolver, backend->host, backend->port, health->box, health->resolved,
                     probe->index) == 0)
        probe->asked = true;
}

static void begin(struct probe *probe)
{
    if (probe->checking)
        return;
    probe->checking = true;
    probe->at = 0;
    ev_timer_stop(probe->health->loop, &probe->next);
    if (probe->state != BACKEND_ONLINE)
        ask_name(probe);
    if (probe->addr_count > 0)
        dial(probe);
    else
        set_timer(probe, &probe->timeout, probe->health->config->health.timeout);
}

static bool is_same_set(const struct probe *probe, const struct resolver_answer *answer)
{
    unsigned same = 0;
    for (unsigned i = 0; i < answer->count; i++)
        for (unsigned j = 0; j < probe->addr_count; j++)
            if (addr_equal(&answer->addrs[i], &probe->addrs[j]))
                same++;
    return same == answer->count && same == probe->addr_count;
}

void health_resolved(struct health *health, const struct resolver_answer *answer)
{
    assert(answer->token < health->config->backend_count);
    struct probe *probe = &health->probes[answer->token];
    bool waiting = probe->checking && probe->fd < 0;

    probe->asked = false;
    if (answer->count == 0) {
        /* A failing name server must not take away addresses that still answer. */
        snprintf(probe->name_error, sizeof(probe->name_error), "%s", answer->error);
        if (waiting)
            name_failed(probe, answer->error);
        return;
    }
    probe->name_error[0] = '\0';
    if (!waiting && is_same_set(probe, answer))
        return;
    probe->addr_count = answer->count;
    memcpy(probe->addrs, answer->addrs, answer->count * sizeof(answer->addrs[0]));
    if (probe->checking)
        /* Also when one of the old addresses is being tried: it may be one that swallows every
         * try, and the answer to the next question would again come during the next check. */
        dial_anew(probe);
    else
        /* Fresh addresses are tried before they are used. */
        set_timer(probe, &probe->next, FIRST_BACKOFF);
}

static void on_next(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    begin(timer->data);
}

static void on_renew(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    ask_name(timer->data);
}

void health_failed(struct health *health, unsigned backend)
{
    assert(backend < health->config->backend_count);
    struct probe *probe = &health->probes[backend];
    double since = clock_mono() - probe->ended;

    /* One that is down is being tried again and again already. */
    if (probe->checking || probe->state != BACKEND_ONLINE)
        return;
    if (since < FIRST_BACKOFF)
        set_timer(probe, &probe->next, FIRST_BACKOFF - since);
    else
        begin(probe);
}

bool health_check(struct health *health, unsigned backend, health_done *done, void *ctx)
{
    unsigned count = health->config->backend_count;
    double now = clock_mono();

    if (health->asked_left != 0 || now - health->asked_at < ASK_SECONDS)
        return false;
    health->asked_at = now;
    health->done = done;
    health->done_ctx = ctx;
    for (unsigned i = 0; i < count; i++)
        if (backend == REPORT_NO_BACKEND || backend == i)
            health->asked_left |= UINT64_C(1) << i;
    /* A check that ends at once takes its bit out again while we walk. */
    for (unsigned i = 0; i < count; i++)
        if (backend == REPORT_NO_BACKEND || backend == i)
            begin(&health->probes[i]);
    return true;
}

static void probe_init(struct health *health, unsigned index)
{
    struct probe *probe = &health->probes[index];
    const struct config_backend *backend = &health->config->backends[index];

    probe->health = health;
    probe->index = index;
    probe->fd = -1;
    probe->is_name = !addr_parse(slice_of(backend->host), &probe->addrs[0]);
    if (!probe->is_name) {
        probe->addrs[0].port = backend->port;
        probe->addr_count = 1;
    }
    ev_init(&probe->io, on_connected);
    ev_init(&probe->timeout, on_timeout);
    ev_init(&probe->next, on_next);
    ev_timer_init(&probe->renew, on_renew, RENEW_SECONDS, RENEW_SECONDS);
    probe->io.data = probe->timeout.data = probe->next.data = probe->renew.data = probe;
}

struct health *health_new(struct ev_loop *loop, const struct config *config, struct mailbox *box,
                          int resolved, health_handler *handler, void *ctx)
{
    struct health *health = calloc(1, sizeof(*health));
    if (!health)
        return NULL;
    health->loop = loop;
    health->config = config_ref(config);
    health->box = box;
    health->resolved = resolved;
    health->handler = handler;
    health->ctx = ctx;
    health->asked_at = -ASK_SECONDS;
    for (unsigned i = 0; i < config->backend_count; i++)
        probe_init(health, i);
    health->resolver = resolver_new();
    if (!health->resolver) {
        health_free(health);
        return NULL;
    }
    return health;
}

void health_start(struct health *health)
{
    for (unsigned i = 0; i < health->config->backend_count; i++) {
        if (health->probes[i].is_name)
            ev_timer_start(health->loop, &health->probes[i].renew);
        begin(&health->probes[i]);
    }
}

void health_free(struct health *health)
{
    if (!health)
        return;
    resolver_free(health->resolver);
    for (unsigned i = 0; i < health->config->backend_count; i++) {
        struct probe *probe = &health->probes[i];
        ev_io_stop(health->loop, &probe->io);
        ev_timer_stop(health->loop, &probe->timeout);
        ev_timer_stop(health->loop, &probe->next);
        ev_timer_stop(health->loop, &probe->renew);
        sock_close(probe->fd);
    }
    config_unref(health->config);
    free(health);
}
