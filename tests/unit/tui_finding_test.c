/*
 * Filter and find by keys: the list follows the typing, a bad expression changes nothing, find goes
 * from row to row.
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

/* --- find --- */

static unsigned marked(const struct stage *stage)
{
    unsigned count = 0;
    for (size_t i = 0; i < (size_t)stage->grid.rows * stage->grid.cols; i++)
        count += (stage->grid.cells[i].role & ROLE_MASK) == ROLE_MATCH;
    return count;
}

static const struct snap_conn *selected(const struct stage *stage)
{
    return model_selected(&stage->app.view.model);
}

static unsigned place(const struct stage *stage)
{
    return stage->app.view.model.selected_at;
}

static void find_goes_to_rows_and_hides_none(void **state)
{
    struct stage *stage = *state;
    press(stage, "/MOONL");
    assert_int_equal(shown(stage), 38);
    assert_string_equal(selected(stage)->client_name, "moonlink.js/4.6");
    assert_true(marked(stage) > 0 && marked(stage) % strlen("moonl") == 0);
    unsigned first = place(stage);
    press(stage, "\r");
    assert_int_equal(place(stage), first);
    press(stage, "n");
    unsigned second = place(stage);
    assert_true(second > first);
    assert_string_equal(selected(stage)->client_name, "moonlink.js/4.6");
    press(stage, "N");
    assert_int_equal(place(stage), first);
    /* Around both ends. */
    press(stage, "N");
    assert_true(place(stage) > second);
    assert_true(screen_has(stage, "on from the end"));
    press(stage, "n");
    assert_int_equal(place(stage), first);
    assert_true(screen_has(stage, "on from the top"));
    /* Escape takes the marks away; n looks for it again. */
    press(stage, ESCAPE);
    assert_int_equal(marked(stage), 0);
    press(stage, "n");
    assert_int_equal(place(stage), second);
    assert_true(marked(stage) > 0);
}

static void what_is_nowhere_is_said(void **state)
{
    struct stage *stage = *state;
    press(stage, "n");
    assert_true(screen_has(stage, "nothing is looked for yet"));
    press(stage, "jj");
    press(stage, "/no-such");
    assert_true(screen_has(stage, "not found"));
    press(stage, "\r");
    assert_true(screen_has(stage, "not found: no-such"));
    unsigned before = place(stage);
    press(stage, "n");
    assert_true(screen_has(stage, "not found: no-such"));
    assert_int_equal(place(stage), before);
    /* Enter alone looks for the last text again. */
    press(stage, "/eu-b\r");
    press(stage, ESCAPE "/\r");
    assert_true(marked(stage) > 0);
    assert_int_equal(selected(stage)->backend, 1);
}

static void find_works_in_every_panel(void **state)
{
    struct stage *stage = *state;
    const struct view *view = &stage->app.view;
    press(stage, "4/number 7 \r");
    assert_int_equal(panel_selected_event(view)->seq, 8);
    press(stage, "3/refused\r");
    assert_string_equal(panel_selected_backend(view)->name, "us-b");
    press(stage, "n");
    assert_string_equal(panel_selected_backend(view)->name, "us-b");
    assert_true(screen_has(stage, "on from the top"));
    press(stage, "2/113.11\r");
    assert_int_equal(panel_selected_ip(view)->key.bytes[3], 11);
    assert_true(marked(stage) >= strlen("113.11"));
}

static void groups_are_found_by_their_heads(void **state)
{
    struct stage *stage = *state;
    struct model *model = &stage->app.view.model;
    model_group(model, GROUP_CLIENT);
    press(stage, "/moonl\r");
    const struct group *group = model_selected_group(model);
    assert_non_null(group);
    assert_string_equal(sort_client(&stage->snap->conns[model->groups.rows[group->from]]),
                        "moonlink.js/4.6");
}

static void marks_keep_the_selection_and_wide_characters(void **state)
{
    struct stage *stage = *state;
    struct synthetic wide = usual;
    wide.client = "\xe4\xb8\xad\xe6\x96\x87 bot";
    const struct snap *snap = synthetic_snap(&wide);
    app_update(&stage->app, snap, stage->now + 1);
    stage->grid.ascii = false;
    press(stage, "/");
    app_key(&stage->app, KEYS_CHAR(0x6587), stage->now);
    press(stage, " B");
    unsigned rows = stage->app.view.page;
    assert_int_equal(marked(stage), rows * 4);
    bool both = false;
    for (size_t i = 0; i < (size_t)stage->grid.rows * stage->grid.cols; i++)
        both |= stage->grid.cells[i].role == (ROLE_MATCH | ROLE_SELECTED);
    assert_true(both);
    app_update(&stage->app, stage->snap, stage->now + 2);
    snap_put(snap);
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
    press(stage, "pU"); /* also where the picture stands */
    assert_int_equal(shown(stage), 0);
}

static void press_key(struct stage *stage, int key)
{
    app_key(&stage->app, key, stage->now);
    layout_draw(&stage->grid, &stage->app.view);
}

static void tab_completes_fields_and_backends(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *typed, *completed;
    } rows[] = {
        {"", ""},
        {"cl", "client:"},
        {"rate>1K & ba", "rate>1K & backend:"},
        {"!(us", "!(user:"},
        {"ra", "rate>"},
        {"i", "i"}, /* ip:, in>, id: */
        {"zz", "zz"},
        {"client:cl", "client:cl"},
        {"backend:e", "backend:eu-"},
        {"backend:o", "backend:old-1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        press(stage, "\\");
        press(stage, rows[i].typed);
        press(stage, "\t");
        assert_string_equal(stage->app.view.prompt.text, rows[i].completed);
        press(stage, ESCAPE);
    }
}

static void up_brings_filters_back(void **state)
{
    struct stage *stage = *state;
    const char *text = stage->app.view.prompt.text;
    press(stage, "\\v:3\r\\\x15v:4\r" ESCAPE);
    assert_int_equal(shown(stage), 38);
    press(stage, "\\age");
    press_key(stage, KEYS_UP);
    assert_string_equal(text, "v:4");
    assert_int_equal(shown(stage), versions(stage, 4));
    press_key(stage, KEYS_UP);
    assert_string_equal(text, "v:3");
    press_key(stage, KEYS_UP);
    assert_string_equal(text, "v:3");
    press_key(stage, KEYS_DOWN);
    press_key(stage, KEYS_DOWN);
    assert_string_equal(text, "age");
    press(stage, ESCAPE);
    press(stage, ":"); /* the command line has lines of its own */
    press_key(stage, KEYS_UP);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_follows_the_typing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_bad_expression_changes_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(half_a_field_hides_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(escape_clears_and_f_brings_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(nothing_left_is_said, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(find_goes_to_rows_and_hides_none, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_is_nowhere_is_said, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(find_works_in_every_panel, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(groups_are_found_by_their_heads, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(marks_keep_the_selection_and_wide_characters, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(tab_completes_fields_and_backends, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(up_brings_filters_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(tags_are_known_to_the_filter, open_stage, close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
