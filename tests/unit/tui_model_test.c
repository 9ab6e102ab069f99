/* The list: order by every column, selection by id, the held order, filter, window. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "conf/config.h"
#include "tui/model.h"

struct row {
    uint64_t id;
    const char *ip;
    unsigned version, backend;
    const char *name, *agent;
    uint64_t in, out, total;
    int64_t opened;
    const char *user, *path;
    unsigned kind, requests;
};

static const struct snap_history silence;

/* A snapshot with these rows; `skip` leaves rows out by bit. */
static const struct snap *snap_of(const struct row *rows, unsigned count, unsigned skip)
{
    static const struct snap_backend backends[] = {{.name = "zeta"}, {.name = "alpha"}};
    struct snap *snap = snap_alloc(count * sizeof(struct snap_conn) + 64);
    assert_non_null(snap);
    struct snap_conn *conns = snap_take(snap, count * sizeof(*conns));
    for (unsigned i = 0; i < count; i++) {
        if (skip & 1u << i)
            continue;
        struct snap_conn *conn = &conns[snap->conn_count++];
        memset(conn, 0, sizeof(*conn));
        conn->id = rows[i].id;
        assert_true(addr_parse(slice_of(rows[i].ip), &conn->client));
        conn->version = (uint8_t)rows[i].version;
        conn->backend = (uint8_t)rows[i].backend;
        conn->client_name = rows[i].name;
        conn->user_agent = rows[i].agent;
        conn->user_id = rows[i].user == NULL ? "" : rows[i].user;
        conn->path = rows[i].path == NULL ? "" : rows[i].path;
        conn->kind = (uint8_t)rows[i].kind;
        conn->requests = rows[i].requests;
        conn->rate_in = rows[i].in;
        conn->rate_out = rows[i].out;
        conn->bytes_out = rows[i].total;
        conn->opened_ms = rows[i].opened;
        conn->history = &silence;
    }
    snap->conns = conns;
    snap->backends = backends;
    snap->backend_count = 2;
    return snap;
}

static const struct row four[] = {
    {1, "10.0.0.10", 4, 0, "beta", "", 5, 50, 900, 4000, "1234567890123456789012", "/v4/websocket",
     2, 1},
    {2, "10.0.0.9", 3, 1, "", "alpha/1", 70, 0, 100, 3000, "bot", "/v4/info", 1, 30},
    {3, "2001:db8::1", 4, 255, "", "", 5, 50, 500, 2000, "99", "/version", 1, 7},
    {4, "9.255.0.1", 0, 1, "beta-longer-name-2", "zzz", 0, 60, 10000, 1000,
     "1234567890123456789011", "", 0, 0},
};

static const struct {
    enum sort_key key;
    bool reverse;
    uint64_t order[4];
} sorts[] = {
    {SORT_ID, false, {1, 2, 3, 4}},      {SORT_ID, true, {4, 3, 2, 1}},
    {SORT_VERSION, false, {4, 2, 1, 3}}, {SORT_IP, false, {4, 2, 1, 3}},
    {SORT_IP, true, {3, 1, 2, 4}},       {SORT_CLIENT, false, {3, 2, 1, 4}},
    {SORT_BACKEND, false, {3, 2, 4, 1}}, {SORT_IN, false, {2, 1, 3, 4}},
    {SORT_OUT, false, {4, 1, 3, 2}},     {SORT_RATE, false, {2, 4, 1, 3}},
    {SORT_RATE, true, {1, 3, 4, 2}},     {SORT_TOTAL, false, {4, 1, 3, 2}},
    {SORT_AGE, false, {4, 3, 2, 1}},     {SORT_AGE, true, {1, 2, 3, 4}},
    {SORT_USER, false, {3, 4, 1, 2}},    {SORT_KIND, false, {4, 2, 3, 1}},
    {SORT_PATH, false, {4, 2, 1, 3}},    {SORT_REQUESTS, false, {2, 3, 1, 4}},
};

static void expect_order(const struct model *m, const uint64_t *ids, unsigned count)
{
    assert_int_equal(m->count, count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(m->snap->conns[m->order[i]].id, ids[i]);
}

static void sorts_by_every_column(void **state)
{
    (void)state;
    const struct snap *snap = snap_of(four, 4, 0);
    for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
        struct model m;
        model_init(&m);
        model_sort(&m, sorts[i].key);
        if (sorts[i].reverse)
            model_reverse(&m);
        assert_int_equal(model_update(&m, snap, 0), 0);
        expect_order(&m, sorts[i].order, 4);
        model_free(&m);
    }
    snap_put(snap);
}

/* One second of a story: rows (by bit) missing, what the list then shows. */
static void order_is_held(void **state)
{
    (void)state;
    struct row rows[4];
    memcpy(rows, four, sizeof(rows));
    struct model m;
    model_init(&m);
    const struct snap *first = snap_of(rows, 4, 1u << 3); /* 4 is not there yet */
    assert_int_equal(model_update(&m, first, 10), 0);
    expect_order(&m, (uint64_t[]){2, 1, 3}, 3);

    rows[2].out = 100000; /* 3 becomes the fastest: not moved for 3 s; 4 comes to its place */
    const struct snap *second = snap_of(rows, 4, 0);
    assert_int_equal(model_update(&m, second, 11), 0);
    expect_order(&m, (uint64_t[]){2, 4, 1, 3}, 4);
    snap_put(first);

    const struct snap *third = snap_of(rows, 4, 1u << 0); /* 1 ends */
    assert_int_equal(model_update(&m, third, 12.9), 0);
    expect_order(&m, (uint64_t[]){2, 4, 3}, 3);
    snap_put(second);

    const struct snap *fourth = snap_of(rows, 4, 1u << 0);
    assert_int_equal(model_update(&m, fourth, 13), 0);
    expect_order(&m, (uint64_t[]){3, 2, 4}, 3);
    snap_put(third);

    model_move(&m, 1, 14); /* a movement key: held until 19 */
    rows[3].out = 10000000;
    const struct snap *fifth = snap_of(rows, 4, 1u << 0);
    assert_int_equal(model_update(&m, fifth, 18.9), 0);
    expect_order(&m, (uint64_t[]){3, 2, 4}, 3);
    snap_put(fourth);

    m.held = true; /* a dialog: held for as long as it takes */
    const struct snap *sixth = snap_of(rows, 4, 1u << 0);
    assert_int_equal(model_update(&m, sixth, 1000), 0);
    expect_order(&m, (uint64_t[]){3, 2, 4}, 3);
    snap_put(fifth);

    m.held = false;
    const struct snap *seventh = snap_of(rows, 4, 1u << 0);
    assert_int_equal(model_update(&m, seventh, 1001), 0);
    expect_order(&m, (uint64_t[]){4, 3, 2}, 3);
    assert_int_equal(m.selected, 3); /* wherever its row went */
    assert_int_equal(m.selected_at, 1);
    snap_put(sixth);
    model_free(&m);
    snap_put(seventh);
}

/* New rows, several at once: where they belong, but last while the list is held. */
static void new_rows_find_their_place(void **state)
{
    (void)state;
    const struct snap *two = snap_of(four, 4, 1u << 0 | 1u << 3), *all = snap_of(four, 4, 0);
    for (unsigned held = 0; held < 2; held++) {
        struct model m;
        model_init(&m);
        assert_int_equal(model_update(&m, two, 0), 0);
        expect_order(&m, (uint64_t[]){2, 3}, 2);
        m.held = held == 1;
        assert_int_equal(model_update(&m, all, 1), 0);
        if (held)
            expect_order(&m, (uint64_t[]){2, 3, 1, 4}, 4);
        else
            expect_order(&m, (uint64_t[]){2, 4, 1, 3}, 4);
        model_free(&m);
    }
    snap_put(two);
    snap_put(all);
}

static void selection_is_an_id(void **state)
{
    (void)state;
    struct model m;
    model_init(&m);
    model_sort(&m, SORT_ID);
    const struct snap *all = snap_of(four, 4, 0), *gone = snap_of(four, 4, 1u << 2),
                      *none = snap_of(four, 4, 15);
    assert_int_equal(model_update(&m, all, 0), 0);
    assert_null(model_selected(&m));
    model_move(&m, 1, 0); /* the first movement takes the first row */
    assert_int_equal(m.selected, 1);
    model_move(&m, 2, 0);
    assert_int_equal(model_selected(&m)->id, 3);
    model_reverse(&m);
    assert_int_equal(model_update(&m, all, 1), 0);
    assert_int_equal(m.selected, 3);
    assert_int_equal(m.selected_at, 1);
    assert_int_equal(model_update(&m, gone, 2), 0); /* 3 ends: its neighbour at the same place */
    assert_int_equal(m.selected, 2);
    model_move(&m, 100, 2);
    assert_int_equal(m.selected, 1);
    model_move(&m, -100, 2);
    assert_int_equal(m.selected, 4);
    model_last(&m, 2);
    assert_int_equal(m.selected, 1);
    model_first(&m, 2);
    assert_int_equal(m.selected, 4);
    assert_int_equal(model_update(&m, none, 3), 0);
    assert_null(model_selected(&m));
    model_move(&m, 1, 3);
    assert_null(model_selected(&m));
    model_free(&m);
    snap_put(all);
    snap_put(gone);
    snap_put(none);
}

static void window_follows(void **state)
{
    (void)state;
    struct row rows[20];
    for (unsigned i = 0; i < 20; i++)
        rows[i] = (struct row){.id = i + 1, .ip = "10.0.0.1", .name = "", .agent = ""};
    const struct snap *snap = snap_of(rows, 20, 0);
    struct model m;
    model_init(&m);
    model_sort(&m, SORT_ID);
    assert_int_equal(model_update(&m, snap, 0), 0);
    model_window(&m, 5);
    assert_int_equal(m.top, 0);
    model_last(&m, 0);
    model_window(&m, 5);
    assert_int_equal(m.top, 15);
    model_move(&m, -5, 0);
    model_window(&m, 5);
    assert_int_equal(m.top, 14);
    model_window(&m, 30); /* the window grows */
    assert_int_equal(m.top, 0);
    model_unselect(&m);
    model_window(&m, 5);
    assert_int_equal(m.top, 0);
    model_free(&m);
    snap_put(snap);
}

static bool only_version_4(void *ctx, const struct snap *snap, const struct snap_conn *conn)
{
    (void)ctx;
    (void)snap;
    return conn->version == 4;
}

static void filter_hides(void **state)
{
    (void)state;
    struct model m;
    const struct snap *two = snap_of(four, 2, 0), *all = snap_of(four, 4, 0);
    model_init(&m);
    model_sort(&m, SORT_ID);
    m.filter = only_version_4;
    assert_int_equal(model_update(&m, two, 0), 0);
    expect_order(&m, (uint64_t[]){1}, 1);
    assert_int_equal(model_update(&m, all, 1), 0);
    expect_order(&m, (uint64_t[]){1, 3}, 2);
    model_free(&m);
    snap_put(two);
    snap_put(all);
}

/* Many rounds of connections coming and going: the carried list has every row exactly once. */
static void carries_every_row_once(void **state)
{
    (void)state;
    struct row rows[20];
    for (unsigned i = 0; i < 20; i++)
        rows[i] =
            (struct row){.id = i + 1, .ip = "10.0.0.1", .name = "", .agent = "", .in = i * 37 % 20};
    struct model m;
    const struct snap *before = NULL;
    unsigned seed = 7;
    model_init(&m);
    for (unsigned round = 0; round < 500; round++) {
        seed = seed * 1103515245u + 12345u;
        const struct snap *snap = snap_of(rows, 20, seed >> 8 & 0xfffff);
        assert_int_equal(model_update(&m, snap, round * 0.4), 0);
        snap_put(before);
        before = snap;
        assert_int_equal(m.count, snap->conn_count);
        unsigned seen = 0;
        for (unsigned i = 0; i < m.count; i++) {
            assert_true(m.order[i] < snap->conn_count);
            assert_false(seen & 1u << m.order[i]);
            seen |= 1u << m.order[i];
        }
    }
    model_free(&m);
    snap_put(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_by_every_column),
        cmocka_unit_test(order_is_held),
        cmocka_unit_test(new_rows_find_their_place),
        cmocka_unit_test(selection_is_an_id),
        cmocka_unit_test(window_follows),
        cmocka_unit_test(filter_hides),
        cmocka_unit_test(carries_every_row_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
