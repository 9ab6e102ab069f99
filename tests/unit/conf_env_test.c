/* The environment, .env, the command line, and what wins over what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char directory[] = "/tmp/conf_env_test.XXXXXX";

static int enter(void **state)
{
    (void)state;
    umask(077);
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    unlink(".env");
    unlink("lavaproxy.yaml");
    unlink("pipe");
    return chdir("/") == 0 ? rmdir(directory) : -1;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const struct config *load_env(const char *text, const char *const *list,
                                     struct load_problems *problems)
{
    struct load_options options = {.environ = list};
    return load_text("f", text, strlen(text), &options, problems);
}

static void test_all_variables(void **state)
{
    (void)state;
    static const char *const list[] = {"PROXY_HOST=::",
                                       "PROXY_PORT=7000",
                                       "PROXY_PASSWORD=secret",
                                       "ENABLE_PROXY_PROTOCOL=True",
                                       "WEB_HOST=0.0.0.0",
                                       "WEB_PORT=7001",
                                       "WEB_PASSWORD=w=b",
                                       "LAVALINK_V3_HOST=three",
                                       "LAVALINK_V3_PORT=3333",
                                       "LAVALINK_V3_PASSWORD=p3",
                                       "LAVALINK_V4_HOST=[2001:db8::4]",
                                       "LAVALINK_V4_PORT=4444",
                                       "LAVALINK_V4_PASSWORD=p4",
                                       "HEALTH_CHECK_INTERVAL=30000",
                                       "HEALTH_CHECK_TIMEOUT=1500",
                                       "RATE_TRACKING_INTERVAL=2000",
                                       "MAX_CONNECTIONS_TOTAL=100",
                                       "MAX_CONNECTIONS_PER_IP=10",
                                       "LOG_LEVEL=warn",
                                       "NO_COLOR=1",
                                       "PROXY_PASWORD=ignored",
                                       "nonsense",
                                       NULL};
    struct load_problems problems = {0};
    const struct config *c = load_env("", list, &problems);
    assert_non_null(c);
    char text[ADDR_TEXT_MAX];
    assert_string_equal(addr_text(text, &c->proxy.listen[0], true), "[::]:7000");
    assert_int_equal(c->proxy.password_count, 1);
    assert_string_equal(c->proxy.passwords[0], "secret");
    assert_int_equal(c->proxy.proxy_protocol_count, 2);
    assert_int_equal(c->proxy.proxy_protocol[0].bits, 0);
    assert_int_equal(c->proxy.proxy_protocol[1].base.family, 6);
    assert_string_equal(addr_text(text, &c->web.listen, true), "0.0.0.0:7001");
    assert_string_equal(c->web.password, "w=b");
    assert_int_equal(c->backend_count, 2);
    assert_string_equal(c->backends[0].host, "three");
    assert_int_equal(c->backends[0].port, 3333);
    assert_string_equal(c->backends[0].password, "p3");
    assert_string_equal(c->backends[1].host, "2001:db8::4");
    assert_int_equal(c->backends[1].port, 4444);
    assert_string_equal(c->backends[1].password, "p4");
    assert_true(c->health.interval == 30 && c->health.timeout == 1.5 && c->rates.interval == 2);
    assert_int_equal(c->limits.connections, 100);
    assert_int_equal(c->limits.connections_per_ip, 10);
    assert_int_equal(c->log.level, LOG_WARN);
    assert_int_equal(c->tui.color, CONFIG_COLOR_NEVER);
    assert_false(c->protected_proxy || c->protected_web);
    config_unref(c);
}

/* Over the file; an empty variable is none. */
static void test_over_file(void **state)
{
    (void)state;
    static const char text[] = "proxy: {listen: [127.0.0.1:1, 127.0.0.1:2], password: [file, too], "
                               "proxy_protocol: 10.0.0.0/8}\n"
                               "web: {listen: off}\n"
                               "log: {level: error}\n"
                               "backends:\n"
                               "- {name: a, version: 4, address: a:1}\n"
                               "- {name: b, version: 4, address: b:1}\n";
    static const char *const list[] = {"PROXY_PORT=9",
                                       "PROXY_PASSWORD=",
                                       "WEB_PORT=10",
                                       "LAVALINK_V4_PASSWORD=p4",
                                       "LAVALINK_V3_PORT=3",
                                       "ENABLE_PROXY_PROTOCOL=false",
                                       NULL};
    struct load_problems problems = {0};
    const struct config *c = load_env(text, list, &problems);
    assert_non_null(c);
    char addr[ADDR_TEXT_MAX];
    assert_int_equal(c->proxy.listen_count, 1);
    assert_string_equal(addr_text(addr, &c->proxy.listen[0], true), "127.0.0.1:9");
    assert_string_equal(addr_text(addr, &c->web.listen, true), "127.0.0.1:10");
    assert_int_equal(c->proxy.password_count, 2);
    assert_string_equal(c->proxy.passwords[0], "file");
    assert_int_equal(c->proxy.proxy_protocol_count, 0);
    assert_int_equal(c->log.level, LOG_ERROR);
    assert_int_equal(c->backend_count, 3);
    assert_string_equal(c->backends[0].password, "p4");
    assert_string_equal(c->backends[1].password, "youshallnotpass");
    assert_string_equal(c->backends[2].name, "v3");
    assert_int_equal(c->backends[2].version, 3);
    assert_int_equal(c->backends[2].port, 3);
    assert_int_equal(c->proxy.default_version, 3);
    config_unref(c);
}

static void test_which_backends(void **state)
{
    (void)state;
    static const struct {
        const char *list[3];
        unsigned count;
        const char *first;
    } rows[] = {
        {{NULL}, 2, "v3"},
        {{"LAVALINK_V4_HOST=h", NULL}, 1, "v4"},
        {{"LAVALINK_V3_HOST=h", NULL}, 1, "v3"},
        {{"LAVALINK_V4_HOST=h", "LAVALINK_V3_PASSWORD=p", NULL}, 2, "v3"},
        {{"LAVALINK_V4_PORT=5", NULL}, 2, "v3"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct load_problems problems = {0};
        const struct config *c = load_env("", rows[i].list, &problems);
        assert_non_null(c);
        assert_int_equal(c->backend_count, rows[i].count);
        assert_string_equal(c->backends[0].name, rows[i].first);
        config_unref(c);
    }
}

static void test_bad_variables(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *problem;
    } rows[] = {
        {"PROXY_PORT=hunter", "environment: PROXY_PORT: \"hunter\" is not a port from 1 to 65535"},
        {"PROXY_PORT=0", "environment: PROXY_PORT: \"0\" is not a port from 1 to 65535"},
        {"PROXY_HOST=x y",
         "environment: PROXY_HOST: \"x y\" is not an address such as 0.0.0.0 or ::"},
        {"PROXY_PORT=6980", "environment: web.listen: port 6980 is that of proxy.listen already"},
        {"PROXY_PASSWORD=a\nb", "environment: PROXY_PASSWORD: must not hold control characters, "
                                "such as a line break"},
        {"LAVALINK_V4_HOST=h:1",
         "environment: LAVALINK_V4_HOST: \"h:1\" is not the name of a host, without a port"},
        {"LAVALINK_V4_HOST=h\r\nX", "environment: LAVALINK_V4_HOST: \"h\xef\xbf\xbd X\" is not the "
                                    "name of a host, without a port"},
        {"HEALTH_CHECK_INTERVAL=60s",
         "environment: HEALTH_CHECK_INTERVAL: must be a whole number of milliseconds"},
        {"HEALTH_CHECK_INTERVAL=60", "environment: HEALTH_CHECK_INTERVAL: must be 100ms to 24h"},
        {"HEALTH_CHECK_TIMEOUT=3000000000000000000000",
         "environment: HEALTH_CHECK_TIMEOUT: must be a whole number of milliseconds"},
        {"HEALTH_CHECK_INTERVAL=1000",
         "environment: health.timeout: must not be above health.interval"},
        {"MAX_CONNECTIONS_TOTAL=many",
         "environment: MAX_CONNECTIONS_TOTAL: must be 1 to 10000000, or off"},
        {"ENABLE_PROXY_PROTOCOL=maybe",
         "environment: ENABLE_PROXY_PROTOCOL: must be true or false"},
        {"LOG_LEVEL=trace",
         "environment: LOG_LEVEL: \"trace\" is none of debug, info, warn, error"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const list[] = {rows[i].variable, NULL};
        struct load_problems problems = {0};
        assert_null(load_env("", list, &problems));
        assert_int_equal(problems.count, 1);
        assert_string_equal(problems.list[0].text, rows[i].problem);
        load_problems_free(&problems);
    }
}

static void test_env_file(void **state)
{
    (void)state;
    static const char text[] = "# comment\n"
                               "\n"
                               "PROXY_PORT=7000   # the port\r\n"
                               "export PROXY_PASSWORD='s3c#ret $x'\n"
                               "  WEB_PASSWORD = \"a\\\"b\\\\\" # done\n"
                               "LAVALINK_V3_PASSWORD=a#b\n"
                               "LOG_LEVEL=error\n"
                               "LOG_LEVEL=warn\n"
                               "OTHER_THING=x\n"
                               "EMPTY=\n"
                               "HEALTH_CHECK_TIMEOUT=2000";
    static const char *const list[] = {"PROXY_PORT=8000", "HEALTH_CHECK_TIMEOUT=", NULL};
    struct load_options options = {.env_file = ".env", .environ = list};
    struct load_problems problems = {0};
    write_file(".env", text);
    const struct config *c = load_text("f", "", 0, &options, &problems);
    assert_non_null(c);
    assert_int_equal(problems.count, 0);
    assert_int_equal(c->proxy.listen[0].port, 8000);
    assert_string_equal(c->proxy.passwords[0], "s3c#ret $x");
    assert_string_equal(c->web.password, "a\"b\\");
    assert_string_equal(c->backends[0].password, "a#b");
    assert_int_equal(c->log.level, LOG_WARN);
    assert_true(c->health.timeout == 2);
    config_unref(c);

    /* Others can read the password: a warning, no error. */
    assert_int_equal(chmod(".env", 0644), 0);
    c = load_text("f", "", 0, &options, &problems);
    assert_non_null(c);
    assert_int_equal(problems.count, 1);
    assert_true(problems.list[0].warning);
    assert_null(strstr(problems.list[0].text, "s3c"));
    config_unref(c);
    load_problems_free(&problems);
    unlink(".env");
}

static void test_bad_env_file(void **state)
{
    (void)state;
    static const char text[] = "PROXY_PORT=7000\n"
                               "hunter2\n"
                               "1A=x\n"
                               "  WEB_PASSWORD=\"open\n"
                               "LOG_LEVEL=loud\n"
                               "WEB_HOST='a' b\n";
    static const char *const expected[] = {
        ".env:2:1: a line must read NAME=value",
        ".env:3:1: a line must read NAME=value",
        ".env:4:16: the quotes of a value must close in its line",
        ".env:6:10: the quotes of a value must close in its line",
        ".env:5:1: LOG_LEVEL: \"loud\" is none of debug, info, warn, error",
    };
    struct load_options options = {.env_file = ".env"};
    struct load_problems problems = {0};
    write_file(".env", text);
    assert_null(load_text("f", "", 0, &options, &problems));
    assert_int_equal(problems.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_string_equal(problems.list[i].text, expected[i]);
    load_problems_free(&problems);
    unlink(".env");

    /* None is fine. */
    const struct config *c = load_text("f", "", 0, &options, &problems);
    assert_non_null(c);
    config_unref(c);
}

static void test_files(void **state)
{
    (void)state;
    struct load_problems problems = {0};
    struct load_options options = {0};
    write_file("lavaproxy.yaml", "proxy: {password: [DevamOP, sesame]}\n");
    assert_string_equal(load_path(&options), "lavaproxy.yaml");
    const struct config *c = load_config(&options, &problems);
    assert_non_null(c);
    assert_int_equal(problems.count, 0);
    assert_string_equal(c->proxy.passwords[1], "sesame");
    config_unref(c);

    assert_int_equal(chmod("lavaproxy.yaml", 0644), 0);
    c = load_config(&options, &problems);
    assert_non_null(c);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.errors, 0);
    assert_true(problems.list[0].warning);
    config_unref(c);
    load_problems_free(&problems);

    static const struct {
        const char *path, *problem;
    } rows[] = {
        {"missing.yaml", "missing.yaml: there is no such file"},
        {"lavaproxy.yaml/x", "lavaproxy.yaml/x: there is no such file"},
        {".", ".: is a directory, not a file"},
        {"pipe", "pipe: is a pipe or a device, not a file"},
        {"/dev/zero", "/dev/zero: is larger than 1024 KiB"},
    };
    assert_int_equal(mkfifo("pipe", 0600), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        options.path = rows[i].path;
        assert_null(load_config(&options, &problems));
        assert_int_equal(problems.count, 1);
        assert_string_equal(problems.list[0].text, rows[i].problem);
        load_problems_free(&problems);
    }
}

static void test_command_line(void **state)
{
    (void)state;
    struct load_options options = {.theme = "mono",
                                   .refresh = "2s",
                                   .ascii = true,
                                   .color = "never",
                                   .no_mouse = true,
                                   .read_only = true};
    static const char text[] = "tui: {theme: light, refresh: 3s}\n";
    struct load_problems problems = {0};
    const struct config *c = load_text("f", text, sizeof text - 1, &options, &problems);
    assert_non_null(c);
    assert_string_equal(c->tui.theme, "mono");
    assert_true(c->tui.refresh == 2);
    assert_true(c->tui.ascii && c->tui.read_only);
    assert_true(c->tui.color == CONFIG_COLOR_NEVER && !c->tui.mouse);
    config_unref(c);

    options.color = "alwyas";
    options.refresh = "soon";
    assert_null(load_text("f", "", 0, &options, &problems));
    assert_int_equal(problems.count, 2);
    assert_string_equal(
        problems.list[0].text,
        "command line: --color: \"alwyas\" is none of auto, never, always, 16, 256, true; did you "
        "mean always?");
    assert_string_equal(problems.list[1].text,
                        "command line: --refresh: \"soon\" is not a duration; write it like 250ms, "
                        "3s, 10m or 1h");
    load_problems_free(&problems);
}

static void test_demo(void **state)
{
    (void)state;
    static const struct {
        const char *text, *variable, *listen, *allow;
    } rows[] = {
        {"", NULL, "127.0.0.1:6923", "127.0.0.1"},
        {"proxy: {listen: 0.0.0.0:6923}\n", NULL, "127.0.0.1:6923", "127.0.0.1"},
        {"proxy: {listen: 0.0.0.0:7000}\n", NULL, "0.0.0.0:7000", "127.0.0.1"},
        {"", "PROXY_PORT=7000", "127.0.0.1:7000", "127.0.0.1"},
        {"", "PROXY_HOST=0.0.0.0", "0.0.0.0:6923", "127.0.0.1"},
        {"limits: {allow: [127.0.0.0/8, \"::1\"]}\n", NULL, "127.0.0.1:6923", "127.0.0.1"},
        {"limits: {allow: [127.0.0.0/8]}\n", NULL, "127.0.0.1:6923", "127.0.0.0/8"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const list[] = {rows[i].variable, NULL};
        struct load_options options = {
            .demo = true, .demo_ports = {111, 222}, .demo_password = "demo", .environ = list};
        struct load_problems problems = {0};
        const struct config *c =
            load_text("f", rows[i].text, strlen(rows[i].text), &options, &problems);
        assert_non_null(c);
        char text[ADDR_TEXT_MAX];
        assert_string_equal(addr_text(text, &c->proxy.listen[0], true), rows[i].listen);
        assert_string_equal(addr_text(text, &c->web.listen, true), "127.0.0.1:6980");
        char net[ADDR_TEXT_MAX]; /* the demo's bots can be blocked */
        assert_string_equal(addr_net_text(net, &c->limits.allow[0]), rows[i].allow);
        assert_true(c->demo);
        assert_int_equal(c->backend_count, 2);
        assert_string_equal(c->backends[0].host, "127.0.0.1");
        assert_int_equal(c->backends[0].port, 111);
        assert_int_equal(c->backends[1].port, 222);
        assert_int_equal(c->backends[1].version, 4);
        assert_string_equal(c->backends[1].password, "demo");
        config_unref(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_variables),  cmocka_unit_test(test_over_file),
        cmocka_unit_test(test_which_backends), cmocka_unit_test(test_bad_variables),
        cmocka_unit_test(test_env_file),       cmocka_unit_test(test_bad_env_file),
        cmocka_unit_test(test_files),          cmocka_unit_test(test_command_line),
        cmocka_unit_test(test_demo),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
