/* Blocked bots on the screen: in the list, on the command line, and let in again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/command_line.h"
#include "tui/draw.h"

#include "tui_synthetic.h"

#define LONG_NAME "a bot with a rather long name of its own"

static const struct snap_block blocks[] = {
    {.user = "880012345678901234", .by_hand = true, .until_ms = INT64_C(4900000000000)},
    {.key = {.family = 4, .bytes = {198, 51, 100, 1}}, .until_ms = 90000},
    {.user = LONG_NAME, .by_hand = true, .until_ms = 60000},
};

struct desk {
    struct command last;
    char user[SNAP_TEXT];
    unsigned sent;
};

static int record_command(void *ctx, const struct command *command)
{
    struct desk *desk = ctx;
    desk->last = *command;
    snprintf(desk->user, sizeof(desk->user), "%s", command->user != NULL ? command->user : "");
    desk->sent++;
    return 0;
}

static const struct snap *snapshot(void)
{
    struct synthetic how = {.conns = 2, .ips = 2, .backends = 1};
    struct snap *snap = (struct snap *)(uintptr_t)synthetic_snap(&how);
    static struct snap_block shifted[3];
    for (unsigned i = 0; i < 3; i++) {
        shifted[i] = blocks[i];
        shifted[i].until_ms += snap->wall_ms;
    }
    snap->blocks = shifted;
    snap->block_count = snap->blocks_total = 3;
    return snap;
}

struct scene {
    struct app app;
    struct desk desk;
    struct grid grid;
    struct str text;
    const struct snap *snap;
};

static void begin(struct scene *s, bool masked)
{
    memset(s, 0, sizeof(*s));
    s->snap = snapshot();
    app_init(&s->app, record_command, &s->desk);
    s->app.view.mask.on = masked;
    s->grid.ascii = true;
    assert_int_equal(grid_resize(&s->grid, 24, 80), 0);
    app_update(&s->app, s->snap, 100);
    str_growing(&s->text);
}

static const char *look(struct scene *s)
{
    layout_draw(&s->grid, &s->app.view);
    app_frame_shown(&s->app);
    str_reset(&s->text);
    grid_dump(&s->grid, &s->text);
    return s->text.ptr;
}

static void end(struct scene *s)
{
    str_free(&s->text);
    app_free(&s->app);
    grid_free(&s->grid);
    snap_put(s->snap);
}

static void the_list_has_both(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, false);
    app_key(&s.app, 'L', 100);
    look(&s);
    assert_non_null(strstr(s.text.ptr, "Blocked IPs and bots (3)"));
    assert_non_null(strstr(s.text.ptr, "> bot 880012345678901234         good  by hand"));
    assert_non_null(strstr(s.text.ptr, "  198.51.100.1                  1m30s  wrong passwords"));
    assert_non_null(strstr(s.text.ptr, "  bot a bot with a rather"));
    end(&s);
}

/* The mark stays with its bot when the list changes, and Enter is about that one. */
static void the_marked_one_is_let_in(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, false);
    app_key(&s.app, 'L', 100);
    look(&s);
    app_key(&s.app, 'j', 100);
    app_key(&s.app, 'j', 100);
    look(&s);
    struct snap *snap = (struct snap *)(uintptr_t)snapshot();
    snap->blocks++;
    snap->block_count = snap->blocks_total = 2;
    app_update(&s.app, snap, 101);
    look(&s);
    app_key(&s.app, '\r', 101);
    assert_non_null(strstr(look(&s), "Unblock bot?"));
    assert_non_null(strstr(s.text.ptr, "bot a bot with a rather long name of its own, by hand"));
    app_key(&s.app, 'y', 101);
    assert_int_equal(s.desk.sent, 1);
    assert_int_equal(s.desk.last.type, COMMAND_UNBLOCK_USER);
    assert_string_equal(s.desk.user, blocks[2].user);
    app_update(&s.app, s.snap, 102);
    snap_put(snap);
    end(&s);
}

static void the_command_line_knows_bots(void **state)
{
    static const struct {
        const char *line, *user;
        enum command_type type;
    } rows[] = {
        {"unblock 880012345678901234", "880012345678901234", COMMAND_UNBLOCK_USER},
        {"unblock +0880012345678901234", "880012345678901234", COMMAND_UNBLOCK_USER},
        {"unblock " LONG_NAME, LONG_NAME, COMMAND_UNBLOCK_USER},
        {"unblock 198.51.100.1", "", COMMAND_UNBLOCK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene s;
        begin(&s, false);
        command_line_run(&s.app, rows[i].line, 100);
        look(&s);
        app_key(&s.app, 'y', 100);
        assert_int_equal(s.desk.sent, 1);
        assert_int_equal(s.desk.last.type, rows[i].type);
        assert_string_equal(s.desk.user, rows[i].user);
        end(&s);
    }
    struct scene s;
    begin(&s, false);
    command_line_run(&s.app, "unblock 88001234567890123", 100);
    assert_string_equal(s.app.view.notice, "88001234567890123 is not blocked");
    act_prompt(&s.app, CMD_PROMPT, 100);
    for (const char *at = "unblock 8"; *at != '\0'; at++)
        prompt_type(&s.app.view.prompt, *at);
    command_line_complete(&s.app.view);
    assert_string_equal(s.app.view.prompt.text, "unblock 880012345678901234");
    end(&s);
}

static void ids_are_masked(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, true);
    app_key(&s.app, 'L', 100);
    look(&s);
    assert_null(strstr(s.text.ptr, "88001234"));
    assert_non_null(strstr(s.text.ptr, "> bot id-"));
    app_key(&s.app, '\r', 100);
    look(&s);
    assert_null(strstr(s.text.ptr, "88001234"));
    assert_non_null(strstr(s.text.ptr, "bot id-"));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_both),
        cmocka_unit_test(the_marked_one_is_let_in),
        cmocka_unit_test(the_command_line_knows_bots),
        cmocka_unit_test(ids_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
