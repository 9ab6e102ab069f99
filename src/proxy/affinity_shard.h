/*
 * One shard of the affinity table: a chained hash table over one array. Entries link to each other
 * by index, so the array may move, grow with the sessions and shrink after them. Those without a
 * socket hang in a list, the longest closed first; they end when they are looked up, or looked at
 * in passing, after their time. Under the shard's lock.
 */
#ifndef PROXY_AFFINITY_SHARD_H
#define PROXY_AFFINITY_SHARD_H

#include <assert.h>
#include <pthread.h>

#include "affinity.h"

#define SHARD_BITS 5
#define SHARDS (1u << SHARD_BITS)
#define SHARD_NONE UINT16_MAX /* no index */

/* Values of entry.expires that are no time. */
#define SHARD_UNUSED 0u
#define SHARD_LIVE UINT32_MAX

struct entry {
    struct affinity_key key;
    struct affinity_key partner; /* of a session: its resume key, which ends with it */
    uint64_t owner;
    uint64_t user;
    uint32_t expires;      /* whole seconds, rounded up */
    uint32_t timeout;      /* without the margin */
    uint16_t chain;        /* next of the bucket, or next unused */
    uint16_t older, newer; /* among the closed ones */
    uint8_t slot;
    bool is_partner : 1; /* stands for a session that is counted itself */
    bool may_resume : 1; /* it was told to outlive its socket */
};
static_assert(sizeof(struct entry) == 64, "small");

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

void shard_init(struct shard *shard);
void shard_free(struct shard *shard);

/* Index of the entry of this key, or SHARD_NONE; the second drops one whose time is over. */
uint16_t shard_find(const struct shard *shard, const struct affinity_key *key);
uint16_t shard_find_now(struct shard *shard, const struct affinity_key *key, double now);
/* Adds an entry of this key, live, which must not be there; SHARD_NONE: there is no room. */
uint16_t shard_add(struct shard *shard, const struct affinity_key *key, double now);
void shard_drop(struct shard *shard, uint16_t at);
/* A closed one is live again, a live one is closed and ends at `expires`. */
void shard_revive(struct shard *shard, uint16_t at);
void shard_close(struct shard *shard, uint16_t at, uint32_t expires);
bool shard_is_over(const struct entry *entry, double now);
/* Gives back what a burst took. Without memory for smaller arrays they stay as they are. */
void shard_shrink(struct shard *shard);

#endif
