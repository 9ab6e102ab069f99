/*
 * Owns what is known of sessions: keys, and the shards they lie in.
 */
#include "affinity.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "affinity_shard.h"
#include "base/hash.h"

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

static bool is_same(const struct affinity_key *a, const struct affinity_key *b)
{
    return a->half[0] == b->half[0] && a->half[1] == b->half[1];
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
        shard_init(shard);
    }
    return affinity;
}

void affinity_free(struct affinity *affinity)
{
    if (!affinity)
        return;
    for (unsigned i = 0; i < SHARDS; i++)
        shard_free(&affinity->shards[i]);
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

    assert(slot < FLEET_MAX);
    if (!shard)
        return;
    uint16_t at = shard_find_now(shard, key, now);
    if (at == SHARD_NONE)
        at = shard_add(shard, key, now);
    if (at != SHARD_NONE) {
        struct entry *entry = &shard->entries[at];
        shard_revive(shard, at);
        entry->slot = (uint8_t)slot;
        entry->owner = owner;
        entry->user = user;
        entry->is_partner = false;
    }
    leave(shard);
    if (at == SHARD_NONE)
        atomic_fetch_add_explicit(&affinity->overflow, 1, memory_order_relaxed);
}

int affinity_find(struct affinity *affinity, const struct affinity_key *key, double now,
                  uint64_t *user)
{
    struct shard *shard = enter(affinity, key);
    int slot = -1;

    if (!shard)
        return -1;
    uint16_t at = shard_find_now(shard, key, now);
    if (at != SHARD_NONE) {
        slot = shard->entries[at].slot;
        if (user)
            *user = shard->entries[at].user;
    }
    leave(shard);
    return slot;
}

/* One entry of affinity_timeout, if it is there and, unless owner is NULL, belongs to it. Returns
 * what is there, SHARD_UNUSED: nothing. */
static struct entry set_timeout(struct affinity *affinity, const struct affinity_key *key,
                                uint32_t timeout, const uint64_t *owner)
{
    struct entry found = {.expires = SHARD_UNUSED};
    struct shard *shard = enter(affinity, key);

    if (!shard)
        return found;
    uint16_t at = shard_find(shard, key);
    if (at != SHARD_NONE && (!owner || shard->entries[at].owner == *owner)) {
        struct entry *entry = &shard->entries[at];
        if (entry->expires != SHARD_LIVE)
            entry->expires = entry->expires - entry->timeout + timeout;
        entry->timeout = timeout;
        found = *entry;
    }
    leave(shard);
    return found;
}

void affinity_timeout(struct affinity *affinity, const struct affinity_key *key, double seconds)
{
    uint32_t timeout = AFFINITY_DEFAULT_TIMEOUT;

    if (seconds >= AFFINITY_TIMEOUT_MAX)
        timeout = AFFINITY_TIMEOUT_MAX;
    else if (seconds >= 0)
        timeout = (uint32_t)ceil(seconds);
    struct entry found = set_timeout(affinity, key, timeout, NULL);
    /* Its partner may be another session's by now. */
    set_timeout(affinity, &found.partner, timeout, &found.owner);
}

void affinity_resumable(struct affinity *affinity, const struct affinity_key *key, bool may)
{
    struct shard *shard = enter(affinity, key);

    if (!shard)
        return;
    uint16_t at = shard_find(shard, key);
    if (at != SHARD_NONE)
        shard->entries[at].may_resume = may;
    leave(shard);
}

/* One entry of affinity_closed; its partner. */
static struct affinity_key close_one(struct affinity *affinity, const struct affinity_key *key,
                                     uint64_t owner, double now)
{
    struct affinity_key partner = {{0, 0}};
    struct shard *shard = enter(affinity, key);

    if (!shard)
        return partner;
    uint16_t at = shard_find(shard, key);
    if (at != SHARD_NONE) {
        struct entry *entry = &shard->entries[at];
        if (entry->expires == SHARD_LIVE && entry->owner == owner) {
            shard_close(shard, at, (uint32_t)ceil(now) + entry->timeout + AFFINITY_MARGIN);
            partner = entry->partner;
        }
    }
    leave(shard);
    return partner;
}

void affinity_closed(struct affinity *affinity, const struct affinity_key *key, uint64_t owner,
                     double now)
{
    struct affinity_key partner = close_one(affinity, key, owner, now);
    close_one(affinity, &partner, owner, now);
}

/* The entry as it is now, SHARD_UNUSED: there is none. */
static struct entry peek(struct affinity *affinity, const struct affinity_key *key, double now)
{
    struct entry found = {.expires = SHARD_UNUSED};
    struct shard *shard = enter(affinity, key);

    if (!shard)
        return found;
    uint16_t at = shard_find_now(shard, key, now);
    if (at != SHARD_NONE)
        found = shard->entries[at];
    leave(shard);
    return found;
}

/* Makes the resume key's entry one that ends with the session. */
static void subordinate(struct affinity *affinity, const struct affinity_key *resume,
                        const struct entry *session)
{
    struct shard *shard = enter(affinity, resume);
    uint16_t at = shard_find(shard, resume);

    if (at != SHARD_NONE && shard->entries[at].owner == session->owner) {
        shard->entries[at].is_partner = true;
        shard->entries[at].timeout = session->timeout;
    }
    leave(shard);
}

/* Two shards are never locked at once, so the session may close at any point in between. Its key is
 * there before the session names it: then either the close finds the key, or it is found here that
 * the close was before. A live key that nobody closes would stay for good. */
void affinity_join(struct affinity *affinity, const struct affinity_key *session,
                   const struct affinity_key *resume, double now)
{
    struct entry found = {.expires = SHARD_UNUSED};
    struct affinity_key stray = *resume;
    bool joined = false;

    if (affinity_is_key(resume))
        found = peek(affinity, session, now);
    if (found.expires == SHARD_UNUSED)
        return;
    affinity_learn(affinity, resume, found.slot, found.owner, found.user, now);
    subordinate(affinity, resume, &found);

    struct shard *shard = enter(affinity, session);
    uint16_t at = shard_find(shard, session);
    if (at != SHARD_NONE) {
        struct entry *entry = &shard->entries[at];
        if (entry->expires == SHARD_LIVE && entry->owner == found.owner) {
            stray = entry->partner;
            entry->partner = *resume;
            joined = true;
        }
    }
    leave(shard);
    if (!joined || !is_same(&stray, resume))
        close_one(affinity, &stray, found.owner, now);
}

static void count_waiting(struct shard *shard, double now, uint32_t waiting[FLEET_MAX])
{
    for (unsigned at = 0; at < shard->touched; at++) {
        const struct entry *entry = &shard->entries[at];
        if (shard_is_over(entry, now))
            shard_drop(shard, (uint16_t)at);
        else if (entry->expires != SHARD_UNUSED && entry->expires != SHARD_LIVE &&
                 entry->may_resume && !entry->is_partner)
            waiting[entry->slot]++;
    }
}

void affinity_waiting(struct affinity *affinity, double now, uint32_t waiting[FLEET_MAX])
{
    memset(waiting, 0, FLEET_MAX * sizeof waiting[0]);
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &affinity->shards[i];
        pthread_mutex_lock(&shard->lock);
        if (shard->oldest != SHARD_NONE)
            count_waiting(shard, now, waiting);
        shard_shrink(shard);
        leave(shard);
    }
}

void affinity_forget(struct affinity *affinity, unsigned slot)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &affinity->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (unsigned at = 0; at < shard->touched; at++)
            if (shard->entries[at].expires != SHARD_UNUSED && shard->entries[at].slot == slot)
                shard_drop(shard, (uint16_t)at);
        shard_shrink(shard);
        leave(shard);
    }
}

uint64_t affinity_overflow(const struct affinity *affinity)
{
    return atomic_load_explicit(&affinity->overflow, memory_order_relaxed);
}
