/*
 * A fixed synthetic snapshot: every figure follows from an index and a second, so that screens
 * drawn from it can be compared with files.
 */
#ifndef TESTS_TUI_SYNTHETIC_H
#define TESTS_TUI_SYNTHETIC_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/config.h"
#include "stats/snapshot.h"

struct synthetic {
    unsigned conns, ips, backends, events, warnings;
    unsigned busy;      /* so many connections move, evenly spread; 0: all */
    unsigned second;    /* since the start of the figures */
    unsigned pictures;  /* that were drawn beside those of the seconds */
    uint64_t skip_id;   /* this connection is not there (0: all are) */
    const char *client; /* NULL: a mixture of names */
    const char *listen; /* NULL: 0.0.0.0:6923 */
    bool long_names;    /* of backends */
    bool read_only;
    bool states;          /* each backend in a state of its own */
    bool quiet_nodes;     /* they do not tell what they play */
    bool unseen;          /* what they play is not seen here */
    bool demo, ipv6;      /* ipv6: every second address */
    uint64_t connections; /* the limit; 0: none */
    bool blocked;         /* an address that nobody hears of any more, and another */
    unsigned bots;        /* whose the connections are, but for every 13th; the last one is gone */
    unsigned players;     /* of the first bot; each next one has two fewer */
    unsigned heard;       /* seconds ago the nodes told of them last */
};

static inline uint32_t synthetic_noise(uint64_t seed)
{
    seed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    seed ^= seed >> 29;
    seed *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(seed >> 32);
}

/* Bytes that row `row` moved in second `second`. */
static inline uint32_t synthetic_bytes(uint64_t row, uint64_t second, uint32_t base)
{
    uint32_t swing = base / 2 + 1;
    return base + synthetic_noise(row * 7919 + second) % swing;
}

static inline const char *synthetic_text(struct snap *snap, const char *text)
{
    char *copy = snap_take(snap, strlen(text) + 1);
    assert(copy != NULL);
    return strcpy(copy, text);
}

static inline struct snap_history *synthetic_history(struct snap *snap, uint64_t row,
                                                     unsigned second, uint32_t base)
{
    struct snap_history *history = snap_take(snap, sizeof(*history));
    assert(history != NULL);
    for (unsigned i = 0; i < SERIES_SECONDS; i++) {
        uint64_t at = 1000 + second - (SERIES_SECONDS - 1) + i;
        history->out[i] = base == 0 ? 0 : synthetic_bytes(row, at, base);
        history->in[i] = history->out[i] / 16;
    }
    return history;
}

static inline uint64_t synthetic_mean(const uint32_t values[SERIES_SECONDS])
{
    uint64_t sum = 0;
    for (unsigned i = SERIES_SECONDS - 5; i < SERIES_SECONDS; i++)
        sum += values[i];
    return sum / 5;
}

static inline void synthetic_conn(struct snap *snap, struct snap_conn *conn, unsigned i,
                                  const struct synthetic *how)
{
    static const char *const clients[] = {"Shoukaku/4.1.1", "lavalink-client/2.4.0", "",
                                          "Lavalink4NET/3.9", "moonlink.js/4.6"};
    static const uint32_t bases[] = {1300000, 560000, 88000, 12000, 400, 0};
    unsigned every = how->busy == 0 ? 1 : how->conns / how->busy;
    uint32_t base = i % every == 0 ? bases[(i / every) % 6] : 0;
    char text[64];
    memset(conn, 0, sizeof(*conn));
    conn->id = 1041 + (uint64_t)i * 7;
    conn->client.family = 4;
    memcpy(conn->client.bytes, (uint8_t[]){203, 0, 113, (uint8_t)(i % how->ips + 1)}, 4);
    conn->opened_ms = snap->started_ms + (int64_t)i * 1000;
    conn->version = (uint8_t)(i % 4 == 3 ? 3 : 4);
    conn->kind = CONN_WEBSOCKET;
    conn->backend = (uint8_t)(i % 7 == 6 ? REPORT_NO_BACKEND : i % how->backends);
    conn->history = synthetic_history(snap, i, how->second, base);
    conn->rate_in = synthetic_mean(conn->history->in);
    conn->rate_out = synthetic_mean(conn->history->out);
    conn->bytes_in = (uint64_t)base * 50 + conn->rate_in * how->second;
    conn->messages = (uint64_t)base / 7;
    conn->rate_messages = (double)(conn->rate_out / 1000) / 10;
    conn->bytes_out = (uint64_t)base * 900 + conn->rate_out * how->second;
    snprintf(text, sizeof(text), "%llu", 1043556677889900112ULL + i);
    conn->user_id = synthetic_text(snap, text);
    if (how->bots > 1) {
        conn->kind = i % 3 == 2 ? CONN_REST : CONN_WEBSOCKET;
        conn->bot = i % 13 == 12 ? 0 : 500 + i % (how->bots - 1);
    }
    conn->client_name = synthetic_text(snap, how->client != NULL ? how->client : clients[i % 5]);
    conn->user_agent = "";
    conn->path = "/v4/websocket";
}

/* An hour of checks: one was missed, and those of one that is down fail since a while. */
static inline void synthetic_checks(struct snap_backend *backend, unsigned i)
{
    backend->check_count = SNAP_CHECKS;
    for (unsigned j = 0; j < SNAP_CHECKS; j++) {
        uint32_t noise = synthetic_noise((uint64_t)i * 100 + j);
        bool failed = (i % 5 == 1 && j == 52) || (backend->state == BACKEND_OFFLINE && j > 54);
        float slower = noise % 17 == 0 ? 4 : 1;
        backend->checks[j] =
            failed ? -1 : (float)backend->response_ms * slower * (1 + (float)(noise % 7) / 10);
    }
}

static inline void synthetic_backend(struct snap *snap, struct snap_backend *backend, unsigned i,
                                     const struct synthetic *how)
{
    unsigned second = how->second;
    bool long_name = how->long_names;
    static const char *const names[] = {"eu-a", "eu-b", "us-a", "us-b", "old-1"};
    static const char *const long_names[] = {"frankfurt-1.example.net", "lavalink-helsinki-04",
                                             "us-a", "us-west-2b.lavalink.example.org", "old-1"};
    memset(backend, 0, sizeof(*backend));
    backend->name = long_name ? long_names[i % 5] : names[i % 5];
    backend->url = "127.0.0.1:2333";
    backend->version = i % 5 == 4 ? 3 : 4;
    backend->slot = 40 + i;
    backend->state = i == 3 ? BACKEND_OFFLINE : i == 2 ? BACKEND_SLOW : BACKEND_ONLINE;
    backend->reason = i == 3 ? "connection refused" : "";
    backend->checked_ms = snap->wall_ms;
    backend->response_ms = i == 2 ? 412 : 3.1 + i;
    backend->since_ms = snap->started_ms + 60000;
    backend->connections = i < 17 ? 17 - i : 0;
    backend->history = synthetic_history(snap, 100000 + i, second, i == 3 ? 0 : 900000u >> i % 16);
    backend->rate_in = synthetic_mean(backend->history->in);
    backend->rate_out = synthetic_mean(backend->history->out);
    backend->rate_messages = (double)(backend->rate_out / 1000) / 10;
    backend->stats = (struct node_stats){.known = !how->quiet_nodes,
                                         .players = 35 - i % 31,
                                         .playing = 33 - i % 29,
                                         .system_load = 0.07 * (i % 9 + 1),
                                         .lavalink_load = 0.02 * (i % 9 + 1),
                                         .memory_used = 640000000u >> i % 4};
    backend->seen_players = how->quiet_nodes || how->unseen ? 0 : 31 - i % 31;
    backend->seen_playing = how->quiet_nodes || how->unseen ? 0 : 29 - i % 29;
    synthetic_checks(backend, i);
}

/* The states that are not usual. */
static inline void synthetic_states(struct snap_backend *backends, unsigned count)
{
    static const struct {
        enum backend_state state;
        const char *reason;
    } rows[] = {
        {BACKEND_DRAINING, "2 sockets, 1 may resume, 14 players (9 playing) left"},
        {BACKEND_MISMATCH, "answers as Lavalink 3, configured as 4"},
        {BACKEND_UNAUTHORIZED, "refuses the password configured for it"},
        {BACKEND_TIMEOUT, "no answer within 3 s"},
        {BACKEND_UNKNOWN, ""},
        {BACKEND_OFFLINE, "connection refused"},
    };
    for (unsigned i = 0; i < count && i < sizeof(rows) / sizeof(rows[0]); i++) {
        backends[i].state = rows[i].state;
        backends[i].reason = rows[i].reason;
        backends[i].draining = rows[i].state == BACKEND_DRAINING;
        backends[i].removed = i == 5;
        if (rows[i].state == BACKEND_UNKNOWN)
            backends[i].response_ms = -1;
    }
}

static inline void synthetic_rows(struct snap *snap, const struct synthetic *how)
{
    struct snap_conn *conns = snap_take(snap, how->conns * sizeof(*conns));
    struct snap_ip *ips = snap_take(snap, how->ips * sizeof(*ips));
    struct snap_backend *backends = snap_take(snap, how->backends * sizeof(*backends));
    for (unsigned i = 0; i < how->conns; i++)
        if (1041 + (uint64_t)i * 7 != how->skip_id)
            synthetic_conn(snap, &conns[snap->conn_count++], i, how);
    for (unsigned i = 0; i < how->ips; i++) {
        memset(&ips[i], 0, sizeof(ips[i]));
        ips[i].key.family = 4;
        memcpy(ips[i].key.bytes,
               (uint8_t[]){203, 0, (uint8_t)(113 + i / 250), (uint8_t)(i % 250 + 1)}, 4);
        ips[i].active = i % 3 == 2 ? 0 : i + 1;
        ips[i].history =
            synthetic_history(snap, 200000 + i, how->second, i > 20 ? 0 : 1400000u / (i * i + 1));
        if (how->ipv6 && i % 2 == 0)
            ips[i].key = (struct addr_key){
                6, {0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, (uint8_t)(0x78 + i)}};
        ips[i].connections = 3 + i * i;
        ips[i].last_active_ms = snap->wall_ms - (int64_t)i * 1000;
        ips[i].bytes_in = UINT64_C(9810000000) / (i + 1);
        ips[i].bytes_out = UINT64_C(31400000000) / (i * i + 1);
        ips[i].rate_in = synthetic_mean(ips[i].history->in);
        ips[i].rate_out = synthetic_mean(ips[i].history->out);
        ips[i].rate_messages = (double)(ips[i].rate_out / 1000) / 10;
    }
    for (unsigned i = 0; i < how->backends; i++)
        synthetic_backend(snap, &backends[i], i, how);
    if (how->states)
        synthetic_states(backends, how->backends);
    snap->ip_count = how->ips;
    snap->backend_count = how->backends;
    snap->conns = conns;
    snap->ips = ips;
    snap->backends = backends;
}

static inline void synthetic_words(struct snap *snap, const struct synthetic *how)
{
    static const char *const warning =
        "set proxy.password (PROXY_PASSWORD): the default lets only loopback in";
    struct snap_event *events = snap_take(snap, (how->events + 1) * sizeof(*events));
    const char **warnings = snap_take(snap, sizeof(*warnings) * (how->warnings + 1));
    for (unsigned i = 0; i < how->events; i++) {
        events[i] = (struct snap_event){.seq = i + 1,
                                        .wall_ms = snap->started_ms + i * 60000,
                                        .level = (enum event_level)(i % 4)};
        snprintf(events[i].text, sizeof(events[i].text), "event number %u of a quiet day", i);
    }
    for (unsigned i = 0; i < how->warnings; i++)
        warnings[i] = warning;
    snap->events = events;
    snap->event_count = how->events;
    snap->warnings = warnings;
    snap->warning_count = how->warnings;
}

static inline void synthetic_blocks(struct snap *snap)
{
    struct snap_block *blocks = snap_take(snap, 2 * sizeof(*blocks));
    struct snap_ip *ips = snap_take(snap, snap->ip_count * sizeof(*ips));
    memcpy(ips, snap->ips, snap->ip_count * sizeof(*ips));
    memset(blocks, 0, 2 * sizeof(*blocks));
    ips[1].rate_in = ips[1].rate_out = 0;
    for (unsigned i = 0; i < 2; i++) {
        blocks[i].key = ips[i].key;
        blocks[i].until_ms = snap->wall_ms + 600000 - i * 400000;
        blocks[i].by_hand = i == 0;
    }
    snap->ips = ips;
    snap->blocks = blocks;
    snap->block_count = snap->blocks_total = 2;
}

/* --- bots and players ------------------------------------------------------------------------- */

static inline const struct snap_trouble *synthetic_trouble(struct snap *snap, unsigned i)
{
    struct snap_trouble *trouble = snap_take(snap, sizeof(*trouble));
    *trouble = (struct snap_trouble){0};
    if (i % 3 != 1)
        return trouble;
    trouble->exceptions[SEVERITY_FAULT] = i;
    trouble->exceptions[SEVERITY_COMMON] = 2;
    trouble->stuck = 1;
    trouble->load_failures = 3;
    trouble->voice_closed = 4;
    trouble->client_errors[ROUTE_PLAYER_PATCH] = 2;
    trouble->server_errors[ROUTE_LOADTRACKS] = 1;
    trouble->frames_nulled = 120;
    trouble->frames_deficit = 37;
    trouble->code_count = 2;
    trouble->codes[0].code = 4014;
    trouble->codes[0].count = 3;
    trouble->codes[1].code = 4006;
    trouble->codes[1].count = 1;
    trouble->diagnoses[DIAG_TIMEOUT_MS] = 1;
    trouble->diagnoses[DIAG_NO_CHANNEL] = 12;
    trouble->line_count = 2;
    trouble->lines[0] = (struct snap_trouble_line){
        .wall_ms = snap->wall_ms - 4000, .times = 2, .kind = TROUBLE_EXCEPTION};
    trouble->lines[1] = (struct snap_trouble_line){
        .wall_ms = snap->wall_ms - 90000, .times = 1, .kind = TROUBLE_VOICE};
    snprintf(trouble->lines[0].text, sizeof(trouble->lines[0].text),
             "fault: This video is not available (guild 810011220033445566)");
    snprintf(trouble->lines[1].text, sizeof(trouble->lines[1].text),
             "4014 disconnected (guild 810011220033445567)");
    return trouble;
}

static inline void synthetic_flows(struct snap_bot *bot, unsigned i)
{
    bot->flows[FLOW_SEARCH] = (struct snap_flow){40 + i, 0.21f, 0.48f + 0.3f * (float)i, 1.9f};
    bot->flows[FLOW_PATCH] = (struct snap_flow){120 + i, 0.012f, 0.034f, 0.2f};
    bot->flows[FLOW_PLAY] = (struct snap_flow){31, 0.4f, 2.31f, 3.4f};
    bot->flows[FLOW_READY] = (struct snap_flow){1, 0.02f, 0.02f, 0.02f};
}

static inline void synthetic_bot(struct snap *snap, struct snap_bot *bot, unsigned i,
                                 const struct synthetic *how)
{
    static const char *const names[] = {"Muse", "Groovy", "", "Hydra", "Melodia de la noche larga"};
    static const char *const libraries[] = {"Shoukaku/4.1.1", "lavalink-client/2.4.0", "",
                                            "Lavalink4NET/3.9", "moonlink.js/4.6"};
    bool gone = i + 1 == how->bots;
    char text[64];
    *bot = (struct snap_bot){.id = 500 + i, .by = i % 5 == 3 ? BOT_BY_CLIENT : BOT_BY_USER};
    snprintf(text, sizeof(text), "%llu", 1043556677889900112ULL + i);
    bot->user_id = bot->by == BOT_BY_USER ? synthetic_text(snap, text) : "";
    bot->client_name = names[i % 5];
    bot->name = bot->client_name[0] == '\0' ? bot->user_id : bot->client_name;
    bot->library = libraries[i % 5];
    bot->session = gone ? "" : "k7..q2";
    struct addr_key *ips = snap_take(snap, sizeof(*ips));
    *ips = (struct addr_key){.family = 4, .bytes = {203, 0, 113, (uint8_t)(i % 250 + 1)}};
    bot->ips = ips;
    bot->ip_count = bot->ips_total = 1;
    bot->backends = how->backends > 1 ? 1u << i % how->backends | (i % 4 == 0 ? 2u : 0) : 1;
    bot->versions = i % 5 == 3 ? 1 : 2;
    bot->resuming = (int8_t)(i % 3) - 1;
    bot->resume_timeout = bot->resuming == 1 ? 60 : -1;
    bot->history = synthetic_history(snap, 400000 + i, how->second, gone ? 0 : 1500000u >> i % 20);
    bot->rate_in = synthetic_mean(bot->history->in);
    bot->rate_out = synthetic_mean(bot->history->out);
    bot->bytes_in = UINT64_C(2100000000) / (i + 1) + bot->rate_in * how->second;
    bot->bytes_out = UINT64_C(31400000000) / (i + 1) + bot->rate_out * how->second;
    bot->messages = bot->bytes_out / 900;
    bot->rate_messages = (double)(bot->rate_out / 1000) / 10;
    bot->requests = 4211 / (i + 1);
    bot->answers[2] = bot->requests - bot->requests / 100;
    bot->answers[4] = bot->requests / 100;
    bot->handshakes = 3 + i;
    bot->reconnects = 2 + i;
    bot->resumed = 1;
    bot->first_ms = snap->started_ms + 60000;
    bot->connected_ms = gone ? 0 : snap->started_ms + (int64_t)(i + 1) * 3600000;
    bot->gone_ms = gone ? snap->wall_ms - 130000 : 0;
    bot->last_active_ms = gone ? bot->gone_ms : snap->wall_ms;
    bot->trouble = synthetic_trouble(snap, i);
    synthetic_flows(bot, i);
    for (unsigned j = 0; j < snap->conn_count; j++) {
        bot->connections += snap->conns[j].bot == bot->id;
        bot->sockets += snap->conns[j].bot == bot->id && snap->conns[j].kind == CONN_WEBSOCKET;
    }
}

static inline void synthetic_player(struct snap *snap, struct snap_player *player, uint64_t bot,
                                    unsigned i)
{
    static const struct snap_track tracks[] = {
        {.length_ms = 212000,
         .title = "Never Gonna Give You Up",
         .author = "Rick Astley",
         .source = "youtube"},
        {.is_stream = true, .title = "lofi radio", .author = "", .source = "http"},
        {.length_ms = 3723000,
         .title = "\xe6\xbc\xa2\xe5\xad\x97 mix",
         .author = "DJ",
         .source = "soundcloud"},
    };
    *player = (struct snap_player){.guild = UINT64_C(810011220033445566) + i,
                                   .bot = bot,
                                   .track = i % 4 == 3 ? NULL : &tracks[i % 3],
                                   .position_ms = i % 4 == 3 ? -1 : 1000 * (int64_t)(i + 10),
                                   .position_at_ms = snap->wall_ms,
                                   .since_ms = snap->started_ms,
                                   .started_ms = snap->wall_ms - 60000,
                                   .updated_ms = snap->wall_ms - 2000,
                                   .ping = 38,
                                   .volume = 100,
                                   .version = 4,
                                   .has_track = i % 4 != 3,
                                   .paused = i % 5 == 4,
                                   .connected = 1};
}

/* By bot, then by guild, each at a backend that its bot has a socket to. */
static inline void synthetic_players(struct snap *snap, struct snap_bot *bots,
                                     const struct synthetic *how)
{
    unsigned most = how->players * how->bots;
    struct snap_player *players = snap_take(snap, (most + 1) * sizeof(*players));
    for (unsigned i = 0; i + 1 < how->bots; i++) {
        struct snap_bot *bot = &bots[i];
        bot->first_player = snap->player_count;
        for (unsigned j = 0; j + 2 * i < how->players; j++) {
            struct snap_player *player = &players[snap->player_count++];
            synthetic_player(snap, player, bot->id, j);
            player->backend = (uint8_t)(i % how->backends);
            player->position_at_ms -= (int64_t)how->heard * 1000;
            bot->players++;
            bot->playing += snap_player_is_playing(player);
        }
        snap->playing_count += bot->playing;
    }
    snap->players = players;
}

static inline void synthetic_bots(struct snap *snap, const struct synthetic *how)
{
    struct snap_bot *bots = snap_take(snap, how->bots * sizeof(*bots));
    for (unsigned i = 0; i < how->bots; i++)
        synthetic_bot(snap, &bots[i], i, how);
    if (how->backends > 0)
        synthetic_players(snap, bots, how);
    snap->bots = bots;
    snap->bot_count = how->bots;
    snap->bots_gone = how->bots > 0;
}

/* How long the legs take at each backend and in all; what bots do not do is not timed. */
static inline void synthetic_times(struct snap *snap, const struct synthetic *how)
{
    struct snap_backend_flows *flows = snap_take(snap, (how->backends + 1) * sizeof(*flows));
    memset(flows, 0, (how->backends + 1) * sizeof(*flows));
    for (unsigned i = 0; how->bots > 0 && i < how->backends; i++) {
        flows[i].flows[FLOW_SEARCH] = (struct snap_flow){40 + i, 0.21f, 0.41f, 1.9f};
        flows[i].flows[FLOW_PATCH] = (struct snap_flow){120, 0.012f, 0.05f, 0.2f};
        flows[i].flows[FLOW_PLAY] = (struct snap_flow){31, 0.4f, 1.62f + 0.3f * (float)i, 3.4f};
        flows[i].flows[FLOW_VOICE] = (struct snap_flow){12, 0.3f, 0.61f, 0.8f};
        flows[i].flows[FLOW_READY] = (struct snap_flow){1, 0.02f, 0.02f, 0.02f};
    }
    if (how->bots > 0 && how->backends > 0)
        memcpy(snap->totals.flows[REPORT_VERSION_4], flows[how->backends - 1].flows,
               sizeof(flows->flows));
    snap->totals.flows[REPORT_VERSION_3][FLOW_SEARCH] =
        (struct snap_flow){how->bots, 0.3f, 0.52f, 0.9f};
    snap->backend_flows = flows;
}

/* One reference, the caller's. */
static inline const struct snap *synthetic_snap(const struct synthetic *how)
{
    size_t room = 1 << 20;
    room += how->conns * (sizeof(struct snap_conn) + sizeof(struct snap_history) + 256);
    room += how->ips * (2 * sizeof(struct snap_ip) + sizeof(struct snap_history));
    room +=
        how->bots * (sizeof(struct snap_bot) + sizeof(struct snap_trouble) +
                     sizeof(struct snap_history) + 256 + how->players * sizeof(struct snap_player));
    struct snap *snap = snap_alloc(room);
    assert(snap != NULL);
    snap->second = 1 + how->second;
    snap->seq = snap->second + how->pictures;
    snap->window = 5;
    snap->started_ms = INT64_C(1700000000000);
    snap->wall_ms = snap->started_ms + ((3 * 24 + 4) * 3600 + 775 + (int64_t)how->second) * 1000;
    snap->listen = how->listen != NULL ? how->listen : "0.0.0.0:6923";
    snap->read_only = how->read_only;
    snap->web = "127.0.0.1:6980";
    snap->demo = how->demo;
    snap->limit_connections = how->connections == 0 ? CONFIG_NO_LIMIT : how->connections;
    snap->band_medium = 100000;
    snap->band_high = 1000000;
    snap->history = synthetic_history(snap, 300000, how->second, 2800000);
    snap->rate_in = synthetic_mean(snap->history->in);
    snap->rate_out = synthetic_mean(snap->history->out);
    snap->bytes_in = 1020000000 + snap->rate_in * how->second;
    snap->bytes_out = 41200000000 + snap->rate_out * how->second;
    synthetic_rows(snap, how);
    synthetic_words(snap, how);
    synthetic_bots(snap, how);
    synthetic_times(snap, how);
    if (how->blocked)
        synthetic_blocks(snap);
    return snap;
}

#endif
