/*
 * All that is known of a bot, line by line, for its box. Pure; UI thread.
 */
#ifndef TUI_BOT_SHEET_H
#define TUI_BOT_SHEET_H

#include "tui/grid.h"
#include "tui/view.h"

#define BOT_SHEET_PLAYERS 12 /* players that are named, the rest is counted */

/* Draws the lines from `first` on as far as there are rows; returns how many there are in all.
 * Without a grid it only counts. */
unsigned bot_sheet_draw(struct grid *g, struct area room, const struct view *view,
                        const struct snap_bot *bot, unsigned first);

#endif
