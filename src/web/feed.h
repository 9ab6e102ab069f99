/*
 * A long document (the lists of the API; JSON or CSV) written row by row as the socket takes it, so
 * that 10 000 rows with history or 100 000 players neither hold up the loop nor stand in memory at
 * once.
 * In the snapshot's own order, or a page of them as a request asks for it. Pure.
 */
#ifndef WEB_FEED_H
#define WEB_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/str.h"
#include "stats/export.h"
#include "stats/filter.h"
#include "stats/snapshot.h"
#include "web/doc.h"
#include "web/paging.h"

#define FEED_PIECE 32768 /* a piece ends behind the row that reaches this */
#define FEED_LOOK 1000   /* rows looked at for one piece at most, wanted or not */

/* What a request asks for. The list is that of `paging`. */
struct feed_ask {
    enum export_format format;
    const struct filter *filter;        /* of connections and IPs; NULL: all */
    const struct roster_search *search; /* of bots and players; NULL: all */
    const struct paging *paging;
};

struct feed {
    const struct snap *snap; /* the caller's, who keeps it while the feed is in use */
    enum export_format format;
    bool begun;
    bool done; /* the whole document has been written */
    bool more; /* `row` is still to be written */
    bool over; /* there are no rows behind it */
    uint32_t row;
    unsigned next; /* where no page was asked for */
    bool filtered; /* only those that `filter` or `search` means */
    struct filter filter;
    struct roster_search search;
    unsigned matching; /* so far */
    struct paging paging;
    struct paging_rows rows; /* of the page, */
    bool gathered;           /* once all of them are there */
    struct json json;
    struct doc_times times;
};

/* Copies what is asked for. -1 when out of memory; feed_end afterwards, in either case. */
int feed_begin(struct feed *feed, const struct snap *snap, const struct feed_ask *ask);
void feed_end(struct feed *feed); /* NULL is harmless */

/* Appends the next piece to `out`, which may be nothing while rows are looked for. Not to be called
 * once it is done. */
void feed_write(struct feed *feed, struct str *out);

#endif
