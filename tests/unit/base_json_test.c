/* The JSON writer: escaping, numbers, nesting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/json.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void test_escape(void **state)
{
    (void)state;
    static const struct {
        struct slice in;
        const char *out;
    } rows[] = {
        {SLICE(""), ""},
        {SLICE("plain ~ text"), "plain ~ text"},
        {SLICE("\"\\/"), "\\\"\\\\/"},
        {SLICE("\b\t\n\f\r"), "\\b\\t\\n\\f\\r"},
        {SLICE("a\0b\x1F\x7F"), "a\\u0000b\\u001f\\u007f"},
        {SLICE("</script>&"), "\\u003c/script\\u003e\\u0026"},
        {SLICE("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5"), "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5"},
        {SLICE("\xE2\x80\xA8\xE2\x80\xA9"), "\\u2028\\u2029"},
        {SLICE("\xE2\x80\xAE\xC2\x9B"), "\\u202e\\u009b"},
        {SLICE("\xF3\xA0\x81\x81\xF4\x8F\xBF\xBF"), "\\udb40\\udc41\\udbff\\udfff"},
        {SLICE("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD"},
        {SLICE("\xED\xA0\x80z"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz"},
    };
    char memory[200];
    struct str out;
    str_fixed(&out, memory, sizeof memory);
    for (size_t i = 0; i < COUNT(rows); i++) {
        str_reset(&out);
        json_escape(&out, rows[i].in);
        assert_string_equal(memory, rows[i].out);
    }
}

static void test_document(void **state)
{
    (void)state;
    char memory[600];
    struct str out;
    struct json j;
    str_fixed(&out, memory, sizeof memory);
    json_begin(&j, &out);
    json_object(&j, NULL);
    json_text(&j, "a\"", "x\n");
    json_text(&j, "none", NULL);
    json_object(&j, "empty");
    json_object_end(&j);
    json_array(&j, "list");
    json_u64(&j, NULL, UINT64_MAX);
    json_i64(&j, NULL, INT64_MIN);
    json_bool(&j, NULL, true);
    json_array(&j, NULL);
    json_array_end(&j);
    json_array(&j, NULL);
    json_null(&j, NULL);
    json_array_end(&j);
    json_object(&j, NULL);
    json_bool(&j, "no", false);
    json_object_end(&j);
    json_array_end(&j);
    json_slice(&j, "cut", (struct slice){"abcdef", 3});
    json_null(&j, "null");
    json_object_end(&j);
    assert_string_equal(memory,
                        "{\"a\\\"\":\"x\\n\",\"none\":null,\"empty\":{},"
                        "\"list\":[18446744073709551615,-9223372036854775808,true,[],[null],"
                        "{\"no\":false}],\"cut\":\"abc\",\"null\":null}");
    assert_int_equal(j.depth, 0);
    assert_false(out.cut);
}

static void test_depth(void **state)
{
    (void)state;
    char memory[100];
    struct str out;
    struct json j;
    str_fixed(&out, memory, sizeof memory);
    json_begin(&j, &out);
    for (int i = 0; i < 32; i++)
        json_array(&j, NULL);
    json_u64(&j, NULL, 1);
    json_u64(&j, NULL, 2);
    for (int i = 0; i < 32; i++)
        json_array_end(&j);
    assert_string_equal(memory,
                        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1,2]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
}

static void check_reals(void)
{
    static const struct {
        double value;
        const char *out;
    } rows[] = {
        {0, "0"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {1e300, "1e+300"},
        {1e-7, "1e-07"},
        {123456789.25, "123456789.25"},
        {NAN, "null"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
        {0.1 + 0.2, "0.30000000000000004"},
    };
    char memory[64];
    struct str out;
    struct json j;
    str_fixed(&out, memory, sizeof memory);
    for (size_t i = 0; i < COUNT(rows); i++) {
        str_reset(&out);
        json_begin(&j, &out);
        json_real(&j, NULL, rows[i].value);
        assert_string_equal(memory, rows[i].out);
    }
}

static void test_reals(void **state)
{
    (void)state;
    check_reals();
    /* Where the machine has a locale with a decimal comma, it must not show. */
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") || setlocale(LC_NUMERIC, "fr_FR.UTF-8"))
        check_reals();
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_reals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
