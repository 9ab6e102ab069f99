/*
 * What keys of the list mean among the players.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/box.h"

void act_sort_players(struct app *app, enum player_sort key, double now)
{
    struct player_list *list = &app->view.panels.players;
    char text[80];
    player_list_sort(list, key);
    snprintf(text, sizeof(text), "players by %s, %s", player_sort_name(key),
             list->descending ? "descending" : "ascending");
    app_notice(app, EVENT_INFO, text, now);
}

/* The column that a direct key means; players have no rates, no totals, no addresses. */
static enum player_sort direct_sort(enum key_command command)
{
    return command == CMD_SORT_AGE       ? PLAYER_SORT_SINCE
           : command == CMD_SORT_BACKEND ? PLAYER_SORT_BACKEND
                                         : PLAYER_SORT_COUNT;
}

static void show_details(struct view *view)
{
    const struct snap_player *player = panel_selected_player(view);
    if (player == NULL)
        return;
    view->panels.shown_player = (struct player_id){player->bot, player->guild};
    box_open(view, DIALOG_PLAYER);
}

void act_in_players(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    if (command == CMD_DETAILS) {
        show_details(view);
    } else if (command == CMD_SORT) {
        box_open(view, DIALOG_SORT);
        view->dialog.choice = view->panels.players.key;
    } else if (command == CMD_REVERSE) {
        act_sort_players(app, view->panels.players.key, now);
    } else if (direct_sort(command) != PLAYER_SORT_COUNT) {
        act_sort_players(app, direct_sort(command), now);
    } else {
        app_notice(app, EVENT_INFO, "players have no such column (s lists those they have)", now);
    }
}
