/*
 * Clicks and the wheel. In a box they answer what stands there; anywhere else they close it without
 * an answer, and so does the wheel where a question stands, since nobody answers one by scrolling.
 */
#include "tui/mouse.h"

#include "tui/box.h"

#define WHEEL_ROWS 3
#define DOUBLE_SECONDS 0.4

void act_mouse(struct app *app, enum key_command command, double now)
{
    (void)command;
    app->view.mouse = !app->view.mouse;
    app_notice(app, EVENT_INFO,
               app->view.mouse ? "mouse: wheel, rows, column heads, function bar"
                               : "the mouse is the terminal's: it selects text",
               now);
}

static void press(struct app *app, int key, unsigned times, double now)
{
    for (; times > 0 && app->view.dialog.kind != DIALOG_NONE; times--)
        app_key(app, key, now);
}

/* The mark goes to the line by the keys that people have, so that whatever follows the mark (a
 * preview) follows the mouse as well; a click on the marked line chooses it. */
static void click_line(struct app *app, unsigned line, double now)
{
    unsigned choice = app->view.dialog.choice;
    if (line == choice)
        press(app, '\r', 1, now);
    else
        press(app, line < choice ? KEYS_UP : KEYS_DOWN,
              line < choice ? choice - line : line - choice, now);
}

static void in_box(struct app *app, const struct target *target, const struct mouse *mouse,
                   double now)
{
    if (mouse->button != MOUSE_LEFT && !box_is_question(app->view.dialog.kind)) {
        int key = mouse->button == MOUSE_WHEEL_UP ? KEYS_UP : KEYS_DOWN;
        press(app, key, mouse->button == MOUSE_OTHER ? 0 : WHEEL_ROWS, now);
        return;
    }
    if (target == NULL || mouse->button != MOUSE_LEFT) {
        press(app, KEYS_ESCAPE, 1, now);
        return;
    }
    switch (target->kind) {
    case TARGET_ANSWER:
        /* A click at a frame that is still on its way, or at the question before this one. */
        if (!app->view.dialog.shown)
            break;
        app->view.dialog.choice = (unsigned)target->value;
        press(app, '\r', 1, now);
        break;
    case TARGET_LINE:
        click_line(app, (unsigned)target->value, now);
        break;
    case TARGET_BOX:
        break;
    default:
        press(app, KEYS_ESCAPE, 1, now);
        break;
    }
}

/* The line of a connection or of a group's head; line_count when it is not there any more. */
static unsigned find_line(const struct model *model, const struct target *target)
{
    unsigned i = 0;
    for (; i < model->line_count; i++) {
        struct model_line line = model_line_at(model, i);
        if (target->kind == TARGET_CONNECTION
                ? line.conn != NULL && line.conn->id == target->value
                : line.conn == NULL && line.group != NULL && line.group->id == target->value)
            break;
    }
    return i;
}

/* The panel that a row is in; PANEL_ALL: it is no row. */
static enum panel panel_of(const struct target *target)
{
    switch (target == NULL ? TARGET_NONE : target->kind) {
    case TARGET_CONNECTION:
    case TARGET_GROUP:
        return PANEL_CONNECTIONS;
    case TARGET_IP:
        return PANEL_IPS;
    case TARGET_BACKEND:
        return PANEL_BACKENDS;
    case TARGET_EVENT:
        return PANEL_EVENTS;
    case TARGET_PLAYER:
        return PANEL_PLAYERS;
    default:
        return PANEL_ALL;
    }
}

/* Picks what the row is about, wherever it stands by now; false when it is there no more. */
static bool click_row(struct app *app, const struct target *target, double now)
{
    struct view *view = &app->view;
    struct model *model = &view->model;
    unsigned line;
    panels_focus(view, panel_of(target));
    switch (target->kind) {
    case TARGET_IP:
        return panels_pick_ip(view, target->value, now);
    case TARGET_BACKEND:
        return panels_pick_backend(view, (unsigned)target->value, now);
    case TARGET_EVENT:
        return panels_pick_event(view, target->value);
    case TARGET_PLAYER:
        return panels_pick_player(view, target->value, now);
    default:
        line = find_line(model, target);
        if (line < model->line_count)
            model_select(model, line, now);
        return line < model->line_count;
    }
}

/* A panel's rule gives it the focus, twice the window; a tab gives it the window. */
static void click_panel(struct view *view, enum panel panel, bool twice)
{
    if (twice || panels_alone(view) != PANEL_ALL)
        panels_show(view, panel);
    else
        panels_focus(view, panel);
}

static void click(struct app *app, const struct target *target, double now)
{
    struct clicked *last = &app->view.clicked;
    bool twice = target->kind == last->kind && target->value == last->value &&
                 now - last->at <= DOUBLE_SECONDS;
    /* The third one begins anew. */
    *last = (struct clicked){twice ? TARGET_NONE : target->kind, target->value, now};
    switch (target->kind) {
    case TARGET_CONNECTION:
    case TARGET_GROUP:
    case TARGET_IP:
    case TARGET_BACKEND:
    case TARGET_EVENT:
    case TARGET_PLAYER:
        if (click_row(app, target, now) && twice)
            app_do(app, CMD_DETAILS, now);
        break;
    case TARGET_SORT:
        act_sort_by(app, (enum sort_key)target->value, now);
        app_lists(app, now);
        break;
    case TARGET_SORT_PLAYERS:
        act_sort_players(app, (enum player_sort)target->value, now);
        app_lists(app, now);
        break;
    case TARGET_COMMAND:
        app_do(app, (enum key_command)target->value, now);
        break;
    case TARGET_PANEL:
        click_panel(&app->view, (enum panel)target->value, twice);
        app_lists(app, now);
        break;
    default:
        break;
    }
}

void mouse_act(struct app *app, const struct grid *g, const struct mouse *mouse, double now)
{
    struct view *view = &app->view;
    const struct target *target = grid_find_target(g, mouse->row, mouse->col);
    if (!view->mouse)
        return;
    if (view->dialog.kind != DIALOG_NONE) {
        in_box(app, target, mouse, now);
        return;
    }
    if (mouse->button == MOUSE_WHEEL_UP || mouse->button == MOUSE_WHEEL_DOWN) {
        if (panel_of(target) != PANEL_ALL)
            panels_focus(view, panel_of(target));
        for (unsigned i = 0; i < WHEEL_ROWS; i++)
            app_do(app, mouse->button == MOUSE_WHEEL_UP ? CMD_PREV : CMD_NEXT, now);
    } else if (mouse->button == MOUSE_LEFT && target != NULL && !prompt_is_open(&view->prompt)) {
        click(app, target, now);
    }
}
