/*
 * A table of a few thousand rows at most whose order, search and page the request chooses: sort=,
 * order=, q= and page=. For all but connections and IPs, which have orders of their own. Pure.
 */
#ifndef WEB_LISTING_H
#define WEB_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "web/page.h"

#define LISTING_TEXT 100 /* bytes of a search, and of a row's name */

/* What kind of rows there are. */
struct listing_kind {
    const char *id;    /* of its rows, where they change under the eyes */
    const char *path;  /* of the page */
    const char *fixed; /* further parameters of its links, "&amp;group=user", or "" */
    const char *caption;
    /* Word in queries (unique on its page; NULL: no order), label; the first is the name. */
    const char *const (*columns)[2];
    unsigned column_count;
    unsigned first_key;  /* the order where none is asked for */
    bool paged;          /* by page=; else what does not fit is left out */
    const char *nothing; /* "nobody was refused" */
    /* Into `out`, or what the snapshot has. */
    const char *(*name)(const struct snap *snap, uint32_t row, char out[LISTING_TEXT]);
    /* What a column is ordered by; of the first one, the names decide between equals. */
    uint64_t (*value)(const struct snap *snap, uint32_t row, unsigned column);
    void (*draw)(struct page *page, uint32_t row); /* the cells of a row */
};

/* Draws the table over `count` rows. */
void listing_draw(struct page *page, const struct listing_kind *kind, unsigned count);

/* The field to search in all tables of a page. */
void listing_search(struct page *page, const struct listing_kind *kind, const char *label);

#endif
