/*
 * The sort menu: of the connections, or of the players where these have the window.
 */
#include "tui/acts.h"
#include "tui/box.h"

static bool is_of_players(const struct view *view)
{
    return panels_focused(view) == PANEL_PLAYERS;
}

static unsigned count_of(const struct view *view)
{
    return is_of_players(view) ? (unsigned)PLAYER_SORT_COUNT : (unsigned)SORT_COUNT;
}

static const char *name_of(const struct view *view, unsigned key)
{
    return is_of_players(view) ? player_sort_name((enum player_sort)key)
                               : sort_name((enum sort_key)key);
}

static unsigned key_now(const struct view *view)
{
    return is_of_players(view) ? (unsigned)view->panels.players.key : (unsigned)view->model.key;
}

static bool descends_now(const struct view *view)
{
    return is_of_players(view) ? view->panels.players.descending : view->model.descending;
}

static bool draw(struct grid *g, struct view *view)
{
    struct area room;
    unsigned least = 4, count = count_of(view);
    if (!box_frame(g, count + 2, 36, least, "Sort by", &room))
        return false;
    unsigned lines = room.rows > 2 ? room.rows - 2 : 0;
    unsigned first = view->dialog.choice >= lines ? view->dialog.choice - lines + 1 : 0;
    for (unsigned i = 0; i < lines && first + i < count; i++) {
        unsigned key = first + i;
        bool marked = view->dialog.choice == key;
        box_target(g, room, room.row + i, TARGET_LINE, key);
        grid_textf(g, room.row + i, room.col, room.cols, marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG,
                   "%c %-20s %s", marked ? '>' : ' ', name_of(view, key),
                   key != key_now(view) ? ""
                   : descends_now(view) ? "v now"
                                        : "^ now");
    }
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              is_of_players(view) ? "Enter choose   Esc close   A B"
                                  : "Enter choose   Esc close   R O A I B");
    return true;
}

static void choose(struct app *app, unsigned key, double now)
{
    struct view *view = &app->view;
    box_close(view);
    if (key == key_now(view))
        return;
    if (is_of_players(view))
        act_sort_players(app, (enum player_sort)key, now);
    else
        act_sort_by(app, (enum sort_key)key, now);
}

static void command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    int at = (int)view->dialog.choice + app_movement(view, command), count = (int)count_of(view);
    view->dialog.choice = (unsigned)(at < 0 ? 0 : at >= count ? count - 1 : at);
    if (command == CMD_ANSWER) {
        choose(app, view->dialog.choice, now);
    } else if (act_sort_key(command) != SORT_COUNT) {
        box_close(view);
        act_sort_direct(app, command, now);
    }
}

const struct box_ops box_sort = {.draw = draw, .command = command};
