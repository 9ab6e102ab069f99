/*
 * The line at the foot of a box that shows something: what can be done from there, each with the
 * key that does it in lists too. Pure but for carrying a command out.
 */
#ifndef TUI_OFFERS_H
#define TUI_OFFERS_H

#include <stddef.h>

#include "tui/app.h"
#include "tui/grid.h"

struct offer {
    enum key_command command;
    const char *text; /* "end them all" */
};

/* "K end them all   b block   Esc close", without what has no key or is refused. */
void offers_draw(struct grid *g, struct area row, const struct view *view,
                 const struct offer *offers, size_t count);

/* The command that the key is for, if it is one of these: else CMD_NONE. */
enum key_command offers_find(const struct view *view, const struct offer *offers, size_t count,
                             int key);

#endif
