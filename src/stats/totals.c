/*
 * Starts by source.
 */
#include "totals.h"

#include <stdio.h>
#include <string.h>

void totals_start(struct snap_totals *totals, const char *source)
{
    unsigned at = 0;
    while (at < totals->source_count && strcmp(totals->sources[at].name, source) != 0)
        at++;
    if (source[0] == '\0' || at == SNAP_SOURCES) {
        totals->starts_other++;
        return;
    }
    if (at == totals->source_count) {
        snprintf(totals->sources[at].name, sizeof(totals->sources[at].name), "%s", source);
        totals->source_count++;
    }
    totals->sources[at].starts++;
}
