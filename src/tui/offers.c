/*
 * Keys come from the map in force, so that what is offered is what works.
 */
#include "tui/offers.h"

#include "tui/keys.h"

#define GAP 3

static bool is_there(const struct view *view, const struct offer *offer)
{
    return keymap_key(&view->keymap, offer->command) != KEYS_NONE &&
           !(view_read_only(view) && keys_changes(offer->command));
}

void offers_draw(struct grid *g, struct area row, const struct view *view,
                 const struct offer *offers, size_t count)
{
    char name[KEYS_NAME_MAX];
    unsigned col = row.col, end = row.col + row.cols;
    for (size_t i = 0; i < count; i++) {
        if (!is_there(view, &offers[i]))
            continue;
        keys_name(name, keymap_key(&view->keymap, offers[i].command));
        unsigned cols = grid_columns(name) + 1 + grid_columns(offers[i].text);
        if (col + cols > end)
            return;
        grid_text(g, row.row, col, cols, ROLE_KEY_NAME, name);
        grid_text(g, row.row, col + cols - grid_columns(offers[i].text), cols, ROLE_DIALOG,
                  offers[i].text);
        col += cols + GAP;
    }
    if (col + 9 <= end) {
        grid_text(g, row.row, col, 3, ROLE_KEY_NAME, "Esc");
        grid_text(g, row.row, col + 4, 5, ROLE_DIALOG, "close");
    }
}

enum key_command offers_find(const struct view *view, const struct offer *offers, size_t count,
                             int key)
{
    enum key_command command = keymap_find(&view->keymap, CONTEXT_LIST, key);
    for (size_t i = 0; i < count; i++)
        if (offers[i].command == command && is_there(view, &offers[i]))
            return command;
    return CMD_NONE;
}
