/* Groups as lines of the list, tags, following. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model.h"

struct row {
    uint64_t id;
    const char *ip, *client, *user;
    unsigned backend;
    uint64_t rate, total;
    int64_t opened;
};

static const struct row six[] = {
    {1, "10.0.0.1", "alpha", "u1", 0, 10, 100, 5000},
    {2, "10.0.0.2", "beta", "u1", 1, 40, 200, 4000},
    {3, "10.0.0.1", "alpha", "u2", 0, 50, 300, 3000},
    {4, "2001:db8::1", "", "u2", 1, 30, 1000, 2000},
    {5, "2001:db8::2", "", "u3", 255, 25, 2000, 1000},
    {6, "10.0.0.3", "beta", "u3", 0, 5, 50, 6000},
};

static const struct snap *snap_of(const struct row *rows, unsigned count, unsigned skip)
{
    static const struct snap_backend backends[] = {{.name = "eu"}, {.name = "us"}};
    struct snap *snap =
        snap_alloc(count * (sizeof(struct snap_conn) + sizeof(struct snap_history)) + 64);
    assert_non_null(snap);
    struct snap_conn *conns = snap_take(snap, count * sizeof(*conns));
    for (unsigned i = 0; i < count; i++) {
        if (skip & 1u << i)
            continue;
        struct snap_conn *conn = &conns[snap->conn_count++];
        struct snap_history *history = snap_take(snap, sizeof(*history));
        memset(conn, 0, sizeof(*conn));
        memset(history, 0, sizeof(*history));
        history->out[59] = (uint32_t)rows[i].rate;
        conn->id = rows[i].id;
        assert_true(addr_parse(slice_of(rows[i].ip), &conn->client));
        conn->version = 4;
        conn->backend = (uint8_t)rows[i].backend;
        conn->client_name = rows[i].client;
        conn->user_id = rows[i].user;
        conn->user_agent = conn->path = "";
        conn->rate_out = rows[i].rate;
        conn->bytes_out = rows[i].total;
        conn->opened_ms = rows[i].opened;
        conn->requests = 2;
        conn->history = history;
    }
    snap->conns = conns;
    snap->backends = backends;
    snap->backend_count = 2;
    return snap;
}

/* The lines as text: "+2" the closed group whose first row is 2, "-2" open, "3" a row. */
static const char *lines_of(const struct model *m)
{
    static char text[400];
    int at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < m->line_count; i++) {
        struct model_line line = model_line_at(m, i);
        bool head = line.conn == NULL;
        uint64_t id = head ? m->snap->conns[m->groups.rows[line.group->from]].id : line.conn->id;
        at += snprintf(text + at, sizeof(text) - (size_t)at, "%s%s%llu", i > 0 ? " " : "",
                       !head              ? ""
                       : line.group->open ? "-"
                                          : "+",
                       (unsigned long long)id);
    }
    return text;
}

static void groups_by_what_rows_share(void **state)
{
    (void)state;
    static const struct {
        enum group_by by;
        enum sort_key key;
        const char *closed, *open;
    } cases[] = {
        {GROUP_IP, SORT_RATE, "+3 +4 +2 +6", "-3 3 1 -4 4 5 -2 2 -6 6"},
        {GROUP_IP, SORT_TOTAL, "+5 +3 +2 +6", "-5 5 4 -3 3 1 -2 2 -6 6"},
        {GROUP_IP, SORT_ID, "+2 +6 +1 +4", "-2 2 -6 6 -1 1 3 -4 4 5"},
        {GROUP_IP, SORT_AGE, "+5 +3 +2 +6", "-5 5 4 -3 3 1 -2 2 -6 6"},
        {GROUP_CLIENT, SORT_RATE, "+3 +4 +2", "-3 3 1 -4 4 5 -2 2 6"},
        {GROUP_CLIENT, SORT_CLIENT, "+4 +1 +2", "-4 4 5 -1 1 3 -2 2 6"},
        {GROUP_USER, SORT_RATE, "+3 +2 +5", "-3 3 4 -2 2 1 -5 5 6"},
        {GROUP_USER, SORT_REQUESTS, "+1 +3 +5", "-1 1 2 -3 3 4 -5 5 6"},
        {GROUP_BACKEND, SORT_OUT, "+2 +3 +5", "-2 2 4 -3 3 1 6 -5 5"},
        {GROUP_BACKEND, SORT_BACKEND, "+5 +1 +2", "-5 5 -1 1 3 6 -2 2 4"},
        {GROUP_BACKEND, SORT_MINUTE, "+2 +3 +5", "-2 2 4 -3 3 1 6 -5 5"},
    };
    const struct snap *snap = snap_of(six, 6, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct model m;
        model_init(&m);
        model_sort(&m, cases[i].key);
        model_group(&m, cases[i].by);
        assert_int_equal(model_update(&m, snap, 0), 0);
        assert_string_equal(lines_of(&m), cases[i].closed);
        assert_int_equal(m.count, 6);
        model_open_all(&m, true);
        assert_string_equal(lines_of(&m), cases[i].open);
        model_group(&m, GROUP_NONE);
        assert_int_equal(model_update(&m, snap, 0), 0);
        assert_int_equal(m.line_count, 6);
        model_free(&m);
    }
    snap_put(snap);
}

static void heads_add_up_their_rows(void **state)
{
    (void)state;
    struct model m;
    uint32_t out[SERIES_SECONDS];
    const struct snap *snap = snap_of(six, 6, 0);
    model_init(&m);
    model_group(&m, GROUP_IP);
    assert_int_equal(model_update(&m, snap, 0), 0);
    const struct group *group = model_line_at(&m, 0).group;
    assert_int_equal(group->count, 2);
    assert_int_equal(group->rate_out, 60);
    assert_int_equal(group->bytes_out, 400);
    assert_int_equal(group->requests, 4);
    assert_int_equal(group->opened_ms, 3000);
    group_history(&m.groups, group, snap, out);
    assert_int_equal(out[59], 60);
    assert_int_equal(out[58], 0);
    assert_true(group_shares(&m.groups, group, snap, SORT_IP));
    assert_true(group_shares(&m.groups, group, snap, SORT_CLIENT));
    assert_true(group_shares(&m.groups, group, snap, SORT_BACKEND));
    assert_false(group_shares(&m.groups, group, snap, SORT_USER));
    assert_false(group_shares(&m.groups, model_line_at(&m, 1).group, snap, SORT_IP));
    model_free(&m);
    snap_put(snap);
}

/* Groups keep their places and their doors across snapshots. */
static void groups_hold_still(void **state)
{
    (void)state;
    struct row rows[6];
    struct model m;
    memcpy(rows, six, sizeof(rows));
    const struct snap *first = snap_of(rows, 6, 1u << 5); /* 6 is not there yet */
    model_init(&m);
    model_group(&m, GROUP_IP);
    assert_int_equal(model_update(&m, first, 10), 0);
    assert_string_equal(lines_of(&m), "+3 +4 +2");
    model_select(&m, 1, 0);
    assert_true(model_open(&m, true, 0));
    assert_false(model_open(&m, true, 0));
    assert_string_equal(lines_of(&m), "+3 -4 4 5 +2");

    rows[1].rate = 1000; /* not moved yet; the group of 6 comes to its place */
    rows[5].rate = 56;
    const struct snap *second = snap_of(rows, 6, 0);
    assert_int_equal(model_update(&m, second, 11), 0);
    assert_string_equal(lines_of(&m), "+3 +6 -4 4 5 +2");
    snap_put(first);

    const struct snap *third = snap_of(rows, 6, 1u << 0 | 1u << 2); /* one group ends */
    assert_int_equal(model_update(&m, third, 12), 0);
    assert_string_equal(lines_of(&m), "+6 -4 4 5 +2");
    snap_put(second);

    m.held = true;
    const struct snap *fourth = snap_of(rows, 6, 0); /* and comes again, last while held */
    assert_int_equal(model_update(&m, fourth, 1000), 0);
    assert_string_equal(lines_of(&m), "+6 -4 4 5 +2 +1");
    snap_put(third);

    m.held = false;
    const struct snap *fifth = snap_of(rows, 6, 0);
    assert_int_equal(model_update(&m, fifth, 1001), 0);
    assert_string_equal(lines_of(&m), "+2 +3 +6 -4 4 5");
    snap_put(fourth);
    model_free(&m);
    snap_put(fifth);
}

static void selection_goes_with_groups(void **state)
{
    (void)state;
    struct model m;
    const struct snap *snap = snap_of(six, 6, 0), *less = snap_of(six, 6, 1u << 4 | 1u << 3);
    model_init(&m);
    assert_int_equal(model_update(&m, snap, 0), 0);
    model_select(&m, 5, 0);
    assert_int_equal(m.selected, 6);
    model_group(&m, GROUP_CLIENT); /* its group opens, so that it stays in sight */
    assert_int_equal(model_update(&m, snap, 0), 0);
    assert_string_equal(lines_of(&m), "+3 +4 -2 2 6");
    assert_int_equal(m.selected, 6);
    assert_int_equal(m.selected_at, 4);
    assert_null(model_selected_group(&m));
    assert_true(model_open(&m, false, 0)); /* closed from within: the head stands for it */
    assert_string_equal(lines_of(&m), "+3 +4 +2");
    assert_int_equal(m.selected, 0);
    assert_null(model_selected(&m));
    assert_ptr_equal(model_selected_group(&m), model_line_at(&m, 2).group);
    assert_false(model_open(&m, false, 0));
    model_move(&m, -1, 0);
    assert_ptr_equal(model_selected_group(&m), model_line_at(&m, 1).group);
    assert_int_equal(model_update(&m, less, 1), 0); /* it ends: its neighbour */
    assert_string_equal(lines_of(&m), "+3 +2");
    assert_ptr_equal(model_selected_group(&m), model_line_at(&m, 1).group);
    model_group(&m, GROUP_NONE); /* a head is not a row */
    assert_int_equal(model_update(&m, less, 1), 0);
    assert_int_equal(m.selected_group, 0);
    assert_int_equal(m.selected, 0);
    model_free(&m);
    snap_put(snap);
    snap_put(less);
}

static void tags_are_ids(void **state)
{
    (void)state;
    struct model m;
    const struct snap *snap = snap_of(six, 6, 0), *less = snap_of(six, 6, 1u << 2);
    model_init(&m);
    model_group(&m, GROUP_IP);
    assert_int_equal(model_update(&m, snap, 0), 0);
    assert_int_equal(model_tag(&m), 0); /* nothing is selected */
    assert_int_equal(m.tags.count, 0);
    model_select(&m, 0, 0);
    assert_int_equal(model_tag(&m), 0); /* the group of 3 and 1 */
    assert_int_equal(m.tags.count, 2);
    assert_true(tags_has(&m.tags, 1) && tags_has(&m.tags, 3) && !tags_has(&m.tags, 2));
    model_open(&m, true, 0);
    model_move(&m, 2, 0);
    assert_int_equal(m.selected, 1);
    assert_int_equal(model_tag(&m), 0); /* again: no longer */
    assert_false(tags_has(&m.tags, 1));
    model_move(&m, -2, 0);
    assert_int_equal(model_tag(&m), 0); /* not all were: now all are */
    assert_int_equal(m.tags.count, 2);
    assert_int_equal(model_tag(&m), 0);
    assert_int_equal(m.tags.count, 0);
    assert_int_equal(model_tag(&m), 0);
    assert_int_equal(model_update(&m, less, 1), 0); /* 3 ends */
    assert_int_equal(m.tags.count, 1);
    assert_true(tags_has(&m.tags, 1));
    tags_clear(&m.tags);
    assert_false(tags_has(&m.tags, 1));
    model_free(&m);
    snap_put(snap);
    snap_put(less);
}

static bool not_six(void *ctx, const struct snap *snap, const struct snap_conn *conn)
{
    (void)ctx;
    (void)snap;
    return conn->id != 6;
}

static void following_ends_with_its_row(void **state)
{
    (void)state;
    struct model m;
    const struct snap *snap = snap_of(six, 6, 0), *less = snap_of(six, 6, 1u << 5);
    for (unsigned how = 0; how < 3; how++) {
        model_init(&m);
        assert_int_equal(model_update(&m, snap, 0), 0);
        assert_false(model_follow(&m));
        model_last(&m, 0);
        assert_true(model_follow(&m));
        assert_true(m.following);
        model_reverse(&m);
        assert_int_equal(model_update(&m, snap, 0), 0);
        assert_int_equal(m.selected, 6);
        assert_int_equal(m.selected_at, 0);
        assert_true(m.following);
        if (how == 0) {
            assert_int_equal(model_update(&m, less, 1), 0);
            assert_int_equal(m.lost, MODEL_LOST_ENDED);
        } else if (how == 1) {
            m.filter = not_six;
            m.stale = true;
            assert_int_equal(model_update(&m, snap, 1), 0);
            assert_int_equal(m.lost, MODEL_LOST_HIDDEN);
        } else {
            model_move(&m, 1, 1); /* a movement is no loss */
            assert_int_equal(m.lost, MODEL_LOST_NONE);
        }
        assert_false(m.following);
        assert_int_not_equal(m.selected, 6);
        model_free(&m);
    }
    snap_put(snap);
    snap_put(less);
}

/* A look back at a second in which the row was not there yet is not its end. */
static void the_past_loses_nothing(void **state)
{
    (void)state;
    struct model m;
    const struct snap *snap = snap_of(six, 6, 0), *before = snap_of(six, 6, 1u << 5);
    model_init(&m);
    assert_int_equal(model_update(&m, snap, 0), 0);
    model_last(&m, 0);
    assert_true(model_follow(&m));
    assert_int_equal(model_tag(&m), 0);
    m.past = true;
    assert_int_equal(model_update(&m, before, 10), 0);
    assert_null(model_selected(&m));
    model_window(&m, 3);
    assert_int_equal(m.top, 2);
    m.past = false;
    assert_int_equal(model_update(&m, snap, 11), 0);
    assert_int_equal(m.selected, 6);
    assert_true(m.following);
    assert_int_equal(m.lost, MODEL_LOST_NONE);
    assert_true(tags_has(&m.tags, 6));
    model_free(&m);
    snap_put(snap);
    snap_put(before);
}

/* Many rounds: each row is in exactly one group, and each group's rows are what it counts. */
static void groups_have_every_row_once(void **state)
{
    (void)state;
    struct model m;
    const struct snap *before = NULL;
    unsigned seed = 11;
    struct row rows[20];
    char ips[20][16];
    for (unsigned i = 0; i < 20; i++) {
        snprintf(ips[i], sizeof(ips[i]), "10.0.0.%u", i % 7);
        rows[i] = (struct row){i + 1, ips[i], "", "", 0, i * 37 % 20, 0, 0};
    }
    model_init(&m);
    model_group(&m, GROUP_IP);
    for (unsigned round = 0; round < 500; round++) {
        seed = seed * 1103515245u + 12345u;
        const struct snap *snap = snap_of(rows, 20, seed >> 8 & 0xfffff);
        assert_int_equal(model_update(&m, snap, round * 0.4), 0);
        snap_put(before);
        before = snap;
        if (round % 3 == 0)
            model_open_all(&m, round % 2 == 0);
        unsigned seen = 0;
        for (unsigned i = 0; i < m.groups.count; i++) {
            const struct group *group = &m.groups.list[i];
            assert_true(group->count > 0);
            for (unsigned j = 0; j < group->count; j++) {
                uint32_t index = m.groups.rows[group->from + j];
                assert_false(seen & 1u << index);
                assert_int_equal((snap->conns[index].id - 1) % 7,
                                 (snap->conns[m.groups.rows[group->from]].id - 1) % 7);
                seen |= 1u << index;
            }
        }
        assert_int_equal(seen, (1u << snap->conn_count) - 1);
        for (unsigned i = 0; i < m.line_count; i++)
            assert_non_null(model_line_at(&m, i).group);
    }
    model_free(&m);
    snap_put(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_by_what_rows_share),
        cmocka_unit_test(heads_add_up_their_rows),
        cmocka_unit_test(groups_hold_still),
        cmocka_unit_test(selection_goes_with_groups),
        cmocka_unit_test(tags_are_ids),
        cmocka_unit_test(following_ends_with_its_row),
        cmocka_unit_test(groups_have_every_row_once),
        cmocka_unit_test(the_past_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
