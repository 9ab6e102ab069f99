/*
 * One family after the other, each with its help, its type and its samples.
 */
#include "web/metrics.h"

#include "web/metrics_writer.h"

#ifndef LAVAPROXY_COMMIT
#define LAVAPROXY_COMMIT "unknown"
#endif

static void add_connections(struct metrics_writer *w)
{
    const struct snap *snap = w->snap;
    uint64_t counts[UINT8_MAX + 1] = {0};
    for (unsigned i = 0; i < snap->conn_count; i++)
        counts[snap->conns[i].backend]++;
    metrics_begin(w, METRICS_GAUGE, "lavaproxy_connections",
                  "Client connections by the backend of their last request.");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        metrics_gauge(
            w, (const char *const[]){"protocol", metrics_protocol(b->version), "backend", b->name},
            2, (double)counts[i]);
    }
    metrics_gauge(w, (const char *const[]){"protocol", "none", "backend", "none"}, 2,
                  (double)counts[REPORT_NO_BACKEND]);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_connections_opened",
                  "Client connections accepted.");
    metrics_counter(w, NULL, 0, snap->opened);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_connections_closed",
                  "Client connections ended, by reason.");
    for (unsigned i = 0; i < CLOSE_REASON_COUNT; i++)
        metrics_counter(w, (const char *const[]){"reason", close_reason_text((enum close_reason)i)},
                        1, snap->closed[i]);
}

/* Bytes that no backend had a part in are those of refusals. */
static void add_bytes(struct metrics_writer *w)
{
    const struct snap *snap = w->snap;
    uint64_t in = snap->bytes_in, out = snap->bytes_out;
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_bytes",
                  "Bytes read from (in) and written to (out) clients.");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        const char *labels[] = {"direction", "in",   "protocol", metrics_protocol(b->version),
                                "backend",   b->name};
        metrics_counter(w, labels, 3, b->bytes_in);
        labels[1] = "out";
        metrics_counter(w, labels, 3, b->bytes_out);
        in -= b->bytes_in < in ? b->bytes_in : in;
        out -= b->bytes_out < out ? b->bytes_out : out;
    }
    const char *labels[] = {"direction", "in", "protocol", "none", "backend", "none"};
    metrics_counter(w, labels, 3, in);
    labels[1] = "out";
    metrics_counter(w, labels, 3, out);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_messages",
                  "Requests, and WebSocket messages either way.");
    metrics_counter(w, NULL, 0, snap->messages);
}

static void add_requests(struct metrics_writer *w)
{
    static const char *const protocols[] = {
        [REPORT_VERSION_NONE] = "none", [REPORT_VERSION_3] = "v3", [REPORT_VERSION_4] = "v4"};
    static const char *const classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct report_counts *counts = &w->snap->counts;
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_http_requests",
                  "Answers to clients by the first digit of their status.");
    for (unsigned i = 0; i < REPORT_VERSIONS; i++)
        for (unsigned j = 1; j < REPORT_CLASSES; j++)
            metrics_counter(
                w, (const char *const[]){"protocol", protocols[i], "code_class", classes[j]}, 2,
                counts->answers[i][j]);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_auth_failures", "Requests refused at the door.");
    metrics_counter(w, (const char *const[]){"kind", "missing"}, 1, counts->auth_missing);
    metrics_counter(w, (const char *const[]){"kind", "wrong"}, 1, counts->auth_wrong);
    metrics_counter(w, (const char *const[]){"kind", "blocked"}, 1, counts->auth_blocked);
}

static void add_observer(struct metrics_writer *w)
{
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_observer_blind",
                  "Messages and bodies that passed without being looked into, by why.");
    for (unsigned i = 0; i < BLIND_COUNT; i++)
        metrics_counter(w, (const char *const[]){"reason", report_blind_text((enum report_blind)i)},
                        1, w->snap->counts.blind[i]);
}

static void add_backends(struct metrics_writer *w)
{
    const struct snap *snap = w->snap;
    metrics_begin(w, METRICS_GAUGE, "lavaproxy_backend_up",
                  "Whether requests may go to the backend.");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        metrics_gauge(
            w, (const char *const[]){"backend", b->name, "protocol", metrics_protocol(b->version)},
            2, backend_state_is_up(b->state));
    }
    metrics_begin(w, METRICS_GAUGE, "lavaproxy_backend_last_check_timestamp_seconds",
                  "When it was checked last; 0: never.");
    for (unsigned i = 0; i < snap->backend_count; i++)
        metrics_gauge(w, (const char *const[]){"backend", snap->backends[i].name}, 1,
                      (double)snap->backends[i].checked_ms / 1000);
    metrics_begin(w, METRICS_HISTOGRAM, "lavaproxy_backend_check_duration_seconds",
                  "How long answered checks took.");
    for (unsigned i = 0; i < snap->backend_count; i++)
        metrics_histogram(w, (const char *const[]){"backend", snap->backends[i].name}, 1,
                          &snap->backends[i].check_times);
}

static void add_events_out(struct metrics_writer *w)
{
    const struct snap_events_out *out = &w->snap->events_out;
    metrics_begin(w, METRICS_GAUGE, "lavaproxy_events_readers",
                  "Programs that read the events socket.");
    metrics_gauge(w, NULL, 0, out->readers);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_events_readers_dropped",
                  "Readers of the events socket dropped for being too slow.");
    metrics_counter(w, NULL, 0, out->dropped_readers);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_events_lines_dropped",
                  "Events that found no room, or that the events file refused.");
    metrics_counter(w, NULL, 0, out->dropped_lines);
}

static void add_process(struct metrics_writer *w, const struct metrics_process *process)
{
    metrics_begin(w, METRICS_COUNTER, "process_cpu_seconds", "User and system CPU time.");
    str_addf(w->out, "process_cpu_seconds_total %.6f\n", process->cpu_seconds);
    metrics_created(w, NULL, 0);
    metrics_begin(w, METRICS_GAUGE, "process_start_time_seconds", "Start time since the epoch.");
    metrics_gauge(w, NULL, 0, (double)w->snap->started_ms / 1000);
    metrics_begin(w, METRICS_GAUGE, "process_resident_memory_bytes", "Resident memory.");
    metrics_gauge(w, NULL, 0, (double)w->snap->rss_bytes);
    metrics_begin(w, METRICS_GAUGE, "process_virtual_memory_bytes", "Virtual memory.");
    metrics_gauge(w, NULL, 0, (double)process->virtual_bytes);
    metrics_begin(w, METRICS_GAUGE, "process_open_fds", "Open descriptors.");
    metrics_gauge(w, NULL, 0, (double)process->open_fds);
    metrics_begin(w, METRICS_GAUGE, "process_max_fds", "Descriptors it may have.");
    metrics_gauge(w, NULL, 0, (double)process->max_fds);
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
    struct metrics_writer w = {.out = out, .snap = snap, .open = open};
    metrics_begin(&w, METRICS_GAUGE, "lavaproxy_build_info", "What is running.");
    metrics_gauge(
        &w, (const char *const[]){"version", LAVAPROXY_VERSION, "commit", LAVAPROXY_COMMIT}, 2, 1);
    add_connections(&w);
    add_bytes(&w);
    add_requests(&w);
    add_observer(&w);
    add_backends(&w);
    metrics_bots(&w);
    metrics_begin(&w, METRICS_COUNTER, "lavaproxy_ui_frames", "Pictures for the terminal.");
    metrics_counter(&w, (const char *const[]){"result", "drawn"}, 1, frames->drawn);
    metrics_counter(&w, (const char *const[]){"result", "skipped"}, 1, frames->skipped);
    metrics_begin(&w, METRICS_HISTOGRAM, "lavaproxy_loop_lag_seconds",
                  "Worst lag of a worker's loop, each second.");
    metrics_histogram(&w, NULL, 0, &snap->loop_lag);
    add_events_out(&w);
    add_process(&w, process);
    if (open)
        str_add_text(out, "# EOF\n");
}
