/*
 * Distributions differ in which terminals they describe, and one comes by ssh from anywhere: here
 * are the names that speak what xterm speaks.
 */
#include "tui/termtype.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* By the beginning of the name. */
static const char *const compatible[] = {
    "xterm",       "alacritty", "foot",   "ghostty", "wezterm", "kitty",      "konsole",
    "gnome",       "vte",       "iterm",  "tmux",    "contour", "mintty",     "mlterm",
    "rio",         "st",        "nsterm", "mosh",    "putty",   "terminator", "terminology",
    "ms-terminal", "warp",      "zutty",  "hyper",   "xfce",
};

static bool is_compatible(const char *type)
{
    for (unsigned i = 0; i < sizeof(compatible) / sizeof(compatible[0]); i++) {
        size_t len = strlen(compatible[i]);
        if (strncmp(type, compatible[i], len) == 0 &&
            (type[len] == '\0' || strchr("-+.0123456789", type[len]) != NULL))
            return true;
    }
    return false;
}

unsigned termtype_tries(const char *type, char out[TERMTYPE_TRIES][TERMTYPE_MAX])
{
    unsigned count = 0;
    char name[TERMTYPE_MAX];
    snprintf(name, sizeof(name), "%s", type);
    while (name[0] != '\0' && count < TERMTYPE_TRIES - 2) {
        memcpy(out[count++], name, sizeof(name));
        size_t end = strlen(name) - 1;
        while (end > 0 && strchr("-+.", name[end]) == NULL)
            end--;
        name[end] = '\0';
    }
    if (is_compatible(type))
        snprintf(out[count++], TERMTYPE_MAX, "xterm-256color");
    snprintf(out[count++], TERMTYPE_MAX, "vt100");
    return count;
}
