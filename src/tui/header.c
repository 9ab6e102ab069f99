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

static void add_listen(struct str *out, const char *listen, enum listen_form form)
{
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

/* "  up 3d04:12   38 conns   12 IPs now   read-only" */
static void add_figures(struct str *text, unsigned cols, const struct view *view)
{
    const struct snap *snap = view->snap;
    char uptime[HUMAN_MAX], limit[32] = "";
    bool wide = cols >= WIDE;
    human_uptime(uptime, uptime_of(snap));
    /* Seconds only where there is room for them: they move every frame. */
    char *last = strrchr(uptime, ':');
    if (!wide && last != NULL && strchr(uptime, 'd') != NULL)
        *last = '\0';
    if (wide && snap->limit_connections != CONFIG_NO_LIMIT)
        snprintf(limit, sizeof(limit), "/%llu", (unsigned long long)snap->limit_connections);
    str_addf(text, "  up %s   %u%s conns", uptime, snap->conn_count, limit);
    if (cols >= NARROW)
        str_addf(text, "   %u IPs now", view->panels.ips.active);
    if (view_read_only(view))
        str_add_text(text, "   read-only");
}

/* Mode and clock at the right; without room for both the mode alone. */
static void draw_mode(struct grid *g, struct area area, const struct view *view, bool with_clock)
{
    char clock[CLOCK_ISO_MAX], mode[32];
    const struct snap *snap = view->snap;
    unsigned end = area.col + area.cols;
    snprintf(mode, sizeof(mode), "%s %gs", snap->demo ? "DEMO" : "LIVE", view->refresh);
    grid_text(g, area.row, end - (with_clock ? 20 : 10), 9, snap->demo ? ROLE_DEMO : ROLE_HEADER,
              mode);
    if (with_clock)
        grid_right(g, area.row, end - 10, 9, ROLE_TEXT, clock_hms(clock, snap->wall_ms));
}

static void draw_first_row(struct grid *g, struct area area, const struct view *view)
{
    /* From the fullest; the first that fits is drawn. */
    static const struct {
        const char *name;
        enum listen_form listen;
        bool clock;
    } forms[] = {{" lavaproxy ", LISTEN_FULL, true}, {" lavaproxy ", LISTEN_PORTS, true},
                 {" ", LISTEN_FULL, true},           {" ", LISTEN_PORTS, true},
                 {" ", LISTEN_PORTS, false},         {" ", LISTEN_FIRST_PORT, false}};
    const size_t count = sizeof(forms) / sizeof(forms[0]);
    char figures_text[120], listen_text[400], web_text[200];
    struct str figures, listen, web;
    unsigned room, used;
    size_t i = 0;
    str_fixed(&figures, figures_text, sizeof(figures_text));
    add_figures(&figures, area.cols, view);
    for (;; i++) {
        str_fixed(&listen, listen_text, sizeof(listen_text));
        add_listen(&listen, view->snap->listen, forms[i].listen);
        room = area.cols - (forms[i].clock ? 22 : 12);
        used = (unsigned)(strlen(forms[i].name) + listen.len + figures.len);
        if (used <= room || i + 1 == count)
            break;
    }
    unsigned col = area.col, end = area.col + room;
    col += grid_text(g, area.row, col, room, ROLE_TITLE, forms[i].name);
    col += grid_text(g, area.row, col, end - col, ROLE_TEXT, listen.ptr);
    col += grid_text(g, area.row, col, end - col, ROLE_TEXT, figures.ptr);
    for (unsigned form = LISTEN_FULL; form <= LISTEN_PORTS; form++) {
        str_fixed(&web, web_text, sizeof(web_text));
        str_add_text(&web, "   web ");
        add_listen(&web, view->snap->web, (enum listen_form)form);
        if (area.cols < WIDE || view->snap->web[0] == '\0' || web.len > end - col)
            continue;
        grid_text(g, area.row, col, end - col, ROLE_TEXT, web.ptr);
        break;
    }
    draw_mode(g, area, view, forms[i].clock);
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
    unsigned used = grid_textf(g, area.row, area.col, area.cols, ROLE_TEXT, " in %s/s  out %s/s  ",
                               human_size(in, snap->rate_in), human_size(out, snap->rate_out));
    if (area.cols >= NARROW)
        used += grid_textf(g, area.row, area.col + used, area.cols - used, ROLE_TEXT,
                           "total %s in %s out   ", human_size(in_total, snap->bytes_in),
                           human_size(out_total, snap->bytes_out));
    backends_up(&text, snap, area.cols - used);
    grid_text(g, area.row, area.col + used, area.cols - used,
              all_backends_up(snap) ? ROLE_TEXT : ROLE_STATE_DOWN, states);
}

static void draw_warning(struct grid *g, struct area area, const struct snap *snap)
{
    unsigned used = grid_text(g, area.row, area.col, area.cols, ROLE_WARNING, " ! ");
    if (snap->warning_count > 1)
        used += grid_textf(g, area.row, area.col + used, area.cols - used, ROLE_WARNING,
                           "(1 of %u) ", snap->warning_count);
    grid_text_cut(g, area.row, area.col + used, area.cols - used, ROLE_WARNING, snap->warnings[0]);
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
        backends_up(&text, snap, area.cols - STATES_COL);
        grid_text(g, area.row, area.col + STATES_COL, area.cols - STATES_COL,
                  all_backends_up(snap) ? ROLE_TEXT : ROLE_STATE_DOWN, states);
    } else {
        draw_flows_narrow(g, area, snap);
    }
    area.row++;
    if (snap->warning_count > 0)
        draw_warning(g, area, snap);
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
