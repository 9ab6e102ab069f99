/* Bots as heads of the list: which there are, their order, what they are known by. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/app.h"
#include "tui/draw.h"
#include "tui/export_view.h"
#include "tui_synthetic.h"

static const struct synthetic usual = {
    .conns = 38, .ips = 17, .backends = 5, .bots = 7, .players = 31};

static int ignore_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

/* The lines as text: "+500" a bot's closed head, "-500" an open one, "+0" that of no bot, "." a
 * connection. */
static const char *lines_of(const struct model *m)
{
    static char text[600];
    int at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < m->line_count; i++) {
        struct model_line line = model_line_at(m, i);
        size_t room = sizeof(text) - (size_t)at;
        const struct group *group = line.group;
        if (line.conn != NULL)
            at += snprintf(text + at, room, ".");
        else
            at += snprintf(text + at, room, "%s%c%llu", i > 0 ? " " : "", group->open ? '-' : '+',
                           (unsigned long long)(group->bot == NULL ? 0 : group->bot->id));
    }
    return text;
}

static void begin(struct model *m, enum sort_key key)
{
    model_init(m);
    m->by = GROUP_BOT;
    model_sort(m, key);
}

static void bots_have_an_order_of_their_own(void **state)
{
    (void)state;
    static const struct {
        enum sort_key key;
        const char *lines, *reversed;
    } cases[] = {
        {SORT_RATE, "+500 +501 +502 +503 +504 +505 +506 +0",
         "+506 +505 +504 +503 +502 +501 +500 +0"},
        {SORT_TOTAL, "+500 +501 +502 +503 +504 +505 +506 +0",
         "+506 +505 +504 +503 +502 +501 +500 +0"},
        {SORT_PLAYERS, "+500 +501 +502 +503 +504 +505 +506 +0",
         "+506 +505 +504 +503 +502 +501 +500 +0"},
        /* Alike in name: the one seen first. */
        {SORT_BOT, "+502 +501 +506 +503 +504 +500 +505 +0",
         "+500 +505 +504 +503 +501 +506 +502 +0"},
        {SORT_AGE, "+500 +501 +502 +503 +504 +505 +506 +0",
         "+506 +505 +504 +503 +502 +501 +500 +0"},
        {SORT_ERRORS, "+500 +501 +502 +504 +503 +505 +506 +0",
         "+506 +505 +503 +502 +504 +501 +500 +0"},
        {SORT_KIND, "+500 +501 +502 +503 +504 +505 +506 +0",
         "+506 +500 +501 +502 +503 +504 +505 +0"},
        {SORT_USER, "+503 +500 +501 +502 +504 +505 +506 +0",
         "+506 +505 +504 +502 +501 +500 +503 +0"},
        {SORT_MESSAGES, "+500 +501 +502 +503 +504 +505 +506 +0",
         "+506 +505 +504 +503 +502 +501 +500 +0"},
        {SORT_VERSION, "+503 +500 +501 +502 +504 +505 +506 +0",
         "+500 +501 +502 +504 +505 +506 +503 +0"},
    };
    const struct snap *snap = synthetic_snap(&usual);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct model m;
        begin(&m, cases[i].key);
        assert_int_equal(model_update(&m, snap, 0), 0);
        assert_string_equal(lines_of(&m), cases[i].lines);
        model_reverse(&m);
        assert_int_equal(model_update(&m, snap, 0), 0);
        assert_string_equal(lines_of(&m), cases[i].reversed);
        model_free(&m);
    }
    snap_put(snap);
}

/* A head has what the bot has, not what its open connections add up to. */
static void heads_have_the_figures_of_bots(void **state)
{
    (void)state;
    struct model m;
    uint32_t out[SERIES_SECONDS];
    const struct snap *snap = synthetic_snap(&usual);
    begin(&m, SORT_RATE);
    assert_int_equal(model_update(&m, snap, 0), 0);
    unsigned rows = 0;
    for (unsigned i = 0; i < m.groups.count; i++) {
        const struct group *group = &m.groups.list[i];
        rows += group->count;
        if (group->bot == NULL)
            continue;
        assert_ptr_equal(group->bot, snap_find_bot(snap, group->bot->id));
        assert_int_equal(group->count, group->bot->connections);
        assert_int_equal(group->rate_out, group->bot->rate_out);
        assert_int_equal(group->bytes_in, group->bot->bytes_in);
        assert_int_equal(group->requests, group->bot->requests);
        assert_int_equal(group->opened_ms, group->bot->connected_ms);
        group_history(&m.groups, group, snap, out);
        assert_memory_equal(out, group->bot->history->out, sizeof(out));
    }
    assert_int_equal(rows, 38);
    model_free(&m);
    snap_put(snap);
}

/* One without connections is there; it opens and has nothing below; keys that want rows bear it. */
static void a_bot_that_is_gone_is_a_head(void **state)
{
    (void)state;
    struct model m;
    const struct snap *snap = synthetic_snap(&usual);
    begin(&m, SORT_RATE);
    assert_int_equal(model_update(&m, snap, 0), 0);
    model_select(&m, 6, 0);
    assert_int_equal(model_selected_bot(&m)->id, 506);
    assert_null(group_first(&m.groups, model_selected_group(&m), snap));
    assert_true(model_open(&m, true, 0));
    assert_string_equal(lines_of(&m), "+500 +501 +502 +503 +504 +505 -506 +0");
    assert_int_equal(model_tag(&m), 0);
    assert_int_equal(m.tags.count, 0);
    model_last(&m, 0);
    assert_null(model_selected_bot(&m));
    assert_non_null(model_selected_group(&m));
    model_free(&m);
    snap_put(snap);
}

/* Known by its id: open and selected as before though all around it changes. */
static void a_bot_is_known_by_its_id(void **state)
{
    (void)state;
    struct model m;
    struct synthetic how = usual;
    const struct snap *first = synthetic_snap(&how);
    begin(&m, SORT_BOT);
    assert_int_equal(model_update(&m, first, 0), 0);
    model_select(&m, 5, 0);
    assert_int_equal(model_selected_bot(&m)->id, 500);
    assert_true(model_open(&m, true, 0));
    assert_true(model_follow(&m));
    how.second = 1;
    how.bots = 12; /* so that connections belong to others, and new bots come in at their place */
    const struct snap *second = synthetic_snap(&how);
    assert_int_equal(model_update(&m, second, 20), 0);
    snap_put(first);
    assert_int_equal(model_selected_bot(&m)->id, 500);
    assert_true(model_selected_group(&m)->open);
    assert_true(m.following);
    assert_string_equal(lines_of(&m), "+502 +507 +501 +506 +511 +503 +508 +504 +509 -500.... +505 "
                                      "+510 +0");
    how.second = 2;
    how.bots = 0; /* all are forgotten: what stands at its place is selected */
    const struct snap *third = synthetic_snap(&how);
    assert_int_equal(model_update(&m, third, 40), 0);
    snap_put(second);
    assert_string_equal(lines_of(&m), "+0");
    assert_int_equal(m.lost, MODEL_LOST_ENDED);
    assert_null(model_selected_bot(&m));
    model_free(&m);
    snap_put(third);
}

static bool of_501(void *ctx, const struct snap *snap, const struct snap_conn *conn)
{
    (void)ctx;
    (void)snap;
    return conn->bot == 501 || conn->bot == 506;
}

static void a_filter_is_asked_about_bots_without_rows(void **state)
{
    (void)state;
    struct model m;
    const struct snap *snap = synthetic_snap(&usual);
    begin(&m, SORT_RATE);
    m.filter = of_501;
    assert_int_equal(model_update(&m, snap, 0), 0);
    assert_string_equal(lines_of(&m), "+501 +506");
    struct snap_conn conn = snap_bot_conn(snap, snap_find_bot(snap, 506));
    assert_int_equal(conn.id, 0);
    assert_int_equal(conn.client.family, 4);
    assert_string_equal(conn.client_name, "Groovy");
    assert_string_equal(conn.user_agent, "lavalink-client/2.4.0");
    assert_int_equal(conn.version, 4);
    assert_int_equal(conn.backend, 1);
    model_free(&m);
    snap_put(snap);
}

/* `t` goes round; from what only the menu offers it goes to bots. */
static void the_key_goes_round(void **state)
{
    (void)state;
    struct app app;
    const struct snap *snap = synthetic_snap(&usual);
    app_init(&app, ignore_command, NULL);
    model_group(&app.view.model, GROUP_BOT);
    app_update(&app, snap, 0);
    static const enum group_by round[] = {GROUP_NONE, GROUP_IP, GROUP_BOT, GROUP_NONE};
    for (size_t i = 0; i < sizeof(round) / sizeof(round[0]); i++) {
        app_key(&app, i % 2 == 0 ? 't' : KEYS_F(5), 0);
        assert_int_equal(app.view.model.by, round[i]);
    }
    for (unsigned by = GROUP_CLIENT; by < GROUP_BY_COUNT; by++) {
        model_group(&app.view.model, (enum group_by)by);
        app_key(&app, 't', 0);
        assert_int_equal(app.view.model.by, GROUP_BOT);
    }
    app_key(&app, 'v', 0);
    assert_int_equal(app.view.dialog.kind, DIALOG_GROUP);
    app_key(&app, 'v', 0);
    app_key(&app, '\r', 0);
    assert_int_equal(app.view.model.by, GROUP_IP);
    app_free(&app);
    snap_put(snap);
}

/* A bot is copied and written as a bot, what is below it as the connection it is. */
static void bots_are_rows_of_their_own(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *has;
    } cases[] = {
        {"jY", "\"userId\":\"1043556677889900112\""},
        {"jy", "Muse"},
        {"jjjjjjjY", "\"state\":\"gone\""},
        {"jljY", "\"clientIp\":\"203.0.113."},
        {"jljy", "203.0.113."},
        {"GY", "\"group\":\"bot\",\"name\":\"(no bot known)\",\"connections\":2"},
    };
    const struct snap *snap = synthetic_snap(&usual);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct app app;
        struct export_walk walk;
        struct export_rows rows;
        app_init(&app, ignore_command, NULL);
        model_group(&app.view.model, GROUP_BOT);
        app_update(&app, snap, 0);
        for (const char *key = cases[i].keys; *key != '\0'; key++)
            app_key(&app, *key, 0);
        if (strstr(app.view.copying.text.ptr, cases[i].has) == NULL)
            print_error("%s: %s\n", cases[i].keys, app.view.copying.text.ptr);
        assert_non_null(strstr(app.view.copying.text.ptr, cases[i].has));
        assert_true(export_of_view(&app.view, &walk, &rows));
        assert_int_equal(rows.kind, EXPORT_BOTS);
        assert_int_equal(rows.count, 7);
        for (unsigned round = 0; round < 2; round++)
            for (unsigned j = 0; j < rows.count; j++)
                assert_int_equal(((const struct snap_bot *)rows.row(rows.ctx, j))->id, 500 + j);
        app_free(&app);
    }
    snap_put(snap);
}

/* Many keys in any order while bots come and go, at two sizes, paused and not: nothing breaks, and
 * what is selected is in the list. (Run under ASan.) What writes files is left out. */
static void any_keys_do_no_harm(void **state)
{
    (void)state;
    static const unsigned bots[] = {7, 12, 0, 30, 2};
    struct app app;
    struct grid grid = {0};
    const struct snap *snaps[40] = {NULL};
    uint32_t seed = 7;
    app_init(&app, ignore_command, NULL);
    model_group(&app.view.model, GROUP_BOT);
    for (unsigned second = 0; second < 40; second++) {
        struct synthetic how = usual;
        how.second = second;
        how.bots = bots[second / 3 % 5];
        snaps[second] = synthetic_snap(&how);
        app_record(&app, snaps[second]);
        app_update(&app, snaps[second], second);
        assert_int_equal(grid_resize(&grid, second % 2 ? 24 : 12, second % 2 ? 80 : 60), 0);
        for (unsigned i = 0; i < 150; i++) {
            seed = seed * 1103515245u + 12345u;
            const struct key_binding *binding = &keys_table[seed / 65536 % keys_count];
            if (binding->command == CMD_WRITE || binding->command == CMD_PROMPT ||
                binding->command == CMD_SETUP)
                continue;
            app_key(&app, binding->keys[0], second);
            layout_draw(&grid, &app.view);
            app_frame_shown(&app);
            const struct model *model = &app.view.model;
            /* In the past it may not have been there yet. */
            assert_true(model->past || model->line_count == 0 ||
                        model->selected_at < model->line_count);
        }
    }
    app_free(&app);
    for (unsigned second = 0; second < 40; second++)
        snap_put(snaps[second]);
    grid_free(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bots_have_an_order_of_their_own),
        cmocka_unit_test(heads_have_the_figures_of_bots),
        cmocka_unit_test(a_bot_that_is_gone_is_a_head),
        cmocka_unit_test(a_bot_is_known_by_its_id),
        cmocka_unit_test(a_filter_is_asked_about_bots_without_rows),
        cmocka_unit_test(the_key_goes_round),
        cmocka_unit_test(bots_are_rows_of_their_own),
        cmocka_unit_test(any_keys_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
