/* Control's handle on the data plane: makes the workers, passes requests on to them. */
#include "proxy/proxy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "kill.h"
#include "worker.h"

/* As many as proxy.workers may ask for. */
#define WORKERS_MAX 64

struct proxy {
    struct shared shared;
    const struct config *config;
    const struct fleet *fleet;
    struct worker *workers[WORKERS_MAX];
    unsigned count;
    uint64_t applied; /* counts proxy_apply */
    unsigned listener_count;
    int listeners[PROXY_LISTENERS_MAX];
};

/* `needed`: a literal address may be tried before the first check. */
static void gauge_init(struct gauge *gauge, const struct config_backend *backend, bool needed)
{
    struct addr addr;
    bool literal = addr_parse(slice_of(backend->host), &addr);
    atomic_store(&gauge->playing, GAUGE_NO_STATS);
    atomic_store(&gauge->flags, literal && needed ? GAUGE_UP : 0U);
}

/* Whether new sessions of this version have somewhere to go that is known to answer and stays: then
 * a newcomer, which may be a black hole, has time to be checked first. */
static bool has_other(const struct proxy *proxy, const struct fleet *fleet, unsigned version)
{
    for (unsigned i = 0; i < fleet->count; i++) {
        unsigned slot = fleet->order[i];
        unsigned flags = atomic_load(&proxy->shared.gauges[slot].flags);
        if (fleet_has(proxy->fleet, slot) && !(fleet->removed >> slot & 1) &&
            fleet->slots[slot].version == version && (flags & GAUGE_UP) != 0 &&
            (flags & GAUGE_DRAINING) == 0)
            return true;
    }
    return false;
}

struct proxy *proxy_open(const struct config *config, const struct fleet *fleet)
{
    struct proxy *proxy = calloc(1, sizeof *proxy);
    if (proxy == NULL)
        return NULL;
    struct shared *shared = &proxy->shared;
    proxy->config = config_ref(config);
    proxy->fleet = fleet_ref(fleet);
    atomic_init(&shared->next_id, 1);
    hash_random(&shared->seed, sizeof shared->seed);
    shared->gate = gate_new();
    shared->affinity = affinity_new();
    if (shared->gate == NULL || shared->affinity == NULL) {
        proxy_free(proxy);
        return NULL;
    }
    for (unsigned i = 0; i < fleet->count; i++)
        gauge_init(&shared->gauges[fleet->order[i]], &fleet->slots[fleet->order[i]], true);
    return proxy;
}

static void tell_listeners(struct proxy *proxy, struct worker *worker)
{
    struct worker_listen *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return;
    mail->mail.type = WORKER_LISTEN;
    mail->count = proxy->listener_count;
    memcpy(mail->fds, proxy->listeners, sizeof mail->fds);
    worker_post(worker, &mail->mail);
}

int proxy_start(struct proxy *proxy, struct mailbox *control, const struct proxy_mail_types *types,
                struct err *err)
{
    struct shared *shared = &proxy->shared;
    shared->control = control;
    shared->types = *types;
    assert(proxy->config->proxy.workers <= WORKERS_MAX);
    for (unsigned i = 0; i < proxy->config->proxy.workers; i++) {
        struct worker *worker = worker_new(shared, proxy->config, proxy->fleet, i);
        if (worker == NULL || worker_start(worker) != 0) {
            worker_free(worker);
            err_set(err, "cannot start worker %u", i);
            return -1;
        }
        proxy->workers[proxy->count++] = worker;
        tell_listeners(proxy, worker);
    }
    return 0;
}

void proxy_listen(struct proxy *proxy, const int *fds, unsigned count)
{
    assert(count <= PROXY_LISTENERS_MAX);
    proxy->listener_count = count;
    memcpy(proxy->listeners, fds, count * sizeof *fds);
    for (unsigned i = 0; i < proxy->count; i++)
        tell_listeners(proxy, proxy->workers[i]);
}

uint64_t proxy_apply(struct proxy *proxy, const struct config *config, const struct fleet *fleet)
{
    struct shared *shared = &proxy->shared;
    for (unsigned slot = 0; slot < FLEET_MAX; slot++) {
        if (fleet_has(proxy->fleet, slot) && !fleet_has(fleet, slot))
            affinity_forget(shared->affinity, slot);
        else if (!fleet_has(proxy->fleet, slot) && fleet_has(fleet, slot))
            gauge_init(&shared->gauges[slot], &fleet->slots[slot],
                       !has_other(proxy, fleet, fleet->slots[slot].version));
    }
    const struct config *old_config = proxy->config;
    const struct fleet *old_fleet = proxy->fleet;
    proxy->config = config_ref(config);
    proxy->fleet = fleet_ref(fleet);
    config_unref(old_config);
    fleet_unref(old_fleet);
    proxy->applied++;
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_apply *mail = malloc(sizeof *mail);
        if (mail == NULL)
            return 0;
        mail->mail.type = WORKER_APPLY;
        mail->number = proxy->applied;
        mail->config = config_ref(config);
        mail->fleet = fleet_ref(fleet);
        worker_post(proxy->workers[i], &mail->mail);
    }
    return proxy->applied;
}

unsigned proxy_workers(const struct proxy *proxy)
{
    return proxy->count;
}

void proxy_collect(struct proxy *proxy, uint64_t tick)
{
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_collect *mail = malloc(sizeof *mail);
        if (mail == NULL)
            return;
        mail->mail.type = WORKER_COLLECT;
        mail->tick = tick;
        mail->posted = clock_mono();
        worker_post(proxy->workers[i], &mail->mail);
    }
}

int proxy_kill(struct proxy *proxy, const struct proxy_kill *kill, uint64_t token)
{
    return kill_send(&proxy->shared, proxy->workers, proxy->count, kill, token);
}

enum proxy_block proxy_block(struct proxy *proxy, const struct addr *addr, double seconds)
{
    return gate_block(proxy->shared.gate, proxy->config, addr, clock_mono(), seconds);
}

bool proxy_unblock(struct proxy *proxy, const struct addr *addr)
{
    return gate_unblock(proxy->shared.gate, addr);
}

enum proxy_block proxy_block_user(struct proxy *proxy, const struct user_name *user, double seconds)
{
    return gate_block_user(proxy->shared.gate, user, clock_mono(), seconds);
}

bool proxy_unblock_user(struct proxy *proxy, const struct user_name *user)
{
    return gate_unblock_user(proxy->shared.gate, user);
}

unsigned proxy_blocks(struct proxy *proxy, struct snap_block out[SNAP_BLOCKS_MAX], int64_t wall_ms)
{
    return gate_blocks(proxy->shared.gate, clock_mono(), wall_ms, out);
}

/* Wakes what waits for a backend; `addrs`, if any, are its addresses from now on. */
static void tell_backend(struct proxy *proxy, unsigned slot, const struct addr *addrs,
                         unsigned count)
{
    if (count > WORKER_ADDRS_MAX)
        count = WORKER_ADDRS_MAX;
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_backend_news *mail = calloc(1, sizeof *mail);
        if (mail == NULL)
            return;
        mail->mail.type = WORKER_BACKEND;
        mail->slot = slot;
        mail->addr_count = count;
        for (unsigned a = 0; a < count; a++)
            mail->addrs[a] = addrs[a];
        worker_post(proxy->workers[i], &mail->mail);
    }
}

void proxy_backend_set(struct proxy *proxy, unsigned slot, const struct proxy_backend_news *news)
{
    struct gauge *gauge = &proxy->shared.gauges[slot];
    unsigned set = (news->up ? GAUGE_UP : 0U) | (news->slow ? GAUGE_SLOW : 0U);
    if (!news->up)
        atomic_store(&gauge->playing, GAUGE_NO_STATS); /* what returns is another process */
    else if (news->stats != NULL && news->stats->known)
        atomic_store(&gauge->playing, news->stats->playing);
    atomic_fetch_and(&gauge->flags, ~(unsigned)(GAUGE_UP | GAUGE_SLOW) | set);
    atomic_fetch_or(&gauge->flags, set);
    if (news->up)
        tell_backend(proxy, slot, news->addrs, news->addr_count);
}

void proxy_backend_drain(struct proxy *proxy, unsigned slot, bool drain)
{
    struct gauge *gauge = &proxy->shared.gauges[slot];
    if (drain)
        atomic_fetch_or(&gauge->flags, GAUGE_DRAINING);
    else if (atomic_fetch_and(&gauge->flags, ~(unsigned)GAUGE_DRAINING) & GAUGE_DRAINING)
        tell_backend(proxy, slot, NULL, 0); /* handshakes may wait for just that */
}

void proxy_waiting(struct proxy *proxy, uint32_t waiting[FLEET_MAX])
{
    affinity_waiting(proxy->shared.affinity, clock_mono(), waiting);
}

void proxy_drain(struct proxy *proxy, double seconds)
{
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_drain *mail = malloc(sizeof *mail);
        if (mail == NULL)
            return;
        mail->mail.type = WORKER_DRAIN;
        mail->seconds = seconds;
        worker_post(proxy->workers[i], &mail->mail);
    }
}

void proxy_free(struct proxy *proxy)
{
    if (proxy == NULL)
        return;
    for (unsigned i = 0; i < proxy->count; i++)
        worker_free(proxy->workers[i]);
    gate_free(proxy->shared.gate);
    affinity_free(proxy->shared.affinity);
    config_unref(proxy->config);
    fleet_unref(proxy->fleet);
    free(proxy);
}
