/*
 * A bot in lines. Of a picture of the past it has what can be worked out of it, and no figure that
 * belongs to the present.
 */
#include "tui/bot_sheet.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "tui/bot_line.h"
#include "tui/draw.h"
#include "tui/flow_times.h"
#include "tui/player_words.h"
#include "tui/sheet.h"
#include "stats/track_text.h"

struct writing {
    struct sheet out;
    const struct view *view;
    const struct snap_bot *bot;
};

/* --- who it is -------------------------------------------------------------------------------- */

static void put_state(struct writing *s)
{
    const struct snap_bot *bot = s->bot;
    char state[BOT_STATE_MAX], day[CLOCK_ISO_MAX], age[HUMAN_MAX], memory[SHEET_LINE_MAX];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    str_add_text(&text, bot_state_text(state, s->view->snap, bot));
    if (bot->gone_ms == 0 && bot->connected_ms != 0) {
        int64_t seconds = (s->view->snap->wall_ms - bot->connected_ms) / 1000;
        str_addf(&text, ", connected since %s (%s)", clock_day(day, bot->connected_ms),
                 human_age(age, seconds < 0 ? 0 : (uint64_t)seconds));
    }
    sheet_text(&s->out, "state", ROLE_DIALOG, memory);
    sheet_put(&s->out, "seen", ROLE_DIALOG, "first %s", clock_day(day, bot->first_ms));
}

static void put_names(struct writing *s)
{
    static const char *const by[] = {[BOT_BY_USER] = "",
                                     [BOT_BY_CLIENT] = " (known by its name)",
                                     [BOT_BY_IP] = " (known by its IP)"};
    static const char *const versions[] = {"", "  v3", "  v4", "  v3 and v4"};
    const struct snap_bot *bot = s->bot;
    const struct mask *mask = &s->view->mask;
    char text[MASK_TEXT_MAX];
    mask_id(mask, text, sizeof(text), bot->user_id);
    sheet_put(&s->out, "user-id", ROLE_DIALOG, "%s%s", text[0] != '\0' ? text : "none",
              by[bot->by % 3]);
    mask_text(mask, text, sizeof(text), bot->library);
    sheet_put(&s->out, "library", ROLE_DIALOG, "%s%s", text[0] != '\0' ? text : "not known",
              versions[bot->versions & 3]);
}

static void put_places(struct writing *s)
{
    const struct snap_bot *bot = s->bot;
    const struct snap *snap = s->view->snap;
    char memory[SHEET_LINE_MAX], addr[ADDR_TEXT_MAX];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    for (unsigned i = 0; i < bot->ip_count; i++)
        str_addf(&text, "%s%s", i > 0 ? ", " : "",
                 mask_addr_key(&s->view->mask, addr, &bot->ips[i]));
    if (bot->ips_total > bot->ip_count)
        str_addf(&text, " and %u more", bot->ips_total - bot->ip_count);
    sheet_text(&s->out, "IPs", ROLE_DIALOG, text.len > 0 ? memory : "-");
    str_reset(&text);
    for (unsigned i = 0; i < snap->backend_count && i < 64; i++)
        if (bot->backends >> i & 1)
            str_addf(&text, "%s%s", text.len > 0 ? ", " : "", snap->backends[i].name);
    sheet_text(&s->out, "backends", ROLE_DIALOG, text.len > 0 ? memory : "-");
}

static void put_session(struct writing *s)
{
    const struct snap_bot *bot = s->bot;
    char memory[SHEET_LINE_MAX];
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
    str_addf(&text, "   %llu handshake%s, %llu reconnect%s, %llu resumed",
             (unsigned long long)bot->handshakes, bot->handshakes == 1 ? "" : "s",
             (unsigned long long)bot->reconnects, bot->reconnects == 1 ? "" : "s",
             (unsigned long long)bot->resumed);
    sheet_text(&s->out, "session", ROLE_DIALOG, memory);
    sheet_put(&s->out, "sockets", ROLE_DIALOG, "%u WebSocket%s, %u connection%s in all",
              bot->sockets, bot->sockets == 1 ? "" : "s", bot->connections,
              bot->connections == 1 ? "" : "s");
}

/* --- what it moves ---------------------------------------------------------------------------- */

static void put_flow(struct writing *s, bool out)
{
    const struct snap_bot *bot = s->bot;
    struct area line = {sheet_row(&s->out), s->out.room.col, 1, s->out.room.cols};
    if (sheet_is_seen(&s->out))
        draw_flow_line(s->out.g, line, s->view, out ? "OUT" : "IN",
                       out ? bot->rate_out : bot->rate_in, out ? bot->bytes_out : bot->bytes_in,
                       out ? bot->history->out : bot->history->in);
    s->out.line++;
}

static void put_messages(struct writing *s)
{
    const struct snap_bot *bot = s->bot;
    char rate[HUMAN_MAX], all[HUMAN_MAX], memory[SHEET_LINE_MAX];
    struct str text;
    sheet_put(&s->out, "messages", ROLE_DIALOG, "%s/s, %s in all",
              draw_messages(rate, bot->rate_messages), human_size(all, bot->messages));
    str_fixed(&text, memory, sizeof(memory));
    str_addf(&text, "%s requests", human_size(all, bot->requests));
    for (unsigned i = 2; i < REPORT_CLASSES; i++)
        if (bot->answers[i] > 0)
            str_addf(&text, "   %uxx %s", i, human_size(all, bot->answers[i]));
    sheet_text(&s->out, "REST", ROLE_DIALOG, memory);
}

/* --- how it does ------------------------------------------------------------------------------ */

/* Appends "3 thing" where there are any. */
static void add_count(struct str *text, uint64_t count, const char *what)
{
    if (count > 0)
        str_addf(text, "%s%llu %s", text->len > 0 ? ", " : "", (unsigned long long)count, what);
}

static void put_routes(struct writing *s, const struct snap_trouble *trouble)
{
    char memory[SHEET_LINE_MAX];
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
        sheet_text(&s->out, "", ROLE_DIALOG, memory);
}

static void put_counts(struct writing *s, const struct snap_trouble *trouble)
{
    char memory[SHEET_LINE_MAX], what[40];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    for (unsigned i = 0; i < SEVERITY_COUNT; i++) {
        snprintf(what, sizeof(what), "%s exception%s", severity_text((enum severity)i),
                 trouble->exceptions[i] == 1 ? "" : "s");
        add_count(&text, trouble->exceptions[i], what);
    }
    add_count(&text, trouble->stuck, "stuck");
    add_count(&text, trouble->load_failures,
              trouble->load_failures == 1 ? "failed load" : "failed loads");
    add_count(&text, trouble->voice_closed, "voice closed");
    for (unsigned i = 0; i < trouble->code_count; i++)
        str_addf(&text, "%s%d x%u", i == 0 ? " (" : ", ", (int)trouble->codes[i].code,
                 trouble->codes[i].count);
    if (trouble->code_count > 0)
        str_add_char(&text, ')');
    add_count(&text, trouble->frames_nulled, "frames nulled");
    add_count(&text, trouble->frames_deficit, "frames missing");
    sheet_text(&s->out, "trouble", text.len > 0 ? ROLE_DIALOG : ROLE_DIM,
               text.len > 0 ? memory : "none");
    put_routes(s, trouble);
}

static void put_trouble(struct writing *s)
{
    const struct snap_trouble *trouble = s->bot->trouble;
    char clock[CLOCK_ISO_MAX], text[SHEET_LINE_MAX], times[24];
    put_counts(s, trouble);
    for (unsigned i = 0; i < DIAG_COUNT; i++)
        if (trouble->diagnoses[i] > 0)
            sheet_put(&s->out, "wrong", ROLE_DIALOG_DANGER, "It %s (x%u).",
                      diagnosis_text((enum diagnosis)i), trouble->diagnoses[i]);
    for (unsigned i = 0; i < trouble->line_count; i++) {
        const struct snap_trouble_line *line = &trouble->lines[i];
        snprintf(times, sizeof(times), " (x%u)", line->times);
        sheet_put(&s->out, i == 0 ? "last" : "", ROLE_DIALOG, "%s %s: %s%s",
                  clock_hms(clock, line->wall_ms), trouble_kind_text((enum trouble_kind)line->kind),
                  mask_text(&s->view->mask, text, sizeof(text), line->text),
                  line->times > 1 ? times : "");
    }
}

/* --- what it plays ---------------------------------------------------------------------------- */

static void put_player(struct writing *s, const struct snap_player *player)
{
    const struct snap *snap = s->view->snap;
    char guild[MASK_TEXT_MAX], time[TRACK_POSITION_MAX], title[TRACK_TITLE_MAX];
    bool playing = snap_player_is_playing(player);
    unsigned row = sheet_row(&s->out), col = s->out.room.col + SHEET_LABEL;
    unsigned role = playing ? ROLE_DIALOG : ROLE_DIM, cols = s->out.room.cols - SHEET_LABEL;
    if (sheet_is_seen(&s->out)) {
        unsigned used = grid_textf(s->out.g, row, col, cols, role, "%-20s %-8.8s %c ",
                                   player_guild_text(guild, &s->view->mask, player),
                                   player_backend_text(snap, player),
                                   playing          ? '>'
                                   : player->paused ? '='
                                                    : ' ');
        used += grid_textf(s->out.g, row, col + used, cols - used, role, "%13s  ",
                           player_position_text(time, player, snap->wall_ms));
        grid_text_cut(s->out.g, row, col + used, cols - used, role,
                      track_title_text(title, player));
    }
    s->out.line++;
}

static void put_players(struct writing *s)
{
    const struct snap_bot *bot = s->bot;
    const struct snap *snap = s->view->snap;
    sheet_put(&s->out, "players", ROLE_DIALOG, "%u, %u playing", bot->players, bot->playing);
    unsigned shown = bot->players < BOT_SHEET_PLAYERS ? bot->players : BOT_SHEET_PLAYERS;
    for (unsigned i = 0; i < shown && bot->first_player + i < snap->player_count; i++)
        put_player(s, &snap->players[bot->first_player + i]);
    if (shown < bot->players)
        sheet_put(&s->out, "", ROLE_DIM, "and %u more", bot->players - shown);
}

unsigned bot_sheet_draw(struct grid *g, struct area room, const struct view *view,
                        const struct snap_bot *bot, unsigned first)
{
    struct writing s = {{g, room, first, 0}, view, bot};
    put_state(&s);
    put_names(&s);
    put_places(&s);
    if (!view->model.past)
        put_session(&s);
    put_flow(&s, true);
    put_flow(&s, false);
    if (view->model.past) {
        sheet_put(&s.out, "", ROLE_DIM, "The rest is known of the present only.");
        return s.out.line;
    }
    put_messages(&s);
    sheet_blank(&s.out);
    flow_times_sheet(&s.out, bot->flows);
    put_trouble(&s);
    sheet_blank(&s.out);
    put_players(&s);
    return s.out.line;
}
