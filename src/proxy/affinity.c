/*
 * Owns what is known of sessions. A shard is a chained hash table over one array: entries link to
 * each other by index, so the array may move, grow with the sessions and shrink after them. Those
 * without a socket hang in a list, the longest closed first; they end when they are looked up, or
 * looked at in passing, after their time.
 */
#include "affinity.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SHARD_BITS 5
#define SHARDS (1u << SHARD_BITS)
#define ROOM_MIN 16u
#define ROOM_MAX (AFFINITY_MAX / SHARDS)
#define SWEEP 8 /* entries looked at whenever a new one comes */

#define NONE UINT16_MAX
static_assert(ROOM_MAX < NONE, "an index fits");

/* Values of entry.expires that are no time. */
#define UNUSED 0u
#define LIVE UINT32_MAX

struct entry {
    struct affinity_key key;
    uint64_t owner;
    uint64_t user;
    uint32_t expires;      /* whole seconds, rounded up */
    uint32_t timeout;      /* without the margin */
    uint16_t chain;        /* next of the bucket, or next unused */
    uint16_t older, newer; /* among the closed ones */
    uint8_t slot;
};
static_assert(sizeof(struct entry) == 48, "small");

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    struct entry *entries;
    uint16_t *buckets; /* `room` of them, a power of two, or none */
    unsigned room;
    unsigned count;
    unsigned touched; /* entries behind were never used */
    unsigned sweep;   /* looked at next */
    uint16_t unused;
    uint16_t oldest, newest; /* of the closed ones */
};

struct affinity {
    struct shard shards[SHARDS];
    uint64_t session_secrets[2][2][2]; /* v3, v4; two halves each */
    uint64_t resume_secrets[2][2];
    uint64_t user_secret[2];
    atomic_uint_fast64_t overflow;
};

/* --- keys ------------------------------------------------------------------------------------- */

static struct affinity_key key_of(const uint64_t secrets[2][2], uint64_t tweak, struct slice text)
{
    struct affinity_key key = {{0, 0}};

    if (text.len == 0)
        return key;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t secret[2] = {secrets[i][0] ^ tweak, secrets[i][1]};
        key.half[i] = hash_sip(secret, text.ptr, text.len);
    }
    return key;
}

struct affinity_key affinity_session(const struct affinity *affinity, unsigned version,
                                     struct slice session)
{
    return key_of(affinity->session_secrets[version == 3 ? 0 : 1], 0, session);
}

/* The user is a keyed hash that no stranger knows, hence each has secrets of its own. */
struct affinity_key affinity_resume(const struct affinity *affinity, uint64_t user,
                                    struct slice resume_key)
{
    return key_of(affinity->resume_secrets, user, resume_key);
}

uint64_t affinity_user(const struct affinity *affinity, struct slice user_id)
{
    return user_id.len ? hash_sip(affinity->user_secret, user_id.ptr, user_id.len) : 0;
}

bool affinity_is_key(const struct affinity_key *key)
{
    return (key->half[0] | key->half[1]) != 0;
}

/* --- one shard, its lock held ------------------------------------------------------------------
 */

static uint16_t *bucket_of(const struct shard *shard, const struct affinity_key *key)
{
    return &shard->buckets[key->half[0] & (shard->room - 1)];
}

static uint16_t look_up(const struct shard *shard, const struct affinity_key *key)
{
    if (shard->room == 0)
        return NONE;
    uint16_t at = *bucket_of(shard, key);
    while (at != NONE) {
        const struct entry *entry = &shard->entries[at];
        if (entry->key.half[0] == key->half[0] && entry->key.half[1] == key->half[1])
            break;
        at = entry->chain;
    }
    return at;
}

static bool is_over(const struct entry *entry, double now)
{
    return entry->expires != UNUSED && entry->expires != LIVE && (double)entry->expires <= now;
}

static void list_add(struct shard *shard, uint16_t at)
{
    struct entry *entry = &shard->entries[at];

    entry->older = shard->newest;
    entry->newer = NONE;
    if (shard->newest == NONE)
        shard->oldest = at;
    else
        shard->entries[shard->newest].newer = at;
    shard->newest = at;
}

static void list_take(struct shard *shard, uint16_t at)
{
    const struct entry *entry = &shard->entries[at];

    if (entry->older == NONE)
        shard->oldest = entry->newer;
    else
        shard->entries[entry->older].newer = entry->newer;
    if (entry->newer == NONE)
        shard->newest = entry->older;
    else
        shard->entries[entry->newer].older = entry->older;
}

static void chain_add(struct shard *shard, uint16_t at)
{
    struct entry *entry = &shard->entries[at];
    uint16_t *bucket = bucket_of(shard, &entry->key);

    entry->chain = *bucket;
    *bucket = at;
}

static void drop(struct shard *shard, uint16_t at)
{
    struct entry *entry = &shard->entries[at];
    uint16_t *link = bucket_of(shard, &entry->key);

    while (*link != at)
        link = &shard->entries[*link].chain;
    *link = entry->chain;
    if (entry->expires != LIVE)
        list_take(shard, at);
    entry->expires = UNUSED;
    entry->chain = shard->unused;
    shard->unused = at;
    shard->count--;
}

/* Moves all entries into arrays of `room`, or of none; -1 when memory is out. */
static int resize(struct shard *shard, unsigned room)
{
    struct entry *old = shard->entries;
    unsigned old_touched = shard->touched;
    uint16_t old_oldest = shard->oldest;
    struct entry *entries = room ? malloc(room * sizeof *entries) : NULL;
    uint16_t *buckets = room ? malloc(room * sizeof *buckets) : NULL;

    if (room && (!entries || !buckets)) {
        free(entries);
        free(buckets);
        return -1;
    }
    free(shard->buckets);
    for (unsigned i = 0; i < room; i++)
        buckets[i] = NONE;
    shard->entries = entries;
    shard->buckets = buckets;
    shard->room = room;
    shard->touched = shard->sweep = 0;
    shard->unused = shard->oldest = shard->newest = NONE;

    for (uint16_t at = old_oldest; at != NONE; at = old[at].newer) {
        uint16_t to = (uint16_t)shard->touched++;
        entries[to] = old[at];
        chain_add(shard, to);
        list_add(shard, to);
    }
    for (unsigned at = 0; at < old_touched; at++)
        if (old[at].expires == LIVE) {
            uint16_t to = (uint16_t)shard->touched++;
            entries[to] = old[at];
            chain_add(shard, to);
        }
    free(old);
    return 0;
}

/* What a burst took is given back, but not so closely that the arrays flutter. Without memory for
 * smaller ones they stay as they are. */
static void shrink(struct shard *shard)
{
    unsigned room = shard->room;

    while (room > ROOM_MIN && shard->count < room / 4)
        room /= 2;
    if (shard->count == 0)
        room = 0;
    if (room != shard->room)
        resize(shard, room);
}

/* Lets go of those that are over among the next few. */
static void sweep(struct shard *shard, double now)
{
    for (unsigned i = 0; i < SWEEP && i < shard->touched; i++) {
        if (shard->sweep >= shard->touched)
            shard->sweep = 0;
        uint16_t at = (uint16_t)shard->sweep++;
        if (is_over(&shard->entries[at], now))
            drop(shard, at);
    }
}

/* Room for one more; false: there is none. */
static bool make_room(struct shard *shard)
{
    if (shard->count < shard->room)
        return true;
    if (shard->room < ROOM_MAX && resize(shard, shard->room ? shard->room * 2 : ROOM_MIN) == 0)
        return true;
    if (shard->oldest == NONE)
        return false;
    drop(shard, shard->oldest);
    return true;
}

/* A new entry of this key; make_room said that it fits. */
static uint16_t add(struct shard *shard, const struct affinity_key *key)
{
    uint16_t at = shard->unused;

    if (at != NONE)
        shard->unused = shard->entries[at].chain;
    else
        at = (uint16_t)shard->touched++;
    shard->entries[at] =
        (struct entry){.key = *key, .expires = LIVE, .timeout = AFFINITY_DEFAULT_TIMEOUT};
    chain_add(shard, at);
    shard->count++;
    return at;
}

/* The entry of this key, unless it is over. */
static uint16_t look_up_now(struct shard *shard, const struct affinity_key *key, double now)
{
    uint16_t at = look_up(shard, key);

    if (at == NONE || !is_over(&shard->entries[at], now))
        return at;
    drop(shard, at);
    return NONE;
}

/* --- all of them -------------------------------------------------------------------------------
 */

struct affinity *affinity_new(void)
{
    struct affinity *affinity = aligned_alloc(_Alignof(struct affinity), sizeof *affinity);

    if (!affinity)
        return NULL;
    memset(affinity, 0, sizeof *affinity);
    hash_random(affinity->session_secrets, sizeof affinity->session_secrets);
    hash_random(affinity->resume_secrets, sizeof affinity->resume_secrets);
    hash_random(affinity->user_secret, sizeof affinity->user_secret);
    atomic_init(&affinity->overflow, 0);
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &affinity->shards[i];
        pthread_mutex_init(&shard->lock, NULL);
        shard->unused = shard->oldest = shard->newest = NONE;
    }
    return affinity;
}

void affinity_free(struct affinity *affinity)
{
    if (!affinity)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        free(affinity->shards[i].entries);
        free(affinity->shards[i].buckets);
        pthread_mutex_destroy(&affinity->shards[i].lock);
    }
    free(affinity);
}

/* The shard of this key, locked; NULL when it is none. The highest bits choose it, since the lowest
 * ones choose the bucket. */
static struct shard *enter(struct affinity *affinity, const struct affinity_key *key)
{
    struct shard *shard = &affinity->shards[key->half[0] >> (64 - SHARD_BITS)];

    if (!affinity_is_key(key))
        return NULL;
    pthread_mutex_lock(&shard->lock);
    return shard;
}

static void leave(struct shard *shard)
{
    pthread_mutex_unlock(&shard->lock);
}

void affinity_learn(struct affinity *affinity, const struct affinity_key *key, unsigned slot,
                    uint64_t owner, uint64_t user, double now)
{
    struct shard *shard = enter(affinity, key);
    bool learnt = true;

    assert(slot < FLEET_MAX);
    if (!shard)
        return;
    uint16_t at = look_up_now(shard, key, now);
    if (at == NONE) {
        sweep(shard, now);
        learnt = make_room(shard);
        if (learnt)
            at = add(shard, key);
    }
    if (learnt) {
        struct entry *entry = &shard->entries[at];
        if (entry->expires != LIVE)
            list_take(shard, at);
        entry->expires = LIVE;
        entry->slot = (uint8_t)slot;
        entry->owner = owner;
        entry->user = user;
    }
    leave(shard);
    if (!learnt)
        atomic_fetch_add_explicit(&affinity->overflow, 1, memory_order_relaxed);
}

int affinity_find(struct affinity *affinity, const struct affinity_key *key, double now,
                  uint64_t *user)
{
    struct shard *shard = enter(affinity, key);
    int slot = -1;

    if (!shard)
        return -1;
    uint16_t at = look_up_now(shard, key, now);
    if (at != NONE) {
        slot = shard->entries[at].slot;
        if (user)
            *user = shard->entries[at].user;
    }
    leave(shard);
    return slot;
}

void affinity_timeout(struct affinity *affinity, const struct affinity_key *key, double seconds)
{
    uint32_t timeout = AFFINITY_DEFAULT_TIMEOUT;
    struct shard *shard = enter(affinity, key);

    if (!shard)
        return;
    if (seconds >= AFFINITY_TIMEOUT_MAX)
        timeout = AFFINITY_TIMEOUT_MAX;
    else if (seconds >= 0)
        timeout = (uint32_t)ceil(seconds);
    uint16_t at = look_up(shard, key);
    if (at != NONE) {
        struct entry *entry = &shard->entries[at];
        if (entry->expires != LIVE)
            entry->expires = entry->expires - entry->timeout + timeout;
        entry->timeout = timeout;
    }
    leave(shard);
}

void affinity_closed(struct affinity *affinity, const struct affinity_key *key, uint64_t owner,
                     double now)
{
    struct shard *shard = enter(affinity, key);

    if (!shard)
        return;
    uint16_t at = look_up(shard, key);
    if (at != NONE) {
        struct entry *entry = &shard->entries[at];
        if (entry->expires == LIVE && entry->owner == owner) {
            entry->expires = (uint32_t)ceil(now) + entry->timeout + AFFINITY_MARGIN;
            list_add(shard, at);
        }
    }
    leave(shard);
}

static void count_waiting(struct shard *shard, double now, uint32_t waiting[FLEET_MAX])
{
    for (unsigned at = 0; at < shard->touched; at++) {
        const struct entry *entry = &shard->entries[at];
        if (is_over(entry, now))
            drop(shard, (uint16_t)at);
        else if (entry->expires != UNUSED && entry->expires != LIVE)
            waiting[entry->slot]++;
    }
}

void affinity_waiting(struct affinity *affinity, double now, uint32_t waiting[FLEET_MAX])
{
    memset(waiting, 0, FLEET_MAX * sizeof waiting[0]);
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &affinity->shards[i];
        pthread_mutex_lock(&shard->lock);
        if (shard->oldest != NONE)
            count_waiting(shard, now, waiting);
        shrink(shard);
        leave(shard);
    }
}

void affinity_forget(struct affinity *affinity, unsigned slot)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &affinity->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (unsigned at = 0; at < shard->touched; at++)
            if (shard->entries[at].expires != UNUSED && shard->entries[at].slot == slot)
                drop(shard, (uint16_t)at);
        shrink(shard);
        leave(shard);
    }
}

uint64_t affinity_overflow(const struct affinity *affinity)
{
    return atomic_load_explicit(&affinity->overflow, memory_order_relaxed);
}
