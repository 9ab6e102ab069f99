/*
 * The guard of the web port: Host, password, loopback, other sites, throttle.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "web/guard.h"

static char *guard_tokens[] = {"reader", "s3cre"};
static char *guard_hosts[] = {"status.example.org", "2001:db8::7"};

static void config_with(struct config *config, char *password)
{
    memset(config, 0, sizeof(*config));
    config->web.password = password;
    config->web.tokens = guard_tokens;
    config->web.token_count = 2;
    config->web.hosts = guard_hosts;
    config->web.host_count = 2;
    assert_true(addr_parse(SLICE("10.1.2.3"), &config->web.listen));
    config->web.listen.port = 6980;
}

static struct addr addr_of(const char *text, uint16_t port)
{
    struct addr addr;
    assert_true(addr_parse(slice_of(text), &addr));
    addr.port = port;
    return addr;
}

static void hosts(void **state)
{
    static const struct {
        const char *host;
        bool known;
    } rows[] = {
        {"localhost", true},
        {"LocalHost:6980", true},
        {"127.0.0.1:6980", true},
        {"127.0.0.1", true},
        {"[::1]:6980", true},
        {"[::1]", true},
        {"10.1.2.3:6980", true},
        {"192.168.7.7:6980", true}, /* the address this connection came to */
        {"status.example.org", true},
        {"STATUS.example.org:6980", true},
        {"status.example.org:8443", true}, /* of a proxy in front */
        {"[2001:db8::7]:8443", true},
        {"localhost:6981", false},
        {"127.0.0.1:80", false},
        {"192.168.7.8:6980", false},
        {"status.example.org.", false},
        {"evil.status.example.org", false},
        {"evil.example", false},
        {"evil.example:6980", false},
        {"localhost.evil.example", false},
        {"", false},
        {":6980", false},
        {"localhost:", false},
        {"localhost:6980:6980", false},
        {"localhost:+6980", false},
        {"[::1", false},
        {"[::1]6980", false},
        {"[]", false},
        {"127.0.0.1.nip.io", false},
    };
    struct config config;
    (void)state;
    config_with(&config, "");
    struct addr local = addr_of("192.168.7.7", 6980);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("host %s\n", rows[i].host);
        assert_int_equal(guard_host_known(&config, &local, slice_of(rows[i].host)), rows[i].known);
    }
}

static void names_of_hosts(void **state)
{
    static const struct {
        const char *host, *name;
    } rows[] = {{"localhost", "localhost"},      {"node.example:6980", "node.example"},
                {"[::1]:6980", "[::1]"},         {"[2001:db8::1]", "[2001:db8::1]"},
                {"127.0.0.1:6980", "127.0.0.1"}, {"", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(slice_equal(guard_host_name(slice_of(rows[i].host)), slice_of(rows[i].name)));
}

/* A verdict on `text` from `peer`; the head may be written with bare newlines. */
static struct guard_verdict ask(struct guard *guard, char *password, const char *peer,
                                const char *method, const char *target, const char *headers,
                                double now)
{
    char text[1024];
    int len = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\n%s\r\n", method, target, headers);
    struct head head;
    assert_int_equal(head_request(&head, text, (size_t)len), HEAD_OK);
    struct config config;
    config_with(&config, password);
    struct api_call call;
    api_find(&call, head.method, head.target);
    struct guard_request request = {.config = &config,
                                    .head = &head,
                                    .call = &call,
                                    .peer = addr_of(peer, 40000),
                                    .local = addr_of("192.168.7.7", 6980),
                                    .now = now};
    return guard_check(guard, &request);
}

#define HERE "Host: localhost\r\n"
#define BEARER "Authorization: Bearer s3cret\r\n"
#define BASIC "Authorization: Basic YW55OnMzY3JldA==\r\n" /* any:s3cret */

static const struct {
    const char *name, *peer, *method, *target, *headers;
    bool password;
    unsigned status;
} guard_rows[] = {
    {"local read", "127.0.0.1", "GET", "/api/health", HERE, false, 0},
    {"local read v6", "::1", "GET", "/api/health", HERE, false, 0},
    {"stranger", "203.0.113.7", "GET", "/api/health", HERE, false, 403},
    {"stranger's probe", "203.0.113.7", "GET", "/livez", HERE, false, 0},
    {"stranger's probe", "203.0.113.7", "GET", "/readyz", HERE, false, 0},
    {"probe with password set", "203.0.113.7", "GET", "/readyz", HERE, true, 0},
    {"rebound name", "127.0.0.1", "GET", "/api/health", "Host: evil.example\r\n", false, 403},
    {"rebound name, right password", "127.0.0.1", "GET", "/api/health",
     "Host: evil.example\r\n" BEARER, true, 403},
    {"local action", "127.0.0.1", "DELETE", "/api/connections/7", HERE, false, 0},
    {"same origin", "127.0.0.1", "DELETE", "/api/connections/7",
     "Host: localhost:6980\r\nOrigin: http://localhost:6980\r\nSec-Fetch-Site: same-origin\r\n",
     false, 0},
    {"typed in", "127.0.0.1", "POST", "/api/backend-health", HERE "Sec-Fetch-Site: none\r\n", false,
     0},
    {"cross-site", "127.0.0.1", "DELETE", "/api/connections/7",
     HERE "Sec-Fetch-Site: cross-site\r\n", false, 403},
    {"same-site", "127.0.0.1", "POST", "/api/connections/7/kill",
     HERE "Sec-Fetch-Site: same-site\r\n", false, 403},
    {"foreign origin", "127.0.0.1", "DELETE", "/api/connections/7",
     HERE "Origin: http://evil.example\r\n", false, 403},
    {"null origin", "127.0.0.1", "DELETE", "/api/connections/7", HERE "Origin: null\r\n", false,
     403},
    {"null origin of our own form", "127.0.0.1", "POST", "/api/reload",
     HERE "Origin: null\r\nSec-Fetch-Site: same-origin\r\n", false, 0},
    {"null origin of a frame", "127.0.0.1", "POST", "/api/reload",
     HERE "Origin: null\r\nSec-Fetch-Site: cross-site\r\n", false, 403},
    {"foreign, and says that it is not", "127.0.0.1", "POST", "/api/reload",
     HERE "Origin: http://evil.example\r\nSec-Fetch-Site: same-origin\r\n", false, 403},
    {"two minds", "127.0.0.1", "POST", "/api/reload",
     HERE "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n", false, 403},
    {"other port's origin", "127.0.0.1", "DELETE", "/api/connections/7",
     "Host: localhost:6980\r\nOrigin: http://localhost:3000\r\n", false, 403},
    {"second origin", "127.0.0.1", "DELETE", "/api/connections/7",
     HERE "Origin: http://localhost\r\nOrigin: http://evil.example\r\n", false, 403},
    {"cross-site read", "127.0.0.1", "GET", "/api/health", HERE "Sec-Fetch-Site: cross-site\r\n",
     false, 0},
    {"no password given", "127.0.0.1", "GET", "/api/health", HERE, true, 401},
    {"bearer", "203.0.113.7", "GET", "/api/health", HERE BEARER, true, 0},
    {"bearer acts", "203.0.113.7", "DELETE", "/api/connections/7",
     HERE BEARER "Origin: http://evil.example\r\n", true, 0},
    {"basic reads", "203.0.113.7", "GET", "/api/health", HERE BASIC, true, 0},
    {"basic reads", "203.0.113.7", "HEAD", "/api/health", HERE BASIC, true, 0},
    {"basic may not act", "127.0.0.1", "DELETE", "/api/connections/7", HERE BASIC, true, 403},
    {"basic may not act", "127.0.0.1", "POST", "/api/backend-health", HERE BASIC, true, 403},
    {"wrong", "127.0.0.1", "GET", "/api/health", HERE "Authorization: Bearer s3cres\r\n", true,
     401},
    {"empty", "127.0.0.1", "GET", "/api/health", HERE "Authorization:\r\n", true, 401},
    {"token in the query", "127.0.0.1", "GET", "/api/health?token=s3cret", HERE, true, 401},
    {"unknown path", "203.0.113.7", "GET", "/secret", HERE, true, 401},
    {"a reader's token reads", "203.0.113.7", "GET", "/api/health",
     HERE "Authorization: Bearer reader\r\n", true, 0},
    {"and does not act", "203.0.113.7", "DELETE", "/api/connections/7",
     HERE "Authorization: Bearer reader\r\n", true, 403},
    {"cookie of nobody", "203.0.113.7", "GET", "/api/health",
     HERE "Cookie: lavaproxy_session=0000000000000000000000000000000000000000000000000000000000000"
          "000\r\n",
     true, 401},
};

static void verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(guard_rows) / sizeof(guard_rows[0]); i++) {
        static struct guard guard;
        memset(&guard, 0, sizeof(guard));
        print_message("%s: %s %s\n", guard_rows[i].name, guard_rows[i].method,
                      guard_rows[i].target);
        struct guard_verdict v =
            ask(&guard, guard_rows[i].password ? "s3cret" : "", guard_rows[i].peer,
                guard_rows[i].method, guard_rows[i].target, guard_rows[i].headers, 0);
        assert_int_equal(v.status, guard_rows[i].status);
        assert_true(v.status == 0 || v.message);
        if (v.message)
            assert_null(strstr(v.message, "s3cret"));
    }
}

/* Who asks for a page's news is not to be asked for a password by the browser. */
static void challenges(void **state)
{
    static struct guard guard;
    (void)state;
    memset(&guard, 0, sizeof(guard));
    assert_true(ask(&guard, "s3cret", "127.0.0.1", "GET", "/api/health", HERE, 0).challenge);
    assert_false(
        ask(&guard, "s3cret", "127.0.0.1", "GET", "/api/stream?view=%2F", HERE, 0).challenge);
    assert_false(ask(&guard, "s3cret", "127.0.0.1", "GET", "/api/stream",
                     HERE "Authorization: Basic eA==\r\n", 0)
                     .challenge);
}

/* A browser: logs in, reads with its cookie, acts with its form's token. */
static void sessions(void **state)
{
    static const struct {
        const char *name, *method, *headers;
        bool cookie, token_header, token_form;
        unsigned status;
    } rows[] = {
        {"reads", "GET", "", true, false, false, 0},
        {"without the cookie", "GET", "", false, false, false, 401},
        {"acts", "POST", "Origin: http://localhost\r\n", true, false, true, 0},
        {"acts by script", "POST", "Sec-Fetch-Site: same-origin\r\n", true, true, false, 0},
        {"without token", "POST", "", true, false, false, 403},
        {"token without cookie", "POST", "", false, true, true, 401},
        {"reads, with Basic from before", "GET", BASIC, true, false, false, 0},
        {"acts, with Basic from before", "POST", BASIC, true, false, true, 0},
        {"with a wrong Basic from before", "POST", "Authorization: Basic eA==\r\n", true, false,
         true, 0},
        {"with Basic and no token", "POST", BASIC, true, false, false, 403},
        {"with a wrong bearer", "GET", "Authorization: Bearer x\r\n", true, true, true, 401},
        {"from another site", "POST", "Origin: http://evil.example\r\n", true, true, true, 403},
        {"from a neighbour", "POST", "Sec-Fetch-Site: same-site\r\n", true, true, true, 403},
    };
    static struct guard guard;
    struct config config;
    (void)state;
    memset(&guard, 0, sizeof(guard));
    config_with(&config, "s3cret");
    const struct login *session = login_new(&guard.logins, 10);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024], form[200] = "a=b";
        struct head head;
        struct api_call call;
        int len = snprintf(
            text, sizeof(text), "%s /api/connections/7/kill HTTP/1.1\r\n" HERE "%s%s%s%s%s%s%s\r\n",
            rows[i].method, rows[i].headers, rows[i].cookie ? "Cookie: " LOGIN_COOKIE "=" : "",
            rows[i].cookie ? session->cookie : "", rows[i].cookie ? "\r\n" : "",
            rows[i].token_header ? "X-Form-Token: " : "",
            rows[i].token_header ? session->token : "", rows[i].token_header ? "\r\n" : "");
        assert_int_equal(head_request(&head, text, (size_t)len), HEAD_OK);
        if (rows[i].token_form)
            snprintf(form, sizeof(form), "a=b&token=%s", session->token);
        api_find(&call, head.method, head.target);
        struct guard_request request = {.config = &config,
                                        .head = &head,
                                        .call = &call,
                                        .form = slice_of(form),
                                        .peer = addr_of("203.0.113.7", 40000),
                                        .local = addr_of("192.168.7.7", 6980),
                                        .now = 11};
        print_message("%s\n", rows[i].name);
        assert_int_equal(guard_check(&guard, &request).status, rows[i].status);
    }
}

static unsigned log_in(struct guard *guard, char *password, const char *headers, const char *typed,
                       double now)
{
    char text[1024];
    struct head head;
    struct config config;
    int len = snprintf(text, sizeof(text), "POST /login HTTP/1.1\r\n%s\r\n", headers);
    assert_int_equal(head_request(&head, text, (size_t)len), HEAD_OK);
    config_with(&config, password);
    struct api_call call;
    api_find(&call, head.method, head.target);
    struct guard_request request = {.config = &config,
                                    .head = &head,
                                    .call = &call,
                                    .peer = addr_of("203.0.113.7", 40000),
                                    .local = addr_of("192.168.7.7", 6980),
                                    .now = now};
    struct guard_verdict verdict = guard_login(guard, &request, slice_of(typed));
    assert_int_equal(verdict.status == 0, verdict.login != NULL);
    return verdict.status;
}

static void logging_in(void **state)
{
    static struct guard guard;
    (void)state;
    memset(&guard, 0, sizeof(guard));
    assert_int_equal(log_in(&guard, "s3cret", HERE, "s3cret", 1), 0);
    assert_int_equal(log_in(&guard, "s3cret", "Host: evil.example\r\n", "s3cret", 1), 403);
    assert_int_equal(log_in(&guard, "s3cret", HERE "Origin: http://evil.example\r\n", "s3cret", 1),
                     403);
    assert_int_equal(log_in(&guard, "", HERE, "", 1), 403);
    for (int i = 0; i < THROTTLE_FAILURES; i++)
        assert_int_equal(log_in(&guard, "s3cret", HERE, i % 2 ? "" : "s3cre", 2), 401);
    assert_int_equal(log_in(&guard, "s3cret", HERE, "s3cret", 3), 429);
    assert_int_equal(log_in(&guard, "s3cret", HERE, "s3cret", 100), 0);
}

static void throttled(void **state)
{
    static struct guard guard;
    const char *wrong = HERE "Authorization: Bearer x\r\n";
    (void)state;
    memset(&guard, 0, sizeof(guard));
    for (int i = 0; i < THROTTLE_FAILURES; i++)
        assert_int_equal(
            ask(&guard, "s3cret", "203.0.113.7", "GET", "/api/health", wrong, 100 + i).status, 401);
    struct guard_verdict v =
        ask(&guard, "s3cret", "203.0.113.7", "GET", "/api/health", HERE BEARER, 105);
    assert_int_equal(v.status, 429);
    assert_int_equal(v.retry_after, 56);
    /* Others are not held responsible, and a request without a password is only told to log in. */
    assert_int_equal(
        ask(&guard, "s3cret", "203.0.113.8", "GET", "/api/health", HERE BEARER, 105).status, 0);
    assert_int_equal(ask(&guard, "s3cret", "203.0.113.7", "GET", "/api/health", HERE, 105).status,
                     401);
    /* The first failure is a minute old: one more try, which is wrong, and closed again. */
    assert_int_equal(ask(&guard, "s3cret", "203.0.113.7", "GET", "/api/health", wrong, 160).status,
                     401);
    assert_int_equal(
        ask(&guard, "s3cret", "203.0.113.7", "GET", "/api/health", HERE BEARER, 160.5).status, 429);
    assert_int_equal(
        ask(&guard, "s3cret", "203.0.113.7", "GET", "/api/health", HERE BEARER, 300).status, 0);
}

static void throttle_is_bounded(void **state)
{
    static struct throttle t;
    (void)state;
    memset(&t, 0, sizeof(t));
    struct addr first = addr_of("203.0.113.7", 1);
    for (int i = 0; i < THROTTLE_FAILURES; i++)
        throttle_failed(&t, &first, 10);
    assert_true(throttle_wait(&t, &first, 11) > 0);
    struct addr other = addr_of("10.0.0.0", 1);
    for (unsigned i = 0; i < THROTTLE_VISITORS - 1; i++) {
        other.bytes[2] = (uint8_t)(i >> 8);
        other.bytes[3] = (uint8_t)i;
        throttle_failed(&t, &other, 12);
    }
    assert_true(throttle_wait(&t, &first, 13) > 0);
    other.bytes[1] = 1;
    throttle_failed(&t, &other, 13); /* no room: the oldest goes */
    assert_int_equal(throttle_wait(&t, &first, 13), 0);

    /* One /64 is one visitor. */
    struct addr six = addr_of("2001:db8:1:2::1", 1);
    for (int i = 0; i < THROTTLE_FAILURES; i++) {
        six.bytes[15] = (uint8_t)i;
        throttle_failed(&t, &six, 20);
    }
    assert_true(throttle_wait(&t, &six, 21) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts),
        cmocka_unit_test(names_of_hosts),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(sessions),
        cmocka_unit_test(logging_in),
        cmocka_unit_test(throttled),
        cmocka_unit_test(throttle_is_bounded),
        cmocka_unit_test(challenges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
