/*
 * The connection monitor: what goes on now.
 */
#include <stdlib.h>

#include "base/human.h"
#include "web/table.h"

#define ROWS 15 /* of connections: the page stays small */
#define TOP_IPS 8
#define EVENTS 15

static void add_direction(struct page *page, const char *label, uint64_t rate, uint64_t bytes,
                          const uint32_t values[SERIES_SECONDS])
{
    struct str *out = page->out;
    html_add(out, "<div><dt>%s</dt><dd>", label);
    page_rate(page, rate);
    str_add_char(out, ' ');
    page_line(page, values, label);
    str_add_char(out, ' ');
    page_size(page, bytes);
    str_add_text(out, "</dd></div>\n");
}

static void add_totals(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    char text[HUMAN_MAX];
    int64_t uptime = (snap->wall_ms - snap->started_ms) / 1000;
    str_add_text(out, "<dl id=\"totals\">\n<div><dt>Bots connect to</dt><dd>");
    struct slice rest = slice_of(snap->listen), one;
    while (slice_next(&rest, ' ', &one)) {
        str_add_text(out, "<code>");
        html_slice(out, one);
        str_add_text(out, "</code> ");
    }
    html_add(out, "</dd></div>\n<div><dt>Connections</dt><dd>%u (v3 %u, v4 %u)</dd></div>\n",
             snap->conn_count, snap->active_v3, snap->active_v4);
    html_add(out, "<div><dt>Up</dt><dd>%s</dd></div>\n",
             human_uptime(text, uptime > 0 ? (uint64_t)uptime : 0));
    add_direction(page, "In", snap->rate_in, snap->bytes_in, snap->history->in);
    add_direction(page, "Out", snap->rate_out, snap->bytes_out, snap->history->out);
    str_add_text(out, "</dl>\n");
}

static void add_connection(struct page *page, const struct snap_conn *conn)
{
    struct str *out = page->out;
    char addr[ADDR_TEXT_MAX];
    unsigned long long id = conn->id;
    html_add(out,
             "<tr id=\"c%llu\"><th scope=\"row\"><a href=\"/connections/%llu\">%llu</a></th><td>",
             id, id, id);
    str_add_text(out, conn->version == 3 ? "v3" : conn->version == 4 ? "v4" : "-");
    html_add(out, "</td><td>%s</td><td>", addr_text(addr, &conn->client, false));
    html_text(out, sort_client(conn));
    str_add_text(out, "</td><td>");
    html_text(out, sort_backend(page->snap, conn));
    str_add_text(out, "</td><td>");
    page_rate(page, conn->rate_in);
    str_add_text(out, "</td><td>");
    page_rate(page, conn->rate_out);
    str_add_text(out, "</td><td>");
    page_size(page, conn->bytes_in + conn->bytes_out);
    str_add_text(out, "</td><td>");
    page_age(page, conn->opened_ms);
    str_add_text(out, "</td></tr>\n");
}

static void add_connections(struct page *page, const char *path, unsigned rows)
{
    static const struct {
        enum sort_key key;
        const char *label;
    } columns[] = {{SORT_ID, "#"},          {SORT_VERSION, "V"},       {SORT_IP, "IP"},
                   {SORT_CLIENT, "Client"}, {SORT_BACKEND, "Backend"}, {SORT_IN, "In"},
                   {SORT_OUT, "Out"},       {SORT_TOTAL, "Total"},     {SORT_AGE, "Age"}};
    struct table *table = malloc(sizeof(*table));
    struct str *out = page->out;
    if (table == NULL || table_select(table, page, rows) < 0) {
        free(table);
        out->cut = true;
        return;
    }
    str_add_text(out, "<section aria-labelledby=\"connections\">\n");
    table_search(page, table, path);
    str_add_text(out, "<table>\n<caption id=\"connections\">Connections</caption>\n<thead><tr>");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        table_head(page, table, path, columns[i].key, columns[i].label);
    str_add_text(out, "</tr></thead>\n<tbody id=\"rows\">\n");
    for (unsigned i = 0; i < table->count; i++)
        add_connection(page, &page->snap->conns[table->rows[i]]);
    if (table->count == 0)
        html_add(out, "<tr><td colspan=\"9\">%s</td></tr>\n",
                 page->snap->conn_count == 0 ? "no connections at present"
                                             : "no connection matches");
    str_add_text(out, "</tbody></table>\n");
    table_pages(page, table, path);
    str_add_text(out, "</section>\n");
    free(table);
}

/* The busiest addresses, each of its rank found by one walk. */
static unsigned find_top(const struct snap *snap, const struct snap_ip *top[TOP_IPS])
{
    unsigned count = 0;
    for (unsigned i = 0; i < snap->ip_count; i++) {
        const struct snap_ip *ip = &snap->ips[i];
        uint64_t rate = ip->rate_in + ip->rate_out;
        unsigned j = count;
        if (count < TOP_IPS)
            count++;
        else if (rate <= top[TOP_IPS - 1]->rate_in + top[TOP_IPS - 1]->rate_out)
            continue;
        else
            j = TOP_IPS - 1;
        for (; j > 0 && rate > top[j - 1]->rate_in + top[j - 1]->rate_out; j--)
            top[j] = top[j - 1];
        top[j] = ip;
    }
    return count;
}

static void add_ips(struct page *page)
{
    const struct snap_ip *top[TOP_IPS];
    unsigned count = find_top(page->snap, top);
    struct str *out = page->out;
    char text[ADDR_TEXT_MAX];
    str_add_text(out, "<section>\n<table>\n<caption>Top IPs</caption>\n<thead><tr><th "
                      "scope=\"col\">IP</th><th scope=\"col\">Connections</th><th "
                      "scope=\"col\">In and out</th><th scope=\"col\">Total</th></tr></thead>\n"
                      "<tbody id=\"ips\">\n");
    for (unsigned i = 0; i < count; i++) {
        html_add(out, "<tr><th scope=\"row\">%s</th><td>%u</td><td>",
                 addr_key_text(text, &top[i]->key), top[i]->active);
        page_rate(page, top[i]->rate_in + top[i]->rate_out);
        str_add_text(out, "</td><td>");
        page_size(page, top[i]->bytes_in + top[i]->bytes_out);
        str_add_text(out, "</td></tr>\n");
    }
    str_add_text(out, "</tbody></table>\n</section>\n");
}

static void add_backends(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    str_add_text(out, "<section>\n<table>\n<caption>Backends</caption>\n<thead><tr><th "
                      "scope=\"col\">Name</th><th scope=\"col\">State</th><th "
                      "scope=\"col\">Connections</th><th scope=\"col\">In and "
                      "out</th></tr></thead>\n<tbody id=\"backends\">\n");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *backend = &snap->backends[i];
        str_add_text(out, "<tr><th scope=\"row\">");
        html_text(out, backend->name);
        str_add_text(out, "</th><td>");
        page_state(page, backend);
        str_add_char(out, ' ');
        html_text(out, backend->reason);
        html_add(out, "</td><td>%u</td><td>", backend->connections);
        page_rate(page, backend->rate_in + backend->rate_out);
        str_add_text(out, "</td></tr>\n");
    }
    str_add_text(out, "</tbody></table>\n</section>\n");
}

void page_monitor(struct page *page)
{
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
    page_begin(page, "Connections", "/connections");
    add_connections(page, "/connections", TABLE_ROWS_MAX);
    page_end(page);
}
