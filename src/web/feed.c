/*
 * Long documents in pieces. The JSON writer's state carries over from one piece to the next.
 */
#include "web/feed.h"

#include <assert.h>

/* Nothing is masked for whoever may ask. */
static const struct mask unmasked;

void feed_init(struct feed *feed, enum feed_kind kind, enum export_format format,
               const struct snap *snap, const struct filter *filter)
{
    feed->snap = snap;
    feed->kind = kind;
    feed->format = format;
    feed->begun = false;
    feed->done = false;
    feed->next = 0;
    feed->matching = 0;
    feed->filtered = filter != NULL;
    if (filter)
        feed->filter = *filter;
    doc_times(&feed->times, snap);
}

static void begin(struct feed *feed, struct str *out)
{
    feed->begun = true;
    if (feed->format == EXPORT_CSV) {
        export_csv_heads(out, feed->kind == FEED_CONNECTIONS ? EXPORT_CONNECTIONS : EXPORT_IPS);
        return;
    }
    json_begin(&feed->json, out);
    json_object(&feed->json, NULL);
    if (feed->kind == FEED_CONNECTIONS) {
        json_u64(&feed->json, "activeConnections", feed->snap->conn_count);
        json_array(&feed->json, "connections");
    } else {
        json_u64(&feed->json, "totalIps", feed->snap->ip_count);
        json_array(&feed->json, "ipUsage");
    }
}

static void end(struct feed *feed)
{
    feed->done = true;
    if (feed->format == EXPORT_CSV)
        return;
    json_array_end(&feed->json);
    if (feed->kind == FEED_DATA_USAGE)
        doc_usage_totals(&feed->json, feed->snap);
    if (feed->filtered)
        json_u64(&feed->json, "matching", feed->matching);
    json_object_end(&feed->json);
}

static void write_connection(struct feed *feed, const struct snap_conn *conn)
{
    if (feed->filtered && !filter_match(&feed->filter, feed->snap, conn, NULL))
        return;
    feed->matching++;
    if (feed->format == EXPORT_CSV)
        export_csv_row(feed->json.out, EXPORT_CONNECTIONS, feed->snap, &unmasked, conn);
    else
        doc_connection(&feed->json, feed->snap, conn, &feed->times);
}

static void write_ip(struct feed *feed, const struct snap_ip *ip)
{
    if (feed->format == EXPORT_CSV)
        export_csv_row(feed->json.out, EXPORT_IPS, feed->snap, &unmasked, ip);
    else
        doc_ip(&feed->json, feed->snap, ip, &feed->times);
}

void feed_write(struct feed *feed, struct str *out)
{
    assert(!feed->done);
    size_t start = out->len;
    const struct snap *snap = feed->snap;
    unsigned rows = feed->kind == FEED_CONNECTIONS ? snap->conn_count : snap->ip_count;
    feed->json.out = out;
    if (!feed->begun)
        begin(feed, out);
    for (; feed->next < rows && out->len - start < FEED_PIECE && !out->cut; feed->next++) {
        if (feed->kind == FEED_CONNECTIONS)
            write_connection(feed, &snap->conns[feed->next]);
        else
            write_ip(feed, &snap->ips[feed->next]);
    }
    if (feed->next == rows)
        end(feed);
}
