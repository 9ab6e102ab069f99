/*
 * A bounded book of visitors: by IP, by client or by user id. Bounded, because strangers choose the
 * keys: who is least recently active and has no connection goes first, and leaves its totals in
 * `others`, so that the sum over all and the others is always the sum of everything. Control thread
 * only.
 */
#ifndef STATS_VISITORS_H
#define STATS_VISITORS_H

#include <stdint.h>

#include "base/map.h"
#include "crowd.h"
#include "meter.h"
#include "net/addr.h"

/* Zeroed behind its end: all of it is compared. */
union visitor_key {
    struct addr_key ip;
    char name[SNAP_TEXT];
};

/* One visitor. It hangs in one of two lists, by whether it has connections, each with the most
 * recently active first; so the one to forget is found at once. */
struct visitor {
    struct meter meter;
    struct visitor *prev, *next;
    union visitor_key key;
    uint32_t active;
    uint64_t bytes_in, bytes_out, messages;
    uint64_t connections; /* ever */
    uint64_t stamp;       /* grows with every activity: the order of the lists */
    int64_t first_ms, last_active_ms;
    struct crowd *ips; /* of a name, how many; NULL: not counted */
};

struct visitor_list {
    struct visitor *first, *last;
};

struct visitor_book {
    struct map *by_key;
    size_t most;
    struct visitor_list busy, quiet;
    struct visitor others; /* stands in for all that were forgotten; in no list */
    uint64_t stamp;
};

/* -1 when out of memory. */
int visitors_init(struct visitor_book *book, size_t most);
void visitors_free(struct visitor_book *book);

/* Finds or makes; `others` when there is no room, never NULL. */
struct visitor *visitor_get(struct visitor_book *book, const union visitor_key *key,
                            uint32_t second, int64_t wall_ms);

/* So much was moved, just now. */
void visitor_moved(struct visitor_book *book, struct visitor *visitor, uint64_t in, uint64_t out,
                   uint64_t messages, int64_t wall_ms);
/* One more, or one less, of its connections is open. */
void visitor_enter(struct visitor_book *book, struct visitor *visitor, int64_t wall_ms);
void visitor_leave(struct visitor_book *book, struct visitor *visitor, int64_t wall_ms);
/* A connection from this IP (by its hash) has the name. */
void visitor_from(struct visitor_book *book, struct visitor *visitor, uint64_t ip_hash);

void visitors_tick(struct visitor_book *book, uint32_t second);

/* All, the most recently active first: begin with zeros, NULL at the end. */
struct visitor_walk {
    bool begun;
    const struct visitor *busy, *quiet;
};
const struct visitor *visitors_next(const struct visitor_book *book, struct visitor_walk *walk);

/* Bytes of the arena that their meters take. */
size_t visitors_meter_room(const struct visitor_book *book);

#endif
