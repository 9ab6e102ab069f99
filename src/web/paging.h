/*
 * One page of a long list: in which order, behind which row, and how many rows, as a request says
 * (sort, order, cursor, limit). Rows come one by one, so that 10 000 are never sorted in one go: a
 * heap gives the next one. Pure.
 *
 * A cursor names the last row of the page before by its value and its id, never by its number:
 * rows that come and go in between move no other row over the edge. It is opaque to its reader.
 */
#ifndef WEB_PAGING_H
#define WEB_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/str.h"
#include "stats/filter.h"
#include "stats/sort.h"
#include "stats/usage_sort.h"

#define PAGING_LIMIT_MAX 1000
#define PAGING_WRONG_MAX 200

/* What a request asks for. */
struct paging {
    bool ips;              /* of data usage; else of connections */
    bool asked;            /* false: none of the parameters is there; the rest says nothing then */
    enum sort_key key;     /* of connections */
    enum usage_key ip_key; /* of IPs */
    bool descending;
    unsigned limit; /* 0: all rows */
    bool behind;    /* only rows behind `place` */
    struct sort_place place;
};

/* False when a parameter is none; `wrong` says which, and what it may be. */
bool paging_read(struct paging *paging, bool ips, struct slice target,
                 char wrong[PAGING_WRONG_MAX]);

/* The rows still to come. */
struct paging_rows {
    const struct paging *paging; /* the caller's, as is the snapshot */
    const struct snap *snap;
    struct rank *heap;
    unsigned count;    /* in the heap */
    unsigned given;    /* rows that paging_next gave */
    unsigned matching; /* of all rows, those that the filter lets through */
    uint32_t last;     /* given */
};

/* Gathers the rows; `filter` (NULL: all) is for connections. -1 when out of memory. paging_free
 * afterwards, in either case. */
int paging_begin(struct paging_rows *rows, const struct paging *paging, const struct snap *snap,
                 const struct filter *filter);
void paging_free(struct paging_rows *rows);

/* The next row's index into snap->conns or snap->ips; false at the end of the page. */
bool paging_next(struct paging_rows *rows, uint32_t *index);

/* The cursor of the next page; false when there is none. */
bool paging_cursor(const struct paging_rows *rows, struct str *out);

#endif
