/*
 * Who was refused how often, by IP: wrong and missing passwords, blocks. Bounded: who was refused
 * the longest ago goes first, and leaves its counts in `others`. Control thread only.
 */
#ifndef STATS_GUESSES_H
#define STATS_GUESSES_H

#include "base/map.h"
#include "stats/report.h"
#include "stats/snapshot.h"

struct guess {
    struct snap_guess counts;
    struct guess *prev, *next;
};

struct guess_book {
    struct map *by_key;
    struct guess *first, *last; /* the last refused first */
    size_t most;
    struct snap_guess others;
};

/* -1 when out of memory. */
int guesses_init(struct guess_book *book, size_t most);
void guesses_free(struct guess_book *book);

/* Takes in what a report says of it. A worker tells of some events a second only; those it had no
 * place for are among its totals, and so among the others here. */
void guesses_report(struct guess_book *book, const struct report *report, int64_t wall_ms);

#endif
