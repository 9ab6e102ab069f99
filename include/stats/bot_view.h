/*
 * Bots and players as a snapshot shows them. Part of stats/snapshot.h; immutable; any thread. All
 * text is cleaned UTF-8, NUL-terminated, never NULL; no secrets, session ids shortened.
 */
#ifndef STATS_BOT_VIEW_H
#define STATS_BOT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "lavalink/words.h"
#include "net/addr.h"
#include "stats/report.h"

#define SNAP_TEXT 72 /* a remote text field: at most 64 columns */

/* How often something took how long, by bounds that rise from 1 ms to 5 s (as Prometheus has them,
 * but not added up); the last one is without bound. */
#define SNAP_BUCKETS 12
struct snap_histogram {
    uint64_t counts[SNAP_BUCKETS + 1];
    double sum; /* seconds */
};
double snap_bucket_bound(unsigned bucket); /* seconds, inclusive */
void snap_histogram_add(struct snap_histogram *histogram, double seconds);

/* The legs of a music bot's way that can be seen from here, each with its time. */
enum flow_leg {
    FLOW_SEARCH, /* loadtracks: request to answer */
    FLOW_PATCH,  /* PATCH of a player: request to answer */
    FLOW_PLAY,   /* told to play, to TrackStartEvent */
    FLOW_VOICE,  /* voice update, to connected */
    FLOW_READY,  /* WebSocket handshake, to `ready` */
    FLOW_COUNT
};
const char *flow_leg_text(enum flow_leg leg); /* "search" "patch" "play" "voice" "ready" */
/* Seconds it should take at most at the 95th percentile; 0: nothing is said. */
double flow_target(enum flow_leg leg);

/* Of the last five minutes; seconds. Without any `count` is 0 and the rest is too. */
struct snap_flow {
    uint32_t count;
    float p50, p95, p99;
};
/* Whether the target is missed. */
bool flow_is_late(enum flow_leg leg, const struct snap_flow *flow);

/* What is found wrong with a bot, each told once in the event list, and counted. */
enum diagnosis {
    DIAG_WRONG_PASSWORD,  /* again and again */
    DIAG_V3_ON_V4,        /* 200 to an upgrade */
    DIAG_NO_USER,         /* no User-Id */
    DIAG_TIMEOUT_MS,      /* a resume timeout that must be milliseconds */
    DIAG_RECONNECT_STORM, /* without resuming */
    DIAG_NO_CHANNEL,      /* 400 for want of voice.channelId */
    DIAG_STARVED,         /* the node has a deficit of frames */
    DIAG_COUNT
};
const char *
diagnosis_text(enum diagnosis diagnosis); /* a sentence on what is wrong, and what to do */
const char *
diagnosis_name(enum diagnosis diagnosis); /* "wrong-password" ... for JSON and metrics */

enum trouble_kind {
    TROUBLE_EXCEPTION,
    TROUBLE_STUCK,
    TROUBLE_LOAD,
    TROUBLE_VOICE,
    TROUBLE_REST,
    TROUBLE_KIND_COUNT
};
const char *
trouble_kind_text(enum trouble_kind kind); /* "exception" "stuck" "load" "voice" "rest" */

#define SNAP_TROUBLE_LINES 5
#define SNAP_TROUBLE_CODES 8
struct snap_trouble_line {
    int64_t wall_ms;
    uint32_t times; /* the same in a row */
    uint8_t kind;   /* enum trouble_kind */
    char text[120]; /* "fault: This video is not available (guild 8100...)" */
};
struct snap_trouble {
    uint32_t exceptions[SEVERITY_COUNT], stuck, load_failures, voice_closed;
    uint32_t client_errors[ROUTE_COUNT], server_errors[ROUTE_COUNT]; /* 4xx, 5xx */
    uint64_t frames_nulled, frames_deficit;                          /* of all minutes told of */
    unsigned code_count;
    struct {
        int32_t code;
        uint32_t count;
    } codes[SNAP_TROUBLE_CODES]; /* of the voice gateway, the most frequent first */
    uint32_t diagnoses[DIAG_COUNT];
    unsigned line_count;
    struct snap_trouble_line lines[SNAP_TROUBLE_LINES]; /* newest first */
};

/* What a bot is known by. */
enum bot_by { BOT_BY_USER, BOT_BY_CLIENT, BOT_BY_IP };

#define SNAP_BOT_IPS 8

struct snap_history;
struct snap_bot {
    uint64_t id;             /* never given twice while the program runs; for URLs and the screen */
    const char *name;        /* for people: Client-Name, else the user id, else the IP */
    const char *user_id;     /* "" */
    const char *client_name; /* as sent, "" */
    const char *library;     /* "Shoukaku/4.1.1": of Client-Name or User-Agent, "" */
    const char *session;     /* of the newest, shortened: "k7..q2", "" */
    const struct addr_key *ips; /* at most SNAP_BOT_IPS, the newest first */
    unsigned ip_count, ips_total;
    uint64_t backends; /* bit per index into snap->backends */
    enum bot_by by;
    uint8_t versions;      /* bit 0: v3, bit 1: v4 */
    int8_t resuming;       /* 1 on, 0 off, -1 not known */
    double resume_timeout; /* seconds; < 0: not said */
    uint32_t sockets, connections;
    uint32_t players, playing;
    unsigned first_player; /* index into snap->players; its `players` lie there in a row */
    uint64_t bytes_in, bytes_out, messages, rate_in, rate_out;
    double rate_messages;
    uint64_t requests, answers[REPORT_CLASSES]; /* REST */
    uint64_t handshakes, reconnects,
        resumed;          /* WebSockets ever, without the first, with their session */
    int64_t first_ms;     /* first seen */
    int64_t connected_ms; /* since when it has a socket; 0: it has none */
    int64_t gone_ms;      /* since when it has none; 0: it is here; < 0: not known (of the past) */
    int64_t last_active_ms;
    const struct snap_history *history;
    struct snap_flow flows[FLOW_COUNT];
    const struct snap_trouble *trouble; /* never NULL */
};
/* What went wrong on its way so far: answers 4xx and 5xx, and exceptions of its tracks. */
uint64_t snap_bot_errors(const struct snap_bot *bot);

/* What is played: shared by all pictures of it. */
struct snap_track {
    int64_t length_ms; /* 0: not known, or a stream */
    bool is_stream;
    const char *title, *author, *source;
};

struct snap_player {
    uint64_t guild;
    uint64_t bot;                        /* id */
    const struct snap_track *track;      /* NULL: none is loaded, or what is loaded is not known */
    int64_t position_ms, position_at_ms; /* was there then, by the wall clock; < 0: not known */
    int64_t since_ms;                    /* first seen */
    int64_t started_ms;                  /* the track; 0: not known */
    int64_t updated_ms;
    int32_t ping;    /* ms; < 0: not connected or not said */
    int16_t volume;  /* < 0: not seen */
    uint8_t backend; /* index into backends, or REPORT_NO_BACKEND */
    uint8_t version;
    bool has_track; /* something is loaded */
    bool paused;
    int8_t connected; /* voice: 1 yes, 0 no, -1 not known */
};
/* Whether sound comes out: a track that is not paused. */
bool snap_player_is_playing(const struct snap_player *player);
/* Where it is by now, moving on between updates and never beyond the end; < 0: not known. */
int64_t snap_player_position(const struct snap_player *player, int64_t wall_ms);

/* Ever, over all bots. Sources beyond the bound count as "other". */
#define SNAP_SOURCES 12
struct snap_totals {
    unsigned source_count;
    struct {
        char name[24];
        uint64_t starts;
    } sources[SNAP_SOURCES];
    uint64_t starts_other;
    uint64_t track_ends[TRACK_END_COUNT];
    uint64_t exceptions[SEVERITY_COUNT], stuck;
    uint64_t load_results[LOAD_COUNT];
    uint64_t voice_closed[4]; /* 4006, 4014, other codes from 4000 on, the rest */
    uint64_t events_other;    /* of plugins */
    uint64_t frames_nulled, frames_deficit;
    uint64_t diagnoses[DIAG_COUNT];
    uint64_t handshakes, resumed;
    struct snap_flow flows[REPORT_VERSIONS][FLOW_COUNT]; /* over all backends of a version */
};

#endif
