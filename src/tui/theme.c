/*
 * One table: each meaning with its colour at 256 and at 16 colours, on dark and on light ground,
 * and its attributes without any colour. Normal rates stay in the plain text colour on purpose:
 * that leaves no pair of colours which people with a colour deficiency would have to tell apart
 * without the marks.
 */
#include "tui/theme.h"

#include <string.h>

struct look {
    short c256, c16; /* -1: the terminal's own */
};

struct entry {
    const char *name;
    struct look dark, light;
    unsigned flags; /* with colours */
    unsigned mono;  /* without */
};

#define PLAIN                                                                                      \
    {                                                                                              \
        -1, -1                                                                                     \
    }

static const struct entry table[ROLE_COUNT] = {
    [ROLE_TEXT] = {"text", PLAIN, PLAIN, 0, 0},
    [ROLE_DIM] = {"dim", {245, 8}, {242, 8}, 0, 0},
    [ROLE_TITLE] = {"title", {117, 14}, {25, 4}, THEME_BOLD, THEME_BOLD},
    [ROLE_BORDER] = {"border", {240, 8}, {248, 8}, 0, 0},
    [ROLE_HEADER] = {"header", {250, 7}, {238, 0}, THEME_BOLD, THEME_BOLD},
    [ROLE_HEADER_SORT] = {"header.sort", {117, 14}, {25, 4}, THEME_BOLD, THEME_BOLD},
    [ROLE_WARNING] = {"warning", {214, 11}, {130, 1}, THEME_BOLD, THEME_BOLD},
    [ROLE_DEMO] = {"demo", {214, 11}, {130, 1}, THEME_BOLD | THEME_REVERSE, THEME_REVERSE},
    [ROLE_BAR_FILL] = {"bar.fill", {74, 6}, {31, 6}, 0, 0},
    [ROLE_BAR_EMPTY] = {"bar.empty", {238, 8}, {252, 8}, 0, 0},
    [ROLE_RATE_LOW] = {"rate.low", PLAIN, PLAIN, 0, 0},
    [ROLE_RATE_MID] = {"rate.mid", {214, 11}, {130, 3}, 0, THEME_BOLD},
    [ROLE_RATE_HIGH] = {"rate.high", {203, 9}, {160, 1}, 0, THEME_BOLD | THEME_REVERSE},
    [ROLE_STATE_UP] = {"state.up", {114, 2}, {28, 2}, 0, 0},
    [ROLE_STATE_SLOW] = {"state.slow", {214, 11}, {130, 3}, 0, THEME_BOLD},
    [ROLE_STATE_DOWN] = {"state.down", {203, 9}, {160, 1}, THEME_BOLD, THEME_REVERSE},
    [ROLE_STATE_DRAIN] = {"state.drain", {117, 14}, {25, 4}, 0, THEME_BOLD},
    [ROLE_STATE_UNKNOWN] = {"state.unknown", {245, 8}, {242, 8}, 0, 0},
    [ROLE_EV_TIME] = {"ev.time", {245, 8}, {242, 8}, 0, 0},
    [ROLE_EV_INFO] = {"ev.info", PLAIN, PLAIN, 0, 0},
    [ROLE_EV_WARN] = {"ev.warn", {214, 11}, {130, 3}, 0, THEME_BOLD},
    [ROLE_EV_ERR] = {"ev.err", {203, 9}, {160, 1}, THEME_BOLD, THEME_BOLD},
    [ROLE_EV_AUTH] = {"ev.auth", {176, 13}, {90, 5}, 0, THEME_BOLD},
    [ROLE_KEY_NAME] = {"key.name", PLAIN, PLAIN, THEME_BOLD, THEME_BOLD},
    [ROLE_KEY_LABEL] = {"key.label", PLAIN, PLAIN, THEME_REVERSE, THEME_REVERSE},
    [ROLE_DIALOG] = {"dialog", PLAIN, PLAIN, 0, 0},
    [ROLE_DIALOG_DEFAULT] = {"dialog.default", PLAIN, PLAIN, THEME_REVERSE | THEME_BOLD,
                             THEME_REVERSE},
    [ROLE_DIALOG_DANGER] = {"dialog.danger", {203, 9}, {160, 1}, THEME_BOLD, THEME_BOLD},
    [ROLE_VERSION_3] = {"version.v3", {176, 13}, {90, 5}, 0, 0},
    [ROLE_VERSION_4] = {"version.v4", {117, 14}, {25, 4}, 0, 0},
};

bool theme_known(const char *name)
{
    return strcmp(name, "dark") == 0 || strcmp(name, "light") == 0 || strcmp(name, "mono") == 0;
}

void theme_resolve(const char *name, int colors, struct theme_attr out[ROLE_COUNT])
{
    bool light = strcmp(name, "light") == 0;
    if (strcmp(name, "mono") == 0)
        colors = 0;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        const struct look *look = light ? &table[i].light : &table[i].dark;
        out[i] = (struct theme_attr){-1, -1, table[i].flags};
        if (colors < 8) {
            out[i].flags = table[i].mono;
        } else if (colors >= 256) {
            out[i].fg = look->c256;
        } else if (colors >= 16 || look->c16 < 8) {
            out[i].fg = look->c16;
        } else if (look->c16 == 8) {
            /* Bright black is bold black on many of these terminals, which is invisible. */
            out[i].fg = -1;
        } else {
            out[i].fg = (short)(look->c16 - 8);
            out[i].flags |= THEME_BOLD;
        }
    }
}

const char *theme_role_name(enum role role)
{
    return table[role].name;
}
