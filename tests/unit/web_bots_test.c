/*
 * Bots and players in the documents of the API, as lists, one by one, and as CSV.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/jsonin.h"
#include "web/feed.h"
#include "web_roster.h"

static struct roster_fixture f;
static struct str out;

static int set_up(void **state)
{
    (void)state;
    roster_fill(&f);
    str_growing(&out);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    str_free(&out);
    return 0;
}

static unsigned write_list(const struct feed_ask *ask)
{
    struct feed feed;
    unsigned pieces = 0;
    str_reset(&out);
    assert_int_equal(feed_begin(&feed, &f.snap, ask), 0);
    for (; !feed.done; pieces++)
        feed_write(&feed, &out);
    feed_end(&feed);
    assert_false(out.cut);
    return pieces;
}

static void write_target(enum paging_list list, const char *target, enum export_format format,
                         const struct roster_search *search)
{
    struct paging paging;
    char wrong[PAGING_WRONG_MAX];
    if (!paging_read(&paging, list, slice_of(target), wrong))
        fail_msg("%s", wrong);
    struct feed_ask ask = {.format = format, .search = search, .paging = &paging};
    write_list(&ask);
}

static void expect(const char *part)
{
    if (strstr(out.ptr, part) == NULL)
        fail_msg("missing: %s\nin: %s", part, out.ptr);
}

static void expect_json(void)
{
    struct slice value;
    assert_true(jsonin_check(str_slice(&out), &value));
}

static unsigned occurrences(const char *part)
{
    unsigned count = 0;
    for (const char *at = out.ptr; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static const char bot_head[] =
    "{\"totalBots\":3,\"bots\":[{\"id\":\"4\",\"by\":\"user\",\"name\":\"Shoukaku "
    "\\u003cb\\u003e\\u0026\\\"\",\"state\":\"connected\",\"userId\":\"987654321098765432\","
    "\"clientName\":\"Shoukaku/4.1.1 (x)\",\"library\":\"Shoukaku/4.1.1\",\"session\":\"k7..q2\","
    "\"versions\":[\"v3\",\"v4\"],\"ips\":[\"203.0.113.7\",\"192.0.2.1\"],\"totalIps\":2,"
    "\"backends\":[\"eu-1\",\"old\"],\"resuming\":true,\"resumeTimeout\":60,\"sockets\":2,"
    "\"connections\":3,\"players\":30,\"playing\":20,\"handshakes\":5,\"reconnects\":3,"
    "\"resumed\":1,";

static void the_list_of_bots(void **state)
{
    (void)state;
    write_target(PAGING_BOTS, "/", EXPORT_JSON, NULL);
    assert_memory_equal(out.ptr, bot_head, sizeof(bot_head) - 1);
    expect("\"goneSince\":null,");
    expect("\"requests\":44,\"answers\":{\"1xx\":2,\"2xx\":40,\"3xx\":0,\"4xx\":3,\"5xx\":1},"
           "\"errors\":10,");
    expect("\"search\":{\"count\":9,\"p50\":100,\"p95\":1250,\"p99\":1500,\"target\":1000,"
           "\"late\":true},\"patch\":{\"count\":0,\"p50\":null,\"p95\":null,\"p99\":null,"
           "\"target\":null,\"late\":false},\"play\":{\"count\":2,\"p50\":500,\"p95\":1900,"
           "\"p99\":1900,\"target\":2000,\"late\":false}");
    expect("\"trouble\":{\"exceptions\":{\"common\":1,\"suspicious\":2,\"fault\":3},\"stuck\":4,"
           "\"loadFailures\":5,\"voiceClosed\":6,\"voiceCodes\":[{\"code\":4014,\"count\":6}],"
           "\"framesNulled\":70,\"framesDeficit\":80,\"clientErrors\":{\"player.patch\":3},"
           "\"serverErrors\":{},\"last\":[{\"at\":\"2025-11-21T00:39:55.000Z\",\"kind\":"
           "\"exception\",\"times\":3,\"text\":\"fault: \\u003cscript\\u003enot "
           "available\\u003c/script\\u003e\"}]},\"diagnosis\":[{\"name\":\"timeout-in-ms\"");
    expect("\"totalIps\":0,\"backends\":[],\"resuming\":null,\"resumeTimeout\":null,");
    expect("\"state\":\"gone\",\"userId\":null,");
    expect("],\"totals\":{\"connected\":2,\"gone\":1,\"players\":40,\"playing\":30,"
           "\"playersForgotten\":0,\"nobody\":{\"bytesIn\":11,\"bytesOut\":22,\"messages\":3}},"
           "\"tracks\":{\"starts\":{\"youtube\":31},\"otherStarts\":2,"
           "\"ends\":{\"finished\":12,");
    expect("\"loadResults\":{\"track\":0,\"playlist\":0,\"search\":9,");
    expect_json();
}

static void bots_sorted_paged_and_searched(void **state)
{
    struct roster_search search = {.text = "shou"};
    (void)state;
    write_target(PAGING_BOTS, "/?sort=age&limit=1", EXPORT_JSON, NULL);
    expect("\"bots\":[{\"id\":\"7\",");
    expect("\"nextCursor\":\"age.desc.");
    assert_int_equal(occurrences("\"by\":"), 1);
    char target[300];
    const char *cursor = strstr(out.ptr, "age.desc.");
    snprintf(target, sizeof(target), "/?sort=age&cursor=%.*s", (int)strcspn(cursor, "\""), cursor);
    write_target(PAGING_BOTS, target, EXPORT_JSON, NULL);
    expect("\"bots\":[{\"id\":\"4\",");
    assert_int_equal(occurrences("\"by\":"), 2);
    write_target(PAGING_BOTS, "/", EXPORT_JSON, &search);
    expect("\"matching\":1}");
    assert_int_equal(occurrences("\"by\":"), 1);
    write_target(PAGING_BOTS, "/?order=desc", EXPORT_JSON, &search);
    expect("\"matching\":1}");
}

static void one_bot(void **state)
{
    struct json j;
    (void)state;
    json_begin(&j, &out);
    assert_true(doc_one_bot(&j, &f.snap, 4));
    expect("\"connectionList\":[\"1188\",\"1189\"],\"playerList\":[{\"guildId\":"
           "\"810000000000000000\",\"bot\":{\"id\":\"4\",");
    assert_int_equal(occurrences("\"guildId\""), 30);
    expect_json();
    assert_false(doc_one_bot(&j, &f.snap, 5));
    str_reset(&out);
    json_begin(&j, &out);
    assert_true(doc_one_bot(&j, &f.snap, 9));
    expect("\"connectionList\":[],\"playerList\":[]}");
}

static void the_list_of_players(void **state)
{
    struct roster_search search = {.bot = 7};
    (void)state;
    write_target(PAGING_PLAYERS, "/", EXPORT_JSON, NULL);
    expect("{\"totalPlayers\":40,\"players\":[{\"guildId\":\"810000000000000000\",\"bot\":{\"id\":"
           "\"4\",\"name\":\"Shoukaku \\u003cb\\u003e\\u0026\\\"\",\"userId\":"
           "\"987654321098765432\"},\"backend\":\"10.0.0.1:2333\",\"backendName\":\"eu-1\","
           "\"version\":\"v4\",\"hasTrack\":true,\"title\":\"Never "
           "\\u003ci\\u003eGonna\\u003c/i\\u003e\",\"author\":\"Rick\",\"source\":\"youtube\","
           "\"length\":212000,\"isStream\":false,\"position\":2000,\"playing\":true,\"paused\":"
           "false,\"volume\":null,\"voice\":{\"connected\":null,\"ping\":null},\"since\":"
           "\"2025-11-21T00:39:10.000Z\",\"startedAt\":\"2025-11-21T00:39:57.000Z\","
           "\"updatedAt\":\"2025-11-21T00:39:58.000Z\"},");
    expect("\"length\":null,\"isStream\":true,");
    expect("\"hasTrack\":true,\"title\":null,\"author\":null,\"source\":null,\"length\":null,"
           "\"isStream\":false,\"position\":null,");
    assert_int_equal(occurrences("\"guildId\""), 40);
    expect_json();
    write_target(PAGING_PLAYERS, "/?sort=position&limit=3", EXPORT_JSON, &search);
    assert_int_equal(occurrences("\"guildId\""), 3);
    expect("\"position\":40000,");
    expect("\"matching\":10,\"nextCursor\":\"position.desc.");
}

static void as_csv(void **state)
{
    (void)state;
    write_target(PAGING_BOTS, "/", EXPORT_CSV, NULL);
    expect("id,name,userId,library,state,ips,sockets,connections,players,playing,");
    expect(",searchP95,patchP95,playP95,voiceP95,readyP95,firstSeen,");
    expect("4,\"Shoukaku <b>&\"\"\",987654321098765432,Shoukaku/4.1.1,connected,2,2,3,30,20,");
    assert_int_equal(occurrences("\r\n"), 4);
    write_target(PAGING_PLAYERS, "/?limit=2", EXPORT_CSV, NULL);
    expect("guildId,botId,botName,version,backendName,title,author,source,length,position,");
    expect("810000000000000000,4,\"Shoukaku <b>&\"\"\",v4,eu-1,Never <i>Gonna</i>,Rick,youtube,"
           "212000,2000,true,false,,,,");
    assert_int_equal(occurrences("\r\n"), 3);
}

static void of_connections_and_backends(void **state)
{
    (void)state;
    write_target(PAGING_CONNECTIONS, "/", EXPORT_JSON, NULL);
    expect("\"bot\":\"4\",\"players\":20,\"playing\":20}");
    expect("\"bot\":\"4\",\"players\":10,\"playing\":0}");
    struct json j;
    str_reset(&out);
    json_begin(&j, &out);
    doc_backend(&j, &f.snap, &f.backends[0]);
    expect("\"seenPlayers\":20,\"seenPlaying\":20,\"flows\":{\"search\":{\"count\":9,");
}

/* 100 000 players of which a search wants none: no piece looks at more than its share. */
static void a_long_search(void **state)
{
    enum { PLAYERS = 100000 };
    struct snap_player *players = calloc(PLAYERS, sizeof(*players));
    struct roster_search search = {.text = "nothing has this"};
    struct paging paging = {.list = PAGING_PLAYERS};
    struct feed_ask ask = {.format = EXPORT_JSON, .search = &search, .paging = &paging};
    (void)state;
    assert_non_null(players);
    for (unsigned i = 0; i < PLAYERS; i++)
        players[i] = (struct snap_player){.guild = i + 1, .bot = 4, .track = &f.tracks[0]};
    f.snap.players = players;
    f.snap.player_count = PLAYERS;
    assert_true(write_list(&ask) >= PLAYERS / FEED_LOOK - 1);
    expect("{\"totalPlayers\":100000,\"players\":[],\"totals\":");
    expect("\"matching\":0}");
    paging = (struct paging){
        .list = PAGING_PLAYERS, .asked = true, .key = ROSTER_PLAYER_TITLE, .limit = 2};
    ask.search = NULL;
    assert_true(write_list(&ask) >= PLAYERS / FEED_LOOK - 1);
    expect("{\"totalPlayers\":100000,\"players\":[{\"guildId\":\"1\",");
    expect("{\"guildId\":\"2\",");
    assert_int_equal(occurrences("\"guildId\""), 2);
    paging = (struct paging){.list = PAGING_PLAYERS};
    struct feed feed;
    unsigned rows = 0;
    assert_int_equal(feed_begin(&feed, &f.snap, &ask), 0);
    while (!feed.done) {
        str_reset(&out);
        feed_write(&feed, &out);
        assert_true(out.len > 0 && out.len < FEED_PIECE + 8192);
        rows += occurrences("\"guildId\"");
    }
    feed_end(&feed);
    assert_int_equal(rows, PLAYERS);
    free(players);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_of_bots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bots_sorted_paged_and_searched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_bot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_list_of_players, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_csv, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_connections_and_backends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_search, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
