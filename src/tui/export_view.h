/*
 * The list that keys act on, as rows to export: its order, its filter, its selection. Pure. UI
 * thread.
 */
#ifndef TUI_EXPORT_VIEW_H
#define TUI_EXPORT_VIEW_H

#include <stdbool.h>

#include "stats/export.h"
#include "tui/view.h"

/* Where a walk over the rows of a grouped list is. */
struct export_walk {
    const struct view *view;
    unsigned group, before; /* of the groups as shown; rows of those before it */
};

/* The rows of the focused panel. Borrows `walk` and the view; false before the first snapshot. A
 * grouped list has the rows of closed groups too, group by group; one of bots has bots. */
bool export_of_view(const struct view *view, struct export_walk *walk, struct export_rows *rows);

/* The selected row and the list that it is of: the rows of the focused panel, or of a list of bots
 * the connections below them. False when none is, or a whole group. */
bool export_selected(const struct view *view, struct export_walk *walk, struct export_rows *rows,
                     unsigned *row);

/* The head of the selected group of connections, where one is selected; false where none is. Its
 * field is what its rows share. */
bool export_group_field(struct str *out, const struct view *view);
bool export_group_row(struct str *out, const struct view *view);

/* "connections-20261121-1205.csv": kind and local time of the list, a name to begin with. */
void export_suggest(struct str *out, const struct export_rows *rows);

#endif
