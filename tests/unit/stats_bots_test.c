/*
 * The book of bots: who is one, what joins a connection to it, exact sums whatever joins when, who
 * leaves and when, bounds, texts of strangers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats_visits.h"

#define GONE_SECONDS 600 /* how long a bot without a socket stays */

/* The sum over bots and nobody is everything. */
static void assert_sums(const struct snap *snap)
{
    uint64_t in = snap->nobody_bytes_in, out = snap->nobody_bytes_out;
    uint64_t messages = snap->nobody_messages;
    for (unsigned i = 0; i < snap->bot_count; i++) {
        in += snap->bots[i].bytes_in;
        out += snap->bots[i].bytes_out;
        messages += snap->bots[i].messages;
    }
    assert_int_equal(in, snap->bytes_in);
    assert_int_equal(out, snap->bytes_out);
    assert_int_equal(messages, snap->messages);
}

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

static void a_session_in_the_path_joins_a_connection(void **state)
{
    struct books *books = *state;
    struct visit a = {1, 1, "7", "Melody", NULL, 1000}, b = {2, 2, "8", "Rhythm", NULL, 2000};
    struct visit rest = {3, 3, NULL, NULL, "node", 100};
    opens(books, &a, 1);
    opens(books, &b, 2);
    opens_rest(books, &rest);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->nobody_bytes_in, 100);
    assert_int_equal(snap->conns[2].bot, 0);
    assert_sums(snap);
    snap_put(snap);

    /* What was nobody's comes along. */
    rest.bytes = 150;
    shares(books, &rest, 1);
    snap = next_second(books);
    assert_int_equal(snap->conns[2].bot, snap->bots[0].id);
    assert_int_equal(snap->bots[0].bytes_in, 1100);
    assert_int_equal(snap->bots[0].connections, 2);
    assert_int_equal(snap->nobody_bytes_in, 0);
    assert_sums(snap);
    snap_put(snap);

    /* What it moved for another bot stays there. */
    rest.bytes = 180;
    shares(books, &rest, 2);
    rest.bytes = 300;
    moves(books, &rest, 2);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].bytes_in, 1180);
    assert_int_equal(snap->bots[0].bytes_out, 2360);
    assert_int_equal(snap->bots[1].bytes_in, 2120);
    assert_int_equal(snap->bots[0].connections, 1);
    assert_int_equal(snap->bots[1].connections, 2);
    assert_int_equal(snap->bots[1].history->in[SERIES_SECONDS - 1], 120);
    assert_sums(snap);
    snap_put(snap);

    rest.bytes = 301;
    ends(books, &rest, CONN_REST);
    snap = next_second(books);
    assert_int_equal(snap->bots[1].bytes_in, 2121);
    assert_int_equal(snap->bots[1].connections, 1);
    assert_sums(snap);
    snap_put(snap);
}

static void an_ip_of_one_bot_alone_joins_a_connection(void **state)
{
    struct books *books = *state;
    struct visit a = {1, 1, "7", "Melody", NULL, 1000}, b = {2, 1, "8", "Rhythm", NULL, 2000};
    struct visit early = {3, 1, NULL, NULL, "node", 100}, late = {4, 1, NULL, NULL, "node", 10};
    struct visit whole = {5, 1, NULL, NULL, "node", 1};
    opens_rest(books, &early);
    opens(books, &a, 1);
    early.bytes = 200;
    moves(books, &early, 2);
    ends(books, &whole, CONN_REST);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].bytes_in, 1201);
    assert_int_equal(snap->bots[0].requests, 3);
    assert_int_equal(snap->nobody_bytes_in, 0);
    assert_int_equal(snap->bots[0].history->in[SERIES_SECONDS - 1], 1201);
    assert_sums(snap);
    snap_put(snap);

    /* Of two none is it; and a guess gives way to a session, with all that it brought. */
    opens(books, &b, 2);
    opens_rest(books, &late);
    shares(books, &early, 2);
    snap = next_second(books);
    assert_int_equal(snap->nobody_bytes_in, 10);
    assert_int_equal(snap->bots[0].bytes_in, 1001);
    assert_int_equal(snap->bots[1].bytes_in, 2200);
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

    /* When it comes back it is a new one, and of the old connection only what comes is its own. */
    first.id = 4;
    opens(books, &first, 1);
    shares(books, &rest, 1);
    rest.bytes = 70;
    moves(books, &rest, 3);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].id, 2);
    assert_int_equal(snap->bots[0].bytes_in, 1010);
    assert_sums(snap);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bot_is_known_by_user_then_client_then_ip),
        BOOKS(a_bot_shows_what_it_is_and_where),
        cmocka_unit_test(the_library_is_read_from_what_libraries_send),
        BOOKS(a_tunnel_without_notes_is_found),
        BOOKS(a_session_in_the_path_joins_a_connection),
        BOOKS(an_ip_of_one_bot_alone_joins_a_connection),
        BOOKS(a_bot_that_is_killed_and_resumes_keeps_its_row),
        BOOKS(a_bot_that_is_gone_leaves_the_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
