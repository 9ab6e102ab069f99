/*
 * The bytes of one thing over time: what came this second so far, and the last sixty seconds. The
 * series is on the heap only while something in it is not zero, so that a silent row costs nothing.
 */
#ifndef STATS_METER_H
#define STATS_METER_H

#include "stats/series.h"
#include "stats/snapshot.h"

struct meter {
    uint64_t in, out; /* this second so far */
    uint32_t messages;
    struct series *series; /* NULL: sixty silent seconds, or none yet */
    uint32_t born;         /* the ledger's second in which it began */
    uint8_t quiet;         /* how many seconds in a row were silent, while there is a series */
};

void meter_init(struct meter *meter, uint32_t second);
void meter_clear(struct meter *meter);

/* Ends second number `second`. */
void meter_tick(struct meter *meter, uint32_t second);

struct meter_drawn {
    uint64_t rate_in, rate_out;
    double rate_messages;
    const struct snap_history *history;
};
/* Writes the history into a snapshot, and the rates over `window` seconds; silent ones share
 * `zeros` and take nothing. False when the arena is used up. */
bool meter_draw(const struct meter *meter, struct snap *snap, const struct snap_history *zeros,
                unsigned window, struct meter_drawn *drawn);

/* Bytes of the arena that meter_draw takes. */
size_t meter_room(const struct meter *meter);

#endif
