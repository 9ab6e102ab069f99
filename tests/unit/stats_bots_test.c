/*
 * The book of bots: who is one, what it shows, who leaves and when, bounds, texts of strangers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "stats_visits.h"

#define BOTS_MOST 10000
#define GONE_SECONDS 600 /* how long a bot without a socket stays */

static void a_bot_is_known_by_user_then_client_then_ip(void **state)
{
    static const struct {
        struct visit a, b;
        bool same;
        enum bot_by by;
    } cases[] = {
        {{1, 1, "7", "Melody", NULL, 5}, {2, 2, "7", "Melody", NULL, 5}, true, BOT_BY_USER},
        {{1, 1, "7", "Melody", NULL, 5}, {2, 1, "8", "Melody", NULL, 5}, false, BOT_BY_USER},
        {{1, 1, "7", "Melody", NULL, 5}, {2, 1, "7", "Other", NULL, 5}, true, BOT_BY_USER},
        {{1, 1, "", "Melody", NULL, 5}, {2, 2, "", "Melody", NULL, 5}, true, BOT_BY_CLIENT},
        {{1, 1, "", "Melody", NULL, 5}, {2, 1, "", "Other", NULL, 5}, false, BOT_BY_CLIENT},
        {{1, 1, "", "7", NULL, 5}, {2, 1, "7", "", NULL, 5}, false, BOT_BY_CLIENT},
        {{1, 1, "", "", "node", 5}, {2, 1, "", "", "undici", 5}, true, BOT_BY_IP},
        {{1, 1, "", "", "node", 5}, {2, 2, "", "", "node", 5}, false, BOT_BY_IP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *own = NULL;
        begin(&own);
        struct books *books = own;
        opens(books, &cases[i].a, 1);
        opens(books, &cases[i].b, 2);
        const struct snap *snap = next_second(books);
        assert_int_equal(snap->bot_count, cases[i].same ? 1 : 2);
        assert_int_equal(snap->bots[0].by, cases[i].by);
        assert_int_equal(snap->bots[0].sockets, cases[i].same ? 2 : 1);
        assert_int_equal(snap->conns[0].bot, snap->bots[0].id);
        assert_int_equal(snap->conns[1].bot, snap->bots[cases[i].same ? 0 : 1].id);
        assert_sums(snap);
        snap_put(snap);
        end(&own);
    }
}

static void a_bot_shows_what_it_is_and_where(void **state)
{
    struct books *books = *state;
    struct visit visit = {7, 1, "123", "Shoukaku/4.1.1 (https://github.com/x)", "node", 500};
    opens(books, &visit, 9);
    const struct snap *snap = next_second(books);
    const struct snap_bot *bot = &snap->bots[0];
    assert_int_equal(snap->bot_count, 1);
    assert_int_equal(snap->bots_gone, 0);
    assert_ptr_equal(snap_find_bot(snap, bot->id), bot);
    assert_string_equal(bot->name, "Shoukaku/4.1.1 (https://github.com/x)");
    assert_string_equal(bot->user_id, "123");
    assert_string_equal(bot->library, "Shoukaku/4.1.1");
    assert_string_equal(bot->session, "k7..q2");
    assert_int_equal(bot->ip_count, 1);
    assert_int_equal(bot->ips[0].bytes[3], 1);
    assert_int_equal(bot->backends, 1 << 1);
    assert_int_equal(bot->versions, 1 << 1);
    assert_int_equal(bot->resuming, -1);
    assert_true(bot->resume_timeout < 0);
    assert_int_equal(bot->sockets, 1);
    assert_int_equal(bot->connections, 1);
    assert_int_equal(bot->handshakes, 1);
    assert_int_equal(bot->reconnects, 0);
    assert_int_equal(bot->bytes_in, 500);
    assert_int_equal(bot->bytes_out, 1000);
    assert_int_equal(bot->rate_out, 1000 / 5);
    assert_int_equal(bot->history->out[SERIES_SECONDS - 1], 1000);
    assert_int_equal(bot->connected_ms, START_MS);
    assert_int_equal(bot->gone_ms, 0);
    assert_int_equal(bot->trouble->stuck, 0);
    assert_string_equal(snap->events[1].text,
                        "bot Shoukaku/4.1.1 (https://github.com/x) (user 123) is here from "
                        "10.0.0.1");
    snap_put(snap);
}

static void the_library_is_read_from_what_libraries_send(void **state)
{
    static const struct {
        const char *client, *agent, *library;
    } cases[] = {
        {"Shoukaku/4.1.1 (https://github.com/x/y)", "node", "Shoukaku/4.1.1"},
        {"Lavalink.py/5.9.0", "Python/3.11 aiohttp/3.9.1", "Lavalink.py/5.9.0"},
        {"Melody", "Python/3.11 aiohttp/3.9.1", "Python/3.11"},
        {"[object Object]", "node", ""},
        {"https://example.com/1.0", "undici", ""},
        {"example.com/bot", "", ""},
        {"my bot/2.0", "Wavelink/v3.4.1", "Wavelink/v3.4.1"},
        {"a/1x!", "", ""},
        {"/1.0", "x/", ""},
        {"x/v", "x/v.", ""},
        {"", "riffy/1.0.7-rc.1;x", "riffy/1.0.7-rc.1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *own = NULL;
        begin(&own);
        struct visit visit = {7, 1, "1", cases[i].client, cases[i].agent, 5};
        opens(own, &visit, 9);
        const struct snap *snap = next_second(own);
        assert_string_equal(snap->bots[0].library, cases[i].library);
        snap_put(snap);
        end(&own);
    }
}

/* Notes of two workers: what was said last counts, not what is entered last. */
static void the_newest_names_count(void **state)
{
    struct books *books = *state;
    struct visit first = {1, 1, "7", "Melody", "x/1.0", 0},
                 second = {2, 2, "7", "Rhythm", "y/2.0", 0};
    struct note_handshake older = handshake_of(&first), newer = handshake_of(&second);
    struct note_session old_session = {.note = {.conn = 1, .at_us = 110}, .session = {{1, 1}}};
    struct note_session new_session = {.note = {.conn = 2, .at_us = 210}, .session = {{2, 2}}};
    older.note.at_us = 100;
    newer.note.at_us = 200;
    memcpy(old_session.shown, "old", 4);
    memcpy(new_session.shown, "new", 4);
    enter_info(books, info_of(&first, CONN_WEBSOCKET));
    enter_info(books, info_of(&second, CONN_WEBSOCKET));
    ENTER_NOTE(books, NOTE_HANDSHAKE, newer);
    ENTER_NOTE(books, NOTE_SESSION, new_session);
    ENTER_NOTE(books, NOTE_HANDSHAKE, older);
    ENTER_NOTE(books, NOTE_SESSION, old_session);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].sockets, 2);
    assert_string_equal(snap->bots[0].name, "Rhythm");
    assert_string_equal(snap->bots[0].library, "y/2.0");
    assert_string_equal(snap->bots[0].session, "new");
    snap_put(snap);
}

/* Without any note, the messages of a tunnel tell that it stands. */
static void a_tunnel_without_notes_is_found(void **state)
{
    struct books *books = *state;
    struct visit visit = {7, 1, "123", "Melody", "node", 0};
    enter_info(books, info_of(&visit, CONN_WEBSOCKET));
    enter_tick(books, (struct report_tick){
                          .id = 7, .bytes_in = 5, .bytes_out = 6, .requests = 1, .messages = 1});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 0);
    snap_put(snap);
    enter_tick(books, (struct report_tick){
                          .id = 7, .bytes_in = 9, .bytes_out = 9, .requests = 1, .messages = 2});
    struct note_handshake late = handshake_of(&visit);
    ENTER_NOTE(books, NOTE_HANDSHAKE, late);
    snap = next_second(books);
    assert_int_equal(snap->bot_count, 1);
    assert_string_equal(snap->bots[0].name, "Melody");
    assert_int_equal(snap->bots[0].sockets, 1);
    assert_int_equal(snap->bots[0].handshakes, 1);
    assert_int_equal(snap->bots[0].bytes_in, 9);
    assert_sums(snap);
    snap_put(snap);
}

static void a_bot_that_is_killed_and_resumes_keeps_its_row(void **state)
{
    struct books *books = *state;
    struct visit first = {1, 1, "7", "Melody", NULL, 1000}, again = {2, 2, "7", "Melody2", NULL, 5};
    struct note_resuming resuming = {
        .note = {.conn = 1}, .session = {{1, 1}}, .resuming = 1, .timeout = 60};
    opens(books, &first, 1);
    ENTER_NOTE(books, NOTE_RESUMING, resuming);
    const struct snap *snap = next_second(books);
    uint64_t id = snap->bots[0].id;
    assert_int_equal(snap->bots[0].resuming, 1);
    assert_true(snap->bots[0].resume_timeout == 60);
    snap_put(snap);

    ends(books, &first, CONN_WEBSOCKET);
    snap = next_second(books);
    assert_int_equal(snap->bots_gone, 1);
    assert_int_equal(snap->bots[0].sockets, 0);
    assert_int_equal(snap->bots[0].connected_ms, 0);
    assert_int_equal(snap->bots[0].gone_ms, START_MS + 1000);
    assert_int_equal(snap->bots[0].backends, 1 << 1);
    snap_put(snap);

    struct note_handshake handshake = handshake_of(&again);
    struct note_session session = {.note = {.conn = 2}, .session = {{1, 1}}, .resumed = true};
    handshake.resumed = true;
    enter_info(books, info_of(&again, CONN_WEBSOCKET));
    ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
    ENTER_NOTE(books, NOTE_SESSION, session);
    snap = next_second(books);
    const struct snap_bot *bot = &snap->bots[0];
    assert_int_equal(snap->bot_count, 1);
    assert_int_equal(bot->id, id);
    assert_string_equal(bot->name, "Melody2");
    assert_int_equal(bot->sockets, 1);
    assert_int_equal(bot->handshakes, 2);
    assert_int_equal(bot->reconnects, 1);
    assert_int_equal(bot->resumed, 1);
    assert_int_equal(bot->resuming, 1);
    assert_int_equal(bot->gone_ms, 0);
    assert_int_equal(bot->ip_count, 2);
    assert_int_equal(bot->ips_total, 2);
    assert_int_equal(bot->ips[0].bytes[3], 2);
    assert_int_equal(snap->totals.handshakes, 2);
    assert_int_equal(snap->totals.resumed, 1);
    assert_int_equal(lines_with(snap, "bot Melody"), 1);
    snap_put(snap);
}

static void a_bot_that_is_gone_leaves_the_book(void **state)
{
    struct books *books = *state;
    struct visit first = {1, 1, "7", "Melody", NULL, 1000};
    struct visit rest = {2, 1, NULL, NULL, NULL, 50}, new_rest = {3, 1, NULL, NULL, NULL, 3};
    opens(books, &first, 1);
    opens_rest(books, &rest);
    ends(books, &first, CONN_WEBSOCKET);
    const struct snap *snap = NULL;
    for (unsigned i = 0; i < GONE_SECONDS - 1; i++) {
        snap_put(snap);
        snap = next_second(books);
    }
    assert_int_equal(snap->bot_count, 1);
    assert_int_equal(lines_with(snap, "bot Melody is gone: no socket for 30 s"), 1);
    snap_put(snap);
    snap = next_second(books);
    assert_int_equal(snap->bot_count, 0);
    assert_int_equal(snap->nobody_bytes_in, 1050);
    assert_int_equal(snap->conns[0].bot, 0);
    assert_sums(snap);
    snap_put(snap);

    /* What it had goes on as nobody's, its session and its IP join nothing any more. */
    rest.bytes = 60;
    moves(books, &rest, 2);
    opens_rest(books, &new_rest);
    shares(books, &new_rest, 1);
    snap = next_second(books);
    assert_int_equal(snap->nobody_bytes_in, 1063);
    assert_sums(snap);
    snap_put(snap);

    /* When it comes back it is a new one: of the old connection only what comes is its own, and the
     * new one at its IP comes along. */
    first.id = 4;
    opens(books, &first, 1);
    shares(books, &rest, 1);
    rest.bytes = 70;
    moves(books, &rest, 3);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].id, 2);
    assert_int_equal(snap->bots[0].bytes_in, 1013);
    assert_sums(snap);
    snap_put(snap);
}

static void who_is_refused_is_seen_but_a_stranger_is_not(void **state)
{
    struct books *books = *state;
    struct visit visit = {1, 1, "7", "Melody", NULL, 10}, other = {2, 2, "8", "Eve", NULL, 10};
    struct note_handshake refused = handshake_of(&visit), stranger = handshake_of(&other);
    refused.status = 400;
    stranger.status = 401;
    stranger.by_node = false;
    enter_info(books, info_of(&visit, CONN_WEBSOCKET));
    ENTER_NOTE(books, NOTE_HANDSHAKE, refused);
    ENTER_NOTE(books, NOTE_HANDSHAKE, stranger);
    moves(books, &visit, 1);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 1);
    assert_int_equal(snap->bots_gone, 1);
    assert_int_equal(snap->bots[0].handshakes, 0);
    assert_int_equal(snap->bots[0].sockets, 0);
    assert_int_equal(snap->bots[0].gone_ms, START_MS);
    assert_int_equal(snap->bots[0].bytes_in, 10);
    assert_int_equal(snap->bots[0].trouble->client_errors[ROUTE_UPGRADE], 1);
    assert_string_equal(snap->bots[0].trouble->lines[0].text, "400 upgrade");
    assert_int_equal(lines_with(snap, "Melody is here"), 0);
    snap_put(snap);
}

static void who_keeps_trying_stays_in_the_book(void **state)
{
    struct books *books = *state;
    struct visit visit = {1, 1, "7", "Melody", NULL, 10};
    struct note_handshake refused = handshake_of(&visit);
    refused.status = 200;
    for (unsigned i = 0; i < 2 * GONE_SECONDS; i++) {
        if (i % 60 == 0) {
            enter_info(books, info_of(&visit, CONN_WEBSOCKET));
            ENTER_NOTE(books, NOTE_HANDSHAKE, refused);
            ends(books, &visit, CONN_WEBSOCKET);
        }
        snap_put(next_second(books));
    }
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].id, 1);
    assert_int_equal(snap->bots[0].gone_ms, START_MS);
    assert_int_equal(snap->bots[0].trouble->diagnoses[DIAG_V3_ON_V4], 20);
    assert_int_equal(lines_with(snap, "is a v3 client on a v4 node"), 1);
    snap_put(snap);
}

static void the_book_is_bounded(void **state)
{
    struct books *books = *state;
    struct visit present = {1, 1, "present", "Melody", NULL, 10};
    char user[16];
    opens(books, &present, 1);
    for (unsigned i = 0; i < BOTS_MOST + 5; i++) {
        struct visit visit = {2, 2, user, NULL, NULL, 0};
        snprintf(user, sizeof(user), "u%u", i);
        struct note_handshake refused = handshake_of(&visit);
        refused.status = 503;
        enter_info(books, (struct report_info){.id = 2, .client = ip(2)});
        ENTER_NOTE(books, NOTE_HANDSHAKE, refused);
    }
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, BOTS_MOST);
    assert_string_equal(snap->bots[0].user_id, "present");
    assert_string_equal(snap->bots[1].user_id, "u6"); /* those before went first */
    for (unsigned i = 1; i < snap->bot_count; i++)
        assert_true(snap->bots[i - 1].id < snap->bots[i].id);
    snap_put(snap);
}

/* Where it was last is not said any more once that node is no longer there. */
static void a_backend_that_goes_is_no_bots(void **state)
{
    static const char text[] =
        "proxy: {password: secret}\n"
        "backends:\n"
        "  - {name: one, version: 3, address: 127.0.0.1:2333, password: x}\n";
    static const char *const no_environment[] = {NULL};
    struct load_options options = {.environ = no_environment};
    struct load_problems problems = {0};
    struct books *books = *state;
    struct visit visit = {1, 1, "7", "Melody", NULL, 10};
    struct err err;

    opens(books, &visit, 1);
    ends(books, &visit, CONN_WEBSOCKET);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].backends, 1 << 1);
    snap_put(snap);
    const struct config *less = load_text("test", text, sizeof(text) - 1, &options, &problems);
    const struct config *more = books->config;
    const struct fleet *old = fleet_new(more), *without = fleet_next(old, less, 0, 0, &err);
    const struct fleet *with = fleet_next(without, more, 0, 0, &err);
    ledger_apply(books->ledger, less, without, books->now);
    ledger_apply(books->ledger, more, with, books->now);
    fleet_unref(old);
    fleet_unref(without);
    fleet_unref(with);
    config_unref(less);
    load_problems_free(&problems);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].backends, 0);
    snap_put(snap);
}

/* A connection that was guessed to be of the bot that goes, and now says that it is another's. */
static void who_makes_room_leaves_nothing_behind(void **state)
{
    struct books *books = *state;
    struct visit first = {1, 1, "first", "Melody", NULL, 10}, rest = {2, 1, NULL, NULL, NULL, 10};
    char user[16];
    opens(books, &first, 1);
    opens_rest(books, &rest);
    ends(books, &first, CONN_WEBSOCKET);
    for (unsigned i = 1; i < BOTS_MOST; i++) {
        struct visit visit = {3, 3, user, NULL, NULL, 0};
        snprintf(user, sizeof(user), "u%u", i);
        struct note_handshake refused = handshake_of(&visit);
        refused.status = 503;
        enter_info(books, (struct report_info){.id = 3, .client = ip(3)});
        ENTER_NOTE(books, NOTE_HANDSHAKE, refused);
    }
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, BOTS_MOST);
    assert_int_equal(snap->conns[0].bot, 1);
    snap_put(snap);
    rest.user = "second";
    struct note_handshake handshake = handshake_of(&rest);
    ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
    snap = next_second(books);
    assert_null(snap_find_bot(snap, 1));
    assert_string_equal(snap_find_bot(snap, snap->conns[0].bot)->user_id, "second");
    assert_int_equal(snap->nobody_bytes_in, 20);
    assert_sums(snap);
    snap_put(snap);
}

/* When nobody is gone there is no room: then a connection is nobody's. */
static void a_full_book_counts_to_nobody(void **state)
{
    struct books *books = *state;
    char user[16];
    for (unsigned i = 0; i <= BOTS_MOST; i++) {
        struct visit visit = {i + 1, i, user, NULL, NULL, 10};
        snprintf(user, sizeof(user), "u%u", i);
        opens(books, &visit, i + 1);
    }
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, BOTS_MOST);
    assert_int_equal(snap->nobody_bytes_in, 10);
    assert_sums(snap);
    snap_put(snap);
}

static void sessions_and_ips_of_one_bot_are_bounded(void **state)
{
    struct books *books = *state;
    struct visit rest = {5000, 9999, NULL, NULL, NULL, 10};
    for (unsigned i = 1; i <= 1000; i++) {
        struct visit visit = {i, i, "7", "Melody", NULL, 10};
        opens(books, &visit, i);
        ends(books, &visit, CONN_WEBSOCKET);
    }
    opens_rest(books, &rest);
    shares(books, &rest, 700);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].ips_total, 1000);
    assert_int_equal(snap->bots[0].ip_count, SNAP_BOT_IPS);
    assert_int_equal(snap->bots[0].connections, 0); /* long forgotten */
    snap_put(snap);
    shares(books, &rest, 999);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].connections, 1);
    assert_sums(snap);
    snap_put(snap);
}

static void names_of_strangers_are_cleaned(void **state)
{
    struct books *books = *state;
    struct visit visit = {1, 1, "\x1b[2J7", "\xff\xfe\xe2\x80\xae<b>\r\n", "\x00", 10};
    char longest[REPORT_TEXT_MAX + 1];
    memset(longest, 0xC3, sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    struct visit second = {2, 1, longest, longest, longest, 10};
    opens(books, &visit, 1);
    opens(books, &second, 2);
    const struct snap *snap = next_second(books);
    for (unsigned i = 0; i < 2; i++) {
        const char *texts[] = {snap->bots[i].name, snap->bots[i].user_id, snap->bots[i].client_name,
                               snap->bots[i].library};
        for (unsigned t = 0; t < 4; t++) {
            uint32_t ch;
            struct slice text = {texts[t], strlen(texts[t])};
            assert_true(text.len < SNAP_TEXT);
            for (size_t at = 0; text_decode(text, &at, &ch);)
                assert_true(text_width(ch) >= 0);
        }
    }
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bot_is_known_by_user_then_client_then_ip),
        BOOKS(a_bot_shows_what_it_is_and_where),
        cmocka_unit_test(the_library_is_read_from_what_libraries_send),
        BOOKS(the_newest_names_count),
        BOOKS(a_tunnel_without_notes_is_found),
        BOOKS(a_bot_that_is_killed_and_resumes_keeps_its_row),
        BOOKS(a_bot_that_is_gone_leaves_the_book),
        BOOKS(who_is_refused_is_seen_but_a_stranger_is_not),
        BOOKS(who_keeps_trying_stays_in_the_book),
        BOOKS(the_book_is_bounded),
        BOOKS(a_backend_that_goes_is_no_bots),
        BOOKS(who_makes_room_leaves_nothing_behind),
        BOOKS(a_full_book_counts_to_nobody),
        BOOKS(sessions_and_ips_of_one_bot_are_bounded),
        BOOKS(names_of_strangers_are_cleaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
