/*
 * What a worker tells the ledger, once a second and at once when a batch is full: connections that
 * opened or changed, counters that moved, connections that ended. Plain values; text is raw from
 * the network and cleaned by the ledger. Built by a worker, posted to control as one mail, freed by
 * control.
 */
#ifndef STATS_REPORT_H
#define STATS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "conf/fleet.h"
#include "net/addr.h"
#include "net/mailbox.h"

#define REPORT_TEXT_MAX 64
#define REPORT_BACKENDS_MAX FLEET_MAX
#define REPORT_NO_BACKEND 255
#define REPORT_CLASSES 6 /* of answers: by the first digit of their status */

/* Raw text from a head, cut to fit, not NUL-terminated. */
struct report_text {
    uint8_t len;
    char bytes[REPORT_TEXT_MAX];
};

/* How many bytes of `from` fit; a character of UTF-8 fits whole or not at all. */
size_t report_text_fit(struct slice from);
/* Keeps so many. */
void report_text_set(struct report_text *text, struct slice from);

/* Why a connection ended: the same words in log, screen, JSON and metrics (close_reason_text). */
enum close_reason {
    CLOSE_CLIENT,      /* the client ended it */
    CLOSE_BACKEND,     /* the backend ended it */
    CLOSE_DONE,        /* answered, Connection: close */
    CLOSE_REFUSED,     /* refused here (4xx) */
    CLOSE_UNAVAILABLE, /* no backend (5xx made here) */
    CLOSE_HEADER_TIMEOUT,
    CLOSE_IDLE_TIMEOUT,
    CLOSE_RESPONSE_TIMEOUT,
    CLOSE_TUNNEL_TIMEOUT,
    CLOSE_CLIENT_ERROR,  /* reset or other socket error */
    CLOSE_BACKEND_ERROR, /* reset, bad framing */
    CLOSE_KILLED,
    CLOSE_BLOCKED,
    CLOSE_DRAIN,
    CLOSE_NO_MEMORY,
    CLOSE_REASON_COUNT
};
const char *close_reason_text(enum close_reason reason);

enum conn_kind { CONN_NEW, CONN_REST, CONN_WEBSOCKET }; /* NEW: no complete head yet */

struct report_info {
    uint64_t id;
    struct addr client;
    int64_t opened_ms;                                         /* wall clock */
    uint8_t kind;                                              /* enum conn_kind */
    uint8_t version;                                           /* 0 unknown, 3, 4 */
    uint8_t backend;                                           /* slot, or REPORT_NO_BACKEND */
    struct report_text user_id, client_name, user_agent, path; /* path without its query */
};

struct report_tick {
    uint64_t id;
    uint64_t bytes_in, bytes_out;     /* totals since it opened */
    uint32_t requests;                /* total */
    uint32_t messages;                /* total: requests, and WebSocket messages either way */
    uint32_t answers[REPORT_CLASSES]; /* total: by the first digit of their status */
};

/* One ended connection; complete in itself, since it may have lived for less than a tick. */
struct report_closed {
    uint64_t id;
    struct addr client;
    int64_t opened_ms;
    uint64_t bytes_in, bytes_out;
    uint32_t requests, messages;
    uint32_t answers[REPORT_CLASSES];
    uint8_t reason; /* enum close_reason */
    uint8_t kind, version, backend;
    struct report_text user_id, client_name, user_agent;
};

/* Things worth a line in the event list. */
enum report_event_kind {
    REPORT_AUTH_WRONG,
    REPORT_AUTH_MISSING,
    REPORT_BLOCKED,
    REPORT_LIMITED,
    REPORT_BACKEND_FAILED,
    REPORT_BAD_REQUEST,
    REPORT_BLOCK_BEGINS, /* this wrong password was one too many */
    REPORT_USER_BLOCKED, /* the text is the User-Id; counts for each one apart */
    REPORT_NO_MEMORY,
    REPORT_NO_DESCRIPTORS
};
struct report_event {
    uint8_t kind;
    uint8_t backend;
    struct addr client;
    uint16_t status;         /* answered, or 0 */
    uint32_t count;          /* how many times since the last report (same kind and client) */
    struct report_text text; /* raw detail */
};

/* What a node says of itself, in its stats frames and to GET /vN/stats. */
struct node_stats {
    bool known;
    uint32_t players, playing;
    double system_load, lavalink_load; /* 0..1; < 0: not said */
    uint64_t memory_used;              /* bytes */
};

struct op_stats;
/* The same as known figures, from a message that has them. */
struct node_stats node_stats_of(const struct op_stats *stats);

struct report_backend {
    uint64_t bytes_in, bytes_out; /* since the last report; counted on the client's socket */
    uint32_t messages;            /* since the last report */
    uint32_t requests, failures;  /* since the last report */
    struct node_stats stats;      /* the newest since the last report, if any came */
};

/* Messages that could not be looked into, by reason, and sockets that are not looked at any more.
 */
enum report_blind {
    BLIND_SIZE,    /* longer than 64 KB: passed over */
    BLIND_BINARY,  /* passed over */
    BLIND_FRAMING, /* not a WebSocket frame as it must be: the socket is given up */
    BLIND_TEXT,    /* not UTF-8, not JSON, or nested too deep: likewise */
    BLIND_MEMORY,  /* no memory to look into it: passed over */
    BLIND_BODY,    /* a REST body that could not be read (compressed, or no JSON) */
    BLIND_COUNT
};
const char *report_blind_text(enum report_blind blind); /* "size" "binary" ... */

/* Answers to clients by version (0: none named, then 3 and 4) and by the first digit of their
 * status, ours included; and what came to nothing at the door. */
enum report_version { REPORT_VERSION_NONE, REPORT_VERSION_3, REPORT_VERSION_4, REPORT_VERSIONS };
struct report_counts {
    uint64_t answers[REPORT_VERSIONS][REPORT_CLASSES];
    uint64_t auth_missing, auth_wrong, auth_blocked;
    uint64_t blind[BLIND_COUNT];
};
/* Adds one to another. */
void report_counts_add(struct report_counts *to, const struct report_counts *from);

struct note_batch;

struct report {
    struct mail mail;
    unsigned worker;
    uint64_t tick;  /* the collection this answers; 0 for a batch sent early */
    double lag;     /* seconds: worst loop lag since the last report */
    bool only_news; /* nothing is reported but that a track began since the last collection */
    struct report_info *infos;
    unsigned info_count;
    struct report_tick *ticks;
    unsigned tick_count;
    struct report_closed *closed;
    unsigned closed_count;
    struct report_event *events;
    unsigned event_count;
    struct report_backend backends[REPORT_BACKENDS_MAX]; /* by slot */
    struct report_counts counts;                         /* since the last report */
    struct note_batch *notes;                            /* in their order; owned */
};

/* Frees the report and its arrays; NULL is harmless. */
void report_free(struct report *report);

#endif
