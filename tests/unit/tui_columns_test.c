/* Columns at every width: nothing overlaps, more room never shows fewer, all can be scrolled to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "tui/columns.h"

static const struct columns_need short_need = {.number = 4, .ip = 15, .backend = 5, .bot = 9},
                                 long_need = {.number = 9, .ip = 39, .backend = 30, .bot = 60};

static bool shows(const struct columns *columns, enum column_id id)
{
    for (unsigned i = 0; i < columns->count; i++)
        if (columns->places[i].id == id)
            return true;
    return false;
}

static unsigned width_of(const struct columns *columns, enum column_id id)
{
    for (unsigned i = 0; i < columns->count; i++)
        if (columns->places[i].id == id)
            return columns->places[i].width;
    return 0;
}

static unsigned all_of(enum group_by by)
{
    unsigned count = 0;
    for (unsigned id = 0; id < COL_COUNT; id++)
        count += columns_has(by, (enum column_id)id);
    return count;
}

static void expect_apart(const struct columns *columns, unsigned cols)
{
    unsigned end = COLUMNS_MARKS;
    assert_true(columns->count > 0);
    assert_int_equal(columns->places[0].id, COL_NUMBER);
    for (unsigned i = 0; i < columns->count; i++) {
        assert_int_equal(columns->places[i].col, end);
        assert_true(columns->places[i].width > 0);
        end += columns->places[i].width + 1;
    }
    /* Behind the last: room for the mark of a sorted column, and for that of more columns. */
    assert_true(end + 1 <= cols);
}

static void nothing_overlaps(void **state)
{
    (void)state;
    for (unsigned by = GROUP_NONE; by < GROUP_BY_COUNT; by++)
        for (unsigned skip = 0; skip < COL_COUNT + 3; skip++)
            for (unsigned cols = 60; cols <= 220; cols++) {
                struct columns columns;
                columns_place(&columns, cols, skip, (enum group_by)by, &short_need);
                expect_apart(&columns, cols);
                columns_place(&columns, cols, skip, (enum group_by)by, &long_need);
                expect_apart(&columns, cols);
            }
}

static void columns_come_by_priority(void **state)
{
    (void)state;
    static const struct {
        size_t cols;
        const char *heads;
        enum group_by by;
    } cases[] = {
        {60, "# BOT STATE PL SOCK OUT/s ", GROUP_BOT},
        {80, "# BOT STATE PL SOCK OUT/s TOTAL MSG/s ERR ", GROUP_BOT},
        {140, "# BOT STATE PL SOCK CLIENT USER-ID BACKEND OUT/s TOTAL MSG/s ERR AGE 60 s OUT ",
         GROUP_BOT},
        {200,
         "# BOT STATE PL SOCK V CLIENT USER-ID BACKEND IN/s OUT/s TOTAL MSG/s ERR AGE REQS PATH 60 "
         "s OUT ",
         GROUP_BOT},
        {60, "# V IP CLIENT OUT/s AGE ", GROUP_NONE},
        {72, "# V IP CLIENT BACKEND OUT/s TOTAL AGE ", GROUP_NONE},
        {80, "# V IP CLIENT BACKEND OUT/s TOTAL AGE PL ", GROUP_NONE},
        {110, "# V IP CLIENT BACKEND IN/s OUT/s TOTAL AGE PL 60 s OUT ", GROUP_NONE},
        {140, "# V KIND IP CLIENT USER-ID BACKEND IN/s OUT/s TOTAL AGE PL REQS 60 s OUT ",
         GROUP_NONE},
        {200, "# V KIND IP CLIENT USER-ID BACKEND IN/s OUT/s TOTAL AGE PL REQS PATH 60 s OUT ",
         GROUP_NONE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct columns columns;
        char memory[200];
        struct str heads;
        str_fixed(&heads, memory, sizeof(memory));
        columns_place(&columns, (unsigned)cases[i].cols, 0, cases[i].by, &short_need);
        for (unsigned j = 0; j < columns.count; j++) {
            str_add_text(&heads, columns_table[columns.places[j].id].head);
            str_add_char(&heads, ' ');
        }
        assert_string_equal(memory, cases[i].heads);
        assert_int_equal(columns.more, columns.count < all_of(cases[i].by));
    }
}

static void more_room_never_shows_less(void **state)
{
    (void)state;
    static const struct columns_need *const needs[] = {&short_need, &long_need};
    for (unsigned by = GROUP_NONE; by < GROUP_BY_COUNT; by++)
        for (size_t n = 0; n < 2; n++) {
            struct columns before;
            columns_place(&before, 60, 0, (enum group_by)by, needs[n]);
            for (unsigned cols = 61; cols <= 300; cols++) {
                struct columns columns;
                columns_place(&columns, cols, 0, (enum group_by)by, needs[n]);
                for (unsigned id = 0; id < COL_COUNT; id++)
                    assert_true(!shows(&before, (enum column_id)id) ||
                                shows(&columns, (enum column_id)id));
                before = columns;
            }
            assert_int_equal(before.count, all_of((enum group_by)by));
            assert_false(before.more);
        }
}

static void every_column_can_be_scrolled_to(void **state)
{
    (void)state;
    for (unsigned by = GROUP_NONE; by < GROUP_BY_COUNT; by++)
        for (unsigned cols = 60; cols <= 220; cols++) {
            bool seen[COL_COUNT] = {false};
            unsigned skip = 0;
            struct columns columns;
            for (unsigned presses = 0; presses <= COL_COUNT; presses++) {
                columns_place(&columns, cols, skip, (enum group_by)by, &long_need);
                assert_true(columns.skip <= skip);
                assert_true(shows(&columns, columns_tree((enum group_by)by)));
                for (unsigned i = 0; i < columns.count; i++)
                    seen[columns.places[i].id] = true;
                if (!columns.more)
                    break;
                skip = columns.skip + 1;
            }
            assert_false(columns.more);
            for (unsigned id = 0; id < COL_COUNT; id++)
                assert_int_equal(seen[id], columns_has((enum group_by)by, (enum column_id)id));
        }
}

static void scrolling_ends_at_the_last_column(void **state)
{
    (void)state;
    struct columns columns;
    columns_place(&columns, 80, 100, GROUP_NONE, &short_need);
    assert_false(columns.more);
    assert_true(columns.skip > 0 && columns.skip < COL_COUNT - 3);
    assert_true(shows(&columns, COL_SPARK));
    assert_int_equal(columns.places[1].id, COL_VERSION + columns.skip - 1);
    columns_place(&columns, 250, 3, GROUP_NONE, &short_need); /* all fit */
    assert_int_equal(columns.skip, 0);
}

static void room_goes_to_what_needs_it(void **state)
{
    (void)state;
    struct columns columns;
    columns_place(&columns, 220, 0, GROUP_NONE, &short_need);
    assert_int_equal(width_of(&columns, COL_IP), 15);
    assert_int_equal(width_of(&columns, COL_BACKEND), 8);
    columns_place(&columns, 260, 0, GROUP_NONE, &long_need);
    assert_int_equal(width_of(&columns, COL_IP), 39);
    assert_int_equal(width_of(&columns, COL_BACKEND), 30);
    assert_int_equal(width_of(&columns, COL_NUMBER), 9);
    columns_place(&columns, 80, 0, GROUP_BACKEND, &short_need);
    assert_int_equal(columns.places[1].id, COL_BACKEND); /* beside the numbers, and it stays */
    columns_place(&columns, 80, 5, GROUP_BACKEND, &short_need);
    assert_int_equal(columns.places[1].id, COL_BACKEND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_overlaps),
        cmocka_unit_test(columns_come_by_priority),
        cmocka_unit_test(more_room_never_shows_less),
        cmocka_unit_test(every_column_can_be_scrolled_to),
        cmocka_unit_test(scrolling_ends_at_the_last_column),
        cmocka_unit_test(room_goes_to_what_needs_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
