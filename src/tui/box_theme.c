/*
 * The choice of a theme. The mark's theme is on the whole screen at once; leaving the box brings
 * back the one from before.
 */
#include <stdio.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/box.h"

#define COLS 44

/* One of each kind, so that a theme can be judged where little is going on. */
static void draw_samples(struct grid *g, unsigned row, unsigned col, unsigned cols)
{
    static const struct {
        unsigned role;
        const char *text;
    } samples[] = {{ROLE_RATE_LOW, "88.2K"},    {ROLE_RATE_MID, "377K!"},
                   {ROLE_RATE_HIGH, "1.42M!!"}, {ROLE_STATE_UP, "UP"},
                   {ROLE_STATE_SLOW, "SLOW"},   {ROLE_STATE_DOWN, "DOWN"},
                   {ROLE_STATE_DRAIN, "DRAIN"}};
    unsigned end = col + cols;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        unsigned len = (unsigned)strlen(samples[i].text);
        if (col + len > end)
            break;
        col += grid_text(g, row, col, end - col, samples[i].role, samples[i].text) + 1;
    }
}

static bool draw(struct grid *g, struct view *view)
{
    struct area room;
    const struct theme_list *themes = &view->themes;
    if (!box_frame(g, themes->count + 3, COLS, 5, "Theme", &room))
        return false;
    unsigned lines = room.rows - 3;
    unsigned first = view->dialog.choice >= lines ? view->dialog.choice - lines + 1 : 0;
    for (unsigned i = first; i < themes->count && i - first < lines; i++) {
        bool marked = view->dialog.choice == i;
        unsigned role = marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG;
        unsigned row = room.row + i - first;
        box_target(g, room, row, TARGET_LINE, i);
        grid_fill(g, row, room.col, room.cols, role, ' ', ' ');
        grid_text(g, row, room.col, room.cols, role, marked ? ">" : " ");
        grid_text_cut(g, row, room.col + 2, room.cols - 10, role, themes->names[i]);
        if (strcmp(themes->names[i], view->look_before.asked) == 0)
            grid_right(g, row, room.col, room.cols, role, "now ");
    }
    draw_samples(g, room.row + room.rows - 2, room.col, room.cols);
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              "Enter keep   Esc as before");
    return true;
}

/* Shows the marked theme; one that is broken leaves what is shown. */
static void preview(struct app *app, double now)
{
    struct view *view = &app->view;
    char problem[VIEW_LINE];
    view->notice[0] = '\0';
    look_load(&view->look, view->themes.names[view->dialog.choice], problem, sizeof(problem));
    if (problem[0] != '\0')
        app_notice(app, EVENT_WARN, problem, now);
}

static void command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    char text[VIEW_LINE];
    if (command == CMD_ANSWER) {
        bool other = strcmp(view->look.asked, view->look_before.asked) != 0;
        snprintf(text, sizeof(text), "theme %s; :save keeps it for the next start",
                 view->look.theme.name);
        box_close(view);
        if (other)
            app_notice(app, EVENT_INFO, text, now);
        return;
    }
    int step = command == CMD_OTHER        ? 1
               : command == CMD_OTHER_BACK ? -1
                                           : app_movement(view, command);
    int at = (int)view->dialog.choice + step, last = (int)view->themes.count - 1;
    view->dialog.choice = (unsigned)(at < 0 ? 0 : at > last ? last : at);
    if (step != 0)
        preview(app, now);
}

static void left(struct app *app, double now)
{
    struct view *view = &app->view;
    (void)now;
    view->look = view->look_before;
    view->look.changed = true;
}

const struct box_ops box_theme = {.draw = draw, .command = command, .left = left};

void act_theme(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    struct theme_list *themes = &view->themes;
    unsigned at = 0;
    (void)command;
    (void)now;
    theme_list(themes);
    while (at < themes->count && strcmp(themes->names[at], view->look.asked) != 0)
        at++;
    /* One that has come by its path stands behind the others. */
    size_t len = strlen(view->look.asked);
    if (at == themes->count && at < THEME_LIST_MAX && len < THEME_NAME_MAX)
        memcpy(themes->names[themes->count++], view->look.asked, len + 1);
    box_open(view, DIALOG_THEME);
    view->look_before = view->look;
    view->dialog.choice = at < themes->count ? at : 0;
}
