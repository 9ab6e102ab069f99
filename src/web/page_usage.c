/*
 * Data usage by IP.
 */
#include "web/groups.h"
#include "web/page_list.h"
#include "web/table.h"

#define ROWS 25 /* with a line each: more were most of what a viewer is sent */

/* Part of the most as a bar, and of all as a figure. */
static void add_share(struct page *page, uint64_t part, uint64_t most)
{
    uint64_t all = page->snap->bytes_in + page->snap->bytes_out;
    unsigned of_most = most == 0 ? 0 : (unsigned)((double)part * 100 / (double)most + 0.5);
    unsigned of_all = all == 0 ? 0 : (unsigned)((double)part * 100 / (double)all + 0.5);
    html_add(page->out, "<meter min=\"0\" max=\"100\" value=\"%u\"></meter> %u %%", of_most,
             of_all);
}

static void add_line(struct page *page, const struct snap_history *history)
{
    uint32_t both[SERIES_SECONDS];
    for (unsigned i = 0; i < SERIES_SECONDS; i++) {
        uint64_t sum = (uint64_t)history->in[i] + history->out[i];
        both[i] = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    }
    page_line(page, both, "in and out");
}

/* Cells go by their place: the list itself knows whose they are. */
static void add_row(struct page *page, const struct table *table, unsigned place)
{
    const struct snap_ip *ip = &page->snap->ips[table->rows[place]];
    const uint64_t *most = table->kind->ctx;
    struct str *out = page->out;
    char text[ADDR_TEXT_MAX];
    live_row(page->live, page_ip_number(&ip->key));
    html_add(out, "<tr><th scope=\"row\">%s</th>", addr_key_text(text, &ip->key));
    page_count_cell(page, "a", place, ip->active);
    page_count_cell(page, "e", place, ip->connections);
    page_size_cell(page, "i", place, ip->bytes_in);
    page_size_cell(page, "o", place, ip->bytes_out);
    page_size_cell(page, "t", place, ip->bytes_in + ip->bytes_out);
    page_rate_cell(page, "r", place, ip->rate_in + ip->rate_out, ip->rate_messages);
    page_cell(page, "l", place);
    page_time(page, ip->last_active_ms);
    page_cell_end(page);
    page_cell(page, "s", place);
    add_share(page, ip->bytes_in + ip->bytes_out, *most);
    page_cell_end(page);
    page_cell(page, "g", place);
    add_line(page, ip->history);
    page_cell_end(page);
    str_add_text(out, "</tr>\n");
}

static uint64_t find_most(const struct snap *snap)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < snap->ip_count; i++) {
        uint64_t total = snap->ips[i].bytes_in + snap->ips[i].bytes_out;
        most = total > most ? total : most;
    }
    return most;
}

static void add_ips(struct page *page)
{
    static const struct table_column columns[] = {
        {USAGE_IP, "IP"},     {USAGE_ACTIVE, "Now"},       {USAGE_EVER, "Ever"},
        {USAGE_IN, "In"},     {USAGE_OUT, "Out"},          {USAGE_TOTAL, "Total"},
        {USAGE_RATE, "Rate"}, {USAGE_LAST, "Last active"}, {TABLE_PLAIN, "Share"},
        {TABLE_PLAIN, "60 s"}};
    uint64_t most = find_most(page->snap);
    const struct table_kind kind = {.list = PAGING_IPS,
                                    .path = "/data-usage",
                                    .id = "usage",
                                    .caption = "Usage by IP since the start",
                                    .hint = "203.0.113, ip: rate&gt;100K total&gt;1G",
                                    .none = "nobody yet",
                                    .others = "no address matches",
                                    .key = USAGE_TOTAL,
                                    .per_page = ROWS,
                                    .columns = columns,
                                    .column_count = sizeof(columns) / sizeof(columns[0]),
                                    .row = add_row,
                                    .ctx = &most};
    table_show(page, &kind);
}

void page_usage(struct page *page)
{
    struct str *out = page->out;
    page->refreshes = true;
    page_begin(page, "Data usage", "/data-usage");
    str_add_text(out, "<p");
    live_begin(page->live, out, "totals");
    str_add_text(out, "In ");
    page_size(page, page->snap->bytes_in);
    str_add_text(out, ", out ");
    page_size(page, page->snap->bytes_out);
    str_add_text(out, " in all");
    live_end(page->live, out);
    str_add_text(out, "</p>\n");
    page_group_links(page);
    if (page_group(page) == GROUP_IP)
        add_ips(page);
    else
        page_groups(page);
    page_end(page);
}
