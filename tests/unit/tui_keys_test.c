/* Keys: the table, and what they may do when. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/app.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_desk.h"
#include "tui_synthetic.h"

static bool overlaps(enum key_context a, enum key_context b)
{
    return a == b || a == CONTEXT_ANY || b == CONTEXT_ANY;
}

static void no_key_means_two_things(void **state)
{
    (void)state;
    for (size_t i = 0; i < keys_count * KEYS_PER_COMMAND; i++) {
        const struct key_binding *a = &keys_table[i / KEYS_PER_COMMAND];
        int key = a->keys[i % KEYS_PER_COMMAND];
        for (size_t j = i + 1; j < keys_count * KEYS_PER_COMMAND && key != KEYS_NONE; j++) {
            const struct key_binding *b = &keys_table[j / KEYS_PER_COMMAND];
            if (overlaps(a->context, b->context) && b->keys[j % KEYS_PER_COMMAND] == key)
                fail_msg("%s and %s share a key", a->name, b->name);
        }
    }
}

static void every_command_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < keys_count; i++) {
        assert_true(keys_table[i].keys[0] != KEYS_NONE);
        assert_true(keys_table[i].name[0] != '\0' && keys_table[i].help[0] != '\0');
        for (size_t j = i + 1; j < keys_count; j++)
            assert_string_not_equal(keys_table[i].name, keys_table[j].name);
        /* Function keys have a letter as their twin. */
        if (keys_table[i].label != NULL)
            assert_true(keys_table[i].keys[1] > ' ' && keys_table[i].keys[1] < 0x7f);
    }
}

/* --- what keys do --- */

#define SHOWN '\001' /* in a story: a frame reaches the terminal */
#define LATER '\002' /* ten seconds pass */

static const struct {
    const char *name;
    const char *keys;
    bool read_only;
    unsigned sent;
    enum command_type type;
    enum dialog_kind open; /* at the end */
} stories[] = {
    {"kill", "jK\001Y", false, 1, COMMAND_KILL, DIALOG_NONE},
    {"kill by moving to the answer", "jK\001\t\r", false, 1, COMMAND_KILL, DIALOG_NONE},
    {"Enter keeps", "jK\001\r", false, 0, 0, DIALOG_NONE},
    {"n keeps", "jK\001n", false, 0, 0, DIALOG_NONE},
    {"Escape keeps", "jK\001\033", false, 0, 0, DIALOG_NONE},
    {"there and back keeps", "jK\001\t\t\t\t\r", false, 0, 0, DIALOG_NONE},
    {"typed ahead of the question", "jKY", false, 0, 0, DIALOG_KILL},
    {"typed ahead, the marked way", "jK\t\r", false, 0, 0, DIALOG_KILL},
    {"kill politely", "jK\001y", false, 1, COMMAND_KILL, DIALOG_NONE},
    {"kill and block", "jK\001b", false, 1, COMMAND_KILL, DIALOG_NONE},
    {"B is not b", "jK\001B", false, 0, 0, DIALOG_KILL},
    {"kill an IP", "2jK\001Y", false, 1, COMMAND_KILL_IP, DIALOG_NONE},
    {"kill an IP, typed ahead", "2jKY", false, 0, 0, DIALOG_KILL},
    {"block", "jb\0012", false, 1, COMMAND_BLOCK, DIALOG_NONE},
    {"block an IP", "2jb\0011", false, 1, COMMAND_BLOCK, DIALOG_NONE},
    {"block, typed ahead", "jb2", false, 0, 0, DIALOG_BLOCK},
    {"block, Enter keeps", "jb\001\r", false, 0, 0, DIALOG_NONE},
    {"block, by moving to the answer", "jb\001\t\t\r", false, 1, COMMAND_BLOCK, DIALOG_NONE},
    {"block nobody", "b\0012", false, 0, 0, DIALOG_NONE},
    {"read-only block", "jb", true, 0, 0, DIALOG_NONE},
    {"nothing to undo", "u", false, 0, 0, DIALOG_NONE},
    {"read-only undo", "u", true, 0, 0, DIALOG_NONE},
    {"drain by key", "3jd\001y", false, 1, COMMAND_DRAIN, DIALOG_NONE},
    {"drain by key, Enter keeps", "3jd\001\r", false, 0, 0, DIALOG_NONE},
    {"drain by key, typed ahead", "3jdy", false, 0, 0, DIALOG_DRAIN},
    {"drain that of a connection", "jd\001y", false, 1, COMMAND_DRAIN, DIALOG_NONE},
    {"drain nothing", "d\001y", false, 0, 0, DIALOG_NONE},
    {"read-only drain by key", "3jd", true, 0, 0, DIALOG_NONE},
    {"check the one picked", "3jc", false, 1, COMMAND_CHECK, DIALOG_NONE},
    {"nobody is blocked", "L\001\ry", false, 0, 0, DIALOG_BLOCKS},
    {"nothing selected", "K\001Y", false, 0, 0, DIALOG_NONE},
    {"read-only kill", "jK\001", true, 0, 0, DIALOG_NONE},
    {"read-only check", "c", true, 0, 0, DIALOG_NONE},
    {"check", "c", false, 1, COMMAND_CHECK, DIALOG_NONE},
    {"check twice within 2 s", "cc", false, 1, COMMAND_CHECK, DIALOG_NONE},
    {"check again later", "c\002c", false, 2, COMMAND_CHECK, DIALOG_NONE},
    {"quit", "q\001Y", false, 1, COMMAND_QUIT, DIALOG_NONE},
    {"quit asks", "q\001\r", false, 0, 0, DIALOG_NONE},
    {"quit unseen", "qY", false, 0, 0, DIALOG_QUIT},
    {"q in the question keeps", "q\001q", false, 0, 0, DIALOG_NONE},
    {"quit in read-only", "q\001Y", true, 1, COMMAND_QUIT, DIALOG_NONE},
    {"Ctrl-C asks", "\003", false, 0, 0, DIALOG_QUIT},
    {"Ctrl-C twice", "\003\003", false, 1, COMMAND_QUIT, DIALOG_NONE},
    {"Ctrl-C, later Ctrl-C", "\003\002\003", false, 0, 0, DIALOG_QUIT},
    {"Ctrl-C over the kill question", "jK\001\003Y", false, 0, 0, DIALOG_QUIT},
    {"leaving: q asks no more", "q\001Yq", false, 2, COMMAND_QUIT, DIALOG_NONE},
    {"help closes", "?\001\033", false, 0, 0, DIALOG_NONE},
    {"K in help is nothing", "j?\001KY", false, 0, 0, DIALOG_HELP},
    {"no kill from another panel", "j4K\001Y", false, 0, 0, DIALOG_NONE},
    {"kill back from another panel", "j22K\001Y", false, 1, COMMAND_KILL, DIALOG_NONE},
    {"drain", ":drain eu-b\r\001y", false, 1, COMMAND_DRAIN, DIALOG_NONE},
    {"undrain, typed with Tab", ":und\teu-b\n\001", false, 0, 0, DIALOG_DRAIN},
    {"drain, mended", ":drain us\177\beu-b\r\001y", false, 1, COMMAND_DRAIN, DIALOG_NONE},
    {"reload", ":reload\r", false, 1, COMMAND_RELOAD, DIALOG_NONE},
    {"reload, second thoughts", ":quit\025reload\r", false, 1, COMMAND_RELOAD, DIALOG_NONE},
    {"check all", ":check\r", false, 1, COMMAND_CHECK, DIALOG_NONE},
    {"check one, often", ":check eu-b\r:check eu-b\r", false, 2, COMMAND_CHECK, DIALOG_NONE},
    {"Escape leaves the prompt", ":reload\033\r", false, 0, 0, DIALOG_NONE},
    {"so does taking back more than there is", ":re\177\177\177\r", false, 0, 0, DIALOG_NONE},
    {"unknown command", ":reboot\r", false, 0, 0, DIALOG_NONE},
    {"unknown backend", ":drain nobody\r", false, 0, 0, DIALOG_NONE},
    {"keys are text in a prompt", "j:K\001Ycq?s2\r", false, 0, 0, DIALOG_NONE},
    {"quit by command asks", ":quit\r\001\r", false, 0, 0, DIALOG_NONE},
    {"quit by command", ":quit\r\001Y", false, 1, COMMAND_QUIT, DIALOG_NONE},
    {"quit by command, typed ahead", ":quit\rY", false, 0, 0, DIALOG_QUIT},
    {"quit by command in read-only", ":quit\r\001Y", true, 1, COMMAND_QUIT, DIALOG_NONE},
    {"read-only drain", ":drain eu-b\r", true, 0, 0, DIALOG_NONE},
    {"read-only reload", ":reload\r", true, 0, 0, DIALOG_NONE},
    {"read-only check by command", ":check\r", true, 0, 0, DIALOG_NONE},
    {"Ctrl-C in a prompt", ":drain eu-b\003\r", false, 0, 0, DIALOG_NONE},
    {"no colon in a question", "jK\001:reload\r", false, 0, 0, DIALOG_NONE},
    {"no kill on Ctrl-K, Ctrl-D, Backspace", "j\013\004\010\001", false, 0, 0, DIALOG_NONE},
};

static void play(struct app *app, struct grid *grid, const char *keys)
{
    double now = 100;
    for (; *keys != '\0'; keys++) {
        if (*keys == SHOWN) {
            layout_draw(grid, &app->view);
            app_frame_shown(app);
        } else if (*keys == LATER) {
            now += 10;
        } else {
            app_key(app, *keys, now);
        }
    }
}

static void keys_that_act_ask_first(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 5, .ips = 2, .backends = 2};
    const struct snap *snap = synthetic_snap(&how);
    for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        struct desk desk = {0};
        struct app app;
        struct grid grid = {0};
        assert_int_equal(grid_resize(&grid, 24, 80), 0);
        app_init(&app, record_command, &desk);
        app.view.read_only = stories[i].read_only;
        app_update(&app, snap, 0);
        play(&app, &grid, stories[i].keys);
        if (desk.sent != stories[i].sent || app.view.dialog.kind != stories[i].open)
            print_error("story: %s\n", stories[i].name);
        assert_int_equal(desk.sent, stories[i].sent);
        assert_int_equal(app.view.dialog.kind, stories[i].open);
        assert_int_equal(app.view.model.held, stories[i].open != DIALOG_NONE);
        if (desk.sent > 0)
            assert_int_equal(desk.last.type, stories[i].type);
        if (stories[i].read_only && desk.sent == 0)
            assert_non_null(strstr(app.view.notice, "read-only"));
        app_free(&app);
        grid_free(&grid);
    }
    snap_put(snap);
}

/* Answers to other orders may come between a block and its own. */
static void a_block_can_be_undone(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 5, .ips = 2, .backends = 2};
    const struct snap *snap = synthetic_snap(&how);
    const struct command_result checked = {.text = "checked"}, blocked = {.blocked = 1};
    struct desk desk = {0};
    struct app app;
    struct grid grid = {0};
    assert_int_equal(grid_resize(&grid, 24, 80), 0);
    app_init(&app, record_command, &desk);
    app_update(&app, snap, 0);
    play(&app, &grid, "2jb\0011");
    acting_answered(&app, &checked, 100);
    acting_answered(&app, &blocked, 100);
    assert_non_null(strstr(app.view.notice, "u undoes the block"));
    play(&app, &grid, "u");
    assert_int_equal(desk.sent, 2);
    assert_int_equal(desk.last.type, COMMAND_UNBLOCK);
    play(&app, &grid, "u"); /* once */
    assert_int_equal(desk.sent, 2);
    app_free(&app);
    grid_free(&grid);
    snap_put(snap);
}

/* Commands name a backend by its slot, which is not its place in the list. */
static void backends_are_named_by_slot(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        enum command_type type;
        unsigned slot;
    } rows[] = {
        {":check eu-b\r", COMMAND_CHECK, 41},           {":drain eu-a\r\001y", COMMAND_DRAIN, 40},
        {":check\r", COMMAND_CHECK, REPORT_NO_BACKEND}, {":ch\t eu-b\r", COMMAND_CHECK, 41},
        {":dr\teu\ta\r\001y", COMMAND_DRAIN, 40},
    };
    struct synthetic how = {.conns = 5, .ips = 2, .backends = 2};
    const struct snap *snap = synthetic_snap(&how);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct desk desk = {0};
        struct app app;
        struct grid grid = {0};
        assert_int_equal(grid_resize(&grid, 24, 80), 0);
        app_init(&app, record_command, &desk);
        app_update(&app, snap, 0);
        play(&app, &grid, rows[i].keys);
        assert_int_equal(desk.sent, 1);
        assert_int_equal(desk.last.type, rows[i].type);
        assert_int_equal(desk.last.backend, rows[i].slot);
        assert_false(prompt_is_open(&app.view.prompt));
        app_free(&app);
        grid_free(&grid);
    }
    snap_put(snap);
}

/* The connection in the question is the one that is cut, whatever the list does meanwhile. */
static void kill_means_the_one_asked_about(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 5, .ips = 2, .backends = 2}, later = how, without = how;
    struct desk desk = {0};
    struct app app;
    struct grid grid = {0};
    assert_int_equal(grid_resize(&grid, 24, 80), 0);
    app_init(&app, record_command, &desk);
    const struct snap *first = synthetic_snap(&how);
    app_update(&app, first, 0);
    play(&app, &grid, "jjK\001");
    uint64_t id = app.view.acting.aim.ids[0];
    assert_int_equal(id, app.view.model.selected);
    later.second = 20;
    later.conns = 60;
    const struct snap *second = synthetic_snap(&later);
    app_update(&app, second, 20);
    play(&app, &grid, "\001Y");
    assert_int_equal(desk.sent, 1);
    assert_int_equal(desk.last.id, id);

    play(&app, &grid, "K\001"); /* and now it ends while the question stands */
    id = app.view.acting.aim.ids[0];
    without.second = 21;
    without.skip_id = id;
    const struct snap *third = synthetic_snap(&without);
    app_update(&app, third, 21);
    assert_int_not_equal(app.view.model.selected, id);
    play(&app, &grid, "\001Y"); /* not offered any more */
    assert_int_equal(app.view.dialog.kind, DIALOG_KILL);
    play(&app, &grid, "\r");
    assert_int_equal(desk.sent, 1);
    assert_int_equal(app.view.dialog.kind, DIALOG_NONE);
    app_free(&app);
    grid_free(&grid);
    snap_put(first);
    snap_put(second);
    snap_put(third);
}

/* Ending an IP's connections means those it has when it is done. */
static void kill_counts_what_an_ip_has_by_now(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 5, .ips = 2, .backends = 2}, later = how;
    struct desk desk = {0};
    struct app app;
    struct grid grid = {0};
    struct str text;
    assert_int_equal(grid_resize(&grid, 24, 80), 0);
    app_init(&app, record_command, &desk);
    const struct snap *first = synthetic_snap(&how);
    app_update(&app, first, 0);
    play(&app, &grid, "2jK\001");
    later.second = 20;
    later.conns = 60;
    const struct snap *second = synthetic_snap(&later);
    app_update(&app, second, 20);
    play(&app, &grid, "\001");
    str_growing(&text);
    grid_dump(&grid, &text);
    assert_non_null(strstr(text.ptr, "It has 30 by now, and all of them end."));
    str_free(&text);
    app_free(&app);
    grid_free(&grid);
    snap_put(first);
    snap_put(second);
}

static const struct {
    const char *keys;
    enum panel alone, focus; /* with room for all; without, the one in sight is `focus` */
} walks[] = {
    {"", PANEL_ALL, PANEL_CONNECTIONS},
    {"2", PANEL_IPS, PANEL_IPS},
    {"22", PANEL_ALL, PANEL_CONNECTIONS},
    {"\t22", PANEL_ALL, PANEL_IPS}, /* back to where one was */
    {"\t\t33", PANEL_ALL, PANEL_BACKENDS},
    {"23", PANEL_BACKENDS, PANEL_BACKENDS},
    {"2344", PANEL_ALL, PANEL_CONNECTIONS},
    {"4\033", PANEL_ALL, PANEL_CONNECTIONS},
    {"\t", PANEL_ALL, PANEL_IPS},
    {"\t\t\t", PANEL_ALL, PANEL_EVENTS},
    {"5", PANEL_PLAYERS, PANEL_PLAYERS},
    {"55", PANEL_ALL, PANEL_CONNECTIONS},
    {"4\t", PANEL_PLAYERS, PANEL_PLAYERS},
    {"5\t", PANEL_CONNECTIONS, PANEL_CONNECTIONS},
    {"2\t", PANEL_BACKENDS, PANEL_BACKENDS},
    {"\t\tj\033", PANEL_ALL, PANEL_BACKENDS},
    {"\t\tj\033\033", PANEL_ALL, PANEL_CONNECTIONS},
    {"?2", PANEL_ALL, PANEL_CONNECTIONS}, /* in a box digits do nothing */
};

static void digits_and_tab_choose_panels(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 5, .ips = 2, .backends = 2, .events = 50};
    const struct snap *snap = synthetic_snap(&how);
    for (size_t i = 0; i < 2 * sizeof(walks) / sizeof(walks[0]); i++) {
        bool small = i % 2 == 1;
        struct app app;
        struct grid grid = {0};
        assert_int_equal(grid_resize(&grid, small ? 12 : 24, small ? 60 : 80), 0);
        app_init(&app, record_command, NULL);
        app_update(&app, snap, 0);
        layout_draw(&grid, &app.view);
        play(&app, &grid, walks[i / 2].keys);
        for (unsigned again = 0; again < 2; again++) {
            assert_int_equal(app.view.panels.alone, walks[i / 2].alone);
            assert_int_equal(panels_focused(&app.view), walks[i / 2].focus);
            assert_int_equal(panels_alone(&app.view),
                             small ? walks[i / 2].focus : walks[i / 2].alone);
            app_key(&app, KEYS_BACK_TAB, 0);
            app_key(&app, '\t', 0);
        }
        app_free(&app);
        grid_free(&grid);
    }
    snap_put(snap);
}

static void question_without_room_does_not_act(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 5, .ips = 2, .backends = 2};
    const struct snap *snap = synthetic_snap(&how);
    struct desk desk = {0};
    struct app app;
    struct grid grid = {0};
    assert_int_equal(grid_resize(&grid, 2, 10), 0);
    app_init(&app, record_command, &desk);
    app_update(&app, snap, 0);
    play(&app, &grid, "q\001Y");
    assert_int_equal(desk.sent, 0);
    app_free(&app);
    grid_free(&grid);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_means_two_things),
        cmocka_unit_test(every_command_is_described),
        cmocka_unit_test(keys_that_act_ask_first),
        cmocka_unit_test(a_block_can_be_undone),
        cmocka_unit_test(kill_counts_what_an_ip_has_by_now),
        cmocka_unit_test(backends_are_named_by_slot),
        cmocka_unit_test(kill_means_the_one_asked_about),
        cmocka_unit_test(digits_and_tab_choose_panels),
        cmocka_unit_test(question_without_room_does_not_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
