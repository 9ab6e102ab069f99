/* What is said of two configurations that differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "conf/diff.h"
#include "conf/load.h"
#include "conf/schema.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define A "{name: a, version: 4, address: 'h:1'}"
#define B "{name: b, version: 4, address: 'h:2'}"

static const struct config *load(const char *text, const struct load_options *options)
{
    struct load_problems problems = {0};
    const struct config *config = load_text("f", text, strlen(text), options, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_error("%s\nfound: %s\n", text, problems.list[i].text);
    assert_non_null(config);
    load_problems_free(&problems);
    return config;
}

/* The lines, a "!" before those that need a restart. */
static void compare(const char *from, const char *to, struct str *said)
{
    static struct diff diff;
    const struct config *before = load(from, NULL);
    const struct config *after = load(to, NULL);
    diff_configs(&diff, before, after);
    str_reset(said);
    for (unsigned i = 0; i < diff.count; i++)
        str_addf(said, "%s%s\n", diff.lines[i].restart ? "!" : "", diff.lines[i].text);
    config_unref(before);
    config_unref(after);
}

static const struct {
    const char *from, *to, *said;
} rows[] = {
    {"", "", ""},
    /* Other words for the same. */
    {"timeouts: {idle: 60s}", "timeouts: {idle: 1m}", ""},
    {"proxy: {password: x}", "proxy: {password: [x]}", ""},
    {"rates: {medium: 16KiB}", "rates: {medium: 16384}", ""},
    {"", "proxy: {listen: 0.0.0.0:6923}\ntui: {theme: dark}", ""},
    /* Each type. */
    {"", "proxy: {listen: '[::]:6923'}", "proxy.listen: 0.0.0.0:6923 -> [::]:6923\n"},
    {"", "proxy: {listen: [127.0.0.1:1, '[::1]:1']}",
     "proxy.listen: 0.0.0.0:6923 -> [127.0.0.1:1, [::1]:1]\n"},
    {"", "web: {listen: off}", "web.listen: 127.0.0.1:6980 -> off\n"},
    {"", "web: {listen: '[::1]:6980'}", "web.listen: 127.0.0.1:6980 -> [::1]:6980\n"},
    {"", "web: {hosts: [a.example, b]}", "web.hosts: [] -> [a.example, b]\n"},
    {"web: {hosts: [a, b]}", "web: {hosts: [a, c]}", "web.hosts: [a, b] -> [a, c]\n"},
    {"limits: {allow: '::1'}", "limits: {allow: ['::1', 10.0.0.0/8, 'fd00::/8', 10.1.2.3]}",
     "limits.allow: [::1] -> [::1, 10.0.0.0/8, fd00::/8, 10.1.2.3]\n"},
    {"limits: {deny: 10.0.0.0/8}", "limits: {deny: 10.0.0.0/9}",
     "limits.deny: [10.0.0.0/8] -> [10.0.0.0/9]\n"},
    {"proxy: {default_version: 3}", "proxy: {default_version: 4}",
     "proxy.default_version: 3 -> 4\n"},
    {"", "timeouts: {idle: 60.5s, tunnel: 2h, header: off}",
     "timeouts.header: 10s -> off\ntimeouts.idle: 75s -> 60500ms\ntimeouts.tunnel: off -> 2h\n"},
    {"timeouts: {idle: 10ms, drain: 0}", "timeouts: {idle: 10.5ms, drain: 90}",
     "timeouts.idle: 10ms -> 10.5ms\ntimeouts.drain: 0s -> 90s\n"},
    {"", "rates: {medium: 16KiB, high: 1500KB}",
     "rates.medium: 100KB -> 16KiB\nrates.high: 1MB -> 1500KB\n"},
    {"rates: {medium: 100001}", "rates: {medium: 100000}", "rates.medium: 100001B -> 100KB\n"},
    {"", "limits: {connections: 10}", "limits.connections: off -> 10\n"},
    {"", "limits: {auth_failures: 10/90s}", "limits.auth_failures: 10/1m -> 10/90s\n"},
    {"limits: {auth_failures: 10/90s}", "limits: {auth_failures: off}",
     "limits.auth_failures: 10/90s -> off\n"},
    {"", "health: {check: tcp, slow: 1s}", "health.slow: 250ms -> 1s\nhealth.check: http -> tcp\n"},
    {"", "log: {file: /var/log/x y, level: debug, format: json}",
     "!log.file: \"\" -> /var/log/x y\nlog.level: info -> debug\n!log.format: text -> json\n"},
    {"log: {file: \"\\u202eevil\"}", "",
     "!log.file: \xef\xbf\xbd"
     "evil -> \"\"\n"},
    /* Secrets. */
    {"proxy: {password: hunter2}", "proxy: {password: [hunter3, hunter2]}",
     "proxy.password: changed\n"},
    {"proxy: {password: [hunter2, hunter3]}", "proxy: {password: ['hunter2, hunter3']}",
     "proxy.password: changed\n"},
    {"", "web: {password: hunter2}", "web.password: changed\n"},
    {"", "web: {tokens: [hunter2]}", "web.tokens: changed\n"},
    /* What takes a restart. */
    {"proxy: {workers: 1}", "proxy: {workers: 2}\ntui: {theme: mono, refresh: 2s}",
     "!proxy.workers: 1 -> 2\n!tui.theme: dark -> mono\n!tui.refresh: 1s -> 2s\n"},
    {"", "tui: {keys: {kill: [x, F9], check: []}}",
     "!tui.keys: {preset: default} -> {kill: x, kill: F9, check: []}\n"},
    /* Backends. */
    {"backends: [" A "]", "backends: [" A ", " B "]", "backends: b added: v4, h:2\n"},
    {"backends: [" A ", " B "]", "backends: [" B "]", "backends: a removed: v4, h:1\n"},
    {"backends: [" A ", " B "]", "backends: [" B ", " A "]", ""},
    {"backends: [" A "]", "backends: [{name: c, version: 4, address: 'h:1'}]",
     "backends: a is now c\n"},
    {"backends: [" A "]",
     "backends: [{name: c, version: 4, address: 'h:1', password: hunter2, weight: 3}]",
     "backends: a is now c\nbackends: c password: changed\nbackends: c weight: 1 -> 3\n"},
    /* The same name elsewhere is another node; so is another version there. */
    {"backends: [" A "]", "backends: [{name: a, version: 4, address: '[::1]:1'}]",
     "backends: a removed: v4, h:1\nbackends: a added: v4, [::1]:1\n"},
    {"proxy: {default_version: 4}\nbackends: [" A "]",
     "proxy: {default_version: 4}\nbackends: [{name: a, version: 3, address: 'h:1'}]",
     "backends: a removed: v4, h:1\nbackends: a added: v3, h:1\n"},
    /* Names change places. */
    {"backends: [" A ", " B "]",
     "backends: [{name: b, version: 4, address: 'h:1'}, {name: a, version: 4, address: 'h:2'}]",
     "backends: a is now b\nbackends: b is now a\n"},
};

static void test_rows(void **state)
{
    (void)state;
    struct str said;
    str_growing(&said);
    for (size_t i = 0; i < COUNT(rows); i++) {
        compare(rows[i].from, rows[i].to, &said);
        if (!slice_equal(str_slice(&said), slice_of(rows[i].said)))
            fail_msg("%s\n->\n%s\nexpected:\n%sfound:\n%s", rows[i].from, rows[i].to, rows[i].said,
                     said.len > 0 ? said.ptr : "");
        assert_null(memmem(said.ptr ? said.ptr : "", said.len, "hunter", 6));
    }
    str_free(&said);
}

static void add_nets(struct str *text, unsigned count, const char *last)
{
    str_add_text(text, "limits: {deny: [");
    for (unsigned i = 0; i < count; i++)
        str_addf(text, "10.0.%u.%u, ", i / 256, i % 256);
    str_addf(text, "%s]}\n", last);
}

/* What is too long is counted, cut at a character, or only said to have changed. */
static void test_long(void **state)
{
    (void)state;
    struct str from, to, said;
    str_growing(&from);
    str_growing(&to);
    str_growing(&said);
    add_nets(&from, 500, "10.1.0.0");
    add_nets(&to, 501, "10.1.0.0");
    compare(from.ptr, to.ptr, &said);
    assert_string_equal(said.ptr, "limits.deny: 501 elements -> 502 elements\n");
    str_reset(&to);
    add_nets(&to, 500, "10.1.0.1");
    compare(from.ptr, to.ptr, &said);
    assert_string_equal(said.ptr, "limits.deny: changed\n");

    str_reset(&from);
    str_add_text(&from, "log: {file: \"");
    for (unsigned i = 0; i < 50; i++)
        str_add_text(&from, "\xc3\xa4\xe4\xb8\xad");
    str_add_text(&from, "\"}\n");
    compare("", from.ptr, &said);
    /* 63 bytes of room: 12 pairs of 5, then the dots. */
    assert_int_equal(said.len, strlen("!log.file: \"\" -> ") + 60 + 3 + 1);
    assert_string_equal(said.ptr + said.len - 7, "\xe4\xb8\xad...\n");
    str_free(&from);
    str_free(&to);
    str_free(&said);
}

static void add_backends(struct str *text, unsigned count, const char *mark)
{
    str_add_text(text, "backends:\n");
    for (unsigned i = 0; i < count; i++)
        str_addf(text, "- {name: b%u%s, version: 4, address: 'h%s:%u'}\n", i, mark, mark, i + 1);
}

/* More lines than there is room for. */
static void test_many(void **state)
{
    (void)state;
    struct diff *diff = test_malloc(sizeof *diff);
    struct str from, to;
    str_growing(&from);
    str_growing(&to);
    add_backends(&from, 64, "");
    add_backends(&to, 64, "x");
    str_add_text(&to, "tui: {theme: light}\n");
    const struct config *before = load(from.ptr, NULL);
    const struct config *after = load(to.ptr, NULL);
    diff_configs(diff, before, after);
    assert_int_equal(diff->count, DIFF_LINES_MAX);
    assert_int_equal(diff->total, 129);
    /* What waits for a restart is not among those that find no room. */
    assert_string_equal(diff->lines[0].text, "tui.theme: dark -> light");
    assert_true(diff->lines[0].restart);
    assert_string_equal(diff->lines[1].text, "backends: b0 removed: v4, h:1");
    assert_string_equal(diff->lines[65].text, "backends: b0x added: v4, hx:1");
    assert_string_equal(diff->lines[DIFF_LINES_MAX - 1].text, "and 30 more");
    assert_false(diff->lines[DIFF_LINES_MAX - 1].restart);
    diff_configs(diff, after, after);
    assert_int_equal(diff->count, 0);
    assert_int_equal(diff->total, 0);
    config_unref(before);
    config_unref(after);
    str_free(&from);
    str_free(&to);
    test_free(diff);
}

/* No key of the schema is left out. */
static void test_every_key(void **state)
{
    (void)state;
    static const char other[] =
        "proxy: {listen: 127.0.0.1:7000, password: x, default_version: 4, workers: 9,\n"
        "        proxy_protocol: 10.0.0.0/8}\n"
        "web: {listen: off, password: x, tokens: [y], hosts: [a]}\n"
        "health: {interval: 2m, timeout: 2s, slow: 1s, check: tcp}\n"
        "rates: {interval: 2s, medium: 1KB, high: 2KB}\n"
        "timeouts: {header: 1s, connect: 1s, response: 1s, idle: 1s, tunnel: 1s, drain: 1s,\n"
        "           backend_wait: 1s}\n"
        "limits: {connections: 1, connections_per_ip: 1, auth_failures: 1/1s, block: 1s,\n"
        "         allow: [], deny: 10.0.0.0/8}\n"
        "log: {file: x, level: warn, format: json}\n"
        "events: {file: y, unix: z}\n"
        "tui: {theme: mono, color: never, refresh: 2s, clipboard: off, summary: 5s, keys: {kill: "
        "x}}\n";
    struct str said;
    str_growing(&said);
    compare("", other, &said);
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    for (size_t i = 0; i < count; i++) {
        char start[64];
        snprintf(start, sizeof start, "%s: ", entries[i].path);
        /* A history of another length does not exist; backends have rows of their own. */
        bool expected =
            strcmp(entries[i].path, "rates.history") != 0 && !schema_is_backend(&entries[i]);
        if (!strstr(said.ptr, start) == expected)
            fail_msg("%s\n%s", entries[i].path, said.ptr);
    }
    str_free(&said);
}

/* What only the command line says is the same after every reload. */
static void test_command_line(void **state)
{
    (void)state;
    struct load_options options = {.ascii = true, .no_mouse = true, .read_only = true};
    struct diff *diff = test_malloc(sizeof *diff);
    const struct config *before = load("", NULL);
    const struct config *after = load("", &options);
    diff_configs(diff, before, after);
    assert_int_equal(diff->count, 0);
    config_unref(before);
    config_unref(after);
    test_free(diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_long),
        cmocka_unit_test(test_many),         cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
