/*
 * Colours on their way to the terminal. ncurses says both colours of a pair whenever one of them
 * changes, and says what the next character does not need; here each is said when it is needed and
 * was another before, and as a true colour where its number stands for one. Pure.
 */
#ifndef TUI_INK_H
#define TUI_INK_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"
#include "tui/depth.h"
#include "tui/theme.h"

/* What is between ncurses and one terminal. */
struct ink {
    struct theme_attr asked; /* by ncurses; its colours are numbers of the 256 */
    struct theme_attr told;  /* to the terminal */
    bool known;              /* `told` is what the terminal goes by */
    char set, shift;         /* what chose the characters last; 0: not known */
};

/* Of the terminal nothing is known. */
void ink_start(struct ink *ink);

/* The terminal may have been told something else since. */
void ink_forget(struct ink *ink);

/* Appends to `out` what bytes of ncurses become for a terminal of 256 colours. They hold whole
 * sequences. What they ask for last may be told with those that come next. */
void ink_translate(struct ink *ink, const struct depth_map *map, struct slice in, struct str *out);

#endif
