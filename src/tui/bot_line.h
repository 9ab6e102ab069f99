/*
 * The head of a bot in the list of connections, cell by cell. Pure; UI thread.
 */
#ifndef TUI_BOT_LINE_H
#define TUI_BOT_LINE_H

#include "tui/columns.h"
#include "tui/grid.h"
#include "tui/view.h"

/* Draws the cell of a column but for COL_NUMBER and COL_SPARK. `group` is a bot's, or the one of
 * what belongs to none. */
void bot_line_cell(struct grid *g, unsigned row, const struct place *place, const struct view *view,
                   const struct group *group);

#define BOT_STATE_MAX 24
/* "on", or "gone 2m"; "gone" where in a picture of the past it is not known since when. Returns
 * `out`. */
char *bot_state_text(char out[BOT_STATE_MAX], const struct snap *snap, const struct snap_bot *bot);

/* Its name as it is shown: one that is an address or an id may be masked. Returns `out`. */
char *bot_name_text(char out[MASK_TEXT_MAX], const struct mask *mask, const struct snap_bot *bot);

/* "eu-a", "eu-a +2", "". Returns `out`. */
char *bot_backends_text(char out[MASK_TEXT_MAX], const struct snap *snap,
                        const struct snap_bot *bot);

#define BOT_NONE "(no bot known)"

#endif
