/*
 * Filter by keys: the list follows the typing, a bad expression changes nothing, Escape clears.
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

#define ESCAPE "\x1b"

static const struct synthetic usual = {.conns = 38, .ips = 17, .backends = 5, .events = 30};

struct stage {
    struct app app;
    struct grid grid;
    const struct snap *snap;
    double now;
};

static int ignore_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

static int open_stage(void **state)
{
    static struct stage stage;
    memset(&stage, 0, sizeof(stage));
    app_init(&stage.app, ignore_command, NULL);
    stage.snap = synthetic_snap(&usual);
    stage.now = 100;
    assert_int_equal(grid_resize(&stage.grid, 24, 80), 0);
    stage.grid.ascii = true;
    app_update(&stage.app, stage.snap, stage.now);
    layout_draw(&stage.grid, &stage.app.view);
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

static void press(struct stage *stage, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        app_key(&stage->app, *keys, stage->now);
        layout_draw(&stage->grid, &stage->app.view);
    }
}

static unsigned shown(const struct stage *stage)
{
    return stage->app.view.model.count;
}

/* How many of the connections have this version. */
static unsigned versions(const struct stage *stage, unsigned version)
{
    unsigned count = 0;
    for (unsigned i = 0; i < stage->snap->conn_count; i++)
        count += stage->snap->conns[i].version == version;
    return count;
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

static void the_list_follows_the_typing(void **state)
{
    struct stage *stage = *state;
    unsigned v3 = versions(stage, 3);
    press(stage, "\\");
    assert_int_equal(shown(stage), 38);
    assert_true(screen_has(stage, "38 of 38 shown"));
    press(stage, "v:3");
    assert_int_equal(shown(stage), v3);
    assert_true(v3 > 0 && v3 < 38);
    press(stage, "\r");
    assert_int_equal(shown(stage), v3);
    assert_false(prompt_is_open(&stage->app.view.prompt));

    /* It holds for what comes later, too. */
    struct synthetic later = usual;
    later.conns = 60;
    later.second = 5;
    const struct snap *snap = synthetic_snap(&later);
    app_update(&stage->app, snap, stage->now + 5);
    assert_true(shown(stage) > v3);
    for (unsigned i = 0; i < shown(stage); i++)
        assert_int_equal(snap->conns[stage->app.view.model.order[i]].version, 3);
    app_update(&stage->app, stage->snap, stage->now + 10);
    snap_put(snap);
}

static void a_bad_expression_changes_nothing(void **state)
{
    struct stage *stage = *state;
    unsigned v3 = versions(stage, 3);
    press(stage, "\\v:3 &");
    assert_int_equal(shown(stage), v3);
    press(stage, " rate>");
    assert_int_equal(shown(stage), v3);
    press(stage, "10");
    unsigned some = shown(stage);
    assert_true(some > 0 && some < v3);
    press(stage, "Q");
    assert_int_equal(shown(stage), some);
    assert_true(screen_has(stage, "~~~~~~~~"));
    assert_true(screen_has(stage, "unknown unit Q (use K M G)"));
    /* Nor does Enter: the line stays for mending. */
    press(stage, "\r");
    assert_true(prompt_is_open(&stage->app.view.prompt));
    assert_string_equal(stage->app.view.prompt.text, "v:3 & rate>10Q");
    press(stage, "\x7f"
                 "0K\r");
    assert_false(prompt_is_open(&stage->app.view.prompt));
    assert_true(shown(stage) < some);
}

static void half_a_field_hides_nothing(void **state)
{
    struct stage *stage = *state;
    press(stage, "\\v:3 bac");
    assert_true(shown(stage) > 0);
    press(stage, "\r");
    assert_int_equal(shown(stage), 0);
}

static void escape_clears_and_f_brings_back(void **state)
{
    struct stage *stage = *state;
    unsigned v3 = versions(stage, 3);
    press(stage, "f");
    assert_true(screen_has(stage, "there was no filter yet"));
    press(stage, "\\v:3\r");
    press(stage, ESCAPE);
    assert_int_equal(shown(stage), 38);
    press(stage, "f");
    assert_int_equal(shown(stage), v3);
    press(stage, "f");
    assert_int_equal(shown(stage), 38);
    press(stage, "f\\" ESCAPE);
    assert_int_equal(shown(stage), 38);
    assert_false(prompt_is_open(&stage->app.view.prompt));
    press(stage, "f");
    assert_int_equal(shown(stage), v3);
    /* Opening the prompt shows what is in force. */
    press(stage, "\\");
    assert_string_equal(stage->app.view.prompt.text, "v:3");
}

static void nothing_left_is_said(void **state)
{
    struct stage *stage = *state;
    press(stage, "\\no-such-thing\r");
    assert_int_equal(shown(stage), 0);
    assert_true(screen_has(stage, "no connection matches"));
    assert_false(screen_has(stage, "no connections at present"));
}

static void tags_are_known_to_the_filter(void **state)
{
    struct stage *stage = *state;
    press(stage, "jj");
    uint64_t id = stage->app.view.model.selected;
    assert_int_equal(model_tag(&stage->app.view.model), 0);
    press(stage, "\\tag:\r");
    assert_int_equal(shown(stage), 1);
    assert_int_equal(stage->snap->conns[stage->app.view.model.order[0]].id, id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_follows_the_typing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_bad_expression_changes_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(half_a_field_hides_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(escape_clears_and_f_brings_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(nothing_left_is_said, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(tags_are_known_to_the_filter, open_stage, close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
