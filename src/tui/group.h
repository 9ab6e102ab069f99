/*
 * Connections gathered by what they have in common: their bot, an IP (the /64 of an IPv6 address),
 * a client, a user or a backend. A group is known by a number made of what its rows share, so that
 * it is the same one in the next snapshot, open or closed as before. Bots are groups also while
 * they have no connection. Pure; owned by the model.
 */
#ifndef TUI_GROUP_H
#define TUI_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/sort.h"

enum group_by {
    GROUP_NONE,
    GROUP_BOT,
    GROUP_IP,
    GROUP_CLIENT,
    GROUP_USER,
    GROUP_BACKEND,
    GROUP_BY_COUNT
};

/* "none" "bot" "IP" "client" "user id" "backend" */
const char *group_name(enum group_by by);

struct group {
    uint64_t id;
    uint32_t from, count; /* its rows in groups->rows; one at least, but for bots */
    const struct snap_bot
        *bot; /* GROUP_BOT: whose figures stand below; NULL: of no bot known, always last */
    uint64_t rate_in, rate_out, bytes_in, bytes_out, requests, messages;
    double rate_messages; /* SNAP_UNKNOWN_RATE like its rows */
    int64_t opened_ms;    /* of its oldest row; of a bot: since when it is here, 0: it is not */
    uint32_t line;        /* the model's: where its head stands */
    bool open;
};

/* What becomes of the order of groups: found anew, kept with new ones at their place, or kept with
 * new ones last. */
enum group_move { GROUP_SORT, GROUP_PLACE, GROUP_HOLD };

struct groups {
    struct group *list; /* as shown */
    unsigned count;
    uint32_t *rows; /* indexes into snap->conns, group by group */

    uint64_t key[2];     /* of the hash: strangers choose what is hashed */
    uint32_t *table;     /* of the hash; place in `list`, plus one */
    uint32_t *member;    /* scratch: the group of each row */
    struct group *spare; /* scratch: `list` in its new order */
    struct group_rank *ranks;
    size_t capacity; /* of all arrays; the table has four times as many */
};

/* What is gathered. */
struct group_source {
    enum group_by by;
    const uint32_t
        *rows; /* indexes into snap->conns, in the order that they keep in their groups */
    unsigned count;
    const uint32_t *bots; /* GROUP_BOT: indexes into snap->bots of those listed without a row */
    unsigned bot_count;
};

/* Zeroed is empty; `key` may stay zero in tests. */
void groups_free(struct groups *groups);

/* Gathers rows of order->snap. One pass. -1 when out of memory: there are no groups then. */
int groups_build(struct groups *groups, const struct group_source *source,
                 const struct sort_order *order, enum group_move move);

/* Forgets all groups, and which were open. */
void groups_clear(struct groups *groups);

/* NULL when there is none of this id. */
struct group *groups_find(const struct groups *groups, uint64_t id);

/* The id of the group of a bot. */
uint64_t group_of_bot(uint64_t bot);

/* The first row of a group, or NULL for a bot without any. */
const struct snap_conn *group_first(const struct groups *groups, const struct group *group,
                                    const struct snap *snap);

/* Whether all rows of a group (one at least) say the same in a column of SORT_VERSION to SORT_PATH.
 */
bool group_shares(const struct groups *groups, const struct group *group, const struct snap *snap,
                  enum sort_key column);

/* Bytes out per second over the last 60 s, of all rows together; of a bot: its own. */
void group_history(const struct groups *groups, const struct group *group, const struct snap *snap,
                   uint32_t out[SERIES_SECONDS]);

#endif
