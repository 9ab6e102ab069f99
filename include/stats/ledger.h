/*
 * The books: every connection, IP and backend with totals and 60 s of history. Fed by worker
 * reports, drawn once a second into a snapshot. Control thread only. The IP table is bounded
 * (LEDGER_IPS_MAX keys, IPv6 by /64): least recently active without connections goes first, its
 * totals folded into "others", so that sums stay true.
 */
#ifndef STATS_LEDGER_H
#define STATS_LEDGER_H

#include <stdint.h>

#include "conf/config.h"
#include "stats/report.h"
#include "stats/snapshot.h"

#define LEDGER_IPS_MAX 10000

struct ledger;

/* Keeps a reference on `config` until freed. NULL when out of memory. */
struct ledger *ledger_new(const struct config *config, int64_t wall_ms);
void ledger_free(struct ledger *ledger);

/* Takes in one report (which stays the caller's). */
void ledger_report(struct ledger *ledger, const struct report *report, int64_t wall_ms);

/* Health's news of one backend. `response_ms` < 0: not answered. `reason` plain words. */
void ledger_backend(struct ledger *ledger, unsigned backend, enum backend_state state,
                    double response_ms, const char *reason, int64_t wall_ms);

/* One line of the event list (also sent to the log). The text is ours: remote parts must have been
 * cleaned. */
void ledger_event(struct ledger *ledger, enum event_level level, int64_t wall_ms,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A standing warning, shown until the end (default password...). */
void ledger_warn(struct ledger *ledger, const char *text);

/* Ends the second: pushes every series. Call once a second, after the reports of that second. */
void ledger_tick(struct ledger *ledger);

/* Draws the books as of now; NULL when out of memory (the old snapshot then stays the newest). The
 * caller publishes it. */
struct snap *ledger_draw(struct ledger *ledger, int64_t wall_ms);

#endif
