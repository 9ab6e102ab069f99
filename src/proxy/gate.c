/* Owns the counts per visitor and the block list. */
#include "gate.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "users.h"

#define SHARDS 16
/* Visitors remembered for wrong passwords or blocks per shard; beyond, those whose time is over are
 * swept out, and if none is, a newcomer is not remembered: memory stays bounded under an attack
 * from many addresses. */
#define SHARD_VISITORS_MAX 8192
/* Seconds; a block for longer is shown as one of a century. */
#define BLOCK_SHOWN_MAX 3.2e9

struct visitor {
    unsigned active;
    unsigned failures;
    double window;  /* when the failures began to be counted */
    double blocked; /* until when; 0: not */
    bool by_hand;   /* the block; else after wrong passwords */
};

struct shard {
    pthread_mutex_t lock;
    struct map *visitors;
};

struct gate {
    uint64_t seed[2];
    atomic_uint_fast64_t active;
    atomic_uint epoch;
    atomic_uint blocks;     /* on record, in force or just over */
    atomic_uint remembered; /* blocks and failures on record: 0 lets most calls skip the maps */
    struct shard shards[SHARDS];
    struct users *users;
};

struct gate *gate_new(void)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL)
        return NULL;
    hash_random(gate->seed, sizeof gate->seed);
    gate->users = users_new();
    for (unsigned i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&gate->shards[i].lock, NULL);
        gate->shards[i].visitors = map_new(sizeof(struct addr_key));
        if (gate->shards[i].visitors == NULL) {
            gate_free(gate);
            return NULL;
        }
    }
    if (gate->users == NULL) {
        gate_free(gate);
        return NULL;
    }
    return gate;
}

void gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &gate->shards[i];
        if (shard->visitors != NULL) {
            size_t at = 0;
            const void *key;
            void *value;
            while (map_next(shard->visitors, &at, &key, &value))
                free(value);
            map_free(shard->visitors);
        }
        pthread_mutex_destroy(&shard->lock);
    }
    users_free(gate->users);
    free(gate);
}

static bool listed(const struct addr_net *nets, unsigned count, const struct addr *addr)
{
    for (unsigned i = 0; i < count; i++)
        if (addr_net_has(&nets[i], addr))
            return true;
    return false;
}

static bool is_allowed(const struct config *config, const struct addr *client)
{
    return listed(config->limits.allow, config->limits.allow_count, client);
}

/* The locked shard of a visitor. */
static struct shard *shard_lock(struct gate *gate, const struct addr_key *key)
{
    struct shard *shard = &gate->shards[hash_sip(gate->seed, key, sizeof *key) % SHARDS];
    pthread_mutex_lock(&shard->lock);
    return shard;
}

static bool is_idle(const struct visitor *v, const struct config *config, double now)
{
    return v->active == 0 && v->blocked <= now &&
           (v->failures == 0 || v->window + config->limits.auth_window <= now);
}

/* Removes one visitor that has nothing on record any more. */
static void forget(struct gate *gate, struct shard *shard, const struct addr_key *key)
{
    struct visitor *v = map_take(shard->visitors, key);
    if (v->failures > 0 || v->blocked > 0)
        atomic_fetch_sub(&gate->remembered, 1);
    if (v->blocked > 0)
        atomic_fetch_sub(&gate->blocks, 1);
    free(v);
}

static void sweep(struct gate *gate, struct shard *shard, const struct config *config, double now)
{
    size_t at = 0;
    const void *key;
    void *value;
    while (map_next(shard->visitors, &at, &key, &value)) {
        struct addr_key copy = *(const struct addr_key *)key;
        if (is_idle(value, config, now))
            forget(gate, shard, &copy);
    }
}

/* The visitor, made if need be; NULL when there is no memory or no room. */
static struct visitor *visitor_get(struct gate *gate, struct shard *shard,
                                   const struct config *config, const struct addr_key *key,
                                   double now)
{
    struct visitor *v = map_get(shard->visitors, key);
    if (v != NULL)
        return v;
    if (map_count(shard->visitors) >= SHARD_VISITORS_MAX)
        sweep(gate, shard, config, now);
    if (map_count(shard->visitors) >= SHARD_VISITORS_MAX)
        return NULL;
    v = calloc(1, sizeof *v);
    if (v != NULL && map_put(shard->visitors, key, v) != 0) {
        free(v);
        v = NULL;
    }
    return v;
}

enum gate_verdict gate_enter(struct gate *gate, const struct config *config,
                             const struct addr *client, double now, struct gate_ticket *ticket,
                             double *left)
{
    bool allowed = is_allowed(config, client);
    if (!allowed && listed(config->limits.deny, config->limits.deny_count, client))
        return GATE_DENIED;
    if (!allowed && gate_blocked(gate, config, client, now, left))
        return GATE_BLOCKED;
    if (atomic_fetch_add(&gate->active, 1) >= config->limits.connections && !allowed) {
        atomic_fetch_sub(&gate->active, 1);
        return GATE_FULL;
    }
    /* Visitors are counted without a limit, too: a reload may set one. */
    uint64_t most = config->limits.connections_per_ip;
    struct addr_key key = addr_key_of(client);
    struct shard *shard = shard_lock(gate, &key);
    struct visitor *v = visitor_get(gate, shard, config, &key, now);
    bool full = !allowed && most != CONFIG_NO_LIMIT && (v == NULL || v->active >= most);
    if (!full && v != NULL)
        v->active++;
    pthread_mutex_unlock(&shard->lock);
    *ticket = (struct gate_ticket){.counted = !full, .per_ip = !full && v != NULL};
    if (full)
        atomic_fetch_sub(&gate->active, 1);
    return full ? GATE_IP_FULL : GATE_OPEN;
}

void gate_leave(struct gate *gate, const struct addr *client, const struct gate_ticket *ticket)
{
    if (!ticket->counted)
        return;
    atomic_fetch_sub(&gate->active, 1);
    if (!ticket->per_ip)
        return;
    struct addr_key key = addr_key_of(client);
    struct shard *shard = shard_lock(gate, &key);
    struct visitor *v = map_get(shard->visitors, &key);
    if (v != NULL && v->active > 0) {
        v->active--;
        if (v->active == 0 && v->failures == 0 && v->blocked <= 0)
            forget(gate, shard, &key);
    }
    pthread_mutex_unlock(&shard->lock);
}

unsigned gate_epoch(const struct gate *gate)
{
    return atomic_load_explicit(&gate->epoch, memory_order_relaxed);
}

static void clear_block(struct gate *gate, struct visitor *v)
{
    v->blocked = 0;
    atomic_fetch_sub(&gate->blocks, 1);
    if (v->failures == 0)
        atomic_fetch_sub(&gate->remembered, 1);
}

bool gate_blocked(struct gate *gate, const struct config *config, const struct addr *client,
                  double now, double *left)
{
    if (atomic_load_explicit(&gate->remembered, memory_order_relaxed) == 0 ||
        is_allowed(config, client))
        return false;
    struct addr_key key = addr_key_of(client);
    struct shard *shard = shard_lock(gate, &key);
    struct visitor *v = map_get(shard->visitors, &key);
    *left = v != NULL ? v->blocked - now : 0;
    if (v != NULL && is_idle(v, config, now))
        forget(gate, shard, &key);
    else if (v != NULL && v->blocked > 0 && *left <= 0)
        clear_block(gate, v); /* it ran out, but its connections are still open */
    pthread_mutex_unlock(&shard->lock);
    return *left > 0;
}

/* Sets the end of a block; the record must be new or counted already. */
static void set_blocked(struct gate *gate, struct visitor *v, double until, bool by_hand)
{
    if (v->failures == 0 && v->blocked <= 0)
        atomic_fetch_add(&gate->remembered, 1);
    if (v->blocked <= 0)
        atomic_fetch_add(&gate->blocks, 1);
    v->blocked = until;
    v->by_hand = by_hand;
    v->failures = 0;
    atomic_fetch_add(&gate->epoch, 1);
}

bool gate_auth_failed(struct gate *gate, const struct config *config, const struct addr *client,
                      double now)
{
    if (config->limits.auth_failures == CONFIG_NO_LIMIT || is_allowed(config, client))
        return false;
    struct addr_key key = addr_key_of(client);
    struct shard *shard = shard_lock(gate, &key);
    struct visitor *v = visitor_get(gate, shard, config, &key, now);
    bool begins = false;
    if (v != NULL) {
        if (v->failures == 0 && v->blocked <= 0)
            atomic_fetch_add(&gate->remembered, 1);
        if (v->failures == 0 || v->window + config->limits.auth_window <= now) {
            v->failures = 0;
            v->window = now;
        }
        v->failures++;
        begins = v->failures >= config->limits.auth_failures && v->blocked <= now;
        if (begins)
            set_blocked(gate, v, now + config->limits.block, false);
    }
    pthread_mutex_unlock(&shard->lock);
    return begins;
}

enum proxy_block gate_block(struct gate *gate, const struct config *config,
                            const struct addr *client, double now, double seconds)
{
    if (is_allowed(config, client))
        return PROXY_BLOCK_ALLOWED;
    struct addr_key key = addr_key_of(client);
    struct shard *shard = shard_lock(gate, &key);
    struct visitor *v = visitor_get(gate, shard, config, &key, now);
    if (v != NULL)
        set_blocked(gate, v, now + seconds, true);
    pthread_mutex_unlock(&shard->lock);
    return v != NULL ? PROXY_BLOCKED : PROXY_BLOCK_NO_ROOM;
}

bool gate_user_blocked(struct gate *gate, struct slice user_id, double now, double *left)
{
    return users_blocked(gate->users, user_id, now, left);
}

enum proxy_block gate_block_user(struct gate *gate, const struct user_name *user, double now,
                                 double seconds)
{
    return users_block(gate->users, user, now, seconds);
}

bool gate_unblock_user(struct gate *gate, const struct user_name *user)
{
    return users_unblock(gate->users, user);
}

/* The blocks found so far. */
struct block_list {
    struct snap_block *list;
    int64_t wall_ms;
    unsigned total;
    unsigned least; /* index of the one that ends first, once the list is full */
};

static void list_add(struct block_list *blocks, struct snap_block *block, double left)
{
    unsigned at = blocks->total++;
    left = left < BLOCK_SHOWN_MAX ? left : BLOCK_SHOWN_MAX;
    block->until_ms = blocks->wall_ms + (int64_t)(left * 1000.0);
    if (at >= SNAP_BLOCKS_MAX) {
        if (block->until_ms <= blocks->list[blocks->least].until_ms)
            return;
        at = blocks->least;
    }
    blocks->list[at] = *block;
    if (blocks->total < SNAP_BLOCKS_MAX)
        return;
    for (unsigned i = 0; i < SNAP_BLOCKS_MAX; i++)
        if (blocks->list[i].until_ms < blocks->list[blocks->least].until_ms)
            blocks->least = i;
}

/* Takes what is over off the record, so that an empty list becomes cheap again. */
static void list_shard(struct block_list *blocks, struct gate *gate, struct shard *shard,
                       double now)
{
    size_t at = 0;
    const void *key;
    void *value;
    while (map_next(shard->visitors, &at, &key, &value)) {
        struct visitor *v = value;
        struct addr_key copy = *(const struct addr_key *)key;
        double left = v->blocked - now;
        if (v->blocked > 0 && left <= 0) {
            clear_block(gate, v);
            if (v->failures == 0 && v->active == 0)
                free(map_take(shard->visitors, &copy));
        }
        if (left <= 0)
            continue;
        struct snap_block block = {.key = copy, .by_hand = v->by_hand};
        list_add(blocks, &block, left);
    }
}

static void list_user(void *ctx, const char *user, double left)
{
    struct snap_block block = {.user = user, .by_hand = true};
    list_add(ctx, &block, left);
}

static int compare_blocks(const void *a, const void *b)
{
    const struct snap_block *x = a, *y = b;
    if (x->until_ms != y->until_ms)
        return x->until_ms < y->until_ms ? 1 : -1;
    if (x->user != NULL && y->user != NULL)
        return strcmp(x->user, y->user);
    return memcmp(&x->key, &y->key, sizeof x->key);
}

unsigned gate_blocks(struct gate *gate, double now, int64_t wall_ms,
                     struct snap_block out[SNAP_BLOCKS_MAX])
{
    struct block_list blocks = {.list = out, .wall_ms = wall_ms};
    bool ips = atomic_load_explicit(&gate->blocks, memory_order_relaxed) > 0;
    for (unsigned i = 0; ips && i < SHARDS; i++) {
        pthread_mutex_lock(&gate->shards[i].lock);
        list_shard(&blocks, gate, &gate->shards[i], now);
        pthread_mutex_unlock(&gate->shards[i].lock);
    }
    users_walk(gate->users, now, list_user, &blocks);
    unsigned listed = blocks.total < SNAP_BLOCKS_MAX ? blocks.total : SNAP_BLOCKS_MAX;
    qsort(out, listed, sizeof *out, compare_blocks);
    return blocks.total;
}

bool gate_unblock(struct gate *gate, const struct addr *client)
{
    struct addr_key key = addr_key_of(client);
    struct shard *shard = shard_lock(gate, &key);
    struct visitor *v = map_get(shard->visitors, &key);
    bool was = v != NULL && v->blocked > 0;
    if (was) {
        clear_block(gate, v);
        if (v->failures == 0 && v->active == 0)
            free(map_take(shard->visitors, &key));
    }
    pthread_mutex_unlock(&shard->lock);
    return was;
}
