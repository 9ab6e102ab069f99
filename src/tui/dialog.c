/*
 * The boxes: help, sort menu, and the two questions. A question always shows its safe answer
 * marked; where the window is too small for its box it becomes one line.
 */
#include "tui/draw.h"

#include <stdio.h>

#include "tui/keys.h"

#define HELP_COLS 56

struct box {
    struct area area; /* with its border */
    struct area room; /* inside */
};

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

/* Centres a box for `rows` lines of `cols`; false when the window cannot hold it. Fewer rows than
 * asked for, down to `least`, are fine. */
static bool open_box(struct grid *g, unsigned rows, unsigned cols, unsigned least,
                     const char *title, struct area *room)
{
    if (g->cols < cols + 4 || g->rows < least + 2)
        return false;
    if (rows > g->rows - 2)
        rows = g->rows - 2;
    struct area box = {(g->rows - rows - 2) / 2, (g->cols - cols - 4) / 2, rows + 2, cols + 4};
    draw_border(g, box, title);
    *room = (struct area){box.row + 1, box.col + 2, rows, cols};
    return true;
}

/* The two answers of a question. */
static void draw_answers(struct grid *g, struct area room, unsigned row, unsigned choice,
                         const char *safe, const char *act)
{
    char text[64];
    unsigned col = room.col + 4;
    snprintf(text, sizeof(text), "[ %s ]", safe);
    col += grid_text(g, row, col, room.cols - 4, choice == 0 ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG,
                     text);
    if (act == NULL)
        return;
    col += 4;
    col += grid_textf(g, row, col, room.col + room.cols - col,
                      choice == 1 ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG_DANGER, "[ Y  %s ]", act);
    grid_text(g, row, col + 2, room.col + room.cols - col - 2, ROLE_DIM, "(capital Y)");
}

/* A question in the last row: all that fits into a window of a few lines. */
static bool draw_line(struct grid *g, const char *question)
{
    char text[80];
    int len = snprintf(text, sizeof(text), "%s [N]/Y", question);
    if (len < 0 || (unsigned)len > g->cols)
        return false;
    grid_fill(g, g->rows - 1, 0, g->cols, ROLE_DIALOG, ' ', ' ');
    grid_text(g, g->rows - 1, 0, g->cols, ROLE_DIALOG_DANGER, text);
    return true;
}

static bool draw_kill(struct grid *g, const struct view *view)
{
    const struct dialog *d = &view->dialog;
    bool alive = model_find(view->snap, d->id) != NULL;
    struct area room;
    if (!open_box(g, 7, 52, 6, "Kill connection?", &room)) {
        char question[48];
        snprintf(question, sizeof(question), "Kill #%llu?", (unsigned long long)d->id);
        return draw_line(g, question);
    }
    grid_text(g, room.row + 1, room.col, room.cols, ROLE_DIALOG, d->line);
    if (alive) {
        grid_text(g, room.row + 2, room.col, room.cols, ROLE_DIALOG,
                  "What it plays may stop until the client reconnects.");
        grid_text(g, room.row + 3, room.col, room.cols, ROLE_DIALOG,
                  "The list is held still while this box is open.");
        draw_answers(g, room, room.row + 5, d->choice, "No, keep", "cut now");
    } else {
        grid_text(g, room.row + 2, room.col, room.cols, ROLE_DIALOG,
                  "It has ended in the meantime.");
        draw_answers(g, room, room.row + 5, 0, "Close", NULL);
    }
    return true;
}

static bool draw_quit(struct grid *g, const struct view *view)
{
    unsigned count = view->snap == NULL ? 0 : view->snap->conn_count;
    char line[80];
    struct area room;
    if (!open_box(g, 6, 52, 5, "Quit lavaproxy?", &room)) {
        snprintf(line, sizeof(line), "Quit, end %u connection%s?", count, count == 1 ? "" : "s");
        if (draw_line(g, line))
            return true;
        snprintf(line, sizeof(line), "Quit, end %u?", count);
        return draw_line(g, line);
    }
    if (count == 0)
        snprintf(line, sizeof(line), "No connection is open at present.");
    else
        snprintf(line, sizeof(line), "This ends %u connection%s, and the proxy with %s.", count,
                 count == 1 ? "" : "s", count == 1 ? "it" : "them");
    grid_text(g, room.row + 1, room.col, room.cols, ROLE_DIALOG, line);
    grid_text(g, room.row + 2, room.col, room.cols, ROLE_DIALOG, "Ctrl-C once more quits at once.");
    draw_answers(g, room, room.row + 4, view->dialog.choice, "No, keep running", "quit");
    return true;
}

static bool draw_sort(struct grid *g, const struct view *view)
{
    struct area room;
    unsigned least = 4;
    if (!open_box(g, SORT_COUNT + 2, 36, least, "Sort by", &room))
        return false;
    unsigned lines = room.rows > 2 ? room.rows - 2 : 0;
    unsigned first = view->dialog.choice >= lines ? view->dialog.choice - lines + 1 : 0;
    for (unsigned i = 0; i < lines && first + i < SORT_COUNT; i++) {
        enum sort_key key = (enum sort_key)(first + i);
        bool marked = view->dialog.choice == (unsigned)key;
        grid_textf(g, room.row + i, room.col, room.cols, marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG,
                   "%c %-20s %s", marked ? '>' : ' ', model_sort_name(key),
                   key != view->model.key   ? ""
                   : view->model.descending ? "v now"
                                            : "^ now");
    }
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              "Enter choose   Esc close   R T A I B");
    return true;
}

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

static void help_lines(struct help *help)
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
        if (!next_line(help, &row))
            continue;
        unsigned col = help->room.col + 1, end = help->room.col + help->room.cols;
        unsigned used = grid_text(help->g, row, col, end - col, ROLE_KEY_NAME,
                                  keys_names(names, sizeof(names), binding));
        col += used < 18 ? 18 : used + 1;
        grid_text(help->g, row, col, end - col, ROLE_DIALOG, binding->help);
    }
    help_heading(help, "Good to know");
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
        if (next_line(help, &row))
            grid_text(help->g, row, help->room.col + 1, help->room.cols - 1, ROLE_DIALOG, notes[i]);
}

static bool draw_help(struct grid *g, struct view *view)
{
    struct help measure = {0};
    struct area room;
    help_lines(&measure);
    unsigned all = measure.line;
    if (!open_box(g, all + 1, HELP_COLS, 4, "Help, lavaproxy " LAVAPROXY_VERSION, &room))
        return false;
    unsigned lines = room.rows - 1;
    unsigned most = all > lines ? all - lines : 0;
    if (view->dialog.scroll > most)
        view->dialog.scroll = most;
    struct help help = {g, {room.row, room.col, lines, room.cols}, view->dialog.scroll, 0};
    help_lines(&help);
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              most > 0 ? "Up Down PgUp PgDn scroll   Esc close" : "Esc close");
    return true;
}

bool dialog_draw(struct grid *g, struct view *view)
{
    switch (view->dialog.kind) {
    case DIALOG_HELP:
        return draw_help(g, view);
    case DIALOG_SORT:
        return draw_sort(g, view);
    case DIALOG_KILL:
        return draw_kill(g, view);
    case DIALOG_QUIT:
        return draw_quit(g, view);
    default:
        return false;
    }
}
