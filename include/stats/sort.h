/*
 * The order of connections: what a column's value is, and which of two rows comes first. A row is
 * ranked once by a number, so that sorting rarely has to look at the rows themselves. Pure; any
 * thread.
 */
#ifndef STATS_SORT_H
#define STATS_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "stats/snapshot.h"

#define SORT_REST_MAX 128 /* no text of a column is longer */

enum sort_key {
    SORT_ID,
    SORT_VERSION,
    SORT_KIND,
    SORT_IP,
    SORT_CLIENT,
    SORT_USER,
    SORT_BACKEND,
    SORT_PATH,
    SORT_IN,
    SORT_OUT,
    SORT_RATE, /* in and out together */
    SORT_TOTAL,
    SORT_AGE,
    SORT_REQUESTS,
    SORT_MINUTE,   /* out of the last 60 s */
    SORT_BOT,      /* the name of its bot */
    SORT_PLAYERS,  /* of its bot */
    SORT_MESSAGES, /* per second */
    SORT_ERRORS,   /* of its bot */
    SORT_COUNT
};

struct sort_order {
    const struct snap *snap;
    enum sort_key key;
    bool descending;
};

/* A row's sort value: a figure, or the first eight bytes of a text. */
struct rank {
    uint64_t value;
    uint32_t index; /* into snap->conns */
};

/* Where a row stands in an order, apart from its snapshot: what rows of later ones are compared
 * with. */
struct sort_place {
    uint64_t value, id;
    char rest[SORT_REST_MAX]; /* of equal values: the whole text, or the address */
    size_t rest_len;          /* < SORT_REST_MAX; a NUL follows */
};

/* "out per second", and the word for it in queries and commands: "out". */
const char *sort_name(enum sort_key key);
const char *sort_word(enum sort_key key);

/* Whether the column begins with its largest: figures do, texts do not. */
bool sort_descends(enum sort_key key);

struct rank sort_rank(const struct sort_order *order, uint32_t index);

/* For qsort_r: two ranks, and the order as context. Equal rows stand by their ids. */
int sort_compare(const void *left, const void *right, void *order);

/* The place of a row, and how a row stands to a place: < 0 before, 0 the same, > 0 behind it. */
void sort_place(const struct sort_order *order, uint32_t index, struct sort_place *place);
int sort_compare_place(const struct sort_order *order, struct rank rank,
                       const struct sort_place *place);

/* Two texts of a column of texts: user ids that are numbers by their value. */
int sort_compare_texts(enum sort_key key, const char *a, const char *b);

/* What stands in the client column: Client-Name, else User-Agent, else "(none)". */
const char *sort_client(const struct snap_conn *conn);

/* What stands in the backend column: a name, or "" where no request has gone to any. */
const char *sort_backend(const struct snap *snap, const struct snap_conn *conn);

/* The figure of a text of such a column: its first bytes, or the number of a user id. */
uint64_t sort_text_value(enum sort_key key, const char *text);

#endif
