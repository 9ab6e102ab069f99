/*
 * Find: text that is looked for in the rows of the panel with the focus. It hides nothing; where it
 * stands on the screen it is marked. Pure; UI thread.
 */
#ifndef TUI_FIND_H
#define TUI_FIND_H

#include <stdbool.h>

#include "tui/grid.h"
#include "tui/view.h"

enum find_result { FIND_NOTHING, FIND_HERE, FIND_WRAPPED };

/* The row that a search begins at: the picked one, else the first in the window. */
unsigned find_row(const struct view *view);

/* Picks the next row (or the one before) that has view->finding.sought, beginning with `row`, which
 * counts if `here`; behind the last comes the first (WRAPPED). NOTHING: no row has it. */
enum find_result find_pick(struct view *view, unsigned row, bool here, bool backward, double now);

/* Marks the text in all rows that were drawn. */
void find_mark(struct grid *g, const struct view *view);

#endif
