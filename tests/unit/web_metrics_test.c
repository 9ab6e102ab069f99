/*
 * Metrics of bots and players: every series told once, sums that agree, within their bounds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "web/metrics.h"
#include "web_roster.h"

#define SERIES_MAX 200
#define BYTES_MAX 65536

static struct roster_fixture f;
static struct str out;

static int set_up(void **state)
{
    (void)state;
    roster_fill(&f);
    str_growing(&out);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    str_free(&out);
    return 0;
}

static void write_metrics(bool open)
{
    static const struct snap_frames frames;
    static const struct metrics_process process = {.open_fds = 10};
    str_reset(&out);
    metrics_write(&out, &f.snap, &frames, &process, open);
    assert_false(out.cut);
}

static void expect(const char *line)
{
    if (strstr(out.ptr, line) == NULL)
        fail_msg("missing: %s\nin: %s", line, out.ptr);
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* How many series there are; none is told twice. */
static unsigned count_series(void)
{
    static char *lines[2000];
    char *copy = strdup(out.ptr), *rest = copy, *line;
    unsigned count = 0;
    assert_non_null(copy);
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (line[0] == '#' || line[0] == '\0')
            continue;
        *strrchr(line, ' ') = '\0';
        assert_true(count < sizeof(lines) / sizeof(lines[0]));
        lines[count++] = line;
    }
    qsort(lines, count, sizeof(*lines), compare_lines);
    for (unsigned i = 1; i < count; i++)
        assert_string_not_equal(lines[i - 1], lines[i]);
    free(copy);
    return count;
}

static void what_stands_there(void **state)
{
    static const char *const lines[] = {
        "\nlavaproxy_players{backend=\"eu-1\",protocol=\"v4\"} 20\n",
        "\nlavaproxy_players{backend=\"old\",protocol=\"v3\"} 20\n",
        "\nlavaproxy_players{backend=\"none\",protocol=\"none\"} 0\n",
        "\nlavaproxy_playing_players{backend=\"old\",protocol=\"v3\"} 10\n",
        "\nlavaproxy_bots{state=\"connected\"} 2\n",
        "\nlavaproxy_bots{state=\"gone\"} 1\n",
        "\nlavaproxy_track_starts_total{source=\"youtube\"} 31\n",
        "\nlavaproxy_track_starts_total{source=\"other\"} 2\n",
        "\nlavaproxy_track_ends_total{reason=\"finished\"} 12\n",
        "\nlavaproxy_track_exceptions_total{severity=\"fault\"} 3\n",
        "\nlavaproxy_track_stuck_total 4\n",
        "\nlavaproxy_load_results_total{type=\"search\"} 9\n",
        "\nlavaproxy_voice_closes_total{code=\"4014\"} 6\n",
        "\nlavaproxy_frames_nulled_total 70\n",
        "\nlavaproxy_frames_deficit_total 80\n",
        "\nlavaproxy_diagnoses_total{cause=\"timeout-in-ms\"} 2\n",
        "\nlavaproxy_sessions_resumed_total 1\n",
    };
    (void)state;
    write_metrics(false);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        expect(lines[i]);
    expect("\nlavaproxy_flow_duration_seconds_bucket{le=\"+Inf\",leg=\"search\",backend=\"eu-1\","
           "protocol=\"v4\"} 2\n");
    expect("\nlavaproxy_flow_duration_seconds_count{leg=\"search\",backend=\"eu-1\",protocol="
           "\"v4\"} 2\n");
    assert_null(strstr(out.ptr, "leg=\"patch\"")); /* never walked */
    assert_null(strstr(out.ptr, "Shoukaku"));
    count_series();
    f.snap.player_count = 43; /* three at a backend that is no more */
    f.snap.backend_flows = NULL;
    write_metrics(false);
    expect("\nlavaproxy_players{backend=\"none\",protocol=\"none\"} 3\n");
    assert_null(strstr(out.ptr, "leg="));
}

/* A node may call a source as it likes. */
static void sources_by_any_name(void **state)
{
    struct snap_totals *totals = &f.snap.totals;
    (void)state;
    totals->source_count = 3;
    snprintf(totals->sources[1].name, sizeof(totals->sources[1].name), "other");
    totals->sources[1].starts = 5;
    snprintf(totals->sources[2].name, sizeof(totals->sources[2].name), "a\"b\\c");
    write_metrics(false);
    expect("{source=\"other\"} 7\n");
    expect("{source=\"a\\\"b\\\\c\"} 0\n");
    count_series();
}

/* Four backends: few series at first, and never more bytes than are allowed. */
static void bounds(void **state)
{
    struct snap_backend backends[4];
    struct snap_backend_flows flows[4];
    static const char *const names[] = {"frankfurt-1-lavalink", "frankfurt-2-lavalink",
                                        "helsinki-1-lavalink", "old-v3"};
    struct snap_totals *totals = &f.snap.totals;
    (void)state;
    memset(flows, 0, sizeof(flows));
    for (unsigned i = 0; i < 4; i++) {
        backends[i] = f.backends[0];
        backends[i].name = names[i];
    }
    f.snap.backends = backends;
    f.snap.backend_count = 4;
    f.snap.backend_flows = flows;
    write_metrics(false);
    unsigned series = count_series();
    print_message("%u series, %zu bytes\n", series, out.len);
    assert_true(series < SERIES_MAX);
    for (unsigned i = 0; i < 4 * FLOW_COUNT; i++)
        for (unsigned j = 0; j < 300; j++)
            snap_histogram_add(&flows[i / FLOW_COUNT].times[i % FLOW_COUNT], 0.013 * j);
    totals->source_count = SNAP_SOURCES;
    for (unsigned i = 0; i < SNAP_SOURCES; i++)
        snprintf(totals->sources[i].name, sizeof(totals->sources[i].name), "a-long-source-name-%u",
                 i);
    for (int open = 0; open < 2; open++) {
        write_metrics(open != 0);
        print_message("%u series, %zu bytes\n", count_series(), out.len);
        assert_true(out.len < BYTES_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_stands_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sources_by_any_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
