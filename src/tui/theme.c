/*
 * From a theme's colours to those of a terminal: what the theme gives for the depth, else the
 * nearest there is, but never text that cannot be seen.
 */
#include "tui/theme.h"

#include <assert.h>

#include "tui/color.h"

static_assert(ROLE_COUNT <= ROLE_MASK + 1, "a cell has no room for more meanings");

/* Less contrast than this is no longer seen; and on a selected row, no longer read. */
#define SEEN 1.5
#define READ 4.5

#define BLACK 0x000000u
#define WHITE 0xffffffu

uint32_t theme_rgb(const struct theme *theme, int color, bool ground)
{
    if (color < 0)
        return theme->light == ground ? WHITE : BLACK;
    return color >= THEME_RGB ? (uint32_t)color & WHITE : color_rgb((unsigned)color);
}

static bool seen(const struct theme *theme, int fg, int bg, double contrast)
{
    return color_contrast(theme_rgb(theme, fg, false), theme_rgb(theme, bg, true)) >= contrast;
}

/* One of the 256 where it is the very same: its number takes half the bytes. */
static int shortest(int color)
{
    if (color < THEME_RGB)
        return color;
    unsigned nearest = color_nearest((uint32_t)color & WHITE, 16, 255);
    return color_rgb(nearest) == ((uint32_t)color & WHITE) ? (int)nearest : color;
}

/* The colour at a depth with colours, and whether the theme itself says so. */
static int reduce(struct theme_color color, enum theme_depth depth, bool *given)
{
    *given = true;
    if (depth == THEME_TRUE)
        return shortest(color.color);
    if (depth == THEME_256 && color.c256 != THEME_UNSET)
        return color.c256;
    if (depth <= THEME_16 && color.c16 != THEME_UNSET)
        return color.c16;
    if (color.color < (depth == THEME_256 ? 256 : 16))
        return color.color;
    *given = false;
    uint32_t rgb =
        color.color >= THEME_RGB ? (uint32_t)color.color & WHITE : color_rgb((unsigned)color.color);
    return (int)(depth == THEME_256 ? color_nearest(rgb, 16, 255) : color_nearest(rgb, 0, 15));
}

/* From 16 colours to 8. */
static void halve(struct theme_attr *attr)
{
    if (attr->fg == 8) {
        attr->fg = THEME_DEFAULT;
    } else if (attr->fg > 8) {
        attr->fg -= 8;
        attr->flags |= THEME_BOLD;
    }
    if (attr->bg >= 8)
        attr->bg -= 8;
}

static struct theme_attr plain(const struct theme *theme, enum role role, enum theme_depth depth)
{
    const struct theme_entry *entry = &theme->roles[role], *text = &theme->roles[ROLE_TEXT];
    struct theme_attr attr = {THEME_DEFAULT, THEME_DEFAULT, entry->flags};
    bool fg_given, bg_given;
    if (depth == THEME_MONO) {
        attr.flags = entry->mono;
        return attr;
    }
    attr.fg = reduce(entry->fg.color == THEME_UNSET ? text->fg : entry->fg, depth, &fg_given);
    attr.bg = reduce(entry->bg.color == THEME_UNSET ? text->bg : entry->bg, depth, &bg_given);
    if (!(fg_given && bg_given) && !seen(theme, attr.fg, attr.bg, SEEN))
        attr.fg = attr.bg = THEME_DEFAULT;
    if (depth == THEME_8)
        halve(&attr);
    if (attr.fg == attr.bg && attr.fg != THEME_DEFAULT)
        attr.fg = attr.bg = THEME_DEFAULT;
    return attr;
}

/* The look of `attr` in a row that is selected as `select` says. */
static struct theme_attr selected(const struct theme *theme, struct theme_attr attr,
                                  struct theme_attr select, const struct theme_attr *text)
{
    if (select.bg == text->bg) {
        unsigned reverse = select.flags & THEME_REVERSE;
        attr.flags = (attr.flags ^ reverse) | (select.flags & ~(unsigned)THEME_REVERSE);
        return attr;
    }
    bool own = attr.fg != text->fg && attr.bg == text->bg && !(attr.flags & THEME_REVERSE) &&
               seen(theme, attr.fg, select.bg, READ);
    attr.flags = (attr.flags & ~(unsigned)THEME_REVERSE) | select.flags;
    attr.fg = own ? attr.fg : select.fg;
    attr.bg = select.bg;
    return attr;
}

void theme_resolve(const struct theme *theme, enum theme_depth depth, struct theme_looks *out)
{
    struct theme_attr *plains = out->attrs[THEME_PLAIN];
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        plains[i] = plain(theme, (enum role)i, depth);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        out->attrs[THEME_SELECTED][i] =
            selected(theme, plains[i], plains[ROLE_SELECT], &plains[ROLE_TEXT]);
        out->attrs[THEME_UNFOCUSED][i] =
            selected(theme, plains[i], plains[ROLE_SELECT_UNFOCUS], &plains[ROLE_TEXT]);
    }
}

unsigned theme_pairs(const struct theme_looks *looks)
{
    const struct theme_attr *all = &looks->attrs[0][0];
    unsigned pairs = 0;
    for (unsigned i = 0; i < THEME_STATES * ROLE_COUNT; i++) {
        unsigned j = 0;
        while (all[j].fg != all[i].fg || all[j].bg != all[i].bg)
            j++;
        pairs += j == i;
    }
    return pairs;
}
