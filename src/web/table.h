/*
 * Which rows of a long list a page shows: searched, sorted and cut into pages as the request's
 * query says (q, sort, order, page; of players also bot and backend). Pure.
 */
#ifndef WEB_TABLE_H
#define WEB_TABLE_H

#include "stats/filter.h"
#include "web/page.h"
#include "web/paging.h"

#define TABLE_ROWS_MAX 100

struct table {
    enum paging_list list;
    const char *path; /* of the page */
    char q[FILTER_TEXT_MAX + 1];
    struct filter filter;
    struct filter_error wrong;   /* text "": q is fine; else everything is shown */
    struct roster_search search; /* of bots and players */
    char backend[SNAP_TEXT];     /* as it was asked for */
    struct paging order;
    unsigned page, pages;     /* from 1 */
    unsigned matching, total; /* of all rows */
    unsigned count;
    uint32_t rows[TABLE_ROWS_MAX]; /* into snap->conns, ips, bots or players */
};

/* Fills the table for at most `per_page` rows; `key` is the column where none is asked for. -1 when
 * out of memory. */
struct table_kind {
    enum paging_list list;
    const char *path;
    unsigned key, per_page;
};
int table_select(struct table *table, const struct page *page, const struct table_kind *kind);

/* A number for a row that stays its own. */
uint64_t table_row_number(const struct snap *snap, enum paging_list list, uint32_t row);

/* The head of a column: a link that sorts by it, and the other way round where it does already. */
void table_head(struct page *page, const struct table *table, unsigned key, const char *label);

/* The search form, with what is wrong with the expression, and "12 of 38". `hint` is what may be
 * searched for. */
void table_search(struct page *page, const struct table *table, const char *hint);

/* Links to what matches as CSV and JSON. */
void table_files(struct page *page, const struct table *table);

/* Links to the page before and the next one. */
void table_pages(struct page *page, const struct table *table);

#endif
