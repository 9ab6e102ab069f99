/*
 * The lines that other programs read: their form, text from strangers in them, their bound, and
 * which of the ledger's own news become lines.
 */
#include "stats_books.h"

#include "stats/happenings.h"

#define AT 1763729327123 /* 2025-11-21T12:48:47.123Z */
#define TIME "{\"time\":\"2025-11-21T12:48:47.123Z\",\"event\":"
#define BOT "\"bot\":{\"id\":\"42\",\"name\":\"Tunes\",\"userId\":\"4200\"}"
#define PLACE BOT ",\"backend\":\"eu-1\",\"guild\":\"77\","
#define TRACK                                                                                      \
    "\"track\":{\"title\":\"Song\",\"author\":\"Band\",\"lengthMs\":213000,\"source\":\"radio\"}"

static const struct happening_player player = {{"42", "Tunes", "4200"}, "77", "eu-1"};
static const struct happening_track track = {"Song", "Band", "radio", 213000};
static const struct happening_track stream = {"Song", "", NULL, -1};

static void connected(struct happenings *h)
{
    happenings_bot_connected(h, AT, &player.bot, "eu-1", true);
}

static void connected_unknown(struct happenings *h)
{
    happenings_bot_connected(h, AT, &(struct happening_bot){.id = "7"}, "", false);
}

static void gone(struct happenings *h)
{
    happenings_bot_gone(h, AT, &player.bot);
}

static void track_start(struct happenings *h)
{
    happenings_track_start(h, AT, &player, &track);
}

static void track_stream(struct happenings *h)
{
    happenings_track_start(h, AT, &player, &stream);
}

static void track_end(struct happenings *h)
{
    happenings_track_end(h, AT, &player, NULL, "loadfailed");
}

static void track_exception(struct happenings *h)
{
    happenings_track_exception(h, AT, &player, &track, "fault", "it \"broke\"");
}

static void track_stuck(struct happenings *h)
{
    happenings_track_stuck(h, AT, &player, &track, 10000);
}

static void backend(struct happenings *h)
{
    happenings_backend(h, AT, "eu-1", "online", "offline", "connection refused");
}

static void block(struct happenings *h)
{
    happenings_block(h, AT, &(struct happening_block){"192.0.2.1", NULL, 1.5, true});
}

static void block_for_good(struct happenings *h)
{
    happenings_block(h, AT, &(struct happening_block){NULL, "4200", BLOCK_FOR_GOOD, false});
}

static void unblock(struct happenings *h)
{
    happenings_unblock(h, AT, "2001:db8::/64", NULL);
}

static void kill_one(struct happenings *h)
{
    happenings_kill(h, AT, &(struct happening_kill){.connection = 5, .ended = 1, .polite = true});
}

static void kill_many(struct happenings *h)
{
    happenings_kill(h, AT, &(struct happening_kill){.ip = "192.0.2.1", .ended = 12, .blocked = 1});
}

static const struct {
    void (*tell)(struct happenings *h);
    const char *line;
} lines[] = {
    {connected, TIME "\"bot.connected\"," BOT ",\"backend\":\"eu-1\",\"resumed\":true}\n"},
    {connected_unknown,
     TIME "\"bot.connected\",\"bot\":{\"id\":\"7\",\"name\":null,\"userId\":null}"
          ",\"backend\":null,\"resumed\":false}\n"},
    {gone, TIME "\"bot.gone\"," BOT "}\n"},
    {track_start, TIME "\"track.start\"," PLACE TRACK "}\n"},
    {track_stream, TIME "\"track.start\"," PLACE "\"track\":{\"title\":\"Song\",\"author\":null,"
                        "\"lengthMs\":null,\"source\":null}}\n"},
    {track_end, TIME "\"track.end\"," PLACE "\"track\":null,\"reason\":\"loadfailed\"}\n"},
    {track_exception, TIME "\"track.exception\"," PLACE TRACK
                           ",\"severity\":\"fault\",\"message\":\"it \\\"broke\\\"\"}\n"},
    {track_stuck, TIME "\"track.stuck\"," PLACE TRACK ",\"thresholdMs\":10000}\n"},
    {backend, TIME "\"backend.state\",\"backend\":\"eu-1\",\"from\":\"online\",\"to\":\"offline\","
                   "\"reason\":\"connection refused\"}\n"},
    {block,
     TIME "\"block\",\"ip\":\"192.0.2.1\",\"userId\":null,\"seconds\":1.5,\"byHand\":true}\n"},
    {block_for_good,
     TIME "\"block\",\"ip\":null,\"userId\":\"4200\",\"seconds\":null,\"byHand\":false}\n"},
    {unblock, TIME "\"unblock\",\"ip\":\"2001:db8::/64\",\"userId\":null}\n"},
    {kill_one, TIME "\"kill\",\"connection\":5,\"ip\":null,\"userId\":null,\"ended\":1,"
                    "\"blocked\":0,\"mode\":\"close\"}\n"},
    {kill_many, TIME "\"kill\",\"connection\":null,\"ip\":\"192.0.2.1\",\"userId\":null,"
                     "\"ended\":12,\"blocked\":1,\"mode\":\"reset\"}\n"},
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

static void test_lines(void **state)
{
    (void)state;
    struct happenings h;
    happenings_init(&h);
    happenings_want(&h, true);
    for (size_t i = 0; i < LINES; i++) {
        lines[i].tell(&h);
        assert_string_equal(happenings_lines(&h, AT).ptr, lines[i].line);
        happenings_clear(&h);
        assert_int_equal(happenings_lines(&h, AT).len, 0);
    }
    happenings_free(&h);
}

/* Nothing is formatted, no memory taken, nothing counted as lost. */
static void test_unwanted(void **state)
{
    (void)state;
    struct happenings h;
    happenings_init(&h);
    for (size_t i = 0; i < LINES; i++)
        lines[i].tell(&h);
    assert_int_equal(happenings_lines(&h, AT).len, 0);
    assert_null(h.lines.ptr);
    happenings_want(&h, true);
    gone(&h);
    assert_true(h.lines.len > 0);
    happenings_want(&h, false);
    gone(&h);
    assert_null(h.lines.ptr);
    assert_int_equal(h.dropped_ever, 0);
    happenings_free(&h);
}

/* Whatever is in a text, a line stays one line, ends as it should and is not longer than said. */
static void test_hostile_text(void **state)
{
    (void)state;
    struct happenings h;
    char longer[3000], bytes[2] = "";
    happenings_init(&h);
    happenings_want(&h, true);
    for (unsigned byte = 1; byte < 256; byte++) {
        bytes[0] = (char)byte;
        memset(longer, (int)byte, sizeof(longer) - 1);
        longer[sizeof(longer) - 1] = '\0';
        const char *texts[] = {bytes, longer};
        for (unsigned i = 0; i < 2; i++) {
            const char *text = texts[i];
            const struct happening_player there = {{text, text, text}, text, text};
            const struct happening_track what = {text, text, text, INT64_MAX};
            happenings_track_exception(&h, AT, &there, &what, text, text);
            struct slice got = happenings_lines(&h, AT);
            assert_true(got.len < HAPPENINGS_LINE);
            assert_memory_equal(got.ptr + got.len - 3, "\"}\n", 3);
            assert_ptr_equal(memchr(got.ptr, '\n', got.len), got.ptr + got.len - 1);
            for (size_t at = 0; at + 1 < got.len; at++)
                assert_true((unsigned char)got.ptr[at] >= ' ' && got.ptr[at] != 0x7F);
            happenings_clear(&h);
        }
    }
    happenings_free(&h);
}

/* A text that is too long ends at a whole character. */
static void test_long_text(void **state)
{
    (void)state;
    struct happenings h;
    char text[HAPPENINGS_TEXT + 100] = "x";
    happenings_init(&h);
    happenings_want(&h, true);
    for (size_t at = 1; at + 4 < sizeof(text); at += 2)
        memcpy(text + at, "\xC3\xA4", 3);
    happenings_unblock(&h, AT, text, NULL);
    struct slice got = happenings_lines(&h, AT);
    assert_non_null(strstr(got.ptr, "\xC3\xA4\",\"userId\""));
    assert_null(strstr(got.ptr, "\xEF\xBF\xBD"));
    happenings_free(&h);
}

/* Beyond the room lines are dropped; one line tells how many, and then all goes on. */
static void test_bound(void **state)
{
    (void)state;
    struct happenings h;
    unsigned told = 0, kept = 0;
    char expected[100];
    happenings_init(&h);
    happenings_want(&h, true);
    while (h.dropped < 100) {
        track_exception(&h);
        told++;
    }
    assert_in_range(h.lines.len, HAPPENINGS_ROOM / 2, HAPPENINGS_ROOM);
    struct slice got = happenings_lines(&h, AT);
    for (size_t at = 0; at < got.len; at++)
        kept += got.ptr[at] == '\n';
    assert_int_equal(kept - 1, told - 100);
    snprintf(expected, sizeof(expected), TIME "\"dropped\",\"lines\":100}\n");
    assert_string_equal(got.ptr + got.len - strlen(expected), expected);
    happenings_clear(&h);
    gone(&h);
    assert_string_equal(happenings_lines(&h, AT).ptr, TIME "\"bot.gone\"," BOT "}\n");
    assert_int_equal(h.dropped_ever, 100);
    happenings_free(&h);
}

static void check(struct books *books, enum backend_state to, const char *reason)
{
    const struct ledger_check check = {.state = to, .response_ms = 1, .reason = reason};
    ledger_backend(books->ledger, 0, &check, books->now);
}

/* The line that is there, behind its time; then there is none. */
static void expect(struct books *books, const char *line)
{
    struct happenings *h = ledger_happenings(books->ledger);
    struct slice got = happenings_lines(h, books->now);
    if (line[0] == '\0')
        assert_int_equal(got.len, 0);
    else
        assert_string_equal(got.ptr + strlen("{\"time\":\"2023-11-14T22:13:20.000Z\","), line);
    happenings_clear(h);
}

/* As the views call the states, each change once. */
static void test_backend_states(void **state)
{
    struct books *books = *state;
    happenings_want(ledger_happenings(books->ledger), true);
    check(books, BACKEND_ONLINE, "");
    expect(books, "\"event\":\"backend.state\",\"backend\":\"one\",\"from\":\"unknown\",\"to\":"
                  "\"online\",\"reason\":null}\n");
    check(books, BACKEND_ONLINE, "");
    expect(books, "");
    ledger_drain(books->ledger, 0, true, books->now);
    expect(books, "\"event\":\"backend.state\",\"backend\":\"one\",\"from\":\"online\",\"to\":"
                  "\"draining\",\"reason\":null}\n");
    check(books, BACKEND_SLOW, "over 1 s");
    expect(books, "");
    check(books, BACKEND_OFFLINE, "refused");
    expect(books, "\"event\":\"backend.state\",\"backend\":\"one\",\"from\":\"draining\",\"to\":"
                  "\"offline\",\"reason\":\"refused\"}\n");
    ledger_drain(books->ledger, 0, false, books->now);
    expect(books, "");
}

/* The block is a line, the wrong password that led to it is not told. */
static void test_automatic_block(void **state)
{
    struct books *books = *state;
    struct report report = {.event_count = 1};
    struct report_event event = {.kind = REPORT_BLOCK_BEGINS,
                                 .client = {.family = 4, .bytes = {192, 0, 2, 1}},
                                 .text = {.len = 7, .bytes = "guessed"}};
    happenings_want(ledger_happenings(books->ledger), true);
    report.events = &event;
    ledger_report(books->ledger, &report, books->now);
    expect(books, "\"event\":\"block\",\"ip\":\"192.0.2.1\",\"userId\":null,\"seconds\":600,"
                  "\"byHand\":false}\n");
    event.kind = REPORT_AUTH_WRONG;
    ledger_report(books->ledger, &report, books->now);
    expect(books, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_unwanted),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_bound),
        cmocka_unit_test_setup_teardown(test_backend_states, begin, end),
        cmocka_unit_test_setup_teardown(test_automatic_block, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
