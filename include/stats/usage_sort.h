/*
 * The order of IPs, as stats/sort.h has that of connections: words of columns, and which of two
 * IPs comes first. Pure; any thread.
 */
#ifndef STATS_USAGE_SORT_H
#define STATS_USAGE_SORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "stats/snapshot.h"
#include "stats/sort.h"

enum usage_key {
    USAGE_IP,
    USAGE_ACTIVE,
    USAGE_EVER,
    USAGE_IN,
    USAGE_OUT,
    USAGE_TOTAL,
    USAGE_RATE,
    USAGE_LAST, /* active */
    USAGE_COUNT
};

struct usage_order {
    const struct snap *snap;
    enum usage_key key;
    bool descending;
};

/* The word in queries: "last". */
const char *usage_word(enum usage_key key);
/* Whether the column begins with its largest: all but the addresses do. */
bool usage_descends(enum usage_key key);

/* `index` is into snap->ips. */
struct rank usage_rank(const struct usage_order *order, uint32_t index);

/* For qsort_r: two ranks, and the order as context. Equal ones stand by their addresses. */
int usage_compare(const void *left, const void *right, void *order);

/* As sort_place and sort_compare_place. */
void usage_place(const struct usage_order *order, uint32_t index, struct sort_place *place);
int usage_compare_place(const struct usage_order *order, struct rank rank,
                        const struct sort_place *place);

#endif
