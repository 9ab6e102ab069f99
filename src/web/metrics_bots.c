/*
 * Metrics of bots, players and tracks. No label grows with bots: sources of tracks are as many as
 * the books keep, the rest are words of ours and backends.
 */
#include <string.h>

#include "web/metrics_writer.h"

/* One counter for each word of ours. */
#define COUNT_WORDS(w, label, word, type, counts, count)                                           \
    do {                                                                                           \
        for (unsigned at = 0; at < (count); at++)                                                  \
            metrics_counter(w, (const char *const[]){label, word((type)at)}, 1, (counts)[at]);     \
    } while (0)

/* By backend; those at none that is known today come last, so that the sum is true. */
static void add_by_backend(struct metrics_writer *w, bool playing)
{
    const struct snap *snap = w->snap;
    uint64_t rest = playing ? snap->playing_count : snap->player_count;
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        uint64_t count = playing ? b->seen_playing : b->seen_players;
        metrics_gauge(
            w, (const char *const[]){"backend", b->name, "protocol", metrics_protocol(b->version)},
            2, (double)count);
        rest -= count < rest ? count : rest;
    }
    metrics_gauge(w, (const char *const[]){"backend", "none", "protocol", "none"}, 2, (double)rest);
}

static void add_players(struct metrics_writer *w)
{
    const struct snap *snap = w->snap;
    metrics_begin(w, METRICS_GAUGE, "lavaproxy_players", "Players seen in passing traffic.");
    add_by_backend(w, false);
    metrics_begin(w, METRICS_GAUGE, "lavaproxy_playing_players",
                  "Players with a track that is not paused.");
    add_by_backend(w, true);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_players_forgotten",
                  "Players that made room for others.");
    metrics_counter(w, NULL, 0, snap->players_forgotten);
    metrics_begin(w, METRICS_GAUGE, "lavaproxy_bots", "Bots listed.");
    metrics_gauge(w, (const char *const[]){"state", "connected"}, 1,
                  (double)(snap->bot_count - snap->bots_gone));
    metrics_gauge(w, (const char *const[]){"state", "gone"}, 1, (double)snap->bots_gone);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_sessions_resumed",
                  "WebSockets that went on with their session.");
    metrics_counter(w, NULL, 0, snap->totals.resumed);
}

/* A source that is called as the sum of the others is among them: a series is told once. */
static void add_starts(struct metrics_writer *w)
{
    const struct snap_totals *totals = &w->snap->totals;
    uint64_t other = totals->starts_other;
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_track_starts", "Tracks that began, by source.");
    for (unsigned i = 0; i < totals->source_count; i++) {
        const char *name = totals->sources[i].name;
        if (strcmp(name, "other") == 0)
            other += totals->sources[i].starts;
        else
            metrics_counter(w, (const char *const[]){"source", name}, 1, totals->sources[i].starts);
    }
    metrics_counter(w, (const char *const[]){"source", "other"}, 1, other);
}

static void add_tracks(struct metrics_writer *w)
{
    static const char *const codes[] = {"4006", "4014", "4xxx", "other"};
    const struct snap_totals *totals = &w->snap->totals;
    add_starts(w);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_track_ends", "Tracks that ended, by reason.");
    COUNT_WORDS(w, "reason", track_end_text, enum track_end, totals->track_ends, TRACK_END_COUNT);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_track_exceptions",
                  "Tracks that failed, by how bad it is.");
    COUNT_WORDS(w, "severity", severity_text, enum severity, totals->exceptions, SEVERITY_COUNT);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_track_stuck", "Tracks that got stuck.");
    metrics_counter(w, NULL, 0, totals->stuck);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_load_results", "Searches by what came of them.");
    COUNT_WORDS(w, "type", load_type_text, enum load_type, totals->load_results, LOAD_COUNT);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_voice_closes",
                  "Voice connections closed by Discord, by code.");
    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        metrics_counter(w, (const char *const[]){"code", codes[i]}, 1, totals->voice_closed[i]);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_frames_nulled",
                  "Audio frames that nodes sent empty.");
    metrics_counter(w, NULL, 0, totals->frames_nulled);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_frames_deficit",
                  "Audio frames that nodes did not send.");
    metrics_counter(w, NULL, 0, totals->frames_deficit);
}

/* Only of legs that were walked: five at each of many backends would be mostly zeros. */
static void add_flows(struct metrics_writer *w)
{
    const struct snap *snap = w->snap;
    metrics_begin(w, METRICS_HISTOGRAM, "lavaproxy_flow_duration_seconds",
                  "How long the legs of a bot's way take.");
    for (unsigned i = 0; snap->backend_flows != NULL && i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        for (unsigned leg = 0; leg < FLOW_COUNT; leg++) {
            const struct snap_histogram *times = &snap->backend_flows[i].times[leg];
            const char *const labels[] = {"leg",      flow_leg_text((enum flow_leg)leg),
                                          "backend",  b->name,
                                          "protocol", metrics_protocol(b->version)};
            uint64_t count = 0;
            for (unsigned bucket = 0; bucket <= SNAP_BUCKETS; bucket++)
                count += times->counts[bucket];
            if (count > 0)
                metrics_histogram(w, labels, 3, times);
        }
    }
}

void metrics_bots(struct metrics_writer *w)
{
    add_players(w);
    add_tracks(w);
    add_flows(w);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_diagnoses",
                  "Causes found for what goes wrong with bots.");
    COUNT_WORDS(w, "cause", diagnosis_name, enum diagnosis, w->snap->totals.diagnoses, DIAG_COUNT);
    metrics_begin(w, METRICS_COUNTER, "lavaproxy_notes_dropped",
                  "Things seen in passing traffic that found no room in the books.");
    metrics_counter(w, NULL, 0, w->snap->notes_dropped);
}
