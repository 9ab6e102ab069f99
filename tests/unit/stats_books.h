/*
 * What the tests of the ledger share: books with two backends, and one call per kind of report.
 */
#ifndef STATS_BOOKS_SUPPORT_H
#define STATS_BOOKS_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/load.h"
#include "stats/ledger.h"
#include "stats/notes.h"

#define START_MS 1700000000000
#define SECOND 1000

struct books {
    const struct config *config;
    struct ledger *ledger;
    int64_t now;
};

static inline int begin(void **state)
{
    static const char text[] = "proxy: {password: secret}\n"
                               "backends:\n"
                               "  - {name: one, version: 3, address: 127.0.0.1:2333, password: x}\n"
                               "  - {name: two, version: 4, address: '[::1]:2334', password: x}\n";
    static const char *const no_environment[] = {NULL};
    struct load_options options = {.environ = no_environment};
    struct load_problems problems = {0};
    struct books *books = calloc(1, sizeof(*books));

    (void)log_start("", LOG_ERROR, LOG_TEXT, true, NULL);
    books->config = load_text("test", text, sizeof(text) - 1, &options, &problems);
    load_problems_free(&problems);
    assert_non_null(books->config);
    books->now = START_MS;
    const struct fleet *fleet = fleet_new(books->config);
    assert_non_null(fleet);
    books->ledger = ledger_new(books->config, fleet, books->now);
    fleet_unref(fleet);
    assert_non_null(books->ledger);
    *state = books;
    return 0;
}

static inline int end(void **state)
{
    struct books *books = *state;
    ledger_free(books->ledger);
    config_unref(books->config);
    free(books);
    return 0;
}

static inline void checked(struct books *books, unsigned slot, enum backend_state state,
                           double response_ms, const char *reason, int64_t now)
{
    const struct ledger_check check = {
        .state = state, .response_ms = response_ms, .reason = reason};
    ledger_backend(books->ledger, slot, &check, now);
}

static inline struct report_text text_of(const char *text)
{
    struct report_text out = {0};
    size_t len = strlen(text);
    out.len = (uint8_t)(len < REPORT_TEXT_MAX ? len : REPORT_TEXT_MAX);
    memcpy(out.bytes, text, out.len);
    return out;
}

static inline struct addr ip(unsigned number)
{
    return (struct addr){
        .family = 4,
        .bytes = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

static inline void enter(struct books *books, const struct report *report)
{
    ledger_report(books->ledger, report, books->now);
}

static inline void enter_info(struct books *books, struct report_info info)
{
    enter(books, &(struct report){.infos = &info, .info_count = 1});
}

static inline void enter_tick(struct books *books, struct report_tick tick)
{
    enter(books, &(struct report){.ticks = &tick, .tick_count = 1});
}

static inline void enter_closed(struct books *books, struct report_closed closed)
{
    enter(books, &(struct report){.closed = &closed, .closed_count = 1});
}

static inline void enter_event(struct books *books, struct report_event event)
{
    enter(books, &(struct report){.events = &event, .event_count = 1});
}

/* A report's notes, made one behind the other. */
static inline void add_note(struct note_batch *batch, enum note_kind kind, void *note, size_t size)
{
    struct note *head = note;
    size_t whole = (size + 7) / 8 * 8;
    assert_true(batch->len + whole <= NOTE_BATCH_BYTES);
    head->size = (uint16_t)whole;
    head->kind = (uint8_t)kind;
    memcpy(batch->bytes + batch->len, note, size);
    batch->len += (uint32_t)whole;
}

static inline void enter_notes(struct books *books, struct note_batch *batch)
{
    enter(books, &(struct report){.notes = batch});
    batch->len = 0;
}

/* A report with this note alone; `note` is a struct note_... */
#define ENTER_NOTE(books, kind, note)                                                              \
    do {                                                                                           \
        static struct note_batch alone;                                                            \
        alone.len = 0;                                                                             \
        add_note(&alone, kind, &(note), sizeof(note));                                             \
        enter_notes(books, &alone);                                                                \
    } while (0)

static inline const struct snap *next_second(struct books *books)
{
    books->now += SECOND;
    ledger_tick(books->ledger);
    const struct snap *snap = ledger_draw(books->ledger, books->now);
    assert_non_null(snap);
    return snap;
}

#define BOOKS(test) cmocka_unit_test_setup_teardown(test, begin, end)

#endif
