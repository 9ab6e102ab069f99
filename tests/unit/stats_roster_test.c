/*
 * Orders and searches of bots and players.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "stats/roster.h"
#include "web_roster.h"

static struct roster_fixture f;

static int set_up(void **state)
{
    (void)state;
    roster_fill(&f);
    return 0;
}

/* The rows of an order, one digit or letter each: of bots their places in the snapshot. */
static void sorted(enum roster roster, unsigned key, bool descending, uint32_t *out)
{
    struct roster_order order = {&f.snap, roster, key, descending};
    struct rank ranks[64];
    unsigned count = roster_rows(&f.snap, roster);
    for (uint32_t i = 0; i < count; i++)
        ranks[i] = roster_rank(&order, i);
    qsort_r(ranks, count, sizeof(*ranks), roster_compare, &order);
    for (uint32_t i = 0; i < count; i++)
        out[i] = ranks[i].index;
}

static void bots_by_column(void **state)
{
    static const struct {
        const char *word;
        uint32_t rows[3]; /* as the column begins */
    } rows[] = {
        {"id", {0, 1, 2}},       {"name", {2, 0, 1}},     {"user", {1, 2, 0}},
        {"library", {1, 2, 0}},  {"state", {0, 1, 2}},    {"sockets", {0, 1, 2}},
        {"players", {0, 1, 2}},  {"playing", {0, 1, 2}},  {"in", {0, 1, 2}},
        {"out", {0, 1, 2}},      {"rate", {0, 1, 2}},     {"total", {0, 1, 2}},
        {"messages", {0, 1, 2}}, {"requests", {0, 1, 2}}, {"errors", {0, 1, 2}},
        {"search", {0, 1, 2}},   {"play", {0, 1, 2}},     {"age", {1, 0, 2}},
    };
    uint32_t found[64];
    (void)state;
    f.bots[2].requests = 0;
    assert_int_equal(sizeof(rows) / sizeof(rows[0]), roster_columns(ROSTER_BOTS));
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].word);
        assert_string_equal(roster_word(ROSTER_BOTS, i), rows[i].word);
        sorted(ROSTER_BOTS, i, roster_descends(ROSTER_BOTS, i), found);
        assert_memory_equal(found, rows[i].rows, sizeof(rows[i].rows));
    }
    assert_int_equal(snap_bot_errors(&f.bots[0]), 3 + 1 + 1 + 2 + 3);
}

static void players_by_column(void **state)
{
    uint32_t found[64];
    (void)state;
    sorted(ROSTER_PLAYERS, ROSTER_PLAYER_BOT, false, found);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(found[i], i);
    sorted(ROSTER_PLAYERS, ROSTER_PLAYER_GUILD, false, found);
    assert_int_equal(found[0], 0);
    assert_int_equal(found[1], 30);
    sorted(ROSTER_PLAYERS, ROSTER_PLAYER_TITLE, false, found);
    assert_null(f.players[found[0]].track);
    assert_string_equal(f.players[found[4]].track->title, "Lofi");
    sorted(ROSTER_PLAYERS, ROSTER_PLAYER_POSITION, true, found);
    assert_int_equal(found[0], 38);
    assert_true(f.players[found[39]].position_ms < 0);
    sorted(ROSTER_PLAYERS, ROSTER_PLAYER_PLAYING, true, found);
    assert_int_equal(found[0], 0);
    assert_int_equal(found[39], 29);
    sorted(ROSTER_PLAYERS, ROSTER_PLAYER_AGE, true, found);
    assert_int_equal(found[0], 39);
}

/* Behind the place of a row come exactly the rows that come behind it. */
static void places(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        enum roster roster = (enum roster)which;
        for (unsigned i = 0; i < 2 * roster_columns(roster); i++) {
            struct roster_order order = {&f.snap, roster, i / 2, i % 2 == 0};
            uint32_t found[64] = {0};
            struct sort_place place;
            sorted(roster, order.key, order.descending, found);
            for (unsigned a = 0; a < roster_rows(&f.snap, roster); a++) {
                roster_place(&order, found[a], &place);
                for (unsigned b = 0; b < roster_rows(&f.snap, roster); b++) {
                    int side = roster_compare_place(&order, roster_rank(&order, found[b]), &place);
                    assert_int_equal((side > 0) - (side < 0), (b > a) - (b < a));
                }
            }
        }
    }
}

static unsigned count(enum roster roster, const struct roster_search *search)
{
    unsigned found = 0;
    for (uint32_t i = 0; i < roster_rows(&f.snap, roster); i++)
        found += roster_wants(search, &f.snap, roster, i);
    return found;
}

static void searches(void **state)
{
    static const struct {
        struct roster_search search;
        enum roster roster;
        unsigned found;
    } rows[] = {
        {{.text = ""}, ROSTER_BOTS, 3},
        {{.text = "SHOUKAKU"}, ROSTER_BOTS, 1},
        {{.text = "9876"}, ROSTER_BOTS, 1},
        {{.text = "203.0"}, ROSTER_BOTS, 1},
        {{.text = "192.0.2.1"}, ROSTER_BOTS, 2}, /* its name, and an IP of the first */
        {{.text = "eu-1"}, ROSTER_BOTS, 1},
        {{.text = "nobody"}, ROSTER_BOTS, 0},
        {{.backends = 2}, ROSTER_BOTS, 2},
        {{.text = ""}, ROSTER_PLAYERS, 40},
        {{.text = "lofi"}, ROSTER_PLAYERS, 16},
        {{.text = "rick"}, ROSTER_PLAYERS, 20},
        {{.text = "810000000000000029"}, ROSTER_PLAYERS, 1},
        {{.text = "0000002"}, ROSTER_PLAYERS, 12},
        {{.bot = 7}, ROSTER_PLAYERS, 10},
        {{.bot = 8}, ROSTER_PLAYERS, 0},
        {{.backends = 1}, ROSTER_PLAYERS, 20},
        {{.backends = 2, .bot = 7, .text = "lofi"}, ROSTER_PLAYERS, 4},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (count(rows[i].roster, &rows[i].search) != rows[i].found)
            fail_msg("row %u: %u", i, count(rows[i].roster, &rows[i].search));
    f.players[0].backend = REPORT_NO_BACKEND;
    assert_int_equal(count(ROSTER_PLAYERS, &(struct roster_search){.backends = 3}), 39);
}

/* A bot on two backends has its players apart, on the socket to each. */
static void players_of_connections(void **state)
{
    uint32_t players, playing;
    (void)state;
    assert_true(roster_conn_players(&f.snap, &f.conns[0], &players, &playing));
    assert_int_equal(players, 20);
    assert_int_equal(playing, 20);
    assert_true(roster_conn_players(&f.snap, &f.conns[1], &players, &playing));
    assert_int_equal(players, 10);
    assert_int_equal(playing, 0);
    assert_true(roster_conn_players(&f.snap, &f.conns[2], &players, &playing));
    assert_int_equal(players, 10);
    assert_int_equal(playing, 10);
    f.bots[0].backends = 2; /* its other socket ended, and the session may be resumed */
    assert_true(roster_conn_players(&f.snap, &f.conns[1], &players, &playing));
    assert_true(players == 10 && playing == 0);
    f.conns[2].kind = CONN_REST;
    assert_false(roster_conn_players(&f.snap, &f.conns[2], &players, &playing));
    f.conns[1].bot = 5;
    assert_false(roster_conn_players(&f.snap, &f.conns[1], &players, &playing));
    f.conns[0].backend = REPORT_NO_BACKEND;
    assert_false(roster_conn_players(&f.snap, &f.conns[0], &players, &playing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bots_by_column, set_up),
        cmocka_unit_test_setup(players_by_column, set_up),
        cmocka_unit_test_setup(places, set_up),
        cmocka_unit_test_setup(searches, set_up),
        cmocka_unit_test_setup(players_of_connections, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
