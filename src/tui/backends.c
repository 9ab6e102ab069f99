/*
 * Backends: a word for the state, the time of the last answer or the reason there was none, load.
 * Where not all fit, those in trouble come first.
 */
#include "tui/draw.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"

#define NAME_MIN 8
#define NAME_MAX 32
#define SINCE_COLS 15 /* " since 12:34:56" */
#define REASON_MIN 10
#define WORDS 78 /* from here on connections have their unit in full */

const char *backends_state_word(const struct snap_backend *backend, double slow_ms, unsigned *role)
{
    switch (backend->state) {
    case BACKEND_ONLINE:
        *role = backend->response_ms > slow_ms ? ROLE_STATE_SLOW : ROLE_STATE_UP;
        return *role == ROLE_STATE_SLOW ? "SLOW" : "UP";
    case BACKEND_OFFLINE:
        *role = ROLE_STATE_DOWN;
        return "DOWN";
    case BACKEND_TIMEOUT:
        *role = ROLE_STATE_DOWN;
        return "TIMEOUT";
    default:
        *role = ROLE_STATE_UNKNOWN;
        return "UNKNOWN";
    }
}

/* Where the columns of a row are, counted from the area's left edge. */
struct places {
    unsigned name_cols, version, state, answer, conns, conns_cols, rate, spark;
};

/* Names get what they need as far as figures and reasons leave room for it. */
static struct places place(unsigned cols, const struct snap *snap)
{
    unsigned most = cols * 3 / 10, longest = NAME_MIN;
    most = most < NAME_MIN ? NAME_MIN : most > NAME_MAX ? NAME_MAX : most;
    for (unsigned i = 0; i < snap->backend_count && longest < most; i++) {
        unsigned columns = grid_columns(snap->backends[i].name);
        longest = columns < longest ? longest : columns < most ? columns : most;
    }
    struct places p = {.name_cols = longest, .conns_cols = cols >= WORDS ? 10 : 6};
    p.version = 1 + p.name_cols + 1;
    p.state = p.version + 3;
    p.answer = p.state + 8;
    p.conns = p.answer + 9;
    p.rate = p.conns + p.conns_cols + 1;
    p.spark = p.rate + 9;
    return p;
}

/* Why there is no answer, and since when; the time stays in sight where both do not fit. */
static void draw_reason(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
                        const struct snap_backend *backend)
{
    char clock[CLOCK_ISO_MAX];
    unsigned since = cols >= REASON_MIN + SINCE_COLS ? SINCE_COLS : 0;
    unsigned used = grid_text_cut(g, row, col, cols - since, role, backend->reason);
    if (since > 0)
        grid_textf(g, row, col + used, cols - used, role, " since %s",
                   clock_hms(clock, backend->since_ms));
}

static void draw_backend(struct grid *g, struct area area, const struct view *view,
                         const struct snap_backend *backend)
{
    struct places p = place(area.cols, view->snap);
    char text[64], figure[HUMAN_MAX];
    unsigned role, row = area.row, col = area.col;
    const char *word = backends_state_word(backend, view->slow_ms, &role);
    bool down = role == ROLE_STATE_DOWN;
    grid_text_cut(g, row, col + 1, p.name_cols, ROLE_TEXT, backend->name);
    grid_textf(g, row, col + p.version, 2, backend->version == 3 ? ROLE_VERSION_3 : ROLE_VERSION_4,
               "v%u", backend->version);
    grid_text(g, row, col + p.state, 7, role, word);
    if (down) {
        /* The reason needs more room than a figure, and there is hardly any traffic to show. */
        draw_reason(g, row, col + p.answer, area.cols - p.answer - 1, role, backend);
        return;
    }
    if (backend->response_ms >= 0) {
        snprintf(text, sizeof(text), backend->response_ms < 99.95 ? "%.1fms" : "%.0fms",
                 backend->response_ms);
        grid_right(g, row, col + p.answer, 8, role == ROLE_STATE_SLOW ? role : ROLE_TEXT, text);
    }
    draw_conns(g, row, col + p.conns, p.conns_cols, backend->connections);
    snprintf(text, sizeof(text), "%s/s", human_size(figure, backend->rate_in + backend->rate_out));
    grid_right(g, row, col + p.rate, 7, ROLE_TEXT, text);
    if (area.cols > p.spark + 8)
        draw_spark_both(g, row, col + p.spark, area.cols - p.spark - 1, ROLE_DIM, backend->history,
                        view->snap->seq + backend->version);
}

static void draw_heads(struct grid *g, struct area area, const struct view *view, unsigned shown)
{
    const struct snap *snap = view->snap;
    struct places p = place(area.cols, snap);
    unsigned row = area.row, col = area.col;
    char title[64] = "Backends";
    if (shown < snap->backend_count)
        snprintf(title, sizeof(title), "Backends (%u of %u)", shown, snap->backend_count);
    unsigned from = draw_rule(g, area, title);
    draw_rule_head(g, row, &from, col + p.answer + 8, "answer");
    draw_rule_head(g, row, &from, col + p.rate + 7, "in+out");
    if (area.cols > p.spark + 8)
        draw_rule_head(g, row, &from, col + p.spark + 6, "60 s");
    if (!view_read_only(view))
        draw_rule_head(g, row, &from, col + area.cols - 3, "c = check now");
}

void backends_draw(struct grid *g, struct area area, const struct view *view)
{
    const struct snap *snap = view->snap;
    if (area.rows == 0)
        return;
    unsigned rows = area.rows - 1, at = 0;
    unsigned first = view->scroll < snap->backend_count ? view->scroll : snap->backend_count;
    unsigned rest = snap->backend_count - first;
    bool all = snap->backend_count <= rows;
    draw_heads(g, area, view, rest < rows ? rest : rows);
    /* One pass in the configured order; where they do not all fit, troubles first. */
    for (unsigned pass = all ? 1 : 0; pass < 2; pass++) {
        for (unsigned i = 0; i < snap->backend_count; i++) {
            unsigned role;
            backends_state_word(&snap->backends[i], view->slow_ms, &role);
            bool trouble = role == ROLE_STATE_DOWN || role == ROLE_STATE_SLOW;
            if (!all && trouble != (pass == 0))
                continue;
            if (at >= first && at - first < rows)
                draw_backend(g, (struct area){area.row + 1 + at - first, area.col, 1, area.cols},
                             view, &snap->backends[i]);
            at++;
        }
    }
}
