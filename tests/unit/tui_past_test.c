/*
 * The past: a small world whose traffic follows from ids and seconds is drawn second by second;
 * every picture of the past must be the one that there was.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/past.h"
#include "tui_synthetic.h"

#define WINDOW 5
#define IPS 4

/* Connections of the world, by id: open from one second to another. Half of them are silent at any
 * time, in stretches long enough to leave a history. */
struct world {
    unsigned rows;
    bool busy;             /* all move all the time */
    unsigned swapped_from; /* the second in which the backends change places; 0: never */
};

static unsigned opened_at(uint64_t id)
{
    return id % 3 == 0 ? (unsigned)(id * 5 % 150) : 0;
}

static unsigned ended_at(uint64_t id)
{
    return id % 4 == 1 ? opened_at(id) + (unsigned)(id * 7 % 150) : 100000;
}

static uint32_t moved(const struct world *world, uint64_t id, int second)
{
    if (second < (int)opened_at(id) || second > (int)ended_at(id))
        return 0;
    bool asleep = (synthetic_noise(id) + (unsigned)second / 70) % 2 == 0;
    return asleep && !world->busy ? 0 : synthetic_bytes(id, (uint64_t)second, 1000);
}

static uint64_t moved_until(const struct world *world, uint64_t id, unsigned second)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i <= second; i++)
        sum += moved(world, id, (int)i);
    return sum;
}

static uint64_t mean(const uint32_t values[SERIES_SECONDS])
{
    uint64_t sum = 0;
    for (unsigned i = SERIES_SECONDS - WINDOW; i < SERIES_SECONDS; i++)
        sum += values[i];
    return sum / WINDOW;
}

/* Ids ascend with the time of opening, as they do in the program. */
static uint64_t id_of(unsigned row)
{
    return row * 3;
}

/* The place of a backend among the two. */
static uint8_t backend_at(const struct world *world, unsigned which, unsigned second)
{
    bool swapped = world->swapped_from != 0 && second >= world->swapped_from;
    return (uint8_t)(swapped ? 1 - which : which);
}

static void draw_conn(struct snap *snap, struct snap_conn *conn, const struct world *world,
                      uint64_t id, unsigned second)
{
    char text[32];
    struct snap_history *history = snap_take(snap, sizeof(*history));
    memset(history, 0, sizeof(*history));
    memset(conn, 0, sizeof(*conn));
    for (int i = 0; i < SERIES_SECONDS; i++) {
        history->out[i] = moved(world, id, (int)second - (SERIES_SECONDS - 1) + i);
        history->in[i] = history->out[i] / 2;
    }
    snprintf(text, sizeof(text), "client %llu", (unsigned long long)id);
    *conn = (struct snap_conn){.id = id,
                               .client = {.family = 4, .bytes = {10, 0, 0, (uint8_t)(id % IPS)}},
                               .version = id % 2 == 0 ? 3 : 4,
                               .backend = backend_at(world, id % 2, second),
                               .history = history,
                               .rate_in = mean(history->in),
                               .rate_out = mean(history->out),
                               .bytes_out = moved_until(world, id, second),
                               .user_id = "",
                               .client_name = synthetic_text(snap, text),
                               .user_agent = "",
                               .path = "/v4"};
    for (unsigned i = 0; i <= second; i++)
        conn->bytes_in += moved(world, id, (int)i) / 2;
}

static const struct snap *draw_world(const struct world *world, unsigned second)
{
    static char names[200][8];
    size_t row = sizeof(struct snap_conn) + sizeof(struct snap_history) + 64;
    struct snap *snap = snap_alloc(world->rows * row + (1 << 16));
    assert_non_null(snap);
    struct snap_conn *conns = snap_take(snap, world->rows * sizeof(*conns));
    struct snap_ip *ips = snap_take(snap, IPS * sizeof(*ips));
    struct snap_backend *backends = snap_take(snap, 2 * sizeof(*backends));
    struct snap_event *events = snap_take(snap, sizeof(*events));
    memset(ips, 0, IPS * sizeof(*ips));
    memset(backends, 0, 2 * sizeof(*backends));
    struct snap_history *ip_histories = snap_take(snap, (IPS + 1) * sizeof(*ip_histories));
    memset(ip_histories, 0, (IPS + 1) * sizeof(*ip_histories));
    for (unsigned i = 0; i < IPS; i++) {
        ips[i].key = (struct addr_key){4, {10, 0, 0, (uint8_t)i}};
        ips[i].history = &ip_histories[i];
    }
    for (unsigned i = 1; i <= world->rows; i++) {
        uint64_t id = id_of(i);
        if (opened_at(id) > second || ended_at(id) < second)
            continue;
        struct snap_conn *conn = &conns[snap->conn_count++];
        draw_conn(snap, conn, world, id, second);
        ips[id % IPS].active++;
        ips[id % IPS].bytes_out += conn->bytes_out;
        for (unsigned k = 0; k < SERIES_SECONDS; k++)
            ip_histories[id % IPS].out[k] += conn->history->out[k];
    }
    for (unsigned i = 0; i < IPS; i++)
        ips[i].rate_out = mean(ips[i].history->out);
    for (unsigned i = 0; i < 2; i++) {
        snprintf(names[second * 2 % 200 + i], 8, "n%u", second);
        backends[i] =
            (struct snap_backend){.name = synthetic_text(snap, names[second * 2 % 200 + i]),
                                  .url = "u",
                                  .reason = "",
                                  .slot = 7u + backend_at(world, i, second),
                                  .history = &ip_histories[IPS],
                                  .state = second % 2 ? BACKEND_SLOW : BACKEND_ONLINE};
    }
    snap->seq = 1000 + second;
    snap->second = second;
    snap->window = WINDOW;
    snap->wall_ms = 1000000 + (int64_t)second * 1000;
    snap->listen = "here";
    snap->web = "";
    snap->bytes_out = second * 77;
    snap->history = &ip_histories[IPS];
    snap->conns = conns;
    snap->ips = ips;
    snap->ip_count = IPS;
    snap->backends = backends;
    snap->backend_count = 2;
    *events = (struct snap_event){.seq = second / 10, .text = "an event"};
    snap->events = events;
    snap->event_count = 1;
    return snap;
}

static void record(struct past *past, const struct world *world, unsigned second)
{
    const struct snap *snap = draw_world(world, second);
    past_record(past, snap);
    snap_put(snap);
}

static void same_conn(const struct snap_conn *drawn, const struct snap_conn *real)
{
    assert_int_equal(drawn->id, real->id);
    assert_int_equal(drawn->bytes_in, real->bytes_in);
    assert_int_equal(drawn->bytes_out, real->bytes_out);
    assert_int_equal(drawn->rate_in, real->rate_in);
    assert_int_equal(drawn->rate_out, real->rate_out);
    assert_int_equal(drawn->backend, real->backend);
    assert_string_equal(drawn->client_name, real->client_name);
    assert_memory_equal(drawn->history, real->history, sizeof(*real->history));
}

/* Opened in order of ids: what is not open yet in the picture has a higher one than all that are.
 * The world's ids do not ascend with time, so those that opened since are left out of it here. */
static void same_picture(const struct world *world, const struct snap *drawn, unsigned second)
{
    const struct snap *real = draw_world(world, second);
    assert_int_equal(drawn->seq, real->seq);
    assert_int_equal(drawn->wall_ms, real->wall_ms);
    assert_int_equal(drawn->bytes_out, real->bytes_out);
    assert_string_equal(drawn->backends[1].name, real->backends[1].name);
    assert_int_equal(drawn->backends[0].state, real->backends[0].state);
    unsigned i = 0;
    for (unsigned k = 0; k < drawn->conn_count; k++) {
        if (opened_at(drawn->conns[k].id) > second)
            continue;
        assert_true(i < real->conn_count);
        same_conn(&drawn->conns[k], &real->conns[i++]);
    }
    assert_int_equal(i, real->conn_count);
    snap_put(real);
}

static void every_second_is_the_one_there_was(void **state)
{
    struct world world = {.rows = 60};
    struct past *past = past_new();
    (void)state;
    for (unsigned second = 0; second <= 150; second++)
        record(past, &world, second);
    const struct snap *now = draw_world(&world, 150);
    past_hold(past, now);
    assert_int_equal(past_reach(past), PAST_SECONDS);
    for (unsigned back = 1; back <= PAST_SECONDS; back++) {
        const struct snap *drawn = past_draw(past, back);
        assert_non_null(drawn);
        same_picture(&world, drawn, 150 - back);
        snap_put(drawn);
    }
    assert_null(past_draw(past, 0));
    assert_null(past_draw(past, PAST_SECONDS + 1));
    past_release(past);
    snap_put(now);
    past_free(past);
}

/* Nobody opens or ends, so addresses are sums of what the picture has. */
static void addresses_follow(void **state)
{
    struct world world = {.rows = 2, .busy = true}; /* ids 3 and 6: open from 15 and 30 on */
    struct past *past = past_new();
    (void)state;
    for (unsigned second = 40; second <= 120; second++)
        record(past, &world, second);
    const struct snap *now = draw_world(&world, 120), *then = draw_world(&world, 75);
    past_hold(past, now);
    const struct snap *drawn = past_draw(past, 45);
    for (unsigned i = 0; i < IPS; i++) {
        assert_int_equal(drawn->ips[i].active, then->ips[i].active);
        assert_int_equal(drawn->ips[i].bytes_out, then->ips[i].bytes_out);
        assert_int_equal(drawn->ips[i].rate_out, then->ips[i].rate_out);
        assert_memory_equal(drawn->ips[i].history->out, then->ips[i].history->out,
                            sizeof(then->ips[i].history->out));
    }
    assert_int_equal(drawn->event_count, 0);
    snap_put(drawn);
    past_free(past);
    snap_put(now);
    snap_put(then);
}

/* One that was first heard of later is not in the picture. */
static void later_addresses_are_left_out(void **state)
{
    struct world world = {.rows = 2, .busy = true};
    struct past *past = past_new();
    (void)state;
    for (unsigned second = 0; second <= 80; second++)
        record(past, &world, second);
    const struct snap *now = draw_world(&world, 80);
    past_hold(past, now);
    const struct snap *drawn = past_draw(past, 55); /* id 6 opened at 30 */
    assert_int_equal(drawn->ip_count, IPS - 1);
    for (unsigned i = 0; i < drawn->ip_count; i++)
        assert_int_not_equal(drawn->ips[i].key.bytes[3], 6 % IPS);
    assert_int_equal(drawn->ips[2].active, 1);
    snap_put(drawn);
    past_free(past);
    snap_put(now);
}

/* As after a reload that gave them another order. */
static void backends_are_known_by_slot(void **state)
{
    struct world world = {.rows = 60, .swapped_from = 130};
    struct past *past = past_new();
    (void)state;
    for (unsigned second = 60; second <= 150; second++)
        record(past, &world, second);
    const struct snap *now = draw_world(&world, 150);
    past_hold(past, now);
    for (unsigned back = 1; back <= 40; back++) {
        const struct snap *drawn = past_draw(past, back);
        same_picture(&world, drawn, 150 - back);
        snap_put(drawn);
    }
    past_free(past);
    snap_put(now);
}

static void missed_seconds_are_made_up_for(void **state)
{
    struct world world = {.rows = 2, .busy = true};
    struct past *past = past_new();
    (void)state;
    for (unsigned second = 40; second <= 120; second += second % 10 == 0 ? 4 : 1)
        record(past, &world, second);
    record(past, &world, 120);
    const struct snap *now = draw_world(&world, 120), *then = draw_world(&world, 93);
    past_hold(past, now);
    const struct snap *drawn = past_draw(past, 27); /* in a gap from 90 to 94 */
    assert_int_equal(drawn->conn_count, 2);
    same_conn(&drawn->conns[0], &then->conns[0]);
    assert_int_equal(drawn->wall_ms, then->wall_ms);
    snap_put(drawn);
    past_release(past);
    /* Too many are not. */
    record(past, &world, 140);
    past_hold(past, now);
    assert_int_equal(past_reach(past), 0);
    past_free(past);
    snap_put(now);
    snap_put(then);
}

static void what_is_held_stays(void **state)
{
    struct world world = {.rows = 20};
    struct past *past = past_new();
    (void)state;
    for (unsigned second = 0; second <= 80; second++)
        record(past, &world, second);
    const struct snap *now = draw_world(&world, 80), *drawn;
    past_hold(past, now);
    for (unsigned second = 81; second <= 120; second++)
        record(past, &world, second);
    assert_int_equal(past_reach(past), PAST_SECONDS);
    drawn = past_draw(past, PAST_SECONDS);
    same_picture(&world, drawn, 20);
    snap_put(drawn);
    /* After a short pause the past goes on without a hole, */
    past_release(past);
    snap_put(now);
    now = draw_world(&world, 120);
    past_hold(past, now);
    assert_int_equal(past_reach(past), PAST_SECONDS);
    drawn = past_draw(past, 50);
    same_picture(&world, drawn, 70);
    snap_put(drawn);
    /* after a long one it begins anew; what is held has stayed all the time. */
    for (unsigned second = 121; second <= 400; second++)
        record(past, &world, second);
    drawn = past_draw(past, PAST_SECONDS);
    same_picture(&world, drawn, 60);
    snap_put(drawn);
    past_release(past);
    snap_put(now);
    for (unsigned second = 401; second <= 405; second++)
        record(past, &world, second);
    now = draw_world(&world, 405);
    past_hold(past, now);
    assert_int_equal(past_reach(past), 4);
    drawn = past_draw(past, 4);
    same_picture(&world, drawn, 401);
    snap_put(drawn);
    past_free(past);
    snap_put(now);
}

/* As many connections as the figures speak of. */
static size_t bytes_at(unsigned conns, unsigned busy, unsigned *reach)
{
    struct synthetic how = {.conns = conns, .ips = 200, .backends = 5, .events = 100, .busy = busy};
    struct past *past = past_new();
    const struct snap *snap = NULL;
    for (unsigned second = 0; second <= 65; second++) {
        snap_put(snap);
        how.second = second;
        snap = synthetic_snap(&how);
        past_record(past, snap);
    }
    past_hold(past, snap);
    size_t bytes = past_bytes(past);
    *reach = past_reach(past);
    const struct snap *drawn = past_draw(past, *reach);
    assert_non_null(drawn);
    assert_int_equal(drawn->conn_count, conns);
    snap_put(drawn);
    past_free(past);
    snap_put(snap);
    return bytes;
}

static void memory_is_bounded(void **state)
{
    unsigned reach;
    (void)state;
    size_t usual = bytes_at(10000, 1000, &reach);
    print_message("10 000 connections, 1 000 busy: %zu bytes\n", usual);
    assert_true(usual < 2000000);
    assert_int_equal(reach, PAST_SECONDS);
    size_t all = bytes_at(10000, 10000, &reach);
    print_message("all busy: %zu bytes for %u s\n", all, reach);
    assert_true(all <= PAST_BYTES_MAX);
    assert_true(reach >= 30);
}

static void without_a_past_nothing_happens(void **state)
{
    (void)state;
    past_record(NULL, NULL);
    past_hold(NULL, NULL);
    assert_int_equal(past_reach(NULL), 0);
    assert_null(past_draw(NULL, 1));
    past_release(NULL);
    past_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_second_is_the_one_there_was),
        cmocka_unit_test(addresses_follow),
        cmocka_unit_test(later_addresses_are_left_out),
        cmocka_unit_test(backends_are_known_by_slot),
        cmocka_unit_test(missed_seconds_are_made_up_for),
        cmocka_unit_test(what_is_held_stays),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(without_a_past_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
