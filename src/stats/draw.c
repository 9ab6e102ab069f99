/*
 * Draws the books into a snapshot: first the sum of what it will take, then one allocation, then
 * the rows. A sum that falls short is a bug, hence the asserts.
 */
#include "books.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct snap_history zeros;
static const char nothing[] = "";

void *draw_take(struct snap *snap, size_t size)
{
    void *memory = snap_take(snap, size);
    assert(memory);
    return memory;
}

const char *draw_text(struct snap *snap, const char *text)
{
    size_t size = strlen(text) + 1;
    if (size == 1)
        return nothing;
    char *copy = draw_take(snap, size);
    memcpy(copy, text, size);
    return copy;
}

size_t draw_room_of_text(const char *text)
{
    return strlen(text) + 1 + DRAW_SLACK;
}

static size_t room_needed(const struct ledger *ledger)
{
    size_t room = meter_room(&ledger->meter) + DRAW_SLACK * 8;

    for (unsigned i = 0; i < ledger->row_count; i++)
        room += ledger->rows[i]->text_len + DRAW_SLACK + meter_room(&ledger->rows[i]->meter);
    room += ledger->row_count * sizeof(struct snap_conn);
    for (unsigned i = 0; i < BOOK_COUNT; i++)
        room += visitors_meter_room(&ledger->books[i]);
    room += map_count(ledger->books[BOOK_IPS].by_key) * sizeof(struct snap_ip);
    room += draw_books_room(ledger);
    room += backend_books_room(ledger) + reload_room(ledger) + bots_room(ledger);
    room += players_room(ledger);
    room += SNAP_EVENTS_MAX * sizeof(struct snap_event) + sizeof(ledger->blocks) + DRAW_SLACK;
    for (unsigned i = 0; i < ledger->blocks_total && i < SNAP_BLOCKS_MAX; i++)
        if (ledger->blocks[i].user)
            room += draw_room_of_text(ledger->blocks[i].user);
    for (unsigned i = 0; i < ledger->warning_count; i++)
        room += sizeof(char *) + draw_room_of_text(ledger->warnings[i]);
    return room + draw_room_of_text(ledger->listen) + draw_room_of_text(ledger->web);
}

struct meter_drawn draw_meter(const struct ledger *ledger, const struct meter *meter,
                              struct snap *snap)
{
    struct meter_drawn drawn;
    bool fits = meter_draw(meter, snap, &zeros, ledger->window, &drawn);
    assert(fits);
    return drawn;
}

static void draw_conn(const struct ledger *ledger, const struct row *row, struct snap *snap,
                      const uint8_t index[FLEET_MAX], struct snap_conn *conn)
{
    const char **texts[4] = {&conn->user_id, &conn->client_name, &conn->user_agent, &conn->path};

    *conn = (struct snap_conn){
        .id = row->id,
        .client = row->client,
        .opened_ms = row->opened_ms,
        .bytes_in = row->bytes_in,
        .bytes_out = row->bytes_out,
        .messages = row->messages,
        .requests = row->requests,
        .bot = row->bot ? row->bot->id : 0,
        .kind = row->kind,
        .version = row->version,
        .backend = row->backend < FLEET_MAX ? index[row->backend] : REPORT_NO_BACKEND,
    };
    const char *text = nothing;
    if (row->text) {
        char *copy = draw_take(snap, row->text_len);
        memcpy(copy, row->text, row->text_len);
        text = copy;
    }
    for (unsigned i = 0; i < 4; i++) {
        *texts[i] = text;
        if (row->text)
            text += strlen(text) + 1;
    }
    struct meter_drawn drawn = draw_meter(ledger, &row->meter, snap);
    conn->rate_in = drawn.rate_in;
    conn->rate_out = drawn.rate_out;
    conn->rate_messages = drawn.rate_messages;
    conn->history = drawn.history;
}

static void draw_conns(const struct ledger *ledger, struct snap *snap,
                       struct backend_use use[FLEET_MAX])
{
    uint8_t index[FLEET_MAX];
    backend_books_index(ledger, index);
    struct snap_conn *conns = draw_take(snap, ledger->row_count * sizeof(*conns));
    for (unsigned i = 0; i < ledger->row_count; i++) {
        const struct row *row = ledger->rows[i];
        draw_conn(ledger, row, snap, index, &conns[i]);
        if (row->version == 3)
            snap->active_v3++;
        else if (row->version == 4)
            snap->active_v4++;
        if (row->backend == REPORT_NO_BACKEND)
            continue;
        use[row->backend].connections++;
        use[row->backend].sockets += row->kind == CONN_WEBSOCKET;
    }
    snap->conns = conns;
    snap->conn_count = ledger->row_count;
}

static void draw_ip(const struct ledger *ledger, const struct visitor *visitor, struct snap *snap,
                    struct snap_ip *ip)
{
    *ip = (struct snap_ip){
        .key = visitor->key.ip,
        .bytes_in = visitor->bytes_in,
        .bytes_out = visitor->bytes_out,
        .messages = visitor->messages,
        .connections = visitor->connections,
        .active = visitor->active,
        .last_active_ms = visitor->last_active_ms,
    };
    struct meter_drawn drawn = draw_meter(ledger, &visitor->meter, snap);
    ip->rate_in = drawn.rate_in;
    ip->rate_out = drawn.rate_out;
    ip->rate_messages = drawn.rate_messages;
    ip->history = drawn.history;
}

static void draw_ips(const struct ledger *ledger, struct snap *snap)
{
    const struct visitor_book *book = &ledger->books[BOOK_IPS];
    size_t count = map_count(book->by_key);
    struct snap_ip *ips = draw_take(snap, count * sizeof(*ips));
    struct visitor_walk walk = {0};

    for (size_t i = 0; i < count; i++)
        draw_ip(ledger, visitors_next(book, &walk), snap, &ips[i]);
    snap->ips = ips;
    snap->ip_count = (unsigned)count;
    snap->others_bytes_in = book->others.bytes_in;
    snap->others_bytes_out = book->others.bytes_out;
    snap->others_connections = book->others.connections;
}

static void draw_news(const struct ledger *ledger, struct snap *snap)
{
    const struct news *news = &ledger->news;
    uint64_t count = news->seq < SNAP_EVENTS_MAX ? news->seq : SNAP_EVENTS_MAX;
    struct snap_event *events = draw_take(snap, (size_t)count * sizeof(*events));
    for (uint64_t i = 0; i < count; i++)
        events[i] = news->events[(news->seq - count + 1 + i) % SNAP_EVENTS_MAX];
    snap->events = events;
    snap->event_count = (unsigned)count;

    const char **warnings = draw_take(snap, ledger->warning_count * sizeof(char *));
    for (unsigned i = 0; i < ledger->warning_count; i++)
        warnings[i] = draw_text(snap, ledger->warnings[i]);
    snap->warnings = warnings;
    snap->warning_count = ledger->warning_count;
}

static void draw_blocks(const struct ledger *ledger, struct snap *snap)
{
    unsigned count =
        ledger->blocks_total < SNAP_BLOCKS_MAX ? ledger->blocks_total : SNAP_BLOCKS_MAX;
    struct snap_block *blocks = draw_take(snap, count * sizeof(*blocks));

    memcpy(blocks, ledger->blocks, count * sizeof(*blocks));
    for (unsigned i = 0; i < count; i++)
        if (blocks[i].user)
            blocks[i].user = draw_text(snap, blocks[i].user);
    snap->blocks = blocks;
    snap->block_count = count;
    snap->blocks_total = ledger->blocks_total;
}

static uint64_t resident_bytes(void)
{
    unsigned long long size, resident;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    /* Two numbers of the kernel's own making cannot overflow what they are read into. */
    int found = fscanf(file, "%llu %llu", &size, &resident); // NOLINT(cert-err34-c)
    fclose(file);
    return found == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

struct snap *ledger_draw(struct ledger *ledger, int64_t wall_ms)
{
    struct backend_use use[FLEET_MAX] = {{0}};
    const struct config *config = ledger->config;

    news_due(ledger, wall_ms);
    bots_due(ledger, wall_ms);
    rows_settle(ledger);
    struct snap *snap = snap_alloc(room_needed(ledger));
    if (!snap)
        return NULL;
    snap->seq = ++ledger->snaps;
    snap->second = ledger->second;
    snap->window = ledger->window;
    snap->wall_ms = wall_ms;
    snap->started_ms = ledger->started_ms;
    snap->demo = config->demo;
    snap->read_only = config->tui.read_only;
    snap->listen = draw_text(snap, ledger->listen);
    snap->web = draw_text(snap, ledger->web);
    snap->limit_connections = config->limits.connections;
    snap->band_medium = config->rates.medium;
    snap->band_high = config->rates.high;
    snap->bytes_in = ledger->bytes_in;
    snap->bytes_out = ledger->bytes_out;
    snap->opened = ledger->opened;
    memcpy(snap->closed, ledger->closed, sizeof(snap->closed));
    snap->rss_bytes = resident_bytes();
    struct meter_drawn drawn = draw_meter(ledger, &ledger->meter, snap);
    snap->rate_in = drawn.rate_in;
    snap->rate_out = drawn.rate_out;
    snap->rate_messages = drawn.rate_messages;
    snap->history = drawn.history;
    snap->messages = ledger->messages;
    snap->counts = ledger->counts;
    snap->loop_lag = ledger->loop_lag;
    draw_conns(ledger, snap, use);
    draw_ips(ledger, snap);
    draw_books(ledger, snap);
    players_draw(ledger, snap, use);
    backend_books_draw(ledger, snap, use);
    bots_draw(ledger, snap);
    players_draw_flows(ledger, snap);
    reload_draw(ledger, snap);
    draw_blocks(ledger, snap);
    draw_news(ledger, snap);
    return snap;
}
