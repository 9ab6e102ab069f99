/* The clocks and their written forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void test_iso(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1795264867123, "2026-11-21T12:41:07.123Z"},
        {1709251199999, "2024-02-29T23:59:59.999Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
    };
    char out[CLOCK_ISO_MAX];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(clock_iso(out, rows[i].ms), rows[i].text);
    /* Years of any length stay inside. */
    assert_true(strlen(clock_iso(out, INT64_MAX)) < CLOCK_ISO_MAX);
    assert_true(strlen(clock_iso(out, INT64_MIN)) < CLOCK_ISO_MAX);
}

static void test_hms(void **state)
{
    (void)state;
    char out[CLOCK_ISO_MAX];
    setenv("TZ", "XYZ-2", 1); /* two hours east of Greenwich */
    tzset();
    assert_string_equal(clock_hms(out, 1795264867123), "14:41:07");
    assert_string_equal(clock_day(out, 1795264867123), "2026-11-21 14:41");
    setenv("TZ", "UTC", 1);
    tzset();
    assert_string_equal(clock_hms(out, 1795264867123), "12:41:07");
}

static void test_now(void **state)
{
    (void)state;
    double before = clock_mono();
    assert_true(clock_mono() >= before);
    int64_t wall = clock_wall_ms();
    int64_t behind = (int64_t)time(NULL) - wall / 1000;
    /* time(3) reads a coarser clock, which may still be in the second before. */
    assert_true(behind >= -1 && behind <= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso),
        cmocka_unit_test(test_hms),
        cmocka_unit_test(test_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
