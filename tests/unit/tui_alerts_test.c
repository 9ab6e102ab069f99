/* What is wrong now, in sentences; and the kinds of clients. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf/config.h"
#include "tui/alerts.h"
#include "tui/kinds.h"
#include "tui/view.h"

static const struct snap_backend nodes[] = {
    {.name = "good", .version = 4, .state = BACKEND_ONLINE, .reason = "", .response_ms = 3},
    {.name = "slow", .version = 4, .state = BACKEND_SLOW, .reason = "", .response_ms = 412},
    {.name = "gone", .version = 3, .state = BACKEND_OFFLINE, .reason = "connection refused"},
    {.name = "rest", .version = 4, .state = BACKEND_DRAINING, .reason = "2 sockets left"},
    {.name = "new", .version = 3, .state = BACKEND_UNKNOWN, .reason = ""},
};
static const char *const warnings[] = {"set a password"};
static const char *const problems[] = {"lavaproxy.yaml:3:1: proxy.pasword: unknown key"};
static const struct snap_conn conns[] = {
    {.id = 1, .rate_out = 2000000, .client_name = "Shoukaku/4.1.1", .user_agent = ""},
    {.id = 2, .rate_in = 1000000, .client_name = "Shoukaku/4.0.0", .user_agent = "x"},
    {.id = 3, .rate_out = 999999, .client_name = "", .user_agent = "python-requests 2.1"},
    {.id = 4, .client_name = "", .user_agent = ""},
};
static const struct snap_ip ips[] = {{.rate_in = 500000, .rate_out = 1500000}};

static struct snap all_well(void)
{
    return (struct snap){.band_high = 1000000,
                         .limit_connections = CONFIG_NO_LIMIT,
                         .backends = nodes,
                         .backend_count = 1};
}

static void expect(const struct snap *snap, bool slow_link, const char *const *texts,
                   unsigned wrong, bool errors)
{
    static struct view view;
    static struct alerts alerts;
    view.snap = snap;
    view.slow_link = slow_link;
    alerts_make(&alerts, &view);
    unsigned count = 0;
    while (texts[count] != NULL)
        count++;
    assert_int_equal(alerts.count, count);
    for (unsigned i = 0; i < count; i++)
        assert_string_equal(alerts.list[i].text, texts[i]);
    assert_int_equal(alerts.wrong, wrong);
    assert_int_equal(alerts.errors, errors);
    view.snap = NULL; /* the caller's, and gone with it */
}

static void nothing_is_wrong(void **state)
{
    (void)state;
    struct snap snap = all_well();
    expect(&snap, false, (const char *const[]){NULL}, 0, false);
}

static void the_worst_comes_first(void **state)
{
    (void)state;
    struct snap snap = all_well();
    snap.backend_count = 4;
    snap.warnings = warnings;
    snap.warning_count = 1;
    snap.conns = conns;
    snap.conn_count = 4;
    snap.ips = ips;
    snap.ip_count = 1;
    snap.blocks_total = 2;
    snap.reload = (struct snap_reload){.wall_ms = 5, .problem_count = 1, .problems = problems};
    expect(&snap, true,
           (const char *const[]){
               "no v3 backend is up: bots of that version get no answer",
               "backend gone (v3) DOWN since 00:00:00: connection refused",
               "backend slow (v4) SLOW since 00:00:00: answers after 412ms", "set a password",
               "the last reload was refused: lavaproxy.yaml:3:1: proxy.pasword: unknown key",
               "2 connections at 1.00M/s or more, up to 2.00M/s",
               "1 IP at 1.00M/s or more, up to 2.00M/s",
               "this terminal takes its time: fewer frames are drawn",
               "backend rest (v4) drains since 00:00:00: 2 sockets left", "2 IPs are blocked",
               NULL},
           8, true);
}

static void a_limit_is_told_before_it_is_reached(void **state)
{
    (void)state;
    struct snap snap = all_well();
    snap.limit_connections = 100;
    snap.conns = NULL;
    static struct snap_conn many[100];
    snap.conns = many;
    snap.conn_count = 89;
    expect(&snap, false, (const char *const[]){NULL}, 0, false);
    snap.conn_count = 90;
    expect(&snap, false,
           (const char *const[]){"90 connections of 100 allowed (limits.connections)", NULL}, 1,
           false);
    snap.conn_count = 100;
    expect(&snap, false,
           (const char *const[]){"100 connections of 100 allowed (limits.connections)", NULL}, 1,
           true);
}

static void who_is_blocked(void **state)
{
    (void)state;
    static const struct snap_block blocks[] = {
        {.user = "7"}, {.user = "8"}, {.key = {.family = 4, .bytes = {192, 0, 2, 1}}}};
    struct snap snap = all_well();
    snap.blocks = blocks;
    snap.block_count = snap.blocks_total = 1;
    expect(&snap, false, (const char *const[]){"1 bot is blocked", NULL}, 0, false);
    snap.block_count = snap.blocks_total = 2;
    expect(&snap, false, (const char *const[]){"2 bots are blocked", NULL}, 0, false);
    snap.block_count = snap.blocks_total = 3;
    expect(&snap, false, (const char *const[]){"3 IPs and bots are blocked", NULL}, 0, false);
}

/* One that was not checked yet may be well. */
static void unknown_is_not_down(void **state)
{
    (void)state;
    struct snap snap = all_well();
    snap.backends = &nodes[4];
    expect(&snap, false, (const char *const[]){NULL}, 0, false);
}

static void more_than_there_is_room_for(void **state)
{
    (void)state;
    static const char *many[300];
    static struct view view;
    static struct alerts alerts;
    struct snap snap = all_well();
    for (unsigned i = 0; i < 300; i++)
        many[i] = "one";
    snap.warnings = many;
    snap.warning_count = 300;
    view.snap = &snap;
    alerts_make(&alerts, &view);
    assert_int_equal(alerts.count, ALERTS_MAX);
}

static void kinds_are_names_without_versions(void **state)
{
    (void)state;
    struct snap snap = all_well();
    snap.conns = conns;
    snap.conn_count = 4;
    assert_int_equal(kinds_count(&snap), 2);
    static struct snap_conn many[2 * KINDS_MAX];
    static char names[2 * KINDS_MAX][8];
    for (unsigned i = 0; i < 2 * KINDS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "n%u", i);
        many[i] = (struct snap_conn){.client_name = names[i], .user_agent = ""};
    }
    snap.conns = many;
    snap.conn_count = 2 * KINDS_MAX;
    assert_int_equal(kinds_count(&snap), KINDS_MAX);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_wrong),
        cmocka_unit_test(the_worst_comes_first),
        cmocka_unit_test(a_limit_is_told_before_it_is_reached),
        cmocka_unit_test(who_is_blocked),
        cmocka_unit_test(unknown_is_not_down),
        cmocka_unit_test(more_than_there_is_room_for),
        cmocka_unit_test(kinds_are_names_without_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
