/*
 * Refusals by IP: see the header.
 */
#include "guesses.h"

#include <stdlib.h>

static void unlink_guess(struct guess_book *book, struct guess *guess)
{
    if (guess->prev)
        guess->prev->next = guess->next;
    else
        book->first = guess->next;
    if (guess->next)
        guess->next->prev = guess->prev;
    else
        book->last = guess->prev;
}

static void put_first(struct guess_book *book, struct guess *guess)
{
    guess->prev = NULL;
    guess->next = book->first;
    if (book->first)
        book->first->prev = guess;
    else
        book->last = guess;
    book->first = guess;
}

static void add(struct snap_guess *to, const struct snap_guess *from)
{
    to->wrong += from->wrong;
    to->missing += from->missing;
    to->refused += from->refused;
    if (from->last_ms > to->last_ms)
        to->last_ms = from->last_ms;
}

static void forget(struct guess_book *book, struct guess *guess)
{
    add(&book->others, &guess->counts);
    unlink_guess(book, guess);
    map_take(book->by_key, &guess->counts.key);
    free(guess);
}

/* Finds or makes the counts of an IP; the others' without memory. */
static struct snap_guess *counts_of(struct guess_book *book, const struct addr *client)
{
    struct addr_key key = addr_key_of(client);
    struct guess *guess = map_get(book->by_key, &key);
    if (guess) {
        unlink_guess(book, guess);
        put_first(book, guess);
        return &guess->counts;
    }
    if (map_count(book->by_key) >= book->most)
        forget(book, book->last);
    guess = calloc(1, sizeof(*guess));
    if (!guess || map_put(book->by_key, &key, guess) < 0) {
        free(guess);
        return &book->others;
    }
    guess->counts.key = key;
    put_first(book, guess);
    return &guess->counts;
}

static uint64_t rest(uint64_t all, uint64_t told)
{
    return all > told ? all - told : 0;
}

void guesses_report(struct guess_book *book, const struct report *report, int64_t wall_ms)
{
    struct snap_guess told = {0}, untold;
    for (unsigned i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        uint32_t count = event->count > 0 ? event->count : 1;
        struct snap_guess more = {.last_ms = wall_ms};
        if (event->kind == REPORT_AUTH_WRONG)
            more.wrong = count;
        else if (event->kind == REPORT_AUTH_MISSING)
            more.missing = count;
        else if (event->kind == REPORT_BLOCKED || event->kind == REPORT_USER_BLOCKED)
            more.refused = count;
        else
            continue;
        add(counts_of(book, &event->client), &more);
        add(&told, &more);
    }
    untold = (struct snap_guess){.wrong = rest(report->counts.auth_wrong, told.wrong),
                                 .missing = rest(report->counts.auth_missing, told.missing),
                                 .refused = rest(report->counts.auth_blocked, told.refused)};
    if (untold.wrong + untold.missing + untold.refused > 0)
        untold.last_ms = wall_ms;
    add(&book->others, &untold);
}

int guesses_init(struct guess_book *book, size_t most)
{
    *book = (struct guess_book){.by_key = map_new(sizeof(struct addr_key)), .most = most};
    return book->by_key ? 0 : -1;
}

void guesses_free(struct guess_book *book)
{
    struct guess *next;
    for (struct guess *at = book->first; at; at = next) {
        next = at->next;
        free(at);
    }
    map_free(book->by_key);
}
