/*
 * Searching, sorting and paging for pages.
 */
#include "web/table.h"

#include <stdlib.h>

#define PAGE_NUMBER_MAX 100000

static void read_query(struct table *table, const struct page *page)
{
    char word[16];
    uint64_t number;
    page_value(page, SLICE("q"), table->q, sizeof(table->q));
    table->key = sort_of_word(slice_of(page_value(page, SLICE("sort"), word, sizeof(word))));
    if (table->key == SORT_COUNT)
        table->key = SORT_RATE;
    table->descending = sort_descends(table->key);
    struct slice order = slice_of(page_value(page, SLICE("order"), word, sizeof(word)));
    if (slice_equal(order, SLICE("asc")) || slice_equal(order, SLICE("desc")))
        table->descending = slice_equal(order, SLICE("desc"));
    bool numbered =
        slice_to_u64(slice_of(page_value(page, SLICE("page"), word, sizeof(word))), &number);
    table->page = numbered && number > 0 && number < PAGE_NUMBER_MAX ? (unsigned)number : 1;
}

/* Ranks what matches; returns how many. */
static unsigned rank_rows(const struct snap *snap, const struct filter *filter,
                          const struct sort_order *order, struct rank *ranks)
{
    unsigned count = 0;
    for (unsigned i = 0; i < snap->conn_count; i++)
        if (filter == NULL || filter_match(filter, snap, &snap->conns[i], NULL))
            ranks[count++] = sort_rank(order, i);
    return count;
}

/* Rows that are held come first, each at its place; the rest follow in their order. */
static void hold_rows(const struct page *page, struct rank *ranks, unsigned count)
{
    struct rank held[PAGE_HOLD_ROWS];
    bool here[PAGE_HOLD_ROWS] = {false};
    unsigned rest = count;
    for (unsigned i = count; i > 0; i--) {
        struct rank rank = ranks[i - 1];
        unsigned place = page_held(page, page->connections, page->snap->conns[rank.index].id);
        if (place == PAGE_HOLD_ROWS) {
            ranks[--rest] = rank;
            continue;
        }
        held[place] = rank;
        here[place] = true;
    }
    unsigned front = 0;
    for (unsigned i = 0; i < PAGE_HOLD_ROWS && front < rest; i++)
        if (here[i])
            ranks[front++] = held[i];
}

/* Looked at for a while, a page keeps its order; what is shown is noted. */
static void hold_page(const struct page *page, const struct table *table)
{
    uint64_t ids[TABLE_ROWS_MAX];
    for (unsigned i = 0; i < table->count; i++)
        ids[i] = page->snap->conns[table->rows[i]].id;
    page_hold(page, page->connections, ids, table->count);
}

int table_select(struct table *table, const struct page *page, unsigned per_page)
{
    const struct snap *snap = page->snap;
    struct filter filter;
    *table = (struct table){0};
    read_query(table, page);
    struct rank *ranks = reallocarray(NULL, (size_t)snap->conn_count + 1, sizeof(*ranks));
    if (ranks == NULL)
        return -1;
    bool good = filter_parse(&filter, slice_of(table->q), &table->wrong);
    struct sort_order order = {snap, table->key, table->descending};
    table->matching = rank_rows(snap, good ? &filter : NULL, &order, ranks);
    qsort_r(ranks, table->matching, sizeof(*ranks), sort_compare, &order);
    if (page->connections != NULL && table->page == 1)
        hold_rows(page, ranks, table->matching);
    per_page = per_page < TABLE_ROWS_MAX ? per_page : TABLE_ROWS_MAX;
    table->pages = table->matching == 0 ? 1 : (table->matching + per_page - 1) / per_page;
    table->page = table->page < table->pages ? table->page : table->pages;
    unsigned first = (table->page - 1) * per_page;
    for (; table->count < per_page && first + table->count < table->matching; table->count++)
        table->rows[table->count] = ranks[first + table->count].index;
    free(ranks);
    hold_page(page, table);
    return 0;
}

/* "/?sort=rate&order=desc&q=..", ready for an attribute: no byte of it needs escaping. */
static void add_link(struct page *page, const struct table *table, const char *path,
                     enum sort_key key, bool descending, unsigned number)
{
    html_add(page->out, "%s?sort=%s&amp;order=%s&amp;page=%u", path, sort_word(key),
             descending ? "desc" : "asc", number);
    if (table->q[0] != '\0') {
        str_add_text(page->out, "&amp;q=");
        html_query(page->out, slice_of(table->q));
    }
}

void table_head(struct page *page, const struct table *table, const char *path, enum sort_key key,
                const char *label)
{
    bool sorted = table->key == key;
    bool descending = sorted ? !table->descending : sort_descends(key);
    const char *now = table->descending ? "descending" : "ascending";
    str_add_text(page->out, "<th scope=\"col\"");
    if (sorted)
        html_add(page->out, " aria-sort=\"%s\"", now);
    str_add_text(page->out, "><a href=\"");
    add_link(page, table, path, key, descending, 1);
    html_add(page->out, "\">%s%s</a></th>", label,
             !sorted             ? ""
             : table->descending ? " &#9660;"
                                 : " &#9650;");
}

void table_search(struct page *page, const struct table *table, const char *path)
{
    struct str *out = page->out;
    html_add(out,
             "<form action=\"%s\" role=\"search\"><label for=\"q\">Search</label> <input "
             "id=\"q\" name=\"q\" type=\"search\" maxlength=\"%d\" placeholder=\"ip: client: "
             "user: backend: rate&gt;100K\"",
             path, FILTER_TEXT_MAX);
    html_attr(out, "value", table->q);
    html_add(out,
             "><input type=\"hidden\" name=\"sort\" value=\"%s\"> <button>Search</button> <span",
             sort_word(table->key));
    live_begin(page->live, out, "matching");
    html_add(out, "%u of %u", table->matching, page->snap->conn_count);
    live_end(page->live, out);
    str_add_text(out, "</span></form>\n");
    if (table->wrong.text[0] != '\0') {
        str_add_text(out, "<p class=\"wrong\" role=\"alert\">");
        html_text(out, table->wrong.text);
        html_add(out, " (at %u); all are shown</p>\n", table->wrong.start + 1);
    }
}

static void add_file(struct page *page, const struct table *table, const char *format,
                     const char *label)
{
    html_add(page->out, " <a href=\"/api/connections?format=%s", format);
    if (table->q[0] != '\0' && table->wrong.text[0] == '\0') {
        str_add_text(page->out, "&amp;q=");
        html_query(page->out, slice_of(table->q));
    }
    html_add(page->out, "\">%s</a>", label);
}

void table_files(struct page *page, const struct table *table)
{
    str_add_text(page->out, "<p>As a file:");
    add_file(page, table, "csv", "CSV");
    add_file(page, table, "json", "JSON");
    str_add_text(page->out, "</p>\n");
}

void table_pages(struct page *page, const struct table *table, const char *path)
{
    if (table->pages < 2)
        return;
    html_add(page->out, "<p>Page %u of %u", table->page, table->pages);
    for (int step = -1; step <= 1; step += 2) {
        unsigned to = table->page + (unsigned)step;
        if (to == 0 || to > table->pages)
            continue;
        str_add_text(page->out, " <a href=\"");
        add_link(page, table, path, table->key, table->descending, to);
        html_add(page->out, "\">%s</a>", step < 0 ? "previous" : "next");
    }
    str_add_text(page->out, "</p>\n");
}
