/*
 * Which backend a request goes to that is bound to none. Pure but for reading the gauges (atomics);
 * any thread.
 */
#ifndef PROXY_CHOICE_H
#define PROXY_CHOICE_H

#include <stdatomic.h>
#include <stdint.h>

#include "conf/fleet.h"

enum {
    GAUGE_UP = 1,      /* answers checks, as far as known; nothing is chosen without it */
    GAUGE_SLOW = 2,    /* up, but over health.slow: only where no other is */
    GAUGE_DRAINING = 4 /* no new sessions */
};

#define GAUGE_NO_STATS UINT32_MAX

/* What all workers and control know of one backend. */
struct gauge {
    atomic_uint flags;
    atomic_uint sockets; /* WebSockets there or on their way there */
    atomic_uint playing; /* playing players of the whole node, or GAUGE_NO_STATS */
};

/* For a new WebSocket: of the version's backends that are up and not draining (slow ones only where
 * no other is), the one with the fewest playing players per weight; where they are not known of
 * all, or equal, with the fewest sockets per weight; then in the order of the fleet. Backends no
 * longer configured count as draining. `tried`: bit per slot not to take. -1: none. */
int choice_socket(const struct fleet *fleet, const struct gauge gauges[FLEET_MAX], unsigned version,
                  uint64_t tried);

/* For REST without a session: spread by weight over those that are up and not draining, else slow,
 * else draining by hand; never to one that a reload removed. `turn` counts requests, one counter
 * per worker: backends of equal weight take turns exactly, others are mixed so that no few requests
 * in a row pile up on one. -1: none. */
int choice_request(const struct fleet *fleet, const struct gauge gauges[FLEET_MAX],
                   unsigned version, uint64_t tried, uint32_t turn);

#endif
