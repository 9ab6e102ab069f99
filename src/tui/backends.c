/*
 * Backends: a word for the state, the time of the last answer or the reason there was none, load,
 * and the last checks. Where not all fit, those in trouble come first.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"

#define NAME_MIN 8
#define NAME_MAX 32
#define SINCE_COLS 15 /* " since 12:34:56" */
#define REASON_MIN 10
#define STATE_COLS 8
#define CHECKS_MIN 8
#define CHECKS_MAX SNAP_CHECKS
#define SPARK_MIN 10
#define WIDE 118 /* columns from which sparklines are longer */
#define SPARK_WIDE 30

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

unsigned backends_rank(const struct snap_backend *backend)
{
    unsigned role;
    backends_state_word(backend, &role);
    return role == ROLE_STATE_DOWN || role == ROLE_STATE_SLOW ? 0
           : role == ROLE_STATE_DRAIN                         ? 1
                                                              : 2;
}

/* Where the columns of a row are, counted from the area's left edge; 0: not there. */
struct places {
    unsigned name_cols, version, state, answer, conns, conns_cols, rate, playing, load, since,
        spark, spark_cols, checks, checks_cols;
};

/* Takes columns, and one between, out of what is left; 0 where it is not enough. */
static unsigned take(unsigned *spare, unsigned cols)
{
    if (*spare < cols + 1)
        return 0;
    *spare -= cols + 1;
    return cols;
}

/* Names get what they need as far as figures and reasons leave room for it. */
static unsigned name_cols(unsigned cols, const struct snap *snap)
{
    unsigned most = cols * 3 / 10, longest = NAME_MIN;
    most = most < NAME_MIN ? NAME_MIN : most > NAME_MAX ? NAME_MAX : most;
    for (unsigned i = 0; i < snap->backend_count && longest < most; i++) {
        unsigned columns = grid_columns(snap->backends[i].name);
        longest = columns < longest ? longest : columns < most ? columns : most;
    }
    return longest;
}

/* Whether anything is seen to play anywhere. */
static bool has_players(const struct snap *snap)
{
    unsigned i = 0;
    while (i < snap->backend_count && snap->backends[i].seen_players == 0)
        i++;
    return i < snap->backend_count;
}

/* Whether any node tells how busy it is. */
static bool has_stats(const struct snap *snap)
{
    unsigned i = 0;
    while (i < snap->backend_count && !snap->backends[i].stats.known)
        i++;
    return i < snap->backend_count;
}

/* What stands in every row first; then by what an operator would miss most. */
static struct places place(unsigned cols, const struct snap *snap)
{
    struct places p = {.name_cols = name_cols(cols, snap), .conns_cols = 4};
    p.version = 1 + p.name_cols + 1;
    p.state = p.version + 3;
    p.answer = p.state + STATE_COLS;
    p.conns = p.answer + 9;
    unsigned col = p.conns + p.conns_cols + 1 + 7 + 1, spare = cols > col ? cols - col : 0;
    p.checks_cols = take(&spare, CHECKS_MIN);
    p.spark_cols = take(&spare, SPARK_MIN);
    bool stats = has_stats(snap);
    unsigned playing = stats || has_players(snap) ? take(&spare, 7) : 0, since = take(&spare, 5);
    unsigned load = stats ? take(&spare, 4) : 0;
    if (spare >= 5) { /* "17 conns" */
        p.conns_cols += 5;
        spare -= 5;
    }
    unsigned more = (cols >= WIDE ? SPARK_WIDE : DRAW_BOTH_COLS) - SPARK_MIN;
    more = p.spark_cols == 0 ? 0 : spare < more ? spare : more;
    p.spark_cols += more;
    spare -= more;
    if (p.checks_cols > 0)
        p.checks_cols += spare < CHECKS_MAX - CHECKS_MIN ? spare : CHECKS_MAX - CHECKS_MIN;
    p.rate = p.conns + p.conns_cols + 1;
    col = p.rate + 8;
    p.playing = playing > 0 ? col : 0;
    col += playing > 0 ? playing + 1 : 0;
    p.load = load > 0 ? col : 0;
    col += load > 0 ? load + 1 : 0;
    p.since = since > 0 ? col : 0;
    col += since > 0 ? since + 1 : 0;
    p.spark = col;
    p.checks = cols - 1 - p.checks_cols;
    return p;
}

/* Why there is no answer, and since when; the time stays in sight where both do not fit. Of a
 * draining one only what it still waits for. It has `most` columns; true when it took more than
 * those of the area. */
static bool draw_reason(struct grid *g, struct area area, const struct view *view, unsigned most,
                        unsigned role, const struct snap_backend *backend)
{
    char clock[CLOCK_ISO_MAX], text[MASK_TEXT_MAX];
    unsigned row = area.row, col = area.col;
    bool timed = role == ROLE_STATE_DOWN && most >= REASON_MIN + SINCE_COLS;
    unsigned since = timed ? SINCE_COLS : 0;
    unsigned used = grid_text_cut(g, row, col, most - since, role,
                                  mask_text(&view->mask, text, sizeof(text), backend->reason));
    if (since > 0)
        used += grid_textf(g, row, col + used, most - used, role, " since %s",
                           clock_hms(clock, backend->since_ms));
    return used > area.cols;
}

void backends_draw_checks(struct grid *g, unsigned row, unsigned col, unsigned cols,
                          const struct snap_backend *backend)
{
    /* Each step about twice the time of the one before: all backends have the same scale. */
    static const float steps[] = {2, 5, 10, 25, 50, 100, 250};
    unsigned count = backend->check_count < cols ? backend->check_count : cols;
    for (unsigned i = 0; i < count; i++) {
        float ms = backend->checks[backend->check_count - count + i];
        unsigned at = col + cols - count + i, level = 1;
        while (level <= sizeof(steps) / sizeof(steps[0]) && ms >= steps[level - 1])
            level++;
        if (ms < 0)
            grid_text(g, row, at, 1, ROLE_STATE_DOWN, "x");
        else
            draw_level(g, row, at, ROLE_SPARK, level);
    }
}

static void draw_load(struct grid *g, struct area area, const struct view *view,
                      const struct snap_backend *backend, const struct places *p)
{
    const struct node_stats *stats = &backend->stats;
    unsigned row = area.row, col = area.col;
    char text[HUMAN_MAX];
    int64_t since = (view->snap->wall_ms - backend->since_ms) / 1000;
    if (p->playing > 0) {
        snprintf(text, sizeof(text), "%u/%u", backend->seen_playing, backend->seen_players);
        if (strlen(text) > 7) /* thousands: those that play alone */
            human_size(text, backend->seen_playing);
        grid_right(g, row, col + p->playing, 7, ROLE_TEXT, text);
    }
    if (p->load > 0 && stats->known && stats->system_load >= 0) {
        snprintf(text, sizeof(text), "%.0f%%", stats->system_load * 100);
        grid_right(g, row, col + p->load, 4, ROLE_TEXT, text);
    }
    /* Its seconds are nobody's business, and would be bytes in every quiet second. */
    if (p->since > 0)
        grid_right(g, row, col + p->since, 5, ROLE_DIM,
                   since < 60 ? "<1m" : human_age(text, (uint64_t)since));
}

char *backends_answer(char out[HUMAN_MAX], const struct snap_backend *backend)
{
    if (backend->response_ms < 0)
        snprintf(out, HUMAN_MAX, "-");
    else
        snprintf(out, HUMAN_MAX, backend->response_ms < 99.95 ? "%.1fms" : "%.0fms",
                 backend->response_ms);
    return out;
}

/* Of one that answers. */
static void draw_figures(struct grid *g, struct area area, const struct view *view,
                         const struct snap_backend *backend, const struct places *p)
{
    unsigned role = backend->state == BACKEND_SLOW ? ROLE_STATE_SLOW : ROLE_TEXT;
    unsigned row = area.row, col = area.col;
    char text[HUMAN_MAX + 2], figure[HUMAN_MAX];
    grid_right(g, row, col + p->answer, 8, role,
               backend->response_ms < 0 ? "" : backends_answer(figure, backend));
    draw_conns(g, row, col + p->conns, p->conns_cols, backend->connections);
    if (view->units == UNITS_MESSAGES)
        snprintf(text, sizeof(text), "%s/s", draw_messages(figure, backend->rate_messages));
    else
        snprintf(text, sizeof(text), "%s%s",
                 draw_size(g, figure, draw_unit(view, backend->rate_in + backend->rate_out)),
                 view->units == UNITS_BITS ? "b" : "/s");
    grid_right(g, row, col + p->rate, 7, ROLE_TEXT, text);
    draw_load(g, area, view, backend, p);
    if (p->spark_cols > 0)
        draw_spark_both(g, row, col + p->spark, p->spark_cols, ROLE_SPARK, backend->history,
                        view->snap->second + backend->version);
}

static void draw_backend(struct grid *g, struct area area, const struct view *view,
                         const struct snap_backend *backend)
{
    struct places p = place(area.cols, view->snap);
    unsigned role, row = area.row, col = area.col;
    const char *word = backends_state_word(backend, &role);
    grid_text_cut(g, row, col + 1, p.name_cols, ROLE_TEXT, backend->name);
    grid_textf(g, row, col + p.version, 2, backend->version == 3 ? ROLE_VERSION_3 : ROLE_VERSION_4,
               "v%u", backend->version);
    unsigned used = grid_text(g, row, col + p.state, STATE_COLS, role, word);
    bool checks = p.checks_cols > 0;
    if (role == ROLE_STATE_DOWN || role == ROLE_STATE_DRAIN) {
        /* The reason needs more room than a figure, and there is hardly any traffic to show. */
        unsigned reason = p.state + used < p.answer ? p.answer : p.state + used + 1;
        checks = !draw_reason(g, (struct area){row, col + reason, 1, p.checks - 1 - reason}, view,
                              area.cols - 1 - reason, role, backend) &&
                 checks;
    } else {
        draw_figures(g, area, view, backend, &p);
    }
    if (checks)
        backends_draw_checks(g, row, col + p.checks, p.checks_cols, backend);
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
    draw_rule_head(g, row, &from, col + p.rate + 7,
                   view->units == UNITS_MESSAGES ? "msgs" : "in+out");
    if (p.playing > 0)
        draw_rule_head(g, row, &from, col + p.playing + 7, "playing");
    if (p.load > 0)
        draw_rule_head(g, row, &from, col + p.load + 4, "cpu");
    if (p.since > 0)
        draw_rule_head(g, row, &from, col + p.since + 5, "since");
    if (p.spark_cols > 0)
        draw_rule_head(g, row, &from, col + p.spark + p.spark_cols, "60 s");
    if (p.checks_cols > 0)
        draw_rule_head(g, row, &from, col + area.cols - 1, "checks");
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
    if (list->rows.count == 0)
        grid_text(g, area.row + 1, area.col + 1, area.cols - 1, ROLE_DIM,
                  "none is configured: nothing can be served");
}
