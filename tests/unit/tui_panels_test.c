/* What is picked in the lower panels, and which rows they have. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/app.h"
#include "tui/draw.h"
#include "tui_synthetic.h"

static int ignore_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

struct stage {
    struct app app;
    struct grid grid;
};

static void open_stage(struct stage *stage, unsigned rows, unsigned cols)
{
    memset(stage, 0, sizeof(*stage));
    app_init(&stage->app, ignore_command, NULL);
    assert_int_equal(grid_resize(&stage->grid, rows, cols), 0);
}

static void show(struct stage *stage, const struct snap *snap, double now)
{
    app_update(&stage->app, snap, now);
    layout_draw(&stage->grid, &stage->app.view);
}

static void press(struct stage *stage, const char *keys, double now)
{
    for (; *keys != '\0'; keys++) {
        app_key(&stage->app, *keys, now);
        layout_draw(&stage->grid, &stage->app.view);
    }
}

static void close_stage(struct stage *stage)
{
    app_free(&stage->app);
    grid_free(&stage->grid);
}

/* Backends by slot in the order shown. */
static void expect_slots(const struct view *view, const unsigned *slots, unsigned count)
{
    assert_int_equal(view->panels.backends.rows.count, count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(view->panels.backends.slots[i], slots[i]);
}

static void troubles_come_first_where_not_all_fit(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 30, .ips = 3, .backends = 5, .events = 3};
    const struct snap *snap = synthetic_snap(&how);
    struct stage stage;
    open_stage(&stage, 24, 80);
    show(&stage, snap, 0);
    expect_slots(&stage.app.view, (unsigned[]){42, 43, 40, 41, 44}, 5);
    press(&stage, "3", 0);
    expect_slots(&stage.app.view, (unsigned[]){40, 41, 42, 43, 44}, 5);
    press(&stage, "3", 0);
    expect_slots(&stage.app.view, (unsigned[]){42, 43, 40, 41, 44}, 5);
    close_stage(&stage);
    snap_put(snap);
}

static void a_backend_stays_picked_and_holds_the_order(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 30, .ips = 3, .backends = 5, .events = 3};
    const struct snap *first = synthetic_snap(&how);
    struct snap later = *first;
    struct snap_backend backends[5];
    struct stage stage;
    for (unsigned i = 0; i < 5; i++) /* a reload turned the order round, and all are well */
        backends[i] = first->backends[4 - i];
    backends[1].state = BACKEND_ONLINE;
    backends[2].state = BACKEND_ONLINE;
    later.backends = backends;
    later.seq++;
    open_stage(&stage, 24, 80);
    show(&stage, first, 0);
    assert_null(panel_selected_backend(&stage.app.view));
    press(&stage, "\t\tjj", 0);
    assert_int_equal(panel_selected_backend(&stage.app.view)->slot, 43);
    show(&stage, &later, 1);
    assert_int_equal(panel_selected_backend(&stage.app.view)->slot, 43);
    expect_slots(&stage.app.view, (unsigned[]){42, 43, 40, 41, 44}, 5);
    later.seq++;
    show(&stage, first, 6);
    show(&stage, &later, 7);
    expect_slots(&stage.app.view, (unsigned[]){44, 43, 42, 41, 40}, 5);
    assert_int_equal(panel_selected_backend(&stage.app.view)->slot, 43);
    later.backend_count = 1; /* it is gone: its neighbour */
    show(&stage, first, 8);
    show(&stage, &later, 20);
    assert_int_equal(panel_selected_backend(&stage.app.view)->slot, 44);
    press(&stage, "\t", 20);
    assert_null(panel_selected_backend(&stage.app.view)); /* another panel has the keys */
    assert_false(panels_pick_backend(&stage.app.view, 43, 20));
    assert_true(panels_pick_backend(&stage.app.view, 44, 20));
    close_stage(&stage);
    snap_put(first);
}

static void events_stay_in_sight_while_new_ones_come(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 30, .ips = 3, .backends = 2, .events = 20};
    const struct snap *first = synthetic_snap(&how);
    how.events = 26;
    const struct snap *later = synthetic_snap(&how);
    struct stage stage;
    open_stage(&stage, 24, 80);
    show(&stage, first, 0);
    struct view *view = &stage.app.view;
    press(&stage, "\t\t\tj", 0);
    assert_int_equal(panel_selected_event(view)->seq, 20);
    press(&stage, "jjjjjjj", 0);
    assert_int_equal(panel_selected_event(view)->seq, 13);
    unsigned above = view->panels.events.rows.at - view->panels.events.rows.top;
    show(&stage, later, 1);
    assert_int_equal(panel_selected_event(view)->seq, 13);
    assert_int_equal(view->panels.events.rows.at, 13);
    assert_int_equal(view->panels.events.rows.at - view->panels.events.rows.top, above);
    press(&stage, "\033", 1); /* picks nothing, and shows the newest again */
    assert_null(panel_selected_event(view));
    assert_int_equal(view->panels.events.rows.top, 0);
    assert_true(panels_pick_event(view, 3));
    assert_false(panels_pick_event(view, 99));
    assert_int_equal(panel_selected_event(view)->seq, 3);
    close_stage(&stage);
    snap_put(first);
    snap_put(later);
}

static void levels_hide_events(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 1, .ips = 1, .backends = 1, .events = 20};
    const struct snap *snap = synthetic_snap(&how);
    struct stage stage;
    open_stage(&stage, 24, 80);
    show(&stage, snap, 0);
    struct view *view = &stage.app.view;
    assert_int_equal(view->panels.events.rows.count, 20);
    panels_pick_event(view, 17); /* the newest INFO */
    view->panels.events.show = EVENTS_TROUBLE;
    panels_update(view, 0);
    assert_int_equal(view->panels.events.rows.count, 15);
    view->panels.events.show = EVENTS_ERRORS;
    panels_update(view, 0);
    assert_int_equal(view->panels.events.rows.count, 5);
    assert_int_equal(view->panels.events.rows.at, 3);
    close_stage(&stage);
    snap_put(snap);
}

static void an_address_is_picked_by_a_number(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 3, .ips = 80, .backends = 2, .events = 2};
    const struct snap *snap = synthetic_snap(&how);
    struct stage stage;
    open_stage(&stage, 24, 80);
    show(&stage, snap, 0);
    struct view *view = &stage.app.view;
    press(&stage, "2G", 0);
    const struct snap_ip *last = panel_selected_ip(view);
    assert_int_equal(view->panels.ips.rows.at, 79);
    press(&stage, "g", 0);
    assert_true(panel_selected_ip(view) != last);
    assert_true(panels_pick_ip(view, panels_ip_id(&last->key), 0));
    assert_ptr_equal(panel_selected_ip(view), last);
    assert_false(panels_pick_ip(view, 1, 0));
    close_stage(&stage);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(troubles_come_first_where_not_all_fit),
        cmocka_unit_test(a_backend_stays_picked_and_holds_the_order),
        cmocka_unit_test(events_stay_in_sight_while_new_ones_come),
        cmocka_unit_test(levels_hide_events),
        cmocka_unit_test(an_address_is_picked_by_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
