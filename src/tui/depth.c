/*
 * Numbers for true colours are taken from the end of the 256, where the greys are that themes
 * rarely ask for by number.
 */
#include "tui/depth.h"

#include <stdio.h>
#include <string.h>

#include "tui/color.h"

static bool is_direct(const char *type)
{
    return strstr(type, "-direct") != NULL;
}

static bool says_true(const struct depth_facts *facts)
{
    const char *term = facts->color_term;
    return is_direct(facts->type) ||
           (term != NULL && (strcmp(term, "truecolor") == 0 || strcmp(term, "24bit") == 0));
}

int depth_wanted(enum config_color color, const struct depth_facts *facts)
{
    int wanted = 0;
    if (color == CONFIG_COLOR_16)
        wanted = 16;
    else if (color == CONFIG_COLOR_256 || color == CONFIG_COLOR_TRUE ||
             (color != CONFIG_COLOR_NEVER && says_true(facts)))
        wanted = 256;
    /* With a direct type the numbers of colours are themselves the colours. */
    return wanted > facts->colors || (wanted == 256 && is_direct(facts->type)) ? wanted : 0;
}

enum theme_depth depth_choose(enum config_color color, const struct depth_facts *facts)
{
    enum theme_depth most = facts->colors >= 256  ? THEME_256
                            : facts->colors >= 16 ? THEME_16
                            : facts->colors >= 8  ? THEME_8
                                                  : THEME_MONO;
    switch (color) {
    case CONFIG_COLOR_NEVER:
        return THEME_MONO;
    case CONFIG_COLOR_16:
        return most < THEME_16 ? most : THEME_16;
    case CONFIG_COLOR_256:
        return most;
    case CONFIG_COLOR_TRUE:
        return most == THEME_256 && facts->can_true ? THEME_TRUE : most;
    default:
        return most == THEME_256 && facts->can_true && says_true(facts) ? THEME_TRUE : most;
    }
}

static bool is_used(const struct theme_looks *looks, int number)
{
    const struct theme_attr *all = &looks->attrs[0][0];
    for (unsigned i = 0; i < THEME_STATES * ROLE_COUNT; i++)
        if (all[i].fg == number || all[i].bg == number)
            return true;
    return false;
}

/* The number that stands for a true colour, taken now if need be. */
static int number_of(struct depth_map *map, const struct theme_looks *looks, int color)
{
    for (int i = DEPTH_COLORS - 1; i >= 16; i--) {
        if (map->colors[i] == color)
            return i;
        if (map->colors[i] != 0 || is_used(looks, i))
            continue;
        map->colors[i] = color;
        map->count++;
        return i;
    }
    return (int)color_nearest((uint32_t)color & 0xffffff, 16, 255);
}

void depth_map_looks(struct depth_map *map, struct theme_looks *looks)
{
    struct theme_attr *all = &looks->attrs[0][0];
    const struct theme_looks before = *looks;
    memset(map, 0, sizeof(*map));
    for (unsigned i = 0; i < THEME_STATES * ROLE_COUNT; i++) {
        if (all[i].fg >= THEME_RGB)
            all[i].fg = number_of(map, &before, all[i].fg);
        if (all[i].bg >= THEME_RGB)
            all[i].bg = number_of(map, &before, all[i].bg);
    }
}
