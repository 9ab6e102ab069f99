/*
 * What a Lavalink WebSocket message says, as far as the proxy wants to know (Lavalink docs,
 * "WebSocket API"; v3 "IMPLEMENTATION.md"). Field order is never relied on; anything unknown or
 * malformed is OP_OTHER, and so is what nests deeper than base/jsonin follows. Who may say what is
 * the caller's to know: a client can send a `ready` as well. Pure; no memory of its own: slices
 * point into the message.
 */
#ifndef LAVALINK_OP_H
#define LAVALINK_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define OP_SESSION_MAX 64 /* longer session ids and resume keys are not followed */

enum op_kind {
    OP_OTHER,
    OP_READY,              /* server: session, resumed */
    OP_STATS,              /* server: stats */
    OP_CONFIGURE_RESUMING, /* client, v3: resume_key (empty: off), timeout */
};

/* Figures of a whole node, not of one session. Out of range is brought into it. */
struct op_stats {
    uint32_t players, playing;
    int64_t uptime_ms;                 /* < 0: not said */
    double system_load, lavalink_load; /* 0..1; < 0: not said */
    uint64_t memory_used;              /* bytes of the JVM's heap; 0: not said */
};

struct op {
    enum op_kind kind;
    struct slice session; /* READY; never empty */
    bool resumed;         /* READY */
    struct op_stats stats;
    struct slice resume_key; /* without escapes; a key with escapes is not followed (empty) */
    double timeout;          /* seconds, as said; < 0: not said */
};

/* Reads one text message. Only the fields of its kind are set. */
void op_read(struct op *op, struct slice message);

/* Reads the body of GET /vN/stats; false when it is none. */
bool op_read_stats(struct op_stats *stats, struct slice body);

/* Reads the body of PATCH /vN/sessions/{sid}: v4 {resuming, timeout}, v3 {resumingKey, timeout}.
 * *resuming: whether the session outlives its socket from now on (as far as the body says it; a
 * v3 key does, null does not, and a v4 answer outweighs both). False: nothing of the kind in it. */
struct op_resuming {
    bool says_resuming, resuming;
    struct slice resume_key; /* v3; empty when absent, null or not followed */
    double timeout;          /* seconds, as said; < 0: not said */
};
bool op_read_resuming(struct op_resuming *resuming, struct slice body);

#endif
