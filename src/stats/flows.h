/*
 * How long the legs of a bot's way take: of the last five minutes in finely graded slices of a
 * minute each, of which percentiles are drawn. Control thread only.
 */
#ifndef STATS_FLOWS_H
#define STATS_FLOWS_H

#include <stdint.h>

#include "stats/snapshot.h"

struct flows;

/* One more took so long; *flows is made when it is the first (without memory it is not counted).
 * `wall_s`: any clock of seconds that does not go back. */
void flows_add(struct flows **flows, enum flow_leg leg, double seconds, uint32_t second);

/* Drawn as of second `second`; NULL draws zeros. */
void flows_draw(const struct flows *flows, uint32_t second, struct snap_flow out[FLOW_COUNT]);

void flows_free(struct flows *flows);

#endif
