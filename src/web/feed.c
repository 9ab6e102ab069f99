/*
 * Long documents in pieces. The JSON writer's state carries over from one piece to the next.
 */
#include "web/feed.h"

#include <assert.h>

/* Nothing is masked for whoever may ask. */
static const struct mask unmasked;

/* What the lists differ in. */
static const struct feed_list {
    const char *total, *rows; /* names of members */
    enum export_kind kind;
} lists[] = {
    [PAGING_CONNECTIONS] = {"activeConnections", "connections", EXPORT_CONNECTIONS},
    [PAGING_IPS] = {"totalIps", "ipUsage", EXPORT_IPS},
    [PAGING_BOTS] = {"totalBots", "bots", EXPORT_BOTS},
    [PAGING_PLAYERS] = {"totalPlayers", "players", EXPORT_PLAYERS},
};

static const struct feed_list *list_of(const struct feed *feed)
{
    return &lists[feed->paging.list];
}

static bool wants(const void *ctx, const struct snap *snap, uint32_t index)
{
    const struct feed *feed = ctx;
    return !feed->filtered ||
           paging_finds(feed->paging.list, &feed->filter, &feed->search, snap, index);
}

/* The next row in the snapshot's own order that is to be written; false where none was found among
 * the rows that may be looked at for this piece, or at the end. */
static bool next_row(struct feed *feed, unsigned *looks)
{
    unsigned count = paging_count(feed->snap, feed->paging.list);
    while (feed->next<count && * looks> 0) {
        feed->row = feed->next++;
        --*looks;
        if (!wants(feed, feed->snap, feed->row))
            continue;
        feed->matching++;
        return true;
    }
    feed->over = feed->next == count;
    return false;
}

/* Whether all rows of a page that was asked for are there. */
static bool gather(struct feed *feed, unsigned *looks)
{
    struct paging_filter filter = {wants, feed};
    feed->gathered = feed->gathered || paging_gather(&feed->rows, &filter, *looks);
    if (!feed->gathered)
        *looks = 0;
    return feed->gathered;
}

static void find_row(struct feed *feed, unsigned *looks)
{
    if (!feed->paging.asked) {
        feed->more = next_row(feed, looks);
        return;
    }
    if (!gather(feed, looks))
        return;
    feed->more = paging_next(&feed->rows, &feed->row);
    feed->over = !feed->more;
}

int feed_begin(struct feed *feed, const struct snap *snap, const struct feed_ask *ask)
{
    unsigned looks = FEED_LOOK;
    *feed = (struct feed){.snap = snap,
                          .format = ask->format,
                          .filtered = ask->filter != NULL || ask->search != NULL,
                          .paging = *ask->paging};
    if (ask->filter)
        feed->filter = *ask->filter;
    if (ask->search)
        feed->search = *ask->search;
    doc_times(&feed->times, snap);
    if (feed->paging.asked && paging_open(&feed->rows, &feed->paging, snap) < 0)
        return -1;
    find_row(feed, &looks);
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
        export_csv_heads(out, list_of(feed)->kind);
        return;
    }
    json_begin(&feed->json, out);
    json_object(&feed->json, NULL);
    json_u64(&feed->json, list_of(feed)->total, paging_count(feed->snap, feed->paging.list));
    json_array(&feed->json, list_of(feed)->rows);
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
    if (feed->paging.list == PAGING_IPS)
        doc_usage_totals(&feed->json, feed->snap);
    else if (feed->paging.list != PAGING_CONNECTIONS)
        doc_bot_totals(&feed->json, feed->snap);
    if (feed->paging.list == PAGING_BOTS)
        doc_track_totals(&feed->json, feed->snap);
    if (feed->filtered)
        json_u64(&feed->json, "matching",
                 feed->paging.asked ? feed->rows.matching : feed->matching);
    if (feed->paging.limit > 0)
        write_cursor(feed);
    json_object_end(&feed->json);
}

static const void *row_at(const struct snap *snap, enum paging_list list, uint32_t row)
{
    switch (list) {
    case PAGING_CONNECTIONS:
        return &snap->conns[row];
    case PAGING_IPS:
        return &snap->ips[row];
    case PAGING_BOTS:
        return &snap->bots[row];
    case PAGING_PLAYERS:
        return &snap->players[row];
    }
    return NULL;
}

static void write_row(struct feed *feed)
{
    const struct snap *snap = feed->snap;
    struct json *j = &feed->json;
    const void *row = row_at(snap, feed->paging.list, feed->row);
    if (feed->format == EXPORT_CSV) {
        export_csv_row(j->out, list_of(feed)->kind, snap, &unmasked, row);
        return;
    }
    switch (feed->paging.list) {
    case PAGING_CONNECTIONS:
        doc_connection(j, snap, row, &feed->times);
        break;
    case PAGING_IPS:
        doc_ip(j, snap, row, &feed->times);
        break;
    case PAGING_BOTS:
        doc_bot(j, snap, row, &feed->times);
        break;
    case PAGING_PLAYERS:
        doc_player(j, snap, row);
        break;
    }
}

/* The row after is looked for at once, so that the last piece is not empty. */
void feed_write(struct feed *feed, struct str *out)
{
    unsigned looks = FEED_LOOK;
    assert(!feed->done);
    size_t start = out->len;
    feed->json.out = out;
    if (!feed->begun)
        begin(feed, out);
    if (!feed->more && !feed->over)
        find_row(feed, &looks);
    while (feed->more && out->len - start < FEED_PIECE && !out->cut) {
        write_row(feed);
        find_row(feed, &looks);
    }
    if (feed->over)
        end(feed);
}
