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
#include "session.h"

#define MISHAP_DELAY 0.05
#define VOICE_PING 23

static void on_update(struct ev_loop *loop, ev_timer *timer, int events);
static void on_end(struct ev_loop *loop, ev_timer *timer, int events);

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
    player->update.data = player->end.data = player;
    if (map_put(session->players, &guild, player) < 0) {
        player_free(player);
        return NULL;
    }
    return player;
}

void player_free(struct player *player)
{
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
    if (player->paused)
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
    player->loaded = false;
    player->position = 0;
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

    ev_timer_stop(loop_of(player), &player->end);
    if (!player_is_playing(player) || (player->track.stream && player->end_time <= 0))
        return;
    ev_timer_set(&player->end, left > 0 ? (double)left / 1000 : 0., 0.);
    ev_timer_start(loop_of(player), &player->end);
}

static bool has_mishap(const struct player *player, const char *kind)
{
    return slice_starts(slice_of(player->track.identifier), slice_of(kind));
}

void player_play(struct player *player, const struct track *track, struct slice encoded,
                 struct slice user_data, int64_t position, int64_t end_time)
{
    double interval = player->session->node->options.player_update;

    finish(player, replaced);
    player->track = *track;
    str_reset(&player->encoded);
    str_add_slice(&player->encoded, encoded);
    str_reset(&player->user_data);
    str_add_slice(&player->user_data, user_data);
    player->loaded = true;
    player->position = position;
    player->since = node_now(player->session->node);
    player->end_time = end_time;
    send_start(player);
    player_update(player);
    ev_timer_stop(loop_of(player), &player->update);
    ev_timer_set(&player->update, interval, interval);
    ev_timer_start(loop_of(player), &player->update);
    plan_end(player);
    if (has_mishap(player, "fail:") || has_mishap(player, "stuck:")) {
        ev_timer_stop(loop_of(player), &player->end);
        ev_timer_set(&player->end, MISHAP_DELAY, 0.);
        ev_timer_start(loop_of(player), &player->end);
    }
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

static void send_exception(struct player *player)
{
    bool old = version_of(player) == 3;
    struct json j;

    begin_event(&j, player, "TrackExceptionEvent");
    json_object(&j, "exception");
    json_text(&j, "message", "This video is unavailable");
    json_text(&j, "severity", old ? "COMMON" : "common");
    json_text(&j, "cause", "com.sedmelluq.discord.lavaplayer.tools.FriendlyException");
    if (!old)
        json_text(&j, "causeStackTrace", "FriendlyException: This video is unavailable\n\tat ...");
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
    if (has_mishap(player, "fail:")) {
        send_exception(player);
    } else if (has_mishap(player, "stuck:")) {
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
