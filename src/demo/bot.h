/*
 * A bot: one WebSocket and a keep-alive REST connection to the proxy, in the manner of the client
 * library its profile names. One thread.
 */
#ifndef DEMO_BOT_H
#define DEMO_BOT_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/str.h"
#include "client.h"
#include "http/framing.h"
#include "http/head.h"
#include "lavalink/ws.h"

#define BOT_PLAYERS_MAX 8
#define BOT_JOBS_MAX 16

struct bot_profile {
    const char *client_name;
    const char *user_agent;
    const char *user_id;
    const char *ws_path;
    unsigned version;
    unsigned source;       /* 127.0.0.N */
    double search_every;   /* seconds, 0: never; as below */
    double playlist_every; /* loads a long playlist */
    double change_every;   /* skips, pauses or seeks one of its players */
    double ping_every;     /* WebSocket pings */
    double retry_every;    /* a fixed time between tries to connect; 0: with back-off */
    unsigned players;
    bool bare_paths; /* REST without /v3 */
    bool ws_ops;     /* plays by WebSocket ops */
    bool resumes;
    bool wrong_password;
    bool timeout_in_ms; /* gives its resume timeout in milliseconds */
};

enum bot_job_kind {
    BOT_INFO,
    BOT_RESUMING,
    BOT_SEARCH,
    BOT_PLAYLIST,
    BOT_FIND, /* a track to play in `guild` */
    BOT_PLAY,
    BOT_PAUSE,
    BOT_RESUME,
    BOT_SEEK
};

struct bot_job {
    enum bot_job_kind kind;
    unsigned guild; /* index */
};

struct bot {
    const struct bot_profile *profile;
    struct ev_loop *loop;
    struct addr proxy, source;
    const char *password;
    uint64_t random;

    struct client ws;
    bool upgraded;
    unsigned failures; /* to connect, in a row */
    char session[64];  /* of the last ready; kept for the next try */
    struct str message;
    ev_timer connect, ping;

    struct client rest;
    struct bot_job jobs[BOT_JOBS_MAX]; /* [0] is under way when `busy` */
    unsigned job_count;
    bool busy, in_body;
    struct framing framing;
    unsigned status;
    struct str body;    /* its beginning */
    struct str encoded; /* the track last found */
    ev_timer idle;

    ev_timer search, playlist, change;
    unsigned next_guild;
    bool paused[BOT_PLAYERS_MAX];
    struct head head;
};

/* `password` stays the caller's. NULL when memory is out. */
struct bot *bot_new(struct ev_loop *loop, const struct bot_profile *profile,
                    const struct addr *proxy, const char *password, uint64_t seed);
void bot_free(struct bot *bot);

/* Between the files of a bot. */
double bot_around(struct bot *bot, double seconds); /* three quarters to five quarters of it */
uint64_t bot_guild(const struct bot *bot, unsigned index);
/* Appends the headers every request of this bot carries. */
void bot_headers(const struct bot *bot, struct str *out);
void bot_want(struct bot *bot, enum bot_job_kind kind, unsigned guild);
void bot_ready(struct bot *bot); /* a session stands */

void bot_ws_init(struct bot *bot);
void bot_ws_connect(struct bot *bot, double delay);
void bot_ws_text(struct bot *bot, struct slice text);
void bot_rest_init(struct bot *bot);
void bot_rest_next(struct bot *bot);

#endif
