/* A desk that keeps the last command a view sends, and counts them. */
#ifndef TESTS_TUI_DESK_H
#define TESTS_TUI_DESK_H

#include "stats/command.h"

struct desk {
    struct command last;
    unsigned sent;
};

static inline int record_command(void *ctx, const struct command *command)
{
    struct desk *desk = ctx;
    desk->last = *command;
    desk->sent++;
    return 0;
}

#endif
