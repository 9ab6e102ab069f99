/*
 * Meanings to attributes: the built-in tables. Pure; no terminal library here, colours are plain
 * numbers (-1: the terminal's own).
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>

#include "tui/role.h"

enum { THEME_BOLD = 1, THEME_DIM = 2, THEME_REVERSE = 4, THEME_UNDERLINE = 8 };

struct theme_attr {
    short fg, bg; /* colour numbers below the depth asked for, or -1 */
    unsigned flags;
};

/* Whether `name` is a built-in theme: dark, light or mono. */
bool theme_known(const char *name);

/* Fills the attributes of every meaning for `colors` colours (below 8: none, attributes only). An
 * unknown name gives dark. With 8 colours a bright one becomes the plain one in bold. */
void theme_resolve(const char *name, int colors, struct theme_attr out[ROLE_COUNT]);

/* The name of a meaning in theme files, "rate.mid". */
const char *theme_role_name(enum role role);

#endif
