/*
 * Searching, sorting and paging for pages. The rows come from the heap of paging.h, so that of
 * 100 000 players no more are sorted than are shown.
 */
#include "web/table.h"

#include <stdlib.h>

#include "web/order.h"

static void read_order(struct table *table, const struct page *page, unsigned key)
{
    char word[16];
    unsigned asked =
        paging_column(table->list, slice_of(page_value(page, SLICE("sort"), word, sizeof(word))));
    if (asked < paging_columns(table->list))
        key = asked;
    bool descending = order_descends(page, paging_descends(table->list, key));
    table->order =
        (struct paging){.list = table->list, .asked = true, .key = key, .descending = descending};
}

/* A backend that is not there has no players. */
static void read_search(struct table *table, const struct page *page)
{
    const struct snap *snap = page->snap;
    char word[24];
    page_value(page, SLICE("q"), table->search.text, sizeof(table->search.text));
    page_value(page, SLICE("backend"), table->backend, sizeof(table->backend));
    if (!slice_to_u64(slice_of(page_value(page, SLICE("bot"), word, sizeof(word))),
                      &table->search.bot))
        table->search.bot = 0;
    for (unsigned i = 0; i < snap->backend_count && i < FLEET_MAX; i++)
        if (slice_equal(slice_of(table->backend), slice_of(snap->backends[i].name)))
            table->search.backends |= UINT64_C(1) << i;
    if (table->search.backends == 0)
        table->backend[0] = '\0';
}

/* An expression, or text and choices. */
static void read_query(struct table *table, const struct page *page, unsigned key)
{
    page_value(page, SLICE("q"), table->q, sizeof(table->q));
    read_order(table, page, key);
    if (paging_filters(table->list))
        filter_parse(&table->filter, slice_of(table->q), &table->wrong);
    else
        read_search(table, page);
    table->page = order_number(page);
}

uint64_t table_row_number(const struct snap *snap, enum paging_list list, uint32_t row)
{
    switch (list) {
    case PAGING_BOTS:
        return snap->bots[row].id;
    case PAGING_PLAYERS: /* guilds of different bots apart */
        return snap->players[row].guild + snap->players[row].bot * UINT64_C(0x9e3779b97f4a7c15);
    case PAGING_IPS:
        return page_ip_number(&snap->ips[row].key);
    case PAGING_CONNECTIONS:
        break;
    }
    return snap->conns[row].id;
}

/* Rows that are held come first, each at its place; the rest follow in their order. */
struct selection {
    const struct table *table;
    const struct page *page;
    const struct page_hold *hold; /* NULL: nothing is held */
    uint32_t *held;               /* PAGE_HOLD_ROWS of them */
    bool *here;
};

static bool matches(const struct selection *selection, const struct snap *snap, uint32_t row)
{
    const struct table *table = selection->table;
    return table->wrong.text[0] != '\0' ||
           paging_finds(table->list, &table->filter, &table->search, snap, row);
}

static bool wants(const void *ctx, const struct snap *snap, uint32_t row)
{
    const struct selection *selection = ctx;
    if (!matches(selection, snap, row))
        return false;
    if (selection->hold == NULL)
        return true;
    unsigned place = page_held(selection->page, selection->hold,
                               table_row_number(snap, selection->table->list, row));
    if (place == PAGE_HOLD_ROWS)
        return true;
    selection->held[place] = row;
    selection->here[place] = true;
    return false;
}

/* Looked at for a while, a page keeps its order; what is shown is noted. */
static void hold_page(const struct page *page, const struct table *table)
{
    uint64_t numbers[TABLE_ROWS_MAX];
    for (unsigned i = 0; i < table->count; i++)
        numbers[i] = table_row_number(page->snap, table->list, table->rows[i]);
    page_hold(page, page->rows, numbers, table->count);
}

/* Takes those of the page out of the held rows and the heap. */
static void take_rows(struct table *table, const struct selection *selection,
                      struct paging_rows *rows, unsigned per_page)
{
    unsigned held = 0;
    uint32_t row;
    for (unsigned i = 0; i < PAGE_HOLD_ROWS; i++) {
        if (!selection->here[i])
            continue;
        held++;
        if (table->count < per_page)
            table->rows[table->count++] = selection->held[i];
    }
    table->matching = rows->matching + held;
    table->pages = table->matching == 0 ? 1 : (table->matching + per_page - 1) / per_page;
    table->page = table->page < table->pages ? table->page : table->pages;
    if (table->page > 1)
        paging_skip(rows, (table->page - 1) * per_page);
    while (table->count < per_page && paging_next(rows, &row))
        table->rows[table->count++] = row;
}

/* Fills the table; -1 when out of memory. */
static int select_rows(struct table *table, const struct page *page, const struct table_kind *kind)
{
    uint32_t held[PAGE_HOLD_ROWS];
    bool here[PAGE_HOLD_ROWS] = {false};
    struct paging_rows rows;
    *table = (struct table){
        .kind = kind, .list = kind->list, .total = paging_count(page->snap, kind->list)};
    read_query(table, page, kind->key);
    struct selection selection = {table, page, table->page == 1 ? page->rows : NULL, held, here};
    struct paging_filter filter = {wants, &selection};
    int done = paging_begin(&rows, &table->order, page->snap, &filter);
    if (done == 0)
        take_rows(table, &selection, &rows,
                  kind->per_page < TABLE_ROWS_MAX ? kind->per_page : TABLE_ROWS_MAX);
    paging_free(&rows);
    if (done == 0)
        hold_page(page, table);
    return done;
}

/* What else was asked for, behind other parameters. */
static void add_choice(struct page *page, const struct table *table)
{
    if (table->search.bot != 0)
        html_add(page->out, "&amp;bot=%llu", (unsigned long long)table->search.bot);
    if (table->backend[0] != '\0') {
        str_add_text(page->out, "&amp;backend=");
        html_query(page->out, slice_of(table->backend));
    }
    if (table->q[0] != '\0') {
        str_add_text(page->out, "&amp;q=");
        html_query(page->out, slice_of(table->q));
    }
}

/* "/?sort=rate&order=desc&q=..": no byte of it needs escaping. */
static void add_link(struct page *page, const void *ctx, unsigned key, bool descending,
                     unsigned number)
{
    const struct table *table = ctx;
    struct paging order = {.list = table->list, .key = key};
    html_add(page->out, "%s?sort=%s&amp;order=%s&amp;page=%u", table->kind->path,
             paging_word(&order), descending ? "desc" : "asc", number);
    add_choice(page, table);
}

static struct order order_of(const struct table *table)
{
    return (struct order){.key = table->order.key,
                          .descending = table->order.descending,
                          .number = table->page,
                          .pages = table->pages,
                          .link = add_link,
                          .ctx = table};
}

static void add_head(struct page *page, const struct table *table,
                     const struct table_column *column)
{
    struct order order = order_of(table);
    if (column->key == TABLE_PLAIN)
        html_add(page->out, "<th scope=\"col\">%s</th>", column->label);
    else
        order_head(page, &order, column->key, paging_descends(table->list, column->key),
                   column->label);
}

static void add_hidden(struct page *page, const char *name, const char *value)
{
    str_add_text(page->out, "<input type=\"hidden\"");
    html_attr(page->out, "name", name);
    html_attr(page->out, "value", value);
    str_add_char(page->out, '>');
}

/* With what is wrong with the expression, and "12 of 38". */
static void add_search(struct page *page, const struct table *table)
{
    struct str *out = page->out, number;
    char bot[24];
    html_add(out,
             "<form action=\"%s\" role=\"search\"><label for=\"q\">Search</label> <input "
             "id=\"q\" name=\"q\" type=\"search\" maxlength=\"%d\" placeholder=\"%s\"",
             table->kind->path, FILTER_TEXT_MAX, table->kind->hint);
    html_attr(out, "value", table->q);
    str_add_char(out, '>');
    add_hidden(page, "sort", paging_word(&table->order));
    add_hidden(page, "order", table->order.descending ? "desc" : "asc");
    str_fixed(&number, bot, sizeof(bot));
    str_add_u64(&number, table->search.bot);
    if (table->search.bot != 0)
        add_hidden(page, "bot", bot);
    if (table->backend[0] != '\0')
        add_hidden(page, "backend", table->backend);
    str_add_text(out, " <button>Search</button> <span");
    live_begin(page->live, out, "matching");
    html_add(out, "%u of %u", table->matching, table->total);
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
    static const char *const paths[] = {[PAGING_CONNECTIONS] = "/api/connections",
                                        [PAGING_IPS] = "/api/data-usage",
                                        [PAGING_BOTS] = "/api/bots",
                                        [PAGING_PLAYERS] = "/api/players"};
    html_add(page->out, " <a href=\"%s?format=%s", paths[table->list], format);
    if (table->wrong.text[0] == '\0')
        add_choice(page, table);
    html_add(page->out, "\">%s</a>", label);
}

static void add_files(struct page *page, const struct table *table)
{
    str_add_text(page->out, "<p>As a file:");
    add_file(page, table, "csv", "CSV");
    add_file(page, table, "json", "JSON");
    str_add_text(page->out, "</p>\n");
}

static void add_rows(struct page *page, const struct table *table)
{
    const struct table_kind *kind = table->kind;
    struct str *out = page->out;
    html_add(out,
             "<section tabindex=\"0\" aria-labelledby=\"caption\">\n<table>\n<caption "
             "id=\"caption\">%s</caption>\n<thead><tr>",
             kind->caption);
    for (unsigned i = 0; i < kind->column_count; i++)
        add_head(page, table, &kind->columns[i]);
    str_add_text(out, "</tr></thead>\n<tbody");
    live_list(page->live, out, kind->id);
    for (unsigned i = 0; i < table->count; i++)
        kind->row(page, table, i);
    if (table->count == 0)
        html_add(out, "<tr><td colspan=\"%u\">%s</td></tr>\n", kind->column_count,
                 table->total == 0 ? kind->none : kind->others);
    live_list_end(page->live, out);
    str_add_text(out, "</tbody></table>\n");
}

void table_show(struct page *page, const struct table_kind *kind)
{
    struct table *table = malloc(sizeof(*table));
    if (table == NULL || select_rows(table, page, kind) < 0) {
        free(table);
        page->out->cut = true;
        return;
    }
    struct order order = order_of(table);
    if (kind->lead != NULL)
        kind->lead(page, table);
    add_search(page, table);
    add_rows(page, table);
    order_pages(page, &order);
    add_files(page, table);
    str_add_text(page->out, "</section>\n");
    free(table);
}
