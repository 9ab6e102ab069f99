/*
 * What a Lavalink WebSocket message says, read piece by piece as it passes (Lavalink docs,
 * "WebSocket API"; v3 "IMPLEMENTATION.md"). However a message is cut, the result is the same.
 * Field order is never relied on; numbers out of range are brought into it; the first of several
 * members of one name counts. Pure; one thread at a time.
 */
#ifndef LAVALINK_OP_H
#define LAVALINK_OP_H

#include "lavalink/blob.h"
#include "lavalink/skim.h"
#include "lavalink/words.h"

#define OP_SESSION_MAX 64 /* longer session ids and resume keys are not followed */
#define OP_TEXT_MAX                                                                                \
    128 /* of a title, author or message with its NUL; longer ones are cut between                 \
           characters */
#define OP_NAME_MAX 48
#define OP_BLOB_MAX 1600 /* of an encoded track; what lies behind is not decoded */

enum op_side { OP_FROM_SERVER, OP_FROM_CLIENT }; /* a client that says `ready` is not believed */

enum op_kind {
    OP_OTHER,              /* name */
    OP_READY,              /* server: session, resumed */
    OP_STATS,              /* server: stats, frames */
    OP_PLAYER_UPDATE,      /* server: guild, player */
    OP_TRACK_START,        /* server, op "event": guild, track */
    OP_TRACK_END,          /* guild, track, end */
    OP_TRACK_EXCEPTION,    /* guild, track, severity, message */
    OP_TRACK_STUCK,        /* guild, track, threshold_ms */
    OP_VOICE_CLOSED,       /* guild, close_code, by_remote, message (the reason) */
    OP_EVENT_OTHER,        /* an event of a plugin: name, guild if it says one */
    OP_CONFIGURE_RESUMING, /* client, v3: resuming, resume_key, timeout */
    OP_PLAY,               /* client, v3: guild, track; player: paused, volume, position if said */
    OP_STOP,               /* the rest: client, v3: guild */
    OP_DESTROY,
    OP_PAUSE,  /* player: paused */
    OP_SEEK,   /* player: position */
    OP_VOLUME, /* player: volume */
    OP_VOICE_UPDATE,
    OP_KIND_COUNT
};

/* Figures of a whole node, not of one session. */
struct op_stats {
    uint32_t players, playing;
    int64_t uptime_ms;                 /* < 0: not said */
    double system_load, lavalink_load; /* 0..1; < 0: not said */
    uint64_t memory_used;              /* bytes of the JVM's heap; 0: not said */
};

/* Audio frames of this session in the last whole minute, mean per playing player. */
struct op_frames {
    bool known;
    int64_t sent, nulled, deficit; /* deficit < 0: more than expected */
};

/* -1 where it was not said. */
struct op_player {
    int8_t paused, connected;
    int32_t volume, ping;         /* ping in ms; -1 also when not connected */
    int64_t position_ms, time_ms; /* time: of the node's clock */
};

struct op {
    enum op_kind kind;
    bool resumed;   /* READY */
    bool resuming;  /* CONFIGURE_RESUMING: there is a key, also where it is not followed */
    uint64_t guild; /* 0: none said, or none that is a number */
    char session[OP_SESSION_MAX + 1];    /* READY; never empty there */
    char resume_key[OP_SESSION_MAX + 1]; /* a key with escapes is not followed (empty) */
    char name[OP_NAME_MAX]; /* EVENT_OTHER: the type; OTHER: an op that Lavalink does not have, else
                               empty */
    double timeout;         /* seconds, as said; < 0: not said */
    struct op_stats stats;
    struct op_frames frames;
    struct op_player player;
    struct op_track track;
    bool no_replace;        /* PLAY: not if one is loaded */
    enum severity severity; /* SUSPICIOUS where it says none */
    enum track_end end;
    int64_t threshold_ms;
    int32_t close_code;
    bool by_remote;
    char message[OP_TEXT_MAX]; /* "" where none or null */
};

/* One message under way: less than 4 KB. May be moved with memcpy. */
struct op_reader {
    struct skim skim;
    enum op_side side;
    char op[OP_NAME_MAX], type[OP_NAME_MAX];
    char session[OP_SESSION_MAX + 1], resume_key[OP_SESSION_MAX + 1];
    char reason[OP_TEXT_MAX], message[OP_TEXT_MAX];
    char title[OP_TEXT_MAX], author[OP_TEXT_MAX];
    char source[OP_SOURCE_MAX], severity[16], blob[OP_BLOB_MAX];
};

/* `seed` makes the hashes of tracks this process's own: the same number for all readers. */
void op_begin(struct op_reader *reader, enum op_side side, uint64_t seed);
/* False once it is broken for sure: not UTF-8, not JSON, deeper than SKIM_DEPTH_MAX. */
bool op_feed(struct op_reader *reader, struct slice piece);
/* The message is over; nothing secret of it stays in the reader. False: it is broken or cut short,
 * and op->kind is OP_OTHER. What the kind does not have is unset. */
bool op_end(struct op_reader *reader, struct op *op);
/* Instead of op_end when a message is given up. */
void op_drop(struct op_reader *reader);

/* Reads the body of GET /vN/stats; false when it is none. */
bool op_read_stats(struct op_stats *stats, struct slice body);

#endif
