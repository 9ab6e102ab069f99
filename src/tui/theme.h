/*
 * A theme: for each meaning its colours as the theme's author wrote them, and what they become on a
 * terminal of some depth. Pure; no terminal library and no files here.
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/role.h"

enum { THEME_BOLD = 1, THEME_DIM = 2, THEME_REVERSE = 4, THEME_UNDERLINE = 8 };

enum theme_depth { THEME_MONO, THEME_8, THEME_16, THEME_256, THEME_TRUE, THEME_DEPTHS };

/* A colour: the number of one of the terminal's, or THEME_RGB | 0xrrggbb, or one of these. */
enum { THEME_DEFAULT = -1, THEME_UNSET = -2, THEME_RGB = 1 << 24 };

/* Colours of one meaning at one depth: never THEME_UNSET, THEME_RGB only at THEME_TRUE. */
struct theme_attr {
    int fg, bg;
    unsigned flags;
};

/* A colour with what stands for it where there are fewer; THEME_UNSET: the nearest. */
struct theme_color {
    int color, c256, c16;
};

/* Colours that are THEME_UNSET are those of ROLE_TEXT. */
struct theme_entry {
    struct theme_color fg, bg;
    unsigned flags; /* with colours */
    unsigned mono;  /* without */
};

#define THEME_NAME_MAX 64
#define THEME_MARK_MAX 3
#define THEME_STEPS_MAX 8

/* What screens take from a theme besides colours; zeroed, it is the usual. */
struct theme_style {
    char marks[2][THEME_MARK_MAX]; /* behind medium and high rates; "": "!" and "!!" */
    uint8_t steps[THEME_STEPS_MAX];
    unsigned step_count; /* meanings of the levels of a history from low to high; 0: one for all */
};

struct theme {
    char name[THEME_NAME_MAX]; /* as in theme_list, or the file's without its folder */
    bool light;                /* made for light ground */
    struct theme_entry roles[ROLE_COUNT];
    struct theme_style style;
};

/* What a meaning looks like: as such, in the selected row, and in that of a list without focus. */
enum theme_state { THEME_PLAIN, THEME_SELECTED, THEME_UNFOCUSED, THEME_STATES };
struct theme_looks {
    struct theme_attr attrs[THEME_STATES][ROLE_COUNT];
};

/* Works out all looks at a depth. With 8 colours a bright one becomes the plain one in bold, and
 * bright black, which is invisible on many, the text's. Of a selected row coloured text keeps its
 * colour where it can still be read on the row's ground. */
void theme_resolve(const struct theme *theme, enum theme_depth depth, struct theme_looks *out);

/* The distinct pairs of colours among the looks. */
#define THEME_PAIRS_MAX 60
unsigned theme_pairs(const struct theme_looks *looks);

/* The colour as 0xrrggbb, where the terminal's own are black and white, or white and black. */
uint32_t theme_rgb(const struct theme *theme, int color, bool ground);

/* The name of a meaning in theme files, "rate.mid"; and back, ROLE_COUNT when there is none. */
const char *theme_role_name(enum role role);
enum role theme_role_find(const char *name);

#endif
