/*
 * Several tracks of one player within a second: what was asked for and what started come by two
 * sockets, whose words may be entered in any order beside each other.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lavalink/player.h"

#define SECOND 1000000
#define TIMES 3

static const struct player_ask play = {
    .position_ms = PLAYER_UNSAID, .volume = -1, .paused = -1, .track = 1};

static int64_t asks(struct player_state *player, int64_t at_us)
{
    return player_ask(player, &play, at_us).play_us;
}

static int64_t starts(struct player_state *player, int64_t at_us)
{
    bool shown;

    return player_starts(player, 7, at_us, &shown).play_us;
}

/* Each bit of `order` says whose word comes next, that of the bot or that of the node. */
static void check_order(unsigned order)
{
    struct player_state player;
    unsigned asked = 0, started = 0, timed = 0;
    int64_t sum = 0;

    player_begin(&player);
    for (unsigned i = 0; i < 2 * TIMES; i++) {
        int64_t took = order >> i & 1 ? asks(&player, SECOND + 300000 * asked++)
                                      : starts(&player, SECOND + 300000 * started++ + 200000);
        timed += took >= 0;
        sum += took >= 0 ? took : 0;
    }
    if (timed != TIMES || sum != TIMES * 200000)
        fail_msg("order %x: %u legs, together %lld us", order, timed, (long long)sum);
    /* The next one has nothing to do with them. */
    assert_int_equal(starts(&player, 9 * SECOND), -1);
}

static void every_start_finds_what_asked_for_it(void **state)
{
    unsigned orders = 0;

    (void)state;
    for (unsigned order = 0; order < 1U << (2 * TIMES); order++) {
        if (__builtin_popcount(order) != TIMES)
            continue;
        check_order(order);
        orders++;
    }
    assert_int_equal(orders, 20);
}

/* Skipped before it started: the last one asked for is what starts. */
static void what_was_given_up_is_not_timed(void **state)
{
    struct player_state player;

    (void)state;
    player_begin(&player);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(asks(&player, SECOND + 1000 * i), -1);
    assert_int_equal(starts(&player, 2 * SECOND), SECOND - 7000);
    assert_int_equal(starts(&player, 2 * SECOND + 500), -1);
}

/* So many starts that nobody asked for: the newest are remembered. */
static void the_newest_starts_are_remembered(void **state)
{
    struct player_state player;

    (void)state;
    player_begin(&player);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(starts(&player, SECOND + 1000 * i), -1);
    assert_int_equal(asks(&player, SECOND + 4500), 500);
    assert_int_equal(asks(&player, SECOND + 5500), 500);
    assert_int_equal(asks(&player, SECOND + 6500), 500);
    assert_int_equal(asks(&player, SECOND + 6600), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_start_finds_what_asked_for_it),
        cmocka_unit_test(what_was_given_up_is_not_timed),
        cmocka_unit_test(the_newest_starts_are_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
