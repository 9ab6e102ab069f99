/*
 * The first lines: who we are, how long, how many, how much, and what is wrong; standing warnings
 * stay in sight at every size. Each line has several forms, from the fullest to the shortest, and
 * takes the first that fits. At tiny sizes these few lines are all there is.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "conf/config.h"
#include "tui/alerts.h"
#include "tui/badges.h"
#include "tui/flow_times.h"
#include "tui/plan.h"

#define SPARK_NARROW 10
#define SPARK_WIDE 30
#define STATES_COLS 24 /* of the backends, where rates and they share a row */
#define FILTER_COLS 15
#define TIMES_FROM 42 /* rows of a window that has one to spare for times */
#define LIMIT_PART 5  /* with less than a fifth of it free, a limit is shown at every width */

bool header_has_times(const struct view *view, unsigned rows, unsigned cols)
{
    return cols >= PLAN_WIDE && rows >= TIMES_FROM && view->snap != NULL &&
           view->snap->bot_count > 0;
}

unsigned header_rows(const struct view *view, unsigned rows, unsigned cols)
{
    bool warns = view->snap != NULL && view->snap->warning_count > 0;
    return (cols >= PLAN_WIDE ? 3u : 2u) + header_has_times(view, rows, cols) + warns;
}

static void add_states(struct str *out, const struct snap *snap, bool with_drains)
{
    for (unsigned version = 4; version >= 3; version--) {
        unsigned all = 0, up = 0, draining = 0;
        for (unsigned i = 0; i < snap->backend_count; i++) {
            const struct snap_backend *backend = &snap->backends[i];
            if (backend->version != version || backend->removed)
                continue;
            all++;
            up += backend_state_is_up(backend->state);
            draining += backend->state == BACKEND_DRAINING;
        }
        if (all == 0)
            continue;
        str_addf(out, "%sv%u %u/%u up", out->len > 0 ? "  " : "", version, up, all);
        if (draining > 0 && with_drains)
            str_addf(out, ", %u drain%s", draining, draining == 1 ? "s" : "");
    }
}

/* "v4 3/4 up, 1 drains  v3 1/1 up", of what is configured; what drains only where there is room. */
static void backends_up(struct str *out, const struct snap *snap, unsigned room)
{
    add_states(out, snap, true);
    if (out->len <= room)
        return;
    str_reset(out);
    add_states(out, snap, false);
}

static bool all_backends_up(const struct snap *snap)
{
    for (unsigned i = 0; i < snap->backend_count; i++) {
        unsigned role;
        backends_state_word(&snap->backends[i], &role);
        if (role == ROLE_STATE_DOWN)
            return false;
    }
    return true;
}

/* How the addresses we listen on are written; none is ever cut. */
enum listen_form { LISTEN_FULL, LISTEN_PORTS, LISTEN_FIRST_PORT };

static void add_listen(struct str *out, const char *listen, enum listen_form form, bool masked)
{
    if (masked && form == LISTEN_FULL) /* our own addresses are nobody's business either */
        form = LISTEN_PORTS;
    unsigned others = 0;
    for (const char *word = listen; *word != '\0';) {
        size_t len = strcspn(word, " ");
        const char *port = memrchr(word, ':', len);
        if (word > listen && form == LISTEN_FIRST_PORT) {
            others++;
        } else {
            size_t host = form == LISTEN_FULL || port == NULL ? 0 : (size_t)(port - word);
            str_addf(out, "%s%.*s", word > listen ? " " : "", (int)(len - host), word + host);
        }
        word += len + (word[len] == ' ');
    }
    if (others > 0)
        str_addf(out, " +%u", others);
}

/* --- the first row --- */

enum players_form { PLAYERS_NONE, PLAYERS_PLAYING, PLAYERS_ALL };

struct title_form {
    bool name, ips, clock, extras, tight;
    enum players_form players;
    enum listen_form listen;
};

static void add_uptime(struct str *text, const struct snap *snap, bool seconds)
{
    char uptime[HUMAN_MAX];
    int64_t ms = snap->wall_ms - snap->started_ms;
    human_uptime(uptime, ms < 0 ? 0 : (uint64_t)ms / 1000);
    /* Seconds only where there is room for them: they move every frame. */
    char *last = strrchr(uptime, ':');
    if (!seconds && last != NULL && strchr(uptime, 'd') != NULL)
        *last = '\0';
    str_addf(text, "  up %s", uptime);
}

struct seen {
    unsigned players, playing;
};

/* A picture of the past has no players, but how many there were at each backend. */
static struct seen count_seen(const struct snap *snap)
{
    struct seen seen = {snap->player_count, snap->playing_count};
    for (unsigned i = 0; snap->player_count == 0 && i < snap->backend_count; i++) {
        seen.players += snap->backends[i].seen_players;
        seen.playing += snap->backends[i].seen_playing;
    }
    return seen;
}

/* "  up 3d04:12   38/4096 conns   97/156 playing   12 IPs now" */
static void add_figures(struct str *text, unsigned cols, const struct view *view,
                        const struct title_form *form)
{
    const struct snap *snap = view->snap;
    const char *gap = form->tight ? "  " : "   ";
    uint64_t limit = snap->limit_connections;
    bool near = limit != CONFIG_NO_LIMIT && snap->conn_count >= limit - limit / LIMIT_PART;
    add_uptime(text, snap, cols >= PLAN_WIDE);
    if (near || (cols >= PLAN_WIDE && limit != CONFIG_NO_LIMIT))
        str_addf(text, "%s%u/%llu conns", gap, snap->conn_count, (unsigned long long)limit);
    else
        str_addf(text, "%s%u conn%s", gap, snap->conn_count, snap->conn_count == 1 ? "" : "s");
    struct seen seen = count_seen(snap);
    if (form->players != PLAYERS_NONE && seen.players > 0)
        str_addf(text, "%s%u", gap, seen.playing);
    if (form->players == PLAYERS_ALL && seen.players > 0)
        str_addf(text, "/%u", seen.players);
    if (form->players != PLAYERS_NONE && seen.players > 0)
        str_add_text(text, " playing");
    if (form->ips)
        str_addf(text, "   %u IP%s now", view->panels.ips.active,
                 view->panels.ips.active == 1 ? "" : "s");
    if (form->extras && view->panels.kinds > 0)
        str_addf(text, "   %u kind%s of clients", view->panels.kinds,
                 view->panels.kinds == 1 ? "" : "s");
    if (form->extras && snap->web[0] != '\0') {
        str_add_text(text, "   web ");
        add_listen(text, snap->web, form->listen, view->mask.on);
    }
}

static void draw_first_row(struct grid *g, struct area area, const struct view *view)
{
    static const struct title_form forms[] = {
        {true, true, true, true, false, PLAYERS_ALL, LISTEN_FULL},
        {true, true, true, true, false, PLAYERS_ALL, LISTEN_PORTS},
        {true, true, true, false, false, PLAYERS_ALL, LISTEN_FULL},
        {true, true, true, false, false, PLAYERS_ALL, LISTEN_PORTS},
        {true, false, true, false, false, PLAYERS_ALL, LISTEN_PORTS},
        {true, false, true, false, true, PLAYERS_ALL, LISTEN_PORTS},
        {true, false, true, false, true, PLAYERS_PLAYING, LISTEN_PORTS},
        {false, true, true, false, false, PLAYERS_ALL, LISTEN_PORTS},
        {false, false, true, false, false, PLAYERS_ALL, LISTEN_PORTS},
        {true, false, true, false, false, PLAYERS_NONE, LISTEN_PORTS},
        {false, false, true, false, false, PLAYERS_NONE, LISTEN_PORTS},
        {false, false, false, false, false, PLAYERS_NONE, LISTEN_PORTS},
        {false, false, false, false, false, PLAYERS_NONE, LISTEN_FIRST_PORT}};
    const size_t count = sizeof(forms) / sizeof(forms[0]);
    const bool wide = area.cols >= PLAN_WIDE;
    char figures_text[300], listen_text[400];
    struct str figures, listen;
    const char *name;
    unsigned room;
    size_t i = wide ? 0 : 2;
    for (;; i++) {
        str_fixed(&figures, figures_text, sizeof(figures_text));
        str_fixed(&listen, listen_text, sizeof(listen_text));
        add_figures(&figures, area.cols, view, &forms[i]);
        add_listen(&listen, view->snap->listen, forms[i].listen, view->mask.on);
        room = badges_columns(view, forms[i].clock);
        room = area.cols > room ? area.cols - room : 0;
        name = !forms[i].name ? " " : wide ? " lavaproxy " LAVAPROXY_VERSION "  " : " lavaproxy ";
        if (strlen(name) + listen.len + figures.len <= room || i + 1 == count)
            break;
    }
    unsigned col = area.col, end = area.col + room;
    col += grid_text(g, area.row, col, room, ROLE_TITLE, name);
    col += grid_text(g, area.row, col, end - col, ROLE_TEXT, listen.ptr);
    grid_text(g, area.row, col, end - col, ROLE_TEXT, figures.ptr);
    badges_draw(g, area, view, forms[i].clock);
}

/* --- rates --- */

/* "84.2K/s! " in ten columns, in the colour of its band; one more in bits. */
static unsigned draw_flow_rate(struct grid *g, unsigned row, unsigned col, const struct view *view,
                               uint64_t rate)
{
    const struct snap *snap = view->snap;
    char text[HUMAN_MAX];
    unsigned cols = view->units == UNITS_BITS ? 10 : 9;
    grid_textf(g, row, col, cols, draw_band_role(snap, rate), "%*s%s", (int)cols - 2,
               draw_rate_text(text, view, rate), draw_mark(g, snap, rate));
    return cols + 1;
}

static void draw_flow(struct grid *g, struct area area, const struct view *view, bool out)
{
    const struct snap *snap = view->snap;
    char text[HUMAN_MAX];
    const uint32_t *seconds = out ? snap->history->out : snap->history->in;
    unsigned col = area.col + 5;
    uint32_t peak = 0;
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        peak = seconds[i] > peak ? seconds[i] : peak;
    grid_text(g, area.row, area.col, 5, ROLE_TEXT, out ? " out" : " in");
    col += draw_flow_rate(g, area.row, col, view, out ? snap->rate_out : snap->rate_in);
    draw_spark(g, area.row, col, SPARK_WIDE, ROLE_SPARK, seconds, snap->second + out);
    col += SPARK_WIDE + 2;
    col +=
        grid_textf(g, area.row, col, 12, ROLE_DIM, "max %7s", draw_rate_text(text, view, peak)) + 3;
    grid_textf(g, area.row, col, 12, ROLE_TEXT, "total %5s",
               human_size(text, out ? snap->bytes_out : snap->bytes_in));
}

static unsigned draw_states(struct grid *g, struct area area, const struct snap *snap,
                            unsigned room)
{
    char states[80];
    struct str text;
    str_fixed(&text, states, sizeof(states));
    backends_up(&text, snap, room);
    return grid_text(g, area.row, area.col, area.cols,
                     all_backends_up(snap) ? ROLE_TEXT : ROLE_STATE_DOWN, states);
}

/* "alerts 2", to be clicked; nothing where all is well. */
static unsigned draw_alerts(struct grid *g, unsigned row, unsigned col, unsigned cols,
                            const struct alerts *alerts)
{
    if (alerts->wrong == 0)
        return 0;
    unsigned used = grid_textf(g, row, col, cols, alerts->errors ? ROLE_STATE_DOWN : ROLE_WARNING,
                               "alerts %u", alerts->wrong);
    grid_target(g, (struct area){row, col, 1, used}, TARGET_COMMAND, CMD_ALERTS);
    return used;
}

/* "filter: rate>1M   19 of 38", or "filter 19/38" where there is less room. */
static void draw_filter(struct grid *g, struct area area, const struct view *view)
{
    char text[MASK_TEXT_MAX];
    char count[40];
    struct finding_counts counts = finding_counts(view);
    int len = snprintf(count, sizeof(count), "   %u of %u", counts.shown, counts.all);
    if (len < 0 || area.cols < (unsigned)len + 12) {
        grid_textf(g, area.row, area.col, area.cols, ROLE_WARNING, "filter %u/%u", counts.shown,
                   counts.all);
        return;
    }
    unsigned used = grid_text(g, area.row, area.col, area.cols, ROLE_DIM, "filter: ");
    used +=
        grid_text_cut(g, area.row, area.col + used, area.cols - used - (unsigned)len, ROLE_WARNING,
                      mask_text(&view->mask, text, sizeof(text), view->finding.text));
    grid_text(g, area.row, area.col + used, area.cols - used, ROLE_DIM, count);
}

/* What nodes say they play, where nothing of it is seen here: the first row has what is. Their word
 * is up to a minute old. */
static void draw_playing(struct grid *g, struct area area, const struct snap *snap)
{
    if (count_seen(snap).players > 0)
        return;
    unsigned players = 0, playing = 0;
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct node_stats *stats = &snap->backends[i].stats;
        players += stats->known ? stats->players : 0;
        playing += stats->known ? stats->playing : 0;
    }
    if (players > 0)
        grid_textf(g, area.row, area.col, area.cols, ROLE_TEXT, "nodes say %u player%s, %u playing",
                   players, players == 1 ? "" : "s", playing);
}

static void draw_flows_wide(struct grid *g, struct area area, const struct view *view,
                            const struct alerts *alerts)
{
    unsigned start = 5 + 10 + SPARK_WIDE + 2 + 14 + 12 + 3;
    struct area right = {area.row, area.col + start, 1, area.cols - start};
    draw_flow(g, area, view, false);
    unsigned used = draw_states(g, right, view->snap, right.cols) + 4;
    if (used < right.cols)
        draw_playing(g, (struct area){right.row, right.col + used, 1, right.cols - used},
                     view->snap);
    area.row++;
    right.row++;
    draw_flow(g, area, view, true);
    used = draw_alerts(g, right.row, right.col, right.cols, alerts);
    used += used > 0 ? 4 : 0;
    right.col += used;
    right.cols -= used;
    if (finding_is_filtered(&view->finding))
        draw_filter(g, right, view);
    else if (used == 0)
        grid_text(g, right.row, right.col, right.cols, ROLE_DIM, "no alerts");
}

/* Both rates in one row; sparklines, totals as far as there is room. */
static void draw_flows_narrow(struct grid *g, struct area area, const struct view *view,
                              const struct alerts *alerts)
{
    const struct snap *snap = view->snap;
    char in[HUMAN_MAX], out[HUMAN_MAX], totals[3][80], states[80];
    struct str text;
    unsigned row = area.row, col = area.col, end = area.col + area.cols, form = 0;
    bool filtered = finding_is_filtered(&view->finding);
    str_fixed(&text, states, sizeof(states));
    backends_up(&text, snap, STATES_COLS);
    snprintf(totals[0], sizeof(totals[0]), "total %5s in %5s out   ",
             human_size(in, snap->bytes_in), human_size(out, snap->bytes_out));
    snprintf(totals[1], sizeof(totals[1]), "total %5s   ",
             human_size(in, snap->bytes_in + snap->bytes_out));
    totals[2][0] = '\0';
    unsigned fixed = 4 + 10 + 5 + 10 + grid_columns(states) + (alerts->wrong > 0 ? 12 : 0) +
                     (filtered ? FILTER_COLS : 0);
    unsigned sparks = fixed + 2 * (SPARK_NARROW + 2) <= area.cols ? SPARK_NARROW + 2 : 0;
    while (form < 2 && fixed + 2 * sparks + grid_columns(totals[form]) > area.cols)
        form++;
    for (unsigned i = 0; i < 2; i++) {
        col += grid_text(g, row, col, 5, ROLE_TEXT, i == 0 ? " in " : " out ");
        col += draw_flow_rate(g, row, col, view, i == 0 ? snap->rate_in : snap->rate_out);
        if (sparks > 0)
            draw_spark(g, row, col, SPARK_NARROW, ROLE_SPARK,
                       i == 0 ? snap->history->in : snap->history->out, snap->second + i * 3);
        col += sparks;
    }
    col += grid_text(g, row, col, end - col, ROLE_TEXT, totals[form]);
    col += draw_states(g, (struct area){row, col, 1, end - col}, snap, STATES_COLS) + 3;
    if (col < end && alerts->wrong > 0)
        col += draw_alerts(g, row, col, end - col, alerts) + 3;
    if (col < end && filtered)
        draw_filter(g, (struct area){row, col, 1, end - col}, view);
}

static void draw_warning(struct grid *g, struct area area, const struct view *view)
{
    const struct snap *snap = view->snap;
    char more[40] = "", masked[MASK_TEXT_MAX];
    if (snap->warning_count > 1)
        snprintf(more, sizeof(more), "   +%u more: a", snap->warning_count - 1);
    unsigned end = grid_columns(more) + 1;
    unsigned used = grid_text(g, area.row, area.col, area.cols, ROLE_WARNING, " ! ");
    used += grid_text_cut(g, area.row, area.col + used, area.cols - used - end, ROLE_WARNING,
                          mask_text(&view->mask, masked, sizeof(masked), snap->warnings[0]));
    grid_text(g, area.row, area.col + used, area.cols - used, ROLE_WARNING, more);
    grid_target(g, (struct area){area.row, area.col, 1, area.cols}, TARGET_COMMAND, CMD_ALERTS);
}

void header_draw(struct grid *g, struct area area, const struct view *view)
{
    struct alerts alerts;
    alerts_make(&alerts, view);
    draw_first_row(g, area, view);
    area.row++;
    if (area.cols >= PLAN_WIDE)
        draw_flows_wide(g, area, view, &alerts);
    else
        draw_flows_narrow(g, area, view, &alerts);
    area.row += area.cols >= PLAN_WIDE ? 2 : 1;
    if (header_has_times(view, g->rows, area.cols)) {
        grid_text(g, area.row, area.col, 6, ROLE_DIM, " times");
        flow_times_draw(g, (struct area){area.row, area.col + 7, 1, area.cols - 7}, view);
        area.row++;
    }
    if (view->snap->warning_count > 0)
        draw_warning(g, area, view);
}

/* "DOWN: us-b (v4)  SLOW: us-a (v4)  DRAIN: eu-a (v4)" */
static void draw_troubles(struct grid *g, unsigned row, const struct view *view)
{
    const struct snap *snap = view->snap;
    unsigned col = 0;
    for (unsigned i = 0; i < snap->backend_count * (BACKENDS_RANKS - 1) && col < g->cols; i++) {
        const struct snap_backend *backend = &snap->backends[i % snap->backend_count];
        unsigned role;
        const char *word = backends_state_word(backend, &role);
        if (backends_rank(backend) == i / snap->backend_count)
            col += grid_textf(g, row, col, g->cols - col, role, "%s: %s (v%u)  ", word,
                              backend->name, backend->version);
    }
    if (col == 0)
        grid_text(g, row, 0, g->cols, ROLE_TEXT, "backends: none down");
}

/* What the figures mean and what keys do here must be known at this size too. */
static void draw_tiny_state(struct grid *g, unsigned row, unsigned col, const struct view *view)
{
    char paused[PAUSE_TEXT_MAX];
    if (pause_text(view, paused) && col < g->cols)
        col += grid_text(g, row, col, g->cols - col, ROLE_PAUSED, paused) + 2;
    if (view_read_only(view) && col < g->cols)
        grid_text(g, row, col, g->cols - col, ROLE_READONLY, "read-only");
}

void header_draw_tiny(struct grid *g, const struct view *view)
{
    const struct snap *snap = view->snap;
    char out[HUMAN_MAX], masked[MASK_TEXT_MAX];
    unsigned used = grid_textf(g, 0, 0, g->cols, ROLE_TITLE, "lavaproxy%s %uc ",
                               snap->demo ? " DEMO" : "", snap->conn_count);
    used +=
        grid_textf(g, 0, used, g->cols - used, ROLE_TEXT, "out %s%s",
                   draw_rate_text(out, view, snap->rate_out), draw_mark(g, snap, snap->rate_out));
    if (g->rows > 1)
        draw_troubles(g, 1, view);
    if (g->rows > 2)
        grid_textf(g, 2, 0, g->cols, ROLE_TEXT, "need 60x12, have %ux%u", g->cols, g->rows);
    if (g->rows > 3)
        used = grid_text(g, 3, 0, g->cols, ROLE_TEXT, "q leave  r retry");
    draw_tiny_state(g, g->rows > 3 ? 3 : 0, used + 2, view);
    if (g->rows > 4 && snap->warning_count > 0)
        grid_textf(g, 4, 0, g->cols, ROLE_WARNING, "! %s",
                   mask_text(&view->mask, masked, sizeof(masked), snap->warnings[0]));
}
