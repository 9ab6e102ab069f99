/*
 * Tables of names: see the header.
 */
#include "web/listing.h"

#include <stdlib.h>
#include <string.h>

#include "web/order.h"

#define ROWS 50

struct listing {
    const struct listing_kind *kind;
    const struct snap *snap;
    unsigned key;
    bool descending;
    char q[LISTING_TEXT];
    uint32_t *rows;
    unsigned matching, number, pages;
};

static void read_query(struct listing *listing, const struct page *page)
{
    const struct listing_kind *kind = listing->kind;
    char word[16];
    bool asked = false;
    page_value(page, SLICE("q"), listing->q, sizeof(listing->q));
    page_value(page, SLICE("sort"), word, sizeof(word));
    listing->key = kind->first_key;
    for (unsigned i = 0; i < kind->column_count; i++) {
        if (kind->columns[i][0] == NULL || strcmp(word, kind->columns[i][0]) != 0)
            continue;
        listing->key = i;
        asked = true;
    }
    listing->descending = listing->key != 0;
    if (asked)
        listing->descending = order_descends(page, listing->descending);
    listing->number = kind->paged ? order_number(page) : 1;
}

static int compare(const void *left, const void *right, void *ctx)
{
    const struct listing *listing = ctx;
    const struct listing_kind *kind = listing->kind;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = kind->value(listing->snap, a, listing->key);
    uint64_t y = kind->value(listing->snap, b, listing->key);
    int order = (x > y) - (x < y);
    if (order == 0 && listing->key == 0) {
        char a_name[LISTING_TEXT], b_name[LISTING_TEXT];
        order = strcmp(kind->name(listing->snap, a, a_name), kind->name(listing->snap, b, b_name));
    }
    if (order == 0)
        return (a > b) - (a < b); /* as the snapshot has them: the newest first */
    return listing->descending ? -order : order;
}

/* Those whose name holds the search text, in order. -1 when out of memory. */
static int select_rows(struct listing *listing, unsigned count)
{
    char name[LISTING_TEXT];
    listing->rows = reallocarray(NULL, (size_t)count + 1, sizeof(*listing->rows));
    if (listing->rows == NULL)
        return -1;
    for (uint32_t i = 0; i < count; i++)
        if (listing->q[0] == '\0' ||
            strcasestr(listing->kind->name(listing->snap, i, name), listing->q) != NULL)
            listing->rows[listing->matching++] = i;
    qsort_r(listing->rows, listing->matching, sizeof(*listing->rows), compare, listing);
    listing->pages = listing->matching == 0 ? 1 : (listing->matching + ROWS - 1) / ROWS;
    if (listing->number > listing->pages)
        listing->number = listing->pages;
    return 0;
}

static void add_link(struct page *page, const void *ctx, unsigned key, bool descending,
                     unsigned number)
{
    const struct listing *listing = ctx;
    const struct listing_kind *kind = listing->kind;
    html_add(page->out, "%s?sort=%s&amp;order=%s%s", kind->path, kind->columns[key][0],
             descending ? "desc" : "asc", kind->fixed);
    if (number > 1)
        html_add(page->out, "&amp;page=%u", number);
    if (listing->q[0] != '\0') {
        str_add_text(page->out, "&amp;q=");
        html_query(page->out, slice_of(listing->q));
    }
}

static struct order order_of(const struct listing *listing)
{
    return (struct order){.key = listing->key,
                          .descending = listing->descending,
                          .number = listing->number,
                          .pages = listing->pages,
                          .link = add_link,
                          .ctx = listing};
}

static void add_heads(struct page *page, const struct listing *listing)
{
    struct order order = order_of(listing);
    str_add_text(page->out, "<thead><tr>");
    for (unsigned i = 0; i < listing->kind->column_count; i++) {
        const char *label = listing->kind->columns[i][1];
        if (listing->kind->columns[i][0] == NULL)
            html_add(page->out, "<th scope=\"col\">%s</th>", label);
        else
            order_head(page, &order, i, i != 0, label);
    }
    str_add_text(page->out, "</tr></thead>\n");
}

static void add_pages(struct page *page, const struct listing *listing)
{
    struct order order = order_of(listing);
    if (listing->kind->paged)
        order_pages(page, &order);
    else if (listing->pages > 1)
        html_add(page->out, "<p>and %u more</p>\n", listing->matching - ROWS);
}

void listing_draw(struct page *page, const struct listing_kind *kind, unsigned count)
{
    struct listing listing = {.kind = kind, .snap = page->snap};
    struct str *out = page->out;
    char name[LISTING_TEXT];
    read_query(&listing, page);
    if (select_rows(&listing, count) < 0) {
        out->cut = true;
        return;
    }
    html_add(out, "<section tabindex=\"0\" aria-label=\"%s\">\n<table>\n<caption>%s <span",
             kind->caption, kind->caption);
    live_begin(page->live, out, "%s-count", kind->id);
    html_add(out, "(%u of %u)", listing.matching, count);
    live_end(page->live, out);
    str_add_text(out, "</span></caption>\n");
    add_heads(page, &listing);
    str_add_text(out, "<tbody");
    live_begin(page->live, out, "%s", kind->id);
    unsigned first = (listing.number - 1) * ROWS;
    for (unsigned i = first; i < listing.matching && i - first < ROWS; i++) {
        const char *text = kind->name(page->snap, listing.rows[i], name);
        str_add_text(out, "<tr><th scope=\"row\">");
        html_text(out, text[0] != '\0' ? text : "(none)");
        str_add_text(out, "</th>");
        kind->draw(page, listing.rows[i]);
        str_add_text(out, "</tr>\n");
    }
    if (listing.matching == 0)
        html_add(out, "<tr><td colspan=\"%u\">%s</td></tr>\n", kind->column_count, kind->nothing);
    live_end(page->live, out);
    str_add_text(out, "</tbody></table>\n");
    add_pages(page, &listing);
    str_add_text(out, "</section>\n");
    free(listing.rows);
}

void listing_search(struct page *page, const struct listing_kind *kind, const char *label)
{
    static const char *const kept[] = {"sort", "order"};
    char q[LISTING_TEXT];
    html_add(page->out,
             "<form action=\"%s\" role=\"search\"><label for=\"q\">%s</label> <input id=\"q\" "
             "name=\"q\" type=\"search\"",
             kind->path, label);
    html_attr(page->out, "value", page_value(page, SLICE("q"), q, sizeof(q)));
    str_add_text(page->out, "> ");
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        char word[16];
        page_value(page, slice_of(kept[i]), word, sizeof(word));
        if (word[0] == '\0')
            continue;
        html_add(page->out, "<input type=\"hidden\" name=\"%s\"", kept[i]);
        html_attr(page->out, "value", word);
        str_add_text(page->out, "> ");
    }
}
