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
#include "conf/fleet.h"
#include "stats/happenings.h"
#include "stats/report.h"
#include "stats/snapshot.h"

#define LEDGER_IPS_MAX 10000
#define LEDGER_NAMES_MAX 1000   /* clients, and user ids: likewise */
#define LEDGER_GUESSES_MAX 1000 /* IPs that were refused, likewise */

struct ledger;

/* Keeps references until freed. NULL when out of memory. */
struct ledger *ledger_new(const struct config *config, const struct fleet *fleet, int64_t wall_ms);
void ledger_free(struct ledger *ledger);

/* A reload: books of slots that are not in use any more are closed, new ones opened, names, limits
 * and windows follow. */
void ledger_apply(struct ledger *ledger, const struct config *config, const struct fleet *fleet,
                  int64_t wall_ms);

/* Takes in one report (which stays the caller's). */
void ledger_report(struct ledger *ledger, const struct report *report, int64_t wall_ms);

/* Health's news of one backend. */
struct ledger_check {
    enum backend_state state;
    double response_ms;      /* < 0: not answered */
    const char *reason;      /* plain words, "" when online */
    struct node_stats stats; /* if the node told them */
};
void ledger_backend(struct ledger *ledger, unsigned slot, const struct ledger_check *check,
                    int64_t wall_ms);
/* Of the last check; never DRAINING. */
enum backend_state ledger_state(const struct ledger *ledger, unsigned slot);
/* Where the proxy and the web port listen: "0.0.0.0:6923 [::]:6923", "" for no web port. Without
 * memory the old texts stay. */
void ledger_listen(struct ledger *ledger, const char *proxy, const char *web);
/* Whether a backend drains by hand. */
void ledger_drain(struct ledger *ledger, unsigned slot, bool drain, int64_t wall_ms);
/* Sessions without a socket that may still resume, by slot. */
void ledger_waiting(struct ledger *ledger, const uint32_t waiting[FLEET_MAX]);
/* The block list, as in struct snap; copied. */
void ledger_blocks(struct ledger *ledger, const struct snap_block *blocks, unsigned total);
/* Who the client of a connection is; false: there is no such connection in the books. */
bool ledger_client(const struct ledger *ledger, uint64_t id, struct addr *client);
/* Whether anything of a backend's still lives: connections, or sessions that may resume. As of the
 * last draw. */
bool ledger_is_empty(const struct ledger *ledger, unsigned slot);

/* Where what happens is told for other programs; of the ledger. */
struct happenings *ledger_happenings(struct ledger *ledger);

/* How a reload went: begin, then its lines. The texts are copied. */
enum ledger_reload_line { RELOAD_CHANGE, RELOAD_RESTART, RELOAD_PROBLEM };
void ledger_reload_begin(struct ledger *ledger, bool ok, int64_t wall_ms);
void ledger_reload_line(struct ledger *ledger, enum ledger_reload_line kind, const char *text);

/* One line of the event list (also sent to the log). The text is ours: remote parts must have been
 * cleaned. */
void ledger_event(struct ledger *ledger, enum event_level level, int64_t wall_ms,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A standing warning, shown until the next ledger_unwarn (default password...). */
void ledger_warn(struct ledger *ledger, const char *text);
/* Takes all warnings back. */
void ledger_unwarn(struct ledger *ledger);

/* Ends the second: pushes every series. Call once a second, after the reports of that second. */
void ledger_tick(struct ledger *ledger);

/* Draws the books as of now; NULL when out of memory (the old snapshot then stays the newest). The
 * caller publishes it. */
struct snap *ledger_draw(struct ledger *ledger, int64_t wall_ms);

#endif
