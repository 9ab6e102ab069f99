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
#include "stats/roster.h"
#include "stats/sort.h"
#include "stats/usage_sort.h"

#define PAGING_LIMIT_MAX 1000
#define PAGING_WRONG_MAX 200

/* The lists there are. */
enum paging_list { PAGING_CONNECTIONS, PAGING_IPS, PAGING_BOTS, PAGING_PLAYERS };

/* How many rows a list has. */
unsigned paging_count(const struct snap *snap, enum paging_list list);

/* Its columns: how many, the one of a word (or how many), whether it begins with its largest. */
unsigned paging_columns(enum paging_list list);
unsigned paging_column(enum paging_list list, struct slice word);
bool paging_descends(enum paging_list list, unsigned key);

/* Whether a list is searched by an expression; else by text. */
bool paging_filters(enum paging_list list);
/* Whether a row is meant, by `filter` or `search` as the list has it. */
bool paging_finds(enum paging_list list, const struct filter *filter,
                  const struct roster_search *search, const struct snap *snap, uint32_t index);

/* What a request asks for. */
struct paging {
    enum paging_list list;
    bool asked;   /* false: none of the parameters is there; the rest says nothing then */
    unsigned key; /* enum sort_key, usage_key, roster_bot_key, roster_player_key */
    bool descending;
    unsigned limit; /* 0: all rows */
    bool behind;    /* only rows behind `place` */
    struct sort_place place;
};

/* False when a parameter is none; `wrong` says which, and what it may be. */
bool paging_read(struct paging *paging, enum paging_list list, struct slice target,
                 char wrong[PAGING_WRONG_MAX]);
/* The word of its column. */
const char *paging_word(const struct paging *paging);

/* Which rows are wanted. */
struct paging_filter {
    bool (*wants)(const void *ctx, const struct snap *snap, uint32_t index);
    const void *ctx;
};

/* The rows still to come. */
struct paging_rows {
    const struct paging *paging; /* the caller's, as is the snapshot */
    const struct snap *snap;
    struct rank *heap;
    unsigned count;    /* in the heap */
    unsigned looked;   /* at so many rows of the list */
    unsigned unsunk;   /* the first so many of the heap have not found their place */
    unsigned given;    /* rows that paging_next gave */
    unsigned matching; /* of all rows, those that the filter lets through */
    uint32_t last;     /* given */
};

/* Makes room. -1 when out of memory. paging_free afterwards, in either case. */
int paging_open(struct paging_rows *rows, const struct paging *paging, const struct snap *snap);
/* Gathers the rows that `filter` (NULL: all) wants, `steps` of the work at most, each of some 100
 * ns and at least ten of them. False while there is more to do; then no row may be asked for. */
bool paging_gather(struct paging_rows *rows, const struct paging_filter *filter, unsigned steps);
/* Both, in one go. */
int paging_begin(struct paging_rows *rows, const struct paging *paging, const struct snap *snap,
                 const struct paging_filter *filter);
void paging_free(struct paging_rows *rows);

/* The next row's index into snap->conns, ips, bots or players; false at the end of the page. */
bool paging_next(struct paging_rows *rows, uint32_t *index);

/* Leaves out the next `count` rows, at a cost that does not grow with their number. */
void paging_skip(struct paging_rows *rows, unsigned count);

/* The cursor of the next page; false when there is none. */
bool paging_cursor(const struct paging_rows *rows, struct str *out);

#endif
