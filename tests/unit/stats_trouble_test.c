/*
 * What goes wrong with a bot: counts and last messages, and diagnoses that are told once for each
 * cause and bot.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/diagnosis.h"
#include "stats_visits.h"

static const struct visit melody = {1, 1, "7", "Melody", NULL, 1000};

static struct note on_melody(void)
{
    return (struct note){.backend = 1, .version = 4, .conn = 1};
}

static void trouble(struct books *books, enum note_kind kind, enum severity severity,
                    const char *message, int32_t code)
{
    struct note_trouble note = {.note = on_melody(),
                                .guild = 81,
                                .threshold_ms = 10000,
                                .close_code = code,
                                .severity = (uint8_t)severity,
                                .message = text_of(message)};
    ENTER_NOTE(books, kind, note);
}

static void exceptions_are_counted_and_the_last_lines_kept(void **state)
{
    struct books *books = *state;
    opens(books, &melody, 1);
    trouble(books, NOTE_EXCEPTION, SEVERITY_FAULT, "This video is \x1b[31mnot\x07 available", 0);
    trouble(books, NOTE_EXCEPTION, SEVERITY_COMMON, "Age restricted", 0);
    books->now += 5;
    trouble(books, NOTE_EXCEPTION, SEVERITY_COMMON, "Age restricted", 0);
    trouble(books, NOTE_STUCK, SEVERITY_COMMON, "", 0);
    trouble(books, NOTE_VOICE_CLOSED, SEVERITY_COMMON, "Disconnected.", 4014);
    trouble(books, NOTE_VOICE_CLOSED, SEVERITY_COMMON, "Session is no longer valid.", 4006);
    trouble(books, NOTE_VOICE_CLOSED, SEVERITY_COMMON, "Session is no longer valid.", 4006);
    trouble(books, NOTE_VOICE_CLOSED, SEVERITY_COMMON, "", 1006);
    const struct snap *snap = next_second(books);
    const struct snap_trouble *had = snap->bots[0].trouble;
    assert_int_equal(had->exceptions[SEVERITY_FAULT], 1);
    assert_int_equal(had->exceptions[SEVERITY_COMMON], 2);
    assert_int_equal(had->stuck, 1);
    assert_int_equal(had->voice_closed, 4);
    assert_int_equal(had->code_count, 3);
    assert_int_equal(had->codes[0].code, 4006);
    assert_int_equal(had->codes[0].count, 2);
    assert_int_equal(had->line_count, SNAP_TROUBLE_LINES);
    assert_string_equal(had->lines[0].text, "1006 (guild 81)");
    assert_string_equal(had->lines[1].text, "4006: Session is no longer valid. (guild 81)");
    assert_int_equal(had->lines[1].times, 2);
    assert_string_equal(had->lines[3].text, "for 10000 ms (guild 81)");
    assert_int_equal(had->lines[3].kind, TROUBLE_STUCK);
    assert_string_equal(had->lines[4].text, "common: Age restricted (guild 81)");
    assert_int_equal(had->lines[4].times, 2);
    assert_int_equal(had->lines[4].wall_ms, START_MS + 5);
    assert_int_equal(snap->totals.exceptions[SEVERITY_COMMON], 2);
    assert_int_equal(snap->totals.stuck, 1);
    assert_int_equal(snap->totals.voice_closed[0], 2);
    assert_int_equal(snap->totals.voice_closed[1], 1);
    assert_int_equal(snap->totals.voice_closed[2], 0);
    assert_int_equal(snap->totals.voice_closed[3], 1);
    snap_put(snap);
}

static void texts_and_numbers_of_strangers_do_no_harm(void **state)
{
    struct books *books = *state;
    opens(books, &melody, 1);
    struct note_trouble note = {.note = on_melody(),
                                .guild = UINT64_MAX,
                                .threshold_ms = INT64_MAX,
                                .close_code = INT32_MIN,
                                .severity = 255};
    memset(note.message.bytes, 0xF0, sizeof(note.message.bytes));
    note.message.len = 255;
    for (int i = 0; i < 20; i++) {
        note.close_code++;
        ENTER_NOTE(books, NOTE_VOICE_CLOSED, note);
        ENTER_NOTE(books, NOTE_EXCEPTION, note);
    }
    note.threshold_ms = INT64_MIN;
    ENTER_NOTE(books, NOTE_STUCK, note);
    struct note_frames frames = {
        .note = on_melody(), .nulled = INT64_MIN, .deficit = INT64_MAX, .system_load = 1e300};
    ENTER_NOTE(books, NOTE_FRAMES, frames);
    struct note_request request = {
        .note = on_melody(), .status = 65535, .route = 255, .load_type = 255, .guild = UINT64_MAX};
    request.message = note.message;
    ENTER_NOTE(books, NOTE_REQUEST, request);
    const struct snap *snap = next_second(books);
    const struct snap_trouble *had = snap->bots[0].trouble;
    assert_int_equal(had->voice_closed, 20);
    assert_int_equal(had->code_count, SNAP_TROUBLE_CODES);
    assert_int_equal(had->exceptions[SEVERITY_FAULT], 20);
    assert_int_equal(had->frames_deficit, 1000000);
    assert_int_equal(had->frames_nulled, 0);
    assert_int_equal(had->server_errors[ROUTE_OTHER], 1);
    assert_int_equal(lines_with(snap, "(deficit 3000 of 3000 a minute)"), 1);
    for (unsigned i = 0; i < had->line_count; i++)
        assert_non_null(strstr(had->lines[i].text, "(guild 18446744073709551615)"));
    snap_put(snap);
}

static void request(struct books *books, enum rest_route route, unsigned status,
                    enum load_type load, bool no_channel)
{
    struct note_request note = {.note = on_melody(),
                                .session = {{1, 1}},
                                .status = (uint16_t)status,
                                .route = (uint8_t)route,
                                .load_type = (uint8_t)load,
                                .no_channel = no_channel,
                                .by_node = true,
                                .message = text_of(status == 200 ? "gone" : "bad")};
    note.note.conn = 99; /* a connection of its own */
    ENTER_NOTE(books, NOTE_REQUEST, note);
}

static void answers_are_counted_by_route(void **state)
{
    struct books *books = *state;
    opens(books, &melody, 1);
    request(books, ROUTE_LOADTRACKS, 200, LOAD_SEARCH, false);
    request(books, ROUTE_LOADTRACKS, 200, LOAD_ERROR, false);
    request(books, ROUTE_PLAYER_PATCH, 400, LOAD_COUNT, false);
    request(books, ROUTE_PLAYER_PATCH, 204, LOAD_COUNT, false);
    request(books, ROUTE_LOADTRACKS, 503, LOAD_COUNT, false);
    const struct snap *snap = next_second(books);
    const struct snap_trouble *had = snap->bots[0].trouble;
    assert_int_equal(had->load_failures, 1);
    assert_int_equal(had->client_errors[ROUTE_PLAYER_PATCH], 1);
    assert_int_equal(had->server_errors[ROUTE_LOADTRACKS], 1);
    assert_int_equal(had->line_count, 3);
    assert_string_equal(had->lines[0].text, "503 loadtracks: bad");
    assert_string_equal(had->lines[1].text, "400 player.patch: bad");
    assert_string_equal(had->lines[2].text, "failed: gone");
    assert_int_equal(snap->totals.load_results[LOAD_SEARCH], 1);
    assert_int_equal(snap->totals.load_results[LOAD_ERROR], 1);
    snap_put(snap);
}

static void wrong_password(struct books *books, unsigned from, uint32_t count)
{
    enter_event(books, (struct report_event){.kind = REPORT_AUTH_WRONG,
                                             .backend = REPORT_NO_BACKEND,
                                             .client = ip(from),
                                             .status = 401,
                                             .count = count});
}

static void wrong_passwords_again_and_again_are_told_once(void **state)
{
    static const char again[] = "tries a wrong password again and again";
    struct books *books = *state;
    opens(books, &melody, 1);
    for (unsigned i = 0; i < 10; i++) { /* four a minute are none */
        books->now += 16000;
        wrong_password(books, 2, 1);
    }
    const struct snap *snap = next_second(books);
    assert_int_equal(lines_with(snap, again), 0);
    snap_put(snap);
    for (unsigned i = 0; i < 5; i++)
        wrong_password(books, 3, 1);
    wrong_password(books, 1, 7);
    wrong_password(books, 1, 1);
    for (unsigned i = 0; i < 3; i++)
        wrong_password(books, 4, 1);
    snap = next_second(books);
    assert_int_equal(lines_with(snap, again), 2);
    assert_int_equal(lines_with(snap, "10.0.0.3 tries a wrong password again"), 1);
    assert_int_equal(lines_with(snap, "bot Melody at 10.0.0.1 tries a wrong password again"), 1);
    assert_int_equal(snap->bots[0].trouble->diagnoses[DIAG_WRONG_PASSWORD], 2);
    assert_int_equal(snap->totals.diagnoses[DIAG_WRONG_PASSWORD], 3);
    snap_put(snap);
}

/* What a bot does that is wrong, twice; each is told once and counted twice. */
static void v3_on_v4(struct books *books)
{
    struct note_handshake note = handshake_of(&melody);
    note.status = 200;
    ENTER_NOTE(books, NOTE_HANDSHAKE, note);
}

static void no_user(struct books *books)
{
    struct note_handshake note = handshake_of(&melody);
    note.no_user = true;
    note.status = 400;
    ENTER_NOTE(books, NOTE_HANDSHAKE, note);
}

static void timeout_in_ms(struct books *books)
{
    struct note_resuming note = {
        .note = on_melody(), .session = {{1, 1}}, .resuming = 1, .timeout = 60000};
    ENTER_NOTE(books, NOTE_RESUMING, note);
}

static void no_channel(struct books *books)
{
    request(books, ROUTE_PLAYER_PATCH, 400, LOAD_COUNT, true);
}

static void starved(struct books *books)
{
    struct note_frames note = {.note = on_melody(),
                               .sent = 2875,
                               .nulled = 5,
                               .deficit = 120,
                               .system_load = 0.97,
                               .lavalink_load = 0.5};
    ENTER_NOTE(books, NOTE_FRAMES, note);
}

static void storm(struct books *books)
{
    for (unsigned i = 0; i < 5; i++) {
        struct visit visit = {100 + i, 1, "7", "Melody", NULL, 10};
        opens(books, &visit, 100 + i);
        ends(books, &visit, CONN_WEBSOCKET);
    }
}

static void a_diagnosis_is_told_once_for_each_cause_and_bot(void **state)
{
    static const struct {
        enum diagnosis cause;
        void (*happens)(struct books *books);
        const char *line;
    } cases[] = {
        {DIAG_V3_ON_V4, v3_on_v4, "bot Melody is a v3 client on a v4 node (200 to its upgrade)"},
        {DIAG_NO_USER, no_user, "bot Melody connects without a User-Id"},
        {DIAG_TIMEOUT_MS, timeout_in_ms, "bot Melody asks for a resume timeout of more than an"},
        {DIAG_NO_CHANNEL, no_channel, "bot Melody sends voice updates without channelId"},
        {DIAG_STARVED, starved,
         "bot Melody hears gaps: backend two misses audio frames (deficit 120 of 3000 a minute at "
         "97 % CPU)"},
        {DIAG_RECONNECT_STORM, storm, "bot Melody reconnects again and again without resuming"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *own = NULL;
        begin(&own);
        opens(own, &melody, 1);
        if (cases[i].cause == DIAG_RECONNECT_STORM)
            ends(own, &melody, CONN_WEBSOCKET);
        cases[i].happens(own);
        cases[i].happens(own);
        const struct snap *snap = next_second(own);
        assert_int_equal(lines_with(snap, cases[i].line), 1);
        for (unsigned cause = 0; cause < DIAG_COUNT; cause++) {
            assert_int_equal(snap->bots[0].trouble->diagnoses[cause],
                             cause == (unsigned)cases[i].cause ? 2 : 0);
            assert_int_equal(snap->totals.diagnoses[cause],
                             cause == (unsigned)cases[i].cause ? 2 : 0);
        }
        snap_put(snap);
        end(&own);
    }
}

/* A few frames are counted, but nobody hears them. */
static void a_frame_that_is_missing_is_no_finding(void **state)
{
    struct books *books = *state;
    struct note_frames note = {.note = on_melody(), .sent = 2971, .deficit = FRAMES_HEARD - 1};
    opens(books, &melody, 1);
    ENTER_NOTE(books, NOTE_FRAMES, note);
    note.deficit = -3000; /* several players, each with all its frames */
    ENTER_NOTE(books, NOTE_FRAMES, note);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].trouble->frames_deficit, FRAMES_HEARD - 1);
    assert_int_equal(snap->totals.frames_deficit, FRAMES_HEARD - 1);
    assert_int_equal(snap->totals.diagnoses[DIAG_STARVED], 0);
    snap_put(snap);
    note.deficit = FRAMES_HEARD;
    ENTER_NOTE(books, NOTE_FRAMES, note);
    snap = next_second(books);
    assert_int_equal(snap->totals.diagnoses[DIAG_STARVED], 1);
    snap_put(snap);
}

/* Many sockets beside each other, reconnects that resume, or far apart: no storm. */
static void what_is_no_storm_is_not_called_one(void **state)
{
    struct books *books = *state;
    for (unsigned i = 0; i < 16; i++) {
        struct visit visit = {100 + i, 1, "7", "Melody", NULL, 10};
        opens(books, &visit, 100 + i);
    }
    for (unsigned i = 0; i < 12; i++) {
        struct visit visit = {200 + i, 2, "8", "Rhythm", NULL, 10};
        struct note_handshake handshake = handshake_of(&visit);
        struct note_session session = {.note = {.conn = visit.id}, .resumed = i % 2};
        enter_info(books, info_of(&visit, CONN_WEBSOCKET));
        ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
        ENTER_NOTE(books, NOTE_SESSION, session);
        ends(books, &visit, CONN_WEBSOCKET);
    }
    for (unsigned i = 0; i < 12; i++) {
        struct visit visit = {300 + i, 3, "9", "Slow", NULL, 10};
        struct note_handshake handshake = handshake_of(&visit);
        struct report_info info = info_of(&visit, CONN_WEBSOCKET);
        info.opened_ms = START_MS + i * 15000;
        enter_info(books, info);
        ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
        ends(books, &visit, CONN_WEBSOCKET);
    }
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 3);
    assert_int_equal(snap->bots[1].resumed, 6);
    assert_int_equal(snap->totals.diagnoses[DIAG_RECONNECT_STORM], 0);
    snap_put(snap);
}

/* An hour back, as of a machine whose clock was wrong: what is long over is not of this minute. */
static void a_clock_set_back_makes_nothing_frequent(void **state)
{
    struct books *books = *state;
    struct report_event wrong = {.kind = REPORT_AUTH_WRONG, .client = ip(5)};
    for (unsigned i = 0; i < 6; i++) {
        struct visit visit = {100 + i, 1, "7", "Melody", NULL, 10};
        struct report_info info = info_of(&visit, CONN_WEBSOCKET);
        struct note_handshake handshake = handshake_of(&visit);
        info.opened_ms = books->now;
        enter_info(books, info);
        ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
        enter_closed(books, (struct report_closed){.id = visit.id,
                                                   .client = ip(1),
                                                   .opened_ms = books->now,
                                                   .reason = CLOSE_CLIENT,
                                                   .kind = CONN_WEBSOCKET});
        enter_event(books, wrong);
        books->now += i == 4 ? -3600 * SECOND : 300 * SECOND;
    }
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].handshakes, 6);
    assert_int_equal(snap->totals.diagnoses[DIAG_RECONNECT_STORM], 0);
    assert_int_equal(snap->totals.diagnoses[DIAG_WRONG_PASSWORD], 0);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(exceptions_are_counted_and_the_last_lines_kept),
        BOOKS(texts_and_numbers_of_strangers_do_no_harm),
        BOOKS(answers_are_counted_by_route),
        BOOKS(wrong_passwords_again_and_again_are_told_once),
        cmocka_unit_test(a_diagnosis_is_told_once_for_each_cause_and_bot),
        BOOKS(a_frame_that_is_missing_is_no_finding),
        BOOKS(what_is_no_storm_is_not_called_one),
        BOOKS(a_clock_set_back_makes_nothing_frequent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
