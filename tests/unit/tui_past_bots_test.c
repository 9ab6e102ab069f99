/* Bots in the past: what they had open and moved then, and nothing that only the present knows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "conf/config.h"
#include "tui/app.h"
#include "tui/draw.h"
#include "tui/past.h"

#define START INT64_C(1700000000000)
#define EACH 1000 /* bytes a second that a connection moves */
#define CONNS 5
#define BOTS 4

/* Connections by number: whose they are, and the seconds from and to which they are open. */
static const struct row {
    uint64_t bot;
    unsigned from, to;
} rows[CONNS] = {{1, 0, 99}, {2, 0, 10}, {4, 0, 5}, {3, 20, 99}, {4, 25, 99}};

static unsigned seconds_of(const struct row *row, unsigned second)
{
    unsigned last = second < row->to ? second : row->to;
    return second < row->from ? 0 : last - row->from + 1;
}

static void add_history(struct snap_history *history, const struct row *row, unsigned second)
{
    for (unsigned i = 0; i < SERIES_SECONDS; i++) {
        int at = (int)second - (SERIES_SECONDS - 1) + (int)i;
        if (at >= (int)row->from && at <= (int)row->to)
            history->out[i] += EACH;
    }
}

static void draw_bot(struct snap *snap, struct snap_bot *bot, uint64_t id, unsigned second)
{
    static const struct snap_trouble trouble = {.exceptions = {7}};
    static const char *const names[BOTS] = {"one", "two", "three", "four"};
    struct snap_history *history = snap_take(snap, sizeof(*history));
    memset(history, 0, sizeof(*history));
    *bot = (struct snap_bot){.id = id,
                             .name = names[id - 1],
                             .user_id = "",
                             .client_name = "",
                             .library = "",
                             .session = "k7..q2",
                             .backends = 1,
                             .players = 5,
                             .playing = 4,
                             .requests = 99,
                             .trouble = &trouble,
                             .history = history};
    for (unsigned i = 0; i < CONNS; i++) {
        const struct row *row = &rows[i];
        if (row->bot != id || second < row->from)
            continue;
        bool open = second <= row->to;
        if (bot->first_ms == 0)
            bot->first_ms = START + row->from * 1000;
        bot->gone_ms = open ? 0 : START + (row->to + 1) * 1000;
        bot->connected_ms = open ? START + row->from * 1000 : 0;
        bot->connections += open;
        bot->bytes_out += (uint64_t)seconds_of(row, second) * EACH;
        add_history(history, row, second);
    }
    bot->sockets = bot->connections;
    for (unsigned k = 0; k < 5; k++)
        bot->rate_out += history->out[SERIES_SECONDS - 1 - k] / 5;
}

static const struct snap *draw_world(unsigned second)
{
    static const struct snap_backend backend = {.name = "eu", .url = "u", .reason = ""};
    static struct snap_history silent;
    static struct snap_backend backends[1];
    struct snap *snap = snap_alloc(1 << 16);
    assert_non_null(snap);
    struct snap_conn *conns = snap_take(snap, CONNS * sizeof(*conns));
    struct snap_bot *bots = snap_take(snap, BOTS * sizeof(*bots));
    backends[0] = backend;
    backends[0].history = &silent;
    for (unsigned i = 0; i < CONNS; i++) {
        if (second < rows[i].from || second > rows[i].to)
            continue;
        struct snap_history *history = snap_take(snap, sizeof(*history));
        memset(history, 0, sizeof(*history));
        add_history(history, &rows[i], second);
        conns[snap->conn_count++] =
            (struct snap_conn){.id = i + 1,
                               .bot = rows[i].bot,
                               .kind = CONN_WEBSOCKET,
                               .client = {.family = 4, .bytes = {10, 0, 0, 1}},
                               .version = 4,
                               .history = history,
                               .user_id = "",
                               .client_name = "",
                               .user_agent = "",
                               .path = "",
                               .opened_ms = START + rows[i].from * 1000,
                               .bytes_out = (uint64_t)seconds_of(&rows[i], second) * EACH};
    }
    for (uint64_t id = 1; id <= BOTS; id++)
        if (id != 3 || second >= 20)
            draw_bot(snap, &bots[snap->bot_count++], id, second);
    snap->seq = snap->second = second;
    snap->window = 5;
    snap->band_medium = snap->band_high = 1000000;
    snap->limit_connections = CONFIG_NO_LIMIT;
    snap->started_ms = START;
    snap->wall_ms = START + (int64_t)second * 1000;
    snap->listen = snap->web = "";
    snap->history = &silent;
    snap->conns = conns;
    snap->bots = bots;
    snap->backends = backends;
    snap->backend_count = 1;
    return snap;
}

static struct past *record_all(const struct snap **now)
{
    struct past *past = past_new();
    for (unsigned second = 0; second <= 30; second++) {
        const struct snap *snap = draw_world(second);
        past_record(past, snap);
        snap_put(snap);
    }
    *now = draw_world(30);
    past_hold(past, *now);
    return past;
}

/* Every second: who was heard of, what was open, moved and flowed. */
static void bots_are_as_they_were(void **state)
{
    (void)state;
    const struct snap *now;
    struct past *past = record_all(&now);
    for (unsigned back = 1; back <= 30; back++) {
        const struct snap *drawn = past_draw(past, back), *real = draw_world(30 - back);
        assert_int_equal(drawn->bot_count, real->bot_count);
        for (unsigned i = 0; i < real->bot_count; i++) {
            const struct snap_bot *bot = &drawn->bots[i], *then = &real->bots[i];
            assert_int_equal(bot->id, then->id);
            assert_string_equal(bot->name, then->name);
            assert_int_equal(bot->connections, then->connections);
            assert_int_equal(bot->sockets, then->connections);
            assert_int_equal(bot->bytes_out, then->bytes_out);
            uint64_t flow = 0;
            for (unsigned k = 0; k < 5; k++)
                flow += then->history->out[SERIES_SECONDS - 1 - k];
            assert_int_equal(bot->rate_out, flow / 5);
            assert_int_equal(bot->gone_ms != 0, then->gone_ms != 0);
            /* Back since then: it is not known since when it was gone, and not made up. */
            if (then->gone_ms != 0)
                assert_int_equal(bot->gone_ms, bot->id == 4 ? -1 : then->gone_ms);
            if (bot->id != 4 && bot->id != 2) /* not known of those that have left since */
                assert_int_equal(bot->connected_ms, then->connected_ms);
            assert_int_equal(bot->players + bot->playing, 0);
            assert_int_equal(snap_bot_errors(bot), 0);
        }
        assert_int_equal(drawn->player_count, 0);
        snap_put(drawn);
        snap_put(real);
    }
    past_release(past);
    past_free(past);
    snap_put(now);
}

static int ignore_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

/* The screen shows a dash for what the past does not know. */
static void the_screen_makes_nothing_up(void **state)
{
    (void)state;
    struct app app;
    struct grid grid = {0};
    struct str text;
    const struct snap *last = NULL;
    str_growing(&text);
    app_init(&app, ignore_command, NULL);
    model_group(&app.view.model, GROUP_BOT);
    assert_int_equal(grid_resize(&grid, 30, 80), 0);
    for (unsigned second = 0; second <= 30; second++) {
        const struct snap *snap = draw_world(second);
        app_record(&app, snap);
        app_update(&app, snap, second);
        snap_put(last);
        last = snap;
    }
    static const struct {
        unsigned back;
        const char *has, *not ;
    } cases[] = {
        {0, "1c one                 on           4/5    1 1.00K   31.0K     0     7", "three  -"},
        {12, "1c one                 on             -    1 1.00K   19.0K     -     -", "three"},
        {12, "0c four                gone           -    0     0   6.00K     -     -", "4/5"},
        {12, "0c two                 gone 7s        -    0     0   11.0K     -     -", "4/5"},
        {21, "1c two                 on             -    1 1.00K   10.0K     -     -", "gone 7s"},
    };
    app_key(&app, 'p', 31);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        while (app.view.pause.back < cases[i].back)
            app_key(&app, '[', 31);
        layout_draw(&grid, &app.view);
        str_reset(&text);
        grid_dump(&grid, &text);
        if (strstr(text.ptr, cases[i].has) == NULL)
            print_error("%s\n", text.ptr);
        assert_non_null(strstr(text.ptr, cases[i].has));
        assert_null(strstr(text.ptr, cases[i].not ));
    }
    app_key(&app, '\r', 31);
    app_free(&app);
    grid_free(&grid);
    str_free(&text);
    snap_put(last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bots_are_as_they_were),
        cmocka_unit_test(the_screen_makes_nothing_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
