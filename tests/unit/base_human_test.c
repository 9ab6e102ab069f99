/* Figures for people and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/human.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *brief, *full, *rate;
    } rows[] = {
        {0, "0", "0 Bytes", "0 Bytes/s"},
        {999, "999", "999 Bytes", "999 Bytes/s"},
        {1000, "1.00K", "1 KB", "1 KB/s"},
        {1415, "1.42K", "1.42 KB", "1.42 KB/s"},
        {1500, "1.50K", "1.5 KB", "1.5 KB/s"},
        {9994, "9.99K", "9.99 KB", "9.99 KB/s"},
        {9995, "10.0K", "10 KB", "10 KB/s"},
        {84200, "84.2K", "84.2 KB", "84.2 KB/s"},
        {99950, "100K", "99.95 KB", "99.95 KB/s"},
        {612000, "612K", "612 KB", "612 KB/s"},
        {999499, "999K", "999.5 KB", "999.5 KB/s"},
        {999500, "1.00M", "999.5 KB", "999.5 KB/s"},
        {999994, "1.00M", "999.99 KB", "999.99 KB/s"},
        {999995, "1.00M", "1 MB", "1 MB/s"},
        {9810000000, "9.81G", "9.81 GB", "9.81 GB/s"},
        {UINT64_MAX, "18.4E", "18.45 EB", "18.45 EB/s"},
    };
    char out[HUMAN_MAX];
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(human_size(out, rows[i].bytes), rows[i].brief);
        assert_string_equal(human_size_long(out, rows[i].bytes), rows[i].full);
        assert_string_equal(human_rate_long(out, rows[i].bytes), rows[i].rate);
    }
}

static void test_sizes_of_two_digits(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0"},
        {42, "42"},
        {99, "99"},
        {100, "100"},
        {994, "990"},
        {999, "1.0K"},
        {1415, "1.4K"},
        {9960, "10K"},
        {84200, "84K"},
        {99950, "100K"},
        {612000, "610K"},
        {999499, "1.0M"},
        {9810000000, "9.8G"},
        {UINT64_MAX, "18E"},
    };
    char out[HUMAN_MAX];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(human_size_coarse(out, rows[i].bytes), rows[i].text);
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        uint64_t seconds;
        const char *age, *uptime;
    } rows[] = {
        {0, "0s", "00:00:00"},
        {59, "59s", "00:00:59"},
        {60, "1m", "00:01:00"},
        {3599, "59m", "00:59:59"},
        {3600, "1h", "01:00:00"},
        {86399, "23h", "23:59:59"},
        {86400, "1d00", "1d00:00:00"},
        {198000, "2d07", "2d07:00:00"},
        {274375, "3d04", "3d04:12:55"},
        {8639999, "99d23", "99d23:59:59"},
        {8640000, "100d", "100d00:00:00"},
        {UINT64_MAX, "9999d", "999999d07:00:15"},
    };
    char out[HUMAN_MAX];
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(human_age(out, rows[i].seconds), rows[i].age);
        assert_string_equal(human_uptime(out, rows[i].seconds), rows[i].uptime);
    }
}

/* Whatever the figure, five columns hold it. */
static void test_five_columns(void **state)
{
    (void)state;
    char out[HUMAN_MAX];
    for (uint64_t figure = 1; figure; figure <<= 1)
        for (uint64_t near = figure - 1; near <= figure + 1 && near >= figure - 1; near++) {
            assert_in_range(strlen(human_size(out, near)), 1, 5);
            assert_in_range(strlen(human_age(out, near)), 2, 5);
            if (near == UINT64_MAX)
                break;
        }
    for (uint64_t power = 1000; power < UINT64_MAX / 1000; power *= 10)
        for (uint64_t below = 1; below < power; below *= 10)
            assert_in_range(strlen(human_size(out, power - below)), 1, 5);
}

static void test_parse_duration(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        double seconds; /* negative: refused */
    } rows[] = {
        {"250ms", 0.25},
        {"3s", 3},
        {"10m", 600},
        {"1h", 3600},
        {"42", 42},
        {"0", 0},
        {"1.5s", 1.5},
        {"0.5h", 1800},
        {" 2 s ", 2},
        {"", -1},
        {"s", -1},
        {"-1s", -1},
        {"1 0s", -1},
        {"1.s", -1},
        {".5s", -1},
        {"1e3", -1},
        {"1d", -1},
        {"3S", -1},
        {"5sec", -1},
        {"inf", -1},
        {"nan", -1},
        {"0x10", -1},
        {"1,5s", -1},
        {"99999999999999999999s", -1},
        {"1.0000000001s", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {""};
        double seconds = -7;
        int result = human_parse_duration(slice_of(rows[i].in), &seconds, &err);
        assert_int_equal(result, rows[i].seconds < 0 ? -1 : 0);
        if (result == 0)
            assert_true(seconds > rows[i].seconds - 1e-9 && seconds < rows[i].seconds + 1e-9);
        else
            assert_true(strlen(err.text) > 0 && seconds < -6);
    }
}

static void test_quantity(void **state)
{
    struct human_quantity q;
    uint64_t value = 0;
    (void)state;
    assert_true(human_read_quantity(SLICE(" 1.50 Kx "), &q));
    assert_int_equal(q.whole, 1);
    assert_int_equal(q.scale, 100);
    assert_true(slice_equal(q.unit, SLICE("Kx")));
    assert_true(human_quantity_times(&q, 1000, &value));
    assert_int_equal(value, 1500);
    assert_false(human_read_quantity(SLICE("K1"), &q));
    /* The part behind the point does not overflow where the whole does not. */
    assert_true(human_read_quantity(SLICE("1.999999999"), &q));
    assert_true(human_quantity_times(&q, UINT64_C(1) << 60, &value));
    assert_true(value > UINT64_C(1) << 60);
    assert_true(human_read_quantity(SLICE("99999999"), &q));
    assert_false(human_quantity_times(&q, UINT64_C(1) << 60, &value));
}

static void test_parse_size(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool ok;
        uint64_t bytes;
    } rows[] = {
        {"0", true, 0},
        {"100KB", true, 100000},
        {"1MB", true, 1000000},
        {"1 mb", true, 1000000},
        {"2gb", true, 2000000000},
        {"16KiB", true, 16384},
        {"16kib", true, 16384},
        {"1MiB", true, 1048576},
        {"1GiB", true, 1073741824},
        {"500B", true, 500},
        {"1.5KB", true, 1500},
        {"0.999999999GiB", true, 1073741822},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"18446744073709552KB", false, 0},
        {"17179869184GiB", false, 0},
        {"", false, 0},
        {"KB", false, 0},
        {"-1", false, 0},
        {"1TB", false, 0},
        {"1K B", false, 0},
        {"1KBs", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {""};
        uint64_t bytes = 7;
        int result = human_parse_size(slice_of(rows[i].in), &bytes, &err);
        assert_int_equal(result, rows[i].ok ? 0 : -1);
        assert_true(bytes == (rows[i].ok ? rows[i].bytes : 7));
        assert_int_equal(strlen(err.text) > 0, !rows[i].ok);
    }
    uint64_t bytes;
    assert_int_equal(human_parse_size(SLICE("x"), &bytes, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_sizes_of_two_digits),
        cmocka_unit_test(test_times),          cmocka_unit_test(test_five_columns),
        cmocka_unit_test(test_parse_duration), cmocka_unit_test(test_quantity),
        cmocka_unit_test(test_parse_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
