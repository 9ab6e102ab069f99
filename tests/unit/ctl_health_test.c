/*
 * When backends are checked: on suspicion, while they are down, on demand, and what a reload does
 * to it. Real sockets and a real loop; nobody waits for anything but news.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include <ev.h>

#include "base/clock.h"
#include "conf/load.h"
#include "ctl/health.h"
#include "net/sock.h"

#define PATIENCE 60.0

/* A node that accepts, counts, and says nothing. */
struct node {
    struct stage *stage;
    int fd;
    uint16_t port;
    unsigned accepted;
    int last; /* the newest connection */
    struct ev_io io;
};

struct stage {
    struct ev_loop *loop;
    struct ev_timer late;
    struct mailbox *box;
    const struct config *config;
    const struct fleet *fleet;
    struct health *health;
    struct node nodes[2];
    unsigned told, told_of[FLEET_MAX], done;
    struct health_news last;
    double last_at;
};

static void on_accept(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct node *node = io->data;
    struct addr peer;

    (void)loop;
    (void)events;
    sock_close(node->last);
    node->last = sock_accept(node->fd, &peer);
    if (node->last >= 0)
        node->accepted++;
}

static void node_up(struct node *node)
{
    struct addr addr;
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    struct err err;

    assert_true(addr_parse(slice_of("127.0.0.1"), &addr));
    addr.port = node->port;
    node->fd = sock_listen(&addr, &err);
    if (node->fd < 0)
        fail_msg("%s", err.text);
    assert_int_equal(getsockname(node->fd, (struct sockaddr *)&sa, &len), 0);
    addr_from_sockaddr(&addr, (struct sockaddr *)&sa);
    node->port = addr.port;
    node->io.data = node;
    ev_io_init(&node->io, on_accept, node->fd, EV_READ);
    ev_io_start(node->stage->loop, &node->io);
}

static void node_down(struct node *node)
{
    ev_io_stop(node->stage->loop, &node->io);
    sock_close(node->fd);
    sock_close(node->last);
    node->fd = node->last = -1;
}

static void on_late(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
    fail_msg("nothing has come for %g s", PATIENCE);
}

static void on_news(void *ctx, const struct health_news *news)
{
    struct stage *stage = ctx;

    stage->told++;
    stage->told_of[news->slot]++;
    stage->last = *news;
    stage->last_at = clock_mono();
}

static void on_done(void *ctx)
{
    ((struct stage *)ctx)->done++;
}

static void on_mail(void *ctx, struct mail *mail)
{
    (void)ctx;
    (void)mail;
}

static const struct config *config_of(const struct stage *stage, const char *check,
                                      const char *password, unsigned nodes)
{
    struct load_problems problems = {.count = 0};
    const char *const none[] = {NULL};
    struct load_options options = {.environ = none};
    char text[1024];
    int len =
        snprintf(text, sizeof(text),
                 "health: {check: %s, interval: 1h, timeout: 50s, slow: 40s}\nbackends:\n", check);

    for (unsigned i = 0; i < nodes; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len,
                        "  - {name: n%u, version: 4, address: \"127.0.0.1:%u\", password: %s}\n", i,
                        stage->nodes[i].port, password);
    const struct config *config = load_text("test", text, (size_t)len, &options, &problems);
    if (!config)
        fail_msg("%s", problems.list[0].text);
    load_problems_free(&problems);
    return config;
}

static void run_until(struct stage *stage, const unsigned *count, unsigned want)
{
    ev_timer_init(&stage->late, on_late, PATIENCE, 0.0);
    ev_now_update(stage->loop);
    ev_timer_start(stage->loop, &stage->late);
    while (*count < want)
        ev_run(stage->loop, EVRUN_ONCE);
    ev_timer_stop(stage->loop, &stage->late);
}

static void begin(struct stage *stage, const char *check, unsigned nodes)
{
    memset(stage, 0, sizeof(*stage));
    stage->loop = ev_loop_new(EVFLAG_AUTO);
    assert_non_null(stage->loop);
    stage->box = mailbox_new(stage->loop, on_mail, stage);
    assert_non_null(stage->box);
    for (unsigned i = 0; i < 2; i++) {
        stage->nodes[i] = (struct node){.stage = stage, .last = -1};
        node_up(&stage->nodes[i]);
    }
    stage->config = config_of(stage, check, "one", nodes);
    stage->fleet = fleet_new(stage->config);
    stage->health =
        health_new(stage->loop, stage->config, stage->fleet, stage->box, 0, on_news, stage);
    assert_non_null(stage->health);
    health_start(stage->health);
}

static void reload(struct stage *stage, const char *check, const char *password, unsigned nodes)
{
    const struct config *config = config_of(stage, check, password, nodes);
    const struct fleet *fleet = fleet_next(stage->fleet, config, 0, 0, NULL);

    assert_non_null(fleet);
    health_apply(stage->health, config, fleet);
    config_unref(stage->config);
    fleet_unref(stage->fleet);
    stage->config = config;
    stage->fleet = fleet;
}

static void end(struct stage *stage)
{
    health_free(stage->health);
    for (unsigned i = 0; i < 2; i++)
        node_down(&stage->nodes[i]);
    fleet_unref(stage->fleet);
    config_unref(stage->config);
    mailbox_free(stage->box);
    ev_loop_destroy(stage->loop);
    assert_int_equal(sock_count(), 0);
}

static void test_many_suspicions_make_one_check(void **state)
{
    struct stage stage;

    (void)state;
    begin(&stage, "tcp", 1);
    run_until(&stage, &stage.told, 1);
    assert_int_equal(stage.last.state, BACKEND_ONLINE);
    static const double pauses[] = {0.2, 0.4, 0.8, 0.8};
    for (unsigned i = 0; i < 4; i++) {
        double before = stage.last_at;
        for (unsigned n = 0; n < 1000; n++)
            health_suspect(stage.health, 0);
        run_until(&stage, &stage.told, stage.told + 1);
        assert_int_equal(stage.last.state, BACKEND_ONLINE);
        /* As long as it goes on, each takes its time. */
        assert_true(stage.last_at - before > pauses[i] - 0.02);
    }
    /* A thousand make one, or two where a check begins amid them. */
    run_until(&stage, &stage.nodes[0].accepted, 5);
    assert_in_range(stage.nodes[0].accepted, 5, 9);
    health_suspect(stage.health, 1);
    health_suspect(stage.health, REPORT_NO_BACKEND);
    end(&stage);
}

static void test_suspicion_during_a_check_makes_another(void **state)
{
    struct stage stage;

    (void)state;
    begin(&stage, "tcp", 1);
    for (unsigned n = 0; n < 1000; n++)
        health_suspect(stage.health, 0);
    run_until(&stage, &stage.told, 2);
    assert_int_equal(stage.last.state, BACKEND_ONLINE);
    end(&stage);
}

static void test_down_and_back(void **state)
{
    struct stage stage;

    (void)state;
    begin(&stage, "tcp", 1);
    run_until(&stage, &stage.told, 1);
    node_down(&stage.nodes[0]);
    health_suspect(stage.health, 0);
    run_until(&stage, &stage.told, 2);
    assert_int_equal(stage.last.state, BACKEND_OFFLINE);
    assert_true(stage.last.response_ms < 0);
    assert_string_equal(stage.last.reason, "Connection refused");
    run_until(&stage, &stage.told, 5);
    assert_int_equal(stage.last.state, BACKEND_OFFLINE);
    node_up(&stage.nodes[0]);
    double up = clock_mono();
    while (stage.last.state != BACKEND_ONLINE)
        run_until(&stage, &stage.told, stage.told + 1);
    /* A second, and patience for a busy machine. */
    assert_true(stage.last_at - up < 3.0);
    end(&stage);
}

static void test_on_demand(void **state)
{
    struct stage stage;

    (void)state;
    begin(&stage, "tcp", 2);
    run_until(&stage, &stage.told, 2);
    assert_false(health_check(stage.health, 2, on_done, &stage));
    assert_true(health_check(stage.health, REPORT_NO_BACKEND, on_done, &stage));
    assert_false(health_check(stage.health, 0, on_done, &stage));
    run_until(&stage, &stage.done, 1);
    assert_int_equal(stage.told_of[0], 2);
    assert_int_equal(stage.told_of[1], 2);
    end(&stage);
}

static void test_our_own_fault_says_nothing(void **state)
{
    struct rlimit limit, none;
    struct stage stage;

    (void)state;
    begin(&stage, "tcp", 1);
    run_until(&stage, &stage.told, 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_true(health_check(stage.health, 0, on_done, &stage));
    assert_int_equal(stage.done, 1);
    assert_int_equal(stage.told, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    /* Put off, not forgotten. */
    run_until(&stage, &stage.told, 2);
    assert_int_equal(stage.last.state, BACKEND_ONLINE);
    end(&stage);
}

static void test_reload(void **state)
{
    struct stage stage;

    (void)state;
    begin(&stage, "tcp", 1);
    run_until(&stage, &stage.told, 1);
    reload(&stage, "tcp", "one", 2);
    run_until(&stage, &stage.told_of[1], 1);
    assert_int_equal(stage.told_of[0], 1); /* goes on as it was */
    reload(&stage, "tcp", "two", 2);       /* the password may have been the trouble */
    run_until(&stage, &stage.told, 4);
    assert_int_equal(stage.told_of[0], 2);
    assert_int_equal(stage.told_of[1], 2);
    reload(&stage, "http", "two", 2);
    run_until(&stage, &stage.nodes[0].accepted, 3);
    run_until(&stage, &stage.nodes[1].accepted, 3);
    /* Both are being asked, and are silent. One of them goes, and the wait for it ends. */
    assert_true(health_check(stage.health, 1, on_done, &stage));
    assert_int_equal(stage.done, 0);
    reload(&stage, "http", "two", 1);
    assert_int_equal(stage.done, 1);
    /* The other one's check was begun anew. */
    run_until(&stage, &stage.nodes[0].accepted, 4);
    node_down(&stage.nodes[0]);
    run_until(&stage, &stage.told, 5);
    assert_int_equal(stage.last.slot, 0);
    assert_int_equal(stage.last.state, BACKEND_OFFLINE);
    node_up(&stage.nodes[0]);
    end(&stage);
}

static void test_names_of_others(void **state)
{
    struct stage stage;
    struct resolver_answer answer = {.count = 1};

    (void)state;
    begin(&stage, "tcp", 1);
    run_until(&stage, &stage.told, 1);
    assert_true(addr_parse(slice_of("127.0.0.9"), &answer.addrs[0]));
    /* Of a node that had the slot before, and of a slot that is free. */
    answer.token = 7 * FLEET_MAX;
    health_resolved(stage.health, &answer);
    answer.token = 5;
    health_resolved(stage.health, &answer);
    health_suspect(stage.health, 0);
    run_until(&stage, &stage.told, 2);
    assert_int_equal(stage.last.state, BACKEND_ONLINE);
    assert_int_equal(stage.last.addr_count, 1);
    assert_int_equal(stage.last.addrs[0].bytes[3], 1);
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_suspicions_make_one_check),
        cmocka_unit_test(test_suspicion_during_a_check_makes_another),
        cmocka_unit_test(test_down_and_back),
        cmocka_unit_test(test_on_demand),
        cmocka_unit_test(test_our_own_fault_says_nothing),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_names_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
