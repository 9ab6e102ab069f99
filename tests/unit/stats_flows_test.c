/*
 * Times of the legs: percentiles lie as near to the exact ones as the grades are fine, the five
 * minutes pass, what is counted twice is drawn once.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/flows.h"

static void nothing_draws_as_zeros(void **state)
{
    (void)state;
    struct snap_flow out[FLOW_COUNT];
    memset(out, 0xff, sizeof(out));
    flows_draw(NULL, 5, out);
    for (unsigned leg = 0; leg < FLOW_COUNT; leg++) {
        assert_int_equal(out[leg].count, 0);
        assert_true(out[leg].p50 == 0 && out[leg].p95 == 0 && out[leg].p99 == 0);
    }
    flows_free(NULL);
}

static int by_size(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Numbers that look random and are the same in every run. */
static double next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(*seed >> 11) / 9007199254740992.0;
}

/* Grades differ by half at most below 10 s, mostly by a third. */
static void check_near(double drawn, double exact)
{
    if (drawn < exact / 1.6 - 0.001 || drawn > exact * 1.6 + 0.001)
        fail_msg("%g is drawn as %g", exact, drawn);
}

static void percentiles_are_near_the_exact_ones(void **state)
{
    (void)state;
    enum { TIMES = 5000 };
    static double times[TIMES];
    static const struct {
        double low, high;
    } rows[] = {{0.0002, 0.02}, {0.005, 0.5}, {0.1, 4}, {0.9, 1.0}, {2, 9.5}};

    for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        struct flows *flows = NULL;
        uint64_t seed = row + 1;
        for (unsigned i = 0; i < TIMES; i++) {
            double part = next_random(&seed);
            times[i] = rows[row].low * pow(rows[row].high / rows[row].low, part);
            flows_add(&flows, FLOW_SEARCH, times[i], 100 + i / 50);
        }
        qsort(times, TIMES, sizeof(times[0]), by_size);
        struct snap_flow out[FLOW_COUNT];
        flows_draw(flows, 199, out);
        assert_int_equal(out[FLOW_SEARCH].count, TIMES);
        check_near((double)out[FLOW_SEARCH].p50, times[TIMES / 2]);
        check_near((double)out[FLOW_SEARCH].p95, times[TIMES * 95 / 100]);
        check_near((double)out[FLOW_SEARCH].p99, times[TIMES * 99 / 100]);
        assert_int_equal(out[FLOW_PLAY].count, 0);
        flows_free(flows);
    }
}

/* What takes as long as the target is not late, what takes longer is. */
static void targets_are_exact(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        enum flow_leg leg;
        bool late;
    } rows[] = {
        {1.0, FLOW_SEARCH, false}, {1.01, FLOW_SEARCH, true},       {2.0, FLOW_PLAY, false},
        {2.01, FLOW_PLAY, true},   {50.0, FLOW_PATCH, false},       {1e9, FLOW_SEARCH, true},
        {-1.0, FLOW_PLAY, false},  {(double)NAN, FLOW_PLAY, false},
    };
    for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        struct flows *flows = NULL;
        struct snap_flow out[FLOW_COUNT];
        for (unsigned i = 0; i < 100; i++)
            flows_add(&flows, rows[row].leg, rows[row].seconds, 7);
        flows_draw(flows, 7, out);
        assert_int_equal(out[rows[row].leg].count, 100);
        assert_int_equal(flow_is_late(rows[row].leg, &out[rows[row].leg]), rows[row].late);
        assert_true((double)out[rows[row].leg].p99 <= 60);
        flows_free(flows);
    }
}

/* Few times, as a bot that has just come has them. */
static void a_few_times_draw_no_longer_ones(void **state)
{
    (void)state;
    static const struct {
        double times[4];
        unsigned count;
    } rows[] = {
        {{1.2, 1.1, 1.05}, 3},       {{0.71, 0.9}, 2},  {{0.5}, 1},     {{2.9, 2.1, 2.5, 2.2}, 4},
        {{0.004, 1.4, 0.01, 12}, 4}, {{45, 31, 33}, 3}, {{59, 100}, 2}, {{0.0001, 0}, 2},
    };
    for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        double times[4];
        unsigned count = rows[row].count;
        struct flows *flows = NULL;
        struct snap_flow out[FLOW_COUNT];
        for (unsigned i = 0; i < count; i++) {
            times[i] = fmin(rows[row].times[i], 60);
            flows_add(&flows, FLOW_SEARCH, rows[row].times[i], 60 * i);
        }
        qsort(times, count, sizeof(times[0]), by_size);
        flows_draw(flows, 60 * count, out);
        const struct snap_flow *drawn = &out[FLOW_SEARCH];
        assert_true(drawn->p50 >= (float)times[0] && drawn->p50 <= drawn->p95);
        assert_true(drawn->p95 <= drawn->p99 && drawn->p99 <= (float)times[count - 1]);
        if (count == 1)
            assert_true(drawn->p50 == (float)times[0]);
        flows_free(flows);
    }
}

/* The longest was a time of a minute that is over. */
static void what_was_longest_passes_too(void **state)
{
    (void)state;
    struct flows *flows = NULL;
    struct snap_flow out[FLOW_COUNT];
    flows_add(&flows, FLOW_SEARCH, 1.4, 0);
    flows_add(&flows, FLOW_SEARCH, 1.1, 60);
    flows_draw(flows, 60, out);
    assert_true(out[FLOW_SEARCH].p99 > 1.3f);
    flows_draw(flows, 300, out);
    assert_true(out[FLOW_SEARCH].p50 == 1.1f && out[FLOW_SEARCH].p99 == 1.1f);
    flows_add(&flows, FLOW_SEARCH, 1.2, 300); /* into the slice of the longest */
    flows_draw(flows, 300, out);
    assert_true(out[FLOW_SEARCH].p50 >= 1.1f && out[FLOW_SEARCH].p99 <= 1.2f);
    flows_free(flows);
}

static uint32_t count_at(struct flows *flows, uint32_t second)
{
    struct snap_flow out[FLOW_COUNT];
    flows_draw(flows, second, out);
    return out[FLOW_VOICE].count;
}

static void five_minutes_pass(void **state)
{
    (void)state;
    struct flows *flows = NULL;
    flows_add(&flows, FLOW_VOICE, 0.3, 59);
    assert_int_equal(count_at(flows, 59), 1);
    flows_add(&flows, FLOW_VOICE, 0.3, 60);
    flows_add(&flows, FLOW_VOICE, 0.3, 60);
    assert_int_equal(count_at(flows, 60), 3);
    assert_int_equal(count_at(flows, 299), 3);
    assert_int_equal(count_at(flows, 300), 2);
    flows_add(&flows, FLOW_VOICE, 0.3, 300); /* into the slice of the first minute */
    assert_int_equal(count_at(flows, 300), 3);
    assert_int_equal(count_at(flows, 360), 1);
    assert_int_equal(count_at(flows, 599), 1);
    assert_int_equal(count_at(flows, 600), 0);
    flows_add(&flows, FLOW_VOICE, 0.3, 100000);
    assert_int_equal(count_at(flows, 100000), 1);
    flows_free(flows);
}

/* The clock of seconds begins anew after 136 years, or in a test. */
static void minutes_may_be_the_first(void **state)
{
    (void)state;
    struct flows *flows = NULL;
    flows_add(&flows, FLOW_VOICE, 0.3, 0);
    assert_int_equal(count_at(flows, 0), 1);
    assert_int_equal(count_at(flows, 240), 1);
    assert_int_equal(count_at(flows, 301), 0);
    flows_free(flows);
}

static void the_book_counts_by_backend_and_version(void **state)
{
    (void)state;
    struct flow_book *book = calloc(1, sizeof(*book));
    struct flows *bot = NULL;
    struct fleet fleet = {.order = {3, 1}, .count = 2};
    struct snap_backend_flows to[2];
    struct snap_flow versions[REPORT_VERSIONS][FLOW_COUNT], own[FLOW_COUNT];

    flow_book_add(book, (struct flow_place){1, 4, &bot}, FLOW_PLAY, 1.5, 10);
    flow_book_add(book, (struct flow_place){1, 4, NULL}, FLOW_PLAY, 3, 10);
    flow_book_add(book, (struct flow_place){3, 3, NULL}, FLOW_READY, -5, 10);
    flow_book_add(book, (struct flow_place){REPORT_NO_BACKEND, 0, NULL}, FLOW_PLAY, 1, 10);
    flow_book_draw(book, 11, &fleet, to, versions);
    flows_draw(bot, 11, own);

    assert_int_equal(own[FLOW_PLAY].count, 1);
    assert_int_equal(to[0].flows[FLOW_READY].count, 1);
    assert_int_equal(to[0].times[FLOW_READY].counts[0], 1);
    assert_true(to[0].times[FLOW_READY].sum == 0);
    assert_int_equal(to[1].flows[FLOW_PLAY].count, 2);
    assert_true(to[1].times[FLOW_PLAY].sum == 4.5);
    assert_int_equal(versions[REPORT_VERSION_4][FLOW_PLAY].count, 2);
    assert_int_equal(versions[REPORT_VERSION_3][FLOW_READY].count, 1);
    assert_int_equal(versions[REPORT_VERSION_NONE][FLOW_PLAY].count, 1);

    flow_book_clear(book, 1);
    flow_book_draw(book, 11, &fleet, to, versions);
    assert_int_equal(to[1].flows[FLOW_PLAY].count, 0);
    assert_int_equal(to[1].times[FLOW_PLAY].counts[SNAP_BUCKETS - 2], 0);
    assert_int_equal(versions[REPORT_VERSION_4][FLOW_PLAY].count, 2);
    flow_book_free(book);
    free(book);
    flows_free(bot);
}

/* The targets are bounds of what the metrics show, too. */
static void buckets_have_the_targets(void **state)
{
    (void)state;
    for (unsigned leg = 0; leg < FLOW_COUNT; leg++) {
        double target = flow_target((enum flow_leg)leg);
        bool found = target == 0;
        for (unsigned i = 0; i < SNAP_BUCKETS; i++)
            found |= snap_bucket_bound(i) == target;
        assert_true(found);
    }
    for (unsigned i = 1; i < SNAP_BUCKETS; i++)
        assert_true(snap_bucket_bound(i) > snap_bucket_bound(i - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_draws_as_zeros),
        cmocka_unit_test(percentiles_are_near_the_exact_ones),
        cmocka_unit_test(targets_are_exact),
        cmocka_unit_test(a_few_times_draw_no_longer_ones),
        cmocka_unit_test(what_was_longest_passes_too),
        cmocka_unit_test(five_minutes_pass),
        cmocka_unit_test(minutes_may_be_the_first),
        cmocka_unit_test(the_book_counts_by_backend_and_version),
        cmocka_unit_test(buckets_have_the_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
