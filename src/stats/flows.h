/*
 * How long the legs of a bot's way take: of the last five minutes in finely graded slices of a
 * minute each, of which percentiles are drawn. Control thread only.
 */
#ifndef STATS_FLOWS_H
#define STATS_FLOWS_H

#include <stddef.h>
#include <stdint.h>

#include "conf/fleet.h"
#include "stats/snapshot.h"

struct flows;

/* One more took so long; *flows is made when it is the first (without memory it is not counted).
 * `second`: any clock of seconds that does not go back. What is no time at all counts as 0. */
void flows_add(struct flows **flows, enum flow_leg leg, double seconds, uint32_t second);

/* Drawn as of second `second`; NULL draws zeros. Percentiles are interpolated within a grade,
 * never beyond the times that there were, and 60 s at most; each target is the border of two
 * grades. Changes nothing that counts. */
void flows_draw(struct flows *flows, uint32_t second, struct snap_flow out[FLOW_COUNT]);

void flows_free(struct flows *flows);

/* The same by backend and by version, and ever in the coarser grades of the metrics. */
struct flow_book {
    struct flows *backends[FLEET_MAX]; /* by slot */
    struct flows *versions[REPORT_VERSIONS];
    struct snap_histogram ever[FLEET_MAX][FLOW_COUNT];
};

/* Counts at a backend (slot, or REPORT_NO_BACKEND), of a version (3, 4, or 0), and for the bot of
 * `flows` (NULL: none is known). */
struct flow_place {
    uint8_t backend, version;
    struct flows **flows;
};
void flow_book_add(struct flow_book *book, struct flow_place place, enum flow_leg leg,
                   double seconds, uint32_t second);

/* Another backend has the slot from here on. */
void flow_book_clear(struct flow_book *book, unsigned slot);
void flow_book_free(struct flow_book *book);

/* Draws one for each backend of `fleet`, in its order, and those of the versions. */
void flow_book_draw(struct flow_book *book, uint32_t second, const struct fleet *fleet,
                    struct snap_backend_flows *to,
                    struct snap_flow versions[REPORT_VERSIONS][FLOW_COUNT]);

#endif
