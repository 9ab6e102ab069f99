/*
 * The whole demo, with a node in the proxy's place: the bots arrive and play, and everything is
 * gone within a fifth of a second.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "demo/demo.h"

/* Asks the version 4 node for something under /test/. */
static void ask(const struct addr *addr, const char *what, struct str *out)
{
    char request[256];
    struct sockaddr_storage to;
    socklen_t len = addr_to_sockaddr(addr, &to);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char bytes[65536];
    ssize_t got;
    int size = snprintf(request, sizeof request,
                        "%s HTTP/1.1\r\nHost: n\r\nConnection: close\r\n"
                        "Authorization: youshallnotpass\r\n\r\n",
                        what);

    assert_int_equal(connect(fd, (struct sockaddr *)&to, len), 0);
    assert_int_equal(send(fd, request, (size_t)size, 0), size);
    str_reset(out);
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        str_add(out, bytes, (size_t)got);
    close(fd);
}

static unsigned long figure(const struct str *log, const char *key)
{
    const char *at = strstr(log->ptr, key);

    assert_non_null(at);
    return strtoul(at + strlen(key), NULL, 10);
}

/* Waits until as many sessions as there are version 4 bots with the password stand, and `words`
 * are in the log. */
static void await_bots(const struct addr *addr, const char *const words[2], struct str *log)
{
    double start = clock_mono();

    do {
        assert_true(clock_mono() - start < 10);
        usleep(20000); /* between two looks, not for an event */
        ask(addr, "GET /test/log", log);
    } while (figure(log, "\"sessions\":") < 9 || strstr(log->ptr, words[0]) == NULL ||
             strstr(log->ptr, words[1]) == NULL);
}

static void test_bots(void **state)
{
    struct err err = {.text = ""};
    struct demo *demo = demo_open(&err);
    struct addr proxy = {.family = 4, .bytes = {127, 0, 0, 1}};
    struct str log;
    double start;

    (void)state;
    assert_non_null(demo);
    assert_int_not_equal(demo_node_port(demo, 3), demo_node_port(demo, 4));
    proxy.port = demo_node_port(demo, 4);
    assert_int_equal(demo_start(demo, &proxy, demo_node_password(), &err), 0);
    str_growing(&log);
    await_bots(&proxy, (const char *const[]){"?noReplace=false", "\"wrong\""}, &log);
    /* Cut, they come back, some of them to their session. */
    ask(&proxy, "DELETE /test/log", &log);
    ask(&proxy, "POST /test/drop", &log);
    await_bots(&proxy, (const char *const[]){"[\"Session-Id\",", "\"User-Id\""}, &log);
    str_free(&log);
    start = clock_mono();
    demo_free(demo);
    assert_true(clock_mono() - start < 0.2);
}

static void test_never_started(void **state)
{
    struct err err = {.text = ""};

    (void)state;
    demo_free(demo_open(&err));
    demo_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bots),
        cmocka_unit_test(test_never_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
