/*
 * What REST requests and answers between a bot and a node say, read along piece by piece and never
 * held back (Lavalink docs, "REST API"). However a body is cut, the result is the same; memory is
 * the reader's own fixed size, and voice tokens and whole bodies are never in it. The order of
 * fields is never relied on. Pure; one thread at a time.
 */
#ifndef LAVALINK_REST_H
#define LAVALINK_REST_H

#include "lavalink/op.h"

/* What a request is about; `path` without its query. *guild: the one that the path names, else 0.
 * Handshakes are the caller's to know. */
enum rest_route rest_route_of(struct slice method, struct slice path, uint64_t *guild);

/* Which body is read. */
enum rest_body {
    REST_ASKS_PLAYER,  /* PATCH player: track, asked, voice, no_channel, player, said */
    REST_ASKS_SESSION, /* PATCH session: says_resuming, resuming, resume_key, timeout */
    REST_SAYS_PLAYER, /* a Player, or a list of them, each handed out: guild, track, player, said */
    REST_SAYS_LOAD,   /* an answer of loadtracks: load_type, severity, message; of v3 also tracks
                         whose blob cannot be decoded, each handed out: said */
    REST_SAYS_ERROR   /* Lavalink's error JSON: message */
};

struct rest_said {
    uint64_t guild;          /* 0: none */
    int8_t track;            /* 1: there is one, 0: null, -1: not said */
    bool voice, no_channel;  /* there is a voice part; one without channelId, or an empty one */
    struct op_player player; /* v3 says `connected` and `ping` in its voice part */
    struct op_track said; /* the track, as far as it is told; ASKS_PLAYER: if its blob is there */
    enum load_type load_type; /* LOAD_COUNT: not said */
    enum severity severity;   /* SUSPICIOUS where it says none */
    bool says_resuming; /* whether the session outlives its socket from now on, as far as the body
                           says it: a v3 key does, null does not, a v4 answer outweighs both */
    bool resuming;
    double timeout;                      /* seconds, as said; < 0: not said */
    char resume_key[OP_SESSION_MAX + 1]; /* v3; empty when absent, null or not followed */
    char message[OP_TEXT_MAX];           /* "" where none or null */
};

/* One body under way: less than 4 KB. May be moved with memcpy. */
struct rest_reader {
    struct skim skim;
    enum rest_body body;
    bool old_loads; /* SAYS_LOAD of v3 */
    bool opaque;    /* the tracks of this answer have to be remembered */
    bool decodable; /* or they need not */
    bool enough;
    bool begun;    /* bytes of it have been looked at */
    uint8_t front; /* SAYS_LOAD: the enum load_type that stood in front; LOAD_COUNT: none did */
    char encoded[OP_BLOB_MAX], title[OP_TEXT_MAX], author[OP_TEXT_MAX], source[OP_SOURCE_MAX];
    char load_type[20], severity[16], channel[8], resume_key[OP_SESSION_MAX + 1];
    char message[OP_TEXT_MAX];
};

/* `version`: 3 or 4, of the node; `seed`: that of op_begin. */
void rest_begin(struct rest_reader *reader, enum rest_body body, unsigned version, uint64_t seed);

enum rest_result {
    REST_MORE,   /* every byte has been looked at */
    REST_SAID,   /* *said is one of several; call again with the rest */
    REST_ENOUGH, /* whatever follows does not matter; feeding more is harmless */
    REST_BROKEN  /* not JSON in UTF-8 */
};
/* Takes bytes off the front of *bytes. `said` is left alone but for REST_SAID. */
enum rest_result rest_next(struct rest_reader *reader, struct slice *bytes, struct rest_said *said);

/* The body is over, or was enough: what it says as a whole. False: it is broken or cut short, or
 * says nothing of the kind. Nothing secret stays in the reader. */
bool rest_end(struct rest_reader *reader, struct rest_said *said);
/* Instead, when a body is given up. */
void rest_drop(struct rest_reader *reader);

#endif
