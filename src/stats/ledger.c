/*
 * The books of account. Workers report totals per connection, so every entry is the difference to
 * what was entered before: a report may come twice, late, or only when the connection has ended,
 * and the sums stay exact.
 */
#include "stats/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "books.h"
#include "bots_join.h"

#define LAG_WORTH_A_LINE 0.5 /* seconds a worker's loop was held up */

static unsigned window_of(double seconds)
{
    if (!(seconds > 1))
        return 1;
    return seconds > SERIES_SECONDS ? SERIES_SECONDS : (unsigned)(seconds + 0.5);
}

struct ledger *ledger_new(const struct config *config, const struct fleet *fleet, int64_t wall_ms)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    if (!ledger)
        return NULL;
    ledger->config = config_ref(config);
    ledger->fleet = fleet_ref(fleet);
    ledger->started_ms = wall_ms;
    ledger->window = window_of(config->rates.interval);
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        backend_books_clear(ledger, slot, wall_ms);
    happenings_init(&ledger->happenings);
    ledger->by_id = map_new_numbers();
    hash_random(ledger->secret, sizeof(ledger->secret));
    int books = visitors_init(&ledger->books[BOOK_IPS], LEDGER_IPS_MAX);
    books += visitors_init(&ledger->books[BOOK_CLIENTS], LEDGER_NAMES_MAX);
    books += visitors_init(&ledger->books[BOOK_USERS], LEDGER_NAMES_MAX);
    books += guesses_init(&ledger->guesses, LEDGER_GUESSES_MAX);
    books += bot_book_init(&ledger->bots);
    books += players_init(&ledger->players);
    ledger_listen(ledger, "", "");
    if (!ledger->by_id || books < 0 || !ledger->listen || !ledger->web) {
        ledger_free(ledger);
        return NULL;
    }
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    rows_free(ledger);
    players_free(ledger);
    flow_book_free(&ledger->flows);
    bot_book_free(&ledger->bots);
    notes_free(&ledger->later);
    for (unsigned i = 0; i < BOOK_COUNT; i++)
        visitors_free(&ledger->books[i]);
    guesses_free(&ledger->guesses);
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        meter_clear(&ledger->backends[slot].meter);
    ledger_unwarn(ledger);
    reload_clear(ledger);
    happenings_free(&ledger->happenings);
    meter_clear(&ledger->meter);
    free(ledger->listen);
    free(ledger->web);
    config_unref(ledger->config);
    fleet_unref(ledger->fleet);
    free(ledger);
}

void ledger_apply(struct ledger *ledger, const struct config *config, const struct fleet *fleet,
                  int64_t wall_ms)
{
    const struct config *old_config = ledger->config;
    const struct fleet *old_fleet = ledger->fleet;

    ledger->config = config_ref(config);
    ledger->fleet = fleet_ref(fleet);
    ledger->window = window_of(config->rates.interval);
    for (unsigned slot = 0; slot < FLEET_MAX; slot++) {
        if (fleet_has(old_fleet, slot) == fleet_has(fleet, slot))
            continue;
        backend_books_clear(ledger, slot, wall_ms);
        bots_forget_slot(&ledger->bots, slot);
    }
    config_unref(old_config);
    fleet_unref(old_fleet);
}

void ledger_listen(struct ledger *ledger, const char *proxy, const char *web)
{
    char *listen_copy = strdup(proxy), *web_copy = strdup(web);

    if (listen_copy && web_copy) {
        free(ledger->listen);
        free(ledger->web);
        ledger->listen = listen_copy;
        ledger->web = web_copy;
    } else {
        free(listen_copy);
        free(web_copy);
    }
}

void ledger_blocks(struct ledger *ledger, const struct snap_block *blocks, unsigned total)
{
    unsigned count = total < SNAP_BLOCKS_MAX ? total : SNAP_BLOCKS_MAX;

    ledger->blocks_total = total;
    memcpy(ledger->blocks, blocks, count * sizeof(*blocks));
    for (unsigned i = 0; i < count; i++)
        if (blocks[i].user) {
            snprintf(ledger->blocked_users[i], SNAP_TEXT, "%s", blocks[i].user);
            ledger->blocks[i].user = ledger->blocked_users[i];
        }
}

bool ledger_client(const struct ledger *ledger, uint64_t id, struct addr *client)
{
    const struct row *row = row_get(ledger, id);

    if (!row || row->ended)
        return false;
    *client = row->client;
    return true;
}

/* What was moved by whoever is in `visitors`. */
static void count_moved(struct ledger *ledger, struct visitor *const visitors[BOOK_COUNT],
                        const struct bot_sums *moved, int64_t wall_ms)
{
    for (unsigned i = 0; i < BOOK_COUNT; i++)
        visitor_moved(&ledger->books[i], visitors[i], moved->bytes_in, moved->bytes_out,
                      moved->messages, wall_ms);
    ledger->bytes_in += moved->bytes_in;
    ledger->bytes_out += moved->bytes_out;
    ledger->meter.in += moved->bytes_in;
    ledger->meter.out += moved->bytes_out;
    ledger->messages += moved->messages;
    ledger->meter.messages += (uint32_t)moved->messages;
}

/* Who a connection belongs to: an IP, and the names it gave. */
struct owner {
    const struct addr *client;
    const struct report_text *user_id, *client_name, *user_agent;
};

static void name_key(union visitor_key *key, const struct report_text *text)
{
    char shown[SNAP_TEXT];
    size_t len = text->len < REPORT_TEXT_MAX ? text->len : REPORT_TEXT_MAX;
    text_display(shown, sizeof(shown), (struct slice){text->bytes, len}, TEXT_COLUMNS_MAX);
    memset(key, 0, sizeof(*key));
    memcpy(key->name, shown, strlen(shown));
}

static void owner_keys(union visitor_key keys[BOOK_COUNT], const struct owner *owner)
{
    memset(&keys[BOOK_IPS], 0, sizeof(keys[BOOK_IPS]));
    keys[BOOK_IPS].ip = addr_key_of(owner->client);
    name_key(&keys[BOOK_CLIENTS], owner->client_name);
    if (keys[BOOK_CLIENTS].name[0] == '\0')
        name_key(&keys[BOOK_CLIENTS], owner->user_agent);
    name_key(&keys[BOOK_USERS], owner->user_id);
}

static void count_ips(struct ledger *ledger, struct visitor *const visitors[BOOK_COUNT],
                      const union visitor_key *ip)
{
    uint64_t hash = hash_sip(ledger->secret, &ip->ip, sizeof(ip->ip));
    visitor_from(&ledger->books[BOOK_CLIENTS], visitors[BOOK_CLIENTS], hash);
    visitor_from(&ledger->books[BOOK_USERS], visitors[BOOK_USERS], hash);
}

/* All that was counted of a connection goes over to another visitor, this second's part too. */
static void row_moves(struct visitor_book *book, struct row *row, struct visitor **at,
                      struct visitor *to, int64_t wall_ms)
{
    struct visitor *from = *at;
    if (from) {
        visitor_leave(book, from, wall_ms);
        from->connections--;
        from->bytes_in -= row->bytes_in;
        from->bytes_out -= row->bytes_out;
        from->messages -= row->messages;
        from->meter.in -= row->meter.in;
        from->meter.out -= row->meter.out;
        from->meter.messages -= row->meter.messages;
    }
    visitor_enter(book, to, wall_ms);
    to->connections++;
    to->bytes_in += row->bytes_in;
    to->bytes_out += row->bytes_out;
    to->messages += row->messages;
    to->meter.in += row->meter.in;
    to->meter.out += row->meter.out;
    to->meter.messages += row->meter.messages;
    *at = to;
}

/* Who the client is may become known only after the connection was first reported: its IP from a
 * PROXY header, its names from the first request. A name, once given, is not taken back. */
static void row_belongs(struct ledger *ledger, struct row *row, const struct owner *owner,
                        int64_t wall_ms)
{
    union visitor_key keys[BOOK_COUNT];
    owner_keys(keys, owner);
    row->client = *owner->client;
    for (unsigned i = 0; i < BOOK_COUNT; i++) {
        if (row->visitors[i] && i != BOOK_IPS && keys[i].name[0] == '\0')
            continue;
        struct visitor *to = visitor_get(&ledger->books[i], &keys[i], ledger->second, wall_ms);
        if (to != row->visitors[i])
            row_moves(&ledger->books[i], row, &row->visitors[i], to, wall_ms);
    }
    count_ips(ledger, row->visitors, &keys[BOOK_IPS]);
}

/* NULL without memory: then the connection is counted when it ends. */
static struct row *enter_row(struct ledger *ledger, const struct report_info *info, int64_t wall_ms)
{
    struct row *row = row_get(ledger, info->id);
    if (!row) {
        row = row_new(ledger, info->id);
        if (!row)
            return NULL;
        ledger->opened++;
    }
    struct owner owner = {&info->client, &info->user_id, &info->client_name, &info->user_agent};
    row_belongs(ledger, row, &owner, wall_ms);
    row->opened_ms = info->opened_ms;
    row->kind = info->kind;
    row->version = info->version;
    row->backend = info->backend;
    row_set_text(row, info);
    return row;
}

static void enter_info(struct ledger *ledger, const struct report_info *info, int64_t wall_ms)
{
    struct row *row = enter_row(ledger, info, wall_ms);
    if (row)
        news_opened(ledger, row, wall_ms);
}

/* Notes may speak of a connection that came and went since the last report; a bot is seen in one
 * that was a tunnel, whether or not any does. */
static void enter_short_lived(struct ledger *ledger, const struct report *report, int64_t wall_ms)
{
    bool noted = report->notes || ledger->later.len > 0;
    for (unsigned i = 0; i < report->closed_count; i++) {
        const struct report_closed *closed = &report->closed[i];
        const struct report_info info = {.id = closed->id,
                                         .client = closed->client,
                                         .opened_ms = closed->opened_ms,
                                         .kind = closed->kind,
                                         .version = closed->version,
                                         .backend = closed->backend,
                                         .user_id = closed->user_id,
                                         .client_name = closed->client_name,
                                         .user_agent = closed->user_agent};
        if ((noted || closed->kind == CONN_WEBSOCKET) && !row_get(ledger, closed->id))
            enter_row(ledger, &info, wall_ms);
    }
}

void row_totals(struct ledger *ledger, struct row *row, const struct report_tick *tick,
                int64_t wall_ms)
{
    struct bot_sums moved = {
        .bytes_in = tick->bytes_in > row->bytes_in ? tick->bytes_in - row->bytes_in : 0,
        .bytes_out = tick->bytes_out > row->bytes_out ? tick->bytes_out - row->bytes_out : 0,
        .messages = tick->messages - (uint32_t)row->messages, /* the total may wrap */
        .requests = tick->requests - row->requests,
    };
    if (moved.bytes_in == 0 && moved.bytes_out == 0)
        return;
    for (unsigned i = 0; i < REPORT_CLASSES; i++)
        moved.answers[i] = tick->answers[i] - row->answers[i];
    bots_moved(ledger, row, &moved, wall_ms);
    memcpy(row->answers, tick->answers, sizeof(row->answers));
    row->requests = tick->requests;
    row->bytes_in += moved.bytes_in;
    row->bytes_out += moved.bytes_out;
    row->messages += moved.messages;
    row->meter.in += moved.bytes_in;
    row->meter.out += moved.bytes_out;
    row->meter.messages += (uint32_t)moved.messages;
    count_moved(ledger, row->visitors, &moved, wall_ms);
}

/* One that has no row: it came and went between two reports. */
static void enter_whole(struct ledger *ledger, const struct report_closed *closed,
                        const struct owner *owner, int64_t wall_ms)
{
    union visitor_key keys[BOOK_COUNT];
    struct visitor *visitors[BOOK_COUNT];
    owner_keys(keys, owner);
    for (unsigned i = 0; i < BOOK_COUNT; i++) {
        visitors[i] = visitor_get(&ledger->books[i], &keys[i], ledger->second, wall_ms);
        visitors[i]->connections++;
    }
    ledger->opened++;
    count_ips(ledger, visitors, &keys[BOOK_IPS]);
    struct bot_sums moved = {.bytes_in = closed->bytes_in,
                             .bytes_out = closed->bytes_out,
                             .messages = closed->messages,
                             .requests = closed->requests};
    for (unsigned i = 0; i < REPORT_CLASSES; i++)
        moved.answers[i] = closed->answers[i];
    bots_whole(ledger, closed, &moved, wall_ms);
    count_moved(ledger, visitors, &moved, wall_ms);
}

static void enter_closed(struct ledger *ledger, const struct report_closed *closed, int64_t wall_ms)
{
    struct row *row = row_get(ledger, closed->id);
    struct owner owner = {&closed->client, &closed->user_id, &closed->client_name,
                          &closed->user_agent};
    if (row) {
        row_belongs(ledger, row, &owner, wall_ms);
        struct report_tick tick = {.bytes_in = closed->bytes_in,
                                   .bytes_out = closed->bytes_out,
                                   .requests = closed->requests,
                                   .messages = closed->messages};
        memcpy(tick.answers, closed->answers, sizeof(tick.answers));
        row_totals(ledger, row, &tick, wall_ms);
        players_socket_ended(ledger, row->id);
        bots_row_ends(ledger, row, wall_ms);
        for (unsigned i = 0; i < BOOK_COUNT; i++)
            visitor_leave(&ledger->books[i], row->visitors[i], wall_ms);
        row_end(ledger, row);
    } else {
        enter_whole(ledger, closed, &owner, wall_ms);
    }
    if (closed->reason < CLOSE_REASON_COUNT)
        ledger->closed[closed->reason]++;
    news_closed(ledger, closed, wall_ms);
}

struct happenings *ledger_happenings(struct ledger *ledger)
{
    return &ledger->happenings;
}

void ledger_report(struct ledger *ledger, const struct report *report, int64_t wall_ms)
{
    if (report->notes || report->tick != 0)
        players_clock(&ledger->players, (int64_t)(clock_mono() * 1e6), wall_ms);
    for (unsigned i = 0; i < report->info_count; i++)
        enter_info(ledger, &report->infos[i], wall_ms);
    enter_short_lived(ledger, report, wall_ms);
    notes_enter(ledger, report, wall_ms);
    for (unsigned i = 0; i < report->tick_count; i++) {
        const struct report_tick *tick = &report->ticks[i];
        struct row *row = row_get(ledger, tick->id);
        if (row)
            row_totals(ledger, row, tick, wall_ms);
    }
    for (unsigned i = 0; i < report->closed_count; i++)
        enter_closed(ledger, &report->closed[i], wall_ms);
    for (unsigned i = 0; i < report->event_count; i++) {
        news_event(ledger, &report->events[i], wall_ms);
        diagnose_password(ledger, &report->events[i], wall_ms);
    }
    guesses_report(&ledger->guesses, report, wall_ms);
    backend_books_report(ledger, report, wall_ms);
    report_counts_add(&ledger->counts, &report->counts);
    if (report->tick != 0)
        snap_histogram_add(&ledger->loop_lag, report->lag);
    if (report->lag >= LAG_WORTH_A_LINE)
        ledger_event(ledger, EVENT_WARN, wall_ms, "worker %u was held up for %.0f ms",
                     report->worker, report->lag * 1000);
}

void ledger_warn(struct ledger *ledger, const char *text)
{
    log_warn("%s", text);
    if (ledger->warning_count == BOOKS_WARNINGS_MAX)
        return;
    char *copy = strdup(text);
    if (copy)
        ledger->warnings[ledger->warning_count++] = copy;
}

void ledger_unwarn(struct ledger *ledger)
{
    for (unsigned i = 0; i < ledger->warning_count; i++)
        free(ledger->warnings[i]);
    ledger->warning_count = 0;
}

void ledger_tick(struct ledger *ledger)
{
    notes_tick(ledger);
    rows_settle(ledger);
    bots_guess(ledger);
    for (unsigned i = 0; i < ledger->row_count; i++)
        meter_tick(&ledger->rows[i]->meter, ledger->second);
    for (unsigned i = 0; i < BOOK_COUNT; i++)
        visitors_tick(&ledger->books[i], ledger->second);
    players_tick(ledger);
    bots_tick(ledger);
    backend_books_tick(ledger);
    meter_tick(&ledger->meter, ledger->second);
    ledger->second++;
}
