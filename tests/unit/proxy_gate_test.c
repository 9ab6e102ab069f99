/* The gate: limits, wrong passwords, blocks, lists; and that what it remembers does not leak. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "conf/load.h"

#include "proxy/gate.h"
#include "proxy/users.h"

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
    assert_int_equal(gate_block(gate, config, &a, 5, 10), PROXY_BLOCKED);
    assert_true(gate_blocked(gate, config, &a, 14, &left));
    assert_true(gate_unblock(gate, &a));
    assert_false(gate_unblock(gate, &a));
    assert_int_equal(gate_enter(gate, config, &a, 14, &ticket, &left), GATE_OPEN);
    assert_int_equal(gate_block(gate, config, &a, 20, 10), PROXY_BLOCKED);
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
    assert_int_equal(gate_block(gate, config, &friend, 1, 60), PROXY_BLOCK_ALLOWED);
    end_gate(gate);
}

static void listed_blocks(void **state)
{
    (void)state;
    struct gate *gate = make_gate("auth_failures: 2/60s, block: 10m, allow: []");
    struct snap_block list[SNAP_BLOCKS_MAX];
    struct addr hand = ip("203.0.113.1"), wrong = ip("203.0.113.2"), brief = ip("2001:db8::1");
    double left = 0;
    assert_int_equal(gate_blocks(gate, 5, 5000, list), 0);
    assert_int_equal(gate_enter(gate, config, &brief, 5, &ticket, &left), GATE_OPEN);
    gate_block(gate, config, &hand, 5, 3600);
    gate_block(gate, config, &brief, 5, 10);
    for (int i = 0; i < 2; i++)
        gate_auth_failed(gate, config, &wrong, 6);
    assert_int_equal(gate_blocks(gate, 10, 1000000, list), 3);
    const struct addr *order[] = {&hand, &wrong, &brief};
    const int64_t until[] = {1000000 + 3595000, 1000000 + 596000, 1000000 + 5000};
    for (int i = 0; i < 3; i++) {
        struct addr_key key = addr_key_of(order[i]);
        assert_memory_equal(&list[i].key, &key, sizeof key);
        assert_int_equal(list[i].until_ms, until[i]);
        assert_int_equal(list[i].by_hand, order[i] != &wrong);
    }
    /* What is over is not listed, and is off the record whether it has connections or not. */
    assert_int_equal(gate_blocks(gate, 15, 1000000, list), 2);
    assert_false(gate_unblock(gate, &brief));
    assert_true(gate_unblock(gate, &hand));
    assert_int_equal(gate_blocks(gate, 1000, 1000000, list), 0);
    assert_int_equal(gate_blocks(gate, 1000, 1000000, list), 0);
    end_gate(gate);
}

/* More blocks than are listed: those that last longest are, and all are counted. */
static void many_blocks(void **state)
{
    enum { COUNT = 3 * SNAP_BLOCKS_MAX };
    (void)state;
    struct gate *gate = make_gate("allow: []");
    struct snap_block list[SNAP_BLOCKS_MAX];
    struct addr a = ip("10.0.0.0");
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t mixed = i * 5 % COUNT;
        memcpy(a.bytes, &mixed, sizeof mixed);
        gate_block(gate, config, &a, 0, 1 + mixed);
    }
    assert_int_equal(gate_blocks(gate, 0, 0, list), COUNT);
    for (unsigned i = 0; i < SNAP_BLOCKS_MAX; i++)
        assert_int_equal(list[i].until_ms, (COUNT - i) * 1000);
    end_gate(gate);
}

static struct user_name bot(const char *id)
{
    struct user_name name;
    assert_true(user_name_of(&name, slice_of(id)));
    return name;
}

static void blocked_users(void **state)
{
    (void)state;
    struct gate *gate = make_gate("allow: []");
    const struct user_name one = bot("880012345678901234"), odd = bot("caf\xE9 \x1b");
    char longer[200];
    double left = 0;
    assert_false(gate_user_blocked(gate, SLICE("880012345678901234"), 5, &left));
    assert_false(gate_unblock_user(gate, &one));
    assert_int_equal(gate_block_user(gate, &one, 5, 10), PROXY_BLOCKED);
    assert_true(gate_user_blocked(gate, SLICE("880012345678901234"), 6, &left));
    assert_true(left > 8.9 && left < 9.1);
    assert_true(gate_user_blocked(gate, SLICE("+0880012345678901234"), 6, &left));
    static const char *const others[] = {"", "0", "88001234567890123", "8800123456789012345", "x"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(gate_user_blocked(gate, slice_of(others[i]), 6, &left));
    assert_false(gate_user_blocked(gate, (struct slice){NULL, 0}, 6, &left));
    /* Once more: for another time. */
    assert_int_equal(gate_block_user(gate, &one, 6, 100), PROXY_BLOCKED);
    assert_true(gate_user_blocked(gate, SLICE("880012345678901234"), 100, &left));
    assert_false(gate_user_blocked(gate, SLICE("880012345678901234"), 106, &left));
    /* What is shown of strange bytes names all that look the same. */
    assert_int_equal(gate_block_user(gate, &odd, 6, 100), PROXY_BLOCKED);
    assert_true(gate_user_blocked(gate, SLICE("caf\xE8 \x07"), 7, &left));
    assert_true(gate_unblock_user(gate, &odd));
    assert_false(gate_unblock_user(gate, &odd));
    assert_false(gate_user_blocked(gate, SLICE("caf\xE9 \x1b"), 7, &left));
    /* Of a very long one views have the beginning, and so has the list. */
    memset(longer, 'a', sizeof longer);
    const struct user_name seen =
        bot("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_int_equal(gate_block_user(gate, &seen, 6, 100), PROXY_BLOCKED);
    assert_true(gate_user_blocked(gate, (struct slice){longer, sizeof longer}, 7, &left));
    assert_false(gate_user_blocked(gate, (struct slice){longer, 63}, 7, &left));
    end_gate(gate);
}

/* The list of bots is bounded; who is in it may be blocked anew, and what is over makes room. */
static void full_of_users(void **state)
{
    (void)state;
    struct gate *gate = make_gate("allow: []");
    struct snap_block list[SNAP_BLOCKS_MAX];
    struct user_name name;
    char id[24];
    for (unsigned i = 0; i < USERS_BLOCKED_MAX; i++) {
        snprintf(id, sizeof id, "%u", 1000 + i);
        name = bot(id);
        assert_int_equal(gate_block_user(gate, &name, 5, i == 7 ? 10 : 100), PROXY_BLOCKED);
    }
    name = bot("1");
    assert_int_equal(gate_block_user(gate, &name, 6, 100), PROXY_BLOCK_NO_ROOM);
    assert_int_equal(gate_blocks(gate, 6, 0, list), USERS_BLOCKED_MAX);
    const struct user_name again = bot("1000");
    assert_int_equal(gate_block_user(gate, &again, 6, 200), PROXY_BLOCKED);
    assert_int_equal(gate_blocks(gate, 6, 0, list), USERS_BLOCKED_MAX);
    assert_string_equal(list[0].user, "1000");
    assert_int_equal(gate_block_user(gate, &name, 16, 100), PROXY_BLOCKED);
    assert_false(gate_unblock_user(gate, &(struct user_name){"1007"}));
    assert_int_equal(gate_blocks(gate, 1000, 0, list), 0);
    end_gate(gate);
}

static void listed_users(void **state)
{
    (void)state;
    struct gate *gate = make_gate("allow: []");
    struct snap_block list[SNAP_BLOCKS_MAX];
    struct addr hand = ip("203.0.113.1");
    const struct user_name first = bot("77"), last = bot("5"), good = bot("good bot");
    gate_block_user(gate, &last, 5, 10);
    assert_int_equal(gate_blocks(gate, 5, 1000, list), 1);
    gate_block(gate, config, &hand, 5, 60);
    gate_block_user(gate, &first, 5, 3600);
    gate_block_user(gate, &good, 5, BLOCK_FOR_GOOD);
    assert_int_equal(gate_blocks(gate, 10, 1000, list), 4);
    assert_string_equal(list[0].user, "good bot");
    assert_string_equal(list[1].user, "77");
    assert_null(list[2].user);
    assert_string_equal(list[3].user, "5");
    assert_int_equal(list[1].until_ms, 1000 + 3595000);
    assert_int_equal(list[1].key.family, 0);
    assert_true(list[1].by_hand);
    const struct snap snap = {.wall_ms = 1000};
    assert_true(snap_block_is_for_good(&snap, &list[0]));
    assert_int_equal(gate_blocks(gate, 15, 1000, list), 3);
    end_gate(gate);
}

struct asking {
    struct gate *gate;
    atomic_bool over;
    atomic_uint refused;
};

static void *ask_all_the_time(void *arg)
{
    struct asking *asking = arg;
    double left;
    while (!atomic_load(&asking->over))
        atomic_fetch_add(&asking->refused, gate_user_blocked(asking->gate, SLICE("7"), 5, &left));
    return NULL;
}

/* Workers ask while control changes the list. */
static void users_asked_meanwhile(void **state)
{
    (void)state;
    struct asking asking = {.gate = make_gate("allow: []")};
    struct snap_block list[SNAP_BLOCKS_MAX];
    pthread_t threads[2];
    char id[24];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all_the_time, &asking), 0);
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "%u", i % 50);
        struct user_name name = bot(id);
        if (i / 50 % 2 == 0)
            gate_block_user(asking.gate, &name, 5, i % 3 == 0 ? 0.5 : 100);
        else
            gate_unblock_user(asking.gate, &name);
        if (i % 20 == 0)
            gate_blocks(asking.gate, i % 40 == 0 ? 5 : 6, 0, list);
    }
    atomic_store(&asking.over, true);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(gate_blocks(asking.gate, 5, 0, list), 0);
    end_gate(asking.gate);
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
    gate = make_gate("allow: []");
    unsigned refused = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        memcpy(a.bytes, &i, sizeof i);
        refused += gate_block(gate, config, &a, 1, 60) == PROXY_BLOCK_NO_ROOM;
    }
    assert_true(refused > 0);
    struct snap_block list[SNAP_BLOCKS_MAX];
    assert_int_equal(gate_blocks(gate, 2, 0, list), 200000 - refused);
    end_gate(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),          cmocka_unit_test(same_64_is_one_visitor),
        cmocka_unit_test(wrong_passwords), cmocka_unit_test(block_list),
        cmocka_unit_test(lists),           cmocka_unit_test(many_visitors),
        cmocka_unit_test(listed_blocks),   cmocka_unit_test(many_blocks),
        cmocka_unit_test(blocked_users),   cmocka_unit_test(full_of_users),
        cmocka_unit_test(listed_users),    cmocka_unit_test(users_asked_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
