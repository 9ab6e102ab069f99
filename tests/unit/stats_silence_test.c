/* Who falls silent when connections end, and how it is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "stats/silence.h"

/* Bot 1 has sockets to backends 0 and 1, and requests; bot 2 one socket, bot 3 one; 9 is of none.
 */
static const struct snap_conn conns[] = {
    {.id = 1, .bot = 1, .backend = 0, .kind = CONN_WEBSOCKET},
    {.id = 2, .bot = 1, .backend = 0, .kind = CONN_WEBSOCKET},
    {.id = 3, .bot = 1, .backend = 1, .kind = CONN_WEBSOCKET},
    {.id = 4, .bot = 1, .backend = 0, .kind = CONN_REST},
    {.id = 5, .bot = 2, .backend = 1, .kind = CONN_WEBSOCKET},
    {.id = 6, .bot = 3, .backend = REPORT_NO_BACKEND, .kind = CONN_WEBSOCKET},
    {.id = 7, .bot = 3, .backend = 0, .kind = CONN_NEW},
    {.id = 9, .bot = 0, .backend = 0, .kind = CONN_WEBSOCKET},
};
static const struct snap_player players[] = {
    {.guild = 1, .bot = 1, .backend = 0, .has_track = true},
    {.guild = 2, .bot = 1, .backend = 0, .has_track = true, .paused = true},
    {.guild = 3, .bot = 1, .backend = 1, .has_track = true},
    {.guild = 1, .bot = 2, .backend = 1},
};

static struct snap snap_of(struct snap_bot bots[3], int resuming, double timeout)
{
    bots[0] = (struct snap_bot){.id = 1,
                                .sockets = 3,
                                .players = 3,
                                .playing = 2,
                                .resuming = (int8_t)resuming,
                                .resume_timeout = timeout};
    bots[1] = (struct snap_bot){.id = 2,
                                .sockets = 1,
                                .players = 1,
                                .first_player = 3,
                                .resuming = 1,
                                .resume_timeout = 30};
    bots[2] = (struct snap_bot){.id = 3, .sockets = 1, .first_player = 4, .resuming = -1};
    return (struct snap){.bots = bots,
                         .bot_count = 3,
                         .conns = conns,
                         .conn_count = 8,
                         .players = players,
                         .player_count = 4};
}

static void says_who_falls_silent(void **state)
{
    (void)state;
    static const struct {
        uint64_t ids[6];
        unsigned count;
        int resuming;
        double timeout;
        const char *text, *resume;
    } cases[] = {
        {{1}, 1, 1, 60, "2 players (1 playing) may fall silent.", "It can resume for 60 s."},
        {{1}, 1, 1, -1, "2 players (1 playing) may fall silent.", "It can resume."},
        {{3}, 1, 0, -1, "1 player (1 playing) may fall silent.", "It cannot resume."},
        {{1, 2},
         2,
         -1,
         -1,
         "2 players (1 playing) may fall silent.",
         "Whether it can resume is not known."},
        {{1, 2, 3, 4},
         4,
         1,
         60,
         "3 players (2 playing) may fall silent.",
         "It can resume for 60 s."},
        {{4}, 1, 1, 60, "No WebSocket ends: what plays goes on.", ""},
        {{7}, 1, 1, 60, "No WebSocket ends: what plays goes on.", ""},
        {{5, 3}, 2, 0, -1, "2 players (1 playing) may fall silent.", "Of 2 bots 1 can resume."},
        {{5, 6, 3},
         3,
         0,
         -1,
         "2 players (1 playing) may fall silent.",
         "Of 3 bots 1 can resume, of 1 it is not known."},
        {{6}, 1, 0, -1, "No players are known there.", "Whether it can resume is not known."},
        {{1, 9}, 2, 1, 60, "", ""}, /* of one nobody knows whose it is */
        {{4, 8, 100}, 3, 1, 60, "No WebSocket ends: what plays goes on.", ""},
        {{0}, 0, 1, 60, "No WebSocket ends: what plays goes on.", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct snap_bot bots[3];
        struct snap snap = snap_of(bots, cases[i].resuming, cases[i].timeout);
        struct silence silence;
        char text[SILENCE_TEXT];
        silence_of(&silence, &snap, cases[i].ids, cases[i].count);
        assert_string_equal(silence_text(text, &silence), cases[i].text);
        assert_string_equal(silence_resume_text(text, &silence), cases[i].resume);
    }
}

static void of_a_whole_bot(void **state)
{
    (void)state;
    struct snap_bot bots[3];
    struct silence silence;
    char text[SILENCE_TEXT];
    snap_of(bots, 1, 60);
    silence_of_bot(&silence, &bots[0]);
    assert_string_equal(silence_text(text, &silence), "3 players (2 playing) may fall silent.");
    assert_string_equal(silence_resume_text(text, &silence), "It can resume for 60 s.");
    bots[0].sockets = 0;
    silence_of_bot(&silence, &bots[0]);
    assert_string_equal(silence_text(text, &silence), "No WebSocket ends: what plays goes on.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_who_falls_silent),
        cmocka_unit_test(of_a_whole_bot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
