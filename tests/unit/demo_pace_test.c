/*
 * Times and mishaps of a node: within what was asked for, the same from the same seed, and none at
 * all, not even a number drawn, where none were asked for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "demo/inside.h"
#include "demo/pace.h"

#define DRAWS 4000

static struct node *node_with(const struct node_pace *pace, uint64_t seed)
{
    struct node *node = calloc(1, sizeof *node);

    assert_non_null(node);
    node->random = seed;
    if (pace != NULL)
        node->options.pace = *pace;
    return node;
}

static void test_nothing_asked(void **state)
{
    struct node *node = node_with(NULL, 7);
    unsigned which;

    (void)state;
    for (unsigned i = 0; i < DRAWS; i++) {
        assert_true(pace_search(node) == 0);
        assert_true(pace_draw(node, &node->options.pace.start) == 0);
        assert_false(pace_mishap(node, &which));
    }
    assert_int_equal(node->random, 7);
    free(node);
}

static void test_within(void **state)
{
    const struct node_pace pace = {.search = {0.08, 0.7}, .late_in = 25, .mishap_in = 20};
    struct node *nodes[2] = {node_with(&pace, 1), node_with(&pace, 1)};
    unsigned late = 0, mishaps = 0, low = 0, which;

    (void)state;
    for (unsigned i = 0; i < DRAWS; i++) {
        double took = pace_search(nodes[0]);
        assert_true(took == pace_search(nodes[1]));
        assert_true((took >= 0.08 && took <= 0.7) || (took >= 1.1 && took <= 1.9));
        late += took > 1;
        low += took < 0.39;
        mishaps += pace_mishap(nodes[0], &which);
        pace_mishap(nodes[1], &which);
    }
    assert_in_range(late, DRAWS / 25 / 2, DRAWS / 25 * 2);
    assert_in_range(low, DRAWS * 2 / 5, DRAWS * 3 / 5);
    assert_in_range(mishaps, DRAWS / 20 / 2, DRAWS / 20 * 2);
    free(nodes[0]);
    free(nodes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_asked),
        cmocka_unit_test(test_within),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
