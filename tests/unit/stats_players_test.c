/*
 * The book of players: who is there, what is shown of it, what it is called, that it is bounded,
 * and that all sums agree.
 */
#include "stats_players.h"

static void shows_what_plays(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    int64_t started_ms = START_MS + (world.now_us - FIRST_US) / 1000;
    answered(&world, 11, 5, 200);
    updates(&world, 1, NODE_4, 5, 4000);
    int64_t updated_ms = START_MS + (world.now_us - FIRST_US) / 1000;

    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_int_equal(snap->playing_count, 1);
    assert_int_equal(snap->backends[1].seen_players, 1);
    assert_int_equal(snap->backends[1].seen_playing, 1);
    const struct snap_player *player = &snap->players[0];
    assert_int_equal(player->guild, 5);
    assert_int_equal(player->bot, world.bot->id);
    assert_string_equal(player->track->title, "Rick");
    assert_string_equal(player->track->author, "author");
    assert_string_equal(player->track->source, "youtube");
    assert_int_equal(player->track->length_ms, 200000);
    assert_int_equal(player->started_ms, started_ms);
    assert_int_equal(player->position_ms, 4000);
    assert_int_equal(player->position_at_ms, updated_ms);
    assert_int_equal(player->updated_ms, updated_ms);
    assert_int_equal(player->ping, 23);
    assert_int_equal(player->connected, 1);
    assert_int_equal(player->volume, -1);
    assert_int_equal(player->backend, 1);
    assert_int_equal(player->version, 4);
    assert_int_equal(snap_player_position(player, updated_ms + 1500), 5500);
    assert_int_equal(snap_player_position(player, updated_ms + 900000), 200000);
    assert_int_equal(snap_player_position(player, updated_ms - 900000), 4000);
    assert_int_equal(snap->totals.source_count, 1);
    assert_string_equal(snap->totals.sources[0].name, "youtube");
    assert_int_equal(snap->totals.sources[0].starts, 1);
    assert_int_equal(snap->backend_flows[1].flows[FLOW_PLAY].count, 1);
    assert_int_equal(snap->backend_flows[1].flows[FLOW_PATCH].count, 1);
    assert_int_equal(snap->backend_flows[1].flows[FLOW_READY].count, 1);
    assert_int_equal(snap->totals.flows[REPORT_VERSION_4][FLOW_PLAY].count, 1);
    assert_int_equal(snap->bots[0].flows[FLOW_PLAY].count, 1);
    snap_put(snap);

    track_ends(&world, 1, NODE_4, 5, TRACK_FINISHED);
    snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_int_equal(snap->playing_count, 0);
    assert_null(snap->players[0].track);
    assert_false(snap->players[0].has_track);
    assert_int_equal(snap->players[0].position_ms, -1);
    assert_int_equal(snap->totals.track_ends[TRACK_FINISHED], 1);
    snap_put(snap);
}

static void a_destroyed_one_leaves_at_once(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    destroyed(&world, NODE_4, 11, 5);
    track_ends(&world, 1, NODE_4, 5, TRACK_CLEANUP);
    updates(&world, 1, NODE_4, 5, 4500); /* was under way */
    assert_int_equal(count_of(&world), 0);
    plays(&world, NODE_4, 11, 5);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_false(snap->players[0].has_track);
    snap_put(snap);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(count_of(&world), 1);
}

/* Words from before a destruction that come after it revive nothing. */
static void late_words_revive_nothing(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_4);
    session_begins(&world, 1, NODE_4, 11, false);
    world.now_us += 10000000;
    destroyed(&world, NODE_4, 11, 5);
    world.now_us -= 5000000;
    plays(&world, NODE_4, 11, 5);
    starts(&world, 1, NODE_4, 5, (struct song){"Rick", 7, false, false});
    updates(&world, 1, NODE_4, 5, 100);
    assert_int_equal(count_of(&world), 0);
    for (unsigned i = 0; i < PLAYERS_GONE_SECONDS + 2; i++)
        assert_int_equal(count_of(&world), 0);
    assert_int_equal(map_count(world.ledger->players.by_guild), 0);

    /* The other way round: it was made anew before its old end is told. */
    world.now_us += 20000000;
    plays(&world, NODE_4, 11, 6);
    world.now_us -= 3000000;
    destroyed(&world, NODE_4, 11, 6);
    assert_int_equal(count_of(&world), 1);
}

static void opaque_tracks_find_their_titles(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_3);
    session_begins(&world, 1, NODE_3, 11, false);
    struct note head = head_of(&world, NOTE_TITLE, 900, NODE_3);
    told(&world, &head, 0, 0, (struct song){"Known", 21, false, false});
    starts(&world, 1, NODE_3, 5, (struct song){"", 21, true, false});
    starts(&world, 1, NODE_3, 6, (struct song){"", 22, true, false});
    const struct snap *snap = draw(&world);
    assert_string_equal(snap->players[0].track->title, "Known");
    assert_null(snap->players[1].track);
    assert_true(snap->players[1].has_track);
    assert_int_equal(snap->totals.sources[0].starts, 1);
    assert_int_equal(snap->totals.starts_other, 1);
    snap_put(snap);

    /* The answer that tells it is entered later. */
    head = head_of(&world, NOTE_TITLE, 900, NODE_3);
    told(&world, &head, 0, 0, (struct song){"Later", 22, false, false});
    snap = draw(&world);
    assert_string_equal(snap->players[1].track->title, "Later");
    snap_put(snap);

    /* Told anew without its title, it keeps it. */
    starts(&world, 1, NODE_3, 6, (struct song){"", 22, true, false});
    snap = draw(&world);
    assert_string_equal(snap->players[1].track->title, "Later");
    snap_put(snap);
}

/* An answer tells what is loaded, and starts nothing. */
static void answers_tell_tracks(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_4);
    session_begins(&world, 1, NODE_4, 11, false);
    struct note head = head_of(&world, NOTE_TRACK_START, 900, NODE_4);
    told(&world, &head, 11, 5, (struct song){"Loaded", 31, false, true});
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->playing_count, 1);
    assert_string_equal(snap->players[0].track->title, "Loaded");
    assert_int_equal(snap->players[0].started_ms, 0);
    assert_int_equal(snap->totals.source_count, 0);
    snap_put(snap);
}

/* Tracks live as long as the last who shows them. */
static void snapshots_outlive_the_books(void **state)
{
    struct world world = world_of(state);
    begin_playing(&world, 1, 11, 5);
    const struct snap *first = draw(&world);
    starts(&world, 1, NODE_4, 5, (struct song){"Next", 9, false, false});
    const struct snap *second = draw(&world);
    closes(&world, 1);
    assert_int_equal(count_of(&world), 0);
    assert_string_equal(first->players[0].track->title, "Rick");
    assert_string_equal(second->players[0].track->title, "Next");
    snap_put(first);
    snap_put(second);
}

static void hostile_notes_do_no_harm(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_4);
    session_begins(&world, 1, NODE_4, 11, false);
    plays(&world, NODE_4, 11, 0);
    assert_int_equal(count_of(&world), 0);
    plays(&world, NODE_4, 11, UINT64_MAX);
    updates(&world, 1, NODE_4, UINT64_MAX, INT64_MAX);
    updates(&world, 1, NODE_4, UINT64_MAX, INT64_MIN + 1);
    struct note_end end = {
        .note = head_of(&world, NOTE_TRACK_END, 1, NODE_4), .guild = UINT64_MAX, .end = 255};
    enter_note(&world, &end.note);
    struct note_trouble trouble = {.note = head_of(&world, NOTE_EXCEPTION, 1, NODE_4),
                                   .guild = UINT64_MAX,
                                   .severity = 255,
                                   .threshold_ms = INT64_MIN};
    trouble.message = text_of("\x1b]0;\xff\xff");
    happenings_want(&world.ledger->happenings, true);
    enter_note(&world, &trouble.note);
    trouble.note.kind = NOTE_STUCK;
    enter_note(&world, &trouble.note);
    starts(&world, 1, NODE_4, UINT64_MAX, (struct song){"\x1b[2J\xe2\x80\xae", 1, false, false});
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, 1);
    assert_null(strpbrk(snap->players[0].track->title, "\x1b"));
    assert_int_equal(snap->totals.track_ends[TRACK_END_OTHER], 1);
    snap_put(snap);
    struct slice lines = happenings_lines(&world.ledger->happenings, world.books->now);
    assert_true(memchr(lines.ptr, '\x1b', lines.len) == NULL);
    assert_true(lines.len > 0);
    happenings_clear(&world.ledger->happenings);
    /* A note of nobody's is nobody's player. */
    players_note(world.ledger, NULL, &end.note, world.books->now);
}

static void events_are_told(void **state)
{
    struct world world = world_of(state);
    happenings_want(&world.ledger->happenings, true);
    begin_playing(&world, 1, 11, 5);
    track_ends(&world, 1, NODE_4, 5, TRACK_FINISHED);
    struct slice lines = happenings_lines(&world.ledger->happenings, world.books->now);
    char text[4096] = "";
    assert_true(lines.len < sizeof(text));
    memcpy(text, lines.ptr, lines.len);
    assert_non_null(strstr(text, "Rick"));
    assert_non_null(strstr(text, "finished"));
    assert_null(strstr(text, "k7..q2"));
    happenings_clear(&world.ledger->happenings);
}

/* One more than there is room for: the least recently updated one goes. */
static void the_book_is_bounded(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_4);
    session_begins(&world, 1, NODE_4, 11, false);
    for (uint64_t guild = 1; guild <= PLAYERS_MAX; guild++)
        updates(&world, 1, NODE_4, guild * 7919 % 1000003, 1);
    updates(&world, 1, NODE_4, 7919, 2); /* the first one: it stays */
    updates(&world, 1, NODE_4, 2000000, 1);
    const struct snap *snap = draw(&world);
    assert_int_equal(snap->player_count, PLAYERS_MAX);
    assert_int_equal(snap->players_forgotten, 1);
    bool first = false, second = false;
    for (unsigned i = 0; i < snap->player_count; i++) {
        first |= snap->players[i].guild == 7919;
        second |= snap->players[i].guild == 2 * 7919;
    }
    assert_true(first);
    assert_false(second);
    snap_put(snap);
    closes(&world, 1);
    assert_int_equal(count_of(&world), 0);
}

/* Guilds that are made and destroyed in a flood cost no memory for long. */
static void a_flood_of_short_lives_is_bounded(void **state)
{
    struct world world = world_of(state);
    opens(&world, 1, NODE_4);
    session_begins(&world, 1, NODE_4, 11, false);
    for (uint64_t guild = 1; guild <= 3 * PLAYERS_MAX; guild++) {
        plays(&world, NODE_4, 11, guild);
        destroyed(&world, NODE_4, 11, guild);
    }
    assert_true(world.ledger->players.count <= PLAYERS_MAX + 20000);
    assert_int_equal(world.ledger->players.forgotten, 0);
    for (unsigned i = 0; i < PLAYERS_GONE_SECONDS + 2; i++)
        assert_int_equal(count_of(&world), 0);
    assert_int_equal(world.ledger->players.count, 0);
}

/* Between two words of it a position moves on by itself, if it does. */
static void positions_move(void **state)
{
    (void)state;
    static const struct snap_track song = {.length_ms = 200000}, stream = {.is_stream = true};
    static const struct {
        const char *what;
        const struct snap_track *track;
        bool has_track, paused;
        int64_t position_ms, after_ms, shown_ms;
    } rows[] = {
        {"plays", &song, true, false, 10000, 2500, 12500},
        {"stands", &song, true, true, 10000, 2500, 10000},
        {"at its end", &song, true, false, 199000, 5000, 200000},
        {"beyond its end", &song, true, false, 300000, 0, 200000},
        {"a stream has no end", &stream, true, false, 10000, 9000000, 9010000},
        {"what plays is not known", NULL, true, false, 10000, 500, 10500},
        {"not known", &song, true, false, -1, 5000, -1},
        {"nothing", NULL, false, false, -1, 5000, -1},
        {"a clock that goes back", &song, true, false, 10000, -4000, 10000},
        {"all bounds", &stream, true, false, PLAYER_POSITION_MAX, INT64_C(1) << 52,
         PLAYER_POSITION_MAX + (INT64_C(1) << 52)},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct snap_player player = {.track = rows[i].track,
                                           .has_track = rows[i].has_track,
                                           .paused = rows[i].paused,
                                           .position_ms = rows[i].position_ms,
                                           .position_at_ms = START_MS};
        int64_t shown = snap_player_position(&player, START_MS + rows[i].after_ms);
        if (shown != rows[i].shown_ms)
            fail_msg("%s: %lld", rows[i].what, (long long)shown);
    }
}

/* Positions are drawn by the wall clock: where it is set anew while nobody says a word, they stay
 * where they were. */
static void a_clock_that_jumps_moves_no_position(void **state)
{
    struct world world = world_of(state);
    struct books *books = world.books;
    const int64_t hour_ms = 3600000;
    const struct report silent = {.tick = 1};
    ledger_report(world.ledger, &silent, books->now);
    world.now_us = START_MS * 1000 - world.ledger->players.wall_us; /* the present */
    plays(&world, NODE_4, 7, 81);
    const struct note head = head_of(&world, NOTE_TRACK_START, 900, NODE_4);
    told(&world, &head, 7, 81, (struct song){"Night Drive", 11, false, true});
    struct note_player update = {.note = head_of(&world, NOTE_PLAYER, 900, NODE_4),
                                 .session = key_of(7),
                                 .guild = 81,
                                 .position_ms = 60000,
                                 .volume = -1,
                                 .paused = -1,
                                 .connected = 1};
    enter_note(&world, &update.note);
    for (int sign = 1; sign >= -1; sign -= 2) {
        books->now += sign * hour_ms;
        ledger_report(world.ledger, &silent, books->now);
        const struct snap *snap = draw(&world);
        assert_int_equal(snap->player_count, 1);
        assert_in_range(snap_player_position(&snap->players[0], snap->wall_ms), 55000, 75000);
        snap_put(snap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(shows_what_plays),          BOOKS(a_destroyed_one_leaves_at_once),
        BOOKS(late_words_revive_nothing), BOOKS(opaque_tracks_find_their_titles),
        BOOKS(answers_tell_tracks),       BOOKS(snapshots_outlive_the_books),
        BOOKS(hostile_notes_do_no_harm),  BOOKS(events_are_told),
        cmocka_unit_test(positions_move), BOOKS(a_clock_that_jumps_moves_no_position),
        BOOKS(the_book_is_bounded),       BOOKS(a_flood_of_short_lives_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
