/*
 * Players: what a guild hears, by the clock instead of by sound. One thread.
 */
#ifndef DEMO_PLAYER_H
#define DEMO_PLAYER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/slice.h"
#include "base/str.h"
#include "track.h"

struct session;

#define PLAYER_VOICE_TEXT 256

/* What becomes of a track shortly after its start. */
enum player_mishap { MISHAP_NONE, MISHAP_FAILS, MISHAP_STICKS };

struct player {
    struct session *session;
    uint64_t guild;
    char guild_text[24];
    bool loaded; /* has a track */
    bool paused;
    struct track track;
    struct str encoded;
    struct str user_data; /* JSON; empty: none */
    struct str filters;   /* JSON; empty: none */
    int64_t position;     /* ms, at `since` */
    double since;         /* loop time */
    int64_t end_time;     /* ms; 0: the track's end */
    unsigned volume;
    bool has_voice; /* connected */
    char voice_token[PLAYER_VOICE_TEXT];
    char voice_endpoint[PLAYER_VOICE_TEXT];
    char voice_session[PLAYER_VOICE_TEXT];
    char voice_channel[32];
    bool starting; /* told to play, but no sound yet */
    enum player_mishap mishap;
    unsigned exception; /* which, where it fails */
    ev_timer start;
    ev_timer voice;
    ev_timer update;
    ev_timer end;
};

/* By guild; created when `create`. NULL: none, or memory is out. */
struct player *player_get(struct session *session, uint64_t guild, bool create);
/* Takes it from the session; says TrackEnd where something played. */
void player_destroy(struct player *player);
/* Only the memory; for a session that ends. */
void player_free(struct player *player);

bool player_is_playing(const struct player *player);

/* Plays from `position`; what played is replaced. */
void player_play(struct player *player, const struct track *track, struct slice encoded,
                 struct slice user_data, int64_t position, int64_t end_time);
void player_stop(struct player *player);
void player_pause(struct player *player, bool paused);
void player_seek(struct player *player, int64_t position);
void player_end_at(struct player *player, int64_t end_time);
void player_volume(struct player *player, int64_t volume); /* clamped to 0..1000 */
void player_filters(struct player *player, struct slice filters);

/* Its voice connection comes to stand. */
void player_connect(struct player *player);

/* Sends a playerUpdate. */
void player_update(struct player *player);
/* The Player object of the node's version. */
void player_json(struct json *j, const char *key, const struct player *player);

#endif
