/*
 * Which box is open, and what is marked in it. Part of the view; the boxes themselves are in
 * tui/box.h. UI thread.
 */
#ifndef TUI_DIALOG_H
#define TUI_DIALOG_H

#include <stdbool.h>

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_HELP,
    DIALOG_SORT,
    DIALOG_KILL,
    DIALOG_BLOCK,
    DIALOG_BLOCKS,
    DIALOG_UNBLOCK,
    DIALOG_DRAIN,
    DIALOG_QUIT,
    DIALOG_COPY,
    DIALOG_ALERTS,
    DIALOG_IP,
    DIALOG_BACKEND,
    DIALOG_BOT,
    DIALOG_PLAYER,
    DIALOG_EVENT,
    DIALOG_GROUP,
    DIALOG_DETAILS,
    DIALOG_THEME,
    DIALOG_SETUP,
    DIALOG_COUNT
};

struct dialog {
    enum dialog_kind kind;
    unsigned choice; /* a question's marked answer, 0 the safe one; SORT: the column */
    unsigned scroll; /* HELP: page; else the first line */
    char needle[32]; /* HELP: what is looked for */
    bool drawn;      /* the last frame has room for it */
    bool shown;      /* and that frame has reached the terminal: keys that act are let through */
};

#endif
