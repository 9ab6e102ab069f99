/*
 * The snapshot as JSON, piece by piece: fields of design section 7, names and types as the original
 * had them. Pure; everything comes from the one snapshot given.
 */
#ifndef WEB_ROWS_H
#define WEB_ROWS_H

#include "base/clock.h"
#include "base/json.h"
#include "stats/snapshot.h"

/* The times of the 60 seconds of history, oldest first: the same for every row of a snapshot, so
 * written once. */
struct rows_times {
    char text[SERIES_SECONDS][CLOCK_ISO_MAX];
};
void rows_times(struct rows_times *times, const struct snap *snap);

/* One element of "connections" and of "ipUsage". */
void rows_connection(struct json *j, const struct snap *snap, const struct snap_conn *conn,
                     const struct rows_times *times);
void rows_ip(struct json *j, const struct snap *snap, const struct snap_ip *ip,
             const struct rows_times *times);

/* The fields around them, inside an object that is already open. */
void rows_usage_totals(struct json *j, const struct snap *snap);

/* The whole documents of /api/version, /api/health and /api/backend-health. */
void rows_version(struct json *j);
void rows_health(struct json *j, const struct snap *snap);
void rows_backends(struct json *j, const struct snap *snap);

/* 0, or the version (3, 4) of which backends are configured and none is online. */
unsigned rows_missing_version(const struct snap *snap);

#endif
