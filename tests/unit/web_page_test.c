/*
 * Pages drawn from a snapshot made here: figures in the visitor's units, the system's own, and text
 * from outside that stays text.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "web/metrics.h"
#include "web/page.h"
#include "web/page_list.h"

static const struct snap_history silent;

static const struct snap_conn conns[] = {
    {.id = 7,
     .client = {.family = 4, .bytes = {192, 0, 2, 7}},
     .opened_ms = 1000,
     .history = &silent,
     .version = 4,
     .bytes_in = 500,
     .bytes_out = 1500,
     .rate_in = 1000,
     .rate_out = 2000,
     .messages = 4711,
     .rate_messages = 12.34,
     .user_id = "",
     .client_name = "<b>&\"'",
     .user_agent = "",
     .path = "/v4/websocket"},
    {.id = 8,
     .client = {.family = 4, .bytes = {192, 0, 2, 8}},
     .opened_ms = 1000,
     .history = &silent,
     .backend = REPORT_NO_BACKEND,
     .messages = 3,
     .rate_messages = SNAP_UNKNOWN_RATE,
     .user_id = "",
     .client_name = "",
     .user_agent = "",
     .path = ""},
};

static const struct snap_ip ips[] = {{.bytes_in = 1,
                                      .bytes_out = 2,
                                      .messages = 4714,
                                      .rate_in = 1000,
                                      .rate_out = 2000,
                                      .rate_messages = 1234.5,
                                      .history = &silent,
                                      .active = 2,
                                      .connections = 2}};

static const struct snap_backend backends[] = {{.slot = 0,
                                                .name = "node<1>",
                                                .url = "http://192.0.2.1:2333",
                                                .reason = "<i>",
                                                .version = 4,
                                                .state = BACKEND_ONLINE,
                                                .response_ms = 1.5,
                                                .rate_in = 1000,
                                                .rate_out = 2000,
                                                .rate_messages = 99.9,
                                                .history = &silent}};

static const struct snap_event events[] = {{.seq = 1, .wall_ms = 1000, .text = "<u>log</u>"}};

static void snapshot(struct snap *snap)
{
    *snap = (struct snap){.seq = 1,
                          .wall_ms = 100000,
                          .started_ms = 50000,
                          .band_medium = 1 << 20,
                          .band_high = 1 << 24,
                          .messages = 4714,
                          .rate_messages = 12.34,
                          .history = &silent,
                          .rss_bytes = 8000000,
                          .conn_count = 2,
                          .ip_count = 1,
                          .backend_count = 1,
                          .event_count = 1,
                          .conns = conns,
                          .ips = ips,
                          .backends = backends,
                          .events = events,
                          .listen = "0.0.0.0:2333 [::]:2333 192.0.2.1:99",
                          .web = ""};
    snap_histogram_add(&snap->loop_lag, 0.0002);
    snap_histogram_add(&snap->loop_lag, 0.0078);
}

static const struct metrics_process process = {
    .cpu_seconds = 12.5, .open_fds = 57, .max_fds = 1024};

static void draw(struct str *out, const struct snap *snap, void (*page)(struct page *),
                 enum page_units units)
{
    struct page what = {.out = out,
                        .snap = snap,
                        .target = SLICE("/?q="),
                        .units = units,
                        .id = 7,
                        .process = &process};
    str_growing(out);
    page(&what);
    assert_false(out->cut);
    assert_null(strstr(out->ptr, "<b>&"));
    assert_null(strstr(out->ptr, "node<1>"));
    assert_null(strstr(out->ptr, "<u>"));
    assert_null(strstr(out->ptr, "<i>"));
}

/* Nobody connects to 0.0.0.0: what listens everywhere is found by the name that led to the page. */
static void address(void **state)
{
    static const struct {
        struct slice host;
        const char *shown;
    } rows[] = {{SLICE("node.example"), "<code class=\"copy\">node.example:2333</code> <code "
                                        "class=\"copy\">192.0.2.1:99</code> </dd>"},
                {SLICE("<[::1]>"), ">&lt;[::1]&gt;:2333</code>"},
                {SLICE(""), ">0.0.0.0:2333</code> <code class=\"copy\">[::]:2333</code>"}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct snap snap;
        struct str out;
        snapshot(&snap);
        struct page page = {.out = &out, .snap = &snap, .target = SLICE("/"), .host = rows[i].host};
        str_growing(&out);
        page_monitor(&page);
        assert_non_null(strstr(out.ptr, rows[i].shown));
        str_free(&out);
    }
}

/* Local ones: five hours behind here. */
static void times(void **state)
{
    static const struct {
        int64_t wall_ms;
        const char *shown;
    } rows[] = {
        {1763725267123, "<time datetime=\"2025-11-21T11:41:07.123Z\">06:41:07</time>"},
        {1763701200000, "<time datetime=\"2025-11-21T05:00:00.000Z\">00:00:00</time>"},
        {1763701199000, "<time datetime=\"2025-11-21T04:59:59.000Z\">2025-11-20 23:59</time>"},
        {1763787600000, "<time datetime=\"2025-11-22T05:00:00.000Z\">2025-11-22 00:00</time>"},
        {0, "-"}};
    (void)state;
    setenv("TZ", "EST5", 1);
    tzset();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct snap snap = {.wall_ms = 1763725270000};
        struct str out;
        struct page page = {.out = &out, .snap = &snap};
        str_growing(&out);
        page_time(&page, rows[i].wall_ms);
        assert_string_equal(out.ptr, rows[i].shown);
        str_free(&out);
    }
    unsetenv("TZ");
    tzset();
}

static void units(void **state)
{
    static const struct {
        void (*page)(struct page *);
        enum page_units units;
        const char *there[8], *missing[4];
    } rows[] = {
        {page_monitor,
         PAGE_BYTES,
         {">In</a>", ">Out</a>", ">In and out<", "<td id=\"i7\">1 KB/s", "<td id=\"o7\">2 KB/s",
          "4714 (12.3/s)"},
         {"Messages/s"}},
        {page_monitor, PAGE_BITS, {">In</a>", "<td id=\"i7\">8.00Kbit/s"}, {"Messages/s"}},
        {page_monitor,
         PAGE_MESSAGES,
         {">Messages<", ">Messages/s<", "<td id=\"i7\">4711</td>", "<td id=\"o7\">12.3/s",
          "<td id=\"i8\">3</td>", "<td id=\"o8\">-</td>", "<td id=\"p0\">1.24K/s",
          "<td id=\"b0\">99.9/s"},
         {">In and out<", "KB/s", "-1"}},
        {page_usage, PAGE_BYTES, {">3 KB/s"}, {"1.24K/s"}},
        {page_usage, PAGE_MESSAGES, {">1.24K/s"}, {">3 KB/s"}},
        {page_health, PAGE_BYTES, {">In and out<", ">3 KB/s"}, {">99.9/s"}},
        {page_health, PAGE_MESSAGES, {">Messages/s<", ">99.9/s"}, {">In and out<"}},
        {page_connection, PAGE_MESSAGES, {">1 KB/s", ">2 KB/s", "4711 (12.3/s)"}, {NULL}},
    };
    struct snap snap;
    (void)state;
    snapshot(&snap);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str out;
        draw(&out, &snap, rows[i].page, rows[i].units);
        for (unsigned j = 0; j < 8 && rows[i].there[j] != NULL; j++) {
            print_message("%zu: %s\n", i, rows[i].there[j]);
            assert_non_null(strstr(out.ptr, rows[i].there[j]));
        }
        for (unsigned j = 0; j < 4 && rows[i].missing[j] != NULL; j++)
            assert_null(strstr(out.ptr, rows[i].missing[j]));
        str_free(&out);
    }
}

static void system_figures(void **state)
{
    struct snap snap;
    struct str out;
    (void)state;
    snapshot(&snap);
    draw(&out, &snap, page_health, PAGE_BYTES);
    assert_non_null(strstr(out.ptr, "<dt>CPU</dt><dd id=\"cpu\">12.5 s (25.0 % of a core)</dd>"));
    assert_non_null(strstr(out.ptr, "<dt>Descriptors</dt><dd id=\"descriptors\">57 of 1024</dd>"));
    assert_non_null(strstr(out.ptr, "id=\"lag\">worst at most 10 ms, 4.00 ms on average</dd>"));
    str_free(&out);
    snap_histogram_add(&snap.loop_lag, 7);
    draw(&out, &snap, page_health, PAGE_BYTES);
    assert_non_null(strstr(out.ptr, "worst more than 5000 ms"));
    str_free(&out);
    memset(&snap.loop_lag, 0, sizeof(snap.loop_lag));
    draw(&out, &snap, page_health, PAGE_BYTES);
    assert_non_null(strstr(out.ptr, "id=\"lag\">-</dd>"));
    str_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address),
        cmocka_unit_test(times),
        cmocka_unit_test(units),
        cmocka_unit_test(system_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
