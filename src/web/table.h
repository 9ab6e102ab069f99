/*
 * Which connections a page shows: searched, sorted and cut into pages as the request's query says
 * (q, sort, order, page). Pure.
 */
#ifndef WEB_TABLE_H
#define WEB_TABLE_H

#include "stats/filter.h"
#include "stats/sort.h"
#include "web/page.h"

#define TABLE_ROWS_MAX 100

struct table {
    char q[FILTER_TEXT_MAX + 1];
    struct filter_error wrong; /* text "": q is fine; else everything is shown */
    enum sort_key key;
    bool descending;
    unsigned page, pages; /* from 1 */
    unsigned matching;    /* of all connections */
    unsigned count;
    uint32_t rows[TABLE_ROWS_MAX]; /* into snap->conns */
};

/* Fills the table for at most `per_page` rows. -1 when out of memory. */
int table_select(struct table *table, const struct page *page, unsigned per_page);

/* The head of a column: a link that sorts by it, and the other way round where it does already. */
void table_head(struct page *page, const struct table *table, const char *path, enum sort_key key,
                const char *label);

/* The search form, with what is wrong with the expression, and "12 of 38". */
void table_search(struct page *page, const struct table *table, const char *path);

/* Links to what matches as CSV and JSON. */
void table_files(struct page *page, const struct table *table);

/* Links to the page before and the next one. */
void table_pages(struct page *page, const struct table *table, const char *path);

#endif
