/* Every size of window: nothing overlaps, nothing is wasted, every panel in sight has its rows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/plan.h"

#define ROWS_MAX 70
#define COLS_MAX 220

struct canvas {
    unsigned rows, cols;
    unsigned char cells[ROWS_MAX][COLS_MAX];
};

static void paint(struct canvas *canvas, struct area area)
{
    assert_true(area.row + area.rows <= canvas->rows);
    assert_true(area.col + area.cols <= canvas->cols);
    for (unsigned row = area.row; row < area.row + area.rows; row++)
        for (unsigned col = area.col; col < area.col + area.cols; col++) {
            assert_int_equal(canvas->cells[row][col], 0);
            canvas->cells[row][col] = 1;
        }
}

/* Each cell belongs to one area; but for the column between two panels side by side. */
static void check_cover(const struct plan *plan, const struct plan_need *need)
{
    static struct canvas canvas;
    unsigned bare = 0;
    memset(&canvas, 0, sizeof(canvas));
    canvas.rows = need->rows;
    canvas.cols = need->cols;
    paint(&canvas, plan->header);
    paint(&canvas, plan->bar);
    paint(&canvas, plan->tabs);
    for (unsigned i = 0; i < PANEL_COUNT; i++)
        paint(&canvas, plan->panels[i]);
    for (unsigned row = 0; row < need->rows; row++)
        for (unsigned col = 0; col < need->cols; col++)
            bare += canvas.cells[row][col] == 0;
    assert_int_equal(bare, plan->kind == PLAN_WIDE_TWO ? plan->panels[PANEL_IPS].rows : 0);
}

static void check_panels(const struct plan *plan, const struct plan_need *need)
{
    const struct area *panels = plan->panels;
    if (plan->kind == PLAN_SINGLE) {
        enum panel only = need->alone != PANEL_ALL ? need->alone : need->focus;
        for (unsigned i = PANEL_CONNECTIONS; i < PANEL_COUNT; i++)
            assert_int_equal(panels[i].rows > 0, i == only);
        assert_true(panels[only].rows >= 5);
        return;
    }
    assert_true(panels[PANEL_CONNECTIONS].rows >= 1 + 5);
    assert_true(panels[PANEL_IPS].rows >= 1 + 3);
    assert_true(panels[PANEL_EVENTS].rows >= 1 + 3);
    assert_true(panels[PANEL_BACKENDS].rows >= 1 + 1);
    assert_true(panels[PANEL_BACKENDS].rows >= 1 + 3 ||
                panels[PANEL_BACKENDS].rows - 1 == need->counts[PANEL_BACKENDS] ||
                need->counts[PANEL_BACKENDS] == 0);
    /* The list that matters most is not crowded out while it could fill its rows. */
    if (need->counts[PANEL_CONNECTIONS] >= need->rows)
        for (unsigned i = PANEL_IPS; i < PANEL_COUNT; i++)
            assert_true(panels[PANEL_CONNECTIONS].rows >= panels[i].rows);
}

static void every_size_has_a_plan(void **state)
{
    (void)state;
    static const unsigned counts[][PANEL_COUNT] = {{0, 0, 0, 0, 0},
                                                   {0, 1, 1, 1, 1},
                                                   {0, 10000, 10000, 64, 200},
                                                   {0, 9, 3, 2, 200},
                                                   {0, 6, 9, 64, 3}};
    for (unsigned rows = 12; rows <= ROWS_MAX; rows++)
        for (unsigned cols = 60; cols <= COLS_MAX; cols += cols % 10 == 5 ? 4 : 1)
            for (unsigned i = 0; i < 2 * 5; i++)
                for (unsigned head = 2; head <= 4; head++) {
                    struct plan_need need = {.rows = rows,
                                             .cols = cols,
                                             .head = head,
                                             .alone = i < 5 ? PANEL_ALL : (enum panel)(i % 4 + 1),
                                             .focus = (enum panel)(rows % 4 + 1)};
                    struct plan plan;
                    memcpy(need.counts, counts[i % 5], sizeof(need.counts));
                    plan_make(&plan, &need);
                    bool single = plan_is_small(rows, cols) || i >= 5;
                    assert_int_equal(plan.kind, single             ? PLAN_SINGLE
                                                : cols < PLAN_WIDE ? PLAN_STACKED
                                                                   : PLAN_WIDE_TWO);
                    check_cover(&plan, &need);
                    check_panels(&plan, &need);
                }
}

static void the_least_window_has_a_few_lines(void **state)
{
    (void)state;
    static const unsigned sizes[][2] = {{1, 1}, {11, 200}, {70, 59}, {4, 20}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct plan_need need = {
            .rows = sizes[i][0], .cols = sizes[i][1], .head = 4, .focus = PANEL_IPS};
        struct plan plan;
        plan_make(&plan, &need);
        assert_int_equal(plan.kind, PLAN_TINY);
        for (unsigned j = 0; j < PANEL_COUNT; j++)
            assert_int_equal(plan.panels[j].rows, 0);
    }
}

/* A connection more or less moves nothing, wherever the number happens to be. */
static void small_changes_keep_the_layout(void **state)
{
    (void)state;
    unsigned room = 0, changes = 0;
    for (unsigned count = 0; count < 200; count++) {
        for (unsigned i = 0; i < 10; i++) {
            unsigned now = plan_room(room, count + i % 2 * 5);
            assert_true(now > count + i % 2 * 5 && now <= count + 20);
            changes += now != room;
            room = now;
        }
    }
    assert_true(changes <= 200 / 6 + 2);
    assert_int_equal(plan_room(room, 0), 6); /* but nothing is kept for nobody */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_has_a_plan),
        cmocka_unit_test(the_least_window_has_a_few_lines),
        cmocka_unit_test(small_changes_keep_the_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
