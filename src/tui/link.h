/*
 * How fast the terminal takes frames, and what follows from it: over a link that cannot keep up,
 * frames come less often until they leave in time again. Pure; one per terminal.
 */
#ifndef TUI_LINK_H
#define TUI_LINK_H

#include <stdbool.h>

#define LINK_LATE_MAX 3        /* so many frames that could not be drawn make it slower */
#define LINK_IN_TIME 5         /* so many in a row that could make it faster */
#define LINK_INTERVAL_MAX 10.0 /* seconds */

struct link {
    unsigned late, in_time;
    unsigned doubled; /* how often the interval is doubled at present */
};

/* A frame was due; `in_time`: the one before had left. Either each interval once. `refresh` is the
 * interval that the person chose. */
void link_due(struct link *link, bool in_time, double refresh);

/* Whether frames come less often than the person chose. */
bool link_is_slow(const struct link *link);

/* Seconds from one frame to the next. */
double link_interval(const struct link *link, double refresh);

#endif
