/*
 * Addresses: literals, ports, networks and visitor keys, as tables.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "net/addr.h"

static void parses_literals(void **state)
{
    static const struct {
        const char *text, *expected; /* NULL: refused */
    } rows[] = {
        {"127.0.0.1", "127.0.0.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::1", "::1"},
        {"::", "::"},
        {"2001:DB8::00ff", "2001:db8::ff"},
        {"::ffff:203.0.113.7", "203.0.113.7"},
        {"::ffff:cb00:7107", "203.0.113.7"},
        {"", NULL},
        {"localhost", NULL},
        {"1.2.3", NULL},
        {"1.2.3.4.5", NULL},
        {"256.1.1.1", NULL},
        {"01.2.3.4", NULL},
        {" 1.2.3.4", NULL},
        {"1.2.3.4 ", NULL},
        {"[::1]", NULL},
        {"fe80::1%lo", NULL},
        {":::", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr addr;
        char text[ADDR_TEXT_MAX];
        bool good = addr_parse(slice_of(rows[i].text), &addr);
        if (good != (rows[i].expected != NULL))
            fail_msg("'%s' was %s", rows[i].text, good ? "taken" : "refused");
        if (good)
            assert_string_equal(addr_text(text, &addr, false), rows[i].expected);
    }
    struct addr addr;
    assert_false(addr_parse((struct slice){"1.2.3.4\0x", 9}, &addr));
    assert_false(addr_parse((struct slice){"1.2.3.4\0", 8}, &addr));
}

static void splits_host_and_port(void **state)
{
    static const struct {
        const char *text, *host;
        unsigned port;
    } rows[] = {
        {"127.0.0.1:6923", "127.0.0.1", 6923},
        {"node.example:65535", "node.example", 65535},
        {"[::1]:1", "::1", 1},
        {"[2001:db8::1]:2333", "2001:db8::1", 2333},
        {"127.0.0.1", NULL, 0},
        {"127.0.0.1:", NULL, 0},
        {"127.0.0.1:0", NULL, 0},
        {"127.0.0.1:65536", NULL, 0},
        {"127.0.0.1:99999999999999999999", NULL, 0},
        {"127.0.0.1:-1", NULL, 0},
        {"127.0.0.1:+1", NULL, 0},
        {"127.0.0.1:1 ", NULL, 0},
        {":80", NULL, 0},
        {"::1:80", NULL, 0},
        {"[::1]", NULL, 0},
        {"[::1]80", NULL, 0},
        {"[::1", NULL, 0},
        {"[]:80", NULL, 0},
        {"[127.0.0.1]:80", NULL, 0},
        {"[name]:80", NULL, 0},
        {"", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice host;
        uint16_t port = 0;
        bool good = addr_split(slice_of(rows[i].text), &host, &port);
        if (good != (rows[i].host != NULL))
            fail_msg("'%s' was %s", rows[i].text, good ? "taken" : "refused");
        if (!good)
            continue;
        assert_true(slice_equal(host, slice_of(rows[i].host)));
        assert_int_equal(port, rows[i].port);
    }
}

static void writes_ports(void **state)
{
    struct addr v4 = {.family = 4, .bytes = {203, 0, 113, 7}, .port = 80};
    struct addr v6 = {.family = 6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 1}, .port = 6923};
    struct addr none = {0};
    char text[ADDR_TEXT_MAX];
    (void)state;
    assert_string_equal(addr_text(text, &v4, true), "203.0.113.7:80");
    assert_string_equal(addr_text(text, &v6, true), "[2001:db8::1]:6923");
    assert_string_equal(addr_text(text, &none, false), "?");
}

static void knows_networks(void **state)
{
    static const struct {
        const char *net, *addr;
        int has; /* -1: the network is refused */
    } rows[] = {
        {"10.0.0.0/8", "10.255.1.2", 1},
        {"10.0.0.0/8", "11.0.0.1", 0},
        {"10.0.0.0/8", "::1", 0},
        {"0.0.0.0/0", "203.0.113.7", 1},
        {"0.0.0.0/0", "2001:db8::1", 0},
        {"192.168.4.0/22", "192.168.7.255", 1},
        {"192.168.4.0/22", "192.168.8.0", 0},
        {"203.0.113.7", "203.0.113.7", 1},
        {"203.0.113.7", "203.0.113.8", 0},
        {"203.0.113.7/32", "203.0.113.7", 1},
        {"::1", "::1", 1},
        {"::/0", "2001:db8::1", 1},
        {"::/0", "1.2.3.4", 0},
        {"2001:db8::/33", "2001:db8:7fff::1", 1},
        {"2001:db8::/33", "2001:db8:8000::1", 0},
        {"::ffff:10.0.0.0/104", "10.1.1.1", 1},
        {"::ffff:10.0.0.0/8", "10.1.1.1", -1},
        {"10.0.0.1/8", "10.0.0.1", -1},
        {"10.0.0.0/33", "10.0.0.1", -1},
        {"::/129", "::1", -1},
        {"2001:db8::1/64", "::1", -1},
        {"10.0.0.0/", "10.0.0.1", -1},
        {"10.0.0.0/+8", "10.0.0.1", -1},
        {"10.0.0.0/8 ", "10.0.0.1", -1},
        {"10.0.0.0/0008", "10.0.0.1", -1},
        {"/8", "10.0.0.1", -1},
        {"", "10.0.0.1", -1},
        {"name/8", "10.0.0.1", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr_net net;
        struct addr addr;
        assert_true(addr_parse(slice_of(rows[i].addr), &addr));
        int has = -1;
        if (addr_net_parse(slice_of(rows[i].net), &net))
            has = addr_net_has(&net, &addr);
        if (has != rows[i].has)
            fail_msg("%s in %s: %d, expected %d", rows[i].addr, rows[i].net, has, rows[i].has);
    }
}

static void nets_as_text(void **state)
{
    static const char *const texts[] = {"10.0.0.0/8",    "203.0.113.7", "0.0.0.0/0",
                                        "2001:db8::/33", "::1",         "::/0"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct addr_net net;
        char out[ADDR_TEXT_MAX];
        assert_true(addr_net_parse(slice_of(texts[i]), &net));
        assert_string_equal(addr_net_text(out, &net), texts[i]);
    }
}

static void keys_are_visitors(void **state)
{
    static const struct {
        const char *a, *b, *text;
        bool same;
    } rows[] = {
        {"203.0.113.7", "203.0.113.7", "203.0.113.7", true},
        {"203.0.113.7", "203.0.113.8", "203.0.113.7", false},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2::/64", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:2::/64", false},
        {"::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr a, b;
        char text[ADDR_TEXT_MAX];
        assert_true(addr_parse(slice_of(rows[i].a), &a));
        assert_true(addr_parse(slice_of(rows[i].b), &b));
        a.port = 1;
        b.port = 2;
        struct addr_key left = addr_key_of(&a), right = addr_key_of(&b);
        assert_int_equal(memcmp(&left, &right, sizeof(left)) == 0, rows[i].same);
        assert_string_equal(addr_key_text(text, &left), rows[i].text);
    }
}

static void goes_through_sockaddr(void **state)
{
    static const char *const rows[] = {"127.0.0.1", "203.0.113.7", "::1", "2001:db8::7:8"};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr addr, back;
        struct sockaddr_storage sa;
        assert_true(addr_parse(slice_of(rows[i]), &addr));
        addr.port = (uint16_t)(1000 + i);
        addr_to_sockaddr(&addr, &sa);
        addr_from_sockaddr(&back, (struct sockaddr *)&sa);
        assert_int_equal(back.family, addr.family);
        assert_int_equal(back.port, addr.port);
        assert_memory_equal(back.bytes, addr.bytes, sizeof(addr.bytes));
        assert_int_equal(addr_is_loopback(&back), i == 0 || i == 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_literals),       cmocka_unit_test(splits_host_and_port),
        cmocka_unit_test(writes_ports),          cmocka_unit_test(knows_networks),
        cmocka_unit_test(nets_as_text),          cmocka_unit_test(keys_are_visitors),
        cmocka_unit_test(goes_through_sockaddr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
