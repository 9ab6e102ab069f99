/* The list of players: every order, what is held, what is picked, what a filter lets through. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/playerlist.h"

struct row {
    uint64_t bot, guild;
    int track; /* index into tracks; < 0: nothing is loaded */
    int64_t position_ms;
    int32_t ping;
    int16_t volume;
};

static const struct snap_track tracks[] = {
    {.length_ms = 60000, .title = "beta", .author = "x", .source = ""},
    {.is_stream = true, .title = "alpha", .author = "", .source = ""},
    {.length_ms = 20000, .title = "gamma", .author = "", .source = ""},
};

/* The bots 1 "zoe", 2 "amy", 3 "amy". */
static const struct snap *snap_of(const struct row *rows, unsigned count)
{
    static const char *const names[] = {"zoe", "amy", "amy"};
    struct snap *snap =
        snap_alloc((count + 1) * sizeof(struct snap_player) + 3 * sizeof(struct snap_bot) + 64);
    assert_non_null(snap);
    struct snap_player *players = snap_take(snap, (count + 1) * sizeof(*players));
    struct snap_bot *bots = snap_take(snap, 3 * sizeof(*bots));
    for (unsigned i = 0; i < 3; i++)
        bots[i] = (struct snap_bot){.id = i + 1, .name = names[i], .user_id = "", .library = ""};
    for (unsigned i = 0; i < count; i++)
        players[i] =
            (struct snap_player){.bot = rows[i].bot,
                                 .guild = rows[i].guild,
                                 .track = rows[i].track < 0 ? NULL : &tracks[rows[i].track],
                                 .has_track = rows[i].track >= 0,
                                 .paused = true,
                                 .position_ms = rows[i].position_ms,
                                 .since_ms = 1000 - (int64_t)rows[i].guild,
                                 .ping = rows[i].ping,
                                 .volume = rows[i].volume,
                                 .backend = REPORT_NO_BACKEND};
    snap->players = players;
    snap->player_count = count;
    snap->bots = bots;
    snap->bot_count = 3;
    return snap;
}

/* "7 5 9": the guilds in the order of the list. */
static void expect(const struct player_list *list, const char *order)
{
    char text[300] = "";
    for (unsigned i = 0; i < list->rows.count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%s%u", i > 0 ? " " : "",
                 (unsigned)player_list_row(list, i)->guild);
    }
    assert_string_equal(text, order);
}

static const struct row five[] = {{1, 5, 0, 30000, 10, 100},
                                  {1, 9, 1, 1000, -1, 50},
                                  {2, 7, 2, 15000, 30, -1},
                                  {3, 4, -1, -1, 20, 100},
                                  {3, 8, 0, 2000, 20, 30}};

static void every_order(void **state)
{
    (void)state;
    static const struct {
        enum player_sort key;
        const char *first, *turned;
    } cases[] = {{PLAYER_SORT_GUILD, "4 5 7 8 9", "9 8 7 5 4"},
                 {PLAYER_SORT_TITLE, "4 9 5 8 7", "7 5 8 9 4"},
                 {PLAYER_SORT_POSITION, "5 7 8 9 4", "4 9 8 7 5"},
                 {PLAYER_SORT_LEFT, "7 5 8 9 4", "9 4 8 5 7"},
                 {PLAYER_SORT_PING, "7 4 8 5 9", "9 5 4 8 7"},
                 {PLAYER_SORT_VOLUME, "5 4 9 8 7", "7 8 9 5 4"},
                 {PLAYER_SORT_SINCE, "9 8 7 5 4", "4 5 7 8 9"},
                 {PLAYER_SORT_STATE, "5 9 7 8 4", "4 5 9 7 8"},
                 {PLAYER_SORT_BACKEND, "5 9 7 4 8", "5 9 7 4 8"},
                 {PLAYER_SORT_BOT, "7 4 8 5 9", "5 9 7 4 8"}};
    const struct snap *snap = snap_of(five, 5);
    struct player_list list;
    player_list_init(&list);
    assert_int_equal(player_list_update(&list, snap, false, 0), 0);
    expect(&list, "7 4 8 5 9"); /* bots by name, of one name the one seen first */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        player_list_sort(&list, cases[i].key);
        player_list_update(&list, snap, true, 0); /* what was asked for is not held back */
        expect(&list, cases[i].first);
        player_list_sort(&list, cases[i].key);
        player_list_update(&list, snap, true, 0);
        expect(&list, cases[i].turned);
    }
    player_list_free(&list);
    snap_put(snap);
}

/* The same guild is another player at another bot. */
static const struct row later[] = {
    {1, 3, 0, 0, 1, 1}, {1, 7, 0, 0, 2, 2}, {2, 7, 2, 0, 3, 3}, {3, 8, 0, 0, 9, 9}};

static void places_are_held(void **state)
{
    (void)state;
    const struct snap *before = snap_of(five, 5), *after = snap_of(later, 4);
    struct player_list list;
    player_list_init(&list);
    player_list_sort(&list, PLAYER_SORT_PING);
    player_list_update(&list, before, false, 0);
    expect(&list, "7 4 8 5 9");
    player_list_update(&list, after, false, 1); /* not yet due: new ones come last */
    expect(&list, "7 8 3 7");
    assert_int_equal(player_list_row(&list, 0)->bot, 2);
    player_list_update(&list, before, true, 10); /* due, but held */
    expect(&list, "7 8 5 9 4");
    player_list_update(&list, after, false, 20);
    expect(&list, "8 7 7 3");
    player_list_move(&list, 1, 21);
    player_list_update(&list, before, false, 25.5); /* a movement holds as well */
    expect(&list, "8 7 5 9 4");
    player_list_update(&list, after, false, 27);
    expect(&list, "8 7 7 3");
    player_list_free(&list);
    snap_put(before);
    snap_put(after);
}

static void the_picked_one_is_known_by_bot_and_guild(void **state)
{
    (void)state;
    const struct snap *before = snap_of(five, 5), *after = snap_of(later, 4),
                      *none = snap_of(five, 0);
    struct player_list list;
    player_list_init(&list);
    player_list_update(&list, before, false, 0);
    assert_null(player_list_picked(&list));
    assert_true(player_list_pick(&list, (struct player_id){2, 7}, 0));
    assert_false(player_list_pick(&list, (struct player_id){1, 7}, 0));
    player_list_sort(&list, PLAYER_SORT_GUILD);
    player_list_update(&list, after, false, 10);
    expect(&list, "3 7 7 8");
    assert_int_equal(player_list_picked(&list)->bot, 2);
    assert_int_equal(list.rows.at, 2);
    player_list_rest(&list); /* nobody looks for a while */
    assert_null(player_list_picked(&list));
    player_list_move(&list, 1, 11);
    player_list_update(&list, before, false, 12);
    assert_int_equal(player_list_picked(&list)->bot, 2);
    assert_int_equal(player_list_picked(&list)->guild, 7);
    assert_true(player_list_pick(&list, (struct player_id){1, 9}, 20));
    player_list_update(&list, after, false, 30); /* it has gone: its neighbour */
    assert_int_equal(player_list_picked(&list)->guild, 8);
    player_list_update(&list, none, false, 40);
    assert_null(player_list_picked(&list));
    player_list_move(&list, 5, 40);
    assert_null(player_list_picked(&list));
    player_list_free(&list);
    snap_put(before);
    snap_put(after);
    snap_put(none);
}

static unsigned asked;

static bool not_nine(void *ctx, const struct snap *snap, const struct snap_player *player)
{
    (void)snap;
    asked++;
    return player->guild != *(const uint64_t *)ctx;
}

/* Asked when the rows are put in order, and of those that are new. */
static void a_filter_hides_rows(void **state)
{
    (void)state;
    uint64_t nine = 9, three = 3;
    const struct snap *before = snap_of(five, 5), *after = snap_of(later, 4),
                      *again = snap_of(later, 4);
    struct player_list list;
    player_list_init(&list);
    list.wants = not_nine;
    list.wants_ctx = &nine;
    asked = 0;
    player_list_update(&list, before, false, 0);
    expect(&list, "7 4 8 5");
    assert_int_equal(asked, 5);
    assert_false(player_list_pick(&list, (struct player_id){1, 9}, 0));
    player_list_update(&list, after, false, 1);
    expect(&list, "7 8 3 7");
    assert_int_equal(asked, 7);
    list.wants_ctx = &three;
    player_list_update(&list, again, false, 2);
    expect(&list, "7 8 3 7");
    assert_int_equal(asked, 7);
    list.stale = true;
    player_list_update(&list, again, true, 2);
    expect(&list, "7 8 7");
    list.wants = NULL;
    list.stale = true;
    player_list_update(&list, before, false, 3);
    expect(&list, "7 4 8 5 9");
    player_list_free(&list);
    snap_put(before);
    snap_put(after);
    snap_put(again);
}

/* Thousands that come and go at random: every player is listed once, whatever happened before. */
static void many_come_and_go(void **state)
{
    (void)state;
    struct row rows[600];
    struct player_list list;
    const struct snap *before = NULL;
    uint32_t noise = 1;
    player_list_init(&list);
    for (unsigned second = 0; second < 60; second++) {
        unsigned count = 0;
        for (unsigned i = 0; i < 600; i++) {
            noise = noise * 1103515245u + 12345u;
            if (noise >> 24 < 150)
                rows[count++] = (struct row){1 + i / 200, i % 200, (int)(i % 3), 0, 0, 0};
        }
        const struct snap *snap = snap_of(rows, count);
        assert_int_equal(player_list_update(&list, snap, second % 9 != 0, second), 0);
        assert_int_equal(list.rows.count, count);
        uint64_t sum = 0;
        for (unsigned i = 0; i < count; i++)
            sum += (uint64_t)(player_list_row(&list, i) - snap->players);
        assert_int_equal(sum, (uint64_t)count * (count - 1) / 2);
        snap_put(before);
        before = snap;
    }
    player_list_free(&list);
    snap_put(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order),
        cmocka_unit_test(places_are_held),
        cmocka_unit_test(the_picked_one_is_known_by_bot_and_guild),
        cmocka_unit_test(a_filter_hides_rows),
        cmocka_unit_test(many_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
