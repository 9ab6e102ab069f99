/*
 * The list of connections as the screen shows it: which rows, in which order, which one is
 * selected. Rows are known by connection id, never by row number. The order is recomputed at most
 * every MODEL_SORT_SECONDS, not for MODEL_HOLD_SECONDS after a movement key, and not at all while a
 * dialog holds it; new rows come in at their place at once unless it is held. Pure; time comes in.
 * Owned by the UI thread.
 */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/snapshot.h"

#define MODEL_SORT_SECONDS 3.0
#define MODEL_HOLD_SECONDS 5.0

enum sort_key {
    SORT_ID,
    SORT_VERSION,
    SORT_IP,
    SORT_CLIENT,
    SORT_BACKEND,
    SORT_IN,
    SORT_OUT,
    SORT_RATE, /* in and out together */
    SORT_TOTAL,
    SORT_AGE,
    SORT_COUNT
};

/* Whether a connection belongs into the list. */
typedef bool model_filter(void *ctx, const struct snap *snap, const struct snap_conn *conn);

struct model {
    enum sort_key key;
    bool descending;
    model_filter *filter; /* NULL: all */
    void *filter_ctx;

    const struct snap *snap; /* borrowed: must live until the next update */
    uint32_t *order;         /* rows as indexes into snap->conns */
    unsigned count;
    uint64_t *ids; /* of snap->conns when `order` was last brought up to date */
    unsigned id_count;
    uint32_t *map; /* scratch: old index to new */
    struct rank *ranks;
    size_t capacity;

    uint64_t selected; /* connection id; 0: none */
    unsigned selected_at;
    unsigned top; /* first row of the window */

    double sorted_at, held_until;
    bool held; /* a dialog is open */
    bool stale;
};

/* Starts sorted by rate, largest first. */
void model_init(struct model *m);
void model_free(struct model *m);

/* Takes in a snapshot (the same one again is fine). -1 when out of memory: the list is then empty.
 */
int model_update(struct model *m, const struct snap *snap, double now);

/* Chooses the column; the order is new at the next update. Text ascends and figures descend. */
void model_sort(struct model *m, enum sort_key key);
void model_reverse(struct model *m);
const char *model_sort_name(enum sort_key key);

/* Moves the selection; the first movement selects the row at the top of the window. `page` rows are
 * a page. */
void model_move(struct model *m, int rows, double now);
void model_first(struct model *m, double now);
void model_last(struct model *m, double now);
void model_unselect(struct model *m);

/* Scrolls so that a window of `rows` shows the selection. */
void model_window(struct model *m, unsigned rows);

/* The selected connection in the present snapshot, or NULL. */
const struct snap_conn *model_selected(const struct model *m);
const struct snap_conn *model_find(const struct snap *snap, uint64_t id);

/* What stands in the client column: Client-Name, else User-Agent, else "(none)". */
const char *model_client(const struct snap_conn *conn);

#endif
