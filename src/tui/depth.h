/*
 * How many colours to use: what was asked for, as far as the terminal has them. And true colour for
 * ncurses, which knows it only under terminal types that few have. Pure.
 */
#ifndef TUI_DEPTH_H
#define TUI_DEPTH_H

#include <stdbool.h>

#include "conf/config.h"
#include "tui/theme.h"

/* What the environment and the terminal say of colours. */
struct depth_facts {
    const char *type;       /* TERM */
    const char *color_term; /* COLORTERM, or NULL */
    int colors;             /* of the terminal type */
    bool can_true;          /* its 256 colours are asked for in the way that ink_translate knows */
};

/* The colours to look for a terminal type with, 0 when the type itself will do. */
int depth_wanted(enum config_color color, const struct depth_facts *facts);

enum theme_depth depth_choose(enum config_color color, const struct depth_facts *facts);

#define DEPTH_COLORS 256
/* Which of the 256 numbers stand for true colours in what ncurses is told: THEME_RGB | 0xrrggbb, or
 * 0 for those that stand for themselves. */
struct depth_map {
    int colors[DEPTH_COLORS];
    unsigned count;
};

/* Takes a free number for each true colour of the looks, and puts the numbers into them. A colour
 * for which there is none left becomes the nearest of the 256. */
void depth_map_looks(struct depth_map *map, struct theme_looks *looks);

#endif
