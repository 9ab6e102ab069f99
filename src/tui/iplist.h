/*
 * The addresses as the screen lists them: in which order, which one is picked. A row is known by
 * its address (IPv6: the /64), never by its number. Like the connections, they are put in order at
 * most every few seconds, and not while something holds them: then those listed keep their places
 * and new ones come last. Pure; time comes in. Owned by the UI thread.
 */
#ifndef TUI_IPLIST_H
#define TUI_IPLIST_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "stats/snapshot.h"
#include "tui/picker.h"

#define IP_LIST_SORT_SECONDS 3.0
#define IP_LIST_HOLD_SECONDS 5.0 /* after a movement */

enum ip_sort { IP_SORT_RATE, IP_SORT_TOTAL, IP_SORT_CONNS, IP_SORT_ADDRESS, IP_SORT_COUNT };
const char *ip_sort_name(enum ip_sort key); /* "rate" "total" "connections" "address" */

struct ip_list {
    enum ip_sort key;
    bool descending;
    const struct snap *snap; /* borrowed: must live until the next update */
    uint32_t *order;         /* rows as indexes into snap->ips; rows.count of them */
    struct picker rows;
    struct addr_key picked; /* of rows.picked */
    unsigned active;        /* addresses with an open connection */
    uint64_t top_rate;      /* of the busiest, in and out */

    struct map *places; /* address -> base + its place in the order held + 1 */
    uintptr_t place_base;
    size_t place_count;
    struct ip_rank *ranks;
    size_t capacity;
    double sorted_at, held_until;
    bool stale;
};

/* Starts sorted by rate, largest first. */
void ip_list_init(struct ip_list *list);
void ip_list_free(struct ip_list *list);

/* Takes in a snapshot (the same one again is fine). `hold`: nothing may move, a box is open. -1
 * when out of memory: the list is then empty. */
int ip_list_update(struct ip_list *list, const struct snap *snap, bool hold, double now);

/* Chooses the order, or turns it round when it is that one already; new at the next update. */
void ip_list_sort(struct ip_list *list, enum ip_sort key);

/* Moves what is picked, which holds the order for a while. */
void ip_list_move(struct ip_list *list, int rows, double now);
void ip_list_pick(struct ip_list *list, unsigned row, double now);

/* The address in a row, rows.count at most; and the one picked, or NULL. */
const struct snap_ip *ip_list_row(const struct ip_list *list, unsigned row);
const struct snap_ip *ip_list_picked(const struct ip_list *list);

#endif
