/*
 * Paths of the web port, and parameters of a query.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "web/api.h"
#include "web/query.h"

static const struct {
    const char *method, *target;
    enum api_what what;
    bool method_ok;
    uint64_t id;
} path_rows[] = {
    {"GET", "/api/version", API_VERSION, true, 0},
    {"HEAD", "/api/version?x=1", API_VERSION, true, 0},
    {"POST", "/api/version", API_VERSION, false, 0},
    {"OPTIONS", "/api/connections", API_CONNECTIONS, false, 0},
    {"GET", "/api/connections", API_CONNECTIONS, true, 0},
    {"DELETE", "/api/connections", API_CONNECTIONS, false, 0},
    {"GET", "/api/connections/", API_NOTHING, false, 0},
    {"GET", "/api/data-usage", API_DATA_USAGE, true, 0},
    {"GET", "/robots.txt", API_ROBOTS, true, 0},
    {"POST", "/robots.txt", API_ROBOTS, false, 0},
    {"GET", "/api/health", API_HEALTH, true, 0},
    {"get", "/api/health", API_HEALTH, false, 0},
    {"GET", "/api/backend-health", API_BACKEND_HEALTH, true, 0},
    {"POST", "/api/backend-health", API_BACKEND_HEALTH, true, 0},
    {"GET", "/api/bots?q=x", API_BOTS, true, 0},
    {"POST", "/api/bots", API_BOTS, false, 0},
    {"GET", "/api/bots/7", API_BOT, true, 7},
    {"DELETE", "/api/bots/7", API_BOT, false, 7},
    {"GET", "/api/bots/", API_NOTHING, false, 0},
    {"GET", "/api/bots/7x", API_NOTHING, false, 0},
    {"GET", "/api/players", API_PLAYERS, true, 0},
    {"GET", "/bots", API_PAGE_BOTS, true, 0},
    {"GET", "/bots/7", API_PAGE_BOT, true, 7},
    {"GET", "/bots/7/end", API_PAGE_BOT_END, true, 7},
    {"POST", "/bots/7/end", API_PAGE_BOT_END, false, 7},
    {"GET", "/bots/end", API_NOTHING, false, 0},
    {"GET", "/bots//end", API_NOTHING, false, 0},
    {"GET", "/bots/7/", API_NOTHING, false, 0},
    {"GET", "/players?bot=7", API_PAGE_PLAYERS, true, 0},
    {"GET", "/api/players/7", API_NOTHING, false, 0},
    {"GET", "/livez", API_LIVEZ, true, 0},
    {"GET", "/readyz", API_READYZ, true, 0},
    {"DELETE", "/api/connections/18446744073709551615", API_KILL, true, UINT64_MAX},
    {"DELETE", "/api/connections/18446744073709551616", API_NOTHING, false, 0},
    {"POST", "/api/connections/42/kill", API_KILL, true, 42},
    {"POST", "/api/connections/42", API_KILL, false, 42},
    {"POST", "/api/block?ip=1.2.3.4", API_BLOCK, true, 0},
    {"DELETE", "/api/block?ip=1.2.3.4", API_BLOCK, true, 0},
    {"GET", "/api/block?ip=1.2.3.4", API_BLOCK, false, 0},
    {"DELETE", "/api/connections/42/kill", API_KILL, false, 42},
    {"DELETE", "/api/connections/-1", API_NOTHING, false, 0},
    {"DELETE", "/api/connections/4%32", API_NOTHING, false, 0},
    {"POST", "/api/connections/kill", API_NOTHING, false, 0},
    {"POST", "/api/connections//kill", API_NOTHING, false, 0},
    {"POST", "/api/reload", API_RELOAD, true, 0},
    {"GET", "/api/reload", API_RELOAD, false, 0},
    {"POST", "/api/reload/", API_NOTHING, false, 0},
    {"POST", "/api/backends/eu-1.a_B/drain", API_DRAIN, true, 0},
    {"POST", "/api/backends/eu-1.a_B/undrain?x=1", API_UNDRAIN, true, 0},
    {"POST", "/api/backends/eu-1.a_B/check", API_CHECK, true, 0},
    {"POST", "/api/backends/drain/drain", API_DRAIN, true, 0},
    {"GET", "/api/backends/a/drain", API_DRAIN, false, 0},
    {"HEAD", "/api/backends/a/check", API_CHECK, false, 0},
    {"DELETE", "/api/backends/a/drain", API_DRAIN, false, 0},
    {"POST", "/api/backends/a/Drain", API_NOTHING, false, 0},
    {"POST", "/api/backends/a/drain/", API_NOTHING, false, 0},
    {"POST", "/api/backends/a/b/drain", API_NOTHING, false, 0},
    {"POST", "/api/backends/../a/drain", API_NOTHING, false, 0},
    {"POST", "/api/backends//drain", API_NOTHING, false, 0},
    {"POST", "/api/backends/drain", API_NOTHING, false, 0},
    {"POST", "/api/backends/a/", API_NOTHING, false, 0},
    {"POST", "/api/backends/a", API_NOTHING, false, 0},
    {"POST", "/api/backends/", API_NOTHING, false, 0},
    {"GET", "/API/health", API_NOTHING, false, 0},
    {"GET", "/api/health/", API_NOTHING, false, 0},
    {"GET", "//api/health", API_NOTHING, false, 0},
    {"GET", "/?q=x", API_PAGE_MONITOR, true, 0},
    {"POST", "/", API_PAGE_MONITOR, false, 0},
    {"POST", "/login", API_LOGIN, true, 0},
    {"GET", "/logout", API_LOGOUT, false, 0},
    {"GET", "/setup", API_SETUP, false, 0},
    {"GET", "/assets/style.css", API_ASSET, true, 0},
    {"POST", "/assets/style.css", API_ASSET, false, 0},
    {"GET", "/assets", API_NOTHING, false, 0},
    {"OPTIONS", "*", API_NOTHING, false, 0},
};

static void paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(path_rows) / sizeof(path_rows[0]); i++) {
        struct api_call call;
        print_message("%s %s\n", path_rows[i].method, path_rows[i].target);
        api_find(&call, slice_of(path_rows[i].method), slice_of(path_rows[i].target));
        assert_int_equal(call.what, path_rows[i].what);
        assert_int_equal(call.method_ok, path_rows[i].method_ok);
        if (call.what == API_KILL || call.what == API_BOT || call.what == API_PAGE_BOT ||
            call.what == API_PAGE_BOT_END)
            assert_true(call.id == path_rows[i].id);
        assert_int_equal(call.allow != NULL, call.what != API_NOTHING);
        if (strstr(path_rows[i].target, "eu-1"))
            assert_true(slice_equal(call.name, SLICE("eu-1.a_B")));
    }
}

static void queries(void **state)
{
    static const struct {
        const char *target, *value; /* NULL: none */
    } rows[] = {
        {"/a?ip=1.2.3.4", "1.2.3.4"},
        {"/a?x=y&ip=::1&ip=2", "::1"},
        {"/a?ip=%3a%3A1", "::1"},
        {"/a?ip=a+b", "a b"},
        {"/a?ip=", ""},
        {"/a?ip=x#ip=y", "x"},
        {"/a?zip=1", NULL},
        {"/a?ip", NULL},
        {"/a", NULL},
        {"/a?ip=%4", NULL},
        {"/a?ip=%", NULL},
        {"/a?ip=%zz", NULL},
        {"/a?ip=%00", NULL},
        {"/a?ip=0123456789abcde", "0123456789abcde"},
        {"/a?ip=0123456789abcdef", NULL}, /* does not fit */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char memory[16];
        struct str out;
        str_fixed(&out, memory, sizeof(memory));
        print_message("%s\n", rows[i].target);
        bool found = query_value(slice_of(rows[i].target), SLICE("ip"), &out) == QUERY_FOUND;
        assert_int_equal(found, rows[i].value != NULL);
        if (found)
            assert_string_equal(memory, rows[i].value);
    }
}

/* Names in a path: a plus is one there. */
static void escaped_names(void **state)
{
    static const struct {
        const char *text, *name; /* NULL: none */
    } rows[] = {
        {"eu-1.node_a", "eu-1.node_a"},
        {"eu%2D1%2enode%5Fa", "eu-1.node_a"},
        {"a+b", "a+b"},
        {"a%00", NULL},
        {"a%0a", NULL},
        {"a%", NULL},
        {"a%4", NULL},
        {"a%g0", NULL},
        {"0123456789abcdef", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char memory[16];
        struct str out;
        str_fixed(&out, memory, sizeof(memory));
        assert_int_equal(query_decode(slice_of(rows[i].text), &out), rows[i].name != NULL);
        if (rows[i].name)
            assert_string_equal(memory, rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(queries),
        cmocka_unit_test(escaped_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
