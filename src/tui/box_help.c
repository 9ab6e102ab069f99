/*
 * The help: every key of the table as it is bound now, every word of the command line, the mouse,
 * and what is good to know. In two columns where there is room, page by page; what is typed narrows
 * it.
 */
#include <stdio.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/box.h"
#include "tui/command_line.h"

#define GAP 2
#define WIDE 78 /* columns of a window from which on there are two columns of text */
#define WIDTH_MAX 60
#define NAMES_COLS 13 /* at least, for the keys; the text stands behind */
#define NAMES_MAX 80

static const struct {
    const char *what, *text;
} mouse[] = {{"wheel", "moves"},
             {"click", "row, column head, key below"},
             {"twice", "details"},
             {"Shift", "with it: select, copy text"}};

static const struct {
    const char *what, *text;
} notes[] = {
    {"! !!", "rates.medium, rates.high"},         {"> *", "selected, tagged"},
    {"order", "new every 3 s, kept for 5 s"},     {"", "after a movement"},
    {"--read-only", "nothing acts, but leaving"}, {"tui.keys", "own keys, in lavaproxy.yaml"},
    {":keys htop", "or vim, or default"}};

/* A walk down the lines, of which the box shows one page. */
struct help {
    struct grid *g; /* NULL: only counts */
    const struct view *view;
    struct area room;
    unsigned columns, width, page;
    unsigned at;       /* the next line */
    const char *title; /* of the section, until one of its lines is there */
};

/* The place of the next line, or false where it is on another page. */
static bool place(struct help *help, bool title, unsigned *row, unsigned *col)
{
    unsigned rows = help->room.rows, all = rows * help->columns;
    if (title && rows > 1 && help->at % rows == rows - 1)
        help->at++; /* what it is the title of begins on top */
    unsigned line = help->at++;
    if (help->g == NULL || line / all != help->page)
        return false;
    *row = help->room.row + line % rows;
    *col = help->room.col + line % all / rows * (help->width + GAP);
    return true;
}

static bool holds(const char *text, const char *needle)
{
    return strcasestr(text, needle) != NULL;
}

/* One line where it is looked for, with its section's title before the first. */
static void add_line(struct help *help, const char *names, const char *text, const char *command)
{
    unsigned row, col;
    const char *needle = help->view->dialog.needle;
    if (!holds(names, needle) && !holds(text, needle) && !holds(command, needle))
        return;
    if (help->title != NULL && place(help, true, &row, &col))
        grid_text(help->g, row, col, help->width, ROLE_TITLE, help->title);
    help->title = NULL;
    if (!place(help, false, &row, &col))
        return;
    unsigned used = 1 + grid_text(help->g, row, col + 1, help->width - 1, ROLE_KEY_NAME, names);
    used = used < NAMES_COLS ? NAMES_COLS : used + 1;
    if (used < help->width)
        grid_text_cut(help->g, row, col + used, help->width - used, ROLE_DIALOG, text);
}

/* "PgDn ^F": as short as people know it. */
static void short_names(char out[NAMES_MAX], const struct keymap *map, size_t row)
{
    char names[NAMES_MAX];
    struct str text;
    keymap_names(names, sizeof(names), map, row);
    str_fixed(&text, out, NAMES_MAX);
    for (const char *at = names; *at != '\0';) {
        bool ctrl = strncmp(at, "Ctrl-", 5) == 0;
        str_add_char(&text, ctrl ? '^' : *at);
        at += ctrl ? 5 : 1;
    }
}

static void add_section(struct help *help, enum key_section section)
{
    char names[NAMES_MAX];
    help->title = keys_section_title(section);
    for (size_t i = 0; i < keys_count; i++) {
        if (keys_table[i].section != section)
            continue;
        short_names(names, &help->view->keymap, i);
        if (names[0] != '\0')
            add_line(help, names, keys_table[i].help, keys_table[i].name);
    }
}

static void add_words(struct help *help)
{
    struct command_line_entry entry;
    char names[NAMES_MAX];
    help->title = "COMMAND LINE";
    for (size_t i = 0; command_line_at(i, &entry); i++) {
        snprintf(names, sizeof(names), ":%s%s%s", entry.word, entry.args != NULL ? " " : "",
                 entry.args != NULL ? entry.args : "");
        add_line(help, names, entry.help, "");
    }
}

static void add_all(struct help *help)
{
    help->at = 0;
    for (enum key_section section = 0; section < SECTION_COUNT; section++)
        if (section != SECTION_BOX && section != SECTION_PROMPT)
            add_section(help, section);
    add_words(help);
    help->title = "MOUSE";
    for (size_t i = 0; i < sizeof(mouse) / sizeof(mouse[0]); i++)
        add_line(help, mouse[i].what, mouse[i].text, "mouse");
    help->title = "GOOD TO KNOW";
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
        add_line(help, notes[i].what, notes[i].text, "");
    /* What boxes and prompts say of themselves comes last. */
    add_section(help, SECTION_BOX);
    add_section(help, SECTION_PROMPT);
}

static unsigned pages(struct help *help)
{
    struct help count = *help;
    unsigned all = help->room.rows * help->columns;
    count.g = NULL;
    add_all(&count);
    return count.at == 0 ? 1 : (count.at + all - 1) / all;
}

static void draw_foot(const struct help *help, unsigned row)
{
    const char *needle = help->view->dialog.needle;
    unsigned col = help->room.col, cols = help->room.cols;
    if (needle[0] == '\0') {
        grid_text(help->g, row, col, cols, ROLE_DIM,
                  "type to search   arrows turn pages   Esc close");
        return;
    }
    unsigned used = grid_text(help->g, row, col, cols, ROLE_KEY_NAME, "search: ");
    used += grid_text(help->g, row, col + used, cols - used, ROLE_DIALOG, needle);
    if (help->at == 0 && used + 2 < cols)
        grid_text(help->g, row, col + used + 2, cols - used - 2, ROLE_DIM, "nothing of the kind");
}

static bool draw(struct grid *g, struct view *view)
{
    struct help help = {.view = view, .columns = g->cols >= WIDE ? 2 : 1};
    char title[64];
    unsigned cols = g->cols > 4 ? g->cols - 4 : 1, gaps = GAP * (help.columns - 1);
    if (cols < 30)
        return false;
    help.width = (cols - gaps) / help.columns;
    help.width = help.width > WIDTH_MAX ? WIDTH_MAX : help.width;
    cols = help.width * help.columns + gaps;
    help.room = (struct area){.rows = g->rows > 4 ? g->rows - 3 : 1};
    unsigned count = pages(&help);
    view->dialog.scroll = view->dialog.scroll >= count ? count - 1 : view->dialog.scroll;
    snprintf(title, sizeof(title), "Help %u/%u, lavaproxy " LAVAPROXY_VERSION,
             view->dialog.scroll + 1, count);
    if (!box_frame(g, help.room.rows + 1, cols, 4, title, &help.room))
        return false;
    help.g = g;
    help.room.rows--;
    help.page = view->dialog.scroll;
    add_all(&help);
    draw_foot(&help, help.room.row + help.room.rows);
    return true;
}

static void command(struct app *app, enum key_command command, double now)
{
    struct dialog *dialog = &app->view.dialog;
    int lines = app_movement(&app->view, command);
    (void)now;
    if (lines < 0 || command == CMD_OTHER_BACK)
        dialog->scroll -= dialog->scroll > 0;
    else if (lines > 0 || command == CMD_OTHER)
        dialog->scroll++;
}

/* Characters look for something; Backspace takes them back. */
static void type(struct app *app, int key, double now)
{
    char *needle = app->view.dialog.needle;
    size_t len = strlen(needle);
    (void)now;
    if ((key == KEYS_BACKSPACE || key == KEYS_CTRL('H')) && len > 0)
        needle[len - 1] = '\0';
    else if (key == KEYS_CTRL('U'))
        needle[0] = '\0';
    else if (key >= ' ' && key < 0x7f && len + 1 < sizeof(app->view.dialog.needle)) {
        needle[len] = (char)key;
        needle[len + 1] = '\0';
    }
    app->view.dialog.scroll = 0;
}

const struct box_ops box_help = {
    .draw = draw, .command = command, .type = type, .takes_text = true};

void act_help(struct app *app, enum key_command command_, double now)
{
    (void)command_;
    (void)now;
    box_open(&app->view, DIALOG_HELP);
}
