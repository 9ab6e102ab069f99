/*
 * What the tests of the web port share: a port with its real loop, desk and hub, whose commands the
 * test answers itself, and clients that read while the loop turns.
 */
#ifndef WEB_PORT_SUPPORT_H
#define WEB_PORT_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/load.h"
#include "net/sock.h"
#include "web/client.h"
#include "web/port.h"

#define PATIENCE 20.0 /* seconds until a test gives up waiting */

struct port_fixture {
    struct ev_loop *loop;
    const struct config *config;
    struct snap_hub *hub;
    struct command_desk *desk;
    struct web *web;
    struct addr addr;
    int listener;
    unsigned commands; /* that arrived at the desk */
    struct command last;
    command_answer *answer;
    void *answer_ctx;
};

static inline void on_command(void *ctx, const struct command *command, command_answer *answer,
                              void *answer_ctx)
{
    struct port_fixture *f = ctx;
    f->commands++;
    f->last = *command;
    f->answer = answer;
    f->answer_ctx = answer_ctx;
}

static inline uint16_t free_port(void)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
    close(fd);
    return ntohs(sin.sin_port);
}

static inline int set_up(void **state)
{
    struct port_fixture *f = calloc(1, sizeof(*f));
    struct load_problems problems = {.count = 0};
    struct load_options options = {.demo = false};
    struct err err;
    char text[256];
    assert_non_null(f);
    assert_true(addr_parse(SLICE("127.0.0.1"), &f->addr));
    f->addr.port = free_port();
    int len = snprintf(text, sizeof(text),
                       "web: {listen: '127.0.0.1:%u'}\nbackends:\n  - {name: a, version: 4, "
                       "address: '127.0.0.1:9', password: x}\n",
                       f->addr.port);
    f->config = load_text("test", text, (size_t)len, &options, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_message("%s\n", problems.list[i].text);
    assert_non_null(f->config);
    load_problems_free(&problems);
    f->loop = ev_loop_new(EVFLAG_AUTO);
    f->hub = snap_hub_new();
    f->desk = command_desk_new(f->loop, on_command, f);
    f->web = web_open(f->loop, f->config, f->hub, f->desk);
    assert_non_null(f->web);
    f->listener = sock_listen(&f->addr, &err);
    assert_true(f->listener >= 0);
    web_listen(f->web, f->listener);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct port_fixture *f = *state;
    web_free(f->web);
    sock_close(f->listener);
    command_desk_free(f->desk);
    snap_hub_free(f->hub);
    ev_loop_destroy(f->loop);
    config_unref(f->config);
    free(f);
    return 0;
}

static inline int dial(struct port_fixture *f, const char *text)
{
    struct sockaddr_storage sa;
    socklen_t len = addr_to_sockaddr(&f->addr, &sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    if (text)
        assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    return fd;
}

/* One turn of the loop, and no busy waiting around it. */
static inline void turn(struct port_fixture *f)
{
    poll(NULL, 0, 1);
    ev_run(f->loop, EVRUN_NOWAIT);
}

#define turn_until(f, condition)                                                                   \
    do {                                                                                           \
        double turn_end = clock_mono() + PATIENCE;                                                 \
        while (!(condition)) {                                                                     \
            assert_true(clock_mono() < turn_end);                                                  \
            turn(f);                                                                               \
        }                                                                                          \
    } while (0)

/* Reads until the text holds `mark` or the port closed; returns the length. */
static inline size_t read_until(struct port_fixture *f, int fd, char *text, size_t size,
                                const char *mark)
{
    size_t len = 0;
    double end = clock_mono() + PATIENCE;
    text[0] = '\0';
    while (!mark || !strstr(text, mark)) {
        assert_true(clock_mono() < end && len + 1 < size);
        turn(f);
        ssize_t got = recv(fd, text + len, size - 1 - len, 0);
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            break;
        if (got > 0)
            len += (size_t)got;
        text[len] = '\0';
    }
    return len;
}

/* A snapshot with this many connections. */
static inline void publish(struct port_fixture *f, unsigned conns)
{
    struct snap *snap =
        snap_alloc(conns * sizeof(struct snap_conn) + sizeof(struct snap_history) + 64);
    assert_non_null(snap);
    static uint64_t seq;
    snap->seq = ++seq;
    snap->wall_ms = clock_wall_ms();
    snap->started_ms = snap->wall_ms - 600000;
    struct snap_history *history = snap_take(snap, sizeof(*history));
    memset(history, 0, sizeof(*history));
    struct snap_conn *rows = conns ? snap_take(snap, conns * sizeof(*rows)) : NULL;
    for (unsigned i = 0; i < conns; i++)
        rows[i] = (struct snap_conn){.id = i + 1,
                                     .client = f->addr,
                                     .opened_ms = snap->started_ms,
                                     .backend = REPORT_NO_BACKEND,
                                     .history = history,
                                     .user_id = "",
                                     .client_name = "",
                                     .user_agent = "",
                                     .path = ""};
    snap->conns = rows;
    snap->conn_count = conns;
    snap->history = history;
    snap->listen = snap->web = "";
    snap_publish(f->hub, snap);
}

#define HERE " HTTP/1.1\r\nHost: localhost\r\n\r\n"

#define PORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
