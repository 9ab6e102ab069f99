/* The gate: limits, wrong passwords, blocks, lists; and that what it remembers does not leak. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "conf/load.h"

#include "proxy/gate.h"

static const struct config *config;
static struct gate_ticket ticket;

/* A gate, and in `config` these limits, written as in the file. */
static struct gate *make_gate(const char *limits)
{
    char text[512];
    struct load_options options = {.path = NULL};
    struct load_problems problems = {.count = 0};
    int len = snprintf(text, sizeof text, "proxy: {password: x}\nlimits: {%s}\n", limits);
    config = load_text("test", text, (size_t)len, &options, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_message("%s\n", problems.list[i].text);
    assert_non_null(config);
    struct gate *gate = gate_new();
    load_problems_free(&problems);
    return gate;
}

static void end_gate(struct gate *gate)
{
    gate_free(gate);
    config_unref(config);
    config = NULL;
}

static struct addr ip(const char *text)
{
    struct addr addr = {0};
    assert_true(addr_parse(slice_of(text), &addr));
    return addr;
}

static void limits(void **state)
{
    (void)state;
    struct gate *gate =
        make_gate("connections: 3, connections_per_ip: 2, auth_failures: off, allow: []");
    struct addr a = ip("203.0.113.1");
    struct addr b = ip("203.0.113.2");
    double left = 0;
    assert_int_equal(gate_enter(gate, config, &a, 1, &ticket, &left), GATE_OPEN);
    assert_int_equal(gate_enter(gate, config, &a, 1, &ticket, &left), GATE_OPEN);
    assert_int_equal(gate_enter(gate, config, &a, 1, &ticket, &left), GATE_IP_FULL);
    assert_int_equal(gate_enter(gate, config, &b, 1, &ticket, &left), GATE_OPEN);
    assert_int_equal(gate_enter(gate, config, &b, 1, &ticket, &left), GATE_FULL);
    gate_leave(gate, &a, &ticket);
    assert_int_equal(gate_enter(gate, config, &b, 1, &ticket, &left), GATE_OPEN);
    assert_int_equal(gate_enter(gate, config, &b, 1, &ticket, &left), GATE_FULL);
    gate_leave(gate, &a, &ticket);
    assert_int_equal(gate_enter(gate, config, &b, 1, &ticket, &left), GATE_IP_FULL);
    assert_int_equal(gate_enter(gate, config, &a, 1, &ticket, &left), GATE_OPEN);
    end_gate(gate);
}

static void same_64_is_one_visitor(void **state)
{
    (void)state;
    struct gate *gate = make_gate("connections_per_ip: 1, allow: []");
    struct addr a = ip("2001:db8:0:1::1");
    struct addr b = ip("2001:db8:0:1:ffff::2");
    struct addr c = ip("2001:db8:0:2::1");
    double left = 0;
    assert_int_equal(gate_enter(gate, config, &a, 1, &ticket, &left), GATE_OPEN);
    assert_int_equal(gate_enter(gate, config, &b, 1, &ticket, &left), GATE_IP_FULL);
    assert_int_equal(gate_enter(gate, config, &c, 1, &ticket, &left), GATE_OPEN);
    end_gate(gate);
}

static void wrong_passwords(void **state)
{
    static const struct {
        double at;
        bool begins;
        bool blocked; /* looked at just after */
    } steps[] = {
        {10, false, false},  {20, false, false}, {100, false, false}, /* a new window begins */
        {110, false, false}, {120, true, true},
    };
    (void)state;
    struct gate *gate = make_gate("auth_failures: 3/60s, block: 10m, allow: []");
    struct addr a = ip("203.0.113.1");
    struct addr b = ip("203.0.113.2");
    double left = 0;
    unsigned epoch = gate_epoch(gate);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_int_equal(gate_auth_failed(gate, config, &a, steps[i].at), steps[i].begins);
        assert_int_equal(gate_blocked(gate, config, &a, steps[i].at, &left), steps[i].blocked);
    }
    assert_int_not_equal(gate_epoch(gate), epoch);
    assert_true(left > 599.9 && left < 600.1);
    assert_int_equal(gate_enter(gate, config, &a, 130, &ticket, &left), GATE_BLOCKED);
    assert_true(left > 589.9 && left < 590.1);
    assert_int_equal(gate_enter(gate, config, &b, 130, &ticket, &left), GATE_OPEN);
    assert_int_equal(gate_enter(gate, config, &a, 721, &ticket, &left), GATE_OPEN);
    end_gate(gate);
}

static void block_list(void **state)
{
    (void)state;
    struct gate *gate = make_gate("auth_failures: 3/60s, block: 10m, allow: []");
    struct addr a = ip("203.0.113.1");
    double left = 0;
    assert_false(gate_unblock(gate, &a));
    assert_true(gate_block(gate, config, &a, 5, 10));
    assert_true(gate_blocked(gate, config, &a, 14, &left));
    assert_true(gate_unblock(gate, &a));
    assert_false(gate_unblock(gate, &a));
    assert_int_equal(gate_enter(gate, config, &a, 14, &ticket, &left), GATE_OPEN);
    assert_true(gate_block(gate, config, &a, 20, 10));
    assert_false(gate_blocked(gate, config, &a, 31, &left));
    assert_false(gate_unblock(gate, &a)); /* it ran out and is forgotten */
    end_gate(gate);
}

static void lists(void **state)
{
    (void)state;
    struct gate *gate = make_gate("connections: 1, connections_per_ip: 1, auth_failures: 1/60s, "
                                  "allow: [198.51.100.0/24], deny: [203.0.113.0/24]");
    struct addr friend = ip("198.51.100.9");
    struct addr foe = ip("203.0.113.9");
    double left = 0;
    assert_int_equal(gate_enter(gate, config, &foe, 1, &ticket, &left), GATE_DENIED);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gate_enter(gate, config, &friend, 1, &ticket, &left), GATE_OPEN);
        assert_false(gate_auth_failed(gate, config, &friend, 1));
    }
    assert_false(gate_block(gate, config, &friend, 1, 60));
    end_gate(gate);
}

/* Visitors beyond all bounds: the gate goes on working, and what has run out makes room. */
static void many_visitors(void **state)
{
    (void)state;
    struct gate *gate = make_gate("auth_failures: 2/60s, allow: []");
    struct addr a = ip("0.0.0.0");
    double left = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        memcpy(a.bytes, &i, sizeof i);
        gate_auth_failed(gate, config, &a, 1);
    }
    struct addr late = ip("203.0.113.1");
    gate_auth_failed(gate, config, &late, 100); /* the others' window is over: they are swept out */
    assert_true(gate_auth_failed(gate, config, &late, 100));
    assert_true(gate_blocked(gate, config, &late, 100, &left));
    end_gate(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),          cmocka_unit_test(same_64_is_one_visitor),
        cmocka_unit_test(wrong_passwords), cmocka_unit_test(block_list),
        cmocka_unit_test(lists),           cmocka_unit_test(many_visitors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
