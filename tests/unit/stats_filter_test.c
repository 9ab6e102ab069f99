/*
 * The filter language: what each expression means, and what is said of one that means nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "stats/filter.h"

static struct snap_backend backends[] = {{.name = "eu-a"}, {.name = "us-b"}};

/* Seven connections; what an expression means is the set of those that match, as digits. */
static struct snap_conn conns[7] = {
    {.id = 11,
     .opened_ms = 1000000,
     .bytes_out = 5000000000,
     .rate_out = 250000,
     .kind = CONN_WEBSOCKET,
     .version = 4,
     .backend = 0,
     .user_id = "1043556",
     .client_name = "Shoukaku/4.1.1",
     .user_agent = ""},
    {.id = 12,
     .opened_ms = 1000000 + 50000,
     .bytes_in = 300,
     .rate_in = 100000,
     .kind = CONN_REST,
     .version = 4,
     .backend = 1,
     .user_id = "88001",
     .client_name = "lavalink-client/2.4 (none)",
     .user_agent = "Mozilla"},
    {.id = 13,
     .opened_ms = 1000000 + 90000,
     .kind = CONN_WEBSOCKET,
     .version = 3,
     .backend = 1,
     .user_id = "",
     .client_name = "",
     .user_agent = "erela.js a b"},
    {.id = 14,
     .opened_ms = 1000000 + 99000,
     .kind = CONN_NEW,
     .version = 0,
     .backend = REPORT_NO_BACKEND,
     .user_id = "",
     .client_name = "",
     .user_agent = ""},
    {.id = 15,
     .opened_ms = 1000000 + 120000,
     .rate_in = 60000,
     .rate_out = 60000,
     .kind = CONN_REST,
     .version = 3,
     .backend = 0,
     .user_id = "5",
     .client_name = "gr\xc3\xbc\xc3\x9f & co|kg",
     .user_agent = ""},
    {.id = 16,
     .kind = CONN_WEBSOCKET,
     .version = 4,
     .backend = 0,
     .user_id = "",
     .client_name = "x",
     .user_agent = ""},
    {.id = 17,
     .kind = CONN_WEBSOCKET,
     .version = 4,
     .backend = 0,
     .user_id = "",
     .client_name = "y",
     .user_agent = ""},
};
static const char *const addresses[7] = {"198.51.100.7", "198.51.100.77", "203.0.113.9",
                                         "192.0.2.1",    "10.1.2.3",      "2001:db8::7",
                                         "2001:db8:1::7"};
static struct snap_bot bots[] = {{.id = 7, .name = "Muse", .user_id = "1043556", .players = 12},
                                 {.id = 9, .name = "Groovy", .user_id = "", .players = 3}};
static struct snap snap = {.conn_count = 7, .backend_count = 2};

static int prepare(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 7; i++)
        assert_true(addr_parse(slice_of(addresses[i]), &conns[i].client));
    snap.conns = conns;
    snap.backends = backends;
    snap.bots = bots;
    snap.bot_count = 2;
    conns[0].bot = conns[2].bot = 7;
    conns[1].bot = 9;
    snap.wall_ms = 1000000 + 100000;
    conns[5].opened_ms = conns[6].opened_ms = snap.wall_ms - 2 * 86400000;
    return 0;
}

static bool is_tagged(void *ctx, uint64_t id)
{
    return id == *(uint64_t *)ctx;
}

/* The digits of those that match. */
static const char *meaning(struct slice text)
{
    static char found[8];
    uint64_t tagged = 13;
    struct filter_context context = {is_tagged, &tagged};
    struct filter filter;
    struct filter_error error;
    size_t count = 0;
    if (!filter_parse(&filter, text, &error)) {
        print_message("%.*s: %s\n", (int)text.len, text.ptr, error.text);
        return "bad";
    }
    for (unsigned i = 0; i < 7; i++)
        if (filter_match(&filter, &snap, &conns[i], &context))
            found[count++] = (char)('1' + i);
    found[count] = '\0';
    return found;
}

/* An expression, and who is meant. */
static const struct {
    const char *text, *found;
} meanings[] = {
    {"", "1234567"},
    {"  \t ", "1234567"},
    /* addresses */
    {"ip:198.51.100.7", "1"},
    {"ip:198.51.100.", "12"},
    {"ip:198", "12"},
    {"ip:198.51.100.0/24", "12"},
    {"ip:198.51.100.77/24", "12"},
    {"ip:0.0.0.0/0", "12345"},
    {"ip:198.51.100.77/32", "2"},
    {"ip:2001:db8::7", "6"},
    {"ip:2001:DB8", "67"},
    {"ip:2001:db8::/32", "67"},
    {"ip:2001:db8::/48", "6"},
    {"ip:::/0", "67"},
    {"ip:::ffff:10.1.2.3", "5"},
    {"ip=10.1.2.3", "5"},
    /* text */
    {"client:shoukaku", "1"},
    {"CLIENT:SHOU", "1"},
    {"client:mozilla", "2"},
    {"client:(none)", "24"},
    {"client:\"\"", "4"},
    {"client:\"a b\"", "3"},
    {"client:\"& co|\"", "5"},
    {"client:gr\xc3\xbc", "5"},
    {"user:8800", "2"},
    {"user:\"\"", "3467"},
    {"backend:eu", "1567"},
    {"backend:\"\"", "4"},
    /* choices */
    {"v:3", "35"},
    {"v:v4", "1267"},
    {"v:3|4", "123567"},
    {"v:3|client:x", "356"},
    {"kind:rest", "25"},
    {"kind:WS", "1367"},
    {"kind:rest|new", "245"},
    {"tag:", "3"},
    {"tag:no", "124567"},
    {"!tag:", "124567"},
    {"tag: v:3", "3"},
    {"tag:yes|no", "1234567"},
    /* figures */
    {"rate>100K", "15"},
    {"rate>=100K", "125"},
    {"rate > 100K", "15"},
    {"rate<=0.1M & rate>0", "2"},
    {"rate=0", "3467"},
    {"in>50k", "25"},
    {"out>50kB/s", "15"},
    {"out>0.25M", ""},
    {"out>=0.25M", "1"},
    {"total>4.9G", "1"},
    {"total<301B & total>299", "2"},
    {"age>1m", "167"},
    {"age>99s", "167"},
    {"age>100s", "67"},
    {"age<2s", "45"},
    {"age>1.5d", "67"},
    {"age<=0.01h", "345"},
    {"id:13", "3"},
    /* bots */
    {"bot:muse", "13"},
    {"bot:1043", "13"},
    {"bot:9", "2"},
    {"bot:\"\"", "4567"},
    {"bot:nobody", ""},
    {"players>5", "13"},
    {"players=3", "2"},
    {"players<3", "4567"},
    {"id>=13 id<15", "34"},
    /* any column */
    {"203.0.113", "3"},
    {"2001:db8:1::", "7"},
    {"dead:beef::", ""},
    {"erela", "3"},
    {"us-b", "23"},
    {"v3", "35"},
    {"16", "6"},
    {"104355", "1"},
    {"\"a b\"", "3"},
    {"\"(none)\"", "24"},
    {"in", "2"}, /* no sign behind it: a word */
    {"no-such", ""},
    /* signs */
    {"!v:3", "12467"},
    {"!!v:3", "35"},
    {"! v:3", "12467"},
    {"v:4 kind:ws", "167"},
    {"v:4&kind:ws", "167"},
    {"v:4 & kind:ws & !ip:2001:", "1"},
    {"v:4 | v:3", "123567"},
    {"v:4 kind:rest | id:14", "24"},
    {"v:4 (kind:rest | id:16)", "26"},
    {"!(v:4|v:3)", "4"},
    {"((v:3)) & (client:erela | client:(none))", "3"},
    {"!(v:4 !kind:ws)", "134567"},
    {"ip:198.51.100.0/24 & rate>100K & !client:erela_", "1"},
};

static void test_meanings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (strcmp(meaning(slice_of(meanings[i].text)), meanings[i].found) != 0)
            print_error("row %zu: %s\n", i, meanings[i].text);
        assert_string_equal(meaning(slice_of(meanings[i].text)), meanings[i].found);
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *text;
        unsigned start, len;
        const char *words;
    } rows[] = {
        {"rate>10Q", 0, 8, "unknown unit Q (use K M G)"},
        {"v:4 & rate>10Q", 6, 8, "unknown unit Q (use K M G)"},
        {"\xc3\xbc\xe4\xb8\xad rate>10Q x", 4, 8, "unknown unit Q (use K M G)"},
        {"age>3w", 0, 6, "unknown unit w (use s m h d)"},
        {"id:3K", 0, 5, "id needs a figure, such as 12"},
        {"rate>", 0, 5, "rate needs a figure, such as 100K"},
        {"rate>x", 0, 6, "rate needs a figure, such as 100K"},
        {"age>", 0, 4, "age needs a figure, such as 90s or 2h"},
        {"id:x", 0, 4, "id needs a figure, such as 12"},
        {"total>99999999999G", 0, 18, "the figure is too large"},
        {"total>99999999999999999999", 0, 26, "total needs a figure, such as 100K"},
        {"ip:", 0, 3, "ip: needs an address behind it"},
        {"ip:hello", 0, 8, "no address (like 10.1.2.3, 10.1. or 10.0.0.0/8)"},
        {"ip:10.1.2.3/33", 0, 14, "no address (like 10.1.2.3, 10.1. or 10.0.0.0/8)"},
        {"ip:10.1/8", 0, 9, "no address (like 10.1.2.3, 10.1. or 10.0.0.0/8)"},
        {"client:", 0, 7, "client: needs a text behind it"},
        {"client: x", 0, 7, "client: needs a text behind it"},
        {"client>3", 0, 7, "client takes a colon: client:"},
        {"v:5", 0, 3, "v: is 3 or 4"},
        {"v:", 0, 2, "v: is 3 or 4"},
        {"kind:x", 0, 6, "kind: is rest, websocket or new"},
        {"tag:x", 0, 5, "tag: stands alone, or is yes or no"},
        {"foo:bar", 0, 4, "unknown field foo (quotes make it text)"},
        {"a foo>3", 2, 4, "unknown field foo (quotes make it text)"},
        {"a &", 3, 1, "something is missing at the end"},
        {"a | ", 4, 1, "something is missing at the end"},
        {"!", 0, 1, "something is missing at the end"},
        {"| a", 0, 1, "something is missing here"},
        {"a && b", 3, 1, "something is missing here"},
        {"()", 1, 1, "something is missing here"},
        {"!)", 0, 2, "something is missing here"},
        {"(a", 0, 1, "this parenthesis is not closed"},
        {"a)", 1, 1, "there is no parenthesis to close"},
        {"x \"a b", 2, 4, "the quotation mark is not closed"},
        {"client:\"a b", 7, 4, "the quotation mark is not closed"},
        {"\"\"", 0, 2, "there is nothing in the quotation marks"},
        {"(((((((((a)))))))))", 8, 1, "too many parentheses inside each other"},
    };
    struct filter filter, before;
    (void)state;
    memset(&filter, 7, sizeof(filter));
    before = filter;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct filter_error error;
        if (filter_parse(&filter, slice_of(rows[i].text), &error))
            fail_msg("good: %s", rows[i].text);
        assert_string_equal(error.text, rows[i].words);
        if (error.start != rows[i].start || error.len != rows[i].len)
            fail_msg("%s: %u+%u, not %u+%u", rows[i].text, error.start, error.len, rows[i].start,
                     rows[i].len);
        assert_memory_equal(&filter, &before, sizeof(filter));
        assert_false(filter_parse(&filter, slice_of(rows[i].text), NULL));
    }
}

static void test_bounds(void **state)
{
    char text[FILTER_TEXT_MAX + 2];
    struct filter filter;
    struct filter_error error;
    (void)state;
    memset(text, 'a', sizeof(text));
    assert_true(filter_parse(&filter, (struct slice){text, FILTER_TEXT_MAX}, &error));
    assert_false(filter_parse(&filter, (struct slice){text, FILTER_TEXT_MAX + 1}, &error));
    assert_string_equal(error.text, "longer than 200 characters");
    assert_int_equal(error.start, FILTER_TEXT_MAX);

    /* One node for each of the terms, and one over them. */
    for (unsigned i = 0; i < FILTER_TEXT_MAX; i++)
        text[i] = i % 2 == 0 ? 'v' : ' ';
    assert_true(filter_parse(&filter, (struct slice){text, 2 * (FILTER_NODES_MAX - 1)}, &error));
    assert_false(filter_parse(&filter, (struct slice){text, 2 * FILTER_NODES_MAX}, &error));
    assert_string_equal(error.text, "too many terms");
    assert_string_equal(meaning(SLICE("((((((((v:3))))))))")), "35");

    /* A byte that ends C strings is a byte like others. */
    assert_string_equal(meaning((struct slice){"v:3\0", 4}), "bad");
}

static void test_shows(void **state)
{
    (void)state;
    assert_true(filter_may_become_field(SLICE("v:3 & Ra")));
    assert_true(filter_may_become_field(SLICE("!client")));
    assert_false(filter_may_become_field(SLICE("v:3 & rates")));
    assert_false(filter_may_become_field(SLICE("v:3")));
    assert_false(filter_may_become_field(SLICE("")));
    assert_true(filter_shows(&snap, &conns[0], SLICE("SHOU")));
    assert_true(filter_shows(&snap, &conns[0], SLICE("eu-A")));
    assert_true(filter_shows(&snap, &conns[0], SLICE("v4")));
    assert_false(filter_shows(&snap, &conns[0], SLICE("v3")));
    assert_true(filter_shows(&snap, &conns[3], SLICE("(none)")));
    assert_false(filter_shows(&snap, &conns[3], SLICE("v")));
}

/* An expression about IPs: their address and figures; nothing else is known of them. */
static void ips_are_meant_too(void **state)
{
    (void)state;
    static const struct {
        const char *text, *found;
    } cases[] = {{"", "123"},
                 {"198", "1"},
                 {"DB8", "3"},
                 {"ip:198.51.100.0/24", "1"},
                 {"ip:2001:db8::/32", "3"},
                 {"rate>100K", "2"},
                 {"in>100K | total>1G", "12"},
                 {"!ip:203.0.113.9", "13"},
                 {"client:x", ""},
                 {"client:\"\"", "123"},
                 {"e", ""},
                 {"0", "123"},
                 {"v:4", ""},
                 {"age>1s", ""}};
    struct snap_ip ips[] = {{.bytes_out = 2000000000}, {.rate_in = 200000}, {.bytes_in = 1}};
    static const char *const texts[] = {"198.51.100.7", "203.0.113.9", "2001:db8::7"};
    for (size_t i = 0; i < sizeof(ips) / sizeof(ips[0]); i++) {
        struct addr addr;
        assert_true(addr_parse(slice_of(texts[i]), &addr));
        ips[i].key = addr_key_of(&addr);
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct filter filter;
        char found[8] = "";
        assert_true(filter_parse(&filter, slice_of(cases[i].text), NULL));
        for (unsigned j = 0; j < sizeof(ips) / sizeof(ips[0]); j++)
            if (filter_match_ip(&filter, &snap, &ips[j]))
                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%u", j + 1);
        if (strcmp(found, cases[i].found) != 0)
            print_error("%s\n", cases[i].text);
        assert_string_equal(found, cases[i].found);
    }
}

/* An expression about players: their own texts, their node's and their bot's. */
static void players_are_meant_too(void **state)
{
    (void)state;
    static const struct snap_track tracks[] = {
        {.title = "Tak\xc3\xa9 Five", .author = "Brubeck", .source = ""},
        {.title = "nothing", .author = "", .source = ""}};
    static const struct snap_bot whose[] = {
        {.id = 7, .name = "Muse", .user_id = "1043", .client_name = "Muse", .library = "lib/4"},
        {.id = 9, .name = "Groovy", .user_id = "", .client_name = "Groovy", .library = ""}};
    const struct snap_player players[] = {
        {.guild = 8100, .bot = 7, .track = &tracks[0], .has_track = true, .version = 4},
        {.guild = 8101, .bot = 7, .backend = 1, .version = 3},
        {.guild = 8101, .bot = 9, .track = &tracks[1], .backend = REPORT_NO_BACKEND, .version = 4},
        {.guild = 9000, .bot = 4, .version = 4, .since_ms = 1000000}};
    static const struct {
        const char *text, *found;
    } cases[] = {{"", "1234"},           {"five", "1"},         {"BRUBECK", "1"},
                 {"8101", "23"},         {"muse", "12"},        {"bot:muse & 8101", "2"},
                 {"bot:9", "3"},         {"bot:\"\"", "4"},     {"!bot:muse", "34"},
                 {"backend:eu-a", "14"}, {"v:3", "2"},          {"user:1043", "12"},
                 {"age<200s", "4"},      {"five | 9000", "14"}, {"810x", ""}};
    struct snap all = snap;
    all.bots = whose;
    all.players = players;
    all.player_count = 4;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct filter filter;
        char found[8] = "";
        assert_true(filter_parse(&filter, slice_of(cases[i].text), NULL));
        for (unsigned j = 0; j < 4; j++)
            if (filter_match_player(&filter, &all, &players[j]))
                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%u", j + 1);
        if (strcmp(found, cases[i].found) != 0)
            print_error("%s\n", cases[i].text);
        assert_string_equal(found, cases[i].found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_meanings, prepare),
        cmocka_unit_test_setup(test_errors, prepare),
        cmocka_unit_test_setup(test_bounds, prepare),
        cmocka_unit_test_setup(test_shows, prepare),
        cmocka_unit_test_setup(ips_are_meant_too, prepare),
        cmocka_unit_test_setup(players_are_meant_too, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
