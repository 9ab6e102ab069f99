/*
 * The model of a player: words of several sockets come in every order, and what is known in the end
 * is the same; an older word never undoes a newer one; hostile numbers stay within bounds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lavalink/player.h"

#define T(seconds) ((int64_t)((seconds)*1000000.0) + 5000000000)
#define A 0xaaaa
#define B 0xbbbb
#define WORDS_MAX 6

enum kind { PLAY, STOP, PAUSE, RESUME, SEEK, VOLUME, VOICE, UPDATE, NONE, START, HAS, END, CLOSED };

struct word {
    enum kind kind;
    int64_t at_us;
    uint64_t track;
    int64_t value; /* position, volume, reason of an end, connected of an update */
};

struct seen {
    int64_t play_us, voice_us;
    unsigned plays, voices;
};

static struct player_word update_of(const struct word *word)
{
    return (struct player_word){.position_ms = word->value,
                                .volume = -1,
                                .ping = 20,
                                .paused = -1,
                                .connected = word->value >= 0};
}

static struct player_legs ask(struct player_state *player, const struct word *word)
{
    struct player_ask ask = {.position_ms = PLAYER_UNSAID, .volume = -1, .paused = -1, .track = -1};
    switch (word->kind) {
    case PLAY:
        ask.track = 1;
        ask.position_ms = word->value ? word->value : PLAYER_UNSAID;
        break;
    case STOP:
        ask.track = 0;
        break;
    case PAUSE:
    case RESUME:
        ask.paused = word->kind == PAUSE;
        break;
    case SEEK:
        ask.position_ms = word->value;
        break;
    case VOLUME:
        ask.volume = (int32_t)word->value;
        break;
    default:
        ask.voice = true;
    }
    return player_ask(player, &ask, word->at_us);
}

static struct player_legs enter(struct player_state *player, const struct word *word)
{
    struct player_legs legs = PLAYER_NO_LEGS;
    struct player_word says = update_of(word);
    bool shown;

    switch (word->kind) {
    case UPDATE:
        return player_says(player, &says, word->at_us);
    case NONE:
        says = (struct player_word){.position_ms = 0,
                                    .volume = 100,
                                    .ping = -1,
                                    .paused = 0,
                                    .connected = -1,
                                    .no_track = true};
        return player_says(player, &says, word->at_us);
    case START:
        return player_starts(player, word->track, word->at_us, &shown);
    case HAS:
        player_has(player, word->track, word->at_us);
        return legs;
    case END:
        player_ends(player, (enum track_end)word->value, word->at_us);
        return legs;
    case CLOSED:
        player_voice_ends(player, word->at_us);
        return legs;
    default:
        return ask(player, word);
    }
}

/* What is known in the end, whatever the order. `position_ms`: at `position_us`; 0: not compared.
 */
struct row {
    const char *name;
    struct word words[WORDS_MAX];
    uint64_t track;
    int64_t started_us;
    int64_t position_ms, position_us;
    int64_t play_us, voice_us; /* 0: none */
    unsigned count;
    int8_t connected;
    bool has_track, paused;
};

static const struct row rows[] = {
    {.name = "asked, started, answered, told where",
     .words =
         {{PLAY, T(1), 0, 0}, {START, T(2.5), A, 0}, {HAS, T(2.6), A, 0}, {UPDATE, T(7), 0, 4500}},
     .count = 4,
     .has_track = true,
     .track = A,
     .started_us = T(2.5),
     .position_ms = 4500,
     .position_us = T(7),
     .play_us = 1500000,
     .connected = 1},
    {.name = "and ended",
     .words = {{PLAY, T(1), 0, 0},
               {START, T(2), A, 0},
               {HAS, T(2.1), A, 0},
               {UPDATE, T(3), 0, 900},
               {END, T(9), 0, TRACK_FINISHED}},
     .count = 5,
     .position_ms = -1,
     .play_us = 1000000,
     .connected = 1},
    {.name = "replaced by another",
     .words = {{START, T(1), A, 0},
               {PLAY, T(5), 0, 0},
               {END, T(6), 0, TRACK_REPLACED},
               {START, T(6.01), B, 0},
               {HAS, T(6.02), B, 0}},
     .count = 5,
     .has_track = true,
     .track = B,
     .started_us = T(6.01),
     .position_us = T(6.01),
     .play_us = 1010000,
     .connected = -1},
    {.name = "its own next one",
     .words = {{START, T(1), A, 0},
               {END, T(61), 0, TRACK_FINISHED},
               {START, T(61.5), B, 0},
               {UPDATE, T(66), 0, 4500}},
     .count = 4,
     .has_track = true,
     .track = B,
     .started_us = T(61.5),
     .position_ms = 4500,
     .position_us = T(66),
     .connected = 1},
    {.name = "begun in the middle",
     .words = {{PLAY, T(1), 0, 30000}, {START, T(1.2), A, 0}, {HAS, T(1.3), A, 0}},
     .count = 3,
     .has_track = true,
     .track = A,
     .started_us = T(1.2),
     .position_ms = 30000,
     .position_us = T(1.2),
     .play_us = 200000,
     .connected = -1},
    {.name = "paused",
     .words =
         {{START, T(1), A, 0}, {UPDATE, T(6), 0, 5000}, {PAUSE, T(8), 0, 0}, {PAUSE, T(8.1), 0, 0}},
     .count = 4,
     .has_track = true,
     .paused = true,
     .track = A,
     .started_us = T(1),
     .position_ms = 7000,
     .position_us = T(8),
     .connected = 1},
    {.name = "paused, told where, going on",
     .words =
         {{START, T(1), A, 0}, {PAUSE, T(3), 0, 0}, {UPDATE, T(6), 0, 2000}, {RESUME, T(8), 0, 0}},
     .count = 4,
     .has_track = true,
     .track = A,
     .started_us = T(1),
     .position_ms = 2000,
     .position_us = T(8),
     .connected = 1},
    {.name = "sought",
     .words = {{START, T(1), A, 0},
               {UPDATE, T(6), 0, 5000},
               {SEEK, T(7), 0, 90000},
               {UPDATE, T(6.5), 0, 5500}},
     .count = 4,
     .has_track = true,
     .track = A,
     .started_us = T(1),
     .position_ms = 90000,
     .position_us = T(7),
     .connected = 1},
    {.name = "stopped",
     .words = {{PLAY, T(1), 0, 0},
               {START, T(2), A, 0},
               {STOP, T(5), 0, 0},
               {END, T(5.1), 0, TRACK_STOPPED},
               {NONE, T(5.2), 0, 0}},
     .count = 5,
     .position_ms = -1,
     .play_us = 1000000,
     .connected = -1},
    {.name = "connected by two updates",
     .words = {{VOICE, T(1), 0, 0}, {UPDATE, T(2.5), 0, 0}, {UPDATE, T(9), 0, 100}},
     .count = 3,
     .has_track = true,
     .position_ms = 100,
     .position_us = T(9),
     .voice_us = 0,
     .connected = 1},
    {.name = "asked again while connected",
     .words = {{UPDATE, T(1), 0, 0}, {VOICE, T(3), 0, 0}},
     .count = 2,
     .position_ms = -1,
     .connected = 1},
    {.name = "connected and closed",
     .words = {{VOICE, T(1), 0, 0}, {UPDATE, T(1.4), 0, 0}, {CLOSED, T(30), 0, 0}},
     .count = 3,
     .position_ms = -1,
     .voice_us = 0,
     .connected = 0},
    {.name = "too far apart",
     .words = {{PLAY, T(1), 0, 0}, {START, T(61.1), A, 0}},
     .count = 2,
     .has_track = true,
     .track = A,
     .started_us = T(61.1),
     .position_us = T(61.1),
     .connected = -1},
    {.name = "started before it was asked",
     .words = {{START, T(1), A, 0}, {PLAY, T(1.1), 0, 0}},
     .count = 2,
     .has_track = true,
     .track = A,
     .started_us = T(1),
     .position_us = T(1),
     .connected = -1},
};

static void check(const struct row *row, const struct player_state *player, const struct seen *seen,
                  const char *order)
{
    int64_t at_us;
    int64_t position = player_position(player, &at_us);

    if (player->has_track != row->has_track || player->paused != row->paused ||
        (player->has_track && player->track != row->track) ||
        player->started_us != row->started_us || player->connected != row->connected)
        fail_msg("%s, %s: track %d %llx since %lld, paused %d, connected %d", row->name, order,
                 player->has_track, (unsigned long long)player->track,
                 (long long)(player->started_us - T(0)), player->paused, player->connected);
    if (position != row->position_ms || (position >= 0 && at_us != row->position_us))
        fail_msg("%s, %s: at %lld ms, %lld us", row->name, order, (long long)position,
                 (long long)(at_us - T(0)));
    if (seen->plays != (row->play_us != 0) || seen->play_us != row->play_us)
        fail_msg("%s, %s: %u plays, %lld us", row->name, order, seen->plays,
                 (long long)seen->play_us);
    if (seen->voices > 1 || (row->voice_us != 0 && seen->voice_us != row->voice_us))
        fail_msg("%s, %s: %u connects, %lld us", row->name, order, seen->voices,
                 (long long)seen->voice_us);
}

static void run(const struct row *row, const unsigned order[WORDS_MAX])
{
    struct player_state player;
    struct seen seen = {0};
    char text[WORDS_MAX + 1] = "";

    player_begin(&player);
    for (unsigned i = 0; i < row->count; i++) {
        struct player_legs legs = enter(&player, &row->words[order[i]]);
        seen.plays += legs.play_us >= 0;
        seen.voices += legs.voice_us >= 0;
        if (legs.play_us >= 0)
            seen.play_us = legs.play_us;
        if (legs.voice_us >= 0)
            seen.voice_us = legs.voice_us;
        text[i] = (char)('0' + order[i]);
    }
    check(row, &player, &seen, text);
}

/* The next order in the alphabet; false behind the last. */
static bool permute(unsigned order[WORDS_MAX], unsigned count)
{
    unsigned i = count - 1, j = count - 1;
    while (i > 0 && order[i - 1] > order[i])
        i--;
    if (i == 0)
        return false;
    while (order[j] < order[i - 1])
        j--;
    unsigned swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
    for (j = count - 1; i < j; i++, j--) {
        swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    return true;
}

static void every_order_comes_to_the_same(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned order[WORDS_MAX] = {0, 1, 2, 3, 4, 5};
        do
            run(&rows[i], order);
        while (permute(order, rows[i].count));
    }
}

/* Voice legs need their order: which update was the first cannot be told afterwards. */
static void voice_is_timed_once(void **state)
{
    (void)state;
    static const struct {
        struct word words[4];
        int64_t voice_us;
        unsigned count, voices;
    } cases[] = {
        {{{VOICE, T(1), 0, 0}, {VOICE, T(1.1), 0, 0}, {UPDATE, T(1.5), 0, 0}}, 500000, 3, 1},
        {{{UPDATE, T(1.5), 0, 0}, {VOICE, T(1), 0, 0}, {VOICE, T(1.1), 0, 0}}, 500000, 3, 1},
        {{{VOICE, T(1), 0, 0}, {UPDATE, T(2), 0, -1}, {UPDATE, T(3), 0, 0}}, 2000000, 3, 1},
        {{{UPDATE, T(2), 0, -1}, {VOICE, T(1), 0, 0}, {UPDATE, T(3), 0, 0}}, 2000000, 3, 1},
        {{{VOICE, T(1), 0, 0}, {UPDATE, T(62), 0, 0}}, 0, 2, 0},
        {{{UPDATE, T(1), 0, 0}, {VOICE, T(2), 0, 0}, {UPDATE, T(3), 0, 0}}, 0, 3, 0},
        {{{UPDATE, T(1), 0, 0}, {CLOSED, T(2), 0, 0}, {VOICE, T(3), 0, 0}, {UPDATE, T(4), 0, 0}},
         1000000,
         4,
         1},
        {{{UPDATE, T(2), 0, 0}, {CLOSED, T(9), 0, 0}, {VOICE, T(1), 0, 0}, {UPDATE, T(12), 0, 0}},
         1000000,
         4,
         1},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct player_state player;
        unsigned voices = 0;
        player_begin(&player);
        for (unsigned j = 0; j < cases[i].count; j++) {
            struct player_legs legs = enter(&player, &cases[i].words[j]);
            if (legs.voice_us < 0)
                continue;
            voices++;
            assert_int_equal(legs.voice_us, cases[i].voice_us);
        }
        assert_int_equal(voices, cases[i].voices);
    }
}

/* Nothing of what is refused holds: what was known before does, or nothing. A later start is the
 * node's own. */
static void refused_asks_change_nothing(void **state)
{
    (void)state;
    struct player_state player;
    struct player_ask ask = {.position_ms = 90000, .volume = 5, .paused = 1, .track = -1};
    int64_t at_us;
    bool shown;
    player_begin(&player);
    player_starts(&player, A, T(1), &shown);
    enter(&player, &(struct word){UPDATE, T(2), 0, 1000});
    player_ask(&player, &ask, T(3));
    assert_false(player_plays(&player));
    player_refused(&player, T(3) + 1);
    assert_true(player_plays(&player));
    assert_int_equal(player.volume, -1);
    assert_int_equal(player_position(&player, &at_us), -1);
    enter(&player, &(struct word){UPDATE, T(4), 0, 3000});
    assert_int_equal(player_position(&player, &at_us), 3000);
    assert_int_equal(at_us, T(4));

    enter(&player, &(struct word){PLAY, T(4.1), 0, 0});
    player_refused(&player, T(4.1));
    assert_int_equal(player_starts(&player, B, T(4.2), &shown).play_us, -1);

    /* What was told after it stays. */
    player_ask(&player, &ask, T(5));
    enter(&player, &(struct word){PAUSE, T(4.5), 0, 0});
    enter(&player, &(struct word){VOLUME, T(6), 0, 70});
    enter(&player, &(struct word){UPDATE, T(6), 0, 3500});
    player_refused(&player, T(5));
    assert_int_equal(player.volume, 70);
    assert_true(player.paused);
    assert_int_equal(player_position(&player, &at_us), 3500);
}

static void a_track_that_may_stay_is_not_timed(void **state)
{
    (void)state;
    struct player_state player;
    struct player_ask ask = {
        .position_ms = PLAYER_UNSAID, .volume = -1, .paused = -1, .track = 1, .no_replace = true};
    bool shown;
    player_begin(&player);
    assert_int_equal(player_ask(&player, &ask, T(1)).play_us, -1);
    assert_int_equal(player_starts(&player, A, T(2), &shown).play_us, 1000000);
    player_ask(&player, &ask, T(5));
    assert_int_equal(player.track, A);
    assert_int_equal(player_starts(&player, B, T(6), &shown).play_us, -1);
}

/* An answer that was written before the event it comes after. */
static void crossing_answers_undo_nothing(void **state)
{
    (void)state;
    struct player_state player;
    bool shown;
    player_begin(&player);
    player_starts(&player, A, T(1), &shown);
    enter(&player, &(struct word){NONE, T(1.1), 0, 0});
    assert_true(player.has_track);
    enter(&player, &(struct word){NONE, T(4), 0, 0});
    assert_false(player.has_track);

    player_starts(&player, A, T(5), &shown);
    player_ends(&player, TRACK_FINISHED, T(9));
    assert_false(player_has(&player, A, T(9.1)));
    assert_false(player.has_track);
    assert_true(player_has(&player, B, T(9.2)));
    assert_int_equal(player.track, B);
}

/* One that plays on when its session is resumed is known by that its position moves. */
static void plays_without_a_start(void **state)
{
    (void)state;
    struct player_state player;
    player_begin(&player);
    enter(&player, &(struct word){UPDATE, T(1), 0, 0});
    assert_false(player_plays(&player));
    enter(&player, &(struct word){UPDATE, T(6), 0, 125000});
    assert_true(player_plays(&player));
    enter(&player, &(struct word){END, T(9), 0, TRACK_FINISHED});
    enter(&player, &(struct word){UPDATE, T(9.1), 0, 128000});
    assert_false(player_plays(&player));
}

static void hostile_numbers_stay_within_bounds(void **state)
{
    (void)state;
    static const int64_t numbers[] = {INT64_MAX, INT64_MIN + 1, -1, 0, 1, INT32_MAX, INT32_MIN};
    enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };
    for (unsigned i = 0; i < NUMBERS * NUMBERS; i++) {
        struct player_state player;
        int64_t one = numbers[i / NUMBERS], other = numbers[i % NUMBERS], at_us;
        bool shown;
        player_begin(&player);
        player_starts(&player, (uint64_t)one, T(1), &shown);
        player_says(&player,
                    &(struct player_word){.position_ms = one,
                                          .volume = (int32_t)other,
                                          .ping = (int32_t)one,
                                          .paused = (int8_t)(one & 1),
                                          .connected = (int8_t)(other & 1)},
                    T(2));
        player_ask(&player,
                   &(struct player_ask){
                       .position_ms = other, .volume = (int32_t)one, .paused = 1, .track = -1},
                   T(3));
        int64_t position = player_position(&player, &at_us);
        assert_in_range(position, 0, PLAYER_POSITION_MAX);
        assert_true(player.volume >= -1 && player.volume <= 1000);
        assert_true(player.ping >= -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_comes_to_the_same),
        cmocka_unit_test(voice_is_timed_once),
        cmocka_unit_test(refused_asks_change_nothing),
        cmocka_unit_test(a_track_that_may_stay_is_not_timed),
        cmocka_unit_test(crossing_answers_undo_nothing),
        cmocka_unit_test(plays_without_a_start),
        cmocka_unit_test(hostile_numbers_stay_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
