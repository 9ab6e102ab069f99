/* Line mode: what it says, how it queues lines for a slow reader, and what typed numbers do. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/plain_lines.h"
#include "tui/plain_menu.h"
#include "tui/plain_words.h"

enum { BACKENDS = 3 };

struct scene {
    struct snap snap;
    struct snap_backend backends[BACKENDS];
    struct snap_conn conns[20];
    struct snap_ip ips[4];
};

/* Two bots of one address on eu-a, a third one elsewhere. */
static void scene_init(struct scene *s)
{
    static const struct snap_block blocked[] = {
        {.until_ms = INT64_C(1700000125000), .key = {.family = 4, .bytes = {192, 0, 2, 77}}},
        {.until_ms = INT64_C(4900000000000), .user = "880012345", .by_hand = true},
    };
    static const char *const names[BACKENDS] = {"eu-a", "us-a", "us-b"};
    memset(s, 0, sizeof(*s));
    for (unsigned i = 0; i < BACKENDS; i++)
        s->backends[i] = (struct snap_backend){.name = names[i],
                                               .slot = 10 + i,
                                               .version = 4,
                                               .state = BACKEND_ONLINE,
                                               .reason = "",
                                               .response_ms = 3.14,
                                               .connections = 2};
    for (unsigned i = 0; i < 3; i++) {
        s->conns[i] = (struct snap_conn){
            .id = 7 + i, .client_name = "", .user_agent = "", .user_id = "", .path = ""};
        s->conns[i].client = (struct addr){.family = 4, .bytes = {192, 0, 2, i == 2 ? 9 : 1}};
        s->conns[i].rate_out = 1000 * (i + 1);
    }
    s->conns[0].client_name = "Shoukaku/4.1.1";
    s->conns[0].user_id = "42";
    s->conns[0].version = 4;
    s->conns[0].opened_ms = INT64_C(1700000000000) - (2 * 86400 + 7 * 3600 + 5) * 1000;
    s->conns[1].opened_ms = s->conns[2].opened_ms = INT64_C(1700000000000) - 9000;
    s->conns[2].backend = REPORT_NO_BACKEND;
    s->ips[0].active = 2;
    s->ips[1].active = 1;
    s->snap = (struct snap){.wall_ms = INT64_C(1700000000000),
                            .band_medium = 100000,
                            .band_high = 1000000,
                            .rate_out = 2840000,
                            .rate_in = 84000,
                            .conns = s->conns,
                            .conn_count = 3,
                            .ips = s->ips,
                            .ip_count = 4,
                            .blocks = blocked,
                            .block_count = 2,
                            .blocks_total = 3,
                            .backends = s->backends,
                            .backend_count = BACKENDS};
}

#define UNCHANGED "out 2.84 MB per second, high; in 84 KB per second; "

/* Both pictures begin alike; a row changes the second one, or both. */
static void summaries(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool first; /* nothing to compare with */
        unsigned conns, conns_before;
        uint64_t out_before;
        enum backend_state us_b, us_b_before;
        const char *says;
    } rows[] = {
        {"nothing new", false, 3, 3, 2840000, BACKEND_ONLINE, BACKEND_ONLINE,
         UNCHANGED "3 connections from 2 addresses; backends: all up"},
        {"the first", true, 3, 0, 0, BACKEND_OFFLINE, BACKEND_ONLINE,
         UNCHANGED "3 connections from 2 addresses; backends: us-b down (connection refused); all "
                   "others up"},
        {"more", false, 3, 1, 2840000, BACKEND_OFFLINE, BACKEND_OFFLINE,
         "3 connections from 2 addresses, 2 more than before; " UNCHANGED
         "backends: us-b down (connection refused); all others up"},
        {"fewer", false, 2, 3, 2840000, BACKEND_ONLINE, BACKEND_ONLINE,
         "2 connections from 2 addresses, 1 fewer than before; " UNCHANGED "backends: all up"},
        {"none", false, 0, 0, 2840000, BACKEND_ONLINE, BACKEND_ONLINE,
         UNCHANGED "no connections; backends: all up"},
        {"band", false, 3, 3, 90000, BACKEND_SLOW, BACKEND_SLOW,
         "out 2.84 MB per second, high, was normal; in 84 KB per second; 3 connections from 2 "
         "addresses; backends: us-b slow (412 milliseconds); all others up"},
        {"down", false, 3, 3, 2840000, BACKEND_OFFLINE, BACKEND_ONLINE,
         "backends: us-b down (connection refused), was up; all others up; " UNCHANGED
         "3 connections from 2 addresses"},
        {"up again", false, 3, 3, 2840000, BACKEND_ONLINE, BACKEND_OFFLINE,
         "backends: us-b up, was down; all others up; " UNCHANGED "3 connections from 2 addresses"},
        {"several", false, 4, 3, 2840000, BACKEND_SLOW, BACKEND_UNKNOWN,
         "4 connections from 2 addresses, 1 more than before; backends: us-b slow (412 "
         "milliseconds), was not checked yet; all others up; "
         "out 2.84 MB per second, high; in 84 KB per second"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene s;
        struct plain_before before = {.known = false};
        char line[PLAIN_LINE];
        struct str out;
        scene_init(&s);
        s.snap.conn_count = rows[i].conns_before;
        s.snap.rate_out = rows[i].out_before;
        s.backends[2].state = rows[i].us_b_before;
        if (!rows[i].first)
            before = plain_before_of(&s.snap);
        s.snap.conn_count = rows[i].conns;
        s.snap.rate_out = 2840000;
        s.backends[2].state = rows[i].us_b;
        s.backends[2].reason = rows[i].us_b == BACKEND_OFFLINE ? "connection refused" : "";
        s.backends[2].response_ms = 412;
        str_fixed(&out, line, sizeof(line));
        plain_summary(&out, &before, &s.snap);
        const char *says = strstr(line, " summary: ");
        assert_non_null(says);
        if (strcmp(says + 10, rows[i].says) != 0)
            fail_msg("%s: %s", rows[i].name, says);
    }
}

static void many_troubles_are_counted(void **state)
{
    (void)state;
    struct snap_backend backends[40];
    char name[40][8], line[PLAIN_LINE];
    struct plain_before before = {.known = false};
    struct snap snap = {
        .backends = backends, .backend_count = 40, .demo = true, .band_medium = 1, .band_high = 2};
    struct str out;
    memset(backends, 0, sizeof(backends));
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name[i], sizeof(name[i]), "n%u", i);
        backends[i] = (struct snap_backend){
            .name = name[i], .slot = i, .state = BACKEND_TIMEOUT, .reason = "no answer"};
    }
    str_fixed(&out, line, sizeof(line));
    plain_summary(&out, &before, &snap);
    assert_non_null(strstr(line, "summary, DEMO: out 0 Bytes per second;"));
    assert_non_null(strstr(line, "n5 down (no answer), and 34 more in trouble"));
    assert_null(strstr(line, "n6 "));
    assert_false(out.cut);
}

static void connections_and_backends(void **state)
{
    (void)state;
    struct scene s;
    char line[PLAIN_LINE];
    struct str out;
    scene_init(&s);
    str_fixed(&out, line, sizeof(line));
    plain_connection(&out, &s.snap, &s.conns[0]);
    assert_string_equal(line, "connection 7: 192.0.2.1, Shoukaku/4.1.1, user 42, version 4, "
                              "backend eu-a, out 1 KB per second, in 0 Bytes per second, 0 Bytes "
                              "in all, open for 2 days 7 hours");
    str_reset(&out);
    plain_connection(&out, &s.snap, &s.conns[2]);
    assert_string_equal(line, "connection 9: 192.0.2.9, (none), no backend, out 3 KB per second, "
                              "in 0 Bytes per second, 0 Bytes in all, open for 9 seconds");
    /* What is seen here is of now; what the node said is up to a minute old. */
    s.backends[1].stats = (struct node_stats){.known = true, .players = 9, .playing = 7};
    s.backends[1].seen_players = 3;
    s.backends[1].seen_playing = 1;
    str_reset(&out);
    plain_backend(&out, &s.snap, &s.backends[1]);
    assert_string_equal(line, "us-a, version 4: up, answers in 3.1 milliseconds, 2 connections, 1 "
                              "of 3 players playing, out 0 Bytes per second, in 0 Bytes per "
                              "second");
    s.backends[1] = (struct snap_backend){.name = "us-a",
                                          .version = 3,
                                          .state = BACKEND_UNAUTHORIZED,
                                          .reason = "refuses the password",
                                          .since_ms = s.snap.wall_ms - 61000};
    str_reset(&out);
    plain_backend(&out, &s.snap, &s.backends[1]);
    assert_string_equal(line, "us-a, version 3: down (refuses the password) for 1 minute 1 second, "
                              "0 connections, out 0 Bytes per second, in 0 Bytes per second");
}

static void busiest_first(void **state)
{
    (void)state;
    static const unsigned rates[] = {5, 1, 9, 9, 0, 7, 3, 12, 2, 8, 11, 4, 10};
    static const unsigned expected[] = {12, 11, 10, 9, 9, 8, 7, 5, 4, 3};
    struct scene s;
    const struct snap_conn *top[PLAIN_BUSIEST];
    scene_init(&s);
    for (unsigned i = 0; i < 13; i++)
        s.conns[i] = (struct snap_conn){.id = i + 1, .rate_in = rates[i]};
    for (s.snap.conn_count = 0; s.snap.conn_count <= 13; s.snap.conn_count++)
        assert_int_equal(plain_busiest(&s.snap, top),
                         s.snap.conn_count < 10 ? s.snap.conn_count : 10);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(top[i]->rate_in, expected[i]);
    assert_int_equal(top[3]->id, 3); /* the older of two equals */
}

static void lines_are_clean(void **state)
{
    (void)state;
    struct lines *lines = malloc(sizeof(*lines));
    static const char text[] = "a\033[31mb\xc3\xa9\xe2\x80\xae\xff\n  two\t\nthree";
    lines_init(lines, false);
    lines_add(lines, slice_of(text));
    assert_true(
        slice_equal(lines_waiting(lines), SLICE("a?[31mb\xc3\xa9?\xef\xbf\xbd\ntwo\nthree\n")));
    lines_init(lines, true);
    lines_add(lines, slice_of(text));
    assert_true(slice_equal(lines_waiting(lines), SLICE("a?[31mb???\ntwo\nthree\n")));
    free(lines);
}

static void what_does_not_fit_is_counted(void **state)
{
    (void)state;
    struct lines *lines = malloc(sizeof(*lines));
    char text[1000];
    memset(text, 'x', sizeof(text));
    lines_init(lines, true);
    for (unsigned i = 0; i < 28; i++)
        lines_add(lines, (struct slice){text, sizeof(text)});
    assert_int_equal(lines->len, 16 * 1001);
    assert_int_equal(lines->left_out, 12);
    lines_sent(lines, 1001);
    lines_add(lines, SLICE("next"));
    assert_int_equal(lines->left_out, 0);
    static const char end[] = "(12 lines left out)\nnext\n";
    assert_memory_equal(lines->bytes + lines->len - strlen(end), end, strlen(end));
    /* What was left out last is told at the latest when all has gone. */
    lines->left_out = 1;
    lines_sent(lines, lines->len);
    assert_true(slice_equal(lines_waiting(lines), SLICE("(1 line left out)\n")));
    lines_sent(lines, lines->len);
    assert_int_equal(lines_waiting(lines).len, 0);
    free(lines);
}

static void every_length_fits_or_not(void **state)
{
    (void)state;
    struct lines *lines = malloc(sizeof(*lines));
    static char text[LINES_MAX + 2];
    memset(text, 'x', sizeof(text));
    for (size_t len = LINES_MAX - 60; len <= LINES_MAX + 2; len++) {
        lines_init(lines, false);
        lines->left_out = len % 2;
        lines_add(lines, (struct slice){text, len});
        size_t remark = len % 2 ? strlen("(1 line left out)\n") : 0;
        bool fits = remark + len + 1 <= LINES_MAX;
        assert_int_equal(lines->len, fits ? remark + len + 1 : 0);
        assert_int_equal(lines->left_out, fits ? 0 : len % 2 + 1);
    }
    free(lines);
}

/* Lines typed one after the other, and what the last one leads to. */
static const struct {
    const char *typed; /* apart by / */
    enum menu_wish wish;
    enum command_type type;
    const char *says; /* part of what the last line is answered with */
} talks[] = {
    {"1", MENU_SUMMARY, 0, ""},
    {" 2 ", MENU_NOTHING, 0, "connection 9: 192.0.2.9, (none), no backend"},
    {"3", MENU_NOTHING, 0, "us-a, version 4: up"},
    {"4", MENU_SEND, COMMAND_CHECK, ""},
    {"5", MENU_NOTHING, 0, "which connection?"},
    {"5/7", MENU_NOTHING, 0, "end connection 7: 192.0.2.1, Shoukaku/4.1.1"},
    {"5/#7", MENU_NOTHING, 0, "type yes"},
    {"5/7/yes", MENU_SEND, COMMAND_KILL, ""},
    {"5/7/YES", MENU_SEND, COMMAND_KILL, ""},
    {"5/7/y", MENU_NOTHING, 0, "nothing was done"},
    {"5/7/", MENU_NOTHING, 0, "nothing was done"},
    {"5/", MENU_NOTHING, 0, "nothing was done"},
    {"5/99", MENU_NOTHING, 0, "no connection of this number"},
    {"5/99/yes", MENU_NOTHING, 0, "not a command"},
    {"5/7//yes", MENU_NOTHING, 0, "not a command"},
    {"6", MENU_NOTHING, 0,
     "192.0.2.77 blocked for 2 minutes 5 seconds more, after wrong passwords\n"
     "bot 880012345 blocked for good, by hand\nand 1 more\nwhich address"},
    {"6/192.0.2.1", MENU_NOTHING, 0, "block 192.0.2.1 for 10 minutes"},
    {"6/192.0.2.1/yes", MENU_SEND, COMMAND_BLOCK, ""},
    {"6/unblock 192.0.2.1", MENU_SEND, COMMAND_UNBLOCK, ""},
    {"6/somewhere", MENU_NOTHING, 0, "not an address"},
    {"6/bot 42", MENU_NOTHING, 0, "block bot 42 for 10 minutes and end its 1 connection\n"},
    {"6/BOT  +042", MENU_NOTHING, 0, "block bot 42 for 10 minutes and end its 1 connection\n"},
    {"6/bot 43", MENU_NOTHING, 0, "block bot 43 for 10 minutes and end its 0 connections\n"},
    {"6/bot 42/yes", MENU_SEND, COMMAND_BLOCK_USER, ""},
    {"6/unblock bot 42", MENU_SEND, COMMAND_UNBLOCK_USER, ""},
    {"6/bot", MENU_NOTHING, 0, "not an address"},
    {"7", MENU_SEND, COMMAND_RELOAD, ""},
    {"8/us-a", MENU_NOTHING, 0, "drain us-a"},
    {"8/us-a/yes", MENU_SEND, COMMAND_DRAIN, ""},
    {"8/us-b", MENU_SEND, COMMAND_UNDRAIN, ""},
    {"8/us", MENU_NOTHING, 0, "no backend of this name"},
    {"9", MENU_NOTHING, 0, "3 connections with it"},
    {"9/yes", MENU_SEND, COMMAND_QUIT, ""},
    {"9/headless", MENU_SEND, COMMAND_SCREEN_LEFT, ""},
    {"5/7/headless", MENU_NOTHING, 0, "nothing was done"},
    {"9/no", MENU_NOTHING, 0, "nothing was done"},
    {"?", MENU_NOTHING, 0, "5 end a connection"},
    {"", MENU_NOTHING, 0, ""},
    {"0", MENU_NOTHING, 0, "not a command"},
    {"13", MENU_NOTHING, 0, "not a command"},
    {"q", MENU_NOTHING, 0, "not a command"},
    {"yes", MENU_NOTHING, 0, "not a command"},
};

static void commands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
        struct scene s;
        struct menu menu = {.state = MENU_READY};
        enum menu_wish wish = MENU_NOTHING;
        char memory[8000];
        struct str say;
        scene_init(&s);
        s.backends[2].draining = true;
        str_fixed(&say, memory, sizeof(memory));
        const char *at = talks[i].typed;
        for (bool more = true; more;) {
            size_t len = strcspn(at, "/");
            assert_int_equal(wish, MENU_NOTHING);
            str_reset(&say);
            wish = menu_line(&menu, &s.snap, (struct slice){at, len}, &say);
            more = at[len] != '\0';
            at += len + more;
        }
        if (wish != talks[i].wish || strstr(memory, talks[i].says) == NULL)
            fail_msg("%s: %d %s", talks[i].typed, wish, memory);
        if (wish != MENU_SEND)
            continue;
        assert_int_equal(menu.command.type, talks[i].type);
        if (talks[i].type == COMMAND_KILL)
            assert_int_equal(menu.command.id, 7);
        if (talks[i].type == COMMAND_BLOCK || talks[i].type == COMMAND_UNBLOCK)
            assert_int_equal(menu.command.addr.bytes[0], 192);
        if (talks[i].type == COMMAND_DRAIN)
            assert_int_equal(menu.command.backend, 11);
        assert_int_equal(menu.state, MENU_READY);
    }
}

static void read_only_refuses(void **state)
{
    (void)state;
    struct scene s;
    scene_init(&s);
    for (unsigned by_snap = 0; by_snap < 2; by_snap++) {
        struct menu menu = {.read_only = !by_snap};
        s.snap.read_only = by_snap;
        for (const char *item = "123456789"; *item != '\0'; item++) {
            char memory[8000];
            struct str say;
            str_fixed(&say, memory, sizeof(memory));
            enum menu_wish wish = menu_line(&menu, &s.snap, (struct slice){item, 1}, &say);
            bool refused = strchr("4578", *item) != NULL;
            assert_int_equal(strstr(memory, "read-only: ") != NULL, refused);
            assert_int_not_equal(wish, MENU_SEND);
            assert_true(menu.state == MENU_READY || *item == '9');
            menu.state = MENU_READY;
        }
    }
}

static void no_snapshot_yet(void **state)
{
    (void)state;
    struct menu menu = {.state = MENU_READY};
    char memory[2000];
    struct str say;
    str_fixed(&say, memory, sizeof(memory));
    for (const char *item = "123456789"; *item != '\0'; item++)
        assert_int_equal(menu_line(&menu, NULL, (struct slice){item, 1}, &say), MENU_NOTHING);
    assert_non_null(strstr(memory, "just starting"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries),
        cmocka_unit_test(many_troubles_are_counted),
        cmocka_unit_test(connections_and_backends),
        cmocka_unit_test(busiest_first),
        cmocka_unit_test(lines_are_clean),
        cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(every_length_fits_or_not),
        cmocka_unit_test(commands),
        cmocka_unit_test(read_only_refuses),
        cmocka_unit_test(no_snapshot_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
