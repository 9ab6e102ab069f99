/*
 * The menu of what the connections are grouped by. The key that opened it moves the mark on.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/box.h"

/* Lines behind the ways to group: all groups open, all closed. */
enum { LINE_OPEN = GROUP_BY_COUNT, LINE_CLOSE, LINE_COUNT };

void act_group_by(struct app *app, enum group_by by, double now)
{
    char text[40];
    model_group(&app->view.model, by);
    if (by == GROUP_NONE)
        snprintf(text, sizeof(text), "not grouped");
    else
        snprintf(text, sizeof(text), "grouped by %s", group_name(by));
    app_notice(app, EVENT_INFO, text, now);
}

static const char *line_text(unsigned line)
{
    return line == LINE_OPEN    ? "open all groups"
           : line == LINE_CLOSE ? "close all groups"
                                : group_name((enum group_by)line);
}

/* Opening and closing only where there are groups. */
static unsigned line_count(const struct view *view)
{
    return view->model.by == GROUP_NONE ? GROUP_BY_COUNT : LINE_COUNT;
}

static bool draw(struct grid *g, struct view *view)
{
    struct area room;
    unsigned count = line_count(view);
    if (!box_frame(g, count + 2, 36, count + 1, "Group connections by", &room))
        return false;
    for (unsigned i = 0; i < count; i++) {
        bool marked = view->dialog.choice == i;
        box_target(g, room, room.row + i, TARGET_LINE, i);
        grid_textf(g, room.row + i, room.col, room.cols, marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG,
                   "%c %-20s %s", marked ? '>' : ' ', line_text(i),
                   i == (unsigned)view->model.by ? "now" : "");
    }
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              "Enter choose   t next   Esc close");
    return true;
}

static void command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    unsigned count = line_count(view);
    if (command != CMD_ANSWER) {
        int at = (int)view->dialog.choice + app_movement(view, command);
        view->dialog.choice = at < 0 ? 0 : (unsigned)at >= count ? count - 1 : (unsigned)at;
        return;
    }
    unsigned line = view->dialog.choice;
    box_close(view);
    if (line >= GROUP_BY_COUNT)
        model_open_all(&view->model, line == LINE_OPEN);
    else if (line != (unsigned)view->model.by)
        act_group_by(app, (enum group_by)line, now);
}

static void type(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    (void)now;
    enum key_command command_ = keymap_find(&view->keymap, CONTEXT_LIST, key);
    if (command_ == CMD_GROUP || command_ == CMD_GROUP_MENU)
        view->dialog.choice = (view->dialog.choice + 1) % line_count(view);
}

/* From bots to connections to IPs and back; from any other way to bots. */
void act_group_turn(struct app *app, enum key_command command_, double now)
{
    enum group_by by = app->view.model.by;
    (void)command_;
    act_group_by(app, by == GROUP_BOT ? GROUP_NONE : by == GROUP_NONE ? GROUP_IP : GROUP_BOT, now);
}

const struct box_ops box_group = {.draw = draw, .command = command, .type = type};

void act_group_menu(struct app *app, enum key_command command_, double now)
{
    (void)command_;
    (void)now;
    box_open(&app->view, DIALOG_GROUP);
    app->view.dialog.choice = app->view.model.by;
}
