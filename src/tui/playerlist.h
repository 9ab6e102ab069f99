/*
 * The players as the screen lists them: in which order, which one is picked. A row is known by its
 * bot and its guild, never by its number. They are put in order, and asked of a filter, at most
 * every few seconds, and not while something holds them: then those listed keep their places and
 * new ones come last. In between, a snapshot costs one walk. Pure; time comes in. Owned by the UI
 * thread.
 */
#ifndef TUI_PLAYERLIST_H
#define TUI_PLAYERLIST_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/snapshot.h"
#include "stats/sort.h"
#include "tui/picker.h"

#define PLAYER_LIST_SORT_SECONDS 3.0
#define PLAYER_LIST_HOLD_SECONDS 5.0 /* after a movement */

enum player_sort {
    PLAYER_SORT_BOT, /* by name, then by guild */
    PLAYER_SORT_GUILD,
    PLAYER_SORT_BACKEND,
    PLAYER_SORT_STATE, /* what plays first */
    PLAYER_SORT_TITLE,
    PLAYER_SORT_POSITION,
    PLAYER_SORT_LEFT, /* how long the track goes on */
    PLAYER_SORT_PING,
    PLAYER_SORT_VOLUME,
    PLAYER_SORT_SINCE,
    PLAYER_SORT_COUNT
};
const char *player_sort_name(enum player_sort key); /* "bot" "time left" */

struct player_id {
    uint64_t bot, guild;
};

/* Whether a player is to be listed; `snap` has it. */
typedef bool player_filter(void *ctx, const struct snap *snap, const struct snap_player *player);

struct player_list {
    enum player_sort key;
    bool descending;
    player_filter *wants; /* NULL: all are listed */
    void *wants_ctx;
    bool stale; /* to be put in order at the next update */

    const struct snap *snap; /* borrowed: must live until the next update; NULL: none is listed */
    uint32_t *order;         /* rows as indexes into snap->players; rows.count of them */
    struct picker rows;
    struct player_id picked; /* of rows.picked */

    /* Every player of `snap`, as that lists them, with its row. */
    struct player_place *places, *places_before;
    unsigned place_count;
    struct rank *ranks;
    size_t capacity, order_capacity;
    double sorted_at, held_until;
};

/* Starts sorted by bot. */
void player_list_init(struct player_list *list);
void player_list_free(struct player_list *list);

/* Takes in a snapshot (the same one again is fine). `hold`: nothing may move, a box is open. -1
 * when out of memory: the list is then empty. */
int player_list_update(struct player_list *list, const struct snap *snap, bool hold, double now);

/* Lists none until the next update, and lets go of the snapshot: nobody looks. What is picked is
 * kept in mind. */
void player_list_rest(struct player_list *list);

/* Chooses the order, or turns it round when it is that one already; new at the next update. */
void player_list_sort(struct player_list *list, enum player_sort key);

/* Moves what is picked, which holds the order for a while. */
void player_list_move(struct player_list *list, int rows, double now);
/* The one with this identity becomes the picked one; false when it is not listed. */
bool player_list_pick(struct player_list *list, struct player_id id, double now);

/* The player in a row below rows.count; and the one picked, or NULL. */
const struct snap_player *player_list_row(const struct player_list *list, unsigned row);
const struct snap_player *player_list_picked(const struct player_list *list);

/* The player of a snapshot with this identity, or NULL. */
const struct snap_player *player_list_find(const struct snap *snap, struct player_id id);

#endif
