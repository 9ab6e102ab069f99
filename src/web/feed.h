/*
 * A long document (/api/connections, /api/data-usage; JSON or CSV) written row by row as the socket
 * takes it, so that 10 000 rows with history neither hold up the loop nor stand in memory at once.
 * Pure.
 */
#ifndef WEB_FEED_H
#define WEB_FEED_H

#include <stdbool.h>

#include "base/json.h"
#include "base/str.h"
#include "stats/export.h"
#include "stats/filter.h"
#include "stats/snapshot.h"
#include "web/doc.h"

#define FEED_PIECE 32768 /* a piece ends behind the row that reaches this */

enum feed_kind { FEED_CONNECTIONS, FEED_DATA_USAGE };

struct feed {
    const struct snap *snap; /* the caller's, who keeps it while the feed is in use */
    enum feed_kind kind;
    enum export_format format;
    bool begun;
    bool done; /* the whole document has been written */
    unsigned next;
    bool filtered; /* connections: only those that match */
    struct filter filter;
    unsigned matching; /* so far */
    struct json json;
    struct doc_times times;
};

/* `filter` (copied; NULL: all) is for connections. */
void feed_init(struct feed *feed, enum feed_kind kind, enum export_format format,
               const struct snap *snap, const struct filter *filter);

/* Appends the next piece to `out`. Not to be called once it is done. */
void feed_write(struct feed *feed, struct str *out);

#endif
