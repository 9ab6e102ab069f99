/*
 * What a worker saw pass and the books want to know: handshakes, sessions, players, requests,
 * troubles. A worker appends notes of different lengths to a batch, one allocation for hundreds of
 * them, and sends it with its report, or before when it is full. Text is raw from the network, cut
 * to fit; nothing in a note is a secret: no passwords, voice tokens, whole session ids, bodies.
 * Notes of different workers come in no order: whoever enters them goes by `at_us`.
 */
#ifndef STATS_NOTES_H
#define STATS_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lavalink/words.h"
#include "net/addr.h"
#include "stats/report.h"

enum note_kind {
    NOTE_HANDSHAKE,   /* note_handshake: a WebSocket handshake was answered */
    NOTE_SESSION,     /* note_session: the node said `ready` */
    NOTE_RESUMING,    /* note_resuming */
    NOTE_SHARE,       /* note_share: a REST connection belongs to this session's bot from here on */
    NOTE_REQUEST,     /* note_request: a REST exchange ended that is worth a word */
    NOTE_ASK,         /* note_ask: a player is told something, by PATCH or by a v3 op */
    NOTE_PLAYER,      /* note_player: the node said how a player is (playerUpdate, answers) */
    NOTE_GONE,        /* note_guild: a player was destroyed */
    NOTE_TRACK_START, /* note_track */
    NOTE_TRACK_END,   /* note_end */
    NOTE_EXCEPTION,   /* note_trouble */
    NOTE_STUCK,       /* note_trouble */
    NOTE_VOICE_CLOSED, /* note_trouble */
    NOTE_FRAMES,       /* note_frames */
    NOTE_TITLE,        /* note_track: what an opaque blob of v3 is called; guild 0 */
    NOTE_OTHER,        /* note_other: an event or op that Lavalink does not have itself */
    NOTE_KIND_COUNT
};

/* A hash of a session id, keyed; 0, 0: none. */
struct note_key {
    uint64_t half[2];
};

/* In front of every note. */
struct note {
    uint16_t size; /* of the whole note, a multiple of 8 */
    uint8_t kind;
    uint8_t backend; /* slot, or REPORT_NO_BACKEND */
    uint8_t version; /* 3 or 4 */
    uint64_t conn;   /* on which connection it was seen */
    int64_t at_us;   /* clock_mono() in microseconds */
};

#define NOTE_SHOWN 12 /* "k7..q2": what may be shown of a session id, NUL-terminated */

struct note_handshake {
    struct note note;
    struct addr client;
    uint16_t status;   /* the node's or ours; 101: the tunnel stands */
    bool by_node;      /* the status is the node's own */
    bool asked_resume; /* it came with a Session-Id or Resume-Key */
    bool resumed;      /* the 101 says Session-Resumed: true */
    bool no_user;      /* no User-Id, an empty one, or 0 */
    struct report_text user_id, client_name, user_agent;
};

struct note_session {
    struct note note;
    struct note_key session;
    bool resumed;
    uint32_t took_us; /* since the handshake came in */
    char shown[NOTE_SHOWN];
};

struct note_resuming {
    struct note note;
    struct note_key session; /* 0, 0: that of the connection (v3 before 3.7) */
    int8_t resuming;         /* -1: not said */
    double timeout;          /* seconds; < 0: not said */
};

struct note_share {
    struct note note;
    struct note_key session;
    uint64_t bytes_in, bytes_out; /* of the connection so far: the other bot's */
    uint32_t requests;            /* likewise */
};

/* Every loadtracks and PATCH of a player, and every answer of 400 or more, ours or the node's. Most
 * have no message: a note ends where its message does. */
struct note_request {
    struct note note;
    struct addr client;      /* its connection may have come and gone between two reports */
    struct note_key session; /* of the path, or 0, 0 */
    uint64_t guild;
    uint32_t took_us; /* from the request's head to the answer's head */
    uint16_t status;
    uint8_t route;              /* enum rest_route */
    uint8_t load_type;          /* enum load_type, of an answered loadtracks; else LOAD_COUNT */
    bool no_channel;            /* its body had a voice part without channelId */
    bool by_node;               /* the status is the node's own */
    struct report_text message; /* of a load that failed, or the node's error JSON */
};

/* -1 (or NOTE_UNSAID): not said. */
#define NOTE_UNSAID INT64_MIN
struct note_ask {
    struct note note;        /* at_us: when the request came in */
    struct note_key session; /* 0, 0: that of the connection (a v3 op) */
    uint64_t guild;
    int64_t position_ms;
    int32_t volume;
    int8_t paused;
    int8_t track; /* 1: plays one, 0: stops, -1: not said */
    bool voice;   /* has a voice part */
    bool no_replace;
};

struct note_player {
    struct note note;
    struct note_key session; /* 0, 0: that of the connection */
    uint64_t guild;
    int64_t position_ms;
    int32_t volume, ping;
    int8_t paused, connected;
    bool no_track; /* an answer said that nothing is loaded */
};

struct note_guild {
    struct note note;
    struct note_key session;
    uint64_t guild;
};

/* Text behind the struct: title, author and source, each NUL-terminated. */
struct note_track {
    struct note note;
    struct note_key session; /* 0, 0: that of the connection */
    uint64_t guild;
    uint64_t hash; /* of the encoded track; 0: not known */
    int64_t length_ms;
    bool decoded; /* the texts are known */
    bool is_stream;
    bool by_answer; /* an answer to PATCH or GET told it, not an event: nothing has started */
    uint8_t title_len, author_len, source_len; /* without the NULs */
    char texts[];
};

struct note_end {
    struct note note;
    uint64_t guild;
    uint8_t end; /* enum track_end */
};

struct note_trouble {
    struct note note;
    uint64_t guild;
    int64_t threshold_ms; /* STUCK */
    int32_t close_code;   /* VOICE_CLOSED */
    uint8_t severity;     /* EXCEPTION: enum severity */
    bool by_remote;
    struct report_text message;
};

/* A session's stats frame. */
struct note_frames {
    struct note note;
    int64_t sent, nulled, deficit;
    double system_load, lavalink_load; /* < 0: not said */
};

struct note_other {
    struct note note;
    struct report_text name;
};

#define NOTE_BATCH_BYTES 32768
struct note_batch {
    struct note_batch *next; /* in a report */
    uint32_t len;
    uint32_t dropped; /* notes lost before this batch, for want of memory or because control is
                         behind */
    _Alignas(8) char bytes[NOTE_BATCH_BYTES];
};

/* The first note of a batch, or the one behind `note`; NULL at the end. */
const struct note *note_first(const struct note_batch *batch);
const struct note *note_next(const struct note_batch *batch, const struct note *note);

#endif
