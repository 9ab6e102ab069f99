/*
 * The event list: plain words for everything, floods gathered into few lines, the newest kept.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "stats_books.h"

static void gathers_floods(void **state)
{
    struct books *books = *state;
    struct report_event event = {.kind = REPORT_AUTH_MISSING, .client = ip(1), .status = 401};
    const struct snap *snap;

    for (unsigned i = 0; i < 35; i++) {
        event.count = 2;
        enter_event(books, event);
        snap_put(next_second(books));
    }
    snap = next_second(books);
    /* At 0, 10, 20 and 30 s; each says how many there were in the minute before. */
    assert_int_equal(snap->event_count, 4);
    assert_string_equal(snap->events[0].text, "10.0.0.1 no password (2 in 60 s)");
    assert_string_equal(snap->events[3].text, "10.0.0.1 no password (60 in 60 s)");
    assert_int_equal(snap->events[3].level, EVENT_AUTH);
    assert_int_equal(snap->events[3].seq, 4);
    snap_put(snap);

    /* What was held back is said, though nothing follows. */
    for (unsigned i = 0; i < 10; i++)
        snap_put(next_second(books));
    snap = next_second(books);
    assert_int_equal(snap->event_count, 5);
    snap_put(snap);

    for (unsigned i = 0; i < 70; i++)
        snap_put(next_second(books));
    event.count = 1;
    enter_event(books, event);
    snap = next_second(books);
    assert_int_equal(snap->event_count, 6);
    assert_string_equal(snap->events[5].text, "10.0.0.1 no password");
    snap_put(snap);
}

static void words_events(void **state)
{
    static const struct {
        struct report_event event;
        const char *text, *expected;
        enum event_level level;
    } rows[] = {
        {{.kind = REPORT_AUTH_MISSING, .status = 401}, "", "10.0.0.9 no password", EVENT_AUTH},
        {{.kind = REPORT_BLOCKED, .status = 403}, "", "10.0.0.9 blocked, answered 403", EVENT_AUTH},
        {{.kind = REPORT_LIMITED, .status = 429},
         "",
         "10.0.0.9 over the limit, answered 429",
         EVENT_WARN},
        {{.kind = REPORT_BAD_REQUEST, .status = 400},
         "framing\n\x1b[2J",
         "10.0.0.9 bad request: framing \xEF\xBF\xBD[2J, answered 400",
         EVENT_WARN},
        {{.kind = REPORT_BACKEND_FAILED, .backend = 1},
         "Connection refused",
         "backend two: failed: Connection refused",
         EVENT_WARN},
        {{.kind = REPORT_BLOCK_BEGINS},
         "for 600 s",
         "10.0.0.9 is blocked after too many wrong passwords: for 600 s",
         EVENT_AUTH},
        {{.kind = REPORT_USER_BLOCKED, .status = 403},
         "880012345678901234",
         "bot blocked: 880012345678901234, answered 403",
         EVENT_AUTH},
        {{.kind = REPORT_NO_MEMORY}, "", "out of memory", EVENT_ERROR},
        {{.kind = REPORT_NO_DESCRIPTORS},
         "",
         "out of descriptors, new connections wait",
         EVENT_ERROR},
    };
    struct books *books = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct report_event event = rows[i].event;
        event.client = ip(9);
        event.count = 1;
        event.text = text_of(rows[i].text);
        enter_event(books, event);
        const struct snap *snap = next_second(books);
        assert_int_equal(snap->event_count, i + 1);
        assert_string_equal(snap->events[i].text, rows[i].expected);
        assert_int_equal(snap->events[i].level, rows[i].level);
        snap_put(snap);
    }
    /* A kind from nowhere is left out. */
    enter_event(books, (struct report_event){.kind = 200, .client = ip(9)});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->event_count, 9);
    snap_put(snap);
}

static void keeps_the_newest_events(void **state)
{
    struct books *books = *state;
    for (unsigned i = 0; i < SNAP_EVENTS_MAX + 7; i++)
        ledger_event(books->ledger, EVENT_INFO, books->now, "line %u", i);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->event_count, SNAP_EVENTS_MAX);
    assert_string_equal(snap->events[0].text, "line 7");
    assert_int_equal(snap->events[SNAP_EVENTS_MAX - 1].seq, SNAP_EVENTS_MAX + 7);
    uint64_t before = snap->events[SNAP_EVENTS_MAX - 1].seq;
    snap_put(snap);

    /* From more addresses than are tallied apart: two lines for the rest, not thousands. */
    for (unsigned i = 0; i < 5000; i++)
        enter_event(books,
                    (struct report_event){.kind = REPORT_BAD_REQUEST, .client = ip(i), .count = 1});
    for (unsigned i = 0; i < 12; i++)
        snap_put(next_second(books));
    snap = next_second(books);
    uint64_t lines = snap->events[snap->event_count - 1].seq - before;
    assert_true(lines <= 256 + 2);
    assert_string_equal(snap->events[snap->event_count - 1].text,
                        "many addresses: bad request (4744 in 60 s)");
    snap_put(snap);
}

static void cuts_between_characters(void **state)
{
    struct books *books = *state;
    char filler[200];

    /* Every place in a character of three bytes, and in one of four. */
    for (unsigned i = 0; i < 4; i++) {
        memset(filler, 'x', sizeof(filler));
        filler[150 + i] = '\0';
        ledger_event(books->ledger, EVENT_INFO, books->now, "%s%s%s%s", filler, "\xE4\xB8\xAD",
                     "\xF0\x9F\x98\x80", "\xE4\xB8\xAD");
        const struct snap *snap = next_second(books);
        struct slice text = slice_of(snap->events[i].text);
        size_t at = 0;
        uint32_t ch;
        assert_true(text.len > 150 && text.len < sizeof(snap->events[i].text));
        while (text_decode(text, &at, &ch))
            assert_int_not_equal(ch, 0xFFFD);
        snap_put(snap);
    }
}

/* What a node answers after a wrong password is not hidden by another trouble of its in between. */
static void tells_each_trouble_of_a_backend(void **state)
{
    struct books *books = *state;
    static const struct {
        unsigned status;
        const char *why;
    } troubles[] = {{502, "broken"}, {403, "the password?"}, {502, "broken"}};
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
        enter_event(books, (struct report_event){.kind = REPORT_BACKEND_FAILED,
                                                 .backend = 1,
                                                 .status = (uint16_t)troubles[i].status,
                                                 .count = 1,
                                                 .text = text_of(troubles[i].why)});
    for (unsigned i = 0; i < 11; i++)
        snap_put(next_second(books));
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->event_count, 3);
    assert_string_equal(snap->events[0].text, "backend two: failed: broken, answered 502");
    assert_string_equal(snap->events[1].text, "backend two: failed: the password?, answered 403");
    assert_string_equal(snap->events[2].text,
                        "backend two: failed: broken, answered 502 (2 in 60 s)");
    snap_put(snap);
}

/* One order ends a thousand: its own line stays in the list. */
static void an_order_is_not_drowned(void **state)
{
    struct books *books = *state;
    ledger_event(books->ledger, EVENT_WARN, books->now, "1000 connections killed by hand");
    for (unsigned i = 0; i < 1000; i++)
        enter_closed(books, (struct report_closed){.id = i + 1,
                                                   .client = ip(1),
                                                   .reason = CLOSE_KILLED,
                                                   .kind = CONN_WEBSOCKET,
                                                   .version = 4,
                                                   .backend = 1});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->event_count, 21);
    assert_string_equal(snap->events[0].text, "1000 connections killed by hand");
    assert_int_equal(snap->closed[CLOSE_KILLED], 1000);
    snap_put(snap);
    enter_closed(books, (struct report_closed){.id = 2000,
                                               .client = ip(1),
                                               .reason = CLOSE_KILLED,
                                               .kind = CONN_WEBSOCKET,
                                               .version = 4,
                                               .backend = 1});
    snap = next_second(books);
    assert_int_equal(snap->event_count, 22);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(gathers_floods),          BOOKS(words_events),
        BOOKS(keeps_the_newest_events), BOOKS(cuts_between_characters),
        BOOKS(an_order_is_not_drowned), BOOKS(tells_each_trouble_of_a_backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
