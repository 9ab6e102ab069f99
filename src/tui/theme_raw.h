/*
 * A theme word for word, before names of its palette become colours. Pure.
 */
#ifndef TUI_THEME_RAW_H
#define TUI_THEME_RAW_H

#include "conf/problems.h"
#include "tui/theme.h"

#define THEME_PALETTE_MAX 64
#define THEME_COLOR_NAME_MAX 32

/* A colour by name or figure, "" when not given. THEME_UNSET: not given. */
struct theme_raw_color {
    char text[THEME_COLOR_NAME_MAX];
    struct place place;
    int c256, c16;
};

struct theme_raw_palette {
    char name[THEME_COLOR_NAME_MAX];
    struct theme_raw_color value;
};

struct theme_raw_role {
    bool given;
    struct theme_raw_color fg, bg;
    int flags, mono;
};

/* Places borrow the names of files. */
struct theme_raw {
    char extends[256];
    struct place extends_place; /* `source` NULL: it extends none */
    int light;
    struct theme_raw_palette palette[THEME_PALETTE_MAX];
    unsigned palette_count;
    struct theme_raw_role roles[ROLE_COUNT];
    char marks[2][THEME_MARK_MAX];
    uint8_t steps[THEME_STEPS_MAX];
    int step_count;
};

void theme_raw_init(struct theme_raw *raw);

/* Puts what `over` gives over *raw, the theme that it extends: its palette name by name, so that
 * one that only gives other colours to the same names recolours all; its roles field by field,
 * where a colour given anew begins anew at every depth. False, with an error, when that gets too
 * much. */
bool theme_raw_overlay(struct theme_raw *raw, const struct theme_raw *over,
                       struct load_problems *problems);

/* From words to colours; `file` stands for the whole in problems. */
void theme_raw_resolve(const struct theme_raw *raw, const char *file, struct theme *out,
                       struct load_problems *problems);

/* One of the 16 colours by its name, "cyan" or "cyan+", or THEME_UNSET. */
int theme_raw_16(const char *name);

#endif
