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

/* A v3 client asks for resuming on its socket before the node is ready. */
static void resuming_may_be_asked_for_before_the_session(void **state)
{
    struct world world = world_of(state);
    struct note_resuming resuming = {
        .note = head_of(&world, NOTE_RESUMING, 1, NODE_3), .resuming = 1, .timeout = 20};
    opens(&world, 1, NODE_3);
    resuming.note.conn = 1;
    enter_note(&world, &resuming.note);
    session_begins(&world, 1, NODE_3, 11, false);
    starts(&world, 1, NODE_3, 5, (struct song){"Rick", 7, false, false});
    closes(&world, 1);
    assert_int_equal(count_of(&world), 1);
    /* It asks again on the socket by which it resumes, and that is no new session. */
    opens(&world, 2, NODE_3);
    row_get(world.ledger, 2)->resumed = true;
    resuming.note = head_of(&world, NOTE_RESUMING, 2, NODE_3);
    enter_note(&world, &resuming.note);
    session_begins(&world, 2, NODE_3, 11, true);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_string_equal(snap->players[0].track->title, "Rick");
    snap_put(snap);
    closes(&world, 2);
    for (unsigned i = 0; i < 21; i++)
        snap_put(draw(&world));
    assert_int_equal(count_of(&world), 0);
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

/* Who asks was guessed wrongly: the session's own bot keeps its players. */
static void a_session_is_its_own_bots(void **state)
{
    struct world world = world_of(state);
    struct bot *first = world.bot;
    begin_playing(&world, 1, 11, 5);
    world.bot = other_bot(&world, "82000");
    plays(&world, NODE_4, 11, 6);
    plays(&world, NODE_4, 12, 7); /* of a session that is not known yet */
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 3);
    assert_int_equal(first->players, 2);
    assert_int_equal(world.bot->players, 1);
    snap_put(snap);
    world.bot = first;
    plays(&world, NODE_4, 12, 7);
    assert_int_equal(count_of(&world), 3);
    assert_int_equal(first->players, 3);
}

/* What another session refuses moves nobody; what it grants does. */
static void a_player_lives_where_it_is_granted(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    answered(&world, 11, 5, 200);
    plays(&world, NODE_4, 77, 5);
    answered(&world, 77, 5, 404);
    updates(&world, 1, NODE_4, 5, 42000);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->players[0].position_ms, 42000);
    snap_put(snap);
    for (unsigned i = 0; i < 70; i++)
        assert_int_equal(count_of(&world), 1);

    opens(&world, 2, NODE_4);
    session_begins(&world, 2, NODE_4, 12, false);
    plays(&world, NODE_4, 12, 5);
    answered(&world, 12, 5, 200);
    closes(&world, 1);
    assert_int_equal(count_of(&world), 1);
    closes(&world, 2);
    assert_int_equal(count_of(&world), 0);
}

/* Numbers that look random and are the same in every run. */
static uint32_t next_random(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

#define CONNS 6
#define SESSIONS 8

/* One word of anybody's about anything, now or a while ago. */
static void say_anything(struct world *world, uint64_t *seed, const uint64_t open[CONNS])
{
    uint64_t conn = open[next_random(seed, CONNS)], guild = 1 + next_random(seed, 5);
    uint64_t session = 1 + next_random(seed, SESSIONS);
    uint8_t slot = (uint8_t)next_random(seed, 2);
    int64_t now_us = world->now_us;

    if (next_random(seed, 3) == 0)
        world->now_us -= next_random(seed, 4000000);
    switch (next_random(seed, 11)) {
    case 0:
        session_begins(world, conn, slot, session, next_random(seed, 2) == 0);
        break;
    case 1:
        may_resume(world, session, next_random(seed, 20));
        break;
    case 2:
        plays(world, slot, session, guild);
        break;
    case 3:
        updates(world, conn, slot, guild, next_random(seed, 100000));
        break;
    case 4:
        starts(world, conn, slot, guild, (struct song){"a", session, guild == 3, false});
        break;
    case 5:
        starts(world, conn, slot, guild, (struct song){"b", session, false, true});
        break;
    case 6:
        track_ends(world, conn, slot, guild, (enum track_end)next_random(seed, TRACK_END_COUNT));
        break;
    case 7:
        destroyed(world, slot, session, guild);
        break;
    case 8:
        answered(world, session, guild, next_random(seed, 2) ? 200 : 404);
        break;
    case 9: {
        struct note_handshake note = {
            .note = head_of(world, NOTE_HANDSHAKE, conn, NODE_3), .status = 101, .resumed = true};
        enter_note(world, &note.note);
        break;
    }
    default:
        players_slot_cleared(world->ledger, next_random(seed, 40));
    }
    if (world->now_us < now_us)
        world->now_us = now_us;
}

/* Whatever is said, by bots whose sessions, sockets and guilds are mixed up: sums agree (draw), and
 * when all sockets are gone and the time to resume is over, nothing is left. */
static void sums_hold_whatever_is_said(void **state)
{
    struct world world = world_of(state);
    struct bot *bots[3] = {world.bot, other_bot(&world, "82000"), other_bot(&world, "83000")};
    uint64_t seed = 42, open[CONNS], last = 0, seen = 0;

    for (unsigned i = 0; i < CONNS; i++)
        opens(&world, open[i] = ++last, (uint8_t)(i % 2));
    for (unsigned second = 0; second < 600; second++) {
        for (unsigned i = next_random(&seed, 30); i > 0; i--) {
            world.bot = bots[next_random(&seed, 3)];
            say_anything(&world, &seed, open);
        }
        unsigned ended = next_random(&seed, CONNS);
        if (second % 4 == 0) {
            closes(&world, open[ended]);
            opens(&world, open[ended] = ++last, (uint8_t)next_random(&seed, 2));
        }
        if (second % 50 == 49)
            players_bot_leaves(world.ledger, bots[next_random(&seed, 3)]);
        const struct snap *snap = draw(&world);
        seen += snap->player_count;
        snap_put(snap);
    }
    assert_true(seen > 1000);
    for (unsigned i = 0; i < CONNS; i++)
        closes(&world, open[i]);
    for (unsigned i = 0; i < 70; i++)
        snap_put(draw(&world));
    assert_int_equal(count_of(&world), 0);
    assert_int_equal(map_count(world.ledger->players.by_guild), 0);
    assert_int_equal(map_count(world.ledger->players.homes_by_key), 0);
    assert_int_equal(map_count(world.ledger->players.homes_by_conn), 0);
}

/* Whoever is in may name as many sessions as it likes: those that are no bot's are bounded, and
 * take no place from one that has a socket. */
static void sessions_of_nobody_are_bounded(void **state)
{
    struct world world = world_of(state);
    struct players *players = &world.ledger->players;
    for (uint64_t i = 1; i <= 20000; i++)
        plays(&world, NODE_4, 1000 + i, 1 + i % 10);
    assert_in_range(map_count(players->homes_by_key), 1000, 4096);
    opens(&world, 1, NODE_4);
    session_begins(&world, 1, NODE_4, 7, false);
    plays(&world, NODE_4, 7, 81);
    updates(&world, 1, NODE_4, 81, 100);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->players[snap->player_count - 1].guild, 81);
    snap_put(snap);
    closes(&world, 1);
    for (unsigned i = 0; i < 70; i++)
        snap_put(draw(&world));
    assert_int_equal(map_count(players->homes_by_key), 0);
    plays(&world, NODE_4, 1000, 5);
    assert_int_equal(map_count(players->homes_by_key), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(a_refused_one_never_was),
        BOOKS(leaves_with_its_session),
        BOOKS(a_resumed_session_keeps_its_players),
        BOOKS(resuming_may_be_asked_for_before_the_session),
        BOOKS(a_new_session_drops_those_of_the_old),
        BOOKS(sessions_may_be_without_a_key),
        BOOKS(a_guild_moves_from_node_to_node),
        BOOKS(a_bot_leaves_with_its_players),
        BOOKS(a_session_is_its_own_bots),
        BOOKS(a_player_lives_where_it_is_granted),
        BOOKS(sums_hold_whatever_is_said),
        BOOKS(sessions_of_nobody_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
