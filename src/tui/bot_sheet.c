/*
 * A sheet is written from top to bottom; what is out of the window is only counted. Of a picture of
 * the past it has what can be worked out of it, and no figure that belongs to the present.
 */
#include "tui/bot_sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "tui/bot_line.h"
#include "tui/draw.h"
#include "stats/track_text.h"

#define LABEL 9
#define LINE_MAX_BYTES 400

struct sheet {
    struct grid *g; /* NULL: only counts */
    struct area room;
    const struct view *view;
    const struct snap_bot *bot;
    unsigned first, line;
};

static bool is_seen(const struct sheet *s)
{
    return s->g != NULL && s->line >= s->first && s->line - s->first < s->room.rows;
}

/* Text with a label before its first line. */
static void put_text(struct sheet *s, const char *label, unsigned role, const char *text)
{
    unsigned cols = s->room.cols - LABEL;
    do {
        size_t len = draw_wrap(text, cols);
        unsigned row = s->room.row + s->line - s->first;
        if (is_seen(s)) {
            grid_text(s->g, row, s->room.col, LABEL - 1, ROLE_DIM, label);
            grid_textf(s->g, row, s->room.col + LABEL, cols, role, "%.*s", (int)len, text);
        }
        label = "";
        text += len;
        s->line++;
    } while (*text != '\0');
}

static void put(struct sheet *s, const char *label, unsigned role, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void put(struct sheet *s, const char *label, unsigned role, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put_text(s, label, role, text);
}

static void put_blank(struct sheet *s)
{
    s->line++;
}

/* --- who it is -------------------------------------------------------------------------------- */

static void put_state(struct sheet *s)
{
    const struct snap_bot *bot = s->bot;
    char state[BOT_STATE_MAX], day[CLOCK_ISO_MAX], age[HUMAN_MAX], memory[LINE_MAX_BYTES];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    str_add_text(&text, bot_state_text(state, s->view->snap, bot));
    if (bot->gone_ms == 0 && bot->connected_ms != 0) {
        int64_t seconds = (s->view->snap->wall_ms - bot->connected_ms) / 1000;
        str_addf(&text, ", connected since %s (%s)", clock_day(day, bot->connected_ms),
                 human_age(age, seconds < 0 ? 0 : (uint64_t)seconds));
    }
    put_text(s, "state", ROLE_DIALOG, memory);
    put(s, "seen", ROLE_DIALOG, "first %s", clock_day(day, bot->first_ms));
}

static void put_names(struct sheet *s)
{
    static const char *const by[] = {[BOT_BY_USER] = "",
                                     [BOT_BY_CLIENT] = " (known by its name)",
                                     [BOT_BY_IP] = " (known by its IP)"};
    static const char *const versions[] = {"", "  v3", "  v4", "  v3 and v4"};
    const struct snap_bot *bot = s->bot;
    const struct mask *mask = &s->view->mask;
    char text[MASK_TEXT_MAX];
    mask_id(mask, text, sizeof(text), bot->user_id);
    put(s, "user-id", ROLE_DIALOG, "%s%s", text[0] != '\0' ? text : "none", by[bot->by % 3]);
    mask_text(mask, text, sizeof(text), bot->library);
    put(s, "library", ROLE_DIALOG, "%s%s", text[0] != '\0' ? text : "not known",
        versions[bot->versions & 3]);
}

static void put_places(struct sheet *s)
{
    const struct snap_bot *bot = s->bot;
    const struct snap *snap = s->view->snap;
    char memory[LINE_MAX_BYTES], addr[ADDR_TEXT_MAX];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    for (unsigned i = 0; i < bot->ip_count; i++)
        str_addf(&text, "%s%s", i > 0 ? ", " : "",
                 mask_addr_key(&s->view->mask, addr, &bot->ips[i]));
    if (bot->ips_total > bot->ip_count)
        str_addf(&text, " and %u more", bot->ips_total - bot->ip_count);
    put_text(s, "IPs", ROLE_DIALOG, text.len > 0 ? memory : "-");
    str_reset(&text);
    for (unsigned i = 0; i < snap->backend_count && i < 64; i++)
        if (bot->backends >> i & 1)
            str_addf(&text, "%s%s", text.len > 0 ? ", " : "", snap->backends[i].name);
    put_text(s, "backends", ROLE_DIALOG, text.len > 0 ? memory : "-");
}

static void put_session(struct sheet *s)
{
    const struct snap_bot *bot = s->bot;
    char memory[LINE_MAX_BYTES];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    str_add_text(&text, bot->session[0] == '\0' ? "none"
                        : s->view->mask.on      ? "(masked)"
                                                : bot->session);
    str_add_text(&text, bot->resuming == 1   ? ", resuming on"
                        : bot->resuming == 0 ? ", resuming off"
                                             : ", resuming not known");
    if (bot->resuming == 1 && bot->resume_timeout >= 0)
        str_addf(&text, " for %.0f s", bot->resume_timeout);
    str_addf(&text, "   %llu handshakes, %llu reconnects, %llu resumed",
             (unsigned long long)bot->handshakes, (unsigned long long)bot->reconnects,
             (unsigned long long)bot->resumed);
    put_text(s, "session", ROLE_DIALOG, memory);
    put(s, "sockets", ROLE_DIALOG, "%u WebSocket%s, %u connection%s in all", bot->sockets,
        bot->sockets == 1 ? "" : "s", bot->connections, bot->connections == 1 ? "" : "s");
}

/* --- what it moves ---------------------------------------------------------------------------- */

static void put_flow(struct sheet *s, bool out)
{
    const struct snap_bot *bot = s->bot;
    struct area line = {s->room.row + s->line - s->first, s->room.col, 1, s->room.cols};
    if (is_seen(s))
        draw_flow_line(s->g, line, s->view, out ? "OUT" : "IN", out ? bot->rate_out : bot->rate_in,
                       out ? bot->bytes_out : bot->bytes_in,
                       out ? bot->history->out : bot->history->in);
    s->line++;
}

static void put_messages(struct sheet *s)
{
    const struct snap_bot *bot = s->bot;
    char rate[HUMAN_MAX], all[HUMAN_MAX], memory[LINE_MAX_BYTES];
    struct str text;
    put(s, "messages", ROLE_DIALOG, "%s/s, %s in all", draw_messages(rate, bot->rate_messages),
        human_size(all, bot->messages));
    str_fixed(&text, memory, sizeof(memory));
    str_addf(&text, "%s requests", human_size(all, bot->requests));
    for (unsigned i = 2; i < REPORT_CLASSES; i++)
        if (bot->answers[i] > 0)
            str_addf(&text, "   %uxx %s", i, human_size(all, bot->answers[i]));
    put_text(s, "REST", ROLE_DIALOG, memory);
}

/* --- how it does ------------------------------------------------------------------------------ */

static void put_times(struct sheet *s)
{
    const char *label = "times";
    char p50[TRACK_TIME_MAX], p95[TRACK_TIME_MAX], p99[TRACK_TIME_MAX], target[40] = "";
    for (unsigned leg = 0; leg < FLOW_COUNT; leg++) {
        const struct snap_flow *flow = &s->bot->flows[leg];
        bool late = flow_is_late((enum flow_leg)leg, flow);
        if (flow->count == 0)
            continue;
        target[0] = '\0';
        if (flow_target((enum flow_leg)leg) > 0)
            snprintf(target, sizeof(target), "  < %g s%s", flow_target((enum flow_leg)leg),
                     late ? " missed" : "");
        put(s, label, late ? ROLE_DIALOG_DANGER : ROLE_DIALOG,
            "%-6s  p50 %7s  p95 %7s%c p99 %7s  of %u%s", flow_leg_text((enum flow_leg)leg),
            track_seconds_text(p50, flow->p50), track_seconds_text(p95, flow->p95),
            late ? '!' : ' ', track_seconds_text(p99, flow->p99), flow->count, target);
        label = "";
    }
    if (label[0] != '\0')
        put(s, label, ROLE_DIM, "nothing was timed in the last 5 minutes");
}

/* Appends "3 thing" where there are any. */
static void add_count(struct str *text, uint64_t count, const char *what)
{
    if (count > 0)
        str_addf(text, "%s%llu %s", text->len > 0 ? ", " : "", (unsigned long long)count, what);
}

static void put_routes(struct sheet *s, const struct snap_trouble *trouble)
{
    char memory[LINE_MAX_BYTES];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    for (unsigned i = 0; i < 2 * ROUTE_COUNT; i++) {
        bool server = i >= ROUTE_COUNT;
        unsigned route = i % ROUTE_COUNT;
        uint32_t count = server ? trouble->server_errors[route] : trouble->client_errors[route];
        if (count > 0)
            str_addf(&text, "%s%s %s %u", text.len > 0 ? ", " : "", server ? "5xx" : "4xx",
                     rest_route_text((enum rest_route)route), count);
    }
    if (text.len > 0)
        put_text(s, "", ROLE_DIALOG, memory);
}

static void put_counts(struct sheet *s, const struct snap_trouble *trouble)
{
    char memory[LINE_MAX_BYTES], what[40];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    for (unsigned i = 0; i < SEVERITY_COUNT; i++) {
        snprintf(what, sizeof(what), "%s exceptions", severity_text((enum severity)i));
        add_count(&text, trouble->exceptions[i], what);
    }
    add_count(&text, trouble->stuck, "stuck");
    add_count(&text, trouble->load_failures, "failed loads");
    add_count(&text, trouble->voice_closed, "voice closed");
    for (unsigned i = 0; i < trouble->code_count; i++)
        str_addf(&text, "%s%d x%u", i == 0 ? " (" : ", ", (int)trouble->codes[i].code,
                 trouble->codes[i].count);
    if (trouble->code_count > 0)
        str_add_char(&text, ')');
    add_count(&text, trouble->frames_nulled, "frames nulled");
    add_count(&text, trouble->frames_deficit, "frames missing");
    put_text(s, "trouble", text.len > 0 ? ROLE_DIALOG : ROLE_DIM, text.len > 0 ? memory : "none");
    put_routes(s, trouble);
}

static void put_trouble(struct sheet *s)
{
    const struct snap_trouble *trouble = s->bot->trouble;
    char clock[CLOCK_ISO_MAX], text[LINE_MAX_BYTES], times[24];
    put_counts(s, trouble);
    for (unsigned i = 0; i < DIAG_COUNT; i++)
        if (trouble->diagnoses[i] > 0)
            put(s, "wrong", ROLE_DIALOG_DANGER, "It %s (x%u).", diagnosis_text((enum diagnosis)i),
                trouble->diagnoses[i]);
    for (unsigned i = 0; i < trouble->line_count; i++) {
        const struct snap_trouble_line *line = &trouble->lines[i];
        snprintf(times, sizeof(times), " (x%u)", line->times);
        put(s, i == 0 ? "last" : "", ROLE_DIALOG, "%s %s: %s%s", clock_hms(clock, line->wall_ms),
            trouble_kind_text((enum trouble_kind)line->kind),
            mask_text(&s->view->mask, text, sizeof(text), line->text),
            line->times > 1 ? times : "");
    }
}

/* --- what it plays ---------------------------------------------------------------------------- */

static void put_player(struct sheet *s, const struct snap_player *player)
{
    const struct snap *snap = s->view->snap;
    char guild[32], id[32], time[TRACK_POSITION_MAX], title[TRACK_TITLE_MAX];
    bool playing = snap_player_is_playing(player);
    snprintf(id, sizeof(id), "%llu", (unsigned long long)player->guild);
    if (!is_seen(s)) {
        s->line++;
        return;
    }
    unsigned row = s->room.row + s->line++ - s->first, col = s->room.col + LABEL;
    unsigned role = playing ? ROLE_DIALOG : ROLE_DIM, cols = s->room.cols - LABEL;
    unsigned used = grid_textf(
        s->g, row, col, cols, role, "%-20s %-8.8s %c ",
        mask_id(&s->view->mask, guild, sizeof(guild), id),
        player->backend < snap->backend_count ? snap->backends[player->backend].name : "-",
        playing          ? '>'
        : player->paused ? '='
                         : ' ');
    used += grid_textf(s->g, row, col + used, cols - used, role, "%13s  ",
                       track_position_text(time, player, snap->wall_ms));
    grid_text_cut(s->g, row, col + used, cols - used, role, track_title_text(title, player));
}

static void put_players(struct sheet *s)
{
    const struct snap_bot *bot = s->bot;
    const struct snap *snap = s->view->snap;
    put(s, "players", ROLE_DIALOG, "%u, %u playing", bot->players, bot->playing);
    unsigned shown = bot->players < BOT_SHEET_PLAYERS ? bot->players : BOT_SHEET_PLAYERS;
    for (unsigned i = 0; i < shown && bot->first_player + i < snap->player_count; i++)
        put_player(s, &snap->players[bot->first_player + i]);
    if (shown < bot->players)
        put(s, "", ROLE_DIM, "and %u more", bot->players - shown);
}

unsigned bot_sheet_draw(struct grid *g, struct area room, const struct view *view,
                        const struct snap_bot *bot, unsigned first)
{
    struct sheet s = {g, room, view, bot, first, 0};
    put_state(&s);
    put_names(&s);
    put_places(&s);
    if (!view->model.past)
        put_session(&s);
    put_flow(&s, true);
    put_flow(&s, false);
    if (view->model.past) {
        put(&s, "", ROLE_DIM, "The rest is known of the present only.");
        return s.line;
    }
    put_messages(&s);
    put_blank(&s);
    put_times(&s);
    put_trouble(&s);
    put_blank(&s);
    put_players(&s);
    return s.line;
}
