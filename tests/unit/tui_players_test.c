/* The panel of players and the times of legs on the screen: what is picked, what stands still, what
 * is not known of the past, what has no room. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "stats/filter.h"
#include "tui/app.h"
#include "tui/draw.h"
#include "tui/flow_times.h"
#include "tui/mouse.h"
#include "tui_synthetic.h"

static struct command sent;

static int keep_command(void *ctx, const struct command *command)
{
    (void)ctx;
    sent = *command;
    return 0;
}

struct stage {
    struct app app;
    struct grid grid;
    struct synthetic how;
    const struct snap *snap;
};

static void draw(struct stage *stage)
{
    layout_draw(&stage->grid, &stage->app.view);
    app_frame_shown(&stage->app);
}

static void show(struct stage *stage, unsigned second)
{
    stage->how.second = second;
    const struct snap *snap = synthetic_snap(&stage->how);
    app_record(&stage->app, snap);
    app_update(&stage->app, snap, second);
    draw(stage);
    snap_put(stage->snap);
    stage->snap = snap;
}

static void open_stage(struct stage *stage, unsigned rows, unsigned cols)
{
    *stage = (struct stage){
        .how = {.conns = 38, .ips = 17, .backends = 5, .events = 3, .bots = 7, .players = 31}};
    app_init(&stage->app, keep_command, NULL);
    stage->app.view.mouse = true;
    assert_int_equal(grid_resize(&stage->grid, rows, cols), 0);
    show(stage, 0);
}

static void close_stage(struct stage *stage)
{
    app_free(&stage->app);
    grid_free(&stage->grid);
    snap_put(stage->snap);
}

static void press(struct stage *stage, const char *keys, double now)
{
    for (; *keys != '\0'; keys++) {
        app_key(&stage->app, *keys, now);
        draw(stage);
    }
}

/* Whether the screen has the text. */
static bool has(const struct stage *stage, const char *text)
{
    struct str dump;
    str_growing(&dump);
    grid_dump(&stage->grid, &dump);
    bool found = strstr(dump.ptr, text) != NULL;
    str_free(&dump);
    return found;
}

/* A click on the first target of a kind whose value this is. */
static void click(struct stage *stage, enum target_kind kind, uint64_t value, double now)
{
    for (unsigned i = 0; i < stage->grid.target_count; i++) {
        const struct target *target = &stage->grid.targets[i];
        if (target->kind != kind || target->value != value)
            continue;
        struct mouse mouse = {
            .row = target->area.row, .col = target->area.col, .button = MOUSE_LEFT};
        mouse_act(&stage->app, &stage->grid, &mouse, now);
        draw(stage);
        return;
    }
    fail_msg("no such target");
}

static void positions_move_unless_the_screen_stands_still(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, 24, 80);
    press(&stage, "5", 0);
    assert_true(has(&stage, "0:10/3:32"));
    stage.how.heard = 5;
    show(&stage, 5);
    assert_true(has(&stage, "0:15/3:32"));
    assert_true(has(&stage, "0:19/3:32")); /* one that is paused */
    press(&stage, "p", 5);
    assert_true(has(&stage, "PAUSED"));
    stage.how.heard = 10;
    show(&stage, 10);
    assert_true(has(&stage, "0:15/3:32"));
    press(&stage, "p", 11);
    assert_true(has(&stage, "0:20/3:32"));
    close_stage(&stage);
}

static void the_past_has_no_players(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, 24, 80);
    for (unsigned second = 1; second < 5; second++)
        show(&stage, second);
    press(&stage, "5j", 5);
    assert_non_null(panel_selected_player(&stage.app.view));
    press(&stage, "[", 5);
    assert_true(has(&stage, "players are not kept for the past"));
    assert_false(has(&stage, "810011220033445566"));
    assert_null(panel_selected_player(&stage.app.view));
    press(&stage, "\rKyY", 5); /* nothing to act on */
    assert_int_equal(stage.app.view.dialog.kind, DIALOG_NONE);
    press(&stage, "p", 5);
    assert_true(has(&stage, "810011220033445566"));
    assert_non_null(panel_selected_player(&stage.app.view));
    close_stage(&stage);
}

static void keys_act_on_the_picked_player(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, 24, 80);
    press(&stage, "5", 0);
    press(&stage, "K", 0);
    assert_true(has(&stage, "select a player first"));
    press(&stage, "jj", 0);
    const struct snap_player *player = panel_selected_player(&stage.app.view);
    assert_non_null(player);
    assert_int_equal(player->bot, 502);
    press(&stage, "\r", 0);
    assert_true(has(&stage, "Player of guild 810011220033445567"));
    press(&stage, "P", 0); /* boxes do not mask */
    press(&stage, "\033P\r", 0);
    assert_true(has(&stage, "Player of guild id-"));
    press(&stage, "\033PK", 0);
    assert_true(has(&stage, "Kill bot?"));
    memset(&sent, 0, sizeof(sent));
    press(&stage, "y", 0);
    assert_int_equal(sent.type, COMMAND_KILL_USER);
    assert_int_equal(sent.id_count, 6);
    assert_string_equal(sent.user, "1043556677889900114");
    press(&stage, "O", 0);
    assert_true(has(&stage, "no such column"));
    press(&stage, "sjj\r", 0);
    assert_true(has(&stage, "players by backend, ascending"));
    assert_true(has(&stage, "[Players by backend]"));
    press(&stage, "r", 0);
    assert_true(has(&stage, "players by backend, descending"));
    close_stage(&stage);
}

static void clicks_pick_open_and_sort(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, 24, 80);
    press(&stage, "5", 0);
    const struct snap_player *third = player_list_row(&stage.app.view.panels.players, 2);
    uint64_t id = panels_player_id(third);
    click(&stage, TARGET_PLAYER, id, 10);
    assert_ptr_equal(panel_selected_player(&stage.app.view), third);
    click(&stage, TARGET_PLAYER, id, 10.2);
    assert_int_equal(stage.app.view.dialog.kind, DIALOG_PLAYER);
    press(&stage, "\033", 11);
    click(&stage, TARGET_SORT_PLAYERS, PLAYER_SORT_GUILD, 12);
    assert_true(has(&stage, "GUILD ^"));
    click(&stage, TARGET_SORT_PLAYERS, PLAYER_SORT_GUILD, 13);
    assert_true(has(&stage, "GUILD v"));
    assert_ptr_equal(panel_selected_player(&stage.app.view), third);
    click(&stage, TARGET_PANEL, PANEL_IPS, 20);
    assert_true(has(&stage, "[IPs by rate"));
    click(&stage, TARGET_PANEL, PANEL_PLAYERS, 30);
    assert_true(has(&stage, "GUILD v"));
    assert_ptr_equal(panel_selected_player(&stage.app.view), third);
    close_stage(&stage);
}

static void the_filter_is_asked_about_players(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, 24, 80);
    press(&stage, "5\\lofi & bot:groovy", 0);
    assert_true(has(&stage, " of 156 shown"));
    press(&stage, "\r", 0);
    assert_true(has(&stage, "lofi radio"));
    assert_false(has(&stage, "Never Gonna"));
    press(&stage, "\\zzz\r", 0);
    press(&stage, "f", 0);
    assert_true(has(&stage, "Never Gonna"));
    press(&stage, "f", 0);
    assert_true(has(&stage, "no player matches the filter"));
    close_stage(&stage);
}

/* A window that grows keeps the players in sight; going back leads to all panels. */
static void a_window_that_grows_keeps_them(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, 12, 60);
    press(&stage, "\t\t\t\t", 0);
    assert_true(has(&stage, "[Players by bot]"));
    assert_int_equal(grid_resize(&stage.grid, 42, 140), 0);
    draw(&stage);
    assert_true(has(&stage, "[Players by bot]"));
    press(&stage, "5", 0);
    assert_true(has(&stage, "IPs by rate"));
    assert_false(has(&stage, "Players by bot"));
    assert_int_equal(panels_focused(&stage.app.view), PANEL_CONNECTIONS);
    close_stage(&stage);
}

/* Every size down to the smallest with panels has rows of players, and nothing beyond its edge. */
static void every_size_has_rows(void **state)
{
    (void)state;
    for (unsigned rows = 12; rows <= 60; rows += 6)
        for (unsigned cols = 60; cols <= 230; cols += 5) {
            struct stage stage;
            open_stage(&stage, rows, cols);
            press(&stage, "5", 0);
            assert_true(has(&stage, "810011220033445566"));
            assert_true(has(&stage, "POS/LEN"));
            assert_true(has(&stage, "0:10/3:32"));
            close_stage(&stage);
        }
}

static void line_is(const struct snap *snap, unsigned cols, const char *text)
{
    struct grid grid = {0};
    struct view view = {.snap = snap};
    struct str dump;
    assert_int_equal(grid_resize(&grid, 1, cols), 0);
    grid_erase(&grid);
    flow_times_draw(&grid, (struct area){0, 0, 1, cols}, &view);
    str_growing(&dump);
    grid_dump(&grid, &dump);
    dump.ptr[dump.len - 1] = '\0';
    assert_string_equal(dump.ptr, text);
    str_free(&dump);
    grid_free(&grid);
}

static void times_have_marks_and_room(void **state)
{
    (void)state;
    struct snap snap = {.seq = 1};
    line_is(&snap, 60, "no search or play was timed in the last 5 minutes");
    snap.totals.flows[REPORT_VERSION_3][FLOW_PLAY] = (struct snap_flow){3, 1, 2.5f, 3};
    line_is(&snap, 60, "play p95 2.50 s!   should be search < 1, play < 2");
    snap.totals.flows[REPORT_VERSION_4][FLOW_PLAY] = (struct snap_flow){3, 1, 1.5f, 3};
    snap.totals.flows[REPORT_VERSION_4][FLOW_SEARCH] = (struct snap_flow){1, 0.1f, 0.2f, 3};
    snap.totals.flows[REPORT_VERSION_4][FLOW_READY] = (struct snap_flow){1, 0.1f, 0.02f, 3};
    line_is(&snap, 41, "search p95 0.20 s  play 2.50!  ready 0.02");
    line_is(&snap, 40, "search p95 0.20 s  play 2.50!");
    line_is(&snap, 20, "search p95 0.20 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_move_unless_the_screen_stands_still),
        cmocka_unit_test(the_past_has_no_players),
        cmocka_unit_test(keys_act_on_the_picked_player),
        cmocka_unit_test(clicks_pick_open_and_sort),
        cmocka_unit_test(the_filter_is_asked_about_players),
        cmocka_unit_test(a_window_that_grows_keeps_them),
        cmocka_unit_test(every_size_has_rows),
        cmocka_unit_test(times_have_marks_and_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
