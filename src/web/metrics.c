/*
 * One family after the other, each with its help, its type and its samples.
 */
#include "web/metrics.h"

#include <stdio.h>
#include <string.h>

#ifndef LAVAPROXY_COMMIT
#define LAVAPROXY_COMMIT "unknown"
#endif

struct writer {
    struct str *out;
    const struct snap *snap;
    bool open;
    const char *name; /* of the family under way */
};

enum kind { COUNTER, GAUGE, HISTOGRAM };

/* Counters end in _total, which OpenMetrics leaves out of the family's name. */
static void begin(struct writer *w, enum kind kind, const char *name, const char *help)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    const char *suffix = kind == COUNTER && !w->open ? "_total" : "";
    w->name = name;
    str_addf(w->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix,
             types[kind]);
}

/* A label value: backslash, quote and line feed escaped. */
static void add_value(struct str *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            str_add_char(out, '\\');
        if (*text == '\n')
            str_add_text(out, "\\n");
        else
            str_add_char(out, *text);
    }
}

/* {a="b",c="d"} of `count` names and values in turn. */
static void add_labels(struct writer *w, const char *const *labels, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        str_addf(w->out, "%s%s=\"", i == 0 ? "{" : ",", labels[2 * i]);
        add_value(w->out, labels[2 * i + 1]);
        str_add_char(w->out, '"');
    }
    if (count > 0)
        str_add_char(w->out, '}');
}

static void add_number(struct writer *w, double value)
{
    str_addf(w->out, " %.17g\n", value);
}

static void gauge(struct writer *w, const char *const *labels, unsigned count, double value)
{
    str_add_text(w->out, w->name);
    add_labels(w, labels, count);
    add_number(w, value);
}

static void add_created(struct writer *w, const char *const *labels, unsigned count)
{
    if (!w->open)
        return;
    str_addf(w->out, "%s_created", w->name);
    add_labels(w, labels, count);
    str_addf(w->out, " %.3f\n", (double)w->snap->started_ms / 1000);
}

static void counter(struct writer *w, const char *const *labels, unsigned count, uint64_t value)
{
    str_addf(w->out, "%s_total", w->name);
    add_labels(w, labels, count);
    str_addf(w->out, " %llu\n", (unsigned long long)value);
    add_created(w, labels, count);
}

static void histogram(struct writer *w, const char *label, const char *value,
                      const struct snap_histogram *histogram)
{
    uint64_t sum = 0;
    const char *const labels[] = {label, value};
    unsigned count = label != NULL;
    for (unsigned i = 0; i <= SNAP_BUCKETS; i++) {
        char bound[16];
        snprintf(bound, sizeof(bound), i < SNAP_BUCKETS ? "%g" : "+Inf",
                 i < SNAP_BUCKETS ? snap_bucket_bound(i) : 0.0);
        const char *const all[] = {"le", bound, label, value};
        sum += histogram->counts[i];
        str_addf(w->out, "%s_bucket", w->name);
        add_labels(w, all, 1 + count);
        str_addf(w->out, " %llu\n", (unsigned long long)sum);
    }
    str_addf(w->out, "%s_sum", w->name);
    add_labels(w, labels, count);
    add_number(w, histogram->sum);
    str_addf(w->out, "%s_count", w->name);
    add_labels(w, labels, count);
    str_addf(w->out, " %llu\n", (unsigned long long)sum);
    add_created(w, labels, count);
}

static const char *protocol_of(unsigned version)
{
    return version == 3 ? "v3" : version == 4 ? "v4" : "none";
}

static void add_connections(struct writer *w)
{
    const struct snap *snap = w->snap;
    uint64_t counts[UINT8_MAX + 1] = {0};
    for (unsigned i = 0; i < snap->conn_count; i++)
        counts[snap->conns[i].backend]++;
    begin(w, GAUGE, "lavaproxy_connections",
          "Client connections by the backend of their last request.");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        gauge(w, (const char *const[]){"protocol", protocol_of(b->version), "backend", b->name}, 2,
              (double)counts[i]);
    }
    gauge(w, (const char *const[]){"protocol", "none", "backend", "none"}, 2,
          (double)counts[REPORT_NO_BACKEND]);
    begin(w, COUNTER, "lavaproxy_connections_opened", "Client connections accepted.");
    counter(w, NULL, 0, snap->opened);
    begin(w, COUNTER, "lavaproxy_connections_closed", "Client connections ended, by reason.");
    for (unsigned i = 0; i < CLOSE_REASON_COUNT; i++)
        counter(w, (const char *const[]){"reason", close_reason_text((enum close_reason)i)}, 1,
                snap->closed[i]);
}

/* Bytes that no backend had a part in are those of refusals. */
static void add_bytes(struct writer *w)
{
    const struct snap *snap = w->snap;
    uint64_t in = snap->bytes_in, out = snap->bytes_out;
    begin(w, COUNTER, "lavaproxy_bytes", "Bytes read from (in) and written to (out) clients.");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        const char *labels[] = {"direction", "in",   "protocol", protocol_of(b->version),
                                "backend",   b->name};
        counter(w, labels, 3, b->bytes_in);
        labels[1] = "out";
        counter(w, labels, 3, b->bytes_out);
        in -= b->bytes_in < in ? b->bytes_in : in;
        out -= b->bytes_out < out ? b->bytes_out : out;
    }
    const char *labels[] = {"direction", "in", "protocol", "none", "backend", "none"};
    counter(w, labels, 3, in);
    labels[1] = "out";
    counter(w, labels, 3, out);
    begin(w, COUNTER, "lavaproxy_messages", "Requests, and WebSocket messages either way.");
    counter(w, NULL, 0, snap->messages);
}

static void add_requests(struct writer *w)
{
    static const char *const protocols[] = {
        [REPORT_VERSION_NONE] = "none", [REPORT_VERSION_3] = "v3", [REPORT_VERSION_4] = "v4"};
    static const char *const classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct report_counts *counts = &w->snap->counts;
    begin(w, COUNTER, "lavaproxy_http_requests",
          "Answers to clients by the first digit of their status.");
    for (unsigned i = 0; i < REPORT_VERSIONS; i++)
        for (unsigned j = 1; j < REPORT_CLASSES; j++)
            counter(w, (const char *const[]){"protocol", protocols[i], "code_class", classes[j]}, 2,
                    counts->answers[i][j]);
    begin(w, COUNTER, "lavaproxy_auth_failures", "Requests refused at the door.");
    counter(w, (const char *const[]){"kind", "missing"}, 1, counts->auth_missing);
    counter(w, (const char *const[]){"kind", "wrong"}, 1, counts->auth_wrong);
    counter(w, (const char *const[]){"kind", "blocked"}, 1, counts->auth_blocked);
}

static void add_observer(struct writer *w)
{
    begin(w, COUNTER, "lavaproxy_observer_blind",
          "Messages and bodies that passed without being looked into, by why.");
    for (unsigned i = 0; i < BLIND_COUNT; i++)
        counter(w, (const char *const[]){"reason", report_blind_text((enum report_blind)i)}, 1,
                w->snap->counts.blind[i]);
}

static void add_backends(struct writer *w)
{
    const struct snap *snap = w->snap;
    begin(w, GAUGE, "lavaproxy_backend_up", "Whether requests may go to the backend.");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        gauge(w, (const char *const[]){"backend", b->name, "protocol", protocol_of(b->version)}, 2,
              backend_state_is_up(b->state));
    }
    begin(w, GAUGE, "lavaproxy_backend_last_check_timestamp_seconds",
          "When it was checked last; 0: never.");
    for (unsigned i = 0; i < snap->backend_count; i++)
        gauge(w, (const char *const[]){"backend", snap->backends[i].name}, 1,
              (double)snap->backends[i].checked_ms / 1000);
    begin(w, HISTOGRAM, "lavaproxy_backend_check_duration_seconds",
          "How long answered checks took.");
    for (unsigned i = 0; i < snap->backend_count; i++)
        histogram(w, "backend", snap->backends[i].name, &snap->backends[i].check_times);
}

static void add_events_out(struct writer *w)
{
    const struct snap_events_out *out = &w->snap->events_out;
    begin(w, GAUGE, "lavaproxy_events_readers", "Programs that read the events socket.");
    gauge(w, NULL, 0, out->readers);
    begin(w, COUNTER, "lavaproxy_events_readers_dropped",
          "Readers of the events socket dropped for being too slow.");
    counter(w, NULL, 0, out->dropped_readers);
    begin(w, COUNTER, "lavaproxy_events_lines_dropped",
          "Events that found no room, or that the events file refused.");
    counter(w, NULL, 0, out->dropped_lines);
}

static void add_process(struct writer *w, const struct metrics_process *process)
{
    begin(w, COUNTER, "process_cpu_seconds", "User and system CPU time.");
    str_addf(w->out, "process_cpu_seconds_total %.6f\n", process->cpu_seconds);
    add_created(w, NULL, 0);
    begin(w, GAUGE, "process_start_time_seconds", "Start time since the epoch.");
    gauge(w, NULL, 0, (double)w->snap->started_ms / 1000);
    begin(w, GAUGE, "process_resident_memory_bytes", "Resident memory.");
    gauge(w, NULL, 0, (double)w->snap->rss_bytes);
    begin(w, GAUGE, "process_virtual_memory_bytes", "Virtual memory.");
    gauge(w, NULL, 0, (double)process->virtual_bytes);
    begin(w, GAUGE, "process_open_fds", "Open descriptors.");
    gauge(w, NULL, 0, (double)process->open_fds);
    begin(w, GAUGE, "process_max_fds", "Descriptors it may have.");
    gauge(w, NULL, 0, (double)process->max_fds);
}

bool metrics_wants_open(struct slice accept)
{
    struct slice media;
    while (slice_next(&accept, ',', &media)) {
        struct slice type = slice_trim((struct slice){media.ptr, slice_find(media, ';')});
        if (slice_equal_nocase(type, SLICE("application/openmetrics-text")))
            return true;
    }
    return false;
}

void metrics_write(struct str *out, const struct snap *snap, const struct snap_frames *frames,
                   const struct metrics_process *process, bool open)
{
    struct writer w = {.out = out, .snap = snap, .open = open};
    begin(&w, GAUGE, "lavaproxy_build_info", "What is running.");
    gauge(&w, (const char *const[]){"version", LAVAPROXY_VERSION, "commit", LAVAPROXY_COMMIT}, 2,
          1);
    add_connections(&w);
    add_bytes(&w);
    add_requests(&w);
    add_observer(&w);
    add_backends(&w);
    begin(&w, COUNTER, "lavaproxy_ui_frames", "Pictures for the terminal.");
    counter(&w, (const char *const[]){"result", "drawn"}, 1, frames->drawn);
    counter(&w, (const char *const[]){"result", "skipped"}, 1, frames->skipped);
    begin(&w, HISTOGRAM, "lavaproxy_loop_lag_seconds",
          "Worst lag of a worker's loop, each second.");
    histogram(&w, NULL, NULL, &snap->loop_lag);
    add_events_out(&w);
    add_process(&w, process);
    if (open)
        str_add_text(out, "# EOF\n");
}
