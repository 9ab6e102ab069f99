/*
 * Lines of a box with a label in front of each, from top to bottom; what is out of the window is
 * only counted. Pure; UI thread.
 */
#ifndef TUI_SHEET_H
#define TUI_SHEET_H

#include <stdbool.h>

#include "tui/grid.h"

#define SHEET_LABEL 9      /* columns of a label, the blank behind it included */
#define SHEET_LINE_MAX 400 /* bytes of a formatted line */

struct sheet {
    struct grid *g; /* NULL: only counts */
    struct area room;
    unsigned first, line; /* the line at the top of the room; the next one */
};

/* Whether the next line is in the window, and which row it then has. */
bool sheet_is_seen(const struct sheet *s);
unsigned sheet_row(const struct sheet *s);

/* Text, wrapped, with a label before its first line. */
void sheet_text(struct sheet *s, const char *label, unsigned role, const char *text);
void sheet_put(struct sheet *s, const char *label, unsigned role, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void sheet_blank(struct sheet *s);

#endif
