/*
 * When each backend is checked, and at which addresses; how is probe.c's. Every check ends in
 * `probed` with a state, or is put off when the fault is on our side, which says nothing about the
 * backend.
 */
#include "health.h"

#include <ev.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "probe.h"

/* Seconds until a backend that just failed is tried again: doubled from the first to the last, so
 * that with the check itself its return is noticed within a second. */
#define FIRST_BACKOFF 0.2
#define LAST_BACKOFF 0.8
/* Until one is checked again that answers, but wrongly: somebody has to change something first. */
#define WRONG_PAUSE 10.0
#define OUR_FAULT_PAUSE 1.0
#define RENEW_SECONDS 60.0
#define ASK_SECONDS 2.0

struct patient {
    struct health *health;
    unsigned slot;
    unsigned generation; /* counts the nodes that had this slot, so that no answer is mixed up */
    struct addr addrs[RESOLVER_ADDRS_MAX];
    unsigned addr_count;
    bool is_name;
    bool asked;        /* the resolver owes an answer */
    bool waiting;      /* a check is held up by that */
    bool suspected;    /* since the last check began */
    bool on_suspicion; /* this check began so */
    double ended;      /* clock_mono: of the last check */
    double backoff;
    enum backend_state state;
    char name_error[96];
    struct probe probe;
    struct ev_timer next; /* check; while waiting: the end of patience */
    struct ev_timer renew;
};

struct health {
    struct ev_loop *loop;
    const struct config *config;
    const struct fleet *fleet;
    struct resolver *resolver;
    struct mailbox *box;
    int resolved;
    health_handler *handler;
    void *ctx;
    /* The check a person asked for: a bit per slot still to come. */
    uint64_t asked_left;
    double asked_at;
    health_done *done;
    void *done_ctx;
    struct patient patients[FLEET_MAX];
};

static const struct config_backend *backend_of(const struct patient *p)
{
    return &p->health->fleet->slots[p->slot];
}

static void set_timer(struct patient *p, struct ev_timer *timer, double seconds)
{
    ev_timer_stop(p->health->loop, timer);
    ev_now_update(p->health->loop);
    ev_timer_set(timer, seconds, 0.0);
    ev_timer_start(p->health->loop, timer);
}

static bool is_checking(const struct patient *p)
{
    return p->waiting || p->probe.running;
}

/* What the person asked for is done as far as this slot goes. */
static void strike_off(struct health *health, unsigned slot)
{
    uint64_t bit = UINT64_C(1) << slot;

    if (!(health->asked_left & bit))
        return;
    health->asked_left &= ~bit;
    if (health->asked_left == 0 && health->done)
        health->done(health->done_ctx);
}

/* Leaves the check, whatever came out of it. */
static void finish(struct patient *p, double next)
{
    p->waiting = false;
    p->ended = clock_mono();
    set_timer(p, &p->next, next);
    strike_off(p->health, p->slot);
}

static double pause_after(struct patient *p)
{
    double interval = p->health->config->health.interval;
    double pause = p->backoff;

    if (p->state == BACKEND_UNAUTHORIZED || p->state == BACKEND_MISMATCH)
        return fmin(WRONG_PAUSE, interval);
    if (!backend_state_is_up(p->state)) {
        p->backoff = fmin(p->backoff * 2, LAST_BACKOFF);
        return fmin(pause, interval);
    }
    p->backoff = p->on_suspicion ? fmin(p->backoff * 2, LAST_BACKOFF) : FIRST_BACKOFF;
    /* What made somebody suspect it may have happened after it answered. */
    return p->suspected ? fmin(p->backoff, interval) : interval;
}

static void conclude(struct patient *p, const struct probe_result *result)
{
    struct health_news news = {
        .slot = p->slot,
        .state = result->state,
        .response_ms = result->response_ms,
        .reason = result->reason,
        .addrs = p->addrs,
        .addr_count = p->addr_count,
        .stats = result->stats,
    };

    p->state = result->state;
    p->health->handler(p->health->ctx, &news);
    finish(p, pause_after(p));
}

static void name_failed(struct patient *p, const char *why)
{
    char reason[PROBE_REASON_MAX];
    struct probe_result result = {.state = BACKEND_OFFLINE, .reason = reason, .response_ms = -1};

    snprintf(reason, sizeof(reason), "the name does not resolve: %s", why);
    conclude(p, &result);
}

static void probed(void *ctx, const struct probe_result *result)
{
    struct patient *p = ctx;

    if (result->state == BACKEND_UNKNOWN) {
        log_warn("backend %s was not checked: %s", backend_of(p)->name, result->reason);
        finish(p, OUR_FAULT_PAUSE);
        return;
    }
    if (backend_state_is_up(result->state)) {
        struct addr first = p->addrs[0];
        p->addrs[0] = p->addrs[result->addr];
        p->addrs[result->addr] = first;
    }
    conclude(p, result);
}

static void ask_name(struct patient *p)
{
    const struct config_backend *backend = backend_of(p);
    struct health *health = p->health;

    if (!p->is_name || p->asked)
        return;
    if (resolver_ask(health->resolver, backend->host, backend->port, health->box, health->resolved,
                     p->generation * FLEET_MAX + p->slot) == 0)
        p->asked = true;
}

static void start_probe(struct patient *p)
{
    const struct config *config = p->health->config;
    struct probe_plan plan = {
        .backend = backend_of(p),
        .addrs = p->addrs,
        .addr_count = p->addr_count,
        .check = config->health.check,
        .timeout = config->health.timeout,
        .slow = config->health.slow,
    };

    p->waiting = false;
    ev_timer_stop(p->health->loop, &p->next);
    probe_start(&p->probe, &plan);
}

static void begin(struct patient *p)
{
    if (is_checking(p))
        return;
    p->on_suspicion = p->suspected;
    p->suspected = false;
    if (!backend_state_is_up(p->state))
        ask_name(p);
    if (p->addr_count > 0) {
        start_probe(p);
    } else {
        p->waiting = true;
        set_timer(p, &p->next, p->health->config->health.timeout);
    }
}

static bool is_same_set(const struct patient *p, const struct resolver_answer *answer)
{
    unsigned same = 0;
    for (unsigned i = 0; i < answer->count; i++)
        for (unsigned j = 0; j < p->addr_count; j++)
            if (addr_equal(&answer->addrs[i], &p->addrs[j]))
                same++;
    return same == answer->count && same == p->addr_count;
}

void health_resolved(struct health *health, const struct resolver_answer *answer)
{
    struct patient *p = &health->patients[answer->token % FLEET_MAX];

    if (answer->token / FLEET_MAX != p->generation || !fleet_has(health->fleet, p->slot))
        return;
    p->asked = false;
    if (answer->count == 0) {
        /* A failing name server must not take away addresses that still answer. */
        snprintf(p->name_error, sizeof(p->name_error), "%s", answer->error);
        if (p->waiting)
            name_failed(p, answer->error);
        return;
    }
    p->name_error[0] = '\0';
    if (is_same_set(p, answer))
        return;
    p->addr_count = answer->count;
    memcpy(p->addrs, answer->addrs, answer->count * sizeof(answer->addrs[0]));
    if (is_checking(p)) {
        /* Also when one of the old addresses is being tried: it may be one that swallows every
         * try, and the answer to the next question would again come during the next check. */
        probe_stop(&p->probe);
        start_probe(p);
    } else {
        /* Fresh addresses are tried before they are used. */
        set_timer(p, &p->next, FIRST_BACKOFF);
    }
}

static void on_next(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct patient *p = timer->data;

    (void)loop;
    (void)events;
    if (p->waiting)
        name_failed(p, p->name_error[0] ? p->name_error : "no answer yet");
    else
        begin(p);
}

static void on_renew(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    ask_name(timer->data);
}

void health_suspect(struct health *health, unsigned slot)
{
    struct patient *p = &health->patients[slot % FLEET_MAX];
    double wait = p->ended + p->backoff - clock_mono();

    if (!fleet_has(health->fleet, slot) || p->suspected)
        return;
    if (is_checking(p)) {
        p->suspected = true;
    } else if (backend_state_is_up(p->state)) {
        /* One that is down is being tried again and again already. */
        p->suspected = true;
        if (wait > 0)
            set_timer(p, &p->next, wait);
        else
            begin(p);
    }
}

bool health_check(struct health *health, unsigned slot, health_done *done, void *ctx)
{
    uint64_t wanted = 0;
    double now = clock_mono();

    for (unsigned i = 0; i < FLEET_MAX; i++)
        if ((slot == REPORT_NO_BACKEND || slot == i) && fleet_has(health->fleet, i))
            wanted |= UINT64_C(1) << i;
    if (wanted == 0 || health->asked_left != 0 || now - health->asked_at < ASK_SECONDS)
        return false;
    health->asked_at = now;
    health->done = done;
    health->done_ctx = ctx;
    health->asked_left = wanted;
    /* A check that ends at once takes its bit out again while we walk. */
    for (unsigned i = 0; i < FLEET_MAX; i++)
        if (wanted >> i & 1)
            begin(&health->patients[i]);
    return true;
}

/* A node moves into the slot; it is not checked yet. */
static void admit(struct patient *p)
{
    const struct config_backend *backend = backend_of(p);

    p->state = BACKEND_UNKNOWN;
    p->asked = p->suspected = p->on_suspicion = false;
    p->backoff = FIRST_BACKOFF;
    p->name_error[0] = '\0';
    p->addr_count = 0;
    p->is_name = !addr_parse(slice_of(backend->host), &p->addrs[0]);
    if (!p->is_name) {
        p->addrs[0].port = backend->port;
        p->addr_count = 1;
    }
}

static void begin_watch(struct patient *p)
{
    if (p->is_name)
        ev_timer_again(p->health->loop, &p->renew);
    begin(p);
}

static void dismiss(struct patient *p)
{
    probe_stop(&p->probe);
    ev_timer_stop(p->health->loop, &p->next);
    ev_timer_stop(p->health->loop, &p->renew);
    p->waiting = false;
    p->generation++;
}

/* The same node under new settings. */
static void go_on(struct patient *p, const struct config *old, const char *old_password)
{
    const struct config *config = p->health->config;
    struct ev_loop *loop = p->health->loop;

    if (p->probe.running) {
        /* It looks at what is about to be freed. */
        probe_stop(&p->probe);
        start_probe(p);
    } else if (p->waiting) {
        return;
    } else if (strcmp(old_password, backend_of(p)->password) != 0 ||
               old->health.check != config->health.check) {
        begin(p);
    } else if (ev_timer_remaining(loop, &p->next) > config->health.interval) {
        set_timer(p, &p->next, config->health.interval);
    }
}

static void apply_slot(struct health *health, unsigned slot, const struct config *old_config,
                       const struct fleet *old)
{
    struct patient *p = &health->patients[slot];
    bool was = fleet_has(old, slot), is = fleet_has(health->fleet, slot);

    if (was && is && fleet_same_node(&old->slots[slot], backend_of(p))) {
        go_on(p, old_config, old->slots[slot].password);
        return;
    }
    if (was) {
        dismiss(p);
        strike_off(health, slot);
    }
    if (is) {
        admit(p);
        begin_watch(p);
    }
}

void health_apply(struct health *health, const struct config *config, const struct fleet *fleet)
{
    const struct config *old_config = health->config;
    const struct fleet *old = health->fleet;

    health->config = config_ref(config);
    health->fleet = fleet_ref(fleet);
    for (unsigned i = 0; i < FLEET_MAX; i++)
        apply_slot(health, i, old_config, old);
    config_unref(old_config);
    fleet_unref(old);
}

static void patient_init(struct health *health, unsigned slot)
{
    struct patient *p = &health->patients[slot];

    p->health = health;
    p->slot = slot;
    probe_init(&p->probe, health->loop, probed, p);
    ev_init(&p->next, on_next);
    ev_timer_init(&p->renew, on_renew, RENEW_SECONDS, RENEW_SECONDS);
    p->next.data = p->renew.data = p;
    if (fleet_has(health->fleet, slot))
        admit(p);
}

struct health *health_new(struct ev_loop *loop, const struct config *config,
                          const struct fleet *fleet, struct mailbox *box, int resolved,
                          health_handler *handler, void *ctx)
{
    struct health *health = calloc(1, sizeof(*health));
    if (!health)
        return NULL;
    health->loop = loop;
    health->config = config_ref(config);
    health->fleet = fleet_ref(fleet);
    health->box = box;
    health->resolved = resolved;
    health->handler = handler;
    health->ctx = ctx;
    health->asked_at = -ASK_SECONDS;
    for (unsigned i = 0; i < FLEET_MAX; i++)
        patient_init(health, i);
    health->resolver = resolver_new();
    if (!health->resolver) {
        health_free(health);
        return NULL;
    }
    return health;
}

void health_start(struct health *health)
{
    for (unsigned i = 0; i < FLEET_MAX; i++)
        if (fleet_has(health->fleet, i))
            begin_watch(&health->patients[i]);
}

void health_free(struct health *health)
{
    if (!health)
        return;
    resolver_free(health->resolver);
    for (unsigned i = 0; i < FLEET_MAX; i++)
        dismiss(&health->patients[i]);
    fleet_unref(health->fleet);
    config_unref(health->config);
    free(health);
}
