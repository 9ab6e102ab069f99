/*
 * Times of the legs of a bot's way, beside their targets.
 */
#include "stats/track_text.h"
#include "web/facts.h"

static const char *const labels[FLOW_COUNT] = {[FLOW_SEARCH] = "Search, to its answer",
                                               [FLOW_PATCH] = "Change of a player, to its answer",
                                               [FLOW_PLAY] =
                                                   "Told to play, to the start of the track",
                                               [FLOW_VOICE] = "Voice update, to connected",
                                               [FLOW_READY] = "WebSocket handshake, to ready"};

void facts_flow(struct page *page, enum flow_leg leg, const struct snap_flow *flow)
{
    char text[TRACK_TIME_MAX];
    if (flow->count == 0)
        str_add_char(page->out, '-');
    else if (flow_is_late(leg, flow))
        html_add(page->out, "<span class=\"high\">%s!</span>", track_seconds_text(text, flow->p95));
    else
        str_add_text(page->out, track_seconds_text(text, flow->p95));
}

static void begin_table(struct page *page, const char *caption)
{
    html_add(page->out,
             "<section tabindex=\"0\" aria-label=\"%s\">\n<table "
             "class=\"flows\">\n<caption>%s</caption>\n<thead><tr>",
             caption, caption);
}

static void add_heads(struct page *page, const char *const *heads, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        html_add(page->out, "<th scope=\"col\">%s</th>", heads[i]);
    str_add_text(page->out, "</tr></thead>\n<tbody");
}

static void add_seconds(struct page *page, const struct snap_flow *flow, float seconds)
{
    char text[TRACK_TIME_MAX];
    html_add(page->out, "<td>%s</td>", flow->count > 0 ? track_seconds_text(text, seconds) : "-");
}

static void add_leg(struct page *page, enum flow_leg leg, const struct snap_flow *flow)
{
    struct str *out = page->out;
    html_add(out, "<tr><th scope=\"row\">%s</th><td>%u</td>", labels[leg], flow->count);
    add_seconds(page, flow, flow->p50);
    add_seconds(page, flow, flow->p95);
    add_seconds(page, flow, flow->p99);
    if (flow_target(leg) > 0)
        html_add(out, "<td>%.0f s</td><td>", flow_target(leg));
    else
        str_add_text(out, "<td>-</td><td>");
    str_add_text(out, flow_is_late(leg, flow) ? "<span class=\"high\">missed!</span>"
                      : flow_target(leg) > 0 && flow->count > 0 ? "met"
                                                                : "-");
    str_add_text(out, "</td></tr>\n");
}

void facts_flow_table(struct page *page, const char *id, const char *caption,
                      const struct snap_flow flows[FLOW_COUNT])
{
    static const char *const heads[] = {"From, to", "Times",  "Median", "95 %",
                                        "99 %",     "Target", "Verdict"};
    begin_table(page, caption);
    add_heads(page, heads, sizeof(heads) / sizeof(heads[0]));
    live_begin(page->live, page->out, "%s", id);
    for (unsigned i = 0; i < FLOW_COUNT; i++)
        add_leg(page, (enum flow_leg)i, &flows[i]);
    live_end(page->live, page->out);
    str_add_text(page->out, "</tbody></table>\n</section>\n");
}

void facts_version_flows(struct page *page)
{
    static const struct {
        unsigned version;
        enum report_version place;
        const char *id, *caption;
    } versions[] = {{4, REPORT_VERSION_4, "flows", "v4: how long things take, five minutes"},
                    {3, REPORT_VERSION_3, "flows-3", "v3: how long things take, five minutes"}};
    const struct snap *snap = page->snap;
    for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        bool any = false;
        for (unsigned j = 0; j < snap->backend_count; j++)
            any = any || snap->backends[j].version == versions[i].version;
        if (any)
            facts_flow_table(page, versions[i].id, versions[i].caption,
                             snap->totals.flows[versions[i].place]);
    }
}

void facts_backend_flows(struct page *page)
{
    static const char *const heads[] = {"Name", "Players",       "Playing", "Search",
                                        "Play", "Player change", "Voice",   "Ready"};
    static const enum flow_leg legs[] = {FLOW_SEARCH, FLOW_PLAY, FLOW_PATCH, FLOW_VOICE,
                                         FLOW_READY};
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    if (snap->backend_flows == NULL)
        return;
    begin_table(page, "What plays there, and how long bots wait: 95th percentile of five minutes");
    add_heads(page, heads, sizeof(heads) / sizeof(heads[0]));
    live_begin(page->live, out, "backend-flows");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        str_add_text(out, "<tr><th scope=\"row\">");
        html_text(out, snap->backends[i].name);
        html_add(out, "</th><td>%u</td><td>%u</td>", snap->backends[i].seen_players,
                 snap->backends[i].seen_playing);
        for (unsigned j = 0; j < FLOW_COUNT; j++) {
            str_add_text(out, "<td>");
            facts_flow(page, legs[j], &snap->backend_flows[i].flows[legs[j]]);
            str_add_text(out, "</td>");
        }
        str_add_text(out, "</tr>\n");
    }
    live_end(page->live, out);
    str_add_text(out, "</tbody></table>\n</section>\n");
}
