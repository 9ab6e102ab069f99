/*
 * One guild's player as the passing traffic tells of it: what a bot asks for, what the node says.
 * Told by several sockets and threads, so word of it comes in no order: every call says when it was
 * seen, and for each group of fields an older word never undoes a newer one. Times are microseconds
 * of one clock that does not go back, above 0. Pure; whoever owns it.
 */
#ifndef LAVALINK_PLAYER_H
#define LAVALINK_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "lavalink/words.h"

#define PLAYER_UNSAID INT64_MIN
#define PLAYER_PAIR_US 60000000          /* what lies further apart does not belong together */
#define PLAYER_PLAYS 3                   /* so many within a second find each other in any order */
#define PLAYER_POSITION_MAX 315360000000 /* ten years in ms: numbers beyond are brought here */

enum player_group {
    PLAYER_TRACK,
    PLAYER_START,
    PLAYER_PAUSE,
    PLAYER_VOLUME,
    PLAYER_POSITION,
    PLAYER_VOICE,
    PLAYER_GROUPS
};

struct player_state {
    int64_t told_us[PLAYER_GROUPS];   /* the newest word of each; 0: none */
    int64_t position_ms;              /* < 0: not known */
    int64_t position_us;              /* was there then */
    int64_t paused_us;                /* since when it is paused, or not any more; 0: ever */
    int64_t started_us;               /* the track; 0: not known */
    uint64_t track;                   /* hash of what is loaded, or was last; 0: not known */
    int64_t plays_us[PLAYER_PLAYS];   /* asked to play and not started yet; 0: none */
    int64_t unasked_us[PLAYER_PLAYS]; /* starts that no asking is known for yet; likewise */
    int64_t voice_us;                 /* asked to connect, likewise */
    int64_t connected_us;             /* since when it is known connected */
    int32_t plays_ms[PLAYER_PLAYS];   /* where those are to begin; < 0: not said */
    int32_t ping;                     /* ms; < 0: not connected or not said */
    int16_t volume;                   /* < 0: not said */
    int8_t connected;                 /* -1: not said */
    bool has_track;                   /* something is loaded, whatever it is */
    bool paused;
    bool voice_timed; /* how long this connection took has been told */
};

/* How long a leg took that is over by this word; < 0: none is. */
struct player_legs {
    int64_t play_us;  /* told to play, to started */
    int64_t voice_us; /* voice update, to connected */
};
#define PLAYER_NO_LEGS ((struct player_legs){-1, -1})

/* What a PATCH or a v3 op asks for; -1 (positions: PLAYER_UNSAID): not said. */
struct player_ask {
    int64_t position_ms;
    int32_t volume;
    int8_t paused;
    int8_t track;    /* 1: plays one, 0: stops, which counts only when the node says so */
    bool voice;      /* has a voice part */
    bool no_replace; /* not if one is loaded */
};

/* What the node says; likewise. */
struct player_word {
    int64_t position_ms;
    int32_t volume, ping;
    int8_t paused, connected;
    bool no_track; /* an answer says that nothing is loaded */
};

/* Nothing is known yet. */
void player_begin(struct player_state *player);

struct player_legs player_ask(struct player_state *player, const struct player_ask *ask,
                              int64_t at_us);
/* What was asked then, to a microsecond, was refused: nothing of it holds. */
void player_refused(struct player_state *player, int64_t asked_us);
struct player_legs player_says(struct player_state *player, const struct player_word *word,
                               int64_t at_us);

/* `hash` of the track, 0: not known. *shown: whether this is the track that is loaded now. */
struct player_legs player_starts(struct player_state *player, uint64_t hash, int64_t at_us,
                                 bool *shown);
/* An answer, not an event, says that it is loaded; whether it is what is loaded now. */
bool player_has(struct player_state *player, uint64_t hash, int64_t at_us);
void player_ends(struct player_state *player, enum track_end end, int64_t at_us);
/* The voice connection ended. */
void player_voice_ends(struct player_state *player, int64_t at_us);

/* Whether sound comes out: a track that is not paused. */
bool player_plays(const struct player_state *player);
/* Where it was at *at_us, in ms; from there it moves on while it plays. < 0: not known. */
int64_t player_position(const struct player_state *player, int64_t *at_us);

#endif
