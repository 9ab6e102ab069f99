/*
 * What comes out of a check, in a state and in words. Pure.
 */
#ifndef CTL_PROBE_VERDICT_H
#define CTL_PROBE_VERDICT_H

#include <stdbool.h>

#include "probe_answer.h"
#include "stats/snapshot.h"

#define PROBE_REASON_MAX 128

enum probe_step { PROBE_CONNECT, PROBE_VERSION, PROBE_STATS };

struct probe_verdict {
    enum backend_state state; /* UNKNOWN: the fault is ours and says nothing about the backend */
    char reason[PROBE_REASON_MAX]; /* "" when online */
};

/* It answered as it should after `ms`; over `slow` ms it is slow. */
void probe_verdict_up(struct probe_verdict *v, double ms, double slow);

/* A whole answer to GET /version, where Lavalink `want` is expected. True: it is the right one, and
 * *v is left to probe_verdict_up. */
bool probe_verdict_answer(struct probe_verdict *v, const struct probe_answer *answer,
                          unsigned want);

/* An answer that is no HTTP, is beyond the bounds, or names no version. */
void probe_verdict_strange(struct probe_verdict *v);

/* The connection did not come about, or broke, with this errno; 0: the backend closed it. `begun`:
 * a part of the answer was here. */
void probe_verdict_broken(struct probe_verdict *v, enum probe_step step, int error, bool begun);

/* Nothing more came within `seconds`. */
void probe_verdict_silent(struct probe_verdict *v, enum probe_step step, double seconds,
                          bool begun);

#endif
