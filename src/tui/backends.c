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
#define STATE_COLS 8
#define WORDS 78 /* from here on connections have their unit in full */

const char *backends_state_word(const struct snap_backend *backend, unsigned *role)
{
    static const struct {
        const char *word;
        unsigned role;
    } states[BACKEND_STATE_COUNT] = {
        [BACKEND_UNKNOWN] = {"UNKNOWN", ROLE_STATE_UNKNOWN},
        [BACKEND_ONLINE] = {"UP", ROLE_STATE_UP},
        [BACKEND_SLOW] = {"SLOW", ROLE_STATE_SLOW},
        [BACKEND_OFFLINE] = {"DOWN", ROLE_STATE_DOWN},
        [BACKEND_TIMEOUT] = {"TIMEOUT", ROLE_STATE_DOWN},
        [BACKEND_UNAUTHORIZED] = {"UNAUTH", ROLE_STATE_DOWN},
        [BACKEND_MISMATCH] = {"MISMATCH", ROLE_STATE_DOWN},
        [BACKEND_DRAINING] = {"DRAIN", ROLE_STATE_DRAIN},
    };
    /* One that the configuration no longer has is on its way out, whatever a check says. */
    enum backend_state state = backend->removed ? BACKEND_DRAINING : backend->state;
    *role = states[state].role;
    return states[state].word;
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
    p.answer = p.state + STATE_COLS;
    p.conns = p.answer + 9;
    p.rate = p.conns + p.conns_cols + 1;
    p.spark = p.rate + 9;
    return p;
}

/* Why there is no answer, and since when; the time stays in sight where both do not fit. Of a
 * draining one only what it still waits for. */
static void draw_reason(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
                        const struct snap_backend *backend)
{
    char clock[CLOCK_ISO_MAX];
    bool timed = role == ROLE_STATE_DOWN && cols >= REASON_MIN + SINCE_COLS;
    unsigned since = timed ? SINCE_COLS : 0;
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
    const char *word = backends_state_word(backend, &role);
    grid_text_cut(g, row, col + 1, p.name_cols, ROLE_TEXT, backend->name);
    grid_textf(g, row, col + p.version, 2, backend->version == 3 ? ROLE_VERSION_3 : ROLE_VERSION_4,
               "v%u", backend->version);
    unsigned used = grid_text(g, row, col + p.state, STATE_COLS, role, word);
    if (role == ROLE_STATE_DOWN || role == ROLE_STATE_DRAIN) {
        /* The reason needs more room than a figure, and there is hardly any traffic to show. */
        unsigned reason = p.state + used < p.answer ? p.answer : p.state + used + 1;
        draw_reason(g, row, col + reason, area.cols - reason - 1, role, backend);
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
    unsigned from = draw_rule(g, area, view, PANEL_BACKENDS, title);
    draw_rule_head(g, row, &from, col + p.answer + 8, "answer");
    draw_rule_head(g, row, &from, col + p.rate + 7, "in+out");
    if (area.cols > p.spark + 8)
        draw_rule_head(g, row, &from, col + p.spark + 6, "60 s");
    if (!view_read_only(view))
        draw_rule_head(g, row, &from, col + area.cols - 3, "c = check now");
}

unsigned backends_rank(const struct snap_backend *backend)
{
    unsigned role;
    backends_state_word(backend, &role);
    return role == ROLE_STATE_DOWN || role == ROLE_STATE_SLOW ? 0
           : role == ROLE_STATE_DRAIN                         ? 1
                                                              : 2;
}

void backends_draw(struct grid *g, struct area area, struct view *view)
{
    struct backend_list *list = &view->panels.backends;
    panels_fit_backends(view, area.rows - 1);
    unsigned shown, first = draw_window(area, view, PANEL_BACKENDS, &list->rows, &shown);
    draw_heads(g, area, view, shown);
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_backend *backend = &view->snap->backends[list->order[first + i]];
        struct area row = {area.row + 1 + i, area.col, 1, area.cols};
        draw_backend(g, row, view, backend);
        grid_target(g, row, TARGET_BACKEND, backend->slot);
        if (list->rows.picked && list->rows.at == first + i)
            draw_picked(g, row, view, PANEL_BACKENDS);
    }
}
