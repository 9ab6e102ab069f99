/*
 * Long documents in pieces. The JSON writer's state carries over from one piece to the next.
 */
#include "web/feed.h"

#include <assert.h>

/* Nothing is masked for whoever may ask. */
static const struct mask unmasked;

/* The next row in the snapshot's own order that is to be written; false at its end. */
static bool next_row(struct feed *feed)
{
    const struct snap *snap = feed->snap;
    unsigned count = feed->kind == FEED_CONNECTIONS ? snap->conn_count : snap->ip_count;
    while (feed->next < count) {
        feed->row = feed->next++;
        if (feed->filtered && !filter_match(&feed->filter, snap, &snap->conns[feed->row], NULL))
            continue;
        feed->matching++;
        return true;
    }
    return false;
}

static void find_row(struct feed *feed)
{
    feed->more = feed->paging.asked ? paging_next(&feed->rows, &feed->row) : next_row(feed);
}

int feed_begin(struct feed *feed, const struct snap *snap, const struct feed_ask *ask)
{
    *feed = (struct feed){.snap = snap,
                          .kind = ask->kind,
                          .format = ask->format,
                          .filtered = ask->filter != NULL,
                          .paging = *ask->paging};
    const struct filter *filter = ask->filter;
    if (filter)
        feed->filter = *filter;
    doc_times(&feed->times, snap);
    if (feed->paging.asked && paging_begin(&feed->rows, &feed->paging, snap, filter) < 0)
        return -1;
    find_row(feed);
    return 0;
}

void feed_end(struct feed *feed)
{
    if (feed)
        paging_free(&feed->rows);
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

static void write_cursor(struct feed *feed)
{
    struct str cursor;
    str_growing(&cursor);
    if (paging_cursor(&feed->rows, &cursor))
        json_slice(&feed->json, "nextCursor", str_slice(&cursor));
    else
        json_null(&feed->json, "nextCursor");
    feed->json.out->cut = feed->json.out->cut || cursor.cut;
    str_free(&cursor);
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
        json_u64(&feed->json, "matching",
                 feed->paging.asked ? feed->rows.matching : feed->matching);
    if (feed->paging.limit > 0)
        write_cursor(feed);
    json_object_end(&feed->json);
}

static void write_row(struct feed *feed)
{
    const struct snap *snap = feed->snap;
    bool csv = feed->format == EXPORT_CSV;
    if (feed->kind == FEED_CONNECTIONS) {
        const struct snap_conn *conn = &snap->conns[feed->row];
        if (csv)
            export_csv_row(feed->json.out, EXPORT_CONNECTIONS, snap, &unmasked, conn);
        else
            doc_connection(&feed->json, snap, conn, &feed->times);
    } else {
        const struct snap_ip *ip = &snap->ips[feed->row];
        if (csv)
            export_csv_row(feed->json.out, EXPORT_IPS, snap, &unmasked, ip);
        else
            doc_ip(&feed->json, snap, ip, &feed->times);
    }
}

/* The row after is looked for at once, so that no piece is empty at the end. */
void feed_write(struct feed *feed, struct str *out)
{
    assert(!feed->done);
    size_t start = out->len;
    feed->json.out = out;
    if (!feed->begun)
        begin(feed, out);
    while (feed->more && out->len - start < FEED_PIECE && !out->cut) {
        write_row(feed);
        find_row(feed);
    }
    if (!feed->more)
        end(feed);
}
