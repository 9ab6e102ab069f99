/*
 * The columns of the connection list: which of them fit into a width, and where they go. They come
 * by priority as the width grows; those that do not fit are reached by scrolling sideways, where
 * the first column (and the one that the list is grouped by) stays. Pure.
 */
#ifndef TUI_COLUMNS_H
#define TUI_COLUMNS_H

#include <stdbool.h>

#include "tui/group.h"

enum column_id { /* as they stand, from the left */
                 COL_NUMBER,
                 COL_BOT,
                 COL_STATE,
                 COL_PLAYERS,
                 COL_SOCKETS,
                 COL_VERSION,
                 COL_KIND,
                 COL_IP,
                 COL_CLIENT,
                 COL_USER,
                 COL_BACKEND,
                 COL_IN,
                 COL_OUT,
                 COL_TOTAL,
                 COL_MESSAGES,
                 COL_ERRORS,
                 COL_AGE,
                 COL_CONN_PLAYERS,
                 COL_REQUESTS,
                 COL_PATH,
                 COL_SPARK,
                 COL_COUNT
};

struct column {
    const char *head;
    bool right; /* aligned */
    enum sort_key sort;
};
extern const struct column columns_table[COL_COUNT];

/* Columns in front of the first: one says what is selected, one what is tagged. */
#define COLUMNS_MARKS 2

/* What the contents ask for. */
struct columns_need {
    unsigned number, ip, backend, bot; /* columns of the longest */
};

struct place {
    enum column_id id;
    unsigned col, width;
};

struct columns {
    struct place places[COL_COUNT]; /* those shown, from the left */
    unsigned count;
    unsigned skip; /* as asked for, but no more than it takes to reach the last column */
    bool more;     /* there are others that scrolling on brings */
};

/* Lays columns out in `cols`: for `skip` 0 by priority; 1: those that can be scrolled from the
 * first of them, important or not; 2: from the second, and so on. */
void columns_place(struct columns *columns, unsigned cols, unsigned skip, enum group_by by,
                   const struct columns_need *need);

/* Whether a list grouped so has the column at all: bots have some of their own, and no others for
 * what their rows say anyhow. */
bool columns_has(enum group_by by, enum column_id id);

/* The column that a list is grouped by, COL_NUMBER for GROUP_NONE. */
enum column_id columns_tree(enum group_by by);

#endif
