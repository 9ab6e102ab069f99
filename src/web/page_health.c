/*
 * The program and its backends.
 */
#include <stdio.h>

#include "base/human.h"
#include "web/doc.h"
#include "web/facts.h"
#include "web/metrics.h"
#include "web/page_list.h"

/* The worst that a worker's loop was late in any second, to the histogram's bound, and how late it
 * was on average. */
static void add_lag(struct page *page, const struct snap_histogram *lag)
{
    uint64_t seconds = 0;
    unsigned worst = 0;
    for (unsigned i = 0; i <= SNAP_BUCKETS; i++) {
        seconds += lag->counts[i];
        worst = lag->counts[i] > 0 ? i : worst;
    }
    if (seconds == 0)
        str_add_char(page->out, '-');
    else
        html_add(page->out, "worst %s %g ms, %.2f ms on average",
                 worst < SNAP_BUCKETS ? "at most" : "more than",
                 snap_bucket_bound(worst < SNAP_BUCKETS ? worst : SNAP_BUCKETS - 1) * 1000,
                 lag->sum * 1000 / (double)seconds);
}

static void add_process(struct page *page, double uptime)
{
    const struct metrics_process *process = page->process;
    facts_begin(page, "CPU", "cpu");
    html_add(page->out, "%.1f s", process->cpu_seconds);
    if (uptime > 0)
        html_add(page->out, " (%.1f %% of a core)", process->cpu_seconds * 100 / uptime);
    facts_end(page, "cpu");
    facts_begin(page, "Descriptors", "descriptors");
    html_add(page->out, "%llu of %llu", (unsigned long long)process->open_fds,
             (unsigned long long)process->max_fds);
    facts_end(page, "descriptors");
}

static void add_system(struct page *page)
{
    const struct snap *snap = page->snap;
    char text[HUMAN_MAX];
    int64_t uptime = (snap->wall_ms - snap->started_ms) / 1000;
    str_add_text(page->out, "<dl>\n<div><dt>Version</dt><dd>" LAVAPROXY_VERSION "</dd></div>\n");
    facts_begin(page, "Up", "up");
    str_add_text(page->out, human_uptime(text, uptime > 0 ? (uint64_t)uptime : 0));
    facts_end(page, "up");
    facts_begin(page, "Memory", "memory");
    str_add_text(page->out, human_size_long(text, snap->rss_bytes));
    facts_end(page, "memory");
    if (page->process != NULL)
        add_process(page, (double)uptime);
    facts_begin(page, "Loop lag", "lag");
    add_lag(page, &snap->loop_lag);
    facts_end(page, "lag");
    facts_begin(page, "Connections", "total-connections");
    html_add(page->out, "%u (v3 %u, v4 %u)", snap->conn_count, snap->active_v3, snap->active_v4);
    facts_end(page, "total-connections");
    str_add_text(page->out, "</dl>\n");
}

/* The last checks: how long they took, and which failed, in words. */
static void add_checks(struct page *page, const struct snap_backend *backend)
{
    uint32_t values[SERIES_SECONDS] = {0};
    unsigned failed = 0;
    for (unsigned i = 0; i < backend->check_count; i++) {
        unsigned place = SERIES_SECONDS - backend->check_count + i;
        if (backend->checks[i] < 0)
            failed++;
        else if (place < SERIES_SECONDS)
            values[place] = (uint32_t)(backend->checks[i] * 1000);
    }
    html_add(page->out, "%u check%s, %u failed ", backend->check_count,
             backend->check_count == 1 ? "" : "s", failed);
    page_plot(page, values, "response time of the last checks");
}

static void add_action(struct page *page, const struct snap_backend *backend, const char *action,
                       const char *label)
{
    char path[200];
    struct str target;
    str_fixed(&target, path, sizeof(path));
    str_add_text(&target, "/api/backends/");
    html_query(&target, slice_of(backend->name));
    str_addf(&target, "/%s", action);
    page_form(page, path);
    html_add(page->out,
             "<input type=\"hidden\" name=\"back\" value=\"/health\"><button>%s</button>", label);
    page_form_end(page);
}

static void add_backend(struct page *page, const struct snap_backend *backend)
{
    struct str *out = page->out;
    /* Its buttons are other ones while it drains. */
    live_row(page->live, backend->slot * 2 + backend->draining);
    str_add_text(out, "<tr><th scope=\"row\">");
    html_text(out, backend->name);
    html_add(out, "</th><td>v%u</td>", backend->version);
    page_cell(page, "s", backend->slot);
    page_state(page, backend);
    str_add_text(out, " since ");
    page_time(page, backend->since_ms);
    str_add_char(out, ' ');
    html_text(out, backend->reason);
    if (backend->safe_to_stop)
        str_add_text(out, " <b>may be stopped</b>");
    page_cell_end(page);
    page_cell(page, "r", backend->slot);
    if (backend->response_ms >= 0)
        html_add(out, "%.1f ms", backend->response_ms);
    else
        str_add_char(out, '-');
    page_cell_end(page);
    page_cell(page, "k", backend->slot);
    page_time(page, backend->checked_ms);
    page_cell_end(page);
    page_cell(page, "h", backend->slot);
    add_checks(page, backend);
    page_cell_end(page);
    page_count_cell(page, "n", backend->slot, backend->connections);
    page_rate_cell(page, "b", backend->slot, backend->rate_in + backend->rate_out,
                   backend->rate_messages);
    str_add_text(out, "<td class=\"acts\">");
    add_action(page, backend, "check", "Check now");
    if (!backend->removed)
        add_action(page, backend, backend->draining ? "undrain" : "drain",
                   backend->draining ? "Undrain" : "Drain");
    str_add_text(out, "</td></tr>\n");
}

void page_health(struct page *page)
{
    struct str *out = page->out;
    page->refreshes = true;
    page->status = doc_missing_version(page->snap) != 0 ? 503 : 0; /* as /readyz */
    page_begin(page, "Health", "/health");
    add_system(page);
    str_add_text(out, "<section>\n<table>\n<caption>Backends</caption>\n<thead><tr>");
    const char *const heads[] = {"Name",         "Version", "State",       "Response",
                                 "Last checked", "Checks",  "Connections", page_rate_head(page),
                                 "Actions"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        html_add(out, "<th scope=\"col\">%s</th>", heads[i]);
    str_add_text(out, "</tr></thead>\n<tbody");
    live_list(page->live, out, "backends");
    for (unsigned i = 0; i < page->snap->backend_count; i++)
        add_backend(page, &page->snap->backends[i]);
    live_list_end(page->live, out);
    str_add_text(out, "</tbody></table>\n</section>\n");
    facts_backend_flows(page);
    page_end(page);
}
