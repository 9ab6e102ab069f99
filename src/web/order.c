/*
 * Tables in an order: see the header.
 */
#include "web/order.h"

#define NUMBER_MAX 100000

bool order_descends(const struct page *page, bool otherwise)
{
    char word[16];
    struct slice way = slice_of(page_value(page, SLICE("order"), word, sizeof(word)));
    bool descending = slice_equal(way, SLICE("desc"));
    return descending || slice_equal(way, SLICE("asc")) ? descending : otherwise;
}

unsigned order_number(const struct page *page)
{
    char word[16];
    uint64_t number;
    bool numbered =
        slice_to_u64(slice_of(page_value(page, SLICE("page"), word, sizeof(word))), &number);
    return numbered && number > 0 && number < NUMBER_MAX ? (unsigned)number : 1;
}

void order_head(struct page *page, const struct order *order, unsigned key, bool descends,
                const char *label)
{
    bool sorted = order->key == key;
    str_add_text(page->out, "<th scope=\"col\"");
    if (sorted)
        html_add(page->out, " aria-sort=\"%s\"", order->descending ? "descending" : "ascending");
    str_add_text(page->out, "><a href=\"");
    order->link(page, order->ctx, key, sorted ? !order->descending : descends, 1);
    html_add(page->out, "\">%s%s</a></th>", label,
             !sorted             ? ""
             : order->descending ? " &#9660;"
                                 : " &#9650;");
}

void order_pages(struct page *page, const struct order *order)
{
    if (order->pages < 2)
        return;
    html_add(page->out, "<p>Page %u of %u", order->number, order->pages);
    for (unsigned to = order->number - 1; to <= order->number + 1; to += 2) {
        if (to == 0 || to > order->pages)
            continue;
        str_add_text(page->out, " <a href=\"");
        order->link(page, order->ctx, order->key, order->descending, to);
        html_add(page->out, "\">%s</a>", to < order->number ? "previous" : "next");
    }
    str_add_text(page->out, "</p>\n");
}
