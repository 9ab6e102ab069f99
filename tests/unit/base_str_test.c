/* Strings under construction, fixed and growing, and the words of an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "base/str.h"

static void add_everything(struct str *s)
{
    str_add_text(s, "ab");
    str_add(s, "c\0d", 3);
    str_add_slice(s, SLICE("e"));
    str_add_char(s, 'f');
    str_add_u64(s, UINT64_MAX);
    str_addf(s, "<%d|%s>", -5, "x");
    str_add_u64(s, 0);
}

static const char everything[] = "abc\0def18446744073709551615<-5|x>0";
#define EVERYTHING_LEN (sizeof everything - 1)

/* Every capacity gives the same beginning, one NUL, and not a byte beyond. */
static void test_fixed(void **state)
{
    (void)state;
    for (size_t cap = 1; cap <= EVERYTHING_LEN + 3; cap++) {
        char memory[64];
        struct str s;
        memset(memory, '#', sizeof memory);
        str_fixed(&s, memory, cap);
        add_everything(&s);
        size_t fits = cap - 1 < EVERYTHING_LEN ? cap - 1 : EVERYTHING_LEN;
        assert_int_equal(s.len, fits);
        assert_memory_equal(memory, everything, fits);
        assert_int_equal(memory[fits], '\0');
        for (size_t i = cap; i < sizeof memory; i++)
            assert_int_equal(memory[i], '#');
        assert_int_equal(s.cut, fits < EVERYTHING_LEN);
        str_free(&s);
        assert_ptr_equal(s.ptr, memory);
        str_shorten(&s, fits / 2);
        assert_int_equal(s.len, fits / 2);
        assert_false(s.cut);
        assert_memory_equal(memory, everything, fits / 2);
        assert_int_equal(memory[fits / 2], '\0');
        str_reset(&s);
        assert_int_equal(s.len, 0);
        assert_false(s.cut);
        assert_string_equal(memory, "");
    }
}

static void test_growing(void **state)
{
    (void)state;
    struct str s;
    str_growing(&s);
    assert_int_equal(str_slice(&s).len, 0);
    assert_non_null(str_slice(&s).ptr);
    for (int i = 0; i < 100; i++)
        add_everything(&s);
    assert_int_equal(s.len, 100 * EVERYTHING_LEN);
    for (size_t i = 0; i < 100; i++)
        assert_memory_equal(s.ptr + i * EVERYTHING_LEN, everything, EVERYTHING_LEN);
    assert_int_equal(s.ptr[s.len], '\0');
    assert_false(s.cut);
    str_free(&s);
    assert_null(s.ptr);
    /* A format larger than what there is, from nothing and from something. */
    str_addf(&s, "%0600d", 1);
    str_addf(&s, "%0900d", 2);
    assert_int_equal(s.len, 1500);
    assert_int_equal(s.ptr[599], '1');
    assert_int_equal(s.ptr[1499], '2');
    str_free(&s);
}

static void test_growing_without_memory(void **state)
{
    (void)state;
    struct str s;
    str_growing(&s);
    str_add_text(&s, "kept");
    str_add(&s, "x", SIZE_MAX / 2);
    assert_true(s.cut);
    str_add(&s, "x", SIZE_MAX);
    assert_string_equal(s.ptr, "kept");
    str_free(&s);
}

static void test_err(void **state)
{
    (void)state;
    struct err err;
    char longer[400];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    err_set(&err, "%s: %d", "port", 70000);
    assert_string_equal(err.text, "port: 70000");
    err_set(&err, "two\nlines\r");
    assert_string_equal(err.text, "two lines ");
    err_set(&err, "%s", longer);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    err_set(NULL, "nobody listens");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_growing),
        cmocka_unit_test(test_growing_without_memory),
        cmocka_unit_test(test_err),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
