/*
 * How many kinds of clients there are: Client-Names or User-Agents up to their version. Pure.
 */
#ifndef TUI_KINDS_H
#define TUI_KINDS_H

#include "stats/snapshot.h"

#define KINDS_MAX 500 /* no more are told apart */

/* Of the connections that name themselves; one walk through them. */
unsigned kinds_count(const struct snap *snap);

#endif
