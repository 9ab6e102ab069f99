/*
 * The books: short connections counted, sums exact whatever is reported in whatever pieces, the IP
 * table bounded with its sums kept, text cleaned.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats_books.h"

static void counts_what_lived_less_than_a_second(void **state)
{
    struct books *books = *state;
    enter_closed(books, (struct report_closed){.id = 1,
                                               .client = ip(1),
                                               .opened_ms = START_MS,
                                               .bytes_in = 100,
                                               .bytes_out = 2000,
                                               .requests = 1,
                                               .reason = CLOSE_DONE,
                                               .kind = CONN_REST,
                                               .version = 4,
                                               .backend = 1});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->conn_count, 0);
    assert_int_equal(snap->opened, 1);
    assert_int_equal(snap->closed[CLOSE_DONE], 1);
    assert_int_equal(snap->bytes_in, 100);
    assert_int_equal(snap->bytes_out, 2000);
    assert_int_equal(snap->rate_out, 2000 / 5);
    assert_int_equal(snap->ip_count, 1);
    assert_int_equal(snap->ips[0].connections, 1);
    assert_int_equal(snap->ips[0].active, 0);
    assert_int_equal(snap->ips[0].bytes_out, 2000);
    assert_int_equal(snap->ips[0].rate_out, 2000 / 5);
    assert_int_equal(snap->ips[0].history->out[SERIES_SECONDS - 1], 2000);
    assert_int_equal(snap->ips[0].last_active_ms, START_MS);
    snap_put(snap);
}

static void follows_a_connection_through_its_life(void **state)
{
    struct books *books = *state;
    struct report_info info = {.id = 7,
                               .client = ip(1),
                               .opened_ms = START_MS,
                               .kind = CONN_NEW,
                               .backend = REPORT_NO_BACKEND};
    enter_info(books, info);
    info.kind = CONN_WEBSOCKET;
    info.version = 4;
    info.backend = 1;
    info.client_name = text_of("Shoukaku/4.1.1");
    info.user_id = text_of("123");
    enter_info(books, info);
    enter_tick(books, (struct report_tick){.id = 7, .bytes_in = 500, .bytes_out = 1000});
    /* The same totals again are nothing new. */
    enter_tick(books, (struct report_tick){.id = 7, .bytes_in = 500, .bytes_out = 1000});

    const struct snap *snap = next_second(books);
    assert_int_equal(snap->conn_count, 1);
    assert_int_equal(snap->conns[0].id, 7);
    assert_int_equal(snap->conns[0].bytes_out, 1000);
    assert_int_equal(snap->conns[0].rate_out, 1000 / 5);
    assert_string_equal(snap->conns[0].client_name, "Shoukaku/4.1.1");
    assert_string_equal(snap->conns[0].user_id, "123");
    assert_string_equal(snap->conns[0].user_agent, "");
    assert_int_equal(snap->active_v4, 1);
    assert_int_equal(snap->backends[1].connections, 1);
    assert_int_equal(snap->ips[0].active, 1);
    assert_int_equal(snap->event_count, 1);
    assert_string_equal(snap->events[0].text, "#7 open 10.0.0.1 Shoukaku/4.1.1 -> two v4");
    snap_put(snap);

    /* Silence after the first second: five seconds on, it is out of the window. */
    for (unsigned i = 0; i < 4; i++)
        snap_put(next_second(books));
    snap = next_second(books);
    assert_int_equal(snap->conns[0].rate_out, 0);
    assert_int_equal(snap->conns[0].history->out[SERIES_SECONDS - 6], 1000);
    snap_put(snap);

    enter_closed(books, (struct report_closed){.id = 7,
                                               .client = ip(1),
                                               .opened_ms = START_MS,
                                               .bytes_in = 600,
                                               .bytes_out = 1000,
                                               .reason = CLOSE_CLIENT,
                                               .kind = CONN_WEBSOCKET,
                                               .backend = 1});
    snap = next_second(books);
    assert_int_equal(snap->conn_count, 0);
    assert_int_equal(snap->opened, 1);
    assert_int_equal(snap->bytes_in, 600);
    assert_int_equal(snap->ips[0].bytes_in, 600);
    assert_int_equal(snap->ips[0].connections, 1);
    assert_int_equal(snap->ips[0].active, 0);
    assert_string_equal(snap->events[1].text,
                        "#7 10.0.0.1 ended after 6s: client closed, 600 in, 1.00K out");
    snap_put(snap);
}

/* Sixty silent seconds: the history is all zeros, and shared. */
static void counts_messages_and_answers(void **state)
{
    struct books *books = *state;
    enter_info(books, (struct report_info){.id = 7, .client = ip(9), .backend = REPORT_NO_BACKEND});
    enter_tick(books, (struct report_tick){.id = 7, .bytes_in = 5, .messages = 10});
    struct report report = {.counts = {.auth_wrong = 2}};
    report.counts.answers[REPORT_VERSION_4][2] = 3;
    report.backends[0].messages = 8;
    ledger_report(books->ledger, &report, books->now);
    ledger_report(books->ledger, &report, books->now);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->conns[0].messages, 10);
    assert_int_equal(snap->ips[0].messages, 10);
    assert_int_equal(snap->messages, 10);
    assert_int_equal(snap->backends[0].messages, 16);
    assert_true(snap->conns[0].rate_messages == 2); /* over rates.interval, 5 s */
    assert_int_equal(snap->counts.answers[REPORT_VERSION_4][2], 6);
    assert_int_equal(snap->counts.auth_wrong, 4);
    snap_put(snap);
    /* The worker's 32 bits may wrap; the books go on. */
    enter_tick(books, (struct report_tick){.id = 7, .bytes_in = 6, .messages = UINT32_MAX});
    enter_tick(books, (struct report_tick){.id = 7, .bytes_in = 7, .messages = 4});
    snap = next_second(books);
    assert_true(snap->conns[0].messages == UINT64_C(0x100000004));
    snap_put(snap);
}

static void forgets_silent_history(void **state)
{
    struct books *books = *state;
    enter_info(books, (struct report_info){.id = 1, .client = ip(1)});
    enter_info(books, (struct report_info){.id = 2, .client = ip(2)});
    enter_tick(books, (struct report_tick){.id = 1, .bytes_in = 5});
    const struct snap *snap = next_second(books);
    assert_ptr_not_equal(snap->conns[0].history, snap->conns[1].history);
    snap_put(snap);
    for (unsigned i = 0; i < 58; i++)
        snap_put(next_second(books));
    snap = next_second(books);
    assert_int_equal(snap->conns[0].history->in[0], 5);
    snap_put(snap);
    snap = next_second(books);
    assert_ptr_equal(snap->conns[0].history, snap->conns[1].history);
    assert_ptr_equal(snap->ips[0].history, snap->conns[1].history);
    snap_put(snap);

    /* A rate after silence is a mean over the whole window. */
    enter_tick(books, (struct report_tick){.id = 1, .bytes_in = 5 + 1000});
    snap = next_second(books);
    assert_int_equal(snap->conns[0].rate_in, 200);
    snap_put(snap);
}

static void moves_a_connection_to_its_true_client(void **state)
{
    struct books *books = *state;
    enter_info(books, (struct report_info){.id = 1, .client = ip(1)});
    enter_tick(books, (struct report_tick){.id = 1, .bytes_in = 10, .bytes_out = 20});
    enter_info(books, (struct report_info){.id = 1, .client = ip(2)});
    enter_tick(books, (struct report_tick){.id = 1, .bytes_in = 15, .bytes_out = 25});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->ip_count, 2);
    assert_int_equal(snap->ips[0].key.bytes[3], 2);
    assert_int_equal(snap->ips[0].bytes_in, 15);
    assert_int_equal(snap->ips[0].connections, 1);
    assert_int_equal(snap->ips[0].active, 1);
    assert_int_equal(snap->ips[1].bytes_in, 0);
    assert_int_equal(snap->ips[1].connections, 0);
    assert_int_equal(snap->ips[1].active, 0);
    snap_put(snap);
}

static void cleans_text_and_hides_sessions(void **state)
{
    static const struct {
        const char *path, *shown;
    } rows[] = {
        {"/v4/websocket", "/v4/websocket"},
        {"/v4/sessions/abcdefghijkl", "/v4/sessions/abcd.."},
        {"/v4/sessions/abcdefghijkl/players/123", "/v4/sessions/abcd../players/123"},
        {"/v3/Sessions/abcdefghijkl/", "/v3/Sessions/abcd../"},
        {"/sessions/abcdefghijkl/players", "/sessions/abcd../players"},
        {"/v4/sessions/abcd", "/v4/sessions/ab.."},
        {"/v4/sessions/a", "/v4/sessions/.."},
        {"/v4/sessions/", "/v4/sessions/"},
        {"/v4/sessions", "/v4/sessions"},
        {"/v4/loadtracks", "/v4/loadtracks"},
        {"sessions/abcdefgh", "sessions/abcd.."},
        {"*", "*"},
        {"", ""},
    };
    struct books *books = *state;
    struct report_info info = {.id = 1, .client = ip(1)};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        info.path = text_of(rows[i].path);
        enter_info(books, info);
        const struct snap *snap = next_second(books);
        assert_string_equal(snap->conns[0].path, rows[i].shown);
        snap_put(snap);
    }
    info.client_name = text_of("\033]0;evil\a<b>\nx");
    info.user_agent = (struct report_text){.len = 255};
    memset(info.user_agent.bytes, 'w', REPORT_TEXT_MAX);
    enter_info(books, info);
    const struct snap *snap = next_second(books);
    assert_string_equal(snap->conns[0].client_name, "\xEF\xBF\xBD]0;evil\xEF\xBF\xBD<b> x");
    assert_int_equal(strlen(snap->conns[0].user_agent), REPORT_TEXT_MAX);
    snap_put(snap);
}

static void keeps_rows_by_id_and_ips_by_activity(void **state)
{
    static const uint64_t ids[] = {5, 2, 9, 7, 1, 8};
    struct books *books = *state;
    for (unsigned i = 0; i < 6; i++)
        enter_info(books, (struct report_info){.id = ids[i], .client = ip((unsigned)ids[i])});
    enter_tick(books, (struct report_tick){.id = 2, .bytes_in = 1});
    enter_closed(books, (struct report_closed){.id = 9, .client = ip(9)});
    snap_put(next_second(books));
    enter_info(books, (struct report_info){.id = 3, .client = ip(3)});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->conn_count, 6);
    for (unsigned i = 1; i < snap->conn_count; i++)
        assert_true(snap->conns[i - 1].id < snap->conns[i].id);
    static const uint8_t order[] = {3, 9, 2, 8, 1, 7, 5};
    assert_int_equal(snap->ip_count, 7);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(snap->ips[i].key.bytes[3], order[i]);
    snap_put(snap);
}

static void check_sums(const struct snap *snap)
{
    uint64_t in = snap->others_bytes_in, out = snap->others_bytes_out;
    uint64_t connections = snap->others_connections, closed = 0;
    for (unsigned i = 0; i < snap->ip_count; i++) {
        in += snap->ips[i].bytes_in;
        out += snap->ips[i].bytes_out;
        connections += snap->ips[i].connections;
    }
    for (unsigned i = 0; i < CLOSE_REASON_COUNT; i++)
        closed += snap->closed[i];
    assert_int_equal(in, snap->bytes_in);
    assert_int_equal(out, snap->bytes_out);
    assert_int_equal(connections, snap->opened);
    assert_int_equal(snap->opened - closed, snap->conn_count);
}

static void bounds_the_ip_table(void **state)
{
    struct books *books = *state;
    /* One with a connection, which must never be forgotten, then far too many without. */
    enter_info(books, (struct report_info){.id = 1, .client = ip(0xffffff)});
    for (unsigned i = 0; i < LEDGER_IPS_MAX + 50; i++)
        enter_closed(books, (struct report_closed){.id = i + 2, .client = ip(i), .bytes_in = i});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->ip_count, LEDGER_IPS_MAX);
    assert_int_equal(snap->others_connections, 51);
    assert_int_equal(snap->others_bytes_in, 50 * 51 / 2);
    assert_int_equal(snap->ips[LEDGER_IPS_MAX - 1].active, 1);
    check_sums(snap);
    snap_put(snap);
}

/* When everybody in the table is connected, newcomers are counted among the others. */
static void a_full_table_counts_among_the_others(void **state)
{
    struct books *books = *state;
    for (unsigned i = 0; i < LEDGER_IPS_MAX + 3; i++)
        enter_info(books, (struct report_info){.id = i + 1, .client = ip(i)});
    enter_tick(books, (struct report_tick){.id = LEDGER_IPS_MAX + 1, .bytes_out = 77});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->ip_count, LEDGER_IPS_MAX);
    assert_int_equal(snap->conn_count, LEDGER_IPS_MAX + 3);
    assert_int_equal(snap->others_connections, 3);
    assert_int_equal(snap->others_bytes_out, 77);
    check_sums(snap);
    snap_put(snap);
    for (unsigned i = 0; i < LEDGER_IPS_MAX + 3; i++)
        enter_closed(books, (struct report_closed){.id = i + 1, .client = ip(i), .bytes_out = 80});
    snap = next_second(books);
    assert_int_equal(snap->bytes_out, 80 * (LEDGER_IPS_MAX + 3));
    check_sums(snap);
    snap_put(snap);
}

struct play {
    uint64_t in, out;
    bool closed;
};

static void close_play(struct books *books, struct play *play, unsigned i)
{
    play->closed = true;
    enter_closed(books, (struct report_closed){.id = i + 1,
                                               .client = ip(i),
                                               .bytes_in = play->in,
                                               .bytes_out = play->out,
                                               .reason = (uint8_t)(i % CLOSE_REASON_COUNT)});
}

/* Whatever is reported, in whatever pieces and order, the sums agree at every second, and in the
 * end with a plain count kept beside the books. */
static void sums_are_exact(void **state)
{
    enum { CONNS = 400 };
    struct books *books = *state;
    struct play plays[CONNS] = {0};
    uint64_t in = 0, out = 0, backend_out = 0;
    unsigned seed = 20261121;

    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)rand_r(&seed) % CONNS, what = (unsigned)rand_r(&seed) % 100;
        struct play *play = &plays[i];
        if (step % 500 == 499) {
            const struct snap *snap = next_second(books);
            check_sums(snap);
            assert_int_equal(snap->backends[1].bytes_out, backend_out);
            snap_put(snap);
        }
        if (play->closed)
            continue;
        play->in += (uint64_t)rand_r(&seed) % 100000;
        play->out += what % 3 ? (uint64_t)rand_r(&seed) * 100 : 0;
        if (what < 30) {
            enter_info(books,
                       (struct report_info){.id = i + 1, .client = ip(what < 5 ? i + 1000 : i)});
        } else if (what < 97) {
            enter_tick(books, (struct report_tick){
                                  .id = i + 1, .bytes_in = play->in, .bytes_out = play->out});
        } else {
            close_play(books, play, i);
        }
        struct report report = {.worker = 1};
        report.backends[1].bytes_out = what;
        backend_out += what;
        enter(books, &report);
    }
    for (unsigned i = 0; i < CONNS; i++) {
        if (!plays[i].closed)
            close_play(books, &plays[i], i);
        in += plays[i].in;
        out += plays[i].out;
    }
    const struct snap *snap = next_second(books);
    check_sums(snap);
    assert_int_equal(snap->conn_count, 0);
    assert_int_equal(snap->opened, CONNS);
    assert_int_equal(snap->bytes_in, in);
    assert_int_equal(snap->bytes_out, out);
    snap_put(snap);
}

static void books_the_health_of_backends(void **state)
{
    struct books *books = *state;
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->backend_count, 2);
    assert_string_equal(snap->backends[0].name, "one");
    assert_string_equal(snap->backends[0].url, "127.0.0.1:2333");
    assert_string_equal(snap->backends[1].url, "[::1]:2334");
    assert_int_equal(snap->backends[0].state, BACKEND_UNKNOWN);
    assert_int_equal(snap->backends[0].checked_ms, 0);
    assert_true(snap->backends[0].response_ms < 0);
    snap_put(snap);

    checked(books, 0, BACKEND_ONLINE, 3.06, "", books->now);
    checked(books, 0, BACKEND_ONLINE, 4, "", books->now + SECOND);
    checked(books, 0, BACKEND_OFFLINE, -1, "Connection refused", books->now + 2 * SECOND);
    checked(books, 0, BACKEND_TIMEOUT, -1, "", books->now + 3 * SECOND);
    snap = next_second(books);
    assert_int_equal(snap->backends[0].state, BACKEND_TIMEOUT);
    assert_int_equal(snap->backends[0].since_ms, START_MS + 4 * SECOND);
    assert_int_equal(snap->backends[0].check_count, 4);
    assert_true(snap->backends[0].checks[1] > 3.9F && snap->backends[0].checks[1] < 4.1F);
    assert_true(snap->backends[0].checks[3] < 0);
    assert_true(snap->backends[0].response_ms > 3.9 && snap->backends[0].response_ms < 4.1);
    assert_int_equal(snap->event_count, 3);
    assert_string_equal(snap->events[0].text, "backend one is online (3.1 ms)");
    assert_string_equal(snap->events[1].text, "backend one is down: Connection refused");
    assert_string_equal(snap->events[2].text, "backend one is down: timeout");
    snap_put(snap);
    for (unsigned i = 0; i < 2 * SNAP_CHECKS; i++)
        checked(books, 1, BACKEND_ONLINE, i, "", books->now);
    snap = next_second(books);
    assert_int_equal(snap->backends[1].check_count, SNAP_CHECKS);
    for (unsigned i = 0; i < SNAP_CHECKS; i++)
        assert_int_equal((int)snap->backends[1].checks[i], SNAP_CHECKS + (int)i);
    snap_put(snap);
}

static void drains_since_it_was_told_to(void **state)
{
    struct books *books = *state;
    const struct snap *snap;
    int64_t online = books->now, drained = online + 5 * SECOND;
    checked(books, 0, BACKEND_ONLINE, 3, "", online);
    ledger_drain(books->ledger, 0, true, drained);
    snap = next_second(books);
    assert_int_equal(snap->backends[0].state, BACKEND_DRAINING);
    assert_int_equal(snap->backends[0].since_ms, drained);
    snap_put(snap);
    ledger_drain(books->ledger, 0, false, drained + SECOND);
    snap = next_second(books);
    assert_int_equal(snap->backends[0].state, BACKEND_ONLINE);
    assert_int_equal(snap->backends[0].since_ms, online);
    snap_put(snap);
}

static void carries_the_block_list(void **state)
{
    struct books *books = *state;
    struct snap_block blocks[SNAP_BLOCKS_MAX] = {{.until_ms = 77, .by_hand = true}};
    char user[] = "880012345678901234";
    struct addr client;

    const struct snap *snap = next_second(books);
    assert_int_equal(snap->block_count, 0);
    assert_int_equal(snap->blocks_total, 0);
    snap_put(snap);
    for (unsigned i = 1; i < SNAP_BLOCKS_MAX; i++)
        blocks[i].user = user;
    ledger_blocks(books->ledger, blocks, SNAP_BLOCKS_MAX + 5);
    user[0] = 'x'; /* the ledger has copies */
    snap = next_second(books);
    assert_int_equal(snap->block_count, SNAP_BLOCKS_MAX);
    assert_int_equal(snap->blocks_total, SNAP_BLOCKS_MAX + 5);
    assert_int_equal(snap->blocks[0].until_ms, 77);
    assert_true(snap->blocks[0].by_hand);
    assert_null(snap->blocks[0].user);
    for (unsigned i = 1; i < SNAP_BLOCKS_MAX; i++)
        assert_string_equal(snap->blocks[i].user, "880012345678901234");
    snap_put(snap);
    assert_false(ledger_client(books->ledger, 12345, &client));
}

static void carries_the_rest(void **state)
{
    struct books *books = *state;
    ledger_warn(books->ledger, "a standing warning");
    for (unsigned i = 0; i < 20; i++)
        ledger_warn(books->ledger, "one more");
    ledger_listen(books->ledger, "0.0.0.0:6923", "127.0.0.1:6980");
    const struct snap *snap = next_second(books);
    assert_string_equal(snap->listen, "0.0.0.0:6923");
    assert_string_equal(snap->web, "127.0.0.1:6980");
    assert_int_equal(snap->started_ms, START_MS);
    assert_int_equal(snap->wall_ms, START_MS + SECOND);
    assert_true(snap->limit_connections == CONFIG_NO_LIMIT);
    assert_int_equal(snap->band_medium, 100000);
    assert_int_equal(snap->band_high, 1000000);
    assert_true(snap->rss_bytes > 100000);
    assert_int_equal(snap->seq, 1);
    assert_int_equal(snap->warning_count, 8);
    assert_string_equal(snap->warnings[0], "a standing warning");
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(counts_what_lived_less_than_a_second),
        BOOKS(follows_a_connection_through_its_life),
        BOOKS(counts_messages_and_answers),
        BOOKS(forgets_silent_history),
        BOOKS(moves_a_connection_to_its_true_client),
        BOOKS(cleans_text_and_hides_sessions),
        BOOKS(keeps_rows_by_id_and_ips_by_activity),
        BOOKS(bounds_the_ip_table),
        BOOKS(a_full_table_counts_among_the_others),
        BOOKS(sums_are_exact),
        BOOKS(books_the_health_of_backends),
        BOOKS(drains_since_it_was_told_to),
        BOOKS(carries_the_block_list),
        BOOKS(carries_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
