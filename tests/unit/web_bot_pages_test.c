/*
 * The pages of bots and players: what stands there, that text from outside stays text, and that
 * what changes is marked.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "web/facts.h"
#include "web/metrics.h"
#include "web/page_list.h"
#include "web_roster.h"

static const struct metrics_process process = {.open_fds = 57};
static struct roster_fixture f;
static struct str out;
static struct live live;

static int set_up(void **state)
{
    (void)state;
    roster_fill(&f);
    str_growing(&out);
    live_init(&live);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    str_free(&out);
    live_free(&live);
    return 0;
}

static unsigned occurrences(const char *part)
{
    unsigned count = 0;
    for (const char *at = out.ptr; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

/* Draws a page as a stream does. Whatever it shows, nothing remote is markup, and no id is there
 * twice. */
static void draw(void (*what)(struct page *), const char *target, uint64_t id)
{
    struct page_hold rows = {.count = 0}, ips = {.count = 0};
    struct page page = {.out = &out,
                        .live = &live,
                        .snap = &f.snap,
                        .rows = &rows,
                        .ips = &ips,
                        .process = &process,
                        .target = slice_of(target),
                        .id = id};
    live_free(&live);
    live_init(&live);
    str_reset(&out);
    what(&page);
    assert_false(out.cut);
    assert_false(live.lost);
    assert_null(strstr(out.ptr, "<i>"));
    assert_null(strstr(out.ptr, "<script>"));
    assert_null(strstr(out.ptr, "<b>&"));
    for (unsigned i = 0; i < live.count; i++) {
        char mark[100];
        snprintf(mark, sizeof(mark), " id=\"%.*s\"", (int)live.parts[i].id_len,
                 out.ptr + live.parts[i].id_at);
        if (occurrences(mark) != 1)
            fail_msg("%s: %u times", mark, occurrences(mark));
    }
    assert_int_equal(occurrences("<table"), occurrences("<caption"));
    assert_int_equal(occurrences("<th "), occurrences("<th scope="));
}

static void expect(const char *part)
{
    if (strstr(out.ptr, part) == NULL)
        fail_msg("missing: %s\nin: %s", part, out.ptr);
}

static void all_bots(void **state)
{
    (void)state;
    draw(page_bots, "/bots", 0);
    expect(">2 connected, 1 gone, 40 players, 30 playing; of no known bot: 33 Bytes</p>");
    expect("<a href=\"/bots/4\">Shoukaku &lt;b&gt;&amp;&quot;</a></th><td>Shoukaku/4.1.1</td>");
    expect("<td id=\"p4\">20/30</td><td id=\"k4\">2</td>");
    expect("<td id=\"e4\">10</td>");
    expect("<td id=\"s4\"><span class=\"high\">1.25 s!</span></td><td id=\"y4\">1.90 s</td>");
    expect("<span class=\"dim\">gone 30s</span>");
    expect("<a href=\"/api/bots?format=csv\">CSV</a>");
    expect("<tbody id=\"flows\"><tr><th scope=\"row\">Search, to its answer</th><td>0</td>");
    expect("<caption>v3: how long things take, five minutes</caption>");
    assert_true(strstr(out.ptr, "/bots/4") < strstr(out.ptr, "/bots/7"));
    draw(page_bots, "/bots?sort=name", 0);
    assert_true(strstr(out.ptr, "\"/bots/9\"") < strstr(out.ptr, "\"/bots/4\""));
    expect("<a href=\"/bots?sort=name&amp;order=desc&amp;page=1\">Bot &#9650;</a>");
    draw(page_bots, "/bots?q=erela", 0);
    expect(">1 of 3</span>");
    assert_null(strstr(out.ptr, "\"/bots/4\""));
    draw(page_bots, "/bots?q=%22%3E%3Cscript%3E", 0);
    expect("no bot matches");
    f.snap.bot_count = f.snap.bots_gone = 0;
    draw(page_bots, "/bots", 0);
    expect("no bots yet");
}

static void all_players(void **state)
{
    (void)state;
    draw(page_players, "/players", 0);
    expect(">40 players, 30 playing</p>");
    expect("<tr><th scope=\"row\">810000000000000000</th><td><a href=\"/bots/4\">Shoukaku "
           "&lt;b&gt;&amp;&quot;</a></td><td>eu-1</td>");
    expect(">Never &lt;i&gt;Gonna&lt;/i&gt; - Rick</td>");
    expect("<progress max=\"212\" value=\"2\" aria-label=\"position\"></progress> 0:02/3:32</td>");
    expect("not connected</span> 1 ms</td>");
    expect("no track</td>");
    assert_int_equal(occurrences("<tr><th scope=\"row\">81"), 40);
    expect("<caption>v4: how long things take, five minutes</caption>");
    expect("<tbody id=\"flows-3\"><tr><th scope=\"row\">Search, to its answer</th><td>0</td>");
    draw(page_players, "/players?bot=7&backend=old&q=lofi&sort=position", 0);
    expect("<p>Only of <a href=\"/bots/7\">erela.js</a> at old. <a href=\"/players\">All");
    expect("<input type=\"hidden\" name=\"bot\" value=\"7\"><input type=\"hidden\" "
           "name=\"backend\" value=\"old\">");
    expect("/api/players?format=csv&amp;bot=7&amp;backend=old&amp;q=lofi\"");
    expect(">4 of 40</span>");
    f.snap.player_count = 0;
    draw(page_players, "/players", 0);
    expect("no players at present");
}

/* 120 players are three pages, in one order. */
static void pages(void **state)
{
    enum { PLAYERS = 120 };
    struct snap_player *players = calloc(PLAYERS, sizeof(*players));
    (void)state;
    assert_non_null(players);
    for (unsigned i = 0; i < PLAYERS; i++)
        players[i] = (struct snap_player){.guild = 5000 + i, .bot = 4, .position_ms = -1};
    f.snap.players = players;
    f.snap.player_count = PLAYERS;
    draw(page_players, "/players?sort=guild&page=3", 0);
    assert_int_equal(occurrences("<tr><th scope=\"row\">5"), 20);
    expect(">5119<");
    expect("Page 3 of 3 <a href=\"/players?sort=guild&amp;order=asc&amp;page=2\">previous</a>");
    draw(page_players, "/players?sort=guild&page=9999", 0);
    expect("Page 3 of 3");
    draw(page_players, "/players?sort=guild&order=desc", 0);
    expect("Page 1 of 3");
    assert_null(strstr(out.ptr, ">5069<"));
    expect(">5070<");
    free(players);
}

static void one_bot(void **state)
{
    (void)state;
    draw(page_bot, "/bots/4", 4);
    expect("<dt>User id</dt><dd id=\"user\">987654321098765432</dd>");
    expect(">203.0.113.7, 192.0.2.1</dd>");
    expect(">eu-1, old</dd>");
    expect(">on for 60 s</dd>");
    expect("3, 2 of them WebSockets; 5 WebSockets ever, 3 reconnects, 1 resumed");
    expect("<li><b>!</b> It asks for a resume timeout of more than an hour");
    expect("<th scope=\"row\">Search, to its answer</th><td>9</td><td>100 ms</td><td>1.25 s</td>"
           "<td>1.50 s</td><td>1 s</td><td><span class=\"high\">missed!</span></td>");
    expect("<td>2 s</td><td>met</td>");
    expect(">common 1, suspicious 2, fault 3</dd>");
    expect(">6: 4014 6 times</dd>");
    expect(">player.patch 3</dd>");
    expect("exception: fault: &lt;script&gt;not available&lt;/script&gt; (3 times)</li>");
    expect("<a href=\"/connections/1188\">1188</a> (WebSocket), <a href=\"/connections/1189\">");
    expect("<a href=\"/players?bot=4\">All its players</a>");
    expect("<a href=\"/bots/4/end\">End its connections...</a>");
    expect("<input type=\"hidden\" name=\"userId\" value=\"987654321098765432\">");
    expect("<option value=\"good\">for good</option>");
    draw(page_bot, "/bots/9", 9);
    expect("gone 30s");
    expect("nothing that is known here");
    expect("It gives no User-Id");
    assert_null(strstr(out.ptr, "Block this User-Id"));
    draw(page_bot, "/bots/5", 5);
    expect("There is no such bot");
}

static void the_question(void **state)
{
    (void)state;
    draw(page_bot_end, "/bots/4/end", 4);
    expect("has 3 connections, 2 of them WebSockets. <b>30 players (20 playing) may fall "
           "silent.</b> It can resume for 60 s.</p>");
    expect("<form method=\"post\" action=\"/api/kill\">");
    expect("name=\"back\" value=\"/bots/4\"");
    expect("name=\"userId\" value=\"987654321098765432\"");
    expect("name=\"ids\" value=\"1188,1189\"");
    draw(page_bot_end, "/bots/7/end", 7);
    expect("has 1 connection, 1 of them WebSockets. <b>10 players (10 playing) may fall "
           "silent.</b> Whether it can resume is not known.");
    expect("name=\"ids\" value=\"1190\"");
    assert_null(strstr(out.ptr, "name=\"userId\""));
    draw(page_bot_end, "/bots/9/end", 9);
    expect("It has no connections");
    assert_null(strstr(out.ptr, "/api/kill"));
}

/* Each backend has its own times, and the players seen there. */
static void backends(void **state)
{
    (void)state;
    draw(page_health, "/health", 0);
    expect("<th scope=\"row\">eu-1</th><td>20</td><td>20</td><td><span "
           "class=\"high\">1.25 s!</span></td><td>-</td>");
    expect("<th scope=\"row\">old</th><td>20</td><td>10</td><td>-</td>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_bots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_players, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_bot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(backends, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
