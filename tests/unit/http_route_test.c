/*
 * Routing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "http/route.h"

static struct head head;

static const struct head *parse(const char *method, const char *target, const char *headers)
{
    static char bytes[4096];
    int len = snprintf(bytes, sizeof(bytes), "%s %s HTTP/1.1\r\nHost: v4\r\n%s\r\n", method, target,
                       headers);

    assert_int_equal(head_request(&head, bytes, (size_t)len), HEAD_OK);
    return &head;
}

static void test_version(void **state)
{
    static const struct {
        const char *target;
        const char *headers;
        unsigned version; /* with default 3; 0: the default counts */
    } rows[] = {
        {"/v4/websocket", "", 4},
        {"/v3/websocket", "", 3},
        {"/v4", "", 4},
        {"/v3?x=/v4/", "", 3},
        {"/v4#x", "", 4},
        {"/v4/", "Lavalink-Version: 3\r\n", 4},
        {"/v44/x", "", 0},
        {"/v5/x", "", 0},
        {"/V4/x", "", 0},
        {"/%764/x", "", 0},
        {"//v4/x", "", 0},
        {"/x/v4/", "", 0},
        {"/v", "", 0},
        {"/", "", 0},
        {"/?/v4/", "", 0},
        {"/", "User-Agent: x/v4/\r\n", 0},
        {"/loadtracks?identifier=/v4/", "Referer: http://a/v4/\r\n", 0},
        {"/", "Lavalink-Version: 4\r\n", 4},
        {"/", "lavalink-version:3 \r\n", 3},
        {"/", "Lavalink-Version: 4.0\r\n", 0},
        {"/v5/x", "Lavalink-Version: 4\r\n", 4},
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (unsigned fallback = 3; fallback <= 4; fallback++) {
            unsigned expected = rows[i].version ? rows[i].version : fallback;

            route_request(&route, parse("GET", rows[i].target, rows[i].headers), fallback);
            if (route.version != expected)
                fail_msg("%s %s: %u", rows[i].target, rows[i].headers, route.version);
        }
    route_request(&route, parse("OPTIONS", "*", ""), 4);
    assert_int_equal(route.version, 4);
}

#define KEY "Sec-WebSocket-Key: x\r\n"

static void test_kind(void **state)
{
    static const struct {
        const char *method;
        const char *headers;
        bool websocket;
        bool idempotent;
    } rows[] = {
        {"GET", "Connection: Upgrade\r\nUpgrade: websocket\r\n" KEY, true, false},
        {"GET", "connection: upgrade\r\nupgrade: WebSocket\r\n" KEY, true, false},
        {"GET", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" KEY, true, false},
        {"GET", "Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" KEY, true,
         false},
        {"GET", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n" KEY, true,
         false},
        {"GET", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n" KEY, false,
         true},
        {"GET", "Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n" KEY,
         false, true},
        {"GET", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false, true},
        {"GET", "Upgrade: websocket\r\n" KEY, false, true},
        {"GET", "Connection: Upgraded\r\nUpgrade: websocket\r\n" KEY, false, true},
        {"GET", "Connection: Upgrade\r\n" KEY, false, true},
        {"GET", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n",
         false, true},
        {"POST", "Connection: Upgrade\r\nUpgrade: websocket\r\n" KEY, false, false},
        {"PATCH", "Connection: Upgrade\r\nUpgrade: h2c\r\n", false, false},
        {"HEAD", "", false, true},
        {"PUT", "", false, true},
        {"DELETE", "", false, true},
        {"OPTIONS", "", false, true},
        {"POST", "", false, false},
        {"GETS", "", false, false},
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        route_request(&route, parse(rows[i].method, "/", rows[i].headers), 4);
        if (route.websocket != rows[i].websocket || route.idempotent != rows[i].idempotent)
            fail_msg("%s %s: websocket %d idempotent %d", rows[i].method, rows[i].headers,
                     route.websocket, route.idempotent);
    }
}

static void test_path(void **state)
{
    static const char *const rows[][2] = {
        {"/a/b", "/a/b"}, {"/a?b#c", "/a"}, {"/a#b?c", "/a"}, {"/?", "/"}, {"*", "*"}, {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(slice_equal(route_path(slice_of(rows[i][0])), slice_of(rows[i][1])));
}

static const struct {
    const char *method;
    const char *target;
    const char *session; /* of the request; "" none */
    const char *hidden;  /* by route_session; NULL: the same */
    bool patch;
} sessions[] = {
    {"GET", "/v4/sessions/abc", "abc", NULL, false},
    {"PATCH", "/v4/sessions/abc", "abc", NULL, true},
    {"PATCH", "/v3/sessions/abc", "abc", NULL, true},
    {"PATCH", "/sessions/abc", "abc", NULL, true},
    {"PATCH", "/v4/sessions/abc?trace=true", "abc", NULL, true},
    {"PATCH", "/v4/sessions/abc?a=/b", "abc", NULL, true},
    {"PATCH", "/v4/sessions/abc?", "abc", NULL, true},
    {"PATCH", "/v4/sessions/abc#x", "abc", NULL, true},
    {"PATCH", "/v4/sessions/abc/", "abc", NULL, false},
    {"PATCH", "/v4/sessions/abc/players/1?noReplace=true", "abc", NULL, false},
    {"PATCH", "/sessions/abc/players/1", "abc", NULL, false},
    {"POST", "/v4/sessions/abc", "abc", NULL, false},
    {"patch", "/v4/sessions/abc", "abc", NULL, false},
    {"GET", "/v3/sessions/abc/players", "abc", NULL, false},
    {"DELETE", "/sessions/abc/players/1", "abc", NULL, false},
    {"GET", "/v4/sessions/%61bc/x", "%61bc", NULL, false},
    {"GET", "/v4/sessions/a%2Fb/x", "a%2Fb", NULL, false},
    {"GET", "/v4/sessions/a;b=c", "a;b=c", NULL, false},
    {"GET", "/v4/sessions/sessions/x", "sessions", NULL, false},
    {"GET", "/sessions/sessions/x", "sessions", NULL, false},
    {"GET", "/v4/sessions", "", NULL, false},
    {"PATCH", "/v4/sessions/", "", NULL, false},
    {"PATCH", "/v4/sessions/?x", "", NULL, false},
    {"PATCH", "/v4/sessions//players/1", "", NULL, false},
    {"GET", "/sessions", "", NULL, false},
    {"GET", "/sessions/", "", NULL, false},
    {"GET", "/v4?/sessions/abc", "", NULL, false},
    {"GET", "/v4/loadtracks?identifier=/v4/sessions/abc", "", NULL, false},
    {"GET", "/v4/x/sessions/abc", "", NULL, false},
    {"GET", "/v4/sessionsx/abc", "", NULL, false},
    {"GET", "/v4/%73essions/abc", "", NULL, false},
    {"GET", "/", "", NULL, false},
    {"OPTIONS", "*", "", NULL, false},
    /* Hidden, though no session of ours. */
    {"PATCH", "/v5/sessions/abc", "", "abc", false},
    {"PATCH", "/v4/SESSIONS/abc", "", "abc", false},
    {"PATCH", "/V4/sessions/abc", "", "abc", false},
    {"PATCH", "//sessions/abc", "", "abc", false},
    {"PATCH", "/%764/sessions/abc/x", "", "abc", false},
};

static void test_session(void **state)
{
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
        const char *hidden = sessions[i].hidden ? sessions[i].hidden : sessions[i].session;
        struct slice found = route_session(route_path(slice_of(sessions[i].target)));

        route_request(&route, parse(sessions[i].method, sessions[i].target, ""), 4);
        if (!slice_equal(route.session, slice_of(sessions[i].session)) ||
            route.session_patch != sessions[i].patch || !slice_equal(found, slice_of(hidden)))
            fail_msg("%s %s: \"%.*s\" patch %d, hidden \"%.*s\"", sessions[i].method,
                     sessions[i].target, (int)route.session.len, route.session.ptr,
                     route.session_patch, (int)found.len, found.ptr);
        assert_true(route.session.ptr >= head.target.ptr &&
                    route.session.ptr + route.session.len <= head.target.ptr + head.target.len);
    }
    assert_int_equal(route_session((struct slice){NULL, 0}).len, 0);
    assert_true(slice_equal(route_session(SLICE("sessions/abc")), SLICE("abc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
