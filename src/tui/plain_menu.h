/*
 * The commands of line mode: a number, an answer or two in words, then at most one command. What
 * ends or shuts out something names it and asks for a typed "yes" first. Pure; UI thread.
 */
#ifndef TUI_PLAIN_MENU_H
#define TUI_PLAIN_MENU_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"
#include "stats/command.h"
#include "stats/snapshot.h"
#include "stats/user.h"

enum menu_state {
    MENU_READY,      /* a command's number is awaited */
    MENU_CONNECTION, /* the number of the connection to end, or bot and its User-Id */
    MENU_BOT,        /* the number of the bot to tell all of */
    MENU_BACKEND,    /* the name of the backend to drain or undrain */
    MENU_ADDRESS,    /* the address or bot to block or unblock */
    MENU_SURE        /* yes: `command` is sent */
};

enum menu_wish { MENU_NOTHING, MENU_SUMMARY, MENU_SEND };

struct menu {
    enum menu_state state;
    bool read_only;
    struct command command; /* what yes, or MENU_SEND, means */
    struct user_name user;  /* whom it names */
};

/* Appends the list of commands. */
void menu_tell(const struct menu *menu, struct str *say);

/* Takes one line that was typed; appends what is to be said, lines apart by newlines. MENU_SEND:
 * menu->command is to be sent. `snap` may be NULL. */
enum menu_wish menu_line(struct menu *menu, const struct snap *snap, struct slice line,
                         struct str *say);

/* Appends the backends, a line each. */
void menu_tell_backends(const struct snap *snap, struct str *say);

#endif
