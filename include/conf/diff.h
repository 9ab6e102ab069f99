/*
 * What differs between two configurations, in words for log and API: one line per key of the
 * schema, those of backends last, secrets only as "changed". What only the command line says is not
 * compared. Pure.
 */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include <stdbool.h>

#include "conf/config.h"

#define DIFF_LINES_MAX 100
#define DIFF_TEXT_MAX 160

struct diff_line {
    /* "timeouts.idle: 75s -> 90s", "proxy.password: changed", "backends: eu-a added: v4, h:2333",
     * "backends: eu-a is now eu-1", "backends: eu-1 weight: 1 -> 2", "backends: eu-1 password:
     * changed", "backends: eu-b removed: v3, h:2334" */
    char text[DIFF_TEXT_MAX];
    bool restart; /* stays as it was until the program is restarted */
};

struct diff {
    struct diff_line lines[DIFF_LINES_MAX];
    unsigned count; /* where there are more the last line says how many */
    unsigned total; /* with those */
};

/* Fills *diff with what `to` changes. Backends are the same node as fleet.h has it. */
void diff_configs(struct diff *diff, const struct config *from, const struct config *to);

#endif
