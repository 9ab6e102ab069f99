/* Bots in line mode: the list, one in full, and ending one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tui/plain_bots.h"
#include "tui/plain_menu.h"
#include "tui/plain_play.h"
#include "tui/plain_words.h"
#include "tui_synthetic.h"

static const struct synthetic usual = {
    .conns = 38, .ips = 17, .backends = 5, .bots = 7, .players = 31};

static void expect(const struct str *said, const char *has)
{
    if (strstr(said->ptr, has) == NULL)
        print_error("%s\nis not in:\n%s\n", has, said->ptr);
    assert_non_null(strstr(said->ptr, has));
}

/* A conversation: lines in, what is said at last, what is sent. */
static const struct {
    const char *lines[3];
    const char *says;
    enum menu_wish wish;
    enum command_type sends;
    const char *user;
} talks[] = {
    {{"10"},
     "bot 500: Muse, user 1043556677889900112, here, 19 of 31 players playing, 6 WebSockets, "
     "backend eu-a and eu-b, out 1.72 MB per second, in 107.47 KB per second, 33.5 GB in all, "
     "42 "
     "errors\nbot 501: Groovy,",
     MENU_NOTHING,
     0,
     NULL},
    {{"10"},
     "bot 506: Groovy, user 1043556677889900118, gone for 2 minutes 10 seconds, 0 of 0",
     MENU_NOTHING,
     0,
     NULL},
    {{"11", "501"},
     "library lavalink-client/2.4.0, from 203.0.113.2, connected for 3 days 2 hours\n"
     "session k7..q2, cannot resume, 3 reconnects, 1 resumed\n"
     "search takes 210 ms, 95 of 100 at most 780 ms, target 1 s met\n",
     MENU_NOTHING,
     0,
     NULL},
    {{"11", "501"},
     "play takes 400 ms, 95 of 100 at most 2.31 s, target 2 s missed\n",
     MENU_NOTHING,
     0,
     NULL},
    {{"11", "501"},
     "exception: fault: This video is not available (guild 810011220033445566)",
     MENU_NOTHING,
     0,
     NULL},
    {{"11", "501"}, "it sends voice updates without channelId", MENU_NOTHING, 0, NULL},
    {{"11", "500"},
     "guild 810011220033445566: playing, Never Gonna Give You Up - Rick Astley, at 0:10/3:32\n",
     MENU_NOTHING,
     0,
     NULL},
    {{"12"},
     "97 of 156 players playing\nversion 3: search takes 300 ms, 95 of 100 at most 520 ms, "
     "target 1 s met\nversion 4: search takes",
     MENU_NOTHING,
     0,
     NULL},
    {{"12"},
     "version 4: play takes 400 ms, 95 of 100 at most 2.82 s, target 2 s missed\n",
     MENU_NOTHING,
     0,
     NULL},
    {{"12"},
     "\nguild 810011220033445567: playing, lofi radio, live, bot Muse, backend eu-a\n",
     MENU_NOTHING,
     0,
     NULL},
    {{"12"}, "\nand 136 more players\n", MENU_NOTHING, 0, NULL},
    {{"1"}, "", MENU_SUMMARY, 0, NULL},
    {{"11", "500"}, "and 21 more players\n", MENU_NOTHING, 0, NULL},
    {{"11", "9"}, "there is no bot of this number", MENU_NOTHING, 0, NULL},
    {{"11", ""}, "nothing was done", MENU_NOTHING, 0, NULL},
    {{"5", "bot 1043556677889900113"},
     "end all WebSockets of bot 501: Groovy, user 1043556677889900113, here, 18 of 29 players",
     MENU_NOTHING,
     0,
     NULL},
    {{"5", "bot 1043556677889900113"},
     "29 players (18 playing) may fall silent. It cannot resume.\ntype yes",
     MENU_NOTHING,
     0,
     NULL},
    {{"5", "bot 1043556677889900113", "yes"},
     "",
     MENU_SEND,
     COMMAND_KILL_USER,
     "1043556677889900113"},
    {{"5", "bot 1043556677889900113", "y"}, "nothing was done", MENU_NOTHING, 0, NULL},
    {{"5", "bot 77"}, "there is no bot of this User-Id, nothing was done", MENU_NOTHING, 0, NULL},
    {{"5", "1041"}, "31 players (19 playing) may fall silent.", MENU_NOTHING, 0, NULL},
};

static void lines_are_answered(void **state)
{
    (void)state;
    const struct snap *snap = synthetic_snap(&usual);
    for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
        struct menu menu = {0};
        struct str said;
        enum menu_wish wish = MENU_NOTHING;
        str_growing(&said);
        for (unsigned j = 0; j < 3 && talks[i].lines[j] != NULL; j++) {
            str_reset(&said);
            str_add_text(&said, "");
            wish = menu_line(&menu, snap, slice_of(talks[i].lines[j]), &said);
        }
        assert_int_equal(wish, talks[i].wish);
        if (talks[i].says[0] != '\0')
            expect(&said, talks[i].says);
        if (wish == MENU_SEND) {
            assert_int_equal(menu.command.type, talks[i].sends);
            assert_string_equal(menu.command.user, talks[i].user);
        }
        str_free(&said);
    }
    snap_put(snap);
}

/* Whoever plays most comes first; of very many the rest is counted. */
static void the_list_is_bounded(void **state)
{
    (void)state;
    struct synthetic how = usual;
    struct str said;
    how.bots = 60;
    const struct snap *snap = synthetic_snap(&how);
    str_growing(&said);
    plain_bots(&said, snap);
    assert_int_equal(strncmp(said.ptr, "bot 500: ", 9), 0);
    expect(&said, "\nand 40 more\n");
    str_free(&said);
    snap_put(snap);
    how.bots = 0;
    snap = synthetic_snap(&how);
    str_growing(&said);
    plain_bots(&said, snap);
    assert_string_equal(said.ptr, "no bots\n");
    str_free(&said);
    snap_put(snap);
}

static void a_summary_counts_players(void **state)
{
    (void)state;
    struct plain_before before = {.known = false};
    struct synthetic how = usual;
    struct str said;
    const struct snap *snap = synthetic_snap(&how);
    str_growing(&said);
    plain_summary(&said, &before, snap);
    expect(&said, " addresses; 97 of 156 players playing; backends: ");
    snap_put(snap);
    how.bots = 0;
    snap = synthetic_snap(&how);
    str_reset(&said);
    plain_summary(&said, &before, snap);
    expect(&said, " addresses; backends: ");
    str_reset(&said);
    plain_players(&said, snap);
    assert_string_equal(said.ptr, "no players\n");
    str_free(&said);
    snap_put(snap);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_answered),
        cmocka_unit_test(the_list_is_bounded),
        cmocka_unit_test(a_summary_counts_players),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
