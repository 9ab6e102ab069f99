/*
 * Where players live: sessions that are lost, resumed and made anew, guilds that move from node to
 * node, players that were asked for and refused.
 */
#include "stats_players.h"

static void a_refused_one_never_was(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_4);
    session_begins(&world, 1, NODE_4, 11, false);
    plays(&world, NODE_4, 11, 5);
    answered(&world, 11, 5, 404);
    plays(&world, NODE_4, 77, 6); /* of a session that nobody has */
    answered(&world, 77, 6, 404);
    assert_int_equal(count_of(&world), 0);
    plays(&world, NODE_4, 11, 5);
    answered(&world, 11, 5, 200);
    answered(&world, 11, 5, 400);
    assert_int_equal(count_of(&world), 1);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->backend_flows[1].flows[FLOW_PATCH].count, 1);
    snap_put(snap);
}

static void leaves_with_its_session(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    begin_playing(&world, 2, 12, 6);
    assert_int_equal(count_of(&world), 2);
    closes(&world, 1);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_int_equal(snap->players[0].guild, 6);
    snap_put(snap);
    closes(&world, 2);
    assert_int_equal(count_of(&world), 0);
    assert_null(world.bot->homes);
}

static void a_resumed_session_keeps_its_players(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    may_resume(&world, 11, 20);
    closes(&world, 1);
    assert_int_equal(count_of(&world), 1);
    opens(&world, 2, NODE_4);
    session_begins(&world, 2, NODE_4, 11, true);
    updates(&world, 2, NODE_4, 5, 9000);
    for (unsigned i = 0; i < 30; i++)
        assert_int_equal(count_of(&world), 1);
    const struct snap *snap = draw(&world);
    assert_string_equal(snap->players[0].track->title, "Rick");
    snap_put(snap);

    /* The new socket may be known before the end of the old one. */
    opens(&world, 3, NODE_4);
    session_begins(&world, 3, NODE_4, 11, true);
    closes(&world, 2);
    assert_int_equal(count_of(&world), 1);

    /* Nobody resumes it in time. */
    closes(&world, 3);
    assert_int_equal(count_of(&world), 1);
    for (unsigned i = 0; i < 21; i++)
        snap_put(draw(&world));
    assert_int_equal(count_of(&world), 0);
}

static void a_new_session_drops_those_of_the_old(void **state)
{
    for (unsigned late = 0; late < 2; late++) {
        struct world world = world_of(state);
        uint64_t base = 100 * late;
        begin_playing(&world, base + 1, base + 11, 5);
        begin_playing(&world, base + 2, base + 12, 6); /* another process of the bot's */
        may_resume(&world, base + 11, 60);
        assert_int_equal(count_of(&world), 2);
        for (unsigned i = 0; i < 10; i++)
            snap_put(draw(&world));
        if (!late)
            closes(&world, base + 1);
        opens(&world, base + 3, NODE_4);
        session_begins(&world, base + 3, NODE_4, base + 13, false);
        if (late)
            closes(&world, base + 1);
        const struct snap *snap = draw(&world);
        assert_int_equal(snap->player_count, 1);
        assert_int_equal(snap->players[0].guild, 6);
        snap_put(snap);
        closes(&world, base + 2);
        closes(&world, base + 3);
        assert_int_equal(count_of(&world), 0);
    }
}

/* v3 before 3.7 has no `ready`: its session is its socket's. */
static void sessions_may_be_without_a_key(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_3);
    struct note_ask ask = ask_of(&world, NODE_3, 0, 5);
    ask.note.conn = 1;
    ask.track = 1;
    enter_note(&world, &ask.note);
    starts(&world, 1, NODE_3, 5, (struct song){"Rick", 7, false, false});
    struct note_resuming resuming = {
        .note = head_of(&world, NOTE_RESUMING, 1, NODE_3), .resuming = 1, .timeout = 60};
    enter_note(&world, &resuming.note);
    assert_int_equal(count_of(&world), 1);
    closes(&world, 1);
    opens(&world, 2, NODE_3);
    struct note_handshake handshake = {.note = head_of(&world, NOTE_HANDSHAKE, 2, NODE_3),
                                       .status = 101,
                                       .by_node = true,
                                       .resumed = true};
    enter_note(&world, &handshake.note);
    updates(&world, 2, NODE_3, 5, 3000);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_int_equal(snap->players[0].position_ms, 3000);
    assert_int_equal(snap->players[0].version, 3);
    snap_put(snap);
    for (unsigned i = 0; i < 70; i++)
        assert_int_equal(count_of(&world), 1);
    closes(&world, 2);
    for (unsigned i = 0; i < 61; i++)
        snap_put(draw(&world));
    assert_int_equal(count_of(&world), 0);
}

/* The same guild on another node is the same player; what the old node says of it is of no interest
 * any more. */
static void a_guild_moves_from_node_to_node(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    opens(&world, 2, NODE_3);
    session_begins(&world, 2, NODE_3, 12, false);
    struct note_ask voice = ask_of(&world, NODE_3, 12, 5);
    voice.voice = true;
    enter_note(&world, &voice.note);
    starts(&world, 2, NODE_3, 5, (struct song){"Never", 8, false, false});
    updates(&world, 1, NODE_4, 5, 77000);
    track_ends(&world, 1, NODE_4, 5, TRACK_STOPPED);
    destroyed(&world, NODE_4, 11, 5);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_int_equal(snap->players[0].backend, 0);
    assert_int_equal(snap->players[0].version, 3);
    assert_int_equal(snap->players[0].position_ms, 0);
    assert_string_equal(snap->players[0].track->title, "Never");
    assert_int_equal(snap->backends[0].seen_players, 1);
    assert_int_equal(snap->backends[1].seen_players, 0);
    snap_put(snap);
    closes(&world, 1);
    assert_int_equal(count_of(&world), 1);
    closes(&world, 2);
    assert_int_equal(count_of(&world), 0);
}

static void a_bot_leaves_with_its_players(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    struct bot *first = world.bot;
    world.bot = other_bot(&world, "82000");
    begin_playing(&world, 2, 12, 5);
    assert_int_equal(count_of(&world), 2);
    players_bot_leaves(world.ledger, first);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_int_equal(snap->players[0].bot, world.bot->id);
    snap_put(snap);
    players_slot_cleared(world.ledger, NODE_3);
    assert_int_equal(count_of(&world), 1);
    players_slot_cleared(world.ledger, NODE_4);
    assert_int_equal(count_of(&world), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(a_refused_one_never_was),
        BOOKS(leaves_with_its_session),
        BOOKS(a_resumed_session_keeps_its_players),
        BOOKS(a_new_session_drops_those_of_the_old),
        BOOKS(sessions_may_be_without_a_key),
        BOOKS(a_guild_moves_from_node_to_node),
        BOOKS(a_bot_leaves_with_its_players),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
