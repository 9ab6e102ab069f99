/*
 * Themes by name or path: the built-in ones, which are the files of themes/ compiled in, and those
 * of the user. UI thread, or main before it; blocks on small files.
 */
#ifndef TUI_THEME_LOAD_H
#define TUI_THEME_LOAD_H

#include "conf/load.h"
#include "tui/theme.h"

#define THEME_LIST_MAX 64

/* A built-in theme word for word. */
struct theme_text {
    char name[THEME_NAME_MAX];
    struct slice text;
};

/* The built-in theme number `i`; false past the last. */
bool theme_built_in(unsigned i, struct theme_text *out);

/* Loads what `name` says: a path, where it has a slash or ends in .yaml; else a built-in theme;
 * else NAME.yaml in ./themes, $XDG_CONFIG_HOME/lavaproxy/themes, or share/lavaproxy/themes beside
 * the program's bin/. `name` must live as long as the problems. False, with at least one error,
 * when the theme is not there or broken; *out is then the built-in dark. `problems` must be zeroed;
 * the caller frees them. */
bool theme_load(struct theme *out, const char *name, struct load_problems *problems);

/* The names that theme_load knows without a path: built-in ones first, no name twice. */
struct theme_list {
    char names[THEME_LIST_MAX][THEME_NAME_MAX];
    unsigned count;
};
void theme_list(struct theme_list *out);

/* The first problem as one line for the screen, with how many more there are; "" when there are
 * none. Returns `out`. */
char *theme_problem_line(char *out, size_t size, const struct load_problems *problems);

#endif
