/*
 * The sort menu.
 */
#include "tui/acts.h"
#include "tui/box.h"

static bool draw(struct grid *g, struct view *view)
{
    struct area room;
    unsigned least = 4;
    if (!box_frame(g, SORT_COUNT + 2, 36, least, "Sort by", &room))
        return false;
    unsigned lines = room.rows > 2 ? room.rows - 2 : 0;
    unsigned first = view->dialog.choice >= lines ? view->dialog.choice - lines + 1 : 0;
    for (unsigned i = 0; i < lines && first + i < SORT_COUNT; i++) {
        enum sort_key key = (enum sort_key)(first + i);
        bool marked = view->dialog.choice == (unsigned)key;
        box_target(g, room, room.row + i, TARGET_LINE, key);
        grid_textf(g, room.row + i, room.col, room.cols, marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG,
                   "%c %-20s %s", marked ? '>' : ' ', sort_name(key),
                   key != view->model.key   ? ""
                   : view->model.descending ? "v now"
                                            : "^ now");
    }
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              "Enter choose   Esc close   R O A I B");
    return true;
}

static void command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    int at = (int)view->dialog.choice + app_movement(view, command);
    view->dialog.choice = at < 0 ? 0 : at >= SORT_COUNT ? SORT_COUNT - 1 : (unsigned)at;
    enum sort_key key = act_sort_key(command);
    if (command == CMD_ANSWER) {
        key = (enum sort_key)view->dialog.choice;
        box_close(view);
        if (key != view->model.key)
            act_sort_by(app, key, now);
    } else if (key != SORT_COUNT) {
        box_close(view);
        act_sort_by(app, key, now);
    }
}

const struct box_ops box_sort = {.draw = draw, .command = command};
