/*
 * The panels. Each draws itself into an area of the grid from the view, and nothing else; the
 * layout decides the areas. Pure.
 */
#ifndef TUI_DRAW_H
#define TUI_DRAW_H

#include "base/human.h"
#include "tui/grid.h"
#include "tui/view.h"

/* The whole screen at whatever size the grid has. Scrolls the list so that the selection is in
 * sight, and notes in the view what was drawn. */
void layout_draw(struct grid *g, struct view *view);

/* Rows that the header needs in a window of this size. */
unsigned header_rows(const struct view *view, unsigned rows, unsigned cols);
/* Whether one of them says how long the legs of bots take. */
bool header_has_times(const struct view *view, unsigned rows, unsigned cols);
void header_draw(struct grid *g, struct area area, const struct view *view);
/* The few lines for windows too small for anything else. */
void header_draw_tiny(struct grid *g, const struct view *view);

/* Column heads and rows; sets view->cursor_row. */
void connections_draw(struct grid *g, struct area area, struct view *view);
/* A rule and rows; the focused one sets view->page and view->cursor_row. */
void ips_draw(struct grid *g, struct area area, struct view *view);
void backends_draw(struct grid *g, struct area area, struct view *view);
void events_draw(struct grid *g, struct area area, struct view *view);
void player_panel_draw(struct grid *g, struct area area, struct view *view);

/* The bottom row: the prompt, a notice, or function keys. */
void bar_draw(struct grid *g, unsigned row, const struct view *view);

/* --- pieces that panels share --- */

/* The rule of a panel with its title at the left, marked where the panel has the focus. Returns the
 * first column behind it that is free. */
unsigned draw_rule(struct grid *g, struct area area, const struct view *view, enum panel panel,
                   const char *title);

/* The window of a panel below its rule: scrolls so that the picked row is in sight, and notes in
 * the view what a focused one has. Returns the first row to draw; `*shown` is how many. */
unsigned draw_window(struct area area, struct view *view, enum panel panel, struct picker *rows,
                     unsigned *shown);

/* Marks the picked row, and all of it where its panel has the focus. */
void draw_picked(struct grid *g, struct area row, struct view *view, enum panel panel);

/* A word in the rule that ends before column `end`, left out where it would reach before `*from`;
 * moves `*from` behind it. */
void draw_rule_head(struct grid *g, unsigned row, unsigned *from, unsigned end, const char *text);

/* A 60 s history in `cols` columns, newest at the right. A column stands for one or more whole
 * seconds; columns shift together every so many seconds, and rows with another `phase` shift at
 * another second, which keeps frames small. */
void draw_spark(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
                const uint32_t values[SERIES_SECONDS], uint64_t phase);

/* The same for both directions together. Wider than this it would move every second or two, and
 * cost accordingly. */
#define DRAW_BOTH_COLS 20
void draw_spark_both(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
                     const struct snap_history *history, uint64_t phase);

/* One column of a sparkline or the like: 0 empty to 8 full. */
void draw_level(struct grid *g, unsigned row, unsigned col, unsigned role, unsigned level);

/* A bar of `cols` columns brackets included, `part` of `whole` filled; rates in the plain colour
 * have that of bars. */
void draw_bar(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
              uint64_t part, uint64_t whole);

/* A size as tables show it: with fewer digits over a slow link. Returns `out`. */
char *draw_size(const struct grid *g, char out[HUMAN_MAX], uint64_t bytes);

/* A rate in the chosen units with its mark in a field of seven: five for the figure, two for "!" or
 * "!!", which always tell of the bytes. */
void draw_rate(struct grid *g, unsigned row, unsigned col, const struct view *view, uint64_t rate,
               double messages);
/* "0.2", "-" where it is not known of a past second. Returns `out`. */
char *draw_messages(char out[HUMAN_MAX], double rate);

/* A rate of bytes for where there is none of messages: in bits where these were chosen. */
uint64_t draw_unit(const struct view *view, uint64_t rate);
/* "84.2K/s", or in bits "674Kb/s". Returns `out`. */
char *draw_rate_text(char out[HUMAN_MAX], const struct view *view, uint64_t rate);

/* "OUT  612K/s!  max 1.10M/s  total 9.81G  60 s  =++*": a line of a box about somebody's traffic.
 */
void draw_flow_line(struct grid *g, struct area line, const struct view *view, const char *label,
                    uint64_t rate, uint64_t total, const uint32_t seconds[SERIES_SECONDS]);

/* What stands behind a rate: nothing, or the theme's mark for medium or high. */
const char *draw_mark(const struct grid *g, const struct snap *snap, uint64_t rate);

/* "12 conns" at the right of its field, "12c" in a narrow one. */
void draw_conns(struct grid *g, unsigned row, unsigned col, unsigned cols, uint32_t count);

unsigned draw_band_role(const struct snap *snap, uint64_t rate);
unsigned draw_level_role(enum event_level level);

/* The bytes of a text that make a line of at most so many columns, with the spaces at which it is
 * broken; a word too long for a line is cut. 0 only for "". */
size_t draw_wrap(const char *text, unsigned cols);

/* "UP", "SLOW", "DOWN", "TIMEOUT", "UNAUTH", "MISMATCH", "DRAIN", "UNKNOWN", and the meaning to
 * draw it in. */
const char *backends_state_word(const struct snap_backend *backend, unsigned *role);

/* The last checks, newest at the right: higher is slower, x failed. */
void backends_draw_checks(struct grid *g, unsigned row, unsigned col, unsigned cols,
                          const struct snap_backend *backend);
/* "3.1ms", "412ms", or "-". Returns `out`. */
char *backends_answer(char out[HUMAN_MAX], const struct snap_backend *backend);

/* What an operator wants to see first: 0 a trouble, 1 one that drains, 2 the rest. */
#define BACKENDS_RANKS 3
unsigned backends_rank(const struct snap_backend *backend);

#endif
