/*
 * The first lines: who we are, how long, how many, how much; and standing warnings, which stay in
 * sight at every size. At tiny sizes these few lines are all there is.
 */
#include "tui/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "conf/config.h"

#define WIDE 130
#define NARROW 80
#define FLOW_COLS 30
#define STATES_COL 64

static uint64_t uptime_of(const struct snap *snap)
{
    int64_t ms = snap->wall_ms - snap->started_ms;
    return ms < 0 ? 0 : (uint64_t)ms / 1000;
}

unsigned header_rows(const struct view *view, unsigned cols)
{
    unsigned rows = cols >= WIDE ? 3 : 2;
    return view->snap != NULL && view->snap->warning_count > 0 ? rows + 1 : rows;
}

/* "v4 3/4 up  v3 1/1 up" */
static void backends_up(struct str *out, const struct snap *snap)
{
    for (unsigned version = 4; version >= 3; version--) {
        unsigned all = 0, up = 0;
        for (unsigned i = 0; i < snap->backend_count; i++) {
            all += snap->backends[i].version == version;
            up += snap->backends[i].version == version && snap->backends[i].state == BACKEND_ONLINE;
        }
        if (all > 0)
            str_addf(out, "%sv%u %u/%u up", out->len > 0 ? "  " : "", version, up, all);
    }
}

static bool all_backends_up(const struct snap *snap)
{
    for (unsigned i = 0; i < snap->backend_count; i++)
        if (snap->backends[i].state == BACKEND_OFFLINE ||
            snap->backends[i].state == BACKEND_TIMEOUT)
            return false;
    return true;
}

static void draw_first_row(struct grid *g, struct area area, const struct view *view)
{
    const struct snap *snap = view->snap;
    char uptime[HUMAN_MAX], clock[CLOCK_ISO_MAX], line[400], limit[32] = "", mode[32];
    struct str text;
    bool wide = area.cols >= WIDE;
    str_fixed(&text, line, sizeof(line));
    human_uptime(uptime, uptime_of(snap));
    /* Seconds only where there is room for them: they move every frame. */
    char *last = strrchr(uptime, ':');
    if (!wide && last != NULL && strchr(uptime, 'd') != NULL)
        *last = '\0';
    if (wide && snap->limit_connections != CONFIG_NO_LIMIT)
        snprintf(limit, sizeof(limit), "/%llu", (unsigned long long)snap->limit_connections);
    str_addf(&text, "  up %s   %u%s conns", uptime, snap->conn_count, limit);
    if (area.cols >= NARROW)
        str_addf(&text, "   %u IPs", view->model.active_ips);
    if (wide && snap->web[0] != '\0')
        str_addf(&text, "   web %s", snap->web);
    if (view->read_only || snap->read_only)
        str_add_text(&text, "   read-only");

    unsigned room = area.cols > 24 ? area.cols - 24 : 0;
    unsigned col = area.col;
    col += grid_text(g, area.row, col, room, ROLE_TITLE, area.cols >= NARROW ? " lavaproxy " : " ");
    unsigned left = room - (col - area.col);
    unsigned rest = (unsigned)text.len;
    col += grid_text(g, area.row, col, left > rest ? left - rest : 0, ROLE_TEXT, snap->listen);
    grid_text(g, area.row, col, room - (col - area.col), ROLE_TEXT, line);

    snprintf(mode, sizeof(mode), "%s %gs", snap->demo ? "DEMO" : "LIVE", view->refresh);
    clock_hms(clock, snap->wall_ms);
    if (area.cols >= 40) {
        grid_text(g, area.row, area.col + area.cols - 20, 9, snap->demo ? ROLE_DEMO : ROLE_HEADER,
                  mode);
        grid_right(g, area.row, area.col + area.cols - 10, 9, ROLE_TEXT, clock);
    }
}

static void draw_flow(struct grid *g, struct area area, const struct snap *snap, bool out)
{
    char rate[HUMAN_MAX], total[HUMAN_MAX];
    uint64_t now = out ? snap->rate_out : snap->rate_in;
    grid_text(g, area.row, area.col, 5, ROLE_TEXT, out ? " out" : " in");
    grid_textf(g, area.row, area.col + 5, 8, ROLE_HEADER, "%5s/s", human_size(rate, now));
    draw_spark(g, area.row, area.col + 14, FLOW_COLS, ROLE_DIM,
               out ? snap->history->out : snap->history->in, snap->seq + out);
    grid_textf(g, area.row, area.col + 14 + FLOW_COLS + 2, 20, ROLE_TEXT, "total %s",
               human_size(total, out ? snap->bytes_out : snap->bytes_in));
}

static void draw_flows_narrow(struct grid *g, struct area area, const struct snap *snap)
{
    char in[HUMAN_MAX], out[HUMAN_MAX], in_total[HUMAN_MAX], out_total[HUMAN_MAX], states[80];
    struct str text;
    str_fixed(&text, states, sizeof(states));
    backends_up(&text, snap);
    unsigned used = grid_textf(g, area.row, area.col, area.cols, ROLE_TEXT, " in %s/s  out %s/s  ",
                               human_size(in, snap->rate_in), human_size(out, snap->rate_out));
    if (area.cols >= NARROW)
        used += grid_textf(g, area.row, area.col + used, area.cols - used, ROLE_TEXT,
                           "total %s in %s out   ", human_size(in_total, snap->bytes_in),
                           human_size(out_total, snap->bytes_out));
    grid_text(g, area.row, area.col + used, area.cols - used,
              all_backends_up(snap) ? ROLE_TEXT : ROLE_STATE_DOWN, states);
}

void header_draw(struct grid *g, struct area area, const struct view *view)
{
    const struct snap *snap = view->snap;
    draw_first_row(g, area, view);
    area.row++;
    if (area.cols >= WIDE) {
        char states[80];
        struct str text;
        draw_flow(g, area, snap, false);
        area.row++;
        draw_flow(g, area, snap, true);
        str_fixed(&text, states, sizeof(states));
        backends_up(&text, snap);
        grid_text(g, area.row, area.col + STATES_COL, area.cols - STATES_COL,
                  all_backends_up(snap) ? ROLE_TEXT : ROLE_STATE_DOWN, states);
    } else {
        draw_flows_narrow(g, area, snap);
    }
    area.row++;
    if (snap->warning_count == 1)
        grid_textf(g, area.row, area.col, area.cols, ROLE_WARNING, " ! %s", snap->warnings[0]);
    else if (snap->warning_count > 1)
        grid_textf(g, area.row, area.col, area.cols, ROLE_WARNING, " ! (1 of %u) %s",
                   snap->warning_count, snap->warnings[0]);
}

/* "down: us-b (v4)  slow: us-a" */
static void draw_troubles(struct grid *g, unsigned row, const struct view *view)
{
    unsigned col = 0;
    for (unsigned i = 0; i < view->snap->backend_count && col < g->cols; i++) {
        const struct snap_backend *backend = &view->snap->backends[i];
        unsigned role;
        const char *word = backends_state_word(backend, view->slow_ms, &role);
        if (role != ROLE_STATE_UP && role != ROLE_STATE_UNKNOWN)
            col += grid_textf(g, row, col, g->cols - col, role, "%s: %s (v%u)  ", word,
                              backend->name, backend->version);
    }
    if (col == 0)
        grid_text(g, row, 0, g->cols, ROLE_TEXT, "backends: none down");
}

void header_draw_tiny(struct grid *g, const struct view *view)
{
    const struct snap *snap = view->snap;
    char out[HUMAN_MAX];
    unsigned used = grid_textf(g, 0, 0, g->cols, ROLE_TITLE, "lavaproxy%s %uc ",
                               snap->demo ? " DEMO" : "", snap->conn_count);
    grid_textf(g, 0, used, g->cols - (used < g->cols ? used : g->cols), ROLE_TEXT, "out %s/s%s",
               human_size(out, snap->rate_out),
               band_mark(band_of(snap->rate_out, snap->band_medium, snap->band_high)));
    if (g->rows > 1)
        draw_troubles(g, 1, view);
    if (g->rows > 2)
        grid_textf(g, 2, 0, g->cols, ROLE_TEXT, "need 60x12, have %ux%u", g->cols, g->rows);
    if (g->rows > 3)
        grid_text(g, 3, 0, g->cols, ROLE_TEXT, "q leave");
    if (g->rows > 4 && snap->warning_count > 0)
        grid_textf(g, 4, 0, g->cols, ROLE_WARNING, "! %s", snap->warnings[0]);
}
