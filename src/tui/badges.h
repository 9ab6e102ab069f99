/*
 * The right end of the first row: what is unusual about this screen (demo, read-only, paused...),
 * how often it is drawn, the clock. Pure.
 */
#ifndef TUI_BADGES_H
#define TUI_BADGES_H

#include "tui/grid.h"
#include "tui/view.h"

/* The columns they take. */
unsigned badges_columns(const struct view *view, bool with_clock);
/* Draws them up to the right end of the area's first row. */
void badges_draw(struct grid *g, struct area area, const struct view *view, bool with_clock);

#endif
