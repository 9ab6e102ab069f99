/*
 * What every table whose order the request chooses has in common: order= and page= of its query,
 * heads that sort by a click, links to its other pages. Pure.
 */
#ifndef WEB_ORDER_H
#define WEB_ORDER_H

#include <stdbool.h>

#include "web/page.h"

/* What is in force, and who writes a link to the same table otherwise: ready for an attribute. */
struct order {
    unsigned key;
    bool descending;
    unsigned number, pages; /* from 1 */
    void (*link)(struct page *page, const void *ctx, unsigned key, bool descending,
                 unsigned number);
    const void *ctx;
};

/* order=asc or desc, else `otherwise`. */
bool order_descends(const struct page *page, bool otherwise);
/* page=NUMBER, else 1. */
unsigned order_number(const struct page *page);

/* The head of a column: sorts by it (`descends`: the largest first), and the other way round where
 * it does already. */
void order_head(struct page *page, const struct order *order, unsigned key, bool descends,
                const char *label);

/* "Page 2 of 3 previous next"; nothing where there is but one. */
void order_pages(struct page *page, const struct order *order);

#endif
