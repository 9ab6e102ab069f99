/*
 * Which backend holds which session: session ids and v3 resume keys, learnt from passing traffic.
 * Shared by all workers: sharded maps under mutexes, one short lock per lookup. Bounded: when the
 * shard of a new session is full, the session there whose socket closed longest ago goes, and when
 * there is none the new one is not learnt (counted). Ids are kept as keyed 128-bit hashes only.
 * Times are clock_mono() seconds. All functions: any thread; none of them blocks for long.
 */
#ifndef PROXY_AFFINITY_H
#define PROXY_AFFINITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "conf/fleet.h"

#define AFFINITY_MAX 131072         /* entries, 64 bytes each and their index */
#define AFFINITY_DEFAULT_TIMEOUT 60 /* seconds a session outlives its socket unless it says so */
#define AFFINITY_MARGIN 30          /* seconds kept beyond that */
#define AFFINITY_TIMEOUT_MAX 86400  /* seconds at most, whatever a client says */

struct affinity;

struct affinity_key {
    uint64_t half[2]; /* both 0: none */
};

struct affinity *affinity_new(void);           /* NULL when out of memory */
void affinity_free(struct affinity *affinity); /* NULL is harmless */

/* The key of a session id of this version, and of a v3 Resume-Key of one bot (`user`: its
 * affinity_user, 0 when it does not say who it is), since bots of one library may use the same key.
 * No key of an empty text. */
struct affinity_key affinity_session(const struct affinity *affinity, unsigned version,
                                     struct slice session);
struct affinity_key affinity_resume(const struct affinity *affinity, uint64_t user,
                                    struct slice resume_key);
uint64_t affinity_user(const struct affinity *affinity, struct slice user_id);
bool affinity_is_key(const struct affinity_key *key);

/* What follows does nothing, and finds nothing, where there is no key. */

/* A socket of this session stands on `slot`: `owner` is its connection's id. An entry there is
 * taken over (its timeout stays). */
void affinity_learn(struct affinity *affinity, const struct affinity_key *key, unsigned slot,
                    uint64_t owner, uint64_t user, double now);

/* The slot, or -1. An entry whose time is over is no more. *user (may be NULL): as learnt. */
int affinity_find(struct affinity *affinity, const struct affinity_key *key, double now,
                  uint64_t *user);

/* The session may be resumed by this v3 key as well from now on, which lives as long as it does. */
void affinity_join(struct affinity *affinity, const struct affinity_key *session,
                   const struct affinity_key *resume, double now);

/* The session said how long it outlives its socket (< 0: the default again); counts from when its
 * socket closed, also if that was before. */
void affinity_timeout(struct affinity *affinity, const struct affinity_key *key, double seconds);

/* Whether it outlives its socket at all, which is what affinity_waiting counts; a new one does not.
 */
void affinity_resumable(struct affinity *affinity, const struct affinity_key *key, bool may);

/* Its socket closed: the entry ends after its timeout and the margin. Nothing happens when another
 * owner has taken it over, or when it is closed already. */
void affinity_closed(struct affinity *affinity, const struct affinity_key *key, uint64_t owner,
                     double now);

/* Sessions by slot without a socket that may still resume. Walks every shard, and gives memory
 * back: once a second at most. Never 0 while one may resume. */
void affinity_waiting(struct affinity *affinity, double now, uint32_t waiting[FLEET_MAX]);

/* The slot is free again: its entries go. */
void affinity_forget(struct affinity *affinity, unsigned slot);

/* Sessions that could not be learnt, ever. */
uint64_t affinity_overflow(const struct affinity *affinity);

#endif
