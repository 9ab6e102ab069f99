/*
 * Data usage by IP.
 */
#include <stdlib.h>
#include <string.h>

#include "stats/usage_sort.h"
#include "web/groups.h"
#include "web/page.h"
#include "web/page_list.h"

#define ROWS 50

static const char *const labels[USAGE_COUNT] = {
    [USAGE_IP] = "IP",     [USAGE_ACTIVE] = "Now",       [USAGE_EVER] = "Ever",
    [USAGE_IN] = "In",     [USAGE_OUT] = "Out",          [USAGE_TOTAL] = "Total",
    [USAGE_RATE] = "Rate", [USAGE_LAST] = "Last active",
};

struct usage {
    struct usage_order order;
    char q[ADDR_TEXT_MAX];
    unsigned number, pages, matching, count;
    struct rank *rows;
};

static void read_query(struct usage *usage, const struct page *page)
{
    char word[16];
    uint64_t number;
    *usage = (struct usage){.order = {page->snap, USAGE_TOTAL, false}};
    page_value(page, SLICE("q"), usage->q, sizeof(usage->q));
    enum usage_key key =
        usage_of_word(slice_of(page_value(page, SLICE("sort"), word, sizeof(word))));
    if (key != USAGE_COUNT)
        usage->order.key = key;
    usage->order.descending = usage_descends(usage->order.key);
    page_value(page, SLICE("order"), word, sizeof(word));
    if (strcmp(word, "asc") == 0 || strcmp(word, "desc") == 0)
        usage->order.descending = word[0] == 'd';
    bool numbered =
        slice_to_u64(slice_of(page_value(page, SLICE("page"), word, sizeof(word))), &number);
    usage->number = numbered && number > 0 && number < 100000 ? (unsigned)number : 1;
}

/* Addresses that hold the search text, in order. -1 when out of memory. */
static int select_rows(struct usage *usage)
{
    const struct snap *snap = usage->order.snap;
    char text[ADDR_TEXT_MAX];
    usage->rows = reallocarray(NULL, (size_t)snap->ip_count + 1, sizeof(*usage->rows));
    if (usage->rows == NULL)
        return -1;
    for (unsigned i = 0; i < snap->ip_count; i++)
        if (usage->q[0] == '\0' || strcasestr(addr_key_text(text, &snap->ips[i].key), usage->q))
            usage->rows[usage->matching++] = usage_rank(&usage->order, i);
    qsort_r(usage->rows, usage->matching, sizeof(*usage->rows), usage_compare, &usage->order);
    usage->pages = usage->matching == 0 ? 1 : (usage->matching + ROWS - 1) / ROWS;
    usage->number = usage->number < usage->pages ? usage->number : usage->pages;
    return 0;
}

static void add_link(struct page *page, const struct usage *usage, enum usage_key key,
                     bool descending, unsigned number)
{
    html_add(page->out, "/data-usage?sort=%s&amp;order=%s&amp;page=%u&amp;q=", usage_word(key),
             descending ? "desc" : "asc", number);
    html_query(page->out, slice_of(usage->q));
}

static void add_heads(struct page *page, const struct usage *usage)
{
    str_add_text(page->out, "<thead><tr>");
    for (unsigned i = 0; i < USAGE_COUNT; i++) {
        bool sorted = usage->order.key == i;
        str_add_text(page->out, "<th scope=\"col\"");
        if (sorted)
            html_add(page->out, " aria-sort=\"%s\"",
                     usage->order.descending ? "descending" : "ascending");
        str_add_text(page->out, "><a href=\"");
        add_link(page, usage, (enum usage_key)i,
                 sorted ? !usage->order.descending : usage_descends((enum usage_key)i), 1);
        html_add(page->out, "\">%s%s</a></th>", labels[i],
                 !sorted                   ? ""
                 : usage->order.descending ? " &#9660;"
                                           : " &#9650;");
    }
    str_add_text(page->out,
                 "<th scope=\"col\">Share</th><th scope=\"col\">60 s</th></tr></thead>\n");
}

/* Part of the most, as a bar with its figure. */
static void add_share(struct page *page, uint64_t part, uint64_t most)
{
    unsigned percent = most == 0 ? 0 : (unsigned)((double)part * 100 / (double)most + 0.5);
    html_add(page->out, "<meter min=\"0\" max=\"100\" value=\"%u\">%u %%</meter>", percent,
             percent);
}

static void add_row(struct page *page, const struct snap_ip *ip, uint64_t most)
{
    struct str *out = page->out;
    char text[ADDR_TEXT_MAX];
    uint32_t both[SERIES_SECONDS];
    for (unsigned i = 0; i < SERIES_SECONDS; i++) {
        uint64_t sum = (uint64_t)ip->history->in[i] + ip->history->out[i];
        both[i] = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    }
    html_add(out, "<tr><th scope=\"row\">%s</th><td>%u</td><td>%llu</td><td>",
             addr_key_text(text, &ip->key), ip->active, (unsigned long long)ip->connections);
    page_size(page, ip->bytes_in);
    str_add_text(out, "</td><td>");
    page_size(page, ip->bytes_out);
    str_add_text(out, "</td><td>");
    page_size(page, ip->bytes_in + ip->bytes_out);
    str_add_text(out, "</td><td>");
    page_rate(page, ip->rate_in + ip->rate_out, ip->rate_messages);
    str_add_text(out, "</td><td>");
    page_time(page, ip->last_active_ms);
    str_add_text(out, "</td><td>");
    add_share(page, ip->bytes_in + ip->bytes_out, most);
    str_add_text(out, "</td><td>");
    page_line(page, both, "in and out");
    str_add_text(out, "</td></tr>\n");
}

static void add_table(struct page *page, struct usage *usage)
{
    struct str *out = page->out;
    uint64_t most = 0;
    for (unsigned i = 0; i < page->snap->ip_count; i++) {
        uint64_t total = page->snap->ips[i].bytes_in + page->snap->ips[i].bytes_out;
        most = total > most ? total : most;
    }
    str_add_text(out,
                 "<form action=\"/data-usage\" role=\"search\"><label for=\"q\">Address</label> "
                 "<input id=\"q\" name=\"q\" type=\"search\"");
    html_attr(out, "value", usage->q);
    html_add(out,
             "> <button>Search</button> %u of %u</form>\n<section>\n<table>\n<caption>Usage "
             "by IP since the start</caption>\n",
             usage->matching, page->snap->ip_count);
    add_heads(page, usage);
    str_add_text(out, "<tbody id=\"usage\">\n");
    for (unsigned i = 0; i < ROWS; i++) {
        unsigned at = (usage->number - 1) * ROWS + i;
        if (at < usage->matching)
            add_row(page, &page->snap->ips[usage->rows[at].index], most);
    }
    str_add_text(out, "</tbody></table>\n");
    html_add(out, "<p>Page %u of %u", usage->number, usage->pages);
    for (unsigned to = usage->number - 1; to <= usage->number + 1; to += 2) {
        if (to == 0 || to > usage->pages)
            continue;
        str_add_text(out, " <a href=\"");
        add_link(page, usage, usage->order.key, usage->order.descending, to);
        html_add(out, "\">%s</a>", to < usage->number ? "previous" : "next");
    }
    str_add_text(out, "</p>\n</section>\n");
}

static void add_ips(struct page *page)
{
    struct usage usage;
    read_query(&usage, page);
    if (select_rows(&usage) == 0)
        add_table(page, &usage);
    else
        page->out->cut = true;
    free(usage.rows);
}

void page_usage(struct page *page)
{
    page_begin(page, "Data usage", "/data-usage");
    str_add_text(page->out, "<p>In ");
    page_size(page, page->snap->bytes_in);
    str_add_text(page->out, ", out ");
    page_size(page, page->snap->bytes_out);
    str_add_text(page->out, " in all. <a href=\"/api/data-usage?format=csv\">CSV</a> "
                            "<a href=\"/api/data-usage\">JSON</a></p>\n");
    page_group_links(page);
    if (page_group(page) == GROUP_IP)
        add_ips(page);
    else
        page_groups(page);
    page_end(page);
}
