/*
 * The options as a list: the value of the marked one is changed in place, and holds at once.
 */
#include <stdio.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/box.h"
#include "tui/option.h"
#include "tui/state.h"

#define COLS 54
#define NAME_COLS 10
#define VALUE_COLS 20

/* All options, and below them the line that saves. */
static unsigned line_count(void)
{
    unsigned count = 0;
    while (option_at(count) != NULL)
        count++;
    return count + 1;
}

static void value_of(const struct view *view, const struct option *option, char *out, size_t size)
{
    struct str text;
    str_fixed(&text, out, size);
    option->get(view, &text);
}

static void draw_line(struct grid *g, unsigned row, struct area room, const struct view *view,
                      unsigned i)
{
    char value[OPTION_TEXT_MAX];
    const struct option *option = option_at(i);
    bool marked = view->dialog.choice == i;
    unsigned role = marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG;
    unsigned col = room.col + 2 + NAME_COLS;
    grid_fill(g, row, room.col, room.cols, role, ' ', ' ');
    grid_text(g, row, room.col, 1, role, marked ? ">" : " ");
    if (option == NULL) {
        grid_text(g, row, room.col + 2, room.cols - 2, role, "Save these for the next start");
        return;
    }
    value_of(view, option, value, sizeof(value));
    grid_text(g, row, room.col + 2, NAME_COLS, role, option->name);
    grid_text(g, row, col, 1, role, marked ? "<" : " ");
    unsigned used = grid_text_cut(g, row, col + 2, VALUE_COLS - 4, role, value);
    grid_text(g, row, col + 2 + used + 1, 1, role, marked ? ">" : " ");
    grid_text_cut(g, row, col + VALUE_COLS, room.cols - 2 - NAME_COLS - VALUE_COLS,
                  marked ? role : ROLE_DIM, option->help);
}

static bool draw(struct grid *g, struct view *view)
{
    struct area room;
    unsigned count = line_count();
    if (!box_frame(g, count + 2, COLS, 4, "Setup", &room) &&
        !box_frame(g, count + 2, COLS - 6, 4, "Setup", &room))
        return false;
    unsigned lines = room.rows - 2;
    unsigned first = view->dialog.choice >= lines ? view->dialog.choice - lines + 1 : 0;
    for (unsigned i = first; i < count && i - first < lines; i++) {
        box_target(g, room, room.row + i - first, TARGET_LINE, i);
        draw_line(g, room.row + i - first, room, view, i);
    }
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              "Left Right change   Enter next value   Esc close");
    return true;
}

/* The word of the option's choices `step` behind the one that its value begins with. */
static const char *next_word(const struct view *view, const struct option *option, int step,
                             char word[WORD_MAX])
{
    char value[OPTION_TEXT_MAX];
    const struct slice none = {"", 0};
    int count = 0, at = -1;
    const char *found;
    value_of(view, option, value, sizeof(value));
    value[strcspn(value, " ")] = '\0';
    for (; (found = option->choice(view, none, (size_t)count, word)) != NULL; count++)
        if (strcmp(found, value) == 0)
            at = count;
    if (count == 0)
        return NULL;
    at = at < 0 ? (step > 0 ? 0 : count - 1) : (at + step + count) % count;
    return option->choice(view, none, (size_t)at, word);
}

static void change(struct app *app, const struct option *option, int step, double now)
{
    char value[OPTION_TEXT_MAX];
    struct err err;
    char buffer[WORD_MAX];
    const char *word = option->choice == NULL ? NULL : next_word(&app->view, option, step, buffer);
    if (word == NULL)
        return;
    snprintf(value, sizeof(value), "%s", word);
    app->view.notice[0] = '\0';
    if (option->set(app, slice_of(value), now, &err) < 0)
        app_notice(app, EVENT_WARN, err.text, now);
}

static void command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    const struct option *option = option_at(view->dialog.choice);
    if (command == CMD_ANSWER && option == NULL) {
        box_close(view);
        state_save(app, now);
    } else if (command == CMD_ANSWER || command == CMD_OTHER || command == CMD_OTHER_BACK) {
        if (option != NULL && option->choice == NULL && command == CMD_ANSWER &&
            option->alone != CMD_NONE) {
            box_close(view);
            app_do(app, option->alone, now);
        } else if (option != NULL) {
            change(app, option, command == CMD_OTHER_BACK ? -1 : 1, now);
        }
    } else {
        int at = (int)view->dialog.choice + app_movement(view, command);
        int last = (int)line_count() - 1;
        view->dialog.choice = (unsigned)(at < 0 ? 0 : at > last ? last : at);
    }
}

const struct box_ops box_setup = {.draw = draw, .command = command};

void act_setup(struct app *app, enum key_command command, double now)
{
    (void)command;
    (void)now;
    theme_list(&app->view.themes);
    box_open(&app->view, DIALOG_SETUP);
}
