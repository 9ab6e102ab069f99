/*
 * Holding the screen still by keys: the picture stands while snapshots come, lists work on it, and
 * it can be stepped back from.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/app.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_synthetic.h"

struct stage {
    struct app app;
    struct grid grid;
    const struct snap *snap;
    unsigned second;
    unsigned conns;
};

static int ignore_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

/* The next second, as the thread does it. */
static bool tick(struct stage *stage)
{
    struct synthetic how = {.conns = stage->conns, .ips = 17, .backends = 5, .events = 30};
    const struct snap *old = stage->snap;
    how.second = ++stage->second;
    stage->snap = synthetic_snap(&how);
    app_record(&stage->app, stage->snap);
    bool news = app_update(&stage->app, stage->snap, stage->second);
    layout_draw(&stage->grid, &stage->app.view);
    snap_put(old);
    return news;
}

static int open_stage(void **state)
{
    static struct stage stage;
    memset(&stage, 0, sizeof(stage));
    stage.conns = 38;
    app_init(&stage.app, ignore_command, NULL);
    assert_int_equal(grid_resize(&stage.grid, 24, 80), 0);
    stage.grid.ascii = true;
    for (unsigned i = 0; i < 70; i++)
        tick(&stage);
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

static void press(struct stage *stage, int key)
{
    app_key(&stage->app, key, stage->second);
    layout_draw(&stage->grid, &stage->app.view);
}

static bool screen_has(const struct stage *stage, const char *text)
{
    struct str drawn;
    str_growing(&drawn);
    grid_dump(&stage->grid, &drawn);
    bool found = strstr(drawn.ptr, text) != NULL;
    str_free(&drawn);
    return found;
}

static void the_picture_stands(void **state)
{
    struct stage *stage = *state;
    const struct view *view = &stage->app.view;
    assert_true(screen_has(stage, "LIVE"));
    press(stage, 'p');
    uint64_t seq = view->snap->seq;
    assert_true(screen_has(stage, "PAUSED 0s"));
    assert_false(screen_has(stage, "LIVE"));
    stage->conns = 20;
    for (unsigned i = 0; i < 12; i++)
        assert_true(tick(stage)); /* the time on the screen moves */
    assert_true(screen_has(stage, "PAUSED 12s"));
    assert_int_equal(view->snap->seq, seq);
    assert_int_equal(view->model.count, 38);
    assert_int_equal(view->newest->seq, seq + 12);
    assert_int_equal(view->newest->conn_count, 20);
    assert_ptr_equal(view_newest(view), stage->snap);
    /* On to the present. */
    press(stage, 'p');
    assert_ptr_equal(view->snap, stage->snap);
    assert_int_equal(view->model.count, 20);
    assert_true(screen_has(stage, "LIVE"));
}

static void lists_work_on_the_standing_picture(void **state)
{
    struct stage *stage = *state;
    const struct view *view = &stage->app.view;
    press(stage, 'Z');
    press(stage, 'j');
    press(stage, 'j');
    uint64_t id = view->model.selected;
    for (unsigned i = 0; i < 10; i++)
        tick(stage);
    assert_int_equal(view->model.selected, id);
    press(stage, 'A');
    assert_int_equal(view->model.key, SORT_AGE);
    assert_int_equal(view->snap->conns[view->model.order[0]].id, view->snap->conns[0].id);
    for (const char *key = "\\v:3\r"; *key != '\0'; key++)
        press(stage, *key);
    assert_true(view->model.count > 0 && view->model.count < 38);
    press(stage, KEYS_F(8));
    assert_false(view->pause.on);
}

static void steps_lead_through_the_last_minute(void **state)
{
    struct stage *stage = *state;
    const struct view *view = &stage->app.view;
    press(stage, 'p');
    uint64_t seq = view->snap->seq;
    int64_t wall = view->snap->wall_ms;
    for (unsigned i = 0; i < 23; i++)
        press(stage, KEYS_SHIFT_LEFT);
    assert_true(screen_has(stage, "PAUSED -23s"));
    assert_int_equal(view->snap->seq, seq - 23);
    assert_int_equal(view->snap->wall_ms, wall - 23000);
    assert_int_equal(view->model.count, 38);
    assert_false(tick(stage)); /* nothing moves */
    for (unsigned i = 0; i < 60; i++)
        press(stage, '[');
    assert_true(screen_has(stage, "PAUSED -60s"));
    assert_true(screen_has(stage, "no older second is kept"));
    for (unsigned i = 0; i < 59; i++)
        press(stage, ']');
    assert_true(screen_has(stage, "PAUSED -1s"));
    press(stage, KEYS_SHIFT_RIGHT);
    assert_int_equal(view->snap->seq, seq);
    press(stage, ']');
    assert_true(screen_has(stage, "this is where it was paused"));
    press(stage, '[');
    press(stage, 'p');
    assert_ptr_equal(view->snap, stage->snap);
    assert_true(screen_has(stage, "LIVE"));
    press(stage, ']');
    assert_true(screen_has(stage, "the screen is live already"));
}

/* While live, a step back pauses by itself. */
static void a_step_back_pauses(void **state)
{
    struct stage *stage = *state;
    press(stage, '[');
    assert_true(screen_has(stage, "PAUSED -1s"));
    for (unsigned i = 0; i < 5; i++)
        tick(stage);
    press(stage, 'p');
    for (unsigned i = 0; i < 5; i++)
        tick(stage);
    press(stage, '[');
    assert_int_equal(stage->app.view.snap->seq, stage->snap->seq - 1);
}

/* Connections that opened since are not in the picture, but have not ended. */
static void tags_outlive_a_look_back(void **state)
{
    struct stage *stage = *state;
    struct model *model = &stage->app.view.model;
    stage->conns = 40;
    tick(stage);
    press(stage, 'A');
    press(stage, 'r'); /* the youngest first */
    press(stage, 'g');
    uint64_t id = model->selected;
    assert_int_equal(id, stage->snap->conns[39].id);
    assert_int_equal(model_tag(model), 0);
    press(stage, '[');
    assert_int_equal(model->count, 38);
    assert_true(tags_has(&model->tags, id));
    press(stage, 'p');
    assert_int_equal(model->count, 40);
    assert_true(tags_has(&model->tags, id));
    stage->conns = 38;
    tick(stage);
    assert_false(tags_has(&model->tags, id));
}

static void ending_while_paused_leaves_nothing(void **state)
{
    struct stage *stage = *state;
    press(stage, '[');
    press(stage, '[');
}

/* Questions go by what is true, so they are drawn anew although the picture stands. */
static void a_question_follows_the_present(void **state)
{
    struct stage *stage = *state;
    press(stage, 'j');
    press(stage, '[');
    press(stage, 'K');
    assert_true(screen_has(stage, "Kill connection?"));
    stage->conns = 0;
    assert_true(tick(stage));
    assert_true(screen_has(stage, "It has ended in the meantime."));
    press(stage, 'n');
    assert_false(tick(stage)); /* the picture of then has nothing new */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_picture_stands, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(lists_work_on_the_standing_picture, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(steps_lead_through_the_last_minute, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(a_step_back_pauses, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(tags_outlive_a_look_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_question_follows_the_present, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(ending_while_paused_leaves_nothing, open_stage,
                                        close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
