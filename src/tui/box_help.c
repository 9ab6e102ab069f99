/*
 * The help: every key of the table, and what is good to know.
 */
#include "tui/acts.h"
#include "tui/box.h"

#define HELP_COLS 56

/* Walks down the lines of the help, of which the box shows some. */
struct help {
    struct grid *g;
    struct area room;
    unsigned first, line;
};

/* The row of the next line, or false where it is out of sight. */
static bool next_line(struct help *help, unsigned *row)
{
    unsigned line = help->line++;
    *row = help->room.row + line - help->first;
    return line >= help->first && line - help->first < help->room.rows;
}

static void help_heading(struct help *help, const char *title)
{
    unsigned row;
    if (next_line(help, &row))
        grid_text(help->g, row, help->room.col, help->room.cols, ROLE_TITLE, title);
}

static void help_lines(struct help *help, const struct keymap *map)
{
    static const char *const notes[] = {"Lists are put in order every 3 s, but not for 5 s after",
                                        "a movement nor while a box is open.",
                                        "! and !! mark rates above rates.medium and rates.high.",
                                        "--read-only refuses all that acts, but not leaving."};
    char names[64];
    unsigned row;
    for (size_t i = 0; i < keys_count; i++) {
        const struct key_binding *binding = &keys_table[i];
        if (i == 0 || keys_table[i - 1].section != binding->section)
            help_heading(help, keys_section_title(binding->section));
        if (map->keys[i][0] == KEYS_NONE || !next_line(help, &row))
            continue;
        unsigned col = help->room.col + 1, end = help->room.col + help->room.cols;
        unsigned used = grid_text(help->g, row, col, end - col, ROLE_KEY_NAME,
                                  keymap_names(names, sizeof(names), map, i));
        col += used < 18 ? 18 : used + 1;
        grid_text(help->g, row, col, end - col, ROLE_DIALOG, binding->help);
    }
    help_heading(help, "Good to know");
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
        if (next_line(help, &row))
            grid_text(help->g, row, help->room.col + 1, help->room.cols - 1, ROLE_DIALOG, notes[i]);
}

static bool draw(struct grid *g, struct view *view)
{
    struct help measure = {0};
    struct area room;
    help_lines(&measure, &view->keymap);
    unsigned all = measure.line;
    if (!box_frame(g, all + 1, HELP_COLS, 4, "Help, lavaproxy " LAVAPROXY_VERSION, &room))
        return false;
    unsigned lines = room.rows - 1;
    unsigned most = all > lines ? all - lines : 0;
    if (view->dialog.scroll > most)
        view->dialog.scroll = most;
    struct help help = {g, {room.row, room.col, lines, room.cols}, view->dialog.scroll, 0};
    help_lines(&help, &view->keymap);
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              most > 0 ? "Up Down PgUp PgDn scroll   Esc close" : "Esc close");
    return true;
}

static void command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    int lines = app_movement(view, command);
    (void)now;
    int at = (int)view->dialog.scroll + lines;
    view->dialog.scroll = at < 0 ? 0 : (unsigned)at;
}

const struct box_ops box_help = {.draw = draw, .command = command};

void act_help(struct app *app, enum key_command command_, double now)
{
    (void)command_;
    (void)now;
    box_open(&app->view, DIALOG_HELP);
}
