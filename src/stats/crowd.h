/*
 * How many different ones there were: exact for the first few, then an estimate (linear counting,
 * within some 5 % up to ten thousand) in the same fixed memory. Pure.
 */
#ifndef STATS_CROWD_H
#define STATS_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/snapshot.h"

#define CROWD_EXACT SNAP_IPS_EXACT
#define CROWD_BITS 2048

/* Zeroed: nobody yet. */
struct crowd {
    uint64_t words[CROWD_EXACT]; /* the hashes themselves, then CROWD_BITS bits */
    uint8_t exact;               /* how many hashes */
    bool estimates;
};

/* Adds one by its hash, which must spread well. */
void crowd_add(struct crowd *crowd, uint64_t hash);
unsigned crowd_count(const struct crowd *crowd);

#endif
