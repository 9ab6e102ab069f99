/*
 * Bots and players as JSON.
 */
#include <math.h>

#include "web/doc.h"

#define PLAYERS_SHOWN 100 /* of one bot; the others are in /api/players?bot=ID */
#define CONNECTIONS_SHOWN 1000

/* Milliseconds with one digit behind the point: a float has more than it means. */
static double in_ms(double seconds)
{
    return round(seconds * 10000) / 10;
}

static void put_percentile(struct json *j, const char *key, const struct snap_flow *flow,
                           float seconds)
{
    if (flow->count > 0)
        json_real(j, key, in_ms((double)seconds));
    else
        json_null(j, key);
}

void doc_flows(struct json *j, const char *key, const struct snap_flow flows[FLOW_COUNT])
{
    json_object(j, key);
    for (unsigned i = 0; i < FLOW_COUNT; i++) {
        enum flow_leg leg = (enum flow_leg)i;
        const struct snap_flow *flow = &flows[i];
        json_object(j, flow_leg_text(leg));
        json_u64(j, "count", flow->count);
        put_percentile(j, "p50", flow, flow->p50);
        put_percentile(j, "p95", flow, flow->p95);
        put_percentile(j, "p99", flow, flow->p99);
        if (flow_target(leg) > 0)
            json_real(j, "target", in_ms(flow_target(leg)));
        else
            json_null(j, "target");
        json_bool(j, "late", flow_is_late(leg, flow));
        json_object_end(j);
    }
    json_object_end(j);
}

/* An object of the counts that words of ours stand for. */
#define PUT_COUNTS(j, key, word, type, counts, count)                                              \
    do {                                                                                           \
        json_object(j, key);                                                                       \
        for (unsigned put = 0; put < (count); put++)                                               \
            json_u64(j, word((type)put), (counts)[put]);                                           \
        json_object_end(j);                                                                        \
    } while (0)

/* --- a bot --- */

static void put_identity(struct json *j, const struct snap *snap, const struct snap_bot *bot)
{
    static const char *const by[] = {
        [BOT_BY_USER] = "user", [BOT_BY_CLIENT] = "client", [BOT_BY_IP] = "ip"};
    char text[ADDR_TEXT_MAX];
    doc_id(j, "id", bot->id);
    json_text(j, "by", by[bot->by]);
    json_text(j, "name", bot->name);
    json_text(j, "state", bot->gone_ms == 0 ? "connected" : "gone");
    doc_known(j, "userId", bot->user_id);
    doc_known(j, "clientName", bot->client_name);
    doc_known(j, "library", bot->library);
    doc_known(j, "session", bot->session);
    json_array(j, "versions");
    for (unsigned version = 3; version <= 4; version++)
        if ((bot->versions >> (version - 3) & 1) != 0)
            json_text(j, NULL, doc_version_text(version));
    json_array_end(j);
    json_array(j, "ips");
    for (unsigned i = 0; i < bot->ip_count; i++)
        json_text(j, NULL, addr_key_text(text, &bot->ips[i]));
    json_array_end(j);
    json_u64(j, "totalIps", bot->ips_total);
    json_array(j, "backends");
    for (unsigned i = 0; i < snap->backend_count && i < FLEET_MAX; i++)
        if ((bot->backends >> i & 1) != 0)
            json_text(j, NULL, snap->backends[i].name);
    json_array_end(j);
}

static void put_sessions(struct json *j, const struct snap_bot *bot)
{
    if (bot->resuming < 0)
        json_null(j, "resuming");
    else
        json_bool(j, "resuming", bot->resuming > 0);
    if (bot->resume_timeout < 0)
        json_null(j, "resumeTimeout");
    else
        json_real(j, "resumeTimeout", bot->resume_timeout);
    json_u64(j, "sockets", bot->sockets);
    json_u64(j, "connections", bot->connections);
    json_u64(j, "players", bot->players);
    json_u64(j, "playing", bot->playing);
    json_u64(j, "handshakes", bot->handshakes);
    json_u64(j, "reconnects", bot->reconnects);
    json_u64(j, "resumed", bot->resumed);
    doc_time(j, "firstSeen", bot->first_ms);
    doc_time(j, "connectedSince", bot->connected_ms);
    doc_time(j, "goneSince", bot->gone_ms);
    doc_time(j, "lastActive", bot->last_active_ms);
}

static void put_traffic(struct json *j, const struct snap_bot *bot)
{
    static const char *const classes[REPORT_CLASSES] = {NULL, "1xx", "2xx", "3xx", "4xx", "5xx"};
    doc_traffic(j, &(struct doc_traffic){bot->bytes_in, bot->bytes_out, bot->rate_in, bot->rate_out,
                                         bot->messages, bot->rate_messages});
    json_u64(j, "requests", bot->requests);
    json_object(j, "answers");
    for (unsigned i = 1; i < REPORT_CLASSES; i++)
        json_u64(j, classes[i], bot->answers[i]);
    json_object_end(j);
    json_u64(j, "errors", snap_bot_errors(bot));
}

/* Of routes only those that had any. */
static void put_routes(struct json *j, const char *key, const uint32_t counts[ROUTE_COUNT])
{
    json_object(j, key);
    for (unsigned i = 0; i < ROUTE_COUNT; i++)
        if (counts[i] > 0)
            json_u64(j, rest_route_text((enum rest_route)i), counts[i]);
    json_object_end(j);
}

static void put_lines(struct json *j, const struct snap_trouble *trouble)
{
    json_array(j, "last");
    for (unsigned i = 0; i < trouble->line_count; i++) {
        const struct snap_trouble_line *line = &trouble->lines[i];
        json_object(j, NULL);
        doc_time(j, "at", line->wall_ms);
        json_text(j, "kind", trouble_kind_text((enum trouble_kind)line->kind));
        json_u64(j, "times", line->times);
        json_text(j, "text", line->text);
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_trouble(struct json *j, const struct snap_trouble *trouble)
{
    json_object(j, "trouble");
    PUT_COUNTS(j, "exceptions", severity_text, enum severity, trouble->exceptions, SEVERITY_COUNT);
    json_u64(j, "stuck", trouble->stuck);
    json_u64(j, "loadFailures", trouble->load_failures);
    json_u64(j, "voiceClosed", trouble->voice_closed);
    json_array(j, "voiceCodes");
    for (unsigned i = 0; i < trouble->code_count; i++) {
        json_object(j, NULL);
        json_i64(j, "code", trouble->codes[i].code);
        json_u64(j, "count", trouble->codes[i].count);
        json_object_end(j);
    }
    json_array_end(j);
    json_u64(j, "framesNulled", trouble->frames_nulled);
    json_u64(j, "framesDeficit", trouble->frames_deficit);
    put_routes(j, "clientErrors", trouble->client_errors);
    put_routes(j, "serverErrors", trouble->server_errors);
    put_lines(j, trouble);
    json_object_end(j);
    json_array(j, "diagnosis");
    for (unsigned i = 0; i < DIAG_COUNT; i++) {
        if (trouble->diagnoses[i] == 0)
            continue;
        json_object(j, NULL);
        json_text(j, "name", diagnosis_name((enum diagnosis)i));
        json_text(j, "text", diagnosis_text((enum diagnosis)i));
        json_u64(j, "count", trouble->diagnoses[i]);
        json_object_end(j);
    }
    json_array_end(j);
}

/* The members of a bot, inside an object that is already open. */
static void put_bot(struct json *j, const struct snap *snap, const struct snap_bot *bot,
                    const struct doc_times *times)
{
    put_identity(j, snap, bot);
    put_sessions(j, bot);
    put_traffic(j, bot);
    doc_flows(j, "flows", bot->flows);
    put_trouble(j, bot->trouble);
    doc_history(j, snap, bot->history, bot->first_ms, times);
}

void doc_bot(struct json *j, const struct snap *snap, const struct snap_bot *bot,
             const struct doc_times *times)
{
    json_object(j, NULL);
    put_bot(j, snap, bot, times);
    json_object_end(j);
}

bool doc_one_bot(struct json *j, const struct snap *snap, uint64_t id)
{
    const struct snap_bot *bot = snap_find_bot(snap, id);
    struct doc_times times;
    unsigned shown = 0;
    if (bot == NULL)
        return false;
    doc_times(&times, snap);
    json_object(j, NULL);
    put_bot(j, snap, bot, &times);
    json_array(j, "connectionList");
    for (unsigned i = 0; i < snap->conn_count && shown < CONNECTIONS_SHOWN; i++) {
        if (snap->conns[i].bot != bot->id)
            continue;
        doc_id(j, NULL, snap->conns[i].id);
        shown++;
    }
    json_array_end(j);
    json_array(j, "playerList");
    for (unsigned i = 0; i < bot->players && i < PLAYERS_SHOWN; i++)
        doc_player(j, snap, &snap->players[bot->first_player + i]);
    json_array_end(j);
    json_object_end(j);
    return true;
}

void doc_bot_totals(struct json *j, const struct snap *snap)
{
    json_object(j, "totals");
    json_u64(j, "connected", snap->bot_count - snap->bots_gone);
    json_u64(j, "gone", snap->bots_gone);
    json_u64(j, "players", snap->player_count);
    json_u64(j, "playing", snap->playing_count);
    json_u64(j, "playersForgotten", snap->players_forgotten);
    json_object(j, "nobody"); /* with it and all bots the sums are those of everything */
    json_u64(j, "bytesIn", snap->nobody_bytes_in);
    json_u64(j, "bytesOut", snap->nobody_bytes_out);
    json_u64(j, "messages", snap->nobody_messages);
    json_object_end(j);
    json_object_end(j);
}

void doc_track_totals(struct json *j, const struct snap *snap)
{
    const struct snap_totals *totals = &snap->totals;
    json_object(j, "tracks");
    json_object(j, "starts");
    for (unsigned i = 0; i < totals->source_count; i++)
        json_u64(j, totals->sources[i].name, totals->sources[i].starts);
    json_object_end(j);
    json_u64(j, "otherStarts", totals->starts_other);
    PUT_COUNTS(j, "ends", track_end_text, enum track_end, totals->track_ends, TRACK_END_COUNT);
    PUT_COUNTS(j, "exceptions", severity_text, enum severity, totals->exceptions, SEVERITY_COUNT);
    json_u64(j, "stuck", totals->stuck);
    PUT_COUNTS(j, "loadResults", load_type_text, enum load_type, totals->load_results, LOAD_COUNT);
    json_u64(j, "framesNulled", totals->frames_nulled);
    json_u64(j, "framesDeficit", totals->frames_deficit);
    json_object_end(j);
    json_object(j, "flows");
    doc_flows(j, "v3", totals->flows[REPORT_VERSION_3]);
    doc_flows(j, "v4", totals->flows[REPORT_VERSION_4]);
    json_object_end(j);
}

/* --- a player --- */

static void put_owner(struct json *j, const struct snap *snap, const struct snap_player *player)
{
    const struct snap_bot *bot = snap_find_bot(snap, player->bot);
    json_object(j, "bot");
    doc_id(j, "id", player->bot);
    json_text(j, "name", bot != NULL ? bot->name : NULL);
    doc_known(j, "userId", bot != NULL ? bot->user_id : "");
    json_object_end(j);
}

static void put_if_known(struct json *j, const char *key, int64_t figure)
{
    if (figure >= 0)
        json_i64(j, key, figure);
    else
        json_null(j, key);
}

static void put_track(struct json *j, const struct snap *snap, const struct snap_player *player)
{
    static const struct snap_track unknown = {.title = "", .author = "", .source = ""};
    const struct snap_track *track = player->track != NULL ? player->track : &unknown;
    json_bool(j, "hasTrack", player->has_track);
    doc_known(j, "title", track->title);
    doc_known(j, "author", track->author);
    doc_known(j, "source", track->source);
    put_if_known(j, "length", track->length_ms > 0 ? track->length_ms : -1);
    json_bool(j, "isStream", track->is_stream);
    put_if_known(j, "position", snap_player_position(player, snap->wall_ms));
}

void doc_player(struct json *j, const struct snap *snap, const struct snap_player *player)
{
    const struct snap_backend *backend =
        player->backend < snap->backend_count ? &snap->backends[player->backend] : NULL;
    json_object(j, NULL);
    doc_id(j, "guildId", player->guild);
    put_owner(j, snap, player);
    json_text(j, "backend", backend != NULL ? backend->url : NULL);
    json_text(j, "backendName", backend != NULL ? backend->name : NULL);
    json_text(j, "version", doc_version_text(player->version));
    put_track(j, snap, player);
    json_bool(j, "playing", snap_player_is_playing(player));
    json_bool(j, "paused", player->paused);
    put_if_known(j, "volume", player->volume);
    json_object(j, "voice");
    if (player->connected < 0)
        json_null(j, "connected");
    else
        json_bool(j, "connected", player->connected > 0);
    put_if_known(j, "ping", player->ping);
    json_object_end(j);
    doc_time(j, "since", player->since_ms);
    doc_time(j, "startedAt", player->started_ms);
    doc_time(j, "updatedAt", player->updated_ms);
    json_object_end(j);
}
