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

/* doc_bots.c: an element of "bots" and of "players"; what stands around them, inside an object that
 * is already open; a bot with its connections and players, or nothing where there is none; the
 * times of the legs as an object of objects. */
void doc_bot(struct json *j, const struct snap *snap, const struct snap_bot *bot,
             const struct doc_times *times);
void doc_player(struct json *j, const struct snap *snap, const struct snap_player *player);
void doc_bot_totals(struct json *j, const struct snap *snap);
void doc_track_totals(struct json *j, const struct snap *snap);
bool doc_one_bot(struct json *j, const struct snap *snap, uint64_t id);
void doc_flows(struct json *j, const char *key, const struct snap_flow flows[FLOW_COUNT]);

/* A time as text (ISO 8601), null for 0. An id as text, since a 64-bit number does not survive
 * every JSON reader; null for 0. Remote text, null where it is "". */
void doc_time(struct json *j, const char *key, int64_t wall_ms);
void doc_id(struct json *j, const char *key, uint64_t id);
void doc_known(struct json *j, const char *key, const char *text);

/* For people: "1.5 KB", "1.5 KB/s". */
void doc_size(struct json *j, const char *key, uint64_t bytes);
void doc_rate(struct json *j, const char *key, uint64_t bytes_per_second);

/* Traffic of an IP, a bot or a group: bytes and rates of both ways, each also for people, and
 * messages. */
struct doc_traffic {
    uint64_t bytes_in, bytes_out, rate_in, rate_out, messages;
    double rate_messages;
};
void doc_traffic(struct json *j, const struct doc_traffic *traffic);

/* "v3" "v4", or NULL. */
const char *doc_version_text(unsigned version);

/* "rateHistory": the seconds since `since_ms`, oldest first. */
void doc_history(struct json *j, const struct snap *snap, const struct snap_history *history,
                 int64_t since_ms, const struct doc_times *times);

/* One element of "backendList". */
void doc_backend(struct json *j, const struct snap *snap, const struct snap_backend *backend);

/* How the last reload went; null when there was none. */
void doc_reload(struct json *j, const char *key, const struct snap *snap);

/* 0, or the version (3, 4) of which backends are configured and none is up. */
unsigned doc_missing_version(const struct snap *snap);

#endif
