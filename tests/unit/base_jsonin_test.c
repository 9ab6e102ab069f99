/*
 * The JSON reader: its grammar, finding members, and undoing escapes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/jsonin.h"

static void test_grammar(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"{}", true},
        {" [ ] ", true},
        {"{\"a\":1,\"b\":[true,false,null]}", true},
        {"-0.5e+10", true},
        {"0", true},
        {"\"\\u00e9\\n\"", true},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", true},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", false},
        {"", false},
        {"{", false},
        {"{\"a\"}", false},
        {"{\"a\":}", false},
        {"{\"a\":1,}", false},
        {"{a:1}", false},
        {"[1,]", false},
        {"[1 2]", false},
        {"[,]", false},
        {"01", false},
        {"1.", false},
        {".5", false},
        {"+1", false},
        {"1e", false},
        {"-", false},
        {"\"a", false},
        {"\"a\nb\"", false},
        {"\"\\x\"", false},
        {"\"\\u12g4\"", false},
        {"\"\\u123", false},
        {"\"\\", false},
        {"tru", false},
        {"nul", false},
        {"{} {}", false},
        {"[1}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice value;
        if (jsonin_check(slice_of(rows[i].text), &value) != rows[i].good)
            fail_msg("%s", rows[i].text);
    }
}

static void test_get(void **state)
{
    struct slice object, value = {NULL, 0};
    int64_t number;
    bool truth;

    (void)state;
    assert_true(
        jsonin_check(SLICE(" {\"a\" : {\"id\":7}, \"id\":\"817327181659111454\" ,\"x\\u0079\":"
                           "true,\"id\":3, \"f\": 1.5e3, \"big\": 1e300} "),
                     &object));
    assert_true(jsonin_get(object, "id", &value));
    assert_true(jsonin_i64(value, &number));
    assert_true(number == 817327181659111454);
    assert_true(jsonin_get(object, "xy", &value));
    assert_true(jsonin_bool(value, &truth) && truth);
    assert_true(jsonin_get(object, "f", &value) && jsonin_i64(value, &number));
    assert_int_equal(number, 1500);
    assert_true(jsonin_get(object, "big", &value));
    assert_false(jsonin_i64(value, &number));
    assert_true(jsonin_get(object, "a", &value));
    assert_int_equal(jsonin_kind(value), '{');
    assert_true(slice_equal(value, SLICE("{\"id\":7}")));
    assert_false(jsonin_get(object, "none", &value));
    assert_true(slice_equal(value, SLICE("{\"id\":7}")));
    assert_false(jsonin_get(SLICE("[1]"), "a", &value));
    assert_false(jsonin_get(SLICE("{}"), "a", &value));
    assert_false(jsonin_get(SLICE("{\"a\\u0000\":1}"), "a", &value));
    assert_false(jsonin_bool(SLICE("\"true\""), &truth));
}

static void test_next(void **state)
{
    struct slice rest = SLICE("[ 1 , [2,3] ,\"],\" , {} ]"), element;
    static const char *const expected[] = {"1", "[2,3]", "\"],\"", "{}"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_true(jsonin_next(&rest, &element));
        assert_true(slice_equal(element, slice_of(expected[i])));
    }
    assert_false(jsonin_next(&rest, &element));
    rest = SLICE("[ ]");
    assert_false(jsonin_next(&rest, &element));
}

static void test_text(void **state)
{
    static const struct {
        const char *value, *text;
    } rows[] = {
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u00e9\\u6771\"", "é東"},
        {"\"\\ud83c\\udfb5!\"", "\xf0\x9f\x8e\xb5!"},
        {"\"\\ud83cx\"", "\xef\xbf\xbdx"},
        {"\"\\udfb5\"", "\xef\xbf\xbd"},
        {"\"\"", ""},
        {"\"fits in sixteen\"", "fits in sixteen"},
    };
    char text[16];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(jsonin_text(slice_of(rows[i].value), text, sizeof text));
        assert_string_equal(text, rows[i].text);
    }
    assert_false(jsonin_text(SLICE("\"fits not sixteen\""), text, sizeof text));
    assert_false(jsonin_text(SLICE("12"), text, sizeof text));
    assert_false(jsonin_text(SLICE("\"a\\u0000b\""), text, sizeof text));
}

static void test_numbers(void **state)
{
    static const struct {
        const char *value;
        bool good, whole;
        double number;
    } rows[] = {
        {"0", true, true, 0},
        {"-7", true, true, -7},
        {"0.25", true, true, 0.25},
        {"1.5e-3", true, true, 0.0015},
        {"\"60\"", true, true, 60},
        {"\"0.5\"", true, true, 0.5},
        {"1e300", true, false, 1e300},
        {"1e999", false, false, 0},
        {"\"\"", false, false, 0},
        {"\"NaN\"", false, false, 0},
        {"\"inf\"", false, false, 0},
        {"\"0x10\"", false, false, 0},
        {"\" 1\"", false, false, 0},
        {"\"1 \"", false, false, 0},
        {"\"one\"", false, false, 0},
        {"null", false, false, 0},
        {"true", false, false, 0},
        {"{}", false, false, 0},
        {"0.0000000000000000000000000000000000000001", false, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double number = -1;
        int64_t whole = -1;

        if (jsonin_f64(slice_of(rows[i].value), &number) != rows[i].good ||
            (rows[i].good && number != rows[i].number))
            fail_msg("%s as a number: %f", rows[i].value, number);
        if (jsonin_i64(slice_of(rows[i].value), &whole) != rows[i].whole ||
            (rows[i].whole && whole != (int64_t)rows[i].number))
            fail_msg("%s as a whole number: %lld", rows[i].value, (long long)whole);
    }
}

static void test_copy(void **state)
{
    char memory[128];
    struct str out;
    struct json j;

    (void)state;
    str_fixed(&out, memory, sizeof memory);
    json_begin(&j, &out);
    json_object(&j, NULL);
    jsonin_copy(&j, "a", SLICE("{\"x\": 1}"));
    jsonin_copy(&j, "b", SLICE("7"));
    json_object_end(&j);
    assert_string_equal(out.ptr, "{\"a\":{\"x\": 1},\"b\":7}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar), cmocka_unit_test(test_get),     cmocka_unit_test(test_next),
        cmocka_unit_test(test_text),    cmocka_unit_test(test_numbers), cmocka_unit_test(test_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
