/*
 * The table of boxes, and what all have in common. Answers that act are let through only while
 * their question stands on the terminal; what is typed ahead of it goes by.
 */
#include "tui/box.h"

static const struct box_ops *const table[DIALOG_COUNT] = {
    [DIALOG_HELP] = &box_help,     [DIALOG_SORT] = &box_sort,       [DIALOG_KILL] = &box_kill,
    [DIALOG_BLOCK] = &box_block,   [DIALOG_BLOCKS] = &box_blocks,   [DIALOG_UNBLOCK] = &box_unblock,
    [DIALOG_DRAIN] = &box_drain,   [DIALOG_QUIT] = &box_quit,       [DIALOG_ALERTS] = &box_alerts,
    [DIALOG_IP] = &box_ip,         [DIALOG_BACKEND] = &box_backend, [DIALOG_EVENT] = &box_event,
    [DIALOG_GROUP] = &box_group,   [DIALOG_DETAILS] = &box_details, [DIALOG_COPY] = &box_copy,
    [DIALOG_THEME] = &box_theme,   [DIALOG_SETUP] = &box_setup,     [DIALOG_BOT] = &box_bot,
    [DIALOG_PLAYER] = &box_player,
};

void box_close(struct view *view)
{
    view->dialog = (struct dialog){0};
    view->model.held = false;
}

void box_open(struct view *view, enum dialog_kind kind)
{
    box_close(view);
    prompt_close(&view->prompt);
    view->dialog.kind = kind;
    view->model.held = true;
}

static void ask_key(struct app *app, const struct box_ops *ops, enum key_command command, int key,
                    double now)
{
    struct view *view = &app->view;
    struct question question = {0};
    ops->ask(view, &question);
    int answer = question_key(&question, command, key, &view->dialog.choice);
    if (answer < 0 || (answer > 0 && !view->dialog.shown))
        return;
    struct dialog was = view->dialog;
    box_close(view);
    if (answer == 0)
        return;
    view->dialog = was;
    view->dialog.kind = DIALOG_NONE;
    ops->answered(app, (unsigned)answer, now);
}

void box_scroll(struct app *app, enum key_command command, double now)
{
    int at = (int)app->view.dialog.scroll + app_movement(&app->view, command);
    (void)now;
    app->view.dialog.scroll = at < 0 ? 0 : (unsigned)at;
    if (command == CMD_ANSWER)
        box_close(&app->view);
}

bool box_is_question(enum dialog_kind kind)
{
    return table[kind] != NULL && table[kind]->ask != NULL;
}

void box_leave(struct app *app, double now)
{
    const struct box_ops *ops = table[app->view.dialog.kind];
    if (ops != NULL && ops->left != NULL)
        ops->left(app, now);
    box_close(&app->view);
}

void box_key(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    const struct box_ops *ops = table[view->dialog.kind];
    bool text = ops->takes_text && key >= ' ' && key < 0x7f;
    enum key_command command = text ? CMD_NONE : keymap_find(&view->keymap, CONTEXT_DIALOG, key);
    if (command == CMD_KEEP) {
        box_leave(app, now);
    } else if (ops->ask != NULL) {
        ask_key(app, ops, command, key, now);
    } else if (command != CMD_NONE) {
        ops->command(app, command, now);
    } else if (ops->type != NULL) {
        ops->type(app, key, now);
    }
}

bool box_draw(struct grid *g, struct view *view)
{
    const struct box_ops *ops = table[view->dialog.kind];
    if (ops == NULL)
        return false;
    if (ops->ask == NULL)
        return ops->draw(g, view);
    struct question question = {0};
    ops->ask(view, &question);
    return question_draw(g, &question, view->dialog.choice);
}

static void draw_border(struct grid *g, struct area a, const char *title)
{
    unsigned right = a.col + a.cols - 1, bottom = a.row + a.rows - 1;
    grid_fill(g, a.row, a.col, a.cols, ROLE_BORDER, 0x2500, '-');
    grid_fill(g, bottom, a.col, a.cols, ROLE_BORDER, 0x2500, '-');
    for (unsigned row = a.row + 1; row < bottom; row++) {
        grid_fill(g, row, a.col, a.cols, ROLE_DIALOG, ' ', ' ');
        grid_fill(g, row, a.col, 1, ROLE_BORDER, 0x2502, '|');
        grid_fill(g, row, right, 1, ROLE_BORDER, 0x2502, '|');
    }
    grid_fill(g, a.row, a.col, 1, ROLE_BORDER, 0x250c, '+');
    grid_fill(g, a.row, right, 1, ROLE_BORDER, 0x2510, '+');
    grid_fill(g, bottom, a.col, 1, ROLE_BORDER, 0x2514, '+');
    grid_fill(g, bottom, right, 1, ROLE_BORDER, 0x2518, '+');
    grid_textf(g, a.row, a.col + 3, a.cols - 6, ROLE_TITLE, " %s ", title);
}

bool box_frame(struct grid *g, unsigned rows, unsigned cols, unsigned least, const char *title,
               struct area *room)
{
    if (g->cols < cols + 4 || g->rows < least + 2)
        return false;
    if (rows > g->rows - 2)
        rows = g->rows - 2;
    struct area box = {(g->rows - rows - 2) / 2, (g->cols - cols - 4) / 2, rows + 2, cols + 4};
    draw_border(g, box, title);
    grid_target(g, box, TARGET_BOX, 0);
    *room = (struct area){box.row + 1, box.col + 2, rows, cols};
    return true;
}

void box_target(struct grid *g, struct area room, unsigned row, enum target_kind kind,
                unsigned number)
{
    grid_target(g, (struct area){row, room.col, 1, room.cols}, kind, number);
}
