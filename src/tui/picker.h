/*
 * A window on a list of rows and the one row that is picked. Knows row numbers only: the list it
 * serves keeps the identity of the picked row, and says after each change where that row is now.
 * Pure; owned by the UI thread.
 */
#ifndef TUI_PICKER_H
#define TUI_PICKER_H

#include <stdbool.h>

#define PICKER_END 1000000 /* rows; so many and more lead to the first or the last one */

struct picker {
    unsigned count;  /* rows of the list */
    unsigned top;    /* first row of the window */
    unsigned at;     /* the picked row, if any */
    unsigned height; /* rows of the window in the last frame */
    bool picked;
};

/* The list has `count` rows now, and the picked one is at `at`, or at `count` or beyond when it has
 * gone: then its neighbour in the same place is picked, if there is one. */
void picker_update(struct picker *p, unsigned count, unsigned at);

/* Moves by so many rows; the first movement picks the row at the top of the window. */
void picker_move(struct picker *p, int rows);

/* Picks a row, the last one if there are not so many. */
void picker_pick(struct picker *p, unsigned row);

void picker_drop(struct picker *p);

/* Scrolls so that a window of `rows` is full and shows the picked row. */
void picker_window(struct picker *p, unsigned rows);

#endif
