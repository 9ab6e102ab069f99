/* A terminal that takes frames too slowly, and one that has recovered. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tui/link.h"

static const struct {
    const char *name, *frames; /* "." in time, "x" not */
    double refresh, interval;
} runs[] = {
    {"never late", "............", 1, 1},
    {"late now and then", "x....xx...x...", 1, 1},
    {"two skipped", "xx", 1, 1},
    {"three skipped", "xxx", 1, 2},
    {"two of three", "xx.xx.xx.", 1, 2},
    {"three more", "xxxxxx", 1, 4},
    {"no slower than ten", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1, 10},
    {"no slower than ten, from half a second", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0.5, 10},
    {"chosen slower", "xxxxxxxxx", 10, 10},
    {"chosen much slower", "xxxxxxxxx", 30, 30},
    {"not yet in time", "xxx....", 1, 2},
    {"in time again", "xxx.....", 1, 1},
    {"step by step", "xxxxxx.....", 1, 2},
    {"late in between", "xxx..x..x..", 1, 2},
};

static void frames_come_as_fast_as_they_leave(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        struct link link = {0};
        for (const char *at = runs[i].frames; *at != '\0'; at++)
            link_due(&link, *at == '.', runs[i].refresh);
        double interval = link_interval(&link, runs[i].refresh);
        if (interval != runs[i].interval)
            fail_msg("%s: %g s", runs[i].name, interval);
        if (runs[i].refresh < LINK_INTERVAL_MAX)
            assert_int_equal(link_is_slow(&link), interval > runs[i].refresh);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(frames_come_as_fast_as_they_leave)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
