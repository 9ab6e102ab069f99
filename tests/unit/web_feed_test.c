/*
 * The documents of the web port: fields and types, and long ones in bounded pieces.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "web/doc.h"
#include "web/feed.h"

static struct snap_history feed_history;
static struct snap_backend feed_backends[3];
static struct snap_conn feed_conns[5000];
static struct snap_ip feed_ips[3];
static const char *feed_warnings[] = {"The default password is in force."};

static void fill_backends(const struct snap *snap)
{
    memset(feed_backends, 0, sizeof(feed_backends));
    feed_backends[0] = (struct snap_backend){.name = "a",
                                             .url = "127.0.0.1:2333",
                                             .version = 4,
                                             .state = BACKEND_ONLINE,
                                             .reason = "",
                                             .checked_ms = snap->wall_ms - 1000,
                                             .response_ms = 1.5,
                                             .connections = 7,
                                             .sockets = 5,
                                             .waiting = 1,
                                             .stats = {.known = true,
                                                       .players = 9,
                                                       .playing = 4,
                                                       .system_load = 0.25,
                                                       .lavalink_load = -1,
                                                       .memory_used = 123456789},
                                             .check_count = 3,
                                             .checks = {0.21F, -1, 412},
                                             .bytes_in = 300,
                                             .failures = 2,
                                             .history = &feed_history};
    feed_backends[1] = (struct snap_backend){.name = "b",
                                             .url = "127.0.0.1:2334",
                                             .version = 4,
                                             .state = BACKEND_UNKNOWN,
                                             .reason = "not checked yet",
                                             .response_ms = -1,
                                             .history = &feed_history};
}

static void fill(struct snap *snap)
{
    memset(snap, 0, sizeof(*snap));
    memset(feed_conns, 0, sizeof(feed_conns));
    memset(feed_ips, 0, sizeof(feed_ips));
    feed_history.in[SERIES_SECONDS - 1] = 42;
    feed_history.out[SERIES_SECONDS - 2] = 43;
    snap->wall_ms = INT64_C(1763685600000);
    snap->started_ms = snap->wall_ms - 2500;
    snap->rss_bytes = 12u << 20;
    snap->conns = feed_conns;
    snap->ips = feed_ips;
    snap->backends = feed_backends;
    snap->backend_count = 2;
    snap->warnings = feed_warnings;
    snap->warning_count = 1;
    fill_backends(snap);
    struct addr client;
    assert_true(addr_parse(SLICE("203.0.113.7"), &client));
    client.port = 1234;
    for (size_t i = 0; i < sizeof(feed_conns) / sizeof(feed_conns[0]); i++)
        feed_conns[i] = (struct snap_conn){.id = UINT64_MAX - i,
                                           .client = client,
                                           .opened_ms = snap->wall_ms - 1500,
                                           .bytes_in = 10,
                                           .bytes_out = 20,
                                           .rate_in = 1500,
                                           .kind = CONN_WEBSOCKET,
                                           .version = 4,
                                           .backend = 0,
                                           .history = &feed_history,
                                           .user_id = "1",
                                           .client_name = "<b>\"x\"",
                                           .user_agent = "",
                                           .path = "/v4/websocket"};
    for (size_t i = 0; i < 3; i++)
        feed_ips[i] = (struct snap_ip){.key = addr_key_of(&client),
                                       .bytes_in = 1000,
                                       .bytes_out = 500,
                                       .connections = 3,
                                       .active = 1,
                                       .last_active_ms = i ? snap->wall_ms : 0,
                                       .history = &feed_history};
}

/* The whole document; every piece checked for its size: it may be nothing only while rows are
 * looked for. Returns how many pieces it took. */
static unsigned write_asked(struct str *all, const struct snap *snap, const struct feed_ask *ask)
{
    struct feed feed;
    struct str piece;
    unsigned pieces = 0;
    bool looks = ask->filter != NULL || ask->paging->asked;
    str_growing(&piece);
    assert_int_equal(feed_begin(&feed, snap, ask), 0);
    while (!feed.done) {
        str_reset(&piece);
        feed_write(&feed, &piece);
        assert_false(piece.cut);
        assert_true((piece.len > 0 || looks) && piece.len < FEED_PIECE + 8192);
        str_add_slice(all, str_slice(&piece));
        pieces++;
    }
    feed_end(&feed);
    str_free(&piece);
    return pieces;
}

static unsigned write_as(struct str *all, enum paging_list list, enum export_format format,
                         const struct snap *snap, const struct filter *filter)
{
    struct paging none = {.list = list};
    struct feed_ask ask = {.format = format, .filter = filter, .paging = &none};
    return write_asked(all, snap, &ask);
}

static unsigned write_matching(struct str *all, enum paging_list list, const struct snap *snap,
                               const struct filter *filter)
{
    return write_as(all, list, EXPORT_JSON, snap, filter);
}

static unsigned write_all(struct str *all, enum paging_list list, const struct snap *snap)
{
    return write_matching(all, list, snap, NULL);
}

static void only_what_matches(void **state)
{
    struct snap snap;
    struct str all;
    struct filter filter;
    (void)state;
    fill(&snap);
    snap.conn_count = 5000;
    feed_conns[17].client_name = "the one";
    str_growing(&all);
    assert_true(filter_parse(&filter, SLICE("\"the one\""), NULL));
    assert_int_equal(write_matching(&all, PAGING_CONNECTIONS, &snap, &filter),
                     snap.conn_count / FEED_LOOK);
    assert_non_null(strstr(all.ptr, "\"activeConnections\":5000,"));
    assert_non_null(strstr(all.ptr, "\"the one\""));
    assert_null(strstr(all.ptr, "\\u003cb"));
    assert_non_null(strstr(all.ptr, "],\"matching\":1}"));
    str_free(&all);
}

/* A page says where it ends only when a limit was asked for. */
static void pages(void **state)
{
    static const struct {
        const char *query, *end;
        unsigned rows;
    } rows[] = {
        {"?limit=2", "],\"nextCursor\":\"id.asc.18446744073709551614..18446744073709551614\"}", 2},
        {"?limit=3", "],\"nextCursor\":null}", 3},
        {"?sort=out", "]}", 3},
    };
    struct snap snap;
    struct str all;
    struct paging paging;
    struct feed_ask ask = {.format = EXPORT_JSON, .paging = &paging};
    char wrong[PAGING_WRONG_MAX];
    (void)state;
    fill(&snap);
    snap.conn_count = snap.ip_count = 3;
    for (unsigned i = 0; i < 3; i++)
        feed_conns[i].id = UINT64_MAX - 2 + i;
    str_growing(&all);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned found = 0;
        assert_true(paging_read(&paging, PAGING_CONNECTIONS, slice_of(rows[i].query), wrong));
        str_reset(&all);
        assert_int_equal(write_asked(&all, &snap, &ask), 1);
        assert_string_equal(all.ptr + all.len - strlen(rows[i].end), rows[i].end);
        for (const char *at = all.ptr; (at = strstr(at, "{\"id\":\"")); at++)
            found++;
        assert_int_equal(found, rows[i].rows);
    }
    str_reset(&all);
    assert_true(paging_read(&paging, PAGING_IPS, SLICE("?limit=9"), wrong));
    write_asked(&all, &snap, &ask);
    assert_non_null(strstr(all.ptr, "},\"nextCursor\":null}"));
    str_free(&all);
}

static void connection(void **state)
{
    struct snap snap;
    struct str all;
    (void)state;
    fill(&snap);
    snap.conn_count = 1;
    str_growing(&all);
    assert_int_equal(write_all(&all, PAGING_CONNECTIONS, &snap), 1);
    assert_string_equal(
        all.ptr,
        "{\"activeConnections\":1,\"connections\":[{\"id\":\"18446744073709551615\","
        "\"clientAddress\":\"203.0.113.7:1234\",\"clientIp\":\"203.0.113.7\",\"backend\":"
        "\"127.0.0.1:2333\",\"version\":\"v4\",\"startTime\":\"2025-11-21T00:39:58.500Z\","
        "\"uptime\":1,\"bytesIn\":10,\"bytesOut\":20,\"bytesInRate\":1500,\"bytesOutRate\":0,"
        "\"formattedBytesInRate\":\"1.5 KB/s\",\"formattedBytesOutRate\":\"0 Bytes/s\","
        "\"messages\":0,\"messageRate\":0,\"rateHistory\":[{\"timestamp\":\"2025-11-21T00:39:59."
        "000Z\",\"bytesInRate\":0,"
        "\"bytesOutRate\":43},{\"timestamp\":\"2025-11-21T00:40:00.000Z\",\"bytesInRate\":42,"
        "\"bytesOutRate\":0}],\"status\":\"active\",\"kind\":\"websocket\",\"backendName\":\"a\","
        "\"userId\":\"1\",\"clientName\":\"\\u003cb\\u003e\\\"x\\\"\",\"userAgent\":null,"
        "\"path\":\"/v4/websocket\",\"bot\":null,\"players\":null,\"playing\":null}]}");
    str_reset(&all);

    feed_conns[0].version = 0;
    feed_conns[0].kind = CONN_NEW;
    feed_conns[0].backend = REPORT_NO_BACKEND;
    write_all(&all, PAGING_CONNECTIONS, &snap);
    assert_non_null(strstr(all.ptr, "\"backend\":null,\"version\":null,"));
    assert_non_null(strstr(all.ptr, "\"kind\":null,\"backendName\":null,"));
    str_free(&all);
}

static void usage(void **state)
{
    struct snap snap;
    struct str all;
    (void)state;
    fill(&snap);
    snap.ip_count = 2;
    snap.bytes_in = 7000;
    snap.bytes_out = 8000;
    snap.conn_count = 9;
    str_growing(&all);
    write_all(&all, PAGING_IPS, &snap);
    const char *start = "{\"totalIps\":2,\"ipUsage\":[{\"ip\":\"203.0.113.7\",\"bytesIn\":1000,"
                        "\"bytesOut\":500,\"totalBytes\":1500,\"formattedBytesIn\":\"1 KB\","
                        "\"formattedBytesOut\":\"500 Bytes\",\"formattedTotal\":\"1.5 KB\","
                        "\"bytesInRate\":0,\"bytesOutRate\":0,\"totalRate\":0,"
                        "\"formattedBytesInRate\":\"0 Bytes/s\",\"formattedBytesOutRate\":"
                        "\"0 Bytes/s\",\"formattedTotalRate\":\"0 "
                        "Bytes/s\",\"messages\":0,\"messageRate\":0,\"rateHistory\":[";
    const char *end = "\"activeConnections\":1,\"lastActive\":\"2025-11-21T00:40:00.000Z\","
                      "\"connections\":3}],\"totals\":{\"bytesIn\":7000,\"bytesOut\":8000,"
                      "\"activeConnections\":9}}";
    assert_memory_equal(all.ptr, start, strlen(start));
    assert_true(all.len > strlen(end));
    assert_string_equal(all.ptr + all.len - strlen(end), end);
    assert_non_null(strstr(all.ptr, "\"lastActive\":null,"));
    str_free(&all);
}

static void as_csv(void **state)
{
    struct snap snap;
    struct str all;
    struct filter filter;
    (void)state;
    fill(&snap);
    snap.ip_count = 1;
    str_growing(&all);
    write_as(&all, PAGING_IPS, EXPORT_CSV, &snap, NULL);
    const char *ips =
        "ip,activeConnections,connections,bytesInRate,bytesOutRate,totalRate,messages,bytesIn,"
        "bytesOut,totalBytes,lastActive\r\n203.0.113.7,1,3,0,0,0,0,1000,500,1500,\r\n";
    assert_string_equal(all.ptr, ips);
    str_reset(&all);

    snap.conn_count = 5000;
    feed_conns[0].client_name = "=1+1,\"x\"";
    assert_true(write_as(&all, PAGING_CONNECTIONS, EXPORT_CSV, &snap, NULL) > 10);
    assert_non_null(strstr(all.ptr, "id,clientAddress,clientIp,kind,version,backendName,userId,"));
    assert_non_null(strstr(all.ptr, "\r\n18446744073709551615,203.0.113.7:"));
    assert_non_null(strstr(all.ptr, ",\"'=1+1,\"\"x\"\"\",,"));
    unsigned lines = 0;
    for (const char *at = all.ptr; (at = strstr(at, "\r\n")); at++)
        lines++;
    assert_int_equal(lines, 5001);
    str_reset(&all);
    assert_true(filter_parse(&filter, SLICE("client:1+1"), NULL));
    assert_int_equal(write_as(&all, PAGING_CONNECTIONS, EXPORT_CSV, &snap, &filter),
                     snap.conn_count / FEED_LOOK);
    assert_non_null(strstr(all.ptr, "'=1+1"));
    assert_null(strstr(all.ptr, "18446744073709551614"));
    str_free(&all);
}

static void empty(void **state)
{
    struct snap snap;
    struct str all;
    (void)state;
    fill(&snap);
    str_growing(&all);
    write_all(&all, PAGING_CONNECTIONS, &snap);
    assert_string_equal(all.ptr, "{\"activeConnections\":0,\"connections\":[]}");
    str_free(&all);
}

static void long_documents(void **state)
{
    struct snap snap;
    struct str all;
    unsigned rows = 0;
    (void)state;
    fill(&snap);
    snap.started_ms = snap.wall_ms - 3600000;
    snap.conn_count = 5000;
    for (unsigned i = 0; i < snap.conn_count; i++)
        feed_conns[i].opened_ms = snap.started_ms;
    str_growing(&all);
    assert_true(write_all(&all, PAGING_CONNECTIONS, &snap) > 100);
    for (const char *at = all.ptr; (at = strstr(at, "{\"id\":\"")); at++)
        rows++;
    assert_int_equal(rows, 5000);
    assert_null(strstr(all.ptr, "}{"));
    assert_null(strstr(all.ptr, ",,"));
    str_free(&all);
}

static void health(void **state)
{
    struct snap snap;
    struct str all;
    struct json j;
    (void)state;
    fill(&snap);
    snap.conn_count = 3;
    snap.active_v4 = 2;
    str_growing(&all);
    json_begin(&j, &all);
    doc_health(&j, &snap);
    assert_string_equal(
        all.ptr,
        "{\"status\":\"ok\",\"version\":\"" LAVAPROXY_VERSION "\",\"uptime\":2,\"connections\":"
        "{\"active\":3,\"v3\":0,\"v4\":2},\"memory\":{\"rss\":\"12MB\"},\"backends\":{\"v3\":null,"
        "\"v4\":{\"url\":\"127.0.0.1:2333\",\"status\":\"online\",\"lastChecked\":"
        "\"2025-11-21T00:39:59.000Z\",\"responseTime\":1.5}},\"backendList\":[{\"name\":\"a\","
        "\"version\":\"v4\",\"url\":\"127.0.0.1:2333\",\"status\":\"online\",\"reason\":\"\","
        "\"lastChecked\":\"2025-11-21T00:39:59.000Z\",\"responseTime\":1.5,\"checks\":[0.21,null,"
        "412],\"connections\":7,\"draining\":false,\"removed\":false,\"safeToStop\":false,"
        "\"sockets\":5,\"waiting\":1,\"players\":9,\"playing\":4,\"systemLoad\":0.25,"
        "\"lavalinkLoad\":null,\"memoryUsed\":123456789,"
        "\"seenPlayers\":0,\"seenPlaying\":0,\"flows\":null,"
        "\"bytesIn\":300,\"bytesOut\":0,\"messages\":0,\"messageRate\":0,\"requests\":0,"
        "\"failures\":2},{"
        "\"name\":\"b\",\"version\":\"v4\",\"url\":\"127.0.0.1:2334\","
        "\"status\":\"unknown\",\"reason\":\"not checked yet\",\"lastChecked\":null,"
        "\"responseTime\":null,\"checks\":[],\"connections\":0,\"draining\":false,"
        "\"removed\":false,\"safeToStop\":false,\"sockets\":0,\"waiting\":0,\"players\":null,"
        "\"playing\":null,\"systemLoad\":null,\"lavalinkLoad\":null,\"memoryUsed\":null,"
        "\"seenPlayers\":0,\"seenPlaying\":0,\"flows\":null,"
        "\"bytesIn\":0,\"bytesOut\":0,"
        "\"messages\":0,\"messageRate\":0,\"requests\":0,\"failures\":0}],\"reload\":null,"
        "\"warnings\":[\"The default "
        "password is in force.\"]}");
    str_reset(&all);
    json_begin(&j, &all);
    doc_backends(&j, &snap);
    assert_string_equal(all.ptr, "{\"v3\":null,\"v4\":{\"url\":\"127.0.0.1:2333\",\"status\":"
                                 "\"online\",\"lastChecked\":\"2025-11-21T00:39:59.000Z\","
                                 "\"responseTime\":1.5}}");
    str_free(&all);
}

static void reloads(void **state)
{
    static const char *const changes[] = {"timeouts.idle: 60s -> 66s"};
    static const char *const restart[] = {"proxy.workers: 1 -> 7"};
    static const char *const problems[] = {"lavaproxy.yaml:3:1: \"x\" is unknown", "another"};
    struct snap snap;
    struct str all;
    struct json j;
    (void)state;
    fill(&snap);
    snap.reload = (struct snap_reload){.wall_ms = snap.wall_ms,
                                       .ok = true,
                                       .changes = changes,
                                       .change_count = 1,
                                       .restart = restart,
                                       .restart_count = 1};
    str_growing(&all);
    json_begin(&j, &all);
    doc_reload(&j, NULL, &snap);
    assert_string_equal(all.ptr, "{\"at\":\"2025-11-21T00:40:00.000Z\",\"ok\":true,\"changes\":["
                                 "\"timeouts.idle: 60s -\\u003e 66s\"],\"restart\":["
                                 "\"proxy.workers: 1 -\\u003e 7\"],\"problems\":[]}");
    str_reset(&all);
    json_begin(&j, &all);
    doc_health(&j, &snap);
    assert_non_null(strstr(all.ptr, "\"warnings\":[\"The default password is in force.\"]}"));

    snap.reload =
        (struct snap_reload){.wall_ms = snap.wall_ms, .problems = problems, .problem_count = 2};
    str_reset(&all);
    json_begin(&j, &all);
    doc_health(&j, &snap);
    assert_non_null(
        strstr(all.ptr, "\"reload\":{\"at\":\"2025-11-21T00:40:00.000Z\",\"ok\":false,"
                        "\"changes\":[],\"restart\":[],\"problems\":[\"lavaproxy.yaml:3:1: "
                        "\\\"x\\\" is unknown\",\"another\"]},\"warnings\":[\"The default "
                        "password is in force.\",\"the configuration file is broken, the one "
                        "from before is in force: lavaproxy.yaml:3:1: \\\"x\\\" is unknown\"]}"));
    str_free(&all);
}

static void drained_backends(void **state)
{
    struct snap snap;
    struct str all;
    struct json j;
    (void)state;
    fill(&snap);
    feed_backends[0].state = BACKEND_DRAINING;
    feed_backends[0].draining = feed_backends[0].safe_to_stop = true;
    feed_backends[0].reason = "nothing lives there any more, it may be stopped";
    str_growing(&all);
    json_begin(&j, &all);
    doc_backend(&j, &snap, &feed_backends[0]);
    assert_non_null(strstr(all.ptr, "\"status\":\"draining\",\"reason\":\"nothing lives"));
    assert_non_null(strstr(all.ptr, "\"draining\":true,\"removed\":false,\"safeToStop\":true,"));

    /* One that is configured no longer stands for its version neither here nor in readiness. */
    feed_backends[0].removed = true;
    str_reset(&all);
    json_begin(&j, &all);
    doc_backends(&j, &snap);
    assert_non_null(strstr(all.ptr, "\"v4\":{\"url\":\"127.0.0.1:2334\","));
    feed_backends[1].removed = true;
    str_reset(&all);
    json_begin(&j, &all);
    doc_backends(&j, &snap);
    assert_string_equal(all.ptr, "{\"v3\":null,\"v4\":null}");
    str_free(&all);
}

static void readiness(void **state)
{
    struct snap snap;
    (void)state;
    fill(&snap);
    assert_int_equal(doc_missing_version(&snap), 0); /* one of two v4 is enough */
    feed_backends[0].state = BACKEND_TIMEOUT;
    assert_int_equal(doc_missing_version(&snap), 4);
    feed_backends[1].state = BACKEND_ONLINE;
    feed_backends[0].version = 3;
    assert_int_equal(doc_missing_version(&snap), 3);
    feed_backends[0].state = BACKEND_SLOW;
    assert_int_equal(doc_missing_version(&snap), 0);
    feed_backends[0].state = BACKEND_DRAINING;
    assert_int_equal(doc_missing_version(&snap), 0);
    static const enum backend_state down[] = {BACKEND_UNKNOWN, BACKEND_OFFLINE, BACKEND_TIMEOUT,
                                              BACKEND_UNAUTHORIZED, BACKEND_MISMATCH};
    for (size_t i = 0; i < sizeof(down) / sizeof(down[0]); i++) {
        feed_backends[0].state = down[i];
        assert_int_equal(doc_missing_version(&snap), 3);
    }
    /* Nobody asks for v3 any more; and what is on its way out does not help v4. */
    feed_backends[0].removed = true;
    assert_int_equal(doc_missing_version(&snap), 0);
    feed_backends[1].state = BACKEND_OFFLINE;
    feed_backends[2] = feed_backends[1];
    feed_backends[2].state = BACKEND_DRAINING;
    feed_backends[2].removed = true;
    snap.backend_count = 3;
    assert_int_equal(doc_missing_version(&snap), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_matches),
        cmocka_unit_test(pages),
        cmocka_unit_test(connection),
        cmocka_unit_test(usage),
        cmocka_unit_test(empty),
        cmocka_unit_test(as_csv),
        cmocka_unit_test(long_documents),
        cmocka_unit_test(health),
        cmocka_unit_test(reloads),
        cmocka_unit_test(drained_backends),
        cmocka_unit_test(readiness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
