/*
 * The snapshot as JSON.
 */
#include "web/doc.h"

#include <math.h>
#include <stdio.h>

#include "base/human.h"
#include "stats/roster.h"

#define SECOND_MS 1000

void doc_times(struct doc_times *times, const struct snap *snap)
{
    for (int i = 0; i < SERIES_SECONDS; i++)
        clock_iso(times->text[i], snap->wall_ms - (int64_t)(SERIES_SECONDS - 1 - i) * SECOND_MS);
}

void doc_id(struct json *j, const char *key, uint64_t id)
{
    char text[24];
    struct str out;
    str_fixed(&out, text, sizeof(text));
    str_add_u64(&out, id);
    json_text(j, key, id != 0 ? text : NULL);
}

void doc_time(struct json *j, const char *key, int64_t wall_ms)
{
    char text[CLOCK_ISO_MAX];
    json_text(j, key, wall_ms > 0 ? clock_iso(text, wall_ms) : NULL);
}

void doc_size(struct json *j, const char *key, uint64_t bytes)
{
    char text[HUMAN_MAX];
    json_text(j, key, human_size_long(text, bytes));
}

void doc_rate(struct json *j, const char *key, uint64_t bytes_per_second)
{
    char text[HUMAN_MAX];
    json_text(j, key, human_rate_long(text, bytes_per_second));
}

void doc_known(struct json *j, const char *key, const char *text)
{
    json_text(j, key, text[0] ? text : NULL);
}

static int64_t seconds_since(const struct snap *snap, int64_t wall_ms)
{
    int64_t age = snap->wall_ms - wall_ms;
    return age > 0 ? age / SECOND_MS : 0;
}

/* Sixty points a row are most of the answer, so they are written past the JSON writer. */
void doc_history(struct json *j, const struct snap *snap, const struct snap_history *history,
                 int64_t since_ms, const struct doc_times *times)
{
    int64_t points = seconds_since(snap, since_ms) + 1;
    int first = points < SERIES_SECONDS ? SERIES_SECONDS - (int)points : 0;
    json_array(j, "rateHistory");
    for (int i = first; i < SERIES_SECONDS; i++) {
        if (i > first)
            str_add_char(j->out, ',');
        str_add_text(j->out, "{\"timestamp\":\"");
        str_add_text(j->out, times->text[i]);
        str_add_text(j->out, "\",\"bytesInRate\":");
        str_add_u64(j->out, history->in[i]);
        str_add_text(j->out, ",\"bytesOutRate\":");
        str_add_u64(j->out, history->out[i]);
        str_add_char(j->out, '}');
    }
    json_array_end(j);
}

const char *doc_version_text(unsigned version)
{
    return version == 3 ? "v3" : version == 4 ? "v4" : NULL;
}

static const char *kind_text(uint8_t kind)
{
    return kind == CONN_WEBSOCKET ? "websocket" : kind == CONN_REST ? "rest" : NULL;
}

/* Its bot, and what that plays there. */
static void put_bot(struct json *j, const struct snap *snap, const struct snap_conn *conn)
{
    uint32_t players, playing;
    doc_id(j, "bot", conn->bot);
    if (roster_conn_players(snap, conn, &players, &playing)) {
        json_u64(j, "players", players);
        json_u64(j, "playing", playing);
    } else {
        json_null(j, "players");
        json_null(j, "playing");
    }
}

void doc_connection(struct json *j, const struct snap *snap, const struct snap_conn *conn,
                    const struct doc_times *times)
{
    char text[ADDR_TEXT_MAX];
    const struct snap_backend *backend =
        conn->backend < snap->backend_count ? &snap->backends[conn->backend] : NULL;

    json_object(j, NULL);
    doc_id(j, "id", conn->id);
    json_text(j, "clientAddress", addr_text(text, &conn->client, true));
    json_text(j, "clientIp", addr_text(text, &conn->client, false));
    json_text(j, "backend", backend ? backend->url : NULL);
    json_text(j, "version", doc_version_text(conn->version));
    doc_time(j, "startTime", conn->opened_ms);
    json_i64(j, "uptime", seconds_since(snap, conn->opened_ms));
    json_u64(j, "bytesIn", conn->bytes_in);
    json_u64(j, "bytesOut", conn->bytes_out);
    json_u64(j, "bytesInRate", conn->rate_in);
    json_u64(j, "bytesOutRate", conn->rate_out);
    doc_rate(j, "formattedBytesInRate", conn->rate_in);
    doc_rate(j, "formattedBytesOutRate", conn->rate_out);
    json_u64(j, "messages", conn->messages);
    json_real(j, "messageRate", conn->rate_messages);
    doc_history(j, snap, conn->history, conn->opened_ms, times);
    json_text(j, "status", "active");
    json_text(j, "kind", kind_text(conn->kind));
    json_text(j, "backendName", backend ? backend->name : NULL);
    doc_known(j, "userId", conn->user_id);
    doc_known(j, "clientName", conn->client_name);
    doc_known(j, "userAgent", conn->user_agent);
    doc_known(j, "path", conn->path);
    put_bot(j, snap, conn);
    json_object_end(j);
}

void doc_traffic(struct json *j, const struct doc_traffic *traffic)
{
    json_u64(j, "bytesIn", traffic->bytes_in);
    json_u64(j, "bytesOut", traffic->bytes_out);
    json_u64(j, "totalBytes", traffic->bytes_in + traffic->bytes_out);
    doc_size(j, "formattedBytesIn", traffic->bytes_in);
    doc_size(j, "formattedBytesOut", traffic->bytes_out);
    doc_size(j, "formattedTotal", traffic->bytes_in + traffic->bytes_out);
    json_u64(j, "bytesInRate", traffic->rate_in);
    json_u64(j, "bytesOutRate", traffic->rate_out);
    json_u64(j, "totalRate", traffic->rate_in + traffic->rate_out);
    doc_rate(j, "formattedBytesInRate", traffic->rate_in);
    doc_rate(j, "formattedBytesOutRate", traffic->rate_out);
    doc_rate(j, "formattedTotalRate", traffic->rate_in + traffic->rate_out);
    json_u64(j, "messages", traffic->messages);
    json_real(j, "messageRate", traffic->rate_messages);
}

void doc_ip(struct json *j, const struct snap *snap, const struct snap_ip *ip,
            const struct doc_times *times)
{
    char text[ADDR_TEXT_MAX];
    json_object(j, NULL);
    json_text(j, "ip", addr_key_text(text, &ip->key));
    doc_traffic(j, &(struct doc_traffic){ip->bytes_in, ip->bytes_out, ip->rate_in, ip->rate_out,
                                         ip->messages, ip->rate_messages});
    doc_history(j, snap, ip->history, snap->started_ms, times);
    json_u64(j, "activeConnections", ip->active);
    doc_time(j, "lastActive", ip->last_active_ms);
    json_u64(j, "connections", ip->connections);
    json_object_end(j);
}

void doc_usage_totals(struct json *j, const struct snap *snap)
{
    json_object(j, "totals");
    json_u64(j, "bytesIn", snap->bytes_in);
    json_u64(j, "bytesOut", snap->bytes_out);
    json_u64(j, "activeConnections", snap->conn_count);
    json_object_end(j);
}

void doc_version(struct json *j)
{
    json_object(j, NULL);
    json_text(j, "version", LAVAPROXY_VERSION);
    json_text(j, "name", "lavaproxy");
    json_text(j, "description", "Proxy for Lavalink v3 and v4 with live bandwidth accounting");
    json_object_end(j);
}

static void put_response_time(struct json *j, const struct snap_backend *b)
{
    if (b->response_ms >= 0)
        json_real(j, "responseTime", b->response_ms);
    else
        json_null(j, "responseTime");
}

/* The first configured backend of a version stands for it, as in the original. */
static void put_first_backend(struct json *j, const struct snap *snap, unsigned version)
{
    const char *key = doc_version_text(version);
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        if (b->version != version || b->removed)
            continue;
        json_object(j, key);
        json_text(j, "url", b->url);
        json_text(j, "status", backend_state_text(b->state));
        doc_time(j, "lastChecked", b->checked_ms);
        put_response_time(j, b);
        json_object_end(j);
        return;
    }
    json_null(j, key);
}

static void put_backends(struct json *j, const char *key, const struct snap *snap)
{
    json_object(j, key);
    put_first_backend(j, snap, 3);
    put_first_backend(j, snap, 4);
    json_object_end(j);
}

void doc_backends(struct json *j, const struct snap *snap)
{
    put_backends(j, NULL, snap);
}

static void put_load(struct json *j, const char *key, const struct node_stats *stats, double load)
{
    if (stats->known && load >= 0)
        json_real(j, key, load);
    else
        json_null(j, key);
}

static void put_figure(struct json *j, const char *key, const struct node_stats *stats,
                       uint64_t figure)
{
    if (stats->known)
        json_u64(j, key, figure);
    else
        json_null(j, key);
}

/* What the node says of itself. */
static void put_node(struct json *j, const struct node_stats *stats)
{
    put_figure(j, "players", stats, stats->players);
    put_figure(j, "playing", stats, stats->playing);
    put_load(j, "systemLoad", stats, stats->system_load);
    put_load(j, "lavalinkLoad", stats, stats->lavalink_load);
    put_figure(j, "memoryUsed", stats, stats->memory_used);
}

/* Hundredths of a millisecond, as they were entered: a float has more digits than it means. */
static void put_checks(struct json *j, const struct snap_backend *b)
{
    json_array(j, "checks");
    for (unsigned i = 0; i < b->check_count; i++) {
        if (b->checks[i] >= 0)
            json_real(j, NULL, round((double)b->checks[i] * 100) / 100);
        else
            json_null(j, NULL);
    }
    json_array_end(j);
}

/* What is known here of the players there, whatever the node says of itself. */
static void put_seen(struct json *j, const struct snap *snap, const struct snap_backend *b)
{
    json_u64(j, "seenPlayers", b->seen_players);
    json_u64(j, "seenPlaying", b->seen_playing);
    if (snap->backend_flows != NULL)
        doc_flows(j, "flows", snap->backend_flows[b - snap->backends].flows);
    else
        json_null(j, "flows");
}

void doc_backend(struct json *j, const struct snap *snap, const struct snap_backend *b)
{
    json_object(j, NULL);
    json_text(j, "name", b->name);
    json_text(j, "version", doc_version_text(b->version));
    json_text(j, "url", b->url);
    json_text(j, "status", backend_state_text(b->state));
    json_text(j, "reason", b->reason);
    doc_time(j, "lastChecked", b->checked_ms);
    put_response_time(j, b);
    put_checks(j, b);
    json_u64(j, "connections", b->connections);
    json_bool(j, "draining", b->draining);
    json_bool(j, "removed", b->removed);
    json_bool(j, "safeToStop", b->safe_to_stop);
    json_u64(j, "sockets", b->sockets);
    json_u64(j, "waiting", b->waiting);
    put_node(j, &b->stats);
    put_seen(j, snap, b);
    json_u64(j, "bytesIn", b->bytes_in);
    json_u64(j, "bytesOut", b->bytes_out);
    json_u64(j, "messages", b->messages);
    json_real(j, "messageRate", b->rate_messages);
    json_u64(j, "requests", b->requests);
    json_u64(j, "failures", b->failures);
    json_object_end(j);
}

static void put_texts(struct json *j, const char *key, const char *const *texts, unsigned count)
{
    json_array(j, key);
    for (unsigned i = 0; i < count; i++)
        json_text(j, NULL, texts[i]);
    json_array_end(j);
}

void doc_reload(struct json *j, const char *key, const struct snap *snap)
{
    const struct snap_reload *reload = &snap->reload;
    if (reload->wall_ms == 0) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    doc_time(j, "at", reload->wall_ms);
    json_bool(j, "ok", reload->ok);
    put_texts(j, "changes", reload->changes, reload->change_count);
    put_texts(j, "restart", reload->restart, reload->restart_count);
    put_texts(j, "problems", reload->problems, reload->problem_count);
    json_object_end(j);
}

static void put_warnings(struct json *j, const struct snap *snap)
{
    const struct snap_reload *reload = &snap->reload;
    json_array(j, "warnings");
    for (unsigned i = 0; i < snap->warning_count; i++)
        json_text(j, NULL, snap->warnings[i]);
    if (reload->wall_ms != 0 && !reload->ok) {
        struct str text;
        str_growing(&text);
        str_add_text(&text, "the configuration file is broken, the one from before is in force");
        if (reload->problem_count > 0)
            str_addf(&text, ": %s", reload->problems[0]);
        json_slice(j, NULL, str_slice(&text));
        str_free(&text);
    }
    json_array_end(j);
}

void doc_health(struct json *j, const struct snap *snap)
{
    char rss[HUMAN_MAX];
    snprintf(rss, sizeof(rss), "%lluMB", (unsigned long long)(snap->rss_bytes >> 20));
    json_object(j, NULL);
    json_text(j, "status", "ok");
    json_text(j, "version", LAVAPROXY_VERSION);
    json_i64(j, "uptime", seconds_since(snap, snap->started_ms));
    json_object(j, "connections");
    json_u64(j, "active", snap->conn_count);
    json_u64(j, "v3", snap->active_v3);
    json_u64(j, "v4", snap->active_v4);
    json_object_end(j);
    json_object(j, "memory");
    json_text(j, "rss", rss);
    json_object_end(j);
    put_backends(j, "backends", snap);
    json_array(j, "backendList");
    for (unsigned i = 0; i < snap->backend_count; i++)
        doc_backend(j, snap, &snap->backends[i]);
    json_array_end(j);
    doc_reload(j, "reload", snap);
    put_warnings(j, snap);
    json_object_end(j);
}

unsigned doc_missing_version(const struct snap *snap)
{
    for (unsigned version = 3; version <= 4; version++) {
        bool configured = false;
        bool up = false;
        for (unsigned i = 0; i < snap->backend_count; i++) {
            if (snap->backends[i].version != version || snap->backends[i].removed)
                continue;
            configured = true;
            up = up || backend_state_is_up(snap->backends[i].state);
        }
        if (configured && !up)
            return version;
    }
    return 0;
}
