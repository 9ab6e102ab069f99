/*
 * The last 60 seconds, to step back through while the screen stands still. Whole snapshots would be
 * too much (some MB each), so most of a past picture is worked out from the histories that every
 * snapshot has. Kept for each second: the figures of the header, the backends in full, connections
 * that ended, and for each busy one the second that fell out of its history. Not kept, hence as in
 * the newest: names, kind and requests of a connection, names and addresses of bots, the block
 * list, addresses that were forgotten meanwhile. Players are of the present only. At 10 000
 * connections of which 1 000 are busy this takes about 1.3 MB; at PAST_BYTES_MAX the oldest seconds
 * are dropped. UI thread; no clock.
 */
#ifndef TUI_PAST_H
#define TUI_PAST_H

#include <stddef.h>

#include "stats/snapshot.h"

#define PAST_SECONDS 60
#define PAST_BYTES_MAX (8u << 20)

struct past;

/* NULL when out of memory; all other functions take a NULL past as an empty one. */
struct past *past_new(void);
void past_free(struct past *past);

/* Takes in a snapshot, newer than the one before; keeps a reference to the newest. Seconds that
 * were missed are made up for, up to ten; after more, or when out of memory, the past begins anew.
 */
void past_record(struct past *past, const struct snap *snap);

/* Between the two, what is kept before `snap` stays, and past_draw may be called. Recording goes on
 * meanwhile as far as there is room. */
void past_hold(struct past *past, const struct snap *snap);
void past_release(struct past *past);

/* The seconds that can be gone back from the held snapshot. */
unsigned past_reach(const struct past *past);

/* The picture of `back` seconds (1 to past_reach) before the held snapshot, with one reference of
 * the caller's. It borrows from the held one and from the past: to be put back before the release.
 * NULL when out of memory or reach. */
const struct snap *past_draw(const struct past *past, unsigned back);

/* Bytes kept, without the newest snapshot. */
size_t past_bytes(const struct past *past);

#endif
