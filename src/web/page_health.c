/*
 * The program and its backends.
 */
#include <stdio.h>

#include "base/human.h"
#include "web/page.h"

static void add_system(struct page *page)
{
    const struct snap *snap = page->snap;
    char text[HUMAN_MAX];
    int64_t uptime = (snap->wall_ms - snap->started_ms) / 1000;
    struct str *out = page->out;
    html_add(out,
             "<dl>\n<div><dt>Version</dt><dd>" LAVAPROXY_VERSION "</dd></div>\n<div><dt>Up"
             "</dt><dd>%s</dd></div>\n",
             human_uptime(text, uptime > 0 ? (uint64_t)uptime : 0));
    html_add(out, "<div><dt>Memory</dt><dd>%s</dd></div>\n",
             human_size_long(text, snap->rss_bytes));
    html_add(out, "<div><dt>Connections</dt><dd>%u (v3 %u, v4 %u)</dd></div>\n</dl>\n",
             snap->conn_count, snap->active_v3, snap->active_v4);
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
    html_add(page->out, "%u checks, %u failed ", backend->check_count, failed);
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
    html_add(out, "</th><td>v%u</td><td", backend->version);
    live_begin(page->live, out, "s%u", backend->slot);
    page_state(page, backend);
    str_add_text(out, " since ");
    page_time(page, backend->since_ms);
    str_add_char(out, ' ');
    html_text(out, backend->reason);
    if (backend->safe_to_stop)
        str_add_text(out, " <b>may be stopped</b>");
    live_end(page->live, out);
    str_add_text(out, "</td><td");
    live_begin(page->live, out, "r%u", backend->slot);
    if (backend->response_ms >= 0)
        html_add(out, "%.1f ms", backend->response_ms);
    else
        str_add_char(out, '-');
    live_end(page->live, out);
    str_add_text(out, "</td><td");
    live_begin(page->live, out, "k%u", backend->slot);
    page_time(page, backend->checked_ms);
    live_end(page->live, out);
    str_add_text(out, "</td><td");
    live_begin(page->live, out, "h%u", backend->slot);
    add_checks(page, backend);
    live_end(page->live, out);
    str_add_text(out, "</td><td");
    live_begin(page->live, out, "n%u", backend->slot);
    html_add(out, "%u", backend->connections);
    live_end(page->live, out);
    str_add_text(out, "</td>");
    page_rate_cell(page, "b", backend->slot, backend->rate_in + backend->rate_out);
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
    page_begin(page, "Health", "/health");
    add_system(page);
    str_add_text(out, "<section>\n<table>\n<caption>Backends</caption>\n<thead><tr>");
    static const char *const heads[] = {"Name",        "Version",      "State",
                                        "Response",    "Last checked", "Checks",
                                        "Connections", "In and out",   "Actions"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        html_add(out, "<th scope=\"col\">%s</th>", heads[i]);
    str_add_text(out, "</tr></thead>\n<tbody");
    live_list(page->live, out, "backends");
    for (unsigned i = 0; i < page->snap->backend_count; i++)
        add_backend(page, &page->snap->backends[i]);
    live_list_end(page->live, out);
    str_add_text(out, "</tbody></table>\n</section>\n");
    page_end(page);
}
