/*
 * One connection as its box shows it. The last figures are kept when it ends, since the snapshot
 * does not have it any more. Pure. Owned by the UI thread.
 */
#ifndef TUI_DETAILS_H
#define TUI_DETAILS_H

#include <stdbool.h>

#include "stats/snapshot.h"

#define DETAILS_TEXT 256

struct details {
    struct snap_conn conn; /* its texts and its history are those below */
    char user_id[DETAILS_TEXT], client_name[DETAILS_TEXT], user_agent[DETAILS_TEXT],
        path[DETAILS_TEXT];
    struct snap_history history;
    unsigned slot; /* of its backend, or REPORT_NO_BACKEND */
    bool ended;
    int64_t ended_ms; /* when the snapshot without it was made */
};

/* Begins with a connection of the present snapshot. */
void details_open(struct details *details, const struct snap *snap, const struct snap_conn *conn);

/* Nothing is of interest any more. */
void details_close(struct details *details);

/* Follows the snapshot. */
void details_update(struct details *details, const struct snap *snap);

/* The most bytes in one of the last 60 s. */
uint32_t details_peak(const uint32_t values[SERIES_SECONDS]);

/* The backend of its last request, or NULL. */
const struct snap_backend *details_backend(const struct details *details, const struct snap *snap);

/* Connections and rate of its IP at present. */
struct details_ip {
    unsigned connections;
    uint64_t rate;
};
struct details_ip details_ip(const struct details *details, const struct snap *snap);

#endif
