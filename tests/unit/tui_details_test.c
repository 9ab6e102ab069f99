/* The box of one connection: alive, ended, and what its bottom line does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/app.h"
#include "tui/box.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_synthetic.h"

struct desk {
    struct command last;
    uint64_t id;
    unsigned sent;
};

static int record(void *ctx, const struct command *command)
{
    struct desk *desk = ctx;
    desk->last = *command;
    desk->id = command->id_count > 0 ? command->ids[0] : command->id;
    desk->sent++;
    return 0;
}

struct stage {
    struct app app;
    struct grid grid;
    struct desk desk;
    struct synthetic how;
    const struct snap *snap;
    char *text; /* the screen as it was drawn last */
};

static void show(struct stage *stage)
{
    struct str text;
    layout_draw(&stage->grid, &stage->app.view);
    app_frame_shown(&stage->app);
    str_growing(&text);
    grid_dump(&stage->grid, &text);
    free(stage->text);
    stage->text = text.ptr;
}

static void press(struct stage *stage, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        app_key(&stage->app, *keys, 100);
        show(stage);
    }
}

/* The next second; `skip` is a connection that has ended by then. */
static void pass(struct stage *stage, uint64_t skip)
{
    const struct snap *before = stage->snap;
    stage->how.second++;
    stage->how.skip_id = skip;
    stage->snap = synthetic_snap(&stage->how);
    app_update(&stage->app, stage->snap, 100 + stage->how.second);
    snap_put(before);
    show(stage);
}

static void begin(struct stage *stage)
{
    *stage = (struct stage){.how = {.conns = 12, .ips = 4, .backends = 3, .events = 2}};
    app_init(&stage->app, record, &stage->desk);
    assert_int_equal(grid_resize(&stage->grid, 30, 100), 0);
    stage->grid.ascii = true;
    stage->snap = synthetic_snap(&stage->how);
    app_update(&stage->app, stage->snap, 100);
    show(stage);
}

static void end(struct stage *stage)
{
    free(stage->text);
    app_free(&stage->app);
    grid_free(&stage->grid);
    snap_put(stage->snap);
}

static void expect(const struct stage *stage, const char *words, bool there)
{
    if ((strstr(stage->text, words) != NULL) != there)
        fail_msg("\"%s\" is%s there:\n%s", words, there ? " not" : "", stage->text);
}

static void lives_and_ends(void **state)
{
    (void)state;
    struct stage stage;
    char title[60];
    begin(&stage);
    press(&stage, "j\r");
    uint64_t id = stage.app.view.model.selected;
    assert_int_not_equal(id, 0);
    snprintf(title, sizeof(title), "Connection #%llu ", (unsigned long long)id);
    expect(&stage, title, true);
    expect(&stage, "kill", true);
    uint64_t rate = stage.app.view.details.conn.rate_out;
    pass(&stage, 0);
    assert_int_not_equal(stage.app.view.details.conn.rate_out, rate);
    rate = stage.app.view.details.conn.rate_out;
    uint64_t total = stage.app.view.details.conn.bytes_out;
    pass(&stage, id);
    snprintf(title, sizeof(title), "Connection #%llu, ended ", (unsigned long long)id);
    expect(&stage, title, true);
    expect(&stage, "kill ", false); /* nothing is left to end */
    pass(&stage, id);
    expect(&stage, title, true);
    assert_int_equal(stage.app.view.details.conn.rate_out, rate); /* the last figures stay */
    assert_int_equal(stage.app.view.details.conn.bytes_out, total);
    assert_string_equal(stage.app.view.details.conn.path, "/v4/websocket");
    press(&stage, "K"); /* does nothing */
    assert_int_equal(stage.app.view.dialog.kind, DIALOG_DETAILS);
    press(&stage, "\r");
    assert_int_equal(stage.app.view.dialog.kind, DIALOG_NONE);
    assert_int_equal(stage.desk.sent, 0);
    end(&stage);
}

/* Keys and marks of the bottom line; tags are not what is meant here. */
static void acts_on_this_one(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        enum dialog_kind kind;
    } cases[] = {
        {"", DIALOG_DETAILS},     {"\r", DIALOG_NONE}, {"K", DIALOG_KILL},
        {"\t\r", DIALOG_KILL},    {"b", DIALOG_BLOCK}, {"\t\t\r", DIALOG_BLOCK},
        {"\033", DIALOG_NONE},    {"f", DIALOG_NONE},  {"d", DIALOG_DRAIN},
        {"jkxz", DIALOG_DETAILS},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stage stage;
        begin(&stage);
        press(&stage, "j  "); /* two are tagged, a third one is selected */
        uint64_t id = stage.app.view.model.selected;
        assert_false(tags_has(&stage.app.view.model.tags, id));
        press(&stage, "\r");
        press(&stage, cases[i].keys);
        assert_int_equal(stage.app.view.dialog.kind, cases[i].kind);
        assert_int_equal(stage.app.view.finding.text[0] != '\0', cases[i].keys[0] == 'f');
        if (cases[i].kind == DIALOG_KILL) {
            press(&stage, "Y");
            assert_int_equal(stage.desk.sent, 1);
            assert_int_equal(stage.desk.last.type, COMMAND_KILL);
            assert_int_equal(stage.desk.id, id);
        }
        end(&stage);
    }
}

static void read_only_offers_nothing_that_acts(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage.app.view.read_only = true;
    press(&stage, "j\r");
    expect(&stage, "filter on this", true);
    expect(&stage, "F9 kill", false);
    expect(&stage, "block IP", false);
    press(&stage, "K");
    assert_int_equal(stage.app.view.dialog.kind, DIALOG_DETAILS);
    end(&stage);
}

static void a_group_opens_instead(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    press(&stage, "tj");
    unsigned lines = stage.app.view.model.line_count;
    press(&stage, "\r");
    assert_int_equal(stage.app.view.dialog.kind, DIALOG_NONE);
    assert_true(stage.app.view.model.line_count > lines);
    press(&stage, "\r");
    assert_int_equal(stage.app.view.model.line_count, lines);
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_and_ends),
        cmocka_unit_test(acts_on_this_one),
        cmocka_unit_test(read_only_offers_nothing_that_acts),
        cmocka_unit_test(a_group_opens_instead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
