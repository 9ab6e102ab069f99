/*
 * Series, rates and bands.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/series.h"

static void rates_are_means(void **state)
{
    static const struct {
        const char *name;
        unsigned pushes, window;
        uint64_t each, expected;
    } rows[] = {
        {"nothing recorded", 0, 5, 100, 0},
        {"younger than the window", 2, 5, 100, 40},
        {"as old as the window", 5, 5, 100, 100},
        {"once round", 61, 5, 100, 100},
        {"all of it", 200, 60, 100, 100},
        {"window beyond the ring", 200, 600, 100, 100},
        {"no window", 10, 0, 100, 0},
        {"window beyond a young one", 30, 600, 100, 50},
        {"saturates", 1, 1, UINT64_C(1) << 40, UINT32_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct series s = {.at = 0};
        for (unsigned n = 0; n < rows[i].pushes; n++)
            series_push(&s, rows[i].each, rows[i].each / 2, 0);
        if (series_rate_in(&s, rows[i].window) != rows[i].expected)
            fail_msg("%s: %llu", rows[i].name,
                     (unsigned long long)series_rate_in(&s, rows[i].window));
        if (rows[i].each < UINT32_MAX)
            assert_int_equal(series_rate_out(&s, rows[i].window), rows[i].expected / 2);
    }
}

static void takes_the_newest_for_the_rate(void **state)
{
    struct series s = {.at = 0};
    (void)state;
    for (unsigned second = 1; second <= 130; second++) {
        series_push(&s, second, second * 10, 0);
        uint64_t sum = 0;
        unsigned window = second < 5 ? second : 5;
        for (unsigned i = 0; i < window; i++)
            sum += second - i;
        assert_int_equal(series_rate_in(&s, 5), sum / 5);
        assert_int_equal(series_rate_out(&s, 5), sum * 10 / 5);
    }
}

static void copies_oldest_first(void **state)
{
    uint32_t in[SERIES_SECONDS], out[SERIES_SECONDS];
    struct series s = {.at = 0};
    (void)state;
    for (unsigned second = 1; second <= 150; second++) {
        series_push(&s, second, second + 1000, 0);
        series_copy(&s, in, out);
        for (unsigned i = 0; i < SERIES_SECONDS; i++) {
            unsigned ago = SERIES_SECONDS - 1 - i;
            unsigned expected = second > ago ? second - ago : 0;
            assert_int_equal(in[i], expected);
            assert_int_equal(out[i], expected ? expected + 1000 : 0);
        }
    }
}

static void knows_silence(void **state)
{
    struct series s = {.at = 0};
    (void)state;
    assert_true(series_is_silent(&s));
    series_push(&s, 0, 1, 0);
    for (unsigned i = 1; i < SERIES_SECONDS; i++) {
        assert_false(series_is_silent(&s));
        series_push(&s, 0, 0, 0);
    }
    assert_false(series_is_silent(&s));
    series_push(&s, 0, 0, 0);
    assert_true(series_is_silent(&s));
}

static void bands_begin_at_their_limit(void **state)
{
    static const struct {
        uint64_t rate;
        enum band band;
        const char *mark;
    } rows[] = {
        {0, BAND_NORMAL, ""},       {99999, BAND_NORMAL, ""},   {100000, BAND_MEDIUM, "!"},
        {999999, BAND_MEDIUM, "!"}, {1000000, BAND_HIGH, "!!"}, {UINT64_MAX, BAND_HIGH, "!!"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum band band = band_of(rows[i].rate, 100000, 1000000);
        assert_int_equal(band, rows[i].band);
        assert_string_equal(band_mark(band), rows[i].mark);
    }
    /* With both limits at one place there is no middle. */
    assert_int_equal(band_of(5, 5, 5), BAND_HIGH);
    assert_int_equal(band_of(4, 5, 5), BAND_NORMAL);
}

static void messages_are_a_mean_with_fractions(void **state)
{
    struct series s = {0};
    (void)state;
    assert_true(series_rate_messages(&s, 5) == 0);
    series_push(&s, 1, 1, 1);
    assert_true(series_rate_messages(&s, 5) == 0.2);
    assert_true(series_rate_messages(&s, 1) == 1);
    for (unsigned i = 0; i < 4; i++)
        series_push(&s, 1, 1, 100000);
    assert_true(series_rate_messages(&s, 4) == UINT16_MAX);
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        series_push(&s, 1, 1, 3);
    assert_true(series_rate_messages(&s, 1000) == 3);
    assert_true(series_rate_messages(&s, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_means),
        cmocka_unit_test(takes_the_newest_for_the_rate),
        cmocka_unit_test(copies_oldest_first),
        cmocka_unit_test(knows_silence),
        cmocka_unit_test(bands_begin_at_their_limit),
        cmocka_unit_test(messages_are_a_mean_with_fractions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
