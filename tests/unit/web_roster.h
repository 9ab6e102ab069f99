/*
 * Bots and players by hand, for tests of lists, documents, metrics and pages.
 */
#ifndef WEB_ROSTER_SUPPORT_H
#define WEB_ROSTER_SUPPORT_H

#include <stdio.h>
#include <string.h>

#include "stats/snapshot.h"

#define ROSTER_NOW INT64_C(1763685600000)

struct roster_fixture {
    struct snap snap;
    struct snap_history history;
    struct snap_trouble trouble, none;
    struct snap_track tracks[2];
    struct snap_bot bots[3];
    struct snap_player players[40];
    struct snap_backend backends[2];
    struct snap_backend_flows flows[2];
    struct snap_conn conns[3];
    struct addr_key ips[2];
};

static inline void roster_bots(struct roster_fixture *f)
{
    f->ips[0] = (struct addr_key){4, {203, 0, 113, 7}};
    f->ips[1] = (struct addr_key){4, {192, 0, 2, 1}};
    struct snap_bot quiet = {.name = "",
                             .user_id = "",
                             .client_name = "",
                             .library = "",
                             .session = "",
                             .ips = f->ips,
                             .resuming = -1,
                             .resume_timeout = -1,
                             .first_ms = ROSTER_NOW - 90000,
                             .last_active_ms = ROSTER_NOW - 1000,
                             .history = &f->history,
                             .trouble = &f->none};
    for (unsigned i = 0; i < 3; i++)
        f->bots[i] = quiet;
    struct snap_bot *bot = &f->bots[0];
    *bot = (struct snap_bot){.id = 4,
                             .by = BOT_BY_USER,
                             .name = "Shoukaku <b>&\"",
                             .user_id = "987654321098765432",
                             .client_name = "Shoukaku/4.1.1 (x)",
                             .library = "Shoukaku/4.1.1",
                             .session = "k7..q2",
                             .ips = f->ips,
                             .ip_count = 2,
                             .ips_total = 2,
                             .backends = 3,
                             .versions = 3,
                             .resuming = 1,
                             .resume_timeout = 60,
                             .sockets = 2,
                             .connections = 3,
                             .players = 30,
                             .playing = 20,
                             .bytes_in = 1500,
                             .bytes_out = 3000000,
                             .messages = 700,
                             .rate_in = 10,
                             .rate_out = 250000,
                             .rate_messages = 1.5,
                             .requests = 44,
                             .answers = {0, 2, 40, 0, 3, 1},
                             .handshakes = 5,
                             .reconnects = 3,
                             .resumed = 1,
                             .first_ms = ROSTER_NOW - 3600000,
                             .connected_ms = ROSTER_NOW - 60000,
                             .last_active_ms = ROSTER_NOW,
                             .history = &f->history,
                             .trouble = &f->trouble};
    bot->flows[FLOW_SEARCH] = (struct snap_flow){9, 0.1F, 1.25F, 1.5F};
    bot->flows[FLOW_PLAY] = (struct snap_flow){2, 0.5F, 1.9F, 1.9F};
    f->bots[1].id = 7;
    f->bots[1].by = BOT_BY_CLIENT;
    f->bots[1].name = f->bots[1].client_name = "erela.js";
    f->bots[1].players = f->bots[1].playing = 10;
    f->bots[1].first_player = 30;
    f->bots[1].sockets = f->bots[1].connections = 1;
    f->bots[1].backends = 2;
    f->bots[1].connected_ms = ROSTER_NOW - 80000;
    f->bots[2].id = 9;
    f->bots[2].by = BOT_BY_IP;
    f->bots[2].name = "192.0.2.1";
    f->bots[2].gone_ms = ROSTER_NOW - 30000;
}

static inline void roster_players(struct roster_fixture *f)
{
    f->tracks[0] = (struct snap_track){
        .length_ms = 212000, .title = "Never <i>Gonna</i>", .author = "Rick", .source = "youtube"};
    f->tracks[1] = (struct snap_track){
        .is_stream = true, .title = "Lofi", .author = "Girl", .source = "twitch"};
    for (unsigned i = 0; i < 40; i++)
        f->players[i] = (struct snap_player){.guild = UINT64_C(810000000000000000) + i % 30,
                                             .bot = i < 30 ? 4 : 7,
                                             .track = i % 10 == 9 ? NULL : &f->tracks[i % 2],
                                             .position_ms = i % 10 == 9 ? -1 : 1000 * (int)i,
                                             .position_at_ms = ROSTER_NOW - 2000,
                                             .since_ms = ROSTER_NOW - 1000 * (int)i - 50000,
                                             .started_ms = ROSTER_NOW - 3000,
                                             .updated_ms = ROSTER_NOW - 2000,
                                             .ping = i % 4 == 0 ? -1 : (int)i,
                                             .volume = i % 5 == 0 ? -1 : 100,
                                             .backend = i < 20 ? 0 : 1,
                                             .version = i < 20 ? 4 : 3,
                                             .has_track = i < 20 || i >= 30,
                                             .connected = (int8_t)((int)(i % 3) - 1)};
}

static inline void roster_trouble(struct roster_fixture *f)
{
    f->trouble = (struct snap_trouble){.exceptions = {1, 2, 3},
                                       .stuck = 4,
                                       .load_failures = 5,
                                       .voice_closed = 6,
                                       .frames_nulled = 70,
                                       .frames_deficit = 80,
                                       .code_count = 1,
                                       .line_count = 1};
    f->trouble.client_errors[ROUTE_PLAYER_PATCH] = 3;
    f->trouble.codes[0].code = 4014;
    f->trouble.codes[0].count = 6;
    f->trouble.diagnoses[DIAG_TIMEOUT_MS] = 2;
    f->trouble.lines[0] = (struct snap_trouble_line){
        .wall_ms = ROSTER_NOW - 5000, .times = 3, .kind = TROUBLE_EXCEPTION};
    snprintf(f->trouble.lines[0].text, sizeof(f->trouble.lines[0].text),
             "fault: <script>not available</script>");
}

static inline void roster_totals(struct snap_totals *totals)
{
    totals->source_count = 1;
    snprintf(totals->sources[0].name, sizeof(totals->sources[0].name), "youtube");
    totals->sources[0].starts = 31;
    totals->starts_other = 2;
    totals->track_ends[TRACK_FINISHED] = 12;
    totals->exceptions[SEVERITY_FAULT] = 3;
    totals->stuck = 4;
    totals->load_results[LOAD_SEARCH] = 9;
    totals->voice_closed[1] = 6;
    totals->frames_nulled = 70;
    totals->frames_deficit = 80;
    totals->diagnoses[DIAG_TIMEOUT_MS] = 2;
    totals->resumed = 1;
}

/* Three bots: one with 30 players on two backends, one with 10, one that is gone. */
static inline void roster_fill(struct roster_fixture *f)
{
    memset(f, 0, sizeof(*f));
    roster_bots(f);
    roster_players(f);
    roster_trouble(f);
    for (unsigned i = 0; i < 2; i++)
        f->backends[i] = (struct snap_backend){.name = i == 0 ? "eu-1" : "old",
                                               .url = i == 0 ? "10.0.0.1:2333" : "10.0.0.2:2333",
                                               .slot = i,
                                               .version = i == 0 ? 4 : 3,
                                               .state = BACKEND_ONLINE,
                                               .reason = "",
                                               .response_ms = -1,
                                               .seen_players = 20,
                                               .seen_playing = i == 0 ? 20 : 10,
                                               .history = &f->history};
    f->flows[0].flows[FLOW_SEARCH] = f->bots[0].flows[FLOW_SEARCH];
    snap_histogram_add(&f->flows[0].times[FLOW_SEARCH], 0.1);
    snap_histogram_add(&f->flows[0].times[FLOW_SEARCH], 1.25);
    for (unsigned i = 0; i < 3; i++)
        f->conns[i] = (struct snap_conn){.id = 1188 + i,
                                         .client = {.family = 4, .bytes = {203, 0, 113, 7}},
                                         .opened_ms = ROSTER_NOW - 60000,
                                         .bot = i < 2 ? 4 : 7,
                                         .kind = CONN_WEBSOCKET,
                                         .version = i == 0 ? 4 : 3,
                                         .backend = i == 0 ? 0 : 1,
                                         .history = &f->history,
                                         .user_id = "",
                                         .client_name = "",
                                         .user_agent = "",
                                         .path = ""};
    f->snap = (struct snap){.seq = 1,
                            .wall_ms = ROSTER_NOW,
                            .started_ms = ROSTER_NOW - 3600000,
                            .listen = "",
                            .web = "",
                            .band_medium = 100000,
                            .band_high = 1000000,
                            .history = &f->history,
                            .bots = f->bots,
                            .bot_count = 3,
                            .bots_gone = 1,
                            .players = f->players,
                            .nobody_bytes_in = 11,
                            .nobody_bytes_out = 22,
                            .nobody_messages = 3,
                            .player_count = 40,
                            .playing_count = 30,
                            .conns = f->conns,
                            .conn_count = 3,
                            .backends = f->backends,
                            .backend_count = 2,
                            .backend_flows = f->flows};
    roster_totals(&f->snap.totals);
}

#endif
