/*
 * From the words of a theme file to colours.
 */
#include "tui/theme_raw.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/slice.h"

void theme_raw_init(struct theme_raw *raw)
{
    memset(raw, 0, sizeof(*raw));
    raw->light = raw->step_count = THEME_UNSET;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        struct theme_raw_role *role = &raw->roles[i];
        role->fg.c256 = role->bg.c256 = role->fg.c16 = role->bg.c16 = THEME_UNSET;
        role->flags = role->mono = THEME_UNSET;
    }
}

int theme_raw_16(const char *name)
{
    static const char *const names[8] = {"black", "red",     "green", "yellow",
                                         "blue",  "magenta", "cyan",  "white"};
    size_t len = strlen(name);
    bool bright = len > 0 && name[len - 1] == '+';
    for (int i = 0; i < 8; i++)
        if (strlen(names[i]) == len - bright && strncmp(names[i], name, len - bright) == 0)
            return bright ? i + 8 : i;
    return THEME_UNSET;
}

/* "#rrggbb", or THEME_UNSET. */
static int rgb_of(const char *text)
{
    if (text[0] != '#' || strlen(text) != 7 ||
        strspn(text + 1, "0123456789abcdefABCDEF") != strlen(text + 1))
        return THEME_UNSET;
    return THEME_RGB | (int)strtol(text + 1, NULL, 16);
}

/* A colour that needs no palette, or THEME_UNSET. */
static int plain_color(const char *text)
{
    if (strcmp(text, "default") == 0)
        return THEME_DEFAULT;
    int color = rgb_of(text);
    return color == THEME_UNSET ? theme_raw_16(text) : color;
}

static int palette_index(const struct theme_raw *raw, const char *name)
{
    for (unsigned i = 0; i < raw->palette_count; i++)
        if (strcmp(raw->palette[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool overlay_palette(struct theme_raw *raw, const struct theme_raw *over,
                            struct load_problems *problems)
{
    for (unsigned i = 0; i < over->palette_count; i++) {
        int at = palette_index(raw, over->palette[i].name);
        if (at < 0 && raw->palette_count == THEME_PALETTE_MAX) {
            problems_error(problems, over->palette[i].value.place, over->palette[i].name,
                           "more than %d colours, with those of the theme that this one extends",
                           THEME_PALETTE_MAX);
            return false;
        }
        raw->palette[at < 0 ? (int)raw->palette_count++ : at] = over->palette[i];
    }
    return true;
}

static void overlay_number(int *number, int over)
{
    if (over != THEME_UNSET)
        *number = over;
}

static void overlay_color(struct theme_raw_color *color, const struct theme_raw_color *over)
{
    if (over->text[0] != '\0')
        *color = *over;
    overlay_number(&color->c256, over->c256);
    overlay_number(&color->c16, over->c16);
}

bool theme_raw_overlay(struct theme_raw *raw, const struct theme_raw *over,
                       struct load_problems *problems)
{
    overlay_number(&raw->light, over->light);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        overlay_color(&raw->roles[i].fg, &over->roles[i].fg);
        overlay_color(&raw->roles[i].bg, &over->roles[i].bg);
        overlay_number(&raw->roles[i].flags, over->roles[i].flags);
        overlay_number(&raw->roles[i].mono, over->roles[i].mono);
    }
    if (over->step_count != THEME_UNSET)
        memcpy(raw->steps, over->steps, sizeof(raw->steps));
    overlay_number(&raw->step_count, over->step_count);
    for (unsigned i = 0; i < 2; i++)
        if (over->marks[i][0] != '\0')
            memcpy(raw->marks[i], over->marks[i], sizeof(raw->marks[i]));
    return overlay_palette(raw, over, problems);
}

/* The colour of a word, perhaps through several names of the palette, or THEME_UNSET. */
static int word_color(const struct theme_raw *raw, const char *word)
{
    for (unsigned hops = 0; hops <= THEME_PALETTE_MAX; hops++) {
        int at = palette_index(raw, word);
        if (at < 0)
            return plain_color(word);
        /* A name of the palette may hide one of the 16: "cyan: cyan" is no circle. */
        const char *next = raw->palette[at].value.text;
        if (strcmp(next, word) == 0)
            return plain_color(word);
        word = next;
    }
    return THEME_UNSET;
}

/* The colour that a role names; an unknown name only warns and is THEME_UNSET. */
static int role_color(const struct theme_raw *raw, enum role role,
                      const struct theme_raw_color *given, struct load_problems *problems)
{
    const char *label = theme_role_name(role);
    char quoted[PROBLEMS_QUOTE_MAX];
    struct nearest nearest = {.mistyped = slice_of(given->text)};
    int color = word_color(raw, given->text);
    /* What is wrong in the palette is said of the palette. */
    if (color != THEME_UNSET || palette_index(raw, given->text) >= 0)
        return color;
    problems_quote(quoted, slice_of(given->text));
    if (given->text[0] == '#') {
        problems_error(problems, given->place, label, "%s is not \"#rrggbb\"", quoted);
        return THEME_UNSET;
    }
    for (unsigned i = 0; i < raw->palette_count; i++)
        nearest_consider(&nearest, slice_of(raw->palette[i].name));
    if (nearest.best.len > 0)
        problems_warning(problems, given->place, label,
                         "the palette has no colour %s; did you mean %.*s?", quoted,
                         (int)nearest.best.len, nearest.best.ptr);
    else
        problems_warning(problems, given->place, label, "the palette has no colour %s", quoted);
    return THEME_UNSET;
}

static struct theme_color resolve_color(const struct theme_raw *raw, enum role role,
                                        const struct theme_raw_color *given,
                                        struct load_problems *problems)
{
    struct theme_color color = {THEME_UNSET, given->c256, given->c16};
    if (given->text[0] != '\0')
        color.color = role_color(raw, role, given, problems);
    if (color.color == THEME_UNSET)
        color.color = color.c256 != THEME_UNSET ? color.c256 : color.c16;
    return color;
}

static void check_palette(const struct theme_raw *raw, struct load_problems *problems)
{
    char quoted[PROBLEMS_QUOTE_MAX];
    for (unsigned i = 0; i < raw->palette_count; i++)
        if (word_color(raw, raw->palette[i].name) == THEME_UNSET)
            problems_error(
                problems, raw->palette[i].value.place, raw->palette[i].name,
                "%s is no colour: \"#rrggbb\", default, one of the 16 colours' names, or "
                "another of the palette",
                problems_quote(quoted, slice_of(raw->palette[i].value.text)));
}

/* Screens at 8 colours have 64 pairs. */
static void check_pairs(const struct theme *theme, const char *file, struct load_problems *problems)
{
    struct theme_looks looks;
    unsigned most = 0;
    for (unsigned depth = THEME_8; depth < THEME_DEPTHS; depth++) {
        theme_resolve(theme, (enum theme_depth)depth, &looks);
        unsigned pairs = theme_pairs(&looks);
        most = pairs > most ? pairs : most;
    }
    if (most > THEME_PAIRS_MAX)
        problems_error(problems, (struct place){.source = file}, NULL,
                       "%u different pairs of foreground and background, those of selected rows "
                       "included; at most %d",
                       most, THEME_PAIRS_MAX);
}

void theme_raw_resolve(const struct theme_raw *raw, const char *file, struct theme *out,
                       struct load_problems *problems)
{
    memset(out, 0, sizeof(*out));
    out->light = raw->light == 1;
    check_palette(raw, problems);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        const struct theme_raw_role *role = &raw->roles[i];
        struct theme_entry *entry = &out->roles[i];
        entry->fg = resolve_color(raw, (enum role)i, &role->fg, problems);
        entry->bg = resolve_color(raw, (enum role)i, &role->bg, problems);
        entry->flags = role->flags == THEME_UNSET ? 0 : (unsigned)role->flags;
        entry->mono = role->mono == THEME_UNSET ? 0 : (unsigned)role->mono;
    }
    struct theme_entry *text = &out->roles[ROLE_TEXT];
    if (text->fg.color == THEME_UNSET)
        text->fg.color = THEME_DEFAULT;
    if (text->bg.color == THEME_UNSET)
        text->bg.color = THEME_DEFAULT;
    memcpy(out->style.steps, raw->steps, sizeof(raw->steps));
    memcpy(out->style.marks, raw->marks, sizeof(raw->marks));
    out->style.step_count = raw->step_count == THEME_UNSET ? 0 : (unsigned)raw->step_count;
    if (raw->marks[0][0] != '\0' && strcmp(raw->marks[0], raw->marks[1]) == 0)
        problems_error(problems, (struct place){.source = file}, NULL,
                       "rate.mid and rate.high have the same mark");
    check_pairs(out, file, problems);
}
