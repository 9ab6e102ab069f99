/*
 * The snapshot as JSON, piece by piece: fields of design section 7, names and types as the original
 * had them. Pure; everything comes from the one snapshot given.
 */
#ifndef WEB_DOC_H
#define WEB_DOC_H

#include "base/clock.h"
#include "base/json.h"
#include "stats/snapshot.h"

/* The times of the 60 seconds of history, oldest first: the same for every row of a snapshot, so
 * written once. */
struct doc_times {
    char text[SERIES_SECONDS][CLOCK_ISO_MAX];
};
void doc_times(struct doc_times *times, const struct snap *snap);

/* One element of "connections" and of "ipUsage". */
void doc_connection(struct json *j, const struct snap *snap, const struct snap_conn *conn,
                    const struct doc_times *times);
void doc_ip(struct json *j, const struct snap *snap, const struct snap_ip *ip,
            const struct doc_times *times);

/* The fields around them, inside an object that is already open. */
void doc_usage_totals(struct json *j, const struct snap *snap);

/* The whole documents of /api/version, /api/health and /api/backend-health. */
void doc_version(struct json *j);
void doc_health(struct json *j, const struct snap *snap);
void doc_backends(struct json *j, const struct snap *snap);

/* doc_books.c: the documents of /api/blocked and of /api/clients. */
void doc_blocked(struct json *j, const struct snap *snap);
void doc_clients(struct json *j, const struct snap *snap);

/* A time as text (ISO 8601), null for 0. */
void doc_time(struct json *j, const char *key, int64_t wall_ms);

/* One element of "backendList". */
void doc_backend(struct json *j, const struct snap_backend *backend);

/* How the last reload went; null when there was none. */
void doc_reload(struct json *j, const char *key, const struct snap *snap);

/* 0, or the version (3, 4) of which backends are configured and none is up. */
unsigned doc_missing_version(const struct snap *snap);

#endif
