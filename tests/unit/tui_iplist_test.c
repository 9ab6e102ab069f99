/* The list of addresses: every order, what is held, what is picked; and the picker by itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/iplist.h"

struct row {
    uint8_t last; /* 10.0.0.N; 0: 2001:db8::/64 */
    uint32_t active;
    uint64_t rate, total;
};

static const struct snap_history silence;

static const struct snap *snap_of(const struct row *rows, unsigned count)
{
    struct snap *snap = snap_alloc((count + 1) * sizeof(struct snap_ip));
    assert_non_null(snap);
    struct snap_ip *ips = snap_take(snap, (count + 1) * sizeof(*ips));
    for (unsigned i = 0; i < count; i++) {
        struct addr addr;
        char text[32] = "2001:db8::1";
        if (rows[i].last != 0)
            snprintf(text, sizeof(text), "10.0.0.%u", rows[i].last);
        assert_true(addr_parse(slice_of(text), &addr));
        ips[i] = (struct snap_ip){.key = addr_key_of(&addr),
                                  .rate_out = rows[i].rate,
                                  .bytes_in = rows[i].total,
                                  .active = rows[i].active,
                                  .history = &silence};
    }
    snap->ips = ips;
    snap->ip_count = count;
    return snap;
}

/* "5 7 0": the last bytes in the order of the list, 0 for IPv6. */
static void expect(const struct ip_list *list, const char *order)
{
    char text[200] = "";
    for (unsigned i = 0; i < list->rows.count; i++) {
        const struct addr_key *key = &ip_list_row(list, i)->key;
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%s%u", i > 0 ? " " : "",
                 key->family == 4 ? key->bytes[3] : 0);
    }
    assert_string_equal(text, order);
}

static const struct row four[] = {{9, 2, 10, 500}, {7, 3, 10, 500}, {0, 1, 70, 0}, {5, 2, 10, 900}};

static void every_order(void **state)
{
    (void)state;
    static const struct {
        enum ip_sort key;
        const char *first, *turned;
    } cases[] = {{IP_SORT_TOTAL, "5 7 9 0", "0 9 7 5"},
                 {IP_SORT_CONNS, "7 5 9 0", "0 9 5 7"},
                 {IP_SORT_ADDRESS, "5 7 9 0", "0 9 7 5"},
                 {IP_SORT_RATE, "0 7 5 9", "9 5 7 0"}};
    const struct snap *snap = snap_of(four, 4);
    struct ip_list list;
    ip_list_init(&list);
    assert_int_equal(ip_list_update(&list, snap, false, 0), 0);
    expect(&list, "0 7 5 9");
    assert_int_equal(list.active, 4);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ip_list_sort(&list, cases[i].key);
        ip_list_update(&list, snap, true, 0); /* what was asked for is not held back */
        expect(&list, cases[i].first);
        ip_list_sort(&list, cases[i].key);
        ip_list_update(&list, snap, true, 0);
        expect(&list, cases[i].turned);
    }
    ip_list_free(&list);
    snap_put(snap);
}

static void places_are_held(void **state)
{
    (void)state;
    static const struct row later[] = {{3, 0, 99, 0}, {5, 0, 80, 0}, {9, 0, 10, 0}, {7, 0, 5, 0}};
    const struct snap *before = snap_of(four, 4), *after = snap_of(later, 4);
    struct ip_list list;
    ip_list_init(&list);
    ip_list_update(&list, before, false, 0);
    ip_list_update(&list, after, false, 1); /* not yet due */
    expect(&list, "7 5 9 3");
    assert_int_equal(list.active, 0);
    ip_list_update(&list, before, true, 10); /* due, but held: what comes back has its place */
    expect(&list, "0 7 5 9");
    ip_list_update(&list, after, false, 20);
    expect(&list, "3 5 9 7");
    ip_list_move(&list, 1, 21);
    ip_list_update(&list, before, false, 25.5); /* a movement holds as well */
    expect(&list, "5 9 7 0");
    ip_list_update(&list, after, false, 27);
    expect(&list, "3 5 9 7");
    ip_list_free(&list);
    snap_put(before);
    snap_put(after);
}

static void the_picked_one_is_known_by_its_address(void **state)
{
    (void)state;
    static const struct row later[] = {{7, 0, 900, 0}, {9, 0, 800, 0}, {5, 0, 700, 0}};
    const struct snap *before = snap_of(four, 4), *after = snap_of(later, 3),
                      *none = snap_of(four, 0);
    struct ip_list list;
    ip_list_init(&list);
    ip_list_update(&list, before, false, 0);
    assert_null(ip_list_picked(&list));
    ip_list_move(&list, 1, 0);
    assert_int_equal(ip_list_picked(&list)->key.family, 6);
    ip_list_move(&list, 2, 0);
    assert_int_equal(ip_list_picked(&list)->key.bytes[3], 5);
    ip_list_update(&list, after, false, 10);
    expect(&list, "7 9 5");
    assert_int_equal(ip_list_picked(&list)->key.bytes[3], 5);
    assert_int_equal(list.rows.at, 2);
    ip_list_update(&list, before, false, 20);
    ip_list_pick(&list, 0, 20);
    assert_int_equal(ip_list_picked(&list)->key.family, 6);
    ip_list_update(&list, after, false, 30); /* it has gone: its neighbour */
    assert_int_equal(ip_list_picked(&list)->key.bytes[3], 7);
    ip_list_update(&list, none, false, 40);
    assert_null(ip_list_picked(&list));
    ip_list_move(&list, 5, 40);
    assert_null(ip_list_picked(&list));
    ip_list_free(&list);
    snap_put(before);
    snap_put(after);
    snap_put(none);
}

/* Addresses that come and go while a box is open for long: the held places do not pile up. */
static void places_of_the_gone_are_given_up(void **state)
{
    (void)state;
    struct row rows[100];
    struct ip_list list;
    const struct snap *before = NULL;
    ip_list_init(&list);
    for (unsigned second = 0; second < 50; second++) {
        unsigned count = second % 2 == 0 ? 100 : 2;
        for (unsigned i = 0; i < count; i++)
            rows[i] = (struct row){.last = (uint8_t)(1 + (second * 37 + i) % 250)};
        const struct snap *snap = snap_of(rows, count);
        assert_int_equal(ip_list_update(&list, snap, true, second), 0);
        assert_int_equal(list.rows.count, count);
        assert_true(list.place_count <= 2 * 100 + 256 + 100);
        snap_put(before);
        before = snap;
    }
    ip_list_free(&list);
    snap_put(before);
}

/* No snapshot should have one twice; if it had, nothing would be read that is not there. */
static void an_address_twice_is_listed_once(void **state)
{
    (void)state;
    static const struct row twice[] = {{7, 0, 9, 0}, {7, 0, 8, 0}, {5, 0, 1, 0}};
    const struct snap *before = snap_of(twice, 3), *after = snap_of(twice, 3);
    struct ip_list list;
    ip_list_init(&list);
    ip_list_update(&list, before, false, 0);
    ip_list_update(&list, after, true, 1);
    expect(&list, "7 5");
    ip_list_move(&list, 5, 1);
    ip_list_move(&list, 5, 1);
    assert_int_equal(ip_list_picked(&list)->key.bytes[3], 5);
    ip_list_free(&list);
    snap_put(before);
    snap_put(after);
}

static void the_picker_stays_within_its_rows(void **state)
{
    (void)state;
    struct picker p = {0};
    picker_move(&p, 1);
    assert_false(p.picked);
    picker_update(&p, 20, 20);
    picker_window(&p, 5);
    p.top = 7;
    picker_move(&p, -3); /* the first one picks what stands at the top */
    assert_int_equal(p.at, 7);
    picker_move(&p, -3);
    picker_window(&p, 5);
    assert_int_equal(p.top, 4);
    picker_move(&p, 1000);
    picker_window(&p, 5);
    assert_int_equal(p.at, 19);
    assert_int_equal(p.top, 15);
    picker_window(&p, 12); /* a larger window is filled */
    assert_int_equal(p.top, 8);
    picker_update(&p, 3, 99);
    picker_window(&p, 12);
    assert_int_equal(p.at, 2);
    assert_int_equal(p.top, 0);
    picker_move(&p, -2147483647 - 1);
    assert_int_equal(p.at, 0);
    picker_update(&p, 0, 0);
    assert_false(p.picked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order),
        cmocka_unit_test(places_are_held),
        cmocka_unit_test(the_picked_one_is_known_by_its_address),
        cmocka_unit_test(places_of_the_gone_are_given_up),
        cmocka_unit_test(an_address_twice_is_listed_once),
        cmocka_unit_test(the_picker_stays_within_its_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
