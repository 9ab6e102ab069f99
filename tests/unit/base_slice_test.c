/* Slices: comparing, trimming, cutting, lists and numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void test_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal, nocase, starts, starts_nocase;
    } rows[] = {
        {"", "", true, true, true, true},
        {"abc", "abc", true, true, true, true},
        {"aBc", "AbC", false, true, false, true},
        {"abc", "abd", false, false, false, false},
        {"abcd", "abc", false, false, true, true},
        {"ABcd", "abC", false, false, false, true},
        {"abc", "abcd", false, false, false, false},
        {"abc", "", false, false, true, true},
        /* 0x20 apart, yet no letters; and bytes above ASCII are not folded. */
        {"[", "{", false, false, false, false},
        {"@", "`", false, false, false, false},
        {"\xC3\x84", "\xC3\xA4", false, false, false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice a = slice_of(rows[i].a);
        struct slice b = slice_of(rows[i].b);
        assert_int_equal(slice_equal(a, b), rows[i].equal);
        assert_int_equal(slice_equal_nocase(a, b), rows[i].nocase);
        assert_int_equal(slice_starts(a, b), rows[i].starts);
        assert_int_equal(slice_starts_nocase(a, b), rows[i].starts_nocase);
    }
    assert_true(slice_equal(slice_of(NULL), SLICE("")));
    assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
}

static void test_trim_and_find(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        size_t comma;
    } rows[] = {
        {"", "", 0},           {" \t ", "", 3}, {"a", "a", 1},       {" a,b\t", "a,b", 2},
        {"\ra\n", "\ra\n", 3}, {",", ",", 0},   {"a b  ", "a b", 5},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(slice_equal(slice_trim(slice_of(rows[i].in)), slice_of(rows[i].out)));
        assert_int_equal(slice_find(slice_of(rows[i].in), ','), rows[i].comma);
    }
}

static void test_search(void **state)
{
    static const struct {
        const char *text, *part;
        size_t at;
    } rows[] = {
        {"Shoukaku/4.1", "kaku", 4},
        {"Shoukaku", "SHOU", 0},
        {"aab", "AB", 1},
        {"abc", "", 0},
        {"", "", 0},
        {"", "a", SLICE_NOWHERE},
        {"ab", "abc", SLICE_NOWHERE},
        {"a[", "A{", SLICE_NOWHERE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(slice_search_nocase(slice_of(rows[i].text), slice_of(rows[i].part)),
                         rows[i].at);
}

static void test_next(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *parts[5];
    } rows[] = {
        {"", {NULL}},
        {"a", {"a"}},
        {" a , b", {"a", "b"}},
        {"a,,b", {"a", "", "b"}},
        {",a", {"", "a"}},
        {"a,", {"a"}},
        {" ", {""}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice rest = slice_of(rows[i].in);
        struct slice part;
        size_t n = 0;
        for (; slice_next(&rest, ',', &part); n++) {
            assert_non_null(rows[i].parts[n]);
            assert_true(slice_equal(part, slice_of(rows[i].parts[n])));
        }
        assert_null(rows[i].parts[n]);
    }
}

static void test_list_has(void **state)
{
    (void)state;
    static const struct {
        const char *list, *token;
        bool has;
    } rows[] = {
        {"close", "close", true},
        {"keep-alive, Upgrade", "upgrade", true},
        {"keep-alive ,\tUPGRADE ,x", "upgrade", true},
        {"upgraded", "upgrade", false},
        {"not upgrade", "upgrade", false},
        {"", "upgrade", false},
        {",,", "upgrade", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(slice_list_has(slice_of(rows[i].list), slice_of(rows[i].token)),
                         rows[i].has);
}

static void test_to_u64(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"0042", true, 42},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"184467440737095516150", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"0x1", false, 0},
        {"1.0", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 7;
        assert_int_equal(slice_to_u64(slice_of(rows[i].in), &value), rows[i].ok);
        assert_true(value == (rows[i].ok ? rows[i].value : 7));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),    cmocka_unit_test(test_trim_and_find),
        cmocka_unit_test(test_search),   cmocka_unit_test(test_next),
        cmocka_unit_test(test_list_has), cmocka_unit_test(test_to_u64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
