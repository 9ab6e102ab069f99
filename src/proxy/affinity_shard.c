/*
 * Owns the arrays of one shard.
 */
#include "affinity_shard.h"

#include <stdlib.h>

#define ROOM_MIN 16u
#define ROOM_MAX (AFFINITY_MAX / SHARDS)
#define SWEEP 8 /* entries looked at whenever a new one comes */

static_assert(ROOM_MAX < SHARD_NONE, "an index fits");

static uint16_t *bucket_of(const struct shard *shard, const struct affinity_key *key)
{
    return &shard->buckets[key->half[0] & (shard->room - 1)];
}

uint16_t shard_find(const struct shard *shard, const struct affinity_key *key)
{
    if (shard->room == 0)
        return SHARD_NONE;
    uint16_t at = *bucket_of(shard, key);
    while (at != SHARD_NONE) {
        const struct entry *entry = &shard->entries[at];
        if (entry->key.half[0] == key->half[0] && entry->key.half[1] == key->half[1])
            break;
        at = entry->chain;
    }
    return at;
}

bool shard_is_over(const struct entry *entry, double now)
{
    return entry->expires != SHARD_UNUSED && entry->expires != SHARD_LIVE &&
           (double)entry->expires <= now;
}

static void list_add(struct shard *shard, uint16_t at)
{
    struct entry *entry = &shard->entries[at];

    entry->older = shard->newest;
    entry->newer = SHARD_NONE;
    if (shard->newest == SHARD_NONE)
        shard->oldest = at;
    else
        shard->entries[shard->newest].newer = at;
    shard->newest = at;
}

static void list_take(struct shard *shard, uint16_t at)
{
    const struct entry *entry = &shard->entries[at];

    if (entry->older == SHARD_NONE)
        shard->oldest = entry->newer;
    else
        shard->entries[entry->older].newer = entry->newer;
    if (entry->newer == SHARD_NONE)
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

void shard_drop(struct shard *shard, uint16_t at)
{
    struct entry *entry = &shard->entries[at];
    uint16_t *link = bucket_of(shard, &entry->key);

    while (*link != at)
        link = &shard->entries[*link].chain;
    *link = entry->chain;
    if (entry->expires != SHARD_LIVE)
        list_take(shard, at);
    entry->expires = SHARD_UNUSED;
    entry->chain = shard->unused;
    shard->unused = at;
    shard->count--;
}

/* Moves all entries into arrays of `room`; -1 when memory is out. */
static int resize(struct shard *shard, unsigned room)
{
    struct entry *old = shard->entries;
    unsigned old_touched = shard->touched;
    uint16_t old_oldest = shard->oldest;
    struct entry *entries = malloc(room * sizeof *entries);
    uint16_t *buckets = malloc(room * sizeof *buckets);

    if (!entries || !buckets) {
        free(entries);
        free(buckets);
        return -1;
    }
    free(shard->buckets);
    for (unsigned i = 0; i < room; i++)
        buckets[i] = SHARD_NONE;
    shard->entries = entries;
    shard->buckets = buckets;
    shard->room = room;
    shard->touched = shard->sweep = 0;
    shard->unused = shard->oldest = shard->newest = SHARD_NONE;

    for (uint16_t at = old_oldest; at != SHARD_NONE; at = old[at].newer) {
        uint16_t to = (uint16_t)shard->touched++;
        entries[to] = old[at];
        chain_add(shard, to);
        list_add(shard, to);
    }
    for (unsigned at = 0; at < old_touched; at++)
        if (old[at].expires == SHARD_LIVE) {
            uint16_t to = (uint16_t)shard->touched++;
            entries[to] = old[at];
            chain_add(shard, to);
        }
    free(old);
    return 0;
}

/* Without entries, and without memory. */
static void clear(struct shard *shard)
{
    free(shard->entries);
    free(shard->buckets);
    shard->entries = NULL;
    shard->buckets = NULL;
    shard->room = shard->count = shard->touched = shard->sweep = 0;
    shard->unused = shard->oldest = shard->newest = SHARD_NONE;
}

void shard_shrink(struct shard *shard)
{
    unsigned room = shard->room;

    if (shard->count == 0) {
        clear(shard);
        return;
    }
    /* Not so closely that the arrays flutter. */
    while (room > ROOM_MIN && shard->count < room / 4)
        room /= 2;
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
        if (shard_is_over(&shard->entries[at], now))
            shard_drop(shard, at);
    }
}

/* Room for one more; false: there is none. */
static bool make_room(struct shard *shard)
{
    if (shard->count < shard->room)
        return true;
    if (shard->room < ROOM_MAX && resize(shard, shard->room ? shard->room * 2 : ROOM_MIN) == 0)
        return true;
    if (shard->oldest == SHARD_NONE)
        return false;
    shard_drop(shard, shard->oldest);
    return true;
}

uint16_t shard_add(struct shard *shard, const struct affinity_key *key, double now)
{
    sweep(shard, now);
    if (!make_room(shard))
        return SHARD_NONE;
    assert(shard->entries); /* there is room */
    uint16_t at = shard->unused;
    if (at != SHARD_NONE)
        shard->unused = shard->entries[at].chain;
    else
        at = (uint16_t)shard->touched++;
    shard->entries[at] =
        (struct entry){.key = *key, .expires = SHARD_LIVE, .timeout = AFFINITY_DEFAULT_TIMEOUT};
    chain_add(shard, at);
    shard->count++;
    return at;
}

uint16_t shard_find_now(struct shard *shard, const struct affinity_key *key, double now)
{
    uint16_t at = shard_find(shard, key);

    if (at == SHARD_NONE || !shard_is_over(&shard->entries[at], now))
        return at;
    shard_drop(shard, at);
    return SHARD_NONE;
}

void shard_revive(struct shard *shard, uint16_t at)
{
    struct entry *entry = &shard->entries[at];

    if (entry->expires == SHARD_LIVE)
        return;
    list_take(shard, at);
    entry->expires = SHARD_LIVE;
}

void shard_close(struct shard *shard, uint16_t at, uint32_t expires)
{
    shard->entries[at].expires = expires;
    list_add(shard, at);
}

void shard_init(struct shard *shard)
{
    pthread_mutex_init(&shard->lock, NULL);
    shard->unused = shard->oldest = shard->newest = SHARD_NONE;
}

void shard_free(struct shard *shard)
{
    free(shard->entries);
    free(shard->buckets);
    pthread_mutex_destroy(&shard->lock);
}
