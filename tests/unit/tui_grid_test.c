/* Cells: clipping, wide and combining characters, and what the grid refuses to hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/grid.h"

static const struct {
    const char *name;
    unsigned col, width;
    bool ascii;
    const char *text;
    const char *row; /* of 10 columns, between bars */
    size_t used;
} texts[] = {
    {"plain", 0, 10, false, "abc", "|abc", 3},
    {"at a column", 4, 10, false, "abc", "|    abc", 3},
    {"cut at the width", 0, 2, false, "abc", "|ab", 2},
    {"cut at the grid", 8, 10, false, "abc", "|        ab", 2},
    {"beyond the grid", 10, 5, false, "abc", "|", 0},
    {"two bytes", 0, 10, false, "\xc3\xa9z", "|\xc3\xa9z", 2},
    {"wide", 0, 10, false, "\xe6\xbc\xa2z", "|\xe6\xbc\xa2z", 3},
    {"wide does not fit", 0, 3, false, "ab\xe6\xbc\xa2", "|ab", 2},
    {"combining stays with its base", 0, 2, false, "e\xcc\x81x!", "|e\xcc\x81x", 2},
    {"combining without base", 0, 5, false, "\xcc\x81x", "|x", 1},
    {"escape", 0, 10, false, "a\033[31mb", "|a\xef\xbf\xbd[31mb", 7},
    {"newline, tab, delete", 0, 10, false, "a\n\t\x7f", "|a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
     4},
    {"C1", 0, 10, false,
     "a\xc2\x9b"
     "b",
     "|a\xef\xbf\xbd"
     "b",
     3},
    {"not UTF-8", 0, 10, false,
     "a\xff"
     "b",
     "|a\xef\xbf\xbd"
     "b",
     3},
    {"bidi override", 0, 10, false,
     "a\xe2\x80\xae"
     "b",
     "|a\xef\xbf\xbd"
     "b",
     3},
    {"ASCII", 0, 10, true, "\xc3\xa9\xe6\xbc\xa2z", "|???z", 4},
    {"ASCII, combining", 0, 10, true, "e\xcc\x81x", "|ex", 2},
};

static void text_is_clipped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct grid grid = {0};
        char memory[200] = "|";
        struct str dump;
        assert_int_equal(grid_resize(&grid, 1, 10), 0);
        grid.ascii = texts[i].ascii;
        unsigned used = grid_text(&grid, 0, texts[i].col, texts[i].width, ROLE_TEXT, texts[i].text);
        str_fixed(&dump, memory + 1, sizeof(memory) - 1);
        grid_dump(&grid, &dump);
        memory[strcspn(memory, "\n")] = '\0';
        if (strcmp(memory, texts[i].row) != 0 || used != texts[i].used)
            print_error("case: %s\n", texts[i].name);
        assert_string_equal(memory, texts[i].row);
        assert_int_equal(used, texts[i].used);
        grid_free(&grid);
    }
}

/* However cells are overwritten, each row keeps its number of columns. */
static void check_halves(const struct grid *grid)
{
    for (unsigned col = 0; col < grid->cols; col++) {
        const struct cell *cell = &grid->cells[col];
        if (cell->width == 2) {
            assert_true(col + 1 < grid->cols);
            assert_int_equal(grid->cells[col + 1].width, 0);
        }
        if (cell->width == 0)
            assert_int_equal(grid->cells[col - 1].width, 2);
    }
}

static void halves_never_stay_behind(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\xe6\xbc\xa2", "a", "\xe6\xbc\xa2\xe6\xbc\xa2", "bc"};
    struct grid grid = {0};
    unsigned seed = 1;
    assert_int_equal(grid_resize(&grid, 1, 9), 0);
    for (unsigned i = 0; i < 5000; i++) {
        seed = seed * 1103515245u + 12345u;
        grid_text(&grid, 0, seed >> 16 & 15, 1 + (seed >> 20 & 3), ROLE_TEXT,
                  pieces[seed >> 24 & 3]);
        check_halves(&grid);
    }
    grid_free(&grid);
}

static void right_aligns(void **state)
{
    (void)state;
    struct grid grid = {0};
    char memory[64];
    struct str dump;
    assert_int_equal(grid_resize(&grid, 3, 8), 0);
    grid_right(&grid, 0, 0, 5, ROLE_TEXT, "42s");
    grid_right(&grid, 1, 2, 5, ROLE_TEXT, "1234567");
    grid_right(&grid, 2, 0, 6, ROLE_TEXT, "\xe6\xbc\xa2");
    str_fixed(&dump, memory, sizeof(memory));
    grid_dump(&grid, &dump);
    assert_string_equal(memory, "  42s\n  12345\n    \xe6\xbc\xa2\n");
    grid_free(&grid);
}

static const struct {
    unsigned width;
    bool ascii;
    const char *text, *row;
} cuts[] = {
    {11, false, "set a b now", "set a b now"},
    {10, false, "set a b now", "set a b\xe2\x80\xa6"},
    {8, false, "set a b now", "set a b\xe2\x80\xa6"},
    {7, false, "set a b now", "set a\xe2\x80\xa6"},
    {10, true, "set a b now", "set a b..."},
    {9, true, "set a b now", "set a..."},
    {6, false, "a longword", "a lon\xe2\x80\xa6"},
    {6, true, "longword", "lon..."},
    {5, true, "longword", "longw"},
    {5, false, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", "\xe6\xbc\xa2\xe6\xbc\xa2\xe2\x80\xa6"},
    {4, false, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", "\xe6\xbc\xa2\xe2\x80\xa6"},
    {0, false, "x", ""},
};

static void cuts_at_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct grid grid = {0};
        char memory[64];
        struct str dump;
        assert_int_equal(grid_resize(&grid, 1, 20), 0);
        grid.ascii = cuts[i].ascii;
        unsigned used = grid_text_cut(&grid, 0, 0, cuts[i].width, ROLE_TEXT, cuts[i].text);
        str_fixed(&dump, memory, sizeof(memory));
        grid_dump(&grid, &dump);
        memory[strcspn(memory, "\n")] = '\0';
        assert_string_equal(memory, cuts[i].row);
        assert_true(used <= cuts[i].width);
        grid_free(&grid);
    }
}

static void size_is_clamped(void **state)
{
    (void)state;
    struct grid grid = {0};
    assert_int_equal(grid_resize(&grid, 0, 0), 0);
    assert_int_equal(grid.rows * grid.cols, 1);
    assert_int_equal(grid_resize(&grid, 100000, 100000), 0);
    assert_int_equal(grid.rows, GRID_ROWS_MAX);
    assert_int_equal(grid.cols, GRID_COLS_MAX);
    grid_fill(&grid, 499, 998, 10, ROLE_TEXT, 0x2588, '|');
    assert_int_equal(grid.cells[499 * 1000 + 999].ch, 0x2588);
    grid_fill(&grid, 0, 0, 1, ROLE_TEXT, 7, 7);
    assert_int_equal(grid.cells[0].ch, 0xfffd);
    grid_free(&grid);
}

static void clicks_hit_what_lies_on_top(void **state)
{
    (void)state;
    struct grid grid = {0};
    assert_int_equal(grid_resize(&grid, 10, 20), 0);
    assert_null(grid_find_target(&grid, 0, 0));
    grid_target(&grid, (struct area){2, 0, 5, 20}, TARGET_CONNECTION, 7);
    grid_target(&grid, (struct area){3, 5, 3, 10}, TARGET_BOX, 0);
    assert_null(grid_find_target(&grid, 1, 0));
    assert_null(grid_find_target(&grid, 7, 0));
    assert_null(grid_find_target(&grid, 2, 20));
    assert_int_equal(grid_find_target(&grid, 2, 19)->value, 7);
    assert_int_equal(grid_find_target(&grid, 3, 4)->kind, TARGET_CONNECTION);
    assert_int_equal(grid_find_target(&grid, 3, 5)->kind, TARGET_BOX);
    assert_int_equal(grid_find_target(&grid, 5, 14)->kind, TARGET_BOX);
    assert_int_equal(grid_find_target(&grid, 5, 15)->kind, TARGET_CONNECTION);
    for (unsigned i = 0; i < GRID_TARGETS_MAX + 5; i++) /* no more than there is room for */
        grid_target(&grid, (struct area){9, 0, 1, 1}, TARGET_PANEL, i);
    assert_int_equal(grid_find_target(&grid, 9, 0)->value, GRID_TARGETS_MAX - 3);
    grid_erase(&grid);
    assert_null(grid_find_target(&grid, 3, 5));
    grid_free(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_clipped), cmocka_unit_test(halves_never_stay_behind),
        cmocka_unit_test(right_aligns),    cmocka_unit_test(cuts_at_words),
        cmocka_unit_test(size_is_clamped), cmocka_unit_test(clicks_hit_what_lies_on_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
