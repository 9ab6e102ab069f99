/*
 * One immutable picture a second of everything: screen, JSON and (later) pages and metrics all draw
 * the same one, so their numbers never disagree. Published by control, shared by reference count;
 * all text in it is cleaned UTF-8, NUL-terminated.
 */
#ifndef STATS_SNAPSHOT_H
#define STATS_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "net/addr.h"
#include "stats/bot_view.h"
#include "stats/report.h"
#include "stats/series.h"

#define SNAP_EVENTS_MAX 200
#define SNAP_CHECKS 60
#define SNAP_REASON 100 /* why a backend is not online */
#define SNAP_BLOCKS_MAX 256
#define SNAP_IPS_EXACT 32
#define SNAP_UNKNOWN_RATE (-1.0)

/* 60 s of bytes per second, oldest first; never NULL in a snapshot (silent rows share one of
 * zeros). */
struct snap_history {
    uint32_t in[SERIES_SECONDS];
    uint32_t out[SERIES_SECONDS];
};

struct snap_conn {
    uint64_t id;
    struct addr client;
    int64_t opened_ms;
    uint64_t bytes_in, bytes_out;
    uint64_t messages;          /* requests, and WebSocket messages either way */
    uint64_t rate_in, rate_out; /* per second over rates.interval */
    double rate_messages;       /* likewise; SNAP_UNKNOWN_RATE: not known of this past second */
    uint64_t bot;               /* the id of its bot; 0: none is known */
    uint32_t requests;
    uint8_t kind, version, backend; /* backend: index into backends, or REPORT_NO_BACKEND */
    const struct snap_history *history;
    const char *user_id, *client_name, *user_agent, *path; /* "" when unknown */
};

struct snap_ip {
    struct addr_key key;
    uint32_t active;
    uint64_t bytes_in, bytes_out, messages, rate_in, rate_out;
    double rate_messages;
    uint64_t connections; /* ever */
    int64_t last_active_ms;
    const struct snap_history *history;
};

/* All that came under one name: a client (Client-Name, else User-Agent) or a user id. */
struct snap_name {
    const char *name; /* "": gave none; of the others "" too */
    uint64_t bytes_in, bytes_out, messages, rate_in, rate_out;
    double rate_messages;
    uint64_t connections; /* ever */
    uint32_t active;
    unsigned ips; /* different ones; about, when more than SNAP_IPS_EXACT. Of the others 0 */
    int64_t first_seen_ms, last_active_ms;
    const struct snap_history *history;
};

/* The names known, most recently active first, and all that were forgotten: together everything. */
struct snap_names {
    const struct snap_name *rows;
    unsigned count;
    struct snap_name others;
};

/* What an IP was refused for. */
struct snap_guess {
    struct addr_key key;
    uint64_t wrong, missing; /* passwords */
    uint64_t refused;        /* because it or its bot is blocked, or it is on the deny list */
    int64_t last_ms;
};

enum backend_state {
    BACKEND_UNKNOWN,      /* not checked yet */
    BACKEND_ONLINE,       /* answers as it should */
    BACKEND_SLOW,         /* online, but over health.slow */
    BACKEND_OFFLINE,      /* refused, reset, unreachable, no name */
    BACKEND_TIMEOUT,      /* no answer within health.timeout */
    BACKEND_UNAUTHORIZED, /* refuses the password configured for it */
    BACKEND_MISMATCH,     /* answers, but not as the Lavalink version it is configured as */
    BACKEND_DRAINING,     /* online or slow, and takes no new sessions */
    BACKEND_STATE_COUNT
};
/* "unknown" "online" "slow" "offline" "timeout" "unauthorized" "mismatch" "draining" */
const char *backend_state_text(enum backend_state state);
/* Whether requests may go there: ONLINE, SLOW, DRAINING. */
bool backend_state_is_up(enum backend_state state);

struct snap_backend {
    const char *name;
    const char *url; /* host:port */
    unsigned slot;   /* what a command calls it; stays the same across reloads */
    unsigned version;
    enum backend_state state;
    uint32_t sockets;          /* WebSockets there */
    uint32_t waiting;          /* sessions without a socket that may still resume there */
    uint32_t connections;      /* client connections whose last request went there */
    uint64_t connections_ever; /* likewise */
    int64_t last_active_ms;    /* 0: nothing was moved */
    struct node_stats stats;
    const char *reason; /* in words, "" when online */
    int64_t checked_ms; /* 0: never */
    double response_ms; /* of the last check that was answered; < 0: none */
    int64_t since_ms;   /* in this state */
    uint64_t bytes_in, bytes_out, messages, rate_in, rate_out, requests, failures;
    double rate_messages;
    const struct snap_history *history;
    struct snap_histogram check_times;   /* of answered checks, ever */
    uint32_t seen_players, seen_playing; /* of the players known here, whatever the node says */
    unsigned check_count;
    float checks[SNAP_CHECKS]; /* ms, oldest first; < 0: failed */
    bool draining;             /* by hand, or because the configuration no longer has it */
    bool removed;              /* the configuration no longer has it */
    bool safe_to_stop;         /* draining, and nothing lives there any more */
};

/* How long the legs take at one backend. */
struct snap_backend_flows {
    struct snap_flow flows[FLOW_COUNT];
    struct snap_histogram times[FLOW_COUNT]; /* ever */
};

enum event_level { EVENT_INFO, EVENT_WARN, EVENT_ERROR, EVENT_AUTH };
const char *event_level_text(enum event_level level); /* "INFO" "WARN" "ERR" "AUTH" */
struct snap_event {
    uint64_t seq;
    int64_t wall_ms;
    enum event_level level;
    char text[160];
};

/* An IP or a bot that is refused for a time. */
struct snap_block {
    int64_t until_ms;    /* wall clock, as of the snapshot */
    const char *user;    /* the bot's User-Id as in struct user_name, or NULL: it is an IP */
    struct addr_key key; /* of an IP; else zeroed, which is no address */
    bool by_hand;        /* else after too many wrong passwords */
};
/* Seconds of a block without an end: until it is taken back or the program ends. */
#define BLOCK_FOR_GOOD 3155760000.0

/* How the last reload went. Texts never hold a secret. */
struct snap_reload {
    int64_t wall_ms; /* 0: there was none */
    bool ok;         /* else the configuration from before is in force */
    unsigned change_count, restart_count, problem_count;
    const char *const *changes;  /* in force now */
    const char *const *restart;  /* only after a restart */
    const char *const *problems; /* why it was refused */
};

/* Other programs that follow what happens (events.file, events.unix). */
struct snap_events_out {
    unsigned readers;         /* of the socket, now */
    uint64_t dropped_readers; /* because they were too slow */
    uint64_t dropped_lines;   /* for want of room, or refused by the file */
    uint64_t file_errors;     /* writes and reopenings that failed */
};

struct snap {
    uint64_t seq;
    uint32_t
        second; /* the newest of all histories; the same in snapshots drawn within one second */
    unsigned window; /* seconds over which rates are taken */
    int64_t wall_ms;
    int64_t started_ms;
    bool demo;
    bool read_only;
    const char *listen;         /* "0.0.0.0:6923" (the first; more are joined by a space) */
    const char *web;            /* "127.0.0.1:6980" or "" */
    uint64_t limit_connections; /* CONFIG_NO_LIMIT: none */
    uint64_t band_medium, band_high;
    uint64_t bytes_in, bytes_out, messages, rate_in, rate_out;
    double rate_messages;
    struct snap_histogram loop_lag;              /* of the workers, the worst of each second */
    struct report_counts counts;                 /* ever */
    uint64_t opened, closed[CLOSE_REASON_COUNT]; /* ever */
    const struct snap_history *history;
    unsigned active_v3, active_v4;
    uint64_t others_bytes_in, others_bytes_out, others_connections; /* of IPs that were forgotten */
    struct snap_names clients, users;
    const struct snap_bot *bots; /* by id, the oldest first */
    unsigned bot_count, bots_gone;
    uint64_t nobody_bytes_in, nobody_bytes_out, nobody_messages; /* moved by what is no bot's */
    const struct snap_player *players;                           /* by bot, then by guild */
    unsigned player_count, playing_count;
    uint64_t players_forgotten; /* to make room for others */
    struct snap_totals totals;
    uint64_t notes_dropped; /* what was seen and found no room in the books: should be 0 */
    const struct snap_guess *guesses; /* the last refused first */
    unsigned guess_count;
    struct snap_guess other_guesses;     /* of IPs that were forgotten, or too many at once */
    const struct addr_net *allow, *deny; /* as configured */
    unsigned allow_count, deny_count;
    uint64_t rss_bytes;
    unsigned conn_count, ip_count, backend_count, event_count, warning_count;
    const struct snap_conn *conns; /* by id, oldest first */
    const struct snap_ip *ips;     /* most recently active first */
    const struct snap_backend
        *backends; /* as configured, then those that are removed and not empty */
    const struct snap_backend_flows *backend_flows; /* one for each; NULL in pictures of the past */
    const struct snap_block *blocks;    /* at most SNAP_BLOCKS_MAX, those that last longest first */
    unsigned block_count, blocks_total; /* in `blocks`; in force */
    struct snap_reload reload;
    struct snap_events_out events_out;
    const struct snap_event *events; /* oldest first */
    const char *const *warnings;     /* sentences for the header and /api/health */
};

/* The backend of this name, or NULL; a configured one before a removed one. */
const struct snap_backend *snap_find_backend(const struct snap *snap, struct slice name);

/* Whether a block is one without an end. */
bool snap_block_is_for_good(const struct snap *snap, const struct snap_block *block);

/* The bot with this id, or NULL; its players lie one behind the other in `players`. */
const struct snap_bot *snap_find_bot(const struct snap *snap, uint64_t id);

/* A connection that says what is known of a bot which has none (its id is 0): what a filter is
 * asked about it. Borrows its texts. */
struct snap_conn snap_bot_conn(const struct snap *snap, const struct snap_bot *bot);

/* The connection with this id, or NULL. */
const struct snap_conn *snap_find_conn(const struct snap *snap, uint64_t id);

/* Where the newest one hangs. */
struct snap_hub;

struct snap_hub *snap_hub_new(void);
void snap_hub_free(struct snap_hub *hub);

/* The newest snapshot with a reference of the caller's, or NULL before the first. Any thread; never
 * blocks for long. */
const struct snap *snap_get(struct snap_hub *hub);
const struct snap *snap_ref(const struct snap *snap); /* one more; returns it */
void snap_put(const struct snap *snap);               /* NULL is harmless */

/* Pictures that the screen drew, and that it left out because the terminal was slow. Counted in the
 * hub, since a snapshot is drawn before them. Any thread. */
struct snap_frames {
    uint64_t drawn, skipped;
};
void snap_hub_count_frame(struct snap_hub *hub, bool drawn);
struct snap_frames snap_hub_frames(struct snap_hub *hub);

/* Waits until a snapshot newer than `seq` is published or `seconds` passed; true if there is one.
 * UI thread. */
bool snap_wait(struct snap_hub *hub, uint64_t seq, double seconds);

/* Control only: takes over `snap` (one allocation from snap_alloc) as the newest. */
void snap_publish(struct snap_hub *hub, struct snap *snap);

/* Control only: a zeroed snapshot with `arena` bytes behind it for its arrays and text, one
 * reference. */
struct snap *snap_alloc(size_t arena);
/* Called with it when its last reference goes, by whichever thread lets go of that; before it is
 * published. */
void snap_on_free(struct snap *snap, void (*let_go)(const struct snap *));
/* Takes `size` bytes (8-aligned) of the arena; NULL when it is used up, which is a bug of the
 * caller's sum. */
void *snap_take(struct snap *snap, size_t size);

#endif
