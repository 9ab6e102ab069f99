/*
 * Pages of long lists: parameters, orders, and cursors while rows come and go.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/paging.h"

#define ROWS 200

static struct snap_history paging_history;
static struct snap_conn paging_conns[ROWS];
static struct snap_ip paging_ips[ROWS];
static struct snap_backend paging_backends[2] = {{.name = "eu-1"}, {.name = "eu-2"}};
static char paging_names[ROWS][24];

/* Many rows share each value, so that ids have to settle most of the order. */
static void fill(struct snap *snap)
{
    static const char *const users[] = {"", "7", "987654321098765432", "12345678901234567890123",
                                        "x"};
    memset(snap, 0, sizeof(*snap));
    for (unsigned i = 0; i < ROWS; i++) {
        snprintf(paging_names[i], sizeof(paging_names[i]), "same-beginning-%u", i % 7);
        struct addr client = {.family = i % 3 == 0 ? 6 : 4, .port = (uint16_t)i};
        client.bytes[0] = 10;
        client.bytes[3] = (uint8_t)(i % 11);
        client.bytes[15] = client.family == 6 ? (uint8_t)(i % 5) : 0;
        paging_conns[i] = (struct snap_conn){.id = 1000 + 3 * (uint64_t)i,
                                             .client = client,
                                             .opened_ms = 5000 + i / 4,
                                             .bytes_in = i % 13,
                                             .rate_in = i % 3,
                                             .rate_out = i % 10,
                                             .requests = i % 4,
                                             .kind = (uint8_t)(i % 3),
                                             .version = (uint8_t)(i % 2 + 3),
                                             .backend = (uint8_t)(i % 3),
                                             .history = &paging_history,
                                             .user_id = users[i % 5],
                                             .client_name = paging_names[i],
                                             .user_agent = "",
                                             .path = i % 2 ? "/v4/info" : "/v4/websocket"};
        paging_ips[i] = (struct snap_ip){.active = i % 3,
                                         .connections = i % 6,
                                         .bytes_in = i % 9,
                                         .bytes_out = i % 8,
                                         .rate_in = i % 4,
                                         .last_active_ms = 1000 - i / 5,
                                         .history = &paging_history};
        paging_ips[i].key.family = 4;
        paging_ips[i].key.bytes[3] = (uint8_t)(i * 7);
        paging_ips[i].key.bytes[2] = (uint8_t)(i / 100);
    }
    snap->conns = paging_conns;
    snap->conn_count = ROWS;
    snap->ips = paging_ips;
    snap->ip_count = ROWS;
    snap->backends = paging_backends;
    snap->backend_count = 2;
}

/* Reads one page of `target` into `rows`; returns how many, and the cursor ("" at the end). */
static unsigned read_page(const struct snap *snap, enum paging_list list, const char *target,
                          uint32_t *given, char cursor[400])
{
    struct paging paging;
    struct paging_rows rows;
    char wrong[PAGING_WRONG_MAX] = "";
    unsigned count = 0;
    struct str text;
    if (!paging_read(&paging, list, slice_of(target), wrong))
        fail_msg("%s: %s", target, wrong);
    assert_true(paging.asked);
    assert_int_equal(paging_begin(&rows, &paging, snap, NULL), 0);
    assert_int_equal(rows.matching, ROWS);
    while (paging_next(&rows, &given[count]))
        count++;
    str_fixed(&text, cursor, 400);
    if (!paging_cursor(&rows, &text))
        str_reset(&text);
    assert_false(text.cut);
    paging_free(&rows);
    return count;
}

/* All pages of an order, one after the other. */
static unsigned read_pages(const struct snap *snap, enum paging_list list, const char *order,
                           unsigned limit, uint32_t given[ROWS])
{
    char target[600], cursor[400] = "";
    unsigned count = 0;
    do {
        uint32_t page[ROWS];
        snprintf(target, sizeof(target), "/api?%s&limit=%u%s%s", order, limit,
                 cursor[0] != '\0' ? "&cursor=" : "", cursor);
        unsigned more = read_page(snap, list, target, page, cursor);
        assert_true(more > 0 && more <= limit && count + more <= ROWS);
        memcpy(given + count, page, more * sizeof(*page));
        count += more;
    } while (cursor[0] != '\0');
    return count;
}

static void check_pages(const struct snap *snap, enum paging_list list, const char *order,
                        const uint32_t sorted[ROWS])
{
    static const unsigned limits[] = {1, 7, ROWS - 1, ROWS, 1000};
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        uint32_t given[ROWS];
        assert_int_equal(read_pages(snap, list, order, limits[i], given), ROWS);
        assert_memory_equal(given, sorted, sizeof(given));
    }
    char target[100], cursor[400];
    uint32_t given[ROWS];
    snprintf(target, sizeof(target), "/api?%s", order);
    assert_int_equal(read_page(snap, list, target, given, cursor), ROWS);
    assert_memory_equal(given, sorted, sizeof(given));
    assert_string_equal(cursor, "");
}

static void every_order_of_connections(void **state)
{
    struct snap snap;
    (void)state;
    fill(&snap);
    for (unsigned i = 0; i < 2 * SORT_COUNT; i++) {
        struct sort_order order = {&snap, (enum sort_key)(i / 2), i % 2 == 0};
        struct rank ranks[ROWS];
        uint32_t sorted[ROWS];
        char text[60];
        for (uint32_t j = 0; j < ROWS; j++)
            ranks[j] = sort_rank(&order, j);
        qsort_r(ranks, ROWS, sizeof(*ranks), sort_compare, &order);
        for (unsigned j = 0; j < ROWS; j++)
            sorted[j] = ranks[j].index;
        snprintf(text, sizeof(text), "sort=%s&order=%s", sort_word(order.key),
                 order.descending ? "desc" : "asc");
        check_pages(&snap, PAGING_CONNECTIONS, text, sorted);
        if (order.descending == sort_descends(order.key)) {
            snprintf(text, sizeof(text), "sort=%s", sort_word(order.key));
            check_pages(&snap, PAGING_CONNECTIONS, text, sorted);
        }
    }
}

static void every_order_of_ips(void **state)
{
    struct snap snap;
    (void)state;
    fill(&snap);
    for (unsigned i = 0; i < 2 * USAGE_COUNT; i++) {
        struct usage_order order = {&snap, (enum usage_key)(i / 2), i % 2 == 0};
        struct rank ranks[ROWS];
        uint32_t sorted[ROWS];
        char text[60];
        for (uint32_t j = 0; j < ROWS; j++)
            ranks[j] = usage_rank(&order, j);
        qsort_r(ranks, ROWS, sizeof(*ranks), usage_compare, &order);
        for (unsigned j = 0; j < ROWS; j++)
            sorted[j] = ranks[j].index;
        snprintf(text, sizeof(text), "sort=%s&order=%s", usage_word(order.key),
                 order.descending ? "desc" : "asc");
        check_pages(&snap, PAGING_IPS, text, sorted);
    }
}

/* A skip leaves out as many rows as that many steps would. */
static void skips(void **state)
{
    struct snap snap;
    char wrong[PAGING_WRONG_MAX];
    (void)state;
    fill(&snap);
    for (unsigned skip = 0; skip <= ROWS + 1; skip++) {
        for (unsigned key = 0; key < paging_columns(PAGING_CONNECTIONS); key++) {
            struct paging paging;
            struct paging_rows stepped, skipped;
            uint32_t a, b;
            char target[60];
            snprintf(target, sizeof(target), "/?sort=%s&order=%s", sort_word((enum sort_key)key),
                     skip % 2 == 0 ? "asc" : "desc");
            assert_true(paging_read(&paging, PAGING_CONNECTIONS, slice_of(target), wrong));
            assert_int_equal(paging_begin(&stepped, &paging, &snap, NULL), 0);
            assert_int_equal(paging_begin(&skipped, &paging, &snap, NULL), 0);
            for (unsigned i = 0; i < skip; i++)
                paging_next(&stepped, &a);
            paging_skip(&skipped, skip);
            for (bool more = true; more;) {
                more = paging_next(&stepped, &a);
                assert_int_equal(paging_next(&skipped, &b), more);
                if (more)
                    assert_int_equal(a, b);
            }
            paging_free(&stepped);
            paging_free(&skipped);
        }
    }
}

/* What was there all the time comes exactly once, whatever opens and ends between two pages: also
 * the row that the cursor names. */
static void rows_come_and_go(void **state)
{
    static const char *const orders[] = {"sort=id", "sort=client", "sort=ip&order=desc", "sort=age",
                                         "sort=user"};
    struct snap snap;
    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct snap_conn kept[ROWS];
        unsigned seen[4000] = {0}, twice = 0;
        char target[600], cursor[400] = "";
        uint32_t page[ROWS];
        fill(&snap);
        for (unsigned turn = 0;; turn++) {
            snprintf(target, sizeof(target), "/api?%s&limit=10%s%s", orders[i],
                     turn > 0 ? "&cursor=" : "", cursor);
            unsigned count = read_page(&snap, PAGING_CONNECTIONS, target, page, cursor);
            for (unsigned j = 0; j < count; j++)
                twice += seen[snap.conns[page[j]].id]++ > 0;
            if (cursor[0] == '\0')
                break;
            /* The last row of the page ends, and another one opens with every value of it. */
            unsigned gone = page[count - 1];
            memcpy(kept, paging_conns, sizeof(kept));
            memmove(&kept[gone], &kept[gone + 1], (ROWS - 1 - gone) * sizeof(*kept));
            kept[ROWS - 1] = paging_conns[gone];
            kept[ROWS - 1].id = 2000 + turn;
            memcpy(paging_conns, kept, sizeof(kept));
        }
        assert_int_equal(twice, 0);
        for (unsigned j = 0; j < ROWS; j++)
            assert_int_equal(seen[1000 + 3 * j], 1);
    }
}

static const struct {
    enum paging_list list;
    const char *query, *wrong; /* NULL: nothing is; else how it begins */
} parameter_rows[] = {
    {PAGING_CONNECTIONS, "", NULL},
    {PAGING_CONNECTIONS, "limit=1", NULL},
    {PAGING_CONNECTIONS, "limit=1000&sort=minute&order=asc", NULL},
    {PAGING_CONNECTIONS, "order=desc", NULL},
    {PAGING_IPS, "sort=active", NULL},
    {PAGING_CONNECTIONS, "sort=",
     "sort=COLUMN is one of id version kind ip client user backend path in out rate "
     "total age requests minute bot players messages errors."},
    {PAGING_CONNECTIONS, "sort=active", "sort="},
    {PAGING_IPS, "sort=user",
     "sort=COLUMN is one of ip active connections in out total rate last."},
    {PAGING_CONNECTIONS, "sort=%zz", "sort="},
    {PAGING_CONNECTIONS, "sort=OUT", "sort="},
    {PAGING_CONNECTIONS, "order=up", "order="},
    {PAGING_CONNECTIONS, "order=", "order="},
    {PAGING_CONNECTIONS, "order=%00", "order="},
    {PAGING_CONNECTIONS, "limit=0", "limit="},
    {PAGING_CONNECTIONS, "limit=1001", "limit="},
    {PAGING_CONNECTIONS, "limit=-1", "limit="},
    {PAGING_CONNECTIONS, "limit=1e2", "limit="},
    {PAGING_CONNECTIONS, "limit=99999999999999999999999", "limit="},
    {PAGING_CONNECTIONS, "limit=", "limit="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1..1", NULL},
    {PAGING_CONNECTIONS, "cursor=id.asc.1..1&sort=id&order=asc", NULL},
    {PAGING_CONNECTIONS, "cursor=id.asc.1..1&order=desc", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1..1&sort=out", "cursor="},
    {PAGING_IPS, "cursor=id.asc.1..1", "cursor="},
    {PAGING_CONNECTIONS, "cursor=", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1.", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1..", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1.6.1", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1.6g.1", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.1..1.1", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.x..1", "cursor="},
    {PAGING_CONNECTIONS, "cursor=id.asc.18446744073709551616..1", "cursor="},
    {PAGING_CONNECTIONS, "sort=client&cursor=client.asc.1.00ff.1", NULL},
};

static void parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parameter_rows) / sizeof(parameter_rows[0]); i++) {
        const char *query = parameter_rows[i].query, *wrong = parameter_rows[i].wrong;
        char target[200], said[PAGING_WRONG_MAX] = "";
        struct paging paging;
        snprintf(target, sizeof(target), "/api/x?q=1&%s", query);
        if (paging_read(&paging, parameter_rows[i].list, slice_of(target), said) != (wrong == NULL))
            fail_msg("%s: \"%s\"", query, said);
        if (wrong != NULL && strncmp(said, wrong, strlen(wrong)) != 0)
            fail_msg("%s: \"%s\"", query, said);
        if (wrong == NULL)
            assert_int_equal(paging.asked, query[0] != '\0');
    }
}

/* A cursor whose text is too long for any row is none. */
static void long_cursors(void **state)
{
    char target[3 * SORT_REST_MAX], wrong[PAGING_WRONG_MAX];
    struct paging paging;
    (void)state;
    for (int digits = 2 * SORT_REST_MAX - 4; digits <= 2 * SORT_REST_MAX + 4; digits += 2) {
        snprintf(target, sizeof(target), "/?sort=path&cursor=path.asc.1.%0*d.1", digits, 0);
        assert_int_equal(paging_read(&paging, PAGING_CONNECTIONS, slice_of(target), wrong),
                         digits / 2 < SORT_REST_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_connections),
        cmocka_unit_test(every_order_of_ips),
        cmocka_unit_test(skips),
        cmocka_unit_test(rows_come_and_go),
        cmocka_unit_test(parameters),
        cmocka_unit_test(long_cursors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
