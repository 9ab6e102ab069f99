/*
 * The connection monitor: what goes on now.
 */
#include <string.h>

#include "base/human.h"
#include "web/table.h"
#include "web/page_list.h"

#define ROWS 15 /* of connections: the page stays small */
#define TOP_IPS 8
#define EVENTS 12

static void add_direction(struct page *page, const char *label, uint64_t rate, uint64_t bytes,
                          const uint32_t values[SERIES_SECONDS])
{
    struct str *out = page->out;
    html_add(out, "<div><dt>%s</dt><dd", label);
    live_begin(page->live, out, "total-%s", label);
    page_direction(page, rate);
    str_add_char(out, ' ');
    page_line(page, values, label);
    str_add_text(out, " total ");
    page_size(page, bytes);
    live_end(page->live, out);
    str_add_text(out, "</dd></div>\n");
}

/* Where bots find the port: one that listens everywhere by the name that led here, said once. */
static void add_address(struct page *page, struct slice listen, unsigned *said)
{
    static const struct addr everywhere;
    struct addr addr;
    struct slice host;
    uint16_t port;
    bool split = addr_split(listen, &host, &port) && addr_parse(host, &addr);
    bool named = split && page->host.len > 0 &&
                 memcmp(addr.bytes, everywhere.bytes, sizeof(addr.bytes)) == 0;
    if (named && *said == port)
        return;
    str_add_text(page->out, "<code class=\"copy\">");
    if (named) {
        *said = port;
        html_slice(page->out, page->host);
        html_add(page->out, ":%u", port);
    } else {
        html_slice(page->out, listen);
    }
    str_add_text(page->out, "</code> ");
}

static void add_totals(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    char text[HUMAN_MAX];
    int64_t uptime = (snap->wall_ms - snap->started_ms) / 1000;
    str_add_text(out, "<dl id=\"totals\">\n<div><dt>Bots connect to</dt><dd>");
    struct slice rest = slice_of(snap->listen), one;
    unsigned said = 0;
    while (slice_next(&rest, ' ', &one))
        add_address(page, one, &said);
    str_add_text(out, "</dd></div>\n<div><dt>Connections</dt><dd");
    live_begin(page->live, out, "total-connections");
    html_add(out, "%u (v3 %u, v4 %u)", snap->conn_count, snap->active_v3, snap->active_v4);
    live_end(page->live, out);
    str_add_text(out, "</dd></div>\n<div><dt><a href=\"/players\">Players</a></dt><dd");
    live_begin(page->live, out, "total-players");
    html_add(out, "%u (%u playing)", snap->player_count, snap->playing_count);
    live_end(page->live, out);
    str_add_text(out, "</dd></div>\n<div><dt>Up</dt><dd");
    live_begin(page->live, out, "up");
    str_add_text(out, human_uptime(text, uptime > 0 ? (uint64_t)uptime : 0));
    live_end(page->live, out);
    str_add_text(out, "</dd></div>\n");
    add_direction(page, "In", snap->rate_in, snap->bytes_in, snap->history->in);
    add_direction(page, "Out", snap->rate_out, snap->bytes_out, snap->history->out);
    str_add_text(out, "<div><dt>Messages</dt><dd");
    live_begin(page->live, out, "total-messages");
    page_messages(page, snap->messages, snap->rate_messages);
    live_end(page->live, out);
    str_add_text(out, "</dd></div>\n</dl>\n");
}

/* Messages have no direction: then the first column says how many so far, as on the screen. */
static void add_rates(struct page *page, const struct snap_conn *conn)
{
    if (page->units == PAGE_MESSAGES)
        page_count_cell(page, "i", conn->id, conn->messages);
    else
        page_rate_cell(page, "i", conn->id, conn->rate_in, 0);
    page_rate_cell(page, "o", conn->id, conn->rate_out, conn->rate_messages);
}

static void add_connection(struct page *page, const struct table *table, unsigned place)
{
    const struct snap_conn *conn = &page->snap->conns[table->rows[place]];
    struct str *out = page->out;
    char addr[ADDR_TEXT_MAX];
    unsigned long long id = conn->id;
    live_row(page->live, id);
    html_add(out,
             "<tr id=\"c%llu\"><th scope=\"row\"><a href=\"/connections/%llu\">%llu</a></th><td>",
             id, id, id);
    str_add_text(out, conn->version == 3 ? "v3" : conn->version == 4 ? "v4" : "-");
    html_add(out, "</td><td>%s</td><td>", addr_text(addr, &conn->client, false));
    html_text(out, sort_client(conn));
    str_add_text(out, "</td><td>");
    html_text(out, sort_backend(page->snap, conn));
    str_add_text(out, "</td>");
    add_rates(page, conn);
    page_size_cell(page, "t", id, conn->bytes_in + conn->bytes_out);
    page_cell(page, "a", id);
    page_age(page, conn->opened_ms);
    page_cell_end(page);
    html_add(out, "<td><a href=\"/connections/%llu#end\">Kill</a></td></tr>\n", id);
}

static void add_connections(struct page *page, const char *path, unsigned rows)
{
    bool messages = page->units == PAGE_MESSAGES;
    const struct table_column columns[] = {{SORT_ID, "#"},
                                           {SORT_VERSION, "V"},
                                           {SORT_IP, "IP"},
                                           {SORT_CLIENT, "Client"},
                                           {SORT_BACKEND, "Backend"},
                                           {SORT_IN, messages ? "Messages" : "In"},
                                           {SORT_OUT, messages ? "Messages/s" : "Out"},
                                           {SORT_TOTAL, "Total"},
                                           {SORT_AGE, "Age"},
                                           {TABLE_PLAIN, "Action"}};
    const struct table_kind kind = {.list = PAGING_CONNECTIONS,
                                    .path = path,
                                    .id = "rows",
                                    .caption = "Connections",
                                    .hint = "bot: ip: client: user: backend: rate&gt;100K",
                                    .none = "no connections at present",
                                    .others = "no connection matches",
                                    .key = SORT_RATE,
                                    .per_page = rows,
                                    .columns = columns,
                                    .column_count = sizeof(columns) / sizeof(columns[0]),
                                    .row = add_connection};
    table_show(page, &kind);
}

/* Whether one address comes before another: what is held first, then by rate. */
static bool comes_before(const struct page *page, const struct snap_ip *a, const struct snap_ip *b)
{
    unsigned a_held = page_held(page, page->ips, page_ip_number(&a->key));
    unsigned b_held = page_held(page, page->ips, page_ip_number(&b->key));
    if (a_held != b_held)
        return a_held < b_held;
    return a->rate_in + a->rate_out > b->rate_in + b->rate_out;
}

/* The busiest addresses, each put to its place by one walk. */
static unsigned find_top(struct page *page, const struct snap_ip *top[TOP_IPS])
{
    const struct snap *snap = page->snap;
    uint64_t numbers[TOP_IPS];
    unsigned count = 0;
    for (unsigned i = 0; i < snap->ip_count; i++) {
        const struct snap_ip *ip = &snap->ips[i];
        if (count == TOP_IPS && !comes_before(page, ip, top[TOP_IPS - 1]))
            continue;
        unsigned j = count < TOP_IPS ? count++ : TOP_IPS - 1;
        for (; j > 0 && comes_before(page, ip, top[j - 1]); j--)
            top[j] = top[j - 1];
        top[j] = ip;
    }
    for (unsigned i = 0; i < count; i++)
        numbers[i] = page_ip_number(&top[i]->key);
    page_hold(page, page->ips, numbers, count);
    return count;
}

static void add_ips(struct page *page)
{
    const struct snap_ip *top[TOP_IPS];
    unsigned count = find_top(page, top);
    struct str *out = page->out;
    char text[ADDR_TEXT_MAX];
    html_add(out,
             "<section tabindex=\"0\" aria-label=\"Top IPs\">\n<table>\n<caption>Top "
             "IPs</caption>\n<thead><tr><th "
             "scope=\"col\">IP</th><th scope=\"col\">Connections</th><th "
             "scope=\"col\">%s</th><th scope=\"col\">Total</th></tr></thead>\n<tbody",
             page_rate_head(page));
    live_list(page->live, out, "ips");
    for (unsigned i = 0; i < count; i++) {
        live_row(page->live, page_ip_number(&top[i]->key));
        html_add(out, "<tr><th scope=\"row\">%s</th><td>%u</td>", addr_key_text(text, &top[i]->key),
                 top[i]->active);
        page_rate_cell(page, "p", i, top[i]->rate_in + top[i]->rate_out, top[i]->rate_messages);
        page_size_cell(page, "q", i, top[i]->bytes_in + top[i]->bytes_out);
        str_add_text(out, "</tr>\n");
    }
    live_list_end(page->live, out);
    str_add_text(out, "</tbody></table>\n</section>\n");
}

static void add_backends(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    html_add(out,
             "<section tabindex=\"0\" "
             "aria-label=\"Backends\">\n<table>\n<caption>Backends</caption>\n<thead><tr><th "
             "scope=\"col\">Name</th><th scope=\"col\">State</th><th "
             "scope=\"col\">Connections</th><th scope=\"col\">%s</th></tr></thead>\n<tbody",
             page_rate_head(page));
    live_list(page->live, out, "backends");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *backend = &snap->backends[i];
        live_row(page->live, backend->slot);
        str_add_text(out, "<tr><th scope=\"row\">");
        html_text(out, backend->name);
        str_add_text(out, "</th>");
        page_cell(page, "s", backend->slot);
        page_state(page, backend);
        str_add_char(out, ' ');
        html_text(out, backend->reason);
        page_cell_end(page);
        page_count_cell(page, "n", backend->slot, backend->connections);
        page_rate_cell(page, "b", backend->slot, backend->rate_in + backend->rate_out,
                       backend->rate_messages);
        str_add_text(out, "</tr>\n");
    }
    live_list_end(page->live, out);
    str_add_text(out, "</tbody></table>\n</section>\n");
}

void page_monitor(struct page *page)
{
    page->refreshes = true;
    page_begin(page, "Monitor", "/");
    add_totals(page);
    add_connections(page, "/", ROWS);
    str_add_text(page->out, "<div class=\"pair\">\n");
    add_ips(page);
    add_backends(page);
    str_add_text(page->out, "</div>\n");
    page_events_list(page, EVENTS, NULL);
    page_end(page);
}

void page_connections(struct page *page)
{
    page->refreshes = true;
    page_begin(page, "Connections", "/connections");
    add_connections(page, "/connections", TABLE_ROWS_MAX);
    page_end(page);
}
