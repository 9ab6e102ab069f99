/*
 * A long list on a page: searched, sorted and cut into pages as the request's query says (q, sort,
 * order, page; of players also bot and backend). Pure.
 */
#ifndef WEB_TABLE_H
#define WEB_TABLE_H

#include <limits.h>

#include "stats/filter.h"
#include "web/page.h"
#include "web/paging.h"

#define TABLE_ROWS_MAX 100
#define TABLE_PLAIN UINT_MAX /* a column that sorts nothing */

struct table;
struct table_column {
    unsigned key;
    const char *label;
};

/* What a page shows of a list. Texts are markup of ours. */
struct table_kind {
    enum paging_list list;
    const char *path;          /* of the page */
    const char *id, *caption;  /* of the rows */
    const char *hint;          /* what may be searched for */
    const char *none, *others; /* instead of rows: there are none; none matches */
    unsigned key, per_page;    /* the order where none is asked for; TABLE_ROWS_MAX at most */
    const struct table_column *columns;
    unsigned column_count;
    void (*lead)(struct page *page, const struct table *table); /* above the search, or NULL */
    void (*row)(struct page *page, const struct table *table, unsigned place);
    const void *ctx; /* of whoever draws rows */
};

struct table {
    const struct table_kind *kind;
    enum paging_list list;
    char q[FILTER_TEXT_MAX + 1];
    struct filter filter;
    struct filter_error wrong;   /* text "": q is fine; else everything is shown */
    struct roster_search search; /* of what has no filter */
    char backend[SNAP_TEXT];     /* as it was asked for */
    struct paging order;
    unsigned page, pages;     /* from 1 */
    unsigned matching, total; /* of all rows */
    unsigned count;
    uint32_t rows[TABLE_ROWS_MAX]; /* into snap->conns, ips, bots or players */
};

/* A number for a row that stays its own. */
uint64_t table_row_number(const struct snap *snap, enum paging_list list, uint32_t row);

/* Selects the rows and draws all of it: search form, heads, rows (a live list), what comes next,
 * and links to what matches as CSV and JSON. */
void table_show(struct page *page, const struct table_kind *kind);

#endif
