/* What clicks and the wheel do, by what the frame says of the place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tui/box.h"
#include "tui/draw.h"
#include "tui/mouse.h"
#include "tui_synthetic.h"

struct stage {
    struct app app;
    struct grid grid;
    const struct snap *snap;
    struct command last;
    unsigned sent;
    double now;
};

static int record_command(void *ctx, const struct command *command)
{
    struct stage *stage = ctx;
    stage->last = *command;
    stage->sent++;
    return 0;
}

static void draw(struct stage *stage)
{
    layout_draw(&stage->grid, &stage->app.view);
    app_frame_shown(&stage->app);
}

static int open_stage(void **state)
{
    static struct stage stage;
    struct synthetic how = {.conns = 50, .ips = 20, .backends = 3, .events = 5};
    memset(&stage, 0, sizeof(stage));
    stage.snap = synthetic_snap(&how);
    assert_int_equal(grid_resize(&stage.grid, 42, 140), 0);
    app_init(&stage.app, record_command, &stage);
    stage.app.view.mouse = true;
    stage.now = 100;
    app_update(&stage.app, stage.snap, stage.now);
    draw(&stage);
    *state = &stage;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *stage = *state;
    app_free(&stage->app);
    grid_free(&stage->grid);
    snap_put(stage->snap);
    return 0;
}

/* The `nth` target of a kind, from the top. */
static const struct target *target_of(const struct stage *stage, enum target_kind kind,
                                      unsigned nth)
{
    for (unsigned i = 0; i < stage->grid.target_count; i++)
        if (stage->grid.targets[i].kind == kind && nth-- == 0)
            return &stage->grid.targets[i];
    fail_msg("no such target");
    return NULL;
}

static void press(struct stage *stage, enum mouse_button button, unsigned row, unsigned col)
{
    struct mouse mouse = {button, row, col};
    mouse_act(&stage->app, &stage->grid, &mouse, stage->now);
    draw(stage);
}

static void click(struct stage *stage, enum target_kind kind, unsigned nth)
{
    const struct target *target = target_of(stage, kind, nth);
    press(stage, MOUSE_LEFT, target->area.row, target->area.col + target->area.cols / 2);
}

static void click_selects_the_connection_under_it(void **state)
{
    struct stage *stage = *state;
    for (unsigned nth = 0; nth < 5; nth += 2) {
        uint64_t id = target_of(stage, TARGET_CONNECTION, nth)->value;
        click(stage, TARGET_CONNECTION, nth);
        assert_int_equal(stage->app.view.model.selected, id);
    }
}

static void wheel_moves(void **state)
{
    struct stage *stage = *state;
    struct model *model = &stage->app.view.model;
    click(stage, TARGET_CONNECTION, 0);
    unsigned before = model->selected_at;
    press(stage, MOUSE_WHEEL_DOWN, 10, 10);
    press(stage, MOUSE_WHEEL_DOWN, 10, 10);
    assert_int_equal(model->selected_at, before + 6);
    press(stage, MOUSE_WHEEL_UP, 10, 10);
    assert_int_equal(model->selected_at, before + 3);
    press(stage, MOUSE_OTHER, 10, 10);
    assert_int_equal(model->selected_at, before + 3);
}

static void panels_get_the_focus_and_the_window(void **state)
{
    struct stage *stage = *state;
    struct view *view = &stage->app.view;
    uint64_t slot = target_of(stage, TARGET_BACKEND, 1)->value;
    click(stage, TARGET_BACKEND, 1);
    assert_int_equal(panels_focused(view), PANEL_BACKENDS);
    assert_int_equal(panel_selected_backend(view)->slot, slot);
    uint64_t seq = target_of(stage, TARGET_EVENT, 2)->value;
    click(stage, TARGET_EVENT, 2);
    assert_int_equal(panel_selected_event(view)->seq, seq);
    uint64_t ip = target_of(stage, TARGET_IP, 2)->value;
    click(stage, TARGET_IP, 2);
    assert_int_equal(panels_ip_id(&panel_selected_ip(view)->key), ip);
    const struct target *row = target_of(stage, TARGET_BACKEND, 0);
    press(stage, MOUSE_WHEEL_DOWN, row->area.row, row->area.col); /* the one under the pointer */
    assert_int_equal(panels_focused(view), PANEL_BACKENDS);
    click(stage, TARGET_CONNECTION, 3);
    assert_int_equal(panels_focused(view), PANEL_CONNECTIONS);

    uint64_t panel = target_of(stage, TARGET_PANEL, 0)->value;
    click(stage, TARGET_PANEL, 0);
    assert_int_equal(panels_focused(view), panel);
    assert_int_equal(panels_alone(view), PANEL_ALL);
    click(stage, TARGET_PANEL, 0);
    assert_int_equal(panels_alone(view), panel);
    for (unsigned nth = 0; nth < 4; nth++) { /* and now there are tabs */
        stage->now += 1;
        unsigned count = stage->grid.target_count;
        while (stage->grid.targets[count - 1].kind != TARGET_PANEL ||
               stage->grid.targets[count - 1].value == panel)
            count--;
        struct area tab = stage->grid.targets[count - 1].area;
        panel = stage->grid.targets[count - 1].value;
        press(stage, MOUSE_LEFT, tab.row, tab.col + 1);
        assert_int_equal(panels_alone(view), panel);
    }
}

static void heads_sort(void **state)
{
    struct stage *stage = *state;
    struct model *model = &stage->app.view.model;
    for (unsigned nth = 0; nth < 4; nth++) {
        uint64_t key = target_of(stage, TARGET_SORT, nth)->value;
        click(stage, TARGET_SORT, nth);
        assert_int_equal(model->key, key);
        bool descending = model->descending;
        stage->now += 1;
        click(stage, TARGET_SORT, nth);
        assert_int_equal(model->key, key);
        assert_int_not_equal(model->descending, descending);
        stage->now += 1;
    }
}

/* Nothing else would, where the picture stands. */
static void heads_sort_at_once(void **state)
{
    struct stage *stage = *state;
    const struct model *m = &stage->app.view.model;
    app_key(&stage->app, 'p', stage->now);
    draw(stage);
    for (unsigned nth = 0; nth < 2; nth++) { /* by number, up and down */
        click(stage, TARGET_SORT, 0);
        assert_int_equal(m->key, SORT_ID);
        uint64_t first = stage->snap->conns[m->order[0]].id,
                 second = stage->snap->conns[m->order[1]].id;
        assert_int_equal(first > second, m->descending);
    }
}

static void function_bar_runs(void **state)
{
    struct stage *stage = *state;
    for (unsigned i = 0; i < stage->grid.target_count; i++) {
        const struct target *target = &stage->grid.targets[i];
        if (target->kind != TARGET_COMMAND || target->value != CMD_HELP)
            continue;
        assert_int_equal(target->area.row, stage->grid.rows - 1);
        press(stage, MOUSE_LEFT, target->area.row, target->area.col);
        break;
    }
    assert_int_equal(stage->app.view.dialog.kind, DIALOG_HELP);
    press(stage, MOUSE_WHEEL_DOWN, 20, 70);
    assert_int_equal(stage->app.view.dialog.kind, DIALOG_HELP);
    click(stage, TARGET_BOX, 0);
    assert_int_equal(stage->app.view.dialog.kind, DIALOG_HELP);
    press(stage, MOUSE_LEFT, 0, 0);
    assert_int_equal(stage->app.view.dialog.kind, DIALOG_NONE);
}

static void questions_are_kept_but_for_their_answer(void **state)
{
    struct stage *stage = *state;
    struct view *view = &stage->app.view;
    static const enum mouse_button wheel[] = {MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN, MOUSE_OTHER};
    for (unsigned i = 0; i < 3; i++) {
        app_key(&stage->app, 'q', stage->now);
        draw(stage);
        const struct target *answer = target_of(stage, TARGET_ANSWER, 1);
        press(stage, wheel[i], answer->area.row, answer->area.col);
        assert_int_equal(view->dialog.kind, DIALOG_NONE);
    }
    app_key(&stage->app, 'q', stage->now);
    draw(stage);
    click(stage, TARGET_BOX, 0);
    assert_int_equal(view->dialog.kind, DIALOG_QUIT);
    click(stage, TARGET_ANSWER, 0);
    assert_int_equal(view->dialog.kind, DIALOG_NONE);
    app_key(&stage->app, 'q', stage->now);
    draw(stage);
    press(stage, MOUSE_LEFT, 3, 3); /* on a row outside: kept, and nothing is selected */
    assert_int_equal(view->dialog.kind, DIALOG_NONE);
    assert_int_equal(view->model.selected, 0);
    assert_int_equal(stage->sent, 0);
    app_key(&stage->app, 'q', stage->now);
    draw(stage);
    view->dialog.shown = false; /* drawn, but on its way yet */
    const struct target *answer = target_of(stage, TARGET_ANSWER, 2);
    mouse_act(&stage->app, &stage->grid,
              &(struct mouse){MOUSE_LEFT, answer->area.row, answer->area.col}, stage->now);
    assert_int_equal(stage->sent, 0);
    assert_int_equal(view->dialog.choice, 0); /* the next Enter must not give it either */
    draw(stage);
    click(stage, TARGET_ANSWER, 2);
    assert_int_equal(stage->sent, 1);
    assert_int_equal(stage->last.type, COMMAND_QUIT);
}

static void lists_in_boxes_are_marked_then_chosen(void **state)
{
    struct stage *stage = *state;
    struct view *view = &stage->app.view;
    app_key(&stage->app, 's', stage->now);
    draw(stage);
    view->dialog.choice = 4;
    draw(stage);
    uint64_t key = target_of(stage, TARGET_LINE, 2)->value;
    click(stage, TARGET_LINE, 2);
    assert_int_equal(view->dialog.kind, DIALOG_SORT);
    assert_int_equal(view->dialog.choice, key);
    click(stage, TARGET_LINE, 2);
    assert_int_equal(view->dialog.kind, DIALOG_NONE);
    assert_int_equal(view->model.key, key);
}

static void given_back_it_does_nothing(void **state)
{
    struct stage *stage = *state;
    app_key(&stage->app, 'M', stage->now);
    assert_false(stage->app.view.mouse);
    click(stage, TARGET_CONNECTION, 2);
    press(stage, MOUSE_WHEEL_DOWN, 10, 10);
    assert_int_equal(stage->app.view.model.selected, 0);
    app_key(&stage->app, 'M', stage->now);
    click(stage, TARGET_CONNECTION, 2);
    assert_int_not_equal(stage->app.view.model.selected, 0);
}

static void anywhere_and_beyond_is_harmless(void **state)
{
    struct stage *stage = *state;
    static const char *const openers[] = {"", "q", "?", "s", ":", "4", "2"};
    for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++)
        for (unsigned place = 0; place < 45 * 145; place += 7) {
            for (const char *at = openers[i]; *at != '\0'; at++)
                app_key(&stage->app, *at, stage->now);
            stage->app.view.dialog.shown = false;
            press(stage, (enum mouse_button)(place % 4), place / 145, place % 145);
            stage->app.view.dialog.shown = false;
            app_key(&stage->app, KEYS_ESCAPE, stage->now);
            stage->now += 1;
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(click_selects_the_connection_under_it),
        TEST(wheel_moves),
        TEST(panels_get_the_focus_and_the_window),
        TEST(heads_sort),
        TEST(heads_sort_at_once),
        TEST(function_bar_runs),
        TEST(questions_are_kept_but_for_their_answer),
        TEST(lists_in_boxes_are_marked_then_chosen),
        TEST(given_back_it_does_nothing),
        TEST(anywhere_and_beyond_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
