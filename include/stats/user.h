/*
 * A bot by its User-Id, the way everybody compares it: cleaned and cut as views show it, so that
 * whatever is listed can be blocked, and a number the way Lavalink reads it, without plus sign and
 * leading zeros, so that "+12" is no way round a block of "12". Pure.
 */
#ifndef STATS_USER_H
#define STATS_USER_H

#include <stdbool.h>

#include "base/slice.h"
#include "stats/snapshot.h"

/* Zeros behind the text, so that equal names have equal bytes. */
struct user_name {
    char text[SNAP_TEXT];
};

/* From a header's value cut to REPORT_TEXT_MAX bytes, or from what a view shows of it. False: there
 * is nothing in it that could be shown, and so nobody it names. */
bool user_name_of(struct user_name *name, struct slice raw);

#endif
