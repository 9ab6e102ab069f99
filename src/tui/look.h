/*
 * The theme in use: loading it, and telling the display when it changes. UI thread.
 */
#ifndef TUI_LOOK_H
#define TUI_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/theme.h"

struct look {
    struct theme theme;
    char asked[256]; /* the name or path it was asked for by */
    bool changed;    /* the display has not been told of `theme` yet */
};

/* Loads a theme by name or path. Puts what is wrong with it as one line into `problem`, "" when it
 * is good. False: it is broken or not there, and the look stays as it was, but for the first of
 * all, which is then the built-in dark. Blocks on small files. */
bool look_load(struct look *look, const char *name, char *problem, size_t size);

#endif
