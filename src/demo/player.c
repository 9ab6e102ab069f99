/*
 * Players by the clock. A track whose identifier starts with `fail:` ends in an exception, one with
 * `stuck:` gets stuck, so that tests see those events too.
 */
#include "player.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonin.h"
#include "inside.h"
#include "pace.h"
#include "session.h"

#define MISHAP_DELAY 0.05
#define MISHAP_SECONDS 2.5 /* of a track that was not asked to go wrong */
#define VOICE_PING 23

static void on_update(struct ev_loop *loop, ev_timer *timer, int events);
static void on_end(struct ev_loop *loop, ev_timer *timer, int events);
static void on_start(struct ev_loop *loop, ev_timer *timer, int events);
static void on_voice(struct ev_loop *loop, ev_timer *timer, int events);

static struct ev_loop *loop_of(const struct player *player)
{
    return player->session->node->loop;
}

static unsigned version_of(const struct player *player)
{
    return player->session->node->options.version;
}

struct player *player_get(struct session *session, uint64_t guild, bool create)
{
    struct player *player = map_get(session->players, &guild);

    if (player != NULL || !create)
        return player;
    player = calloc(1, sizeof *player);
    if (player == NULL)
        return NULL;
    player->session = session;
    player->guild = guild;
    player->volume = 100;
    snprintf(player->guild_text, sizeof player->guild_text, "%" PRIu64, guild);
    str_growing(&player->encoded);
    str_growing(&player->user_data);
    str_growing(&player->filters);
    ev_init(&player->update, on_update);
    ev_init(&player->end, on_end);
    ev_init(&player->start, on_start);
    ev_init(&player->voice, on_voice);
    player->update.data = player->end.data = player;
    player->start.data = player->voice.data = player;
    if (map_put(session->players, &guild, player) < 0) {
        player_free(player);
        return NULL;
    }
    return player;
}

void player_free(struct player *player)
{
    ev_timer_stop(loop_of(player), &player->start);
    ev_timer_stop(loop_of(player), &player->voice);
    ev_timer_stop(loop_of(player), &player->update);
    ev_timer_stop(loop_of(player), &player->end);
    str_free(&player->encoded);
    str_free(&player->user_data);
    str_free(&player->filters);
    free(player);
}

bool player_is_playing(const struct player *player)
{
    return player->loaded && !player->paused;
}

static int64_t position_now(const struct player *player)
{
    double passed;

    if (!player->loaded)
        return 0;
    if (player->paused || player->starting)
        return player->position;
    passed = (node_now(player->session->node) - player->since) * 1000;
    return player->position + (passed > 0 ? (int64_t)passed : 0);
}

/* Opens {"op":"event","type":..,"guildId":..,TRACK in the node's json buffer. */
static void begin_event(struct json *j, const struct player *player, const char *type)
{
    struct str *text = &player->session->node->json;

    str_reset(text);
    json_begin(j, text);
    json_object(j, NULL);
    json_text(j, "op", "event");
    json_text(j, "type", type);
    json_text(j, "guildId", player->guild_text);
    if (version_of(player) == 3) {
        json_slice(j, "encodedTrack", str_slice(&player->encoded));
        json_slice(j, "track", str_slice(&player->encoded));
    } else {
        track_json(j, "track", &player->track, str_slice(&player->encoded),
                   str_slice(&player->user_data), 4);
    }
}

static void send_event(struct json *j, const struct player *player)
{
    json_object_end(j);
    session_event(player->session, str_slice(j->out));
}

static void send_start(const struct player *player)
{
    struct json j;

    begin_event(&j, player, "TrackStartEvent");
    send_event(&j, player);
}

/* Why a track ended, as version 4 and version 3 write it. */
struct reason {
    const char *v4, *v3;
};
static const struct reason finished = {"finished", "FINISHED"};
static const struct reason load_failed = {"loadFailed", "LOAD_FAILED"};
static const struct reason stopped = {"stopped", "STOPPED"};
static const struct reason replaced = {"replaced", "REPLACED"};

/* Ends the track, if there is one. */
static void finish(struct player *player, struct reason reason)
{
    struct json j;

    if (!player->loaded)
        return;
    begin_event(&j, player, "TrackEndEvent");
    json_text(&j, "reason", version_of(player) == 3 ? reason.v3 : reason.v4);
    send_event(&j, player);
    player->loaded = player->starting = false;
    player->position = 0;
    ev_timer_stop(loop_of(player), &player->start);
    ev_timer_stop(loop_of(player), &player->update);
    ev_timer_stop(loop_of(player), &player->end);
}

void player_destroy(struct player *player)
{
    finish(player, stopped);
    map_take(player->session->players, &player->guild);
    player_free(player);
}

/* Sets the timer that ends the track by position, pause and length. */
static void plan_end(struct player *player)
{
    int64_t end = player->end_time > 0 ? player->end_time : player->track.length;
    int64_t left = end - position_now(player);

    if (player->mishap != MISHAP_NONE && ev_is_active(&player->end))
        return; /* it does not get that far */
    ev_timer_stop(loop_of(player), &player->end);
    if (!player_is_playing(player) || player->starting ||
        (player->track.stream && player->end_time <= 0))
        return;
    ev_timer_set(&player->end, left > 0 ? (double)left / 1000 : 0., 0.);
    ev_timer_start(loop_of(player), &player->end);
}

static void pick_mishap(struct player *player)
{
    struct slice identifier = slice_of(player->track.identifier);
    unsigned which = 0;

    player->mishap = MISHAP_NONE;
    if (slice_starts(identifier, SLICE("fail:")))
        player->mishap = MISHAP_FAILS;
    else if (slice_starts(identifier, SLICE("stuck:")))
        player->mishap = MISHAP_STICKS;
    else if (pace_mishap(player->session->node, &which))
        player->mishap = which % 4 == 0 ? MISHAP_STICKS : MISHAP_FAILS;
    player->exception = which >> 2;
}

static void arm(struct player *player, ev_timer *timer, double after, double interval)
{
    ev_timer_stop(loop_of(player), timer);
    ev_timer_set(timer, after, interval);
    ev_timer_start(loop_of(player), timer);
}

/* The first sound. */
static void begin(struct player *player)
{
    const struct node *node = player->session->node;
    double interval = node->options.player_update;

    player->starting = false;
    player->since = node_now(node);
    send_start(player);
    player_update(player);
    arm(player, &player->update, interval, interval);
    plan_end(player);
    if (player->mishap != MISHAP_NONE)
        arm(player, &player->end, node->options.pace.mishap_in > 0 ? MISHAP_SECONDS : MISHAP_DELAY,
            0.);
}

static void on_start(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    begin(timer->data);
}

void player_play(struct player *player, const struct track *track, struct slice encoded,
                 struct slice user_data, int64_t position, int64_t end_time)
{
    struct node *node = player->session->node;
    double delay = pace_draw(node, &node->options.pace.start);

    finish(player, replaced);
    player->track = *track;
    str_reset(&player->encoded);
    str_add_slice(&player->encoded, encoded);
    str_reset(&player->user_data);
    str_add_slice(&player->user_data, user_data);
    player->loaded = true;
    player->position = position;
    player->end_time = end_time;
    player->starting = true;
    pick_mishap(player);
    if (delay > 0)
        arm(player, &player->start, delay, 0.);
    else
        begin(player);
}

void player_stop(struct player *player)
{
    finish(player, stopped);
}

void player_pause(struct player *player, bool paused)
{
    player->position = position_now(player);
    player->since = node_now(player->session->node);
    player->paused = paused;
    plan_end(player);
}

void player_seek(struct player *player, int64_t position)
{
    if (!player->loaded)
        return;
    player->position = position < 0 ? 0 : position;
    player->since = node_now(player->session->node);
    plan_end(player);
    player_update(player);
}

void player_end_at(struct player *player, int64_t end_time)
{
    player->end_time = end_time;
    plan_end(player);
}

void player_volume(struct player *player, int64_t volume)
{
    player->volume = volume < 0 ? 0 : volume > 1000 ? 1000 : (unsigned)volume;
}

void player_filters(struct player *player, struct slice filters)
{
    str_reset(&player->filters);
    str_add_slice(&player->filters, filters);
    player_update(player);
}

static void on_voice(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct player *player = timer->data;

    (void)loop;
    (void)events;
    player->has_voice = true;
    player_update(player);
}

void player_connect(struct player *player)
{
    struct node *node = player->session->node;
    double delay;

    if (player->has_voice || ev_is_active(&player->voice))
        return;
    delay = pace_draw(node, &node->options.pace.voice);
    player->has_voice = delay <= 0;
    if (delay > 0)
        arm(player, &player->voice, delay, 0.);
}

static void add_state(struct json *j, const struct player *player)
{
    json_object(j, "state");
    json_i64(j, "time", clock_wall_ms());
    json_i64(j, "position", position_now(player));
    json_bool(j, "connected", player->has_voice);
    json_i64(j, "ping", player->has_voice ? VOICE_PING : -1);
    json_object_end(j);
}

void player_update(struct player *player)
{
    struct str *text = &player->session->node->json;
    struct json j;

    str_reset(text);
    json_begin(&j, text);
    json_object(&j, NULL);
    json_text(&j, "op", "playerUpdate");
    json_text(&j, "guildId", player->guild_text);
    add_state(&j, player);
    json_object_end(&j);
    session_update(player->session, str_slice(text));
}

static void on_update(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    player_update(timer->data);
}

/* The first is what a track fails with that was asked to. */
static const struct exception {
    const char *message, *v4, *v3;
} exceptions[] = {
    {"This video is unavailable", "common", "COMMON"},
    {"Sign in to confirm you're not a bot", "common", "COMMON"},
    {"Something broke when playing the track.", "fault", "FAULT"},
    {"Not success status code: 403", "suspicious", "SUSPICIOUS"},
};

static void send_exception(struct player *player)
{
    const struct exception *exception =
        &exceptions[player->exception % (sizeof exceptions / sizeof *exceptions)];
    bool old = version_of(player) == 3;
    struct json j;

    begin_event(&j, player, "TrackExceptionEvent");
    json_object(&j, "exception");
    json_text(&j, "message", exception->message);
    json_text(&j, "severity", old ? exception->v3 : exception->v4);
    json_text(&j, "cause", "com.sedmelluq.discord.lavaplayer.tools.FriendlyException");
    if (!old)
        json_text(&j, "causeStackTrace", "FriendlyException: it could not be played\n\tat ...");
    json_object_end(&j);
    send_event(&j, player);
    finish(player, load_failed);
}

static void on_end(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct player *player = timer->data;
    struct json j;

    (void)loop;
    (void)events;
    if (player->mishap == MISHAP_FAILS) {
        send_exception(player);
    } else if (player->mishap == MISHAP_STICKS) {
        begin_event(&j, player, "TrackStuckEvent");
        json_u64(&j, "thresholdMs", 10000);
        send_event(&j, player);
        player_update(player);
    } else {
        finish(player, finished);
    }
}

static void add_voice(struct json *j, const struct player *player)
{
    json_object(j, "voice");
    json_text(j, "token", player->voice_token);
    json_text(j, "endpoint", player->voice_endpoint);
    json_text(j, "sessionId", player->voice_session);
    if (version_of(player) == 3) {
        json_bool(j, "connected", player->has_voice);
        json_i64(j, "ping", player->has_voice ? VOICE_PING : -1);
    } else if (*player->voice_channel != '\0') {
        json_text(j, "channelId", player->voice_channel);
    }
    json_object_end(j);
}

void player_json(struct json *j, const char *key, const struct player *player)
{
    json_object(j, key);
    json_text(j, "guildId", player->guild_text);
    if (player->loaded) {
        struct track track = player->track;
        track.position = position_now(player);
        track_json(j, "track", &track, str_slice(&player->encoded), str_slice(&player->user_data),
                   version_of(player));
    } else {
        json_null(j, "track");
    }
    json_u64(j, "volume", player->volume);
    json_bool(j, "paused", player->paused);
    if (version_of(player) == 4)
        add_state(j, player);
    add_voice(j, player);
    jsonin_copy(j, "filters", player->filters.len > 0 ? str_slice(&player->filters) : SLICE("{}"));
    json_object_end(j);
}
