/*
 * The books of account. Workers report totals per connection, so every entry is the difference to
 * what was entered before: a report may come twice, late, or only when the connection has ended,
 * and the sums stay exact.
 */
#include "stats/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "books.h"

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
    ledger->by_id = map_new(sizeof(uint64_t));
    ledger->by_key = map_new(sizeof(struct addr_key));
    ledger_listen(ledger, "", "");
    if (!ledger->by_id || !ledger->by_key || !ledger->listen || !ledger->web) {
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
    visitors_free(ledger);
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        meter_clear(&ledger->backends[slot].meter);
    ledger_unwarn(ledger);
    reload_clear(ledger);
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
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        if (fleet_has(old_fleet, slot) != fleet_has(fleet, slot))
            backend_books_clear(ledger, slot, wall_ms);
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
}

bool ledger_client(const struct ledger *ledger, uint64_t id, struct addr *client)
{
    const struct row *row = row_get(ledger, id);

    if (!row || row->ended)
        return false;
    *client = row->client;
    return true;
}

static void count_visitor(struct ledger *ledger, struct visitor *visitor, uint64_t in, uint64_t out,
                          uint32_t messages)
{
    visitor->bytes_in += in;
    visitor->bytes_out += out;
    visitor->meter.in += in;
    visitor->meter.out += out;
    visitor->messages += messages;
    visitor->meter.messages += messages;
    ledger->bytes_in += in;
    ledger->bytes_out += out;
    ledger->meter.in += in;
    ledger->meter.out += out;
    ledger->messages += messages;
    ledger->meter.messages += messages;
}

/* Who the client is may become known only after the connection was first reported, from a PROXY
 * header: then all that was counted goes over to the right visitor. */
static void row_belongs(struct ledger *ledger, struct row *row, const struct addr *client,
                        int64_t wall_ms)
{
    struct addr_key key = addr_key_of(client), known = addr_key_of(&row->client);
    struct visitor *from = row->visitor;

    row->client = *client;
    if (from && memcmp(&key, &known, sizeof(key)) == 0)
        return;
    struct visitor *to = visitor_get(ledger, client);
    if (from) {
        visitor_leave(ledger, from, wall_ms);
        from->connections--;
        from->bytes_in -= row->bytes_in;
        from->bytes_out -= row->bytes_out;
        from->messages -= row->messages;
    }
    visitor_enter(ledger, to, wall_ms);
    to->connections++;
    to->bytes_in += row->bytes_in;
    to->bytes_out += row->bytes_out;
    to->messages += row->messages;
    row->visitor = to;
}

static void enter_info(struct ledger *ledger, const struct report_info *info, int64_t wall_ms)
{
    struct row *row = row_get(ledger, info->id);
    if (!row) {
        /* Without memory for a row the connection is counted when it ends. */
        row = row_new(ledger, info->id);
        if (!row)
            return;
        ledger->opened++;
    }
    row_belongs(ledger, row, &info->client, wall_ms);
    row->opened_ms = info->opened_ms;
    row->kind = info->kind;
    row->version = info->version;
    row->backend = info->backend;
    row_set_text(row, info);
    news_opened(ledger, row, wall_ms);
}

/* Enters totals of a connection that has a row: only what is new counts. */
static void enter_totals(struct ledger *ledger, struct row *row, const struct report_tick *tick,
                         int64_t wall_ms)
{
    uint64_t new_in = tick->bytes_in > row->bytes_in ? tick->bytes_in - row->bytes_in : 0;
    uint64_t new_out = tick->bytes_out > row->bytes_out ? tick->bytes_out - row->bytes_out : 0;
    uint32_t messages = tick->messages - (uint32_t)row->messages; /* the total may wrap */

    row->requests = tick->requests;
    if (new_in == 0 && new_out == 0)
        return;
    row->bytes_in += new_in;
    row->bytes_out += new_out;
    row->messages += messages;
    row->meter.in += new_in;
    row->meter.out += new_out;
    row->meter.messages += messages;
    count_visitor(ledger, row->visitor, new_in, new_out, messages);
    visitor_active(ledger, row->visitor, wall_ms);
}

static void enter_closed(struct ledger *ledger, const struct report_closed *closed, int64_t wall_ms)
{
    struct row *row = row_get(ledger, closed->id);
    if (row) {
        row_belongs(ledger, row, &closed->client, wall_ms);
        enter_totals(ledger, row,
                     &(struct report_tick){.bytes_in = closed->bytes_in,
                                           .bytes_out = closed->bytes_out,
                                           .requests = closed->requests,
                                           .messages = closed->messages},
                     wall_ms);
        visitor_leave(ledger, row->visitor, wall_ms);
        row_end(ledger, row);
    } else {
        struct visitor *visitor = visitor_get(ledger, &closed->client);
        ledger->opened++;
        visitor->connections++;
        count_visitor(ledger, visitor, closed->bytes_in, closed->bytes_out, closed->messages);
        visitor_active(ledger, visitor, wall_ms);
    }
    if (closed->reason < CLOSE_REASON_COUNT)
        ledger->closed[closed->reason]++;
    news_closed(ledger, closed, wall_ms);
}

void ledger_report(struct ledger *ledger, const struct report *report, int64_t wall_ms)
{
    for (unsigned i = 0; i < report->info_count; i++)
        enter_info(ledger, &report->infos[i], wall_ms);
    for (unsigned i = 0; i < report->tick_count; i++) {
        const struct report_tick *tick = &report->ticks[i];
        struct row *row = row_get(ledger, tick->id);
        if (row)
            enter_totals(ledger, row, tick, wall_ms);
    }
    for (unsigned i = 0; i < report->closed_count; i++)
        enter_closed(ledger, &report->closed[i], wall_ms);
    for (unsigned i = 0; i < report->event_count; i++)
        news_event(ledger, &report->events[i], wall_ms);
    backend_books_report(ledger, report);
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
    rows_settle(ledger);
    for (unsigned i = 0; i < ledger->row_count; i++)
        meter_tick(&ledger->rows[i]->meter, ledger->second);
    visitors_tick(ledger);
    backend_books_tick(ledger);
    meter_tick(&ledger->meter, ledger->second);
    ledger->second++;
}
