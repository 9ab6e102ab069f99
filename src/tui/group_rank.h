/*
 * The order of groups: by their own figures, and where these cannot be added up by their first row.
 * Private to group.c.
 */
#ifndef TUI_GROUP_RANK_H
#define TUI_GROUP_RANK_H

#include "tui/group.h"

struct group_rank {
    struct rank rank; /* first: sort_compare reads it */
    uint32_t group;   /* place in the list */
};

struct group_order {
    const struct groups *groups;
    enum group_by by;
    struct sort_order rows;
};

struct group_rank group_rank_of(const struct group_order *order, uint32_t group);

/* For qsort_r: two ranks, and a group_order as context. */
int group_rank_compare(const void *left, const void *right, void *order);

#endif
