/*
 * Each kind of row has one walk over its fields; what comes of a field, a head, a cell or a member
 * of an object, is the sink's affair. So heads and cells cannot disagree.
 */
#include "stats/export.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum sink_mode { SINK_HEADS, SINK_CELLS, SINK_OBJECT };

struct sink {
    enum sink_mode mode;
    const struct snap *snap;
    const struct mask *mask;
    struct str *out;  /* HEADS, CELLS */
    bool begun;       /* a cell stands in this line */
    struct json json; /* OBJECT */
};

/* --- CSV ---------------------------------------------------------------------------------- */

static void csv_cell(struct sink *sink, struct slice text, bool guard)
{
    static const char starts[] = {'=', '+', '-', '@', '\t', '\r'}; /* a formula, to some programs */
    bool formula = guard && text.len > 0 && memchr(starts, text.ptr[0], sizeof(starts)) != NULL;
    bool quote = formula || (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' '));
    for (size_t i = 0; i < text.len && !quote; i++)
        quote =
            text.ptr[i] == ',' || text.ptr[i] == '"' || text.ptr[i] == '\n' || text.ptr[i] == '\r';
    if (sink->begun)
        str_add_char(sink->out, ',');
    sink->begun = true;
    if (!quote) {
        str_add_slice(sink->out, text);
        return;
    }
    str_add_text(sink->out, formula ? "\"'" : "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            str_add_char(sink->out, '"');
        str_add_char(sink->out, text.ptr[i]);
    }
    str_add_char(sink->out, '"');
}

static void csv_end_line(struct sink *sink)
{
    str_add_text(sink->out, "\r\n");
    sink->begun = false;
}

/* --- fields ------------------------------------------------------------------------------- */

/* An empty text is unknown: null, or an empty cell. */
static void put_text(struct sink *sink, const char *name, const char *text)
{
    if (sink->mode == SINK_OBJECT)
        json_text(&sink->json, name, text[0] != '\0' ? text : NULL);
    else
        csv_cell(sink, slice_of(sink->mode == SINK_HEADS ? name : text), true);
}

/* A figure that was made into text already; an empty one is unknown. */
static void put_figure(struct sink *sink, const char *name, const char *text)
{
    csv_cell(sink, slice_of(sink->mode == SINK_HEADS ? name : text), false);
}

static void put_count(struct sink *sink, const char *name, uint64_t count)
{
    char memory[24];
    struct str text;
    if (sink->mode == SINK_OBJECT) {
        json_u64(&sink->json, name, count);
        return;
    }
    str_fixed(&text, memory, sizeof(memory));
    str_add_u64(&text, count);
    put_figure(sink, name, memory);
}

static void put_count_if(struct sink *sink, const char *name, bool known, uint64_t count)
{
    if (known)
        put_count(sink, name, count);
    else if (sink->mode == SINK_OBJECT)
        json_null(&sink->json, name);
    else
        put_figure(sink, name, "");
}

static void put_ms(struct sink *sink, const char *name, double ms)
{
    char text[40] = "";
    if (ms >= 0)
        snprintf(text, sizeof(text), "%.2f", ms);
    if (sink->mode != SINK_OBJECT)
        put_figure(sink, name, text);
    else if (ms < 0)
        json_null(&sink->json, name);
    else
        json_real(&sink->json, name, ms);
}

static void put_bool(struct sink *sink, const char *name, bool truth)
{
    if (sink->mode == SINK_OBJECT)
        json_bool(&sink->json, name, truth);
    else
        put_figure(sink, name, truth ? "true" : "false");
}

static void put_time(struct sink *sink, const char *name, int64_t wall_ms)
{
    char text[CLOCK_ISO_MAX] = "";
    if (wall_ms != 0)
        clock_iso(text, wall_ms);
    put_text(sink, name, text);
}

static void put_version(struct sink *sink, unsigned version)
{
    put_text(sink, "version", version == 3 ? "v3" : version == 4 ? "v4" : "");
}

/* --- rows --------------------------------------------------------------------------------- */

static const char *kind_text(uint8_t kind)
{
    return kind == CONN_WEBSOCKET ? "websocket" : kind == CONN_REST ? "rest" : "";
}

static void put_connection(struct sink *sink, const struct snap_conn *conn)
{
    char text[MASK_TEXT_MAX], id[24];
    const struct snap *snap = sink->snap;
    int64_t uptime = (snap->wall_ms - conn->opened_ms) / 1000;
    /* Text, since a 64-bit number does not survive every JSON reader. */
    snprintf(id, sizeof(id), "%llu", (unsigned long long)conn->id);
    put_text(sink, "id", id);
    put_text(sink, "clientAddress", mask_addr(sink->mask, text, &conn->client, true));
    put_text(sink, "clientIp", mask_addr(sink->mask, text, &conn->client, false));
    put_text(sink, "kind", kind_text(conn->kind));
    put_version(sink, conn->version);
    put_text(sink, "backendName",
             conn->backend < snap->backend_count ? snap->backends[conn->backend].name : "");
    put_text(sink, "userId", mask_id(sink->mask, text, sizeof(text), conn->user_id));
    put_text(sink, "clientName", conn->client_name);
    put_text(sink, "userAgent", conn->user_agent);
    put_text(sink, "path", mask_path(sink->mask, text, conn->path));
    put_count(sink, "bytesInRate", conn->rate_in);
    put_count(sink, "bytesOutRate", conn->rate_out);
    put_count(sink, "messages", conn->messages);
    put_count(sink, "bytesIn", conn->bytes_in);
    put_count(sink, "bytesOut", conn->bytes_out);
    put_count(sink, "requests", conn->requests);
    put_time(sink, "startTime", conn->opened_ms);
    put_count(sink, "uptime", uptime < 0 ? 0 : (uint64_t)uptime);
}

static void put_ip(struct sink *sink, const struct snap_ip *ip)
{
    char text[ADDR_TEXT_MAX];
    put_text(sink, "ip", mask_addr_key(sink->mask, text, &ip->key));
    put_count(sink, "activeConnections", ip->active);
    put_count(sink, "connections", ip->connections);
    put_count(sink, "bytesInRate", ip->rate_in);
    put_count(sink, "bytesOutRate", ip->rate_out);
    put_count(sink, "totalRate", ip->rate_in + ip->rate_out);
    put_count(sink, "messages", ip->messages);
    put_count(sink, "bytesIn", ip->bytes_in);
    put_count(sink, "bytesOut", ip->bytes_out);
    put_count(sink, "totalBytes", ip->bytes_in + ip->bytes_out);
    put_time(sink, "lastActive", ip->last_active_ms);
}

static void put_backend(struct sink *sink, const struct snap_backend *backend)
{
    char text[MASK_TEXT_MAX];
    const struct node_stats *stats = &backend->stats;
    put_text(sink, "name", backend->name);
    put_version(sink, backend->version);
    put_text(sink, "url", mask_text(sink->mask, text, sizeof(text), backend->url));
    put_text(sink, "status", backend_state_text(backend->state));
    put_text(sink, "reason", mask_text(sink->mask, text, sizeof(text), backend->reason));
    put_time(sink, "lastChecked", backend->checked_ms);
    put_ms(sink, "responseTime", backend->response_ms);
    put_bool(sink, "draining", backend->draining);
    put_count(sink, "connections", backend->connections);
    put_count(sink, "sockets", backend->sockets);
    put_count(sink, "waiting", backend->waiting);
    put_count_if(sink, "players", stats->known, stats->players);
    put_count_if(sink, "playing", stats->known, stats->playing);
    put_count(sink, "bytesInRate", backend->rate_in);
    put_count(sink, "bytesOutRate", backend->rate_out);
    put_count(sink, "bytesIn", backend->bytes_in);
    put_count(sink, "bytesOut", backend->bytes_out);
    put_count(sink, "requests", backend->requests);
    put_count(sink, "failures", backend->failures);
}

static void put_event(struct sink *sink, const struct snap_event *event)
{
    char text[sizeof(event->text)];
    put_count(sink, "seq", event->seq);
    put_time(sink, "time", event->wall_ms);
    put_text(sink, "level", event_level_text(event->level));
    put_text(sink, "text", mask_text(sink->mask, text, sizeof(text), event->text));
}

/* A figure that may be unknown: below 0. */
static void put_known(struct sink *sink, const char *name, int64_t figure)
{
    put_count_if(sink, name, figure >= 0, figure >= 0 ? (uint64_t)figure : 0);
}

static void put_bot(struct sink *sink, const struct snap_bot *bot)
{
    char text[MASK_TEXT_MAX], id[24];
    snprintf(id, sizeof(id), "%llu", (unsigned long long)bot->id);
    put_text(sink, "id", id);
    put_text(sink, "name", mask_text(sink->mask, text, sizeof(text), bot->name));
    put_text(sink, "userId", mask_id(sink->mask, text, sizeof(text), bot->user_id));
    put_text(sink, "library", bot->library);
    put_text(sink, "state", bot->gone_ms == 0 ? "connected" : "gone");
    put_count(sink, "ips", bot->ips_total);
    put_count(sink, "sockets", bot->sockets);
    put_count(sink, "connections", bot->connections);
    put_count(sink, "players", bot->players);
    put_count(sink, "playing", bot->playing);
    put_count(sink, "bytesInRate", bot->rate_in);
    put_count(sink, "bytesOutRate", bot->rate_out);
    put_count(sink, "messages", bot->messages);
    put_count(sink, "bytesIn", bot->bytes_in);
    put_count(sink, "bytesOut", bot->bytes_out);
    put_count(sink, "requests", bot->requests);
    put_count(sink, "errors", snap_bot_errors(bot));
    put_count(sink, "reconnects", bot->reconnects);
    put_count(sink, "resumed", bot->resumed);
    for (unsigned i = 0; i < FLOW_COUNT; i++) {
        const struct snap_flow *flow = &bot->flows[i];
        snprintf(text, sizeof(text), "%sP95", flow_leg_text((enum flow_leg)i));
        put_ms(sink, text, flow->count > 0 ? (double)flow->p95 * 1000 : -1);
    }
    put_time(sink, "firstSeen", bot->first_ms);
    put_time(sink, "connectedSince", bot->connected_ms);
    put_time(sink, "lastActive", bot->last_active_ms);
}

static void put_track(struct sink *sink, const struct snap_player *player)
{
    static const struct snap_track unknown = {.title = "", .author = "", .source = ""};
    const struct snap_track *track = player->track ? player->track : &unknown;
    put_text(sink, "title", track->title);
    put_text(sink, "author", track->author);
    put_text(sink, "source", track->source);
    put_count_if(sink, "length", track->length_ms > 0, (uint64_t)track->length_ms);
    put_known(sink, "position", snap_player_position(player, sink->snap->wall_ms));
}

static void put_player(struct sink *sink, const struct snap_player *player)
{
    char text[MASK_TEXT_MAX], id[24];
    const struct snap *snap = sink->snap;
    const struct snap_bot *bot = snap_find_bot(snap, player->bot);
    snprintf(id, sizeof(id), "%llu", (unsigned long long)player->guild);
    put_text(sink, "guildId", mask_id(sink->mask, text, sizeof(text), id));
    snprintf(id, sizeof(id), "%llu", (unsigned long long)player->bot);
    put_text(sink, "botId", id);
    put_text(sink, "botName", bot ? mask_text(sink->mask, text, sizeof(text), bot->name) : "");
    put_version(sink, player->version);
    put_text(sink, "backendName",
             player->backend < snap->backend_count ? snap->backends[player->backend].name : "");
    put_track(sink, player);
    put_bool(sink, "playing", snap_player_is_playing(player));
    put_bool(sink, "paused", player->paused);
    put_known(sink, "volume", player->volume);
    put_text(sink, "voice",
             player->connected > 0    ? "connected"
             : player->connected == 0 ? "disconnected"
                                      : "");
    put_known(sink, "ping", player->ping);
    put_time(sink, "since", player->since_ms);
    put_time(sink, "startedAt", player->started_ms);
    put_time(sink, "updatedAt", player->updated_ms);
}

static void put_row(struct sink *sink, enum export_kind kind, const void *row)
{
    switch (kind) {
    case EXPORT_CONNECTIONS:
        put_connection(sink, row);
        break;
    case EXPORT_IPS:
        put_ip(sink, row);
        break;
    case EXPORT_BACKENDS:
        put_backend(sink, row);
        break;
    case EXPORT_EVENTS:
        put_event(sink, row);
        break;
    case EXPORT_BOTS:
        put_bot(sink, row);
        break;
    case EXPORT_PLAYERS:
        put_player(sink, row);
        break;
    }
}

/* A row of this kind with nothing in it, for the heads. */
static const void *blank_row(enum export_kind kind)
{
    static const struct snap_conn conn = {
        .user_id = "", .client_name = "", .user_agent = "", .path = ""};
    static const struct snap_ip ip;
    static const struct snap_backend backend = {.name = "", .url = "", .reason = ""};
    static const struct snap_event event;
    static const struct snap_trouble trouble;
    static const struct snap_bot bot = {
        .name = "", .user_id = "", .library = "", .trouble = &trouble};
    static const struct snap_player player;
    static const void *const rows[] = {
        [EXPORT_CONNECTIONS] = &conn, [EXPORT_IPS] = &ip,   [EXPORT_BACKENDS] = &backend,
        [EXPORT_EVENTS] = &event,     [EXPORT_BOTS] = &bot, [EXPORT_PLAYERS] = &player};
    return rows[kind];
}

/* --- the whole ---------------------------------------------------------------------------- */

const char *export_kind_name(enum export_kind kind)
{
    static const char *const names[] = {[EXPORT_CONNECTIONS] = "connections",
                                        [EXPORT_IPS] = "ips",
                                        [EXPORT_BACKENDS] = "backends",
                                        [EXPORT_EVENTS] = "events",
                                        [EXPORT_BOTS] = "bots",
                                        [EXPORT_PLAYERS] = "players"};
    return names[kind];
}

bool export_format_of(struct slice path, enum export_format *format)
{
    size_t dot = path.len;
    while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/')
        dot--;
    if (dot == 0 || path.ptr[dot - 1] == '/')
        return false;
    struct slice end = {path.ptr + dot, path.len - dot};
    bool json = slice_equal_nocase(end, SLICE("json"));
    *format = json ? EXPORT_JSON : EXPORT_CSV;
    return json || slice_equal_nocase(end, SLICE("csv"));
}

void export_csv_heads(struct str *out, enum export_kind kind)
{
    static const struct snap nothing;
    static const struct mask off;
    struct sink sink = {.mode = SINK_HEADS, .snap = &nothing, .mask = &off, .out = out};
    put_row(&sink, kind, blank_row(kind));
    csv_end_line(&sink);
}

void export_csv_row(struct str *out, enum export_kind kind, const struct snap *snap,
                    const struct mask *mask, const void *row)
{
    struct sink sink = {.mode = SINK_CELLS, .snap = snap, .mask = mask, .out = out};
    put_row(&sink, kind, row);
    csv_end_line(&sink);
}

static void put_object(struct sink *sink, const struct export_rows *rows, unsigned i)
{
    json_object(&sink->json, NULL);
    put_row(sink, rows->kind, rows->row(rows->ctx, i));
    json_object_end(&sink->json);
}

static void all_json(struct sink *sink, const struct export_rows *rows, const char *filter)
{
    char text[MASK_TEXT_MAX];
    struct json *j = &sink->json;
    json_object(j, NULL);
    json_text(j, "view", export_kind_name(rows->kind));
    put_time(sink, "time", rows->snap->wall_ms);
    json_bool(j, "demo", rows->snap->demo);
    put_text(sink, "filter", mask_text(rows->mask, text, sizeof(text), filter));
    json_array(j, "rows");
    for (unsigned i = 0; i < rows->count; i++) {
        str_add_char(sink->out, '\n');
        put_object(sink, rows, i);
    }
    json_array_end(j);
    json_object_end(j);
    str_add_char(sink->out, '\n');
}

void export_all(struct str *out, const struct export_rows *rows, enum export_format format,
                const char *filter)
{
    struct sink sink = {.snap = rows->snap, .mask = rows->mask, .out = out};
    if (format == EXPORT_CSV) {
        export_csv_heads(out, rows->kind);
        for (unsigned i = 0; i < rows->count; i++)
            export_csv_row(out, rows->kind, rows->snap, rows->mask, rows->row(rows->ctx, i));
        return;
    }
    sink.mode = SINK_OBJECT;
    json_begin(&sink.json, out);
    all_json(&sink, rows, filter);
}

void export_row(struct str *out, const struct export_rows *rows, unsigned i)
{
    struct sink sink = {.mode = SINK_OBJECT, .snap = rows->snap, .mask = rows->mask, .out = out};
    json_begin(&sink.json, out);
    put_object(&sink, rows, i);
}

void export_field(struct str *out, const struct export_rows *rows, unsigned i)
{
    char text[MASK_TEXT_MAX], id[24];
    struct str guild;
    const void *row = rows->row(rows->ctx, i);
    switch (rows->kind) {
    case EXPORT_CONNECTIONS:
        str_add_text(out,
                     mask_addr(rows->mask, text, &((const struct snap_conn *)row)->client, false));
        break;
    case EXPORT_IPS:
        str_add_text(out, mask_addr_key(rows->mask, text, &((const struct snap_ip *)row)->key));
        break;
    case EXPORT_BACKENDS:
        str_add_text(out, ((const struct snap_backend *)row)->name);
        break;
    case EXPORT_EVENTS:
        str_add_text(
            out, mask_text(rows->mask, text, sizeof(text), ((const struct snap_event *)row)->text));
        break;
    case EXPORT_BOTS:
        str_add_text(
            out, mask_text(rows->mask, text, sizeof(text), ((const struct snap_bot *)row)->name));
        break;
    case EXPORT_PLAYERS:
        str_fixed(&guild, id, sizeof(id));
        str_add_u64(&guild, ((const struct snap_player *)row)->guild);
        str_add_text(out, mask_id(rows->mask, text, sizeof(text), id));
        break;
    }
}
