/*
 * A frame that takes one and a half intervals skips every second one and never two in a row,
 * therefore what is late is counted up and what is in time counted down.
 */
#include "tui/link.h"

static double stretched(const struct link *link, double refresh)
{
    return refresh * (double)(1u << link->doubled);
}

void link_due(struct link *link, bool in_time, double refresh)
{
    if (!in_time) {
        link->in_time = 0;
        if (++link->late < LINK_LATE_MAX)
            return;
        link->late = 0;
        if (stretched(link, refresh) < LINK_INTERVAL_MAX && link->doubled < 16)
            link->doubled++;
        return;
    }
    link->late -= link->late > 0;
    if (link->doubled == 0 || ++link->in_time < LINK_IN_TIME)
        return;
    link->in_time = 0;
    link->doubled--;
}

bool link_is_slow(const struct link *link)
{
    return link->doubled > 0;
}

double link_interval(const struct link *link, double refresh)
{
    double seconds = stretched(link, refresh);
    if (seconds <= LINK_INTERVAL_MAX)
        return seconds;
    return refresh > LINK_INTERVAL_MAX ? refresh : LINK_INTERVAL_MAX;
}
