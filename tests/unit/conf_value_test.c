/* Values of every type: what they become, what is refused and with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "conf/load.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* One key of one section, as a text. */
static const struct config *load_key(const char *section, const char *key, const char *value,
                                     struct load_problems *problems)
{
    struct str text;
    str_growing(&text);
    if (strcmp(section, "backends") != 0) {
        str_addf(&text, "%s:\n  %s: %s\n", section, key, value);
    } else {
        static const char *const others[][2] = {
            {"name", "a"}, {"version", "4"}, {"address", "h:1"}};
        str_addf(&text, "backends:\n- %s: %s\n", key, value);
        for (size_t i = 0; i < COUNT(others); i++)
            if (strcmp(others[i][0], key) != 0)
                str_addf(&text, "  %s: %s\n", others[i][0], others[i][1]);
    }
    const struct config *config = load_text("f", text.ptr, text.len, NULL, problems);
    str_free(&text);
    return config;
}

/* Each gives one problem. */
static const struct {
    const char *section, *key, *value, *words; /* words: what the problem ends with */
} refused[] = {
    {"proxy", "listen", "6923",
     "\"6923\" is not an address and port such as 0.0.0.0:6923, or \"[::]:6923\" in quotes"},
    {"proxy", "listen", "0.0.0.0:0", "in quotes"},
    {"proxy", "listen", "0.0.0.0:65536", "in quotes"},
    {"proxy", "listen", "example.org:80", "in quotes"},
    {"proxy", "listen", "\"::1:80\"", "in quotes"},
    {"proxy", "listen", "off", "in quotes"},
    {"proxy", "listen", "[127.0.0.1:1, 127.0.0.1:1]",
     "two listeners want port 1 of the same address"},
    {"proxy", "listen", "[0.0.0.0:1, 127.0.0.1:1]",
     "two listeners want port 1 of the same address"},
    {"proxy", "listen", "127.0.0.1:6980", "port 6980 is that of proxy.listen already"},
    {"web", "listen", "127.0.0.1:6923", "port 6923 is that of proxy.listen already"},
    {"proxy", "password", "\"\"", "must not be empty"},
    {"proxy", "password", "\"a \"", "must not begin or end with a space"},
    {"proxy", "password", "\"a\\r\\nX: y\"",
     "proxy.password: must not hold control characters, such as a line break"},
    {"proxy", "password", "\"a\\0b\"", "control characters, such as a line break"},
    {"proxy", "password", "\"a\\x7f\"", "control characters, such as a line break"},
    {"proxy", "password", "\"a\\x85\"", "control characters, such as a line break"},
    {"proxy", "password", "[]", "proxy.password: must have 1 to 8 elements"},
    {"proxy", "password", "[a, b, c, d, e, f, g, h, i]", "must have 1 to 8 elements"},
    {"proxy", "password", "[hunter2, b, hunter2]",
     "f:2:26: proxy.password: is in the list already"},
    {"proxy", "password", "[a, \"\"]", "f:2:17: proxy.password: must not be empty"},
    {"proxy", "password", "[a, \" b\"]", "must not begin or end with a space"},
    {"proxy", "password", "[a, \"b\\n\"]", "control characters, such as a line break"},
    {"proxy", "password", "[[a, b]]", "f:2:14: proxy.password: must be a plain value, not a list"},
    {"proxy", "password", "[a, {b: c}]", "must be a plain value, not a mapping"},
    {"proxy", "password", "[a, ~]", "leave the key out, or write \"\" for an empty text"},
    {"proxy", "default_version", "5", "must be auto, or 3 to 4"},
    {"proxy", "workers", "0", "must be auto, or 1 to 64"},
    {"proxy", "workers", "65", "must be auto, or 1 to 64"},
    {"proxy", "workers", "-1", "must be auto, or 1 to 64"},
    {"proxy", "proxy_protocol", "[10.0.0.1/8]",
     "\"10.0.0.1/8\" is not an address or a network such as 10.0.0.0/8 (nothing set behind the "
     "/8)"},
    {"web", "password", "\"a\\nb\"", "control characters, such as a line break"},
    {"web", "hosts", "[\"a b\"]", "\"a b\" is not the name of a host, without a port"},
    {"web", "hosts", "[a:80]", "\"a:80\" is not the name of a host, without a port"},
    {"backends", "name", "a/b", "must be 1 to 32 letters, digits or . _ -"},
    {"backends", "name", "abcdefghijabcdefghijabcdefghijabc",
     "must be 1 to 32 letters, digits or . _ -"},
    {"backends", "version", "2", "backends[0].version: must be 3 to 4"},
    {"backends", "version", "auto", "must be 3 to 4"},
    {"backends", "address", "h", "\"h\" is not HOST:PORT, such as 127.0.0.1:2333"},
    {"backends", "address", "http://h:1", "is not HOST:PORT, such as 127.0.0.1:2333"},
    {"backends", "address", "1.2.3:80", "is not HOST:PORT, such as 127.0.0.1:2333"},
    {"backends", "address", "\"h\\r\\nX:1\"", "control characters, such as a line break"},
    {"backends", "address", "u:hunter2@h:1",
     "backends[0].address: that value is not HOST:PORT, such as 127.0.0.1:2333"},
    {"backends", "password", "\"a\\nb\"", "control characters, such as a line break"},
    {"backends", "weight", "0", "must be 1 to 1000"},
    {"backends", "weight", "1001", "must be 1 to 1000"},
    {"health", "interval", "off", "health.interval: cannot be off"},
    {"health", "interval", "1ms", "must be 100ms to 24h"},
    {"health", "interval", "2s", "health.timeout: must not be above health.interval"},
    {"health", "timeout", "60.5s", "must be 10ms to 1m"},
    {"health", "timeout", "-3s", "is not a duration; write it like 250ms, 3s, 10m or 1h"},
    {"health", "timeout", "nan", "is not a duration; write it like 250ms, 3s, 10m or 1h"},
    {"health", "check", "htpp", "\"htpp\" is none of http, tcp; did you mean http?"},
    {"health", "check", "off", "health.check: \"off\" is none of http, tcp"},
    {"rates", "history", "30s", "must be 1m"},
    {"rates", "interval", "61s", "must be 1s to 1m"},
    {"rates", "medium", "fast", "\"fast\" is not a size; write it like 500B, 100KB, 1MB or 16KiB"},
    {"rates", "medium", "2MB", "rates.medium: must not be above rates.high"},
    {"rates", "high", "50KB", "rates.medium: must not be above rates.high"},
    {"rates", "high", "0", "must be 1B to 1000GB"},
    {"timeouts", "drain", "off", "cannot be off"},
    {"limits", "connections", "0", "must be 1 to 10000000, or off"},
    {"limits", "connections", "1e3", "must be 1 to 10000000, or off"},
    {"limits", "auth_failures", "10", "must be a number and a time, such as 10/60s, or off"},
    {"limits", "auth_failures", "/60s", "such as 10/60s, or off"},
    {"limits", "auth_failures", "10/", "such as 10/60s, or off"},
    {"limits", "auth_failures", "0/60s", "such as 10/60s, or off"},
    {"limits", "auth_failures", "10/off", "such as 10/60s, or off"},
    {"limits", "allow", "[10.0.0.0/33]", "(nothing set behind the /8)"},
    {"log", "level", "debgu", "\"debgu\" is none of debug, info, warn, error; did you mean debug?"},
    {"log", "format", "xml", "\"xml\" is none of text, json"},
    {"tui", "theme", "\"\"", "must not be empty"},
    {"tui", "color", "nver",
     "\"nver\" is none of auto, never, always, 16, 256, true; did you "
     "mean never?"},
    {"tui", "refresh", "1m", "must be 100ms to 10s"},
    {"log", "file", "\"a\\e[2J\"", "control characters, such as a line break"},
    {"events", "file", "\"a\\nb\"", "control characters, such as a line break"},
    {"events", "unix",
     "/1234567890/1234567890/1234567890/1234567890/1234567890/1234567890/1234567890/1234567890/"
     "1234567890/12345678",
     "events.unix: is longer than 107 bytes"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct load_problems problems = {0};
        const struct config *config =
            load_key(refused[i].section, refused[i].key, refused[i].value, &problems);
        size_t want = strlen(refused[i].words);
        size_t have = problems.count > 0 ? strlen(problems.list[0].text) : 0;
        if (config || problems.count != 1 || have < want ||
            strcmp(problems.list[0].text + have - want, refused[i].words) != 0) {
            print_error("%s.%s: %s\nexpected: ...%s\n", refused[i].section, refused[i].key,
                        refused[i].value, refused[i].words);
            for (size_t k = 0; k < problems.count; k++)
                print_error("found:    %s\n", problems.list[k].text);
            fail();
        }
        load_problems_free(&problems);
    }
}

/* The whole of a configuration that differs from the default in every key. */
static const char everything[] =
    "proxy:\n"
    "  listen: [127.0.0.1:7000, \"[::]:7000\", localhost:7001]\n"
    "  password: \"p\xc3\xa4ss #1\"\n"
    "  default_version: 4\n"
    "  workers: 3\n"
    "  proxy_protocol: 10.0.0.0/8\n"
    "web:\n"
    "  listen: off\n"
    "  password: 12345\n"
    "  hosts: [lava.example.org, \"::1\"]\n"
    "backends:\n"
    "- {name: eu-a, version: 4, address: node.example.org:2333, password: x, weight: 7}\n"
    "- {name: eu-b, version: 3, address: \"[2001:db8::1]:2333\"}\n"
    "health: {interval: 2m, timeout: 1500ms, slow: 1s, check: tcp}\n"
    "rates: {interval: 10s, history: 60s, medium: 1KiB, high: 2MB}\n"
    "timeouts: {header: off, connect: 0.5s, response: 1m, idle: 90, tunnel: 1h, drain: 0,\n"
    "  backend_wait: off}\n"
    "limits: {connections: 10, connections_per_ip: 5, auth_failures: 3/2m, block: 1h,\n"
    "  allow: [], deny: [192.0.2.0/24, \"2001:db8::/32\"]}\n"
    "log: {file: /var/log/x y.log, level: DEBUG, format: json}\n"
    "events: {file: /var/log/events, unix: /run/events}\n"
    "tui: {theme: mono, refresh: 500ms, keys: {preset: vim, row.next: [j, \"Ctrl-N\"],\n"
    "  kill: x, check: []}}\n";

static void check_addr(const struct addr *addr, const char *expected)
{
    char text[ADDR_TEXT_MAX];
    assert_string_equal(addr_text(text, addr, true), expected);
}

static void check_net(const struct addr_net *net, const char *expected, unsigned bits)
{
    char text[ADDR_TEXT_MAX];
    assert_string_equal(addr_text(text, &net->base, false), expected);
    assert_int_equal(net->bits, bits);
}

static void check_front(const struct config *c)
{
    assert_int_equal(c->proxy.listen_count, 3);
    check_addr(&c->proxy.listen[0], "127.0.0.1:7000");
    check_addr(&c->proxy.listen[1], "[::]:7000");
    check_addr(&c->proxy.listen[2], "127.0.0.1:7001");
    assert_string_equal(c->proxy.passwords[0], "p\xc3\xa4ss #1");
    assert_int_equal(c->proxy.default_version, 4);
    assert_int_equal(c->proxy.workers, 3);
    assert_int_equal(c->proxy.proxy_protocol_count, 1);
    check_net(&c->proxy.proxy_protocol[0], "10.0.0.0", 8);
    assert_int_equal(c->web.listen.family, 0);
    assert_string_equal(c->web.password, "12345");
    assert_int_equal(c->web.host_count, 2);
    assert_string_equal(c->web.hosts[0], "lava.example.org");
    assert_string_equal(c->web.hosts[1], "::1");
    assert_false(c->protected_proxy);
    assert_false(c->protected_web);
    assert_false(c->demo);
}

static void check_back(const struct config *c)
{
    assert_int_equal(c->backend_count, 2);
    assert_string_equal(c->backends[0].name, "eu-a");
    assert_int_equal(c->backends[0].version, 4);
    assert_string_equal(c->backends[0].host, "node.example.org");
    assert_int_equal(c->backends[0].port, 2333);
    assert_string_equal(c->backends[0].password, "x");
    assert_int_equal(c->backends[0].weight, 7);
    assert_string_equal(c->backends[1].host, "2001:db8::1");
    assert_string_equal(c->backends[1].password, "youshallnotpass");
    assert_int_equal(c->backends[1].weight, 1);
    assert_true(c->health.interval == 120 && c->health.timeout == 1.5 && c->health.slow == 1);
    assert_int_equal(c->health.check, CONFIG_CHECK_TCP);
    assert_true(c->rates.interval == 10 && c->rates.history == 60);
    assert_int_equal(c->rates.medium, 1024);
    assert_int_equal(c->rates.high, 2000000);
}

static void check_rest(const struct config *c)
{
    assert_true(c->timeouts.header == CONFIG_OFF && c->timeouts.connect == 0.5);
    assert_true(c->timeouts.response == 60 && c->timeouts.idle == 90);
    assert_true(c->timeouts.tunnel == 3600 && c->timeouts.drain == 0);
    assert_true(c->timeouts.backend_wait == CONFIG_OFF);
    assert_int_equal(c->limits.connections, 10);
    assert_int_equal(c->limits.connections_per_ip, 5);
    assert_int_equal(c->limits.auth_failures, 3);
    assert_true(c->limits.auth_window == 120 && c->limits.block == 3600);
    assert_int_equal(c->limits.allow_count, 0);
    assert_int_equal(c->limits.deny_count, 2);
    check_net(&c->limits.deny[0], "192.0.2.0", 24);
    check_net(&c->limits.deny[1], "2001:db8::", 32);
    assert_string_equal(c->log.file, "/var/log/x y.log");
    assert_int_equal(c->log.level, LOG_DEBUG);
    assert_int_equal(c->log.format, LOG_JSON);
    assert_string_equal(c->events.file, "/var/log/events");
    assert_string_equal(c->events.unix_path, "/run/events");
    assert_string_equal(c->tui.theme, "mono");
    assert_true(c->tui.refresh == 0.5);
    static const struct config_key keys[] = {{"preset", "vim", "f:22:51"},
                                             {"row.next", "j", "f:22:67"},
                                             {"row.next", "Ctrl-N", "f:22:70"},
                                             {"kill", "x", "f:23:9"},
                                             {"check", "", "f:23:19"}};
    assert_int_equal(c->tui.key_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_string_equal(c->tui.keys[i].name, keys[i].name);
        assert_string_equal(c->tui.keys[i].key, keys[i].key);
        assert_string_equal(c->tui.keys[i].place, keys[i].place);
    }
}

static void test_everything(void **state)
{
    (void)state;
    struct load_problems problems = {0};
    const struct config *config =
        load_text("f", everything, sizeof everything - 1, NULL, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_error("found: %s\n", problems.list[i].text);
    assert_non_null(config);
    check_front(config);
    check_back(config);
    check_rest(config);

    assert_ptr_equal(config_ref(config), config);
    config_unref(config);
    assert_string_equal(config->backends[0].name, "eu-a");
    config_unref(config);
    config_unref(NULL);
}

static void test_defaults(void **state)
{
    (void)state;
    struct load_problems problems = {0};
    const struct config *c = load_text("f", "", 0, NULL, &problems);
    assert_non_null(c);
    assert_int_equal(c->proxy.listen_count, 1);
    check_addr(&c->proxy.listen[0], "0.0.0.0:6923");
    check_addr(&c->web.listen, "127.0.0.1:6980");
    assert_int_equal(c->proxy.password_count, 1);
    assert_string_equal(c->proxy.passwords[0], CONFIG_DEFAULT_PASSWORD);
    assert_int_equal(c->proxy.default_version, 3);
    assert_in_range(c->proxy.workers, 1, 8);
    assert_true(c->protected_proxy && c->protected_web);
    assert_true(c->limits.connections == CONFIG_NO_LIMIT);
    assert_true(c->timeouts.tunnel == CONFIG_OFF);
    assert_int_equal(c->health.check, CONFIG_CHECK_HTTP);
    assert_int_equal(c->log.level, LOG_INFO);
    assert_true(c->tui.color == CONFIG_COLOR_AUTO && c->tui.mouse);
    assert_false(c->tui.ascii || c->tui.read_only || c->demo);
    assert_int_equal(c->tui.key_count, 1);
    assert_string_equal(c->tui.keys[0].key, "default");
    assert_string_equal(c->backends[0].name, "v3");
    assert_int_equal(c->backends[0].port, 2333);
    assert_string_equal(c->backends[1].name, "v4");
    assert_int_equal(c->backends[1].port, 2334);
    config_unref(c);

    /* Without a v3 backend, paths without a version mean 4. */
    c = load_key("backends", "name", "only", &problems);
    assert_non_null(c);
    assert_int_equal(c->backend_count, 1);
    assert_int_equal(c->proxy.default_version, 4);
    config_unref(c);
}

/* One text or a list; protected for as long as the default is among them. */
static void test_passwords(void **state)
{
    static const struct {
        const char *value, *last;
        unsigned count;
        bool is_protected;
    } rows[] = {
        {"x", "x", 1, false},
        {"[x]", "x", 1, false},
        {"[\"x y\", DevamOP1]", "DevamOP1", 2, false},
        {"[DevamOP]", "DevamOP", 1, true},
        {"[x, DevamOP]", "DevamOP", 2, true},
        {"[DevamOP, x]", "x", 2, true},
        {"[x, X, 1, 2, 3, 4, 5, 6]", "6", 8, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct load_problems problems = {0};
        const struct config *c = load_key("proxy", "password", rows[i].value, &problems);
        assert_non_null(c);
        assert_int_equal(problems.count, 0);
        assert_int_equal(c->proxy.password_count, rows[i].count);
        assert_string_equal(c->proxy.passwords[rows[i].count - 1], rows[i].last);
        assert_int_equal(c->protected_proxy, rows[i].is_protected);
        config_unref(c);
    }
}

static void test_between_backends(void **state)
{
    (void)state;
    static const char text[] = "backends:\n"
                               "- {name: a, version: 3, address: h:1}\n"
                               "- {name: a, version: 3, address: H:1}\n";
    struct load_problems problems = {0};
    assert_null(load_text("f", text, sizeof text - 1, NULL, &problems));
    assert_int_equal(problems.count, 2);
    assert_string_equal(problems.list[0].text, "f:3:3: backends: the name a is there twice");
    assert_string_equal(problems.list[1].text,
                        "f:3:3: backends: two backends have the address H port 1");
    load_problems_free(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),          cmocka_unit_test(test_everything),
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_between_backends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
