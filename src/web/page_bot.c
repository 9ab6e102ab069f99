/*
 * One bot: all that is known of it, and what can be done about it.
 */
#include <stdio.h>

#include "stats/silence.h"
#include "web/facts.h"
#include "web/page_list.h"

#define PLAYERS_SHOWN 20
#define CONNECTIONS_SHOWN 20
#define IDS_BYTES 3000 /* of connections that a form names */

/* --- who it is --- */

static void add_places(struct page *page, const struct snap_bot *bot)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    char addr[ADDR_TEXT_MAX];
    const char *before = "";
    facts_begin(page, "IPs", "ips");
    for (unsigned i = 0; i < bot->ip_count; i++)
        html_add(out, "%s%s", i == 0 ? "" : ", ", addr_key_text(addr, &bot->ips[i]));
    if (bot->ips_total > bot->ip_count)
        html_add(out, " and %u more", bot->ips_total - bot->ip_count);
    facts_end(page, "ips");
    facts_begin(page, "Backends", "backends-of");
    for (unsigned i = 0; i < snap->backend_count && i < FLEET_MAX; i++) {
        if ((bot->backends >> i & 1) == 0)
            continue;
        str_add_text(out, before);
        html_text(out, snap->backends[i].name);
        before = ", ";
    }
    facts_end(page, "backends-of");
}

static void add_resuming(struct page *page, const struct snap_bot *bot)
{
    facts_begin(page, "Resuming", "resuming");
    str_add_text(page->out, bot->resuming > 0 ? "on" : bot->resuming == 0 ? "off" : "not known");
    if (bot->resuming > 0 && bot->resume_timeout >= 0)
        html_add(page->out, " for %.0f s", bot->resume_timeout);
    facts_end(page, "resuming");
}

static void add_who(struct page *page, const struct snap_bot *bot)
{
    static const char *const by[] = {
        [BOT_BY_USER] = "its User-Id", [BOT_BY_CLIENT] = "its Client-Name", [BOT_BY_IP] = "its IP"};
    static const char *const versions[] = {"-", "v3", "v4", "v3 and v4"};
    facts_text(page, "Name", "bot-name", bot->name);
    facts_text(page, "User id", "user", bot->user_id);
    facts_text(page, "Client-Name", "client", bot->client_name);
    facts_text(page, "Library", "library", bot->library);
    facts_text(page, "Known by", NULL, by[bot->by]);
    facts_text(page, "Lavalink", "versions", versions[bot->versions & 3]);
    facts_text(page, "Session", "session", bot->session);
    add_places(page, bot);
    add_resuming(page, bot);
}

static void add_state(struct page *page, const struct snap_bot *bot)
{
    struct str *out = page->out;
    facts_begin(page, "State", "state");
    if (bot->gone_ms > 0) {
        str_add_text(out, "<span class=\"dim\">gone ");
        page_age(page, bot->gone_ms);
        str_add_text(out, "</span>");
    } else {
        str_add_text(out, "<span class=\"up\">connected</span>");
        if (bot->connected_ms > 0) {
            str_add_text(out, " for ");
            page_age(page, bot->connected_ms);
        }
    }
    facts_end(page, "state");
    facts_begin(page, "First seen", NULL);
    page_time(page, bot->first_ms);
    facts_end(page, NULL);
    facts_begin(page, "Connections", "connections-of");
    html_add(out, "%u, %u of them WebSockets; %llu WebSockets ever, %llu reconnects, %llu resumed",
             bot->connections, bot->sockets, (unsigned long long)bot->handshakes,
             (unsigned long long)bot->reconnects, (unsigned long long)bot->resumed);
    facts_end(page, "connections-of");
}

static void add_traffic(struct page *page, const struct snap_bot *bot)
{
    static const char *const classes[REPORT_CLASSES] = {NULL, "1xx", "2xx", "3xx", "4xx", "5xx"};
    facts_traffic(page, "In", bot->rate_in, bot->bytes_in, bot->history->in);
    facts_traffic(page, "Out", bot->rate_out, bot->bytes_out, bot->history->out);
    facts_begin(page, "Messages", "messages");
    page_messages(page, bot->messages, bot->rate_messages);
    facts_end(page, "messages");
    facts_begin(page, "REST requests", "requests");
    html_add(page->out, "%llu; answers", (unsigned long long)bot->requests);
    for (unsigned i = 1; i < REPORT_CLASSES; i++)
        html_add(page->out, " %s %llu", classes[i], (unsigned long long)bot->answers[i]);
    facts_end(page, "requests");
}

/* --- what goes wrong --- */

static void add_diagnoses(struct page *page, const struct snap_bot *bot)
{
    struct str *out = page->out;
    unsigned count = 0;
    str_add_text(out, "<section>\n<h2>What is wrong with it</h2>\n<ul class=\"events\"");
    live_begin(page->live, out, "diagnoses");
    for (unsigned i = 0; i < DIAG_COUNT; i++) {
        if (bot->trouble->diagnoses[i] == 0)
            continue;
        count++;
        html_add(out, "<li><b>!</b> It %s (%u times)</li>\n", diagnosis_text((enum diagnosis)i),
                 bot->trouble->diagnoses[i]);
    }
    if (count == 0)
        str_add_text(out, "<li>nothing that is known here</li>\n");
    live_end(page->live, out);
    str_add_text(out, "</ul>\n</section>\n");
}

static void add_routes(struct page *page, const char *name, const char *part,
                       const uint32_t counts[ROUTE_COUNT])
{
    bool any = false;
    facts_begin(page, name, part);
    for (unsigned i = 0; i < ROUTE_COUNT; i++) {
        if (counts[i] == 0)
            continue;
        html_add(page->out, "%s%s %u", any ? ", " : "", rest_route_text((enum rest_route)i),
                 counts[i]);
        any = true;
    }
    str_add_text(page->out, any ? "" : "none");
    facts_end(page, part);
}

static void add_counts(struct page *page, const struct snap_trouble *trouble)
{
    struct str *out = page->out;
    str_add_text(out, "<dl>\n");
    facts_begin(page, "Exceptions of tracks", "exceptions");
    for (unsigned i = 0; i < SEVERITY_COUNT; i++)
        html_add(out, "%s%s %u", i == 0 ? "" : ", ", severity_text((enum severity)i),
                 trouble->exceptions[i]);
    facts_end(page, "exceptions");
    facts_begin(page, "Stuck tracks, failed searches", "stuck");
    html_add(out, "%u, %u", trouble->stuck, trouble->load_failures);
    facts_end(page, "stuck");
    facts_begin(page, "Voice connections closed", "voice");
    html_add(out, "%u", trouble->voice_closed);
    for (unsigned i = 0; i < trouble->code_count; i++)
        html_add(out, "%s%d %u times", i == 0 ? ": " : ", ", (int)trouble->codes[i].code,
                 trouble->codes[i].count);
    facts_end(page, "voice");
    facts_begin(page, "Audio frames", "frames");
    html_add(out, "%llu sent empty, %llu not sent", (unsigned long long)trouble->frames_nulled,
             (unsigned long long)trouble->frames_deficit);
    facts_end(page, "frames");
    add_routes(page, "Answers 4xx", "client-errors", trouble->client_errors);
    add_routes(page, "Answers 5xx", "server-errors", trouble->server_errors);
    str_add_text(out, "</dl>\n");
}

static void add_trouble(struct page *page, const struct snap_trouble *trouble)
{
    struct str *out = page->out;
    str_add_text(out, "<section>\n<h2>Trouble</h2>\n");
    add_counts(page, trouble);
    str_add_text(out, "<ul class=\"events\"");
    live_begin(page->live, out, "trouble");
    for (unsigned i = 0; i < trouble->line_count; i++) {
        const struct snap_trouble_line *line = &trouble->lines[i];
        str_add_text(out, "<li>");
        page_time(page, line->wall_ms);
        html_add(out, " %s: ", trouble_kind_text((enum trouble_kind)line->kind));
        html_text(out, line->text);
        if (line->times > 1)
            html_add(out, " (%u times)", line->times);
        str_add_text(out, "</li>\n");
    }
    live_end(page->live, out);
    str_add_text(out, "</ul>\n</section>\n");
}

/* --- what it plays, and over what --- */

static void add_players(struct page *page, const struct snap_bot *bot)
{
    struct str *out = page->out;
    str_add_text(out, "<section tabindex=\"0\" aria-labelledby=\"players-caption\">\n<table>\n"
                      "<caption id=\"players-caption\">Players <span");
    live_begin(page->live, out, "players-of");
    html_add(out, "(%u, %u playing)", bot->players, bot->playing);
    live_end(page->live, out);
    str_add_text(out, "</span></caption>\n");
    facts_player_heads(page);
    str_add_text(out, "<tbody");
    live_list(page->live, out, "players");
    for (unsigned i = 0; i < bot->players && i < PLAYERS_SHOWN; i++)
        facts_player_row(page, bot->first_player + i, false);
    if (bot->players == 0)
        str_add_text(out, "<tr><td colspan=\"7\">no players at present</td></tr>\n");
    live_list_end(page->live, out);
    html_add(out,
             "</tbody></table>\n<p><a href=\"/players?bot=%llu\">All its players</a></p>\n"
             "</section>\n",
             (unsigned long long)bot->id);
}

static void add_connections(struct page *page, const struct snap_bot *bot)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    unsigned shown = 0;
    str_add_text(out, "<section>\n<h2>Connections</h2>\n<p");
    live_begin(page->live, out, "connection-list");
    for (unsigned i = 0; i < snap->conn_count && shown < CONNECTIONS_SHOWN; i++) {
        const struct snap_conn *conn = &snap->conns[i];
        if (conn->bot != bot->id)
            continue;
        html_add(out, "%s<a href=\"/connections/%llu\">%llu</a>%s", shown == 0 ? "" : ", ",
                 (unsigned long long)conn->id, (unsigned long long)conn->id,
                 conn->kind == CONN_WEBSOCKET ? " (WebSocket)" : "");
        shown++;
    }
    str_add_text(out, shown == 0 ? "none at present" : "");
    if (bot->connections > shown && shown > 0)
        html_add(out, " and %u more", bot->connections - shown);
    live_end(page->live, out);
    html_add(out,
             "</p>\n<p><a href=\"/connections?q=bot%%3A%llu\">As a table</a> <a "
             "href=\"/api/bots/%llu\">JSON</a></p>\n</section>\n",
             (unsigned long long)bot->id, (unsigned long long)bot->id);
}

/* --- what can be done --- */

static void add_acts(struct page *page, const struct snap_bot *bot)
{
    struct str *out = page->out;
    html_add(out,
             "<section>\n<h2>End or block it?</h2>\n<p><a href=\"/bots/%llu/end\">End its "
             "connections...</a></p>\n",
             (unsigned long long)bot->id);
    if (bot->user_id[0] == '\0') {
        str_add_text(out, "<p class=\"dim\">It gives no User-Id by which it could be refused; its "
                          "address can be <a href=\"/blocked\">blocked</a>.</p>\n");
    } else {
        page_form_asking(page, "/api/block", "Block this bot? What it plays falls silent.");
        str_add_text(out, "<input type=\"hidden\" name=\"userId\"");
        html_attr(out, "value", bot->user_id);
        html_add(out, "><input type=\"hidden\" name=\"back\" value=\"/bots/%llu\">",
                 (unsigned long long)bot->id);
        page_block_times(page, "for");
        str_add_text(out, " <button class=\"danger\">Block this User-Id</button>");
        page_form_end(page);
    }
    str_add_text(out, "\n</section>\n");
}

void page_bot(struct page *page)
{
    char title[40];
    const struct snap_bot *bot = snap_find_bot(page->snap, page->id);
    snprintf(title, sizeof(title), "Bot %llu", (unsigned long long)page->id);
    page_begin(page, title, "/bots");
    page->status = bot == NULL ? 404 : 0;
    facts_ended(page, bot == NULL ? "There is no such bot, or it has been gone for long." : "");
    if (bot == NULL) {
        page_end(page);
        return;
    }
    str_add_text(page->out, "<dl>\n");
    add_who(page, bot);
    add_state(page, bot);
    add_traffic(page, bot);
    str_add_text(page->out, "</dl>\n");
    add_diagnoses(page, bot);
    add_players(page, bot);
    facts_flow_table(page, "flows", "How long things take, in the last five minutes", bot->flows);
    add_trouble(page, bot->trouble);
    add_connections(page, bot);
    add_acts(page, bot);
    page_end(page);
}

/* --- the question before the end --- */

/* As many of its connections as a form has room for: REST ones give no User-Id. */
static void add_ids(struct page *page, const struct snap_bot *bot)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    size_t start = out->len;
    const char *before = "<input type=\"hidden\" name=\"ids\" value=\"";
    for (unsigned i = 0; i < snap->conn_count && out->len - start < IDS_BYTES; i++) {
        if (snap->conns[i].bot != bot->id)
            continue;
        html_add(out, "%s%llu", before, (unsigned long long)snap->conns[i].id);
        before = ",";
    }
    if (out->len > start)
        str_add_text(out, "\">");
}

static void add_question(struct page *page, const struct snap_bot *bot)
{
    struct silence silence;
    struct str *out = page->out;
    char players[SILENCE_TEXT], resume[SILENCE_TEXT];
    silence_of_bot(&silence, bot);
    str_add_text(out, "<p>");
    html_text(out, bot->name);
    html_add(out, " has %u connection%s, %u of them WebSockets. <b>%s</b> %s</p>\n",
             bot->connections, bot->connections == 1 ? "" : "s", bot->sockets,
             silence_text(players, &silence), silence_resume_text(resume, &silence));
    page_form(page, "/api/kill");
    html_add(out, "<input type=\"hidden\" name=\"back\" value=\"/bots/%llu\">",
             (unsigned long long)bot->id);
    if (bot->user_id[0] != '\0') {
        str_add_text(out, "<input type=\"hidden\" name=\"userId\"");
        html_attr(out, "value", bot->user_id);
        str_add_char(out, '>');
    }
    add_ids(page, bot);
    html_add(out,
             "<p><label><input type=\"radio\" name=\"mode\" value=\"close\" checked> close "
             "politely</label> <label><input type=\"radio\" name=\"mode\" value=\"reset\"> cut "
             "now</label></p>\n<p><a href=\"/bots/%llu\">No, keep</a> <button "
             "class=\"danger\">End its connections</button></p>",
             (unsigned long long)bot->id);
    page_form_end(page);
    str_add_char(out, '\n');
}

void page_bot_end(struct page *page)
{
    const struct snap_bot *bot = snap_find_bot(page->snap, page->id);
    page_begin(page, "End the connections of a bot?", "/bots");
    page->status = bot == NULL ? 404 : 0;
    if (bot != NULL && bot->connections > 0)
        add_question(page, bot);
    else
        str_add_text(page->out, "<p>It has no connections (any more). <a href=\"/bots\">All "
                                "bots</a></p>\n");
    page_end(page);
}
