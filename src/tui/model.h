/*
 * The list of connections as the screen shows it: which lines, in which order, which one is
 * selected, which are tagged. A line is a connection or the head of a group; both are known by an
 * id, never by a line number. The order is recomputed at most every MODEL_SORT_SECONDS, not for
 * MODEL_HOLD_SECONDS after a movement key, and not at all while a dialog holds it; new rows come in
 * at their place at once unless it is held. Pure; time comes in. Owned by the UI thread.
 */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/snapshot.h"
#include "stats/sort.h"
#include "tui/group.h"
#include "tui/tags.h"

#define MODEL_SORT_SECONDS 3.0
#define MODEL_HOLD_SECONDS 5.0

/* Whether a connection belongs into the list. */
typedef bool model_filter(void *ctx, const struct snap *snap, const struct snap_conn *conn);

/* A connection, perhaps in a group, or the head of a group: then `conn` is NULL. */
struct model_line {
    const struct snap_conn *conn;
    const struct group *group;
};

/* How the following of a row came to an end by itself. */
enum model_lost { MODEL_LOST_NONE, MODEL_LOST_ENDED, MODEL_LOST_HIDDEN };

struct model {
    enum sort_key key;
    bool descending;
    enum group_by by;
    model_filter *filter; /* NULL: all */
    void *filter_ctx;

    const struct snap *snap; /* borrowed: must live until the next update */
    uint32_t *order;         /* rows as indexes into snap->conns */
    unsigned count;
    uint64_t *ids; /* of snap->conns when `order` was last brought up to date */
    unsigned id_count;
    uint32_t *map; /* scratch: old index to new */
    struct rank *ranks;
    uint32_t *bots; /* scratch: those listed without a row */
    struct groups groups;
    uint32_t *lines;     /* of a grouped list; see model_line_at */
    unsigned line_count; /* on screen if there were room for all */
    size_t capacity;

    uint64_t selected;       /* connection id; 0: none */
    uint64_t selected_group; /* or the head of this group; 0: none */
    unsigned selected_at;
    unsigned top; /* first line of the window */
    struct tags tags;
    bool following;       /* the selection is followed until it ends */
    enum model_lost lost; /* set once when that happened; whoever says so clears it */
    uint64_t lost_id;     /* the connection, 0: a group */

    double sorted_at, held_until;
    bool has_ipv6; /* some connection's address is long */
    bool held;     /* a dialog is open */
    bool past;     /* the snapshot is of a second gone by: what is not in it has not ended */
    bool stale;
    bool regroup; /* other groups, or others of them open */
    bool reveal;  /* opens the group of the selected connection */
};

/* Starts sorted by rate, largest first. */
void model_init(struct model *m);
void model_free(struct model *m);

/* Takes in a snapshot, perhaps the same again. -1 when out of memory: the list is then empty. */
int model_update(struct model *m, const struct snap *snap, double now);

/* Chooses the column; the order is new at the next update. Text ascends and figures descend. */
void model_sort(struct model *m, enum sort_key key);
void model_reverse(struct model *m);

/* Chooses the groups, new at the next update; closed at first, but for the selection's. */
void model_group(struct model *m, enum group_by by);

/* Opens or closes the selected group, or the one around the selected connection. False where there
 * is nothing of the kind to do. */
bool model_open(struct model *m, bool open, double now);
/* All groups. */
void model_open_all(struct model *m, bool open);

/* Line `line` of line_count. */
struct model_line model_line_at(const struct model *m, unsigned line);

/* Moves the selection; the first movement selects the line at the top of the window. Any movement
 * ends following. */
void model_move(struct model *m, int lines, double now);
void model_select(struct model *m, unsigned line, double now);
void model_first(struct model *m, double now);
void model_last(struct model *m, double now);
void model_unselect(struct model *m);
/* Selects the head of a bot, if it is in the list. */
void model_select_bot(struct model *m, uint64_t bot, double now);

/* Whether a line is selected. */
bool model_has_selection(const struct model *m);
/* Follows the selection, or no longer. False when nothing is selected. */
bool model_follow(struct model *m);

/* Tags the selected connection, or all of the selected group; where all were tagged they no longer
 * are. -1 when out of memory. */
int model_tag(struct model *m);

/* Scrolls so that a window of `lines` shows the selection. */
void model_window(struct model *m, unsigned lines);

/* The selected connection in the present snapshot, or NULL. */
const struct snap_conn *model_selected(const struct model *m);
/* The group whose head is selected, or NULL. */
const struct group *model_selected_group(const struct model *m);
/* The bot whose head is selected, or NULL. */
const struct snap_bot *model_selected_bot(const struct model *m);

#endif
