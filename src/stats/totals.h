/*
 * Track starts by source, over all bots and ever: names that strangers choose, in a bounded set.
 * Control thread only; part of the ledger.
 */
#ifndef STATS_TOTALS_H
#define STATS_TOTALS_H

#include "stats/snapshot.h"

/* One of this source began; "": not known. The first SNAP_SOURCES have their own count. */
void totals_start(struct snap_totals *totals, const char *source);

#endif
