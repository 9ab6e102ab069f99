/*
 * Data usage by group: over the rows and the others every sum is the total, backends included.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/groups.h"

static void backends_and_the_rest(void **state)
{
    static const struct snap_backend backends[] = {
        {.name = "one",
         .bytes_in = 10,
         .bytes_out = 20,
         .messages = 3,
         .rate_in = 2,
         .rate_messages = 0.5,
         .connections = 1,
         .connections_ever = 4,
         .last_active_ms = 7},
        {.name = "two", .bytes_in = 5, .rate_in = 9, .connections_ever = 1}};
    const struct snap snap = {.backends = backends,
                              .backend_count = 2,
                              .bytes_in = 100,
                              .bytes_out = 20,
                              .messages = 4,
                              .rate_in = 10,
                              .rate_messages = 2,
                              .opened = 9,
                              .conn_count = 3};
    (void)state;
    assert_int_equal(group_count(&snap, GROUP_BACKEND), 2);
    struct snap_name row = group_row(&snap, GROUP_BACKEND, 0);
    assert_string_equal(row.name, "one");
    assert_int_equal(row.connections, 4);
    assert_int_equal(row.active, 1);
    assert_int_equal(row.last_active_ms, 7);
    struct snap_name others = group_others(&snap, GROUP_BACKEND);
    assert_int_equal(others.bytes_in, 85);
    assert_int_equal(others.bytes_out, 0);
    assert_int_equal(others.messages, 1);
    assert_int_equal(others.connections, 4);
    assert_int_equal(others.active, 2);
    assert_true(others.rate_messages == 1.5);
    assert_int_equal(others.rate_in, 0); /* 11 of 10, by rounding: never below nothing */
}

static void names_are_as_the_books_have_them(void **state)
{
    static const struct snap_name rows[] = {{.name = "a", .bytes_in = 1}, {.name = ""}};
    const struct snap snap = {.clients = {.rows = rows, .count = 2, .others = {.bytes_in = 8}},
                              .users = {.rows = rows, .count = 1}};
    (void)state;
    assert_int_equal(group_count(&snap, GROUP_CLIENT), 2);
    assert_int_equal(group_count(&snap, GROUP_USER), 1);
    assert_int_equal(group_row(&snap, GROUP_CLIENT, 0).bytes_in, 1);
    assert_int_equal(group_others(&snap, GROUP_CLIENT).bytes_in, 8);
    assert_int_equal(group_others(&snap, GROUP_USER).bytes_in, 0);
}

static void words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < GROUP_COUNT; i++)
        assert_int_equal(group_of_word(slice_of(group_word((enum group)i))), i);
    assert_int_equal(group_of_word(SLICE("")), GROUP_COUNT);
    assert_int_equal(group_of_word(SLICE("IP")), GROUP_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backends_and_the_rest),
        cmocka_unit_test(names_are_as_the_books_have_them),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
