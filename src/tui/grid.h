/*
 * The screen as plain memory: cells of one character and one meaning. Everything is drawn here
 * first, so that tests see what users see. Refuses control bytes whatever it is given. Owned by one
 * thread; pure.
 */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "tui/theme.h"

#define GRID_ROWS_MAX 500
#define GRID_COLS_MAX 1000

struct cell {
    uint32_t ch;       /* base character; ' ' when empty */
    uint32_t marks[2]; /* combining marks, 0 when none */
    uint8_t role;      /* enum role, perhaps with ROLE_SELECTED */
    uint8_t width;     /* 1 or 2 columns; 0: the right half of the cell before */
};

/* A rectangle of a grid. */
struct area {
    unsigned row, col, rows, cols;
};

/* What a click there is for, and the value that says which. */
enum target_kind {
    TARGET_NONE,
    TARGET_CONNECTION,   /* a row: the connection's id */
    TARGET_GROUP,        /* a row: the group's id */
    TARGET_IP,           /* a row: panels_ip_id */
    TARGET_BACKEND,      /* a row: the backend's slot */
    TARGET_EVENT,        /* a row: the event's seq */
    TARGET_PLAYER,       /* a row: panels_player_id */
    TARGET_SORT,         /* a column's head: enum sort_key */
    TARGET_SORT_PLAYERS, /* likewise: enum player_sort */
    TARGET_COMMAND,      /* enum key_command */
    TARGET_PANEL,        /* enum panel */
    TARGET_BOX,          /* an open dialog; what is in it lies above */
    TARGET_ANSWER,       /* of the open dialog, counted from 0 */
    TARGET_LINE          /* of the open dialog's list, counted from 0 */
};

struct target {
    struct area area;
    enum target_kind kind;
    uint64_t value;
};

#define GRID_TARGETS_MAX 1200

struct grid {
    unsigned rows, cols;
    bool ascii;               /* draw nothing beyond ASCII */
    struct theme_style style; /* marks and steps of the theme in use */
    bool coarse; /* figures with two digits, lines of a minute in steps: over a slow link */
    struct cell *cells;
    unsigned target_count;
    struct target targets[GRID_TARGETS_MAX];
};

/* Sets the size (clamped to the maxima, at least 1x1) and erases. -1 when out of memory, the grid
 * then unchanged. A zeroed struct is an empty grid. */
int grid_resize(struct grid *g, unsigned rows, unsigned cols);
void grid_free(struct grid *g);

void grid_erase(struct grid *g);

/* Writes UTF-8 from (row, col), at most `width` columns, clipped to the grid; a wide character that
 * does not fit whole is left out. Returns the columns used. */
unsigned grid_text(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                   const char *text);

/* The same, ending at the right edge of the field. Text too long keeps its beginning. */
void grid_right(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                const char *text);

/* From the left again, but text too long ends at a word if it can, and with an ellipsis. */
unsigned grid_text_cut(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                       const char *text);

/* The columns that a text takes in full. */
unsigned grid_columns(const char *text);

/* Formatted text, at most 400 bytes of it. Returns the columns used. */
unsigned grid_textf(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                    const char *format, ...) __attribute__((format(printf, 6, 7)));

/* One character of width 1 (anything else becomes a replacement), `count` times. `ascii` is what
 * stands for it without UTF-8. */
void grid_fill(struct grid *g, unsigned row, unsigned col, unsigned count, unsigned role,
               uint32_t ch, char ascii);

/* Gives the cells of one row another meaning; selected ones stay so. */
void grid_paint(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role);

/* Marks the cells of one row as selected; or, unfocused, as those of a list whose panel the keys do
 * not act on. */
void grid_select(struct grid *g, unsigned row, unsigned col, unsigned cols);
void grid_select_unfocused(struct grid *g, unsigned row, unsigned col, unsigned cols);

/* Says what a click on a part is for; a later word is above an earlier one. */
void grid_target(struct grid *g, struct area area, enum target_kind kind, uint64_t value);

/* What lies at a place, or NULL. */
const struct target *grid_find_target(const struct grid *g, unsigned row, unsigned col);

bool grid_cell_equal(const struct cell *a, const struct cell *b);

/* The rows as UTF-8 lines without trailing blanks, for tests. */
void grid_dump(const struct grid *g, struct str *out);

#endif
