/*
 * Counting different ones without keeping them: see the header.
 */
#include "crowd.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static_assert(CROWD_EXACT * 64 == CROWD_BITS, "both take the same memory");

static void set_bit(struct crowd *crowd, uint64_t hash)
{
    unsigned bit = (unsigned)(hash % CROWD_BITS);
    crowd->words[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void begin_estimate(struct crowd *crowd)
{
    uint64_t hashes[CROWD_EXACT];
    memcpy(hashes, crowd->words, sizeof(hashes));
    memset(crowd->words, 0, sizeof(crowd->words));
    for (unsigned i = 0; i < CROWD_EXACT; i++)
        set_bit(crowd, hashes[i]);
    crowd->estimates = true;
}

void crowd_add(struct crowd *crowd, uint64_t hash)
{
    if (!crowd->estimates) {
        for (unsigned i = 0; i < crowd->exact; i++)
            if (crowd->words[i] == hash)
                return;
        if (crowd->exact < CROWD_EXACT) {
            crowd->words[crowd->exact++] = hash;
            return;
        }
        begin_estimate(crowd);
    }
    set_bit(crowd, hash);
}

unsigned crowd_count(const struct crowd *crowd)
{
    unsigned empty = 0;
    if (!crowd->estimates)
        return crowd->exact;
    for (unsigned i = 0; i < CROWD_EXACT; i++)
        empty += 64 - (unsigned)__builtin_popcountll(crowd->words[i]);
    /* A full map is counted as if one bit were left. */
    double part = (double)(empty > 0 ? empty : 1) / CROWD_BITS;
    unsigned count = (unsigned)(-(double)CROWD_BITS * log(part) + 0.5);
    return count > CROWD_EXACT ? count : CROWD_EXACT + 1;
}
