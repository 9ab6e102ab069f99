/*
 * Times of legs. Quantiles of two versions cannot be put together: the line shows the worse one.
 */
#include "tui/flow_times.h"

#include <stdio.h>

#include "stats/track_text.h"

#define LEG_MAX 40

/* The version's flow with the higher p95. */
static const struct snap_flow *worse_of(const struct snap_totals *totals, enum flow_leg leg)
{
    const struct snap_flow *worst = &totals->flows[REPORT_VERSION_NONE][leg];
    for (unsigned version = REPORT_VERSION_NONE + 1; version < REPORT_VERSIONS; version++) {
        const struct snap_flow *flow = &totals->flows[version][leg];
        if (worst->count == 0 || (flow->count > 0 && flow->p95 > worst->p95))
            worst = flow;
    }
    return worst;
}

void flow_times_draw(struct grid *g, struct area line, const struct view *view)
{
    static const char targets[] = "   should be search < %g, play < %g";
    unsigned col = line.col, end = line.col + line.cols;
    const char *between = "", *word = " p95", *unit = " s";
    for (unsigned i = 0; i < FLOW_COUNT; i++) {
        enum flow_leg leg = (enum flow_leg)i;
        const struct snap_flow *flow = worse_of(&view->snap->totals, leg);
        bool late = flow_is_late(leg, flow);
        char text[LEG_MAX];
        if (flow->count == 0)
            continue;
        int len = snprintf(text, sizeof(text), "%s%s%s %.2f%s%s", between, flow_leg_text(leg), word,
                           (double)flow->p95, unit, late ? "!" : "");
        if (len < 0 || col + (unsigned)len > end)
            break;
        col += grid_text(g, line.row, col, end - col, late ? ROLE_RATE_HIGH : ROLE_TEXT, text);
        between = "  ";
        word = unit = "";
    }
    if (col > line.col && col + sizeof(targets) <= end)
        grid_textf(g, line.row, col, end - col, ROLE_DIM, targets, flow_target(FLOW_SEARCH),
                   flow_target(FLOW_PLAY));
    if (col == line.col)
        grid_text_cut(g, line.row, col, line.cols, ROLE_DIM,
                      "no search or play was timed in the last 5 minutes");
}

void flow_times_sheet(struct sheet *s, const struct snap_flow flows[FLOW_COUNT])
{
    const char *label = "times";
    char p50[TRACK_TIME_MAX], p95[TRACK_TIME_MAX], p99[TRACK_TIME_MAX], target[LEG_MAX];
    for (unsigned i = 0; i < FLOW_COUNT; i++) {
        enum flow_leg leg = (enum flow_leg)i;
        const struct snap_flow *flow = &flows[leg];
        bool late = flow_is_late(leg, flow);
        if (flow->count == 0)
            continue;
        target[0] = '\0';
        if (flow_target(leg) > 0)
            snprintf(target, sizeof(target), "  < %g s%s", flow_target(leg), late ? " missed" : "");
        sheet_put(s, label, late ? ROLE_DIALOG_DANGER : ROLE_DIALOG,
                  "%-6s  p50 %7s  p95 %7s%c p99 %7s  of %u%s", flow_leg_text(leg),
                  track_seconds_text(p50, flow->p50), track_seconds_text(p95, flow->p95),
                  late ? '!' : ' ', track_seconds_text(p99, flow->p99), flow->count, target);
        label = "";
    }
    if (label[0] != '\0')
        sheet_put(s, label, ROLE_DIM, "nothing was timed in the last 5 minutes");
}
