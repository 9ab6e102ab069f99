/*
 * How long the legs of a bot's way take, beside what they should take at most: in one line, and as
 * the lines of a box. Pure; UI thread.
 */
#ifndef TUI_FLOW_TIMES_H
#define TUI_FLOW_TIMES_H

#include "tui/sheet.h"
#include "tui/view.h"

/* "search p95 0.41 s  patch 0.05  play 2.31!  voice 0.61  ready 0.02" of all backends, for each leg
 * the slower one of the two versions. Legs that were not timed are left out, and so are the last
 * ones where there is no room. A missed target has a mark and a colour. */
void flow_times_draw(struct grid *g, struct area line, const struct view *view);

/* A line for each leg that was timed: "search  p50 210 ms  p95 480 ms  p99 1.90 s  of 40  < 1 s".
 */
void flow_times_sheet(struct sheet *s, const struct snap_flow flows[FLOW_COUNT]);

#endif
