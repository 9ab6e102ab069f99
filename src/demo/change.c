/*
 * PATCH of a player: everything is read and judged first, then applied in Lavalink's order.
 */
#include "change.h"

#include <string.h>

#include "base/jsonin.h"
#include "inside.h"
#include "load.h"
#include "player.h"
#include "session.h"

struct change {
    bool has_track;
    bool stop; /* a track that is null */
    bool has_position, has_end, has_volume, has_paused, has_filters, has_voice;
    int64_t position, end_time, volume;
    bool paused;
    struct slice filters, voice, user_data;
    struct track track;
    struct slice encoded;
};

static bool is_null(struct slice value)
{
    return jsonin_kind(value) == 'n';
}

bool change_voice(struct player *player, struct slice voice)
{
    char token[PLAYER_VOICE_TEXT], endpoint[PLAYER_VOICE_TEXT], session[PLAYER_VOICE_TEXT];
    struct slice value;

    if (!jsonin_get(voice, "token", &value) || !jsonin_text(value, token, sizeof token) ||
        !jsonin_get(voice, "endpoint", &value) || !jsonin_text(value, endpoint, sizeof endpoint) ||
        !jsonin_get(voice, "sessionId", &value) || !jsonin_text(value, session, sizeof session) ||
        *token == '\0' || *endpoint == '\0' || *session == '\0')
        return false;
    *player->voice_channel = '\0';
    if (jsonin_get(voice, "channelId", &value) &&
        !jsonin_text(value, player->voice_channel, sizeof player->voice_channel))
        *player->voice_channel = '\0';
    memcpy(player->voice_token, token, strlen(token) + 1);
    memcpy(player->voice_endpoint, endpoint, strlen(endpoint) + 1);
    memcpy(player->voice_session, session, strlen(session) + 1);
    player_connect(player);
    return true;
}

/* A track given by blob or by identifier. */
static const char *read_track(struct change *change, struct node *node, struct slice encoded,
                              struct slice identifier, unsigned *status)
{
    struct str *text = &node->identifier;
    char memory[512];

    *status = 400;
    change->has_track = true;
    if (encoded.ptr != NULL && identifier.ptr != NULL)
        return "Cannot specify both encodedTrack and identifier";
    if (encoded.ptr != NULL && is_null(encoded)) {
        change->stop = true;
        return NULL;
    }
    if (encoded.ptr != NULL) {
        if (jsonin_kind(encoded) != '"')
            return "The encoded track is no string";
        change->encoded = (struct slice){encoded.ptr + 1, encoded.len - 2};
        *status = 500;
        return track_decode(&change->track, change->encoded) ? NULL : "Failed to decode the track";
    }
    if (!jsonin_text(identifier, memory, sizeof memory))
        return "The identifier is no string";
    if (load_kind(slice_of(memory)) != LOAD_TRACK)
        return "Only a single track can be played by its identifier";
    track_identified(&change->track, node->options.seed, slice_of(memory));
    str_reset(text);
    track_encode(text, &change->track, node->options.version);
    change->encoded = str_slice(text);
    return NULL;
}

static const char *read_tracks(struct change *change, struct node *node, struct slice body,
                               unsigned *status)
{
    struct slice track = {NULL, 0}, encoded = {NULL, 0}, identifier = {NULL, 0};

    jsonin_get(body, node->options.version == 4 ? "track" : "", &track);
    if (track.ptr != NULL && jsonin_kind(track) == '{') {
        jsonin_get(track, "encoded", &encoded);
        jsonin_get(track, "identifier", &identifier);
        jsonin_get(track, "userData", &change->user_data);
    } else {
        jsonin_get(body, "encodedTrack", &encoded);
        jsonin_get(body, "identifier", &identifier);
    }
    if (encoded.ptr == NULL && identifier.ptr == NULL)
        return NULL;
    return read_track(change, node, encoded, identifier, status);
}

/* A number member; false only where it is there and no number. */
static bool read_number(struct slice body, const char *key, bool *has, int64_t *number)
{
    struct slice value;

    *has = jsonin_get(body, key, &value) && !is_null(value);
    return !*has || jsonin_i64(value, number);
}

static const char *read_change(struct change *change, struct node *node, struct slice body,
                               unsigned *status)
{
    struct slice value;
    const char *wrong;

    *status = 400;
    if (jsonin_kind(body) != '{')
        return "The body is no JSON object";
    if (!read_number(body, "position", &change->has_position, &change->position) ||
        !read_number(body, "endTime", &change->has_end, &change->end_time) ||
        !read_number(body, "volume", &change->has_volume, &change->volume))
        return "position, endTime and volume are numbers";
    if (change->has_position && change->position < 0)
        return "Position must be greater than or equal to 0";
    if (change->has_end && change->end_time <= 0)
        return "End time must be greater than 0";
    if (change->has_volume && (change->volume < 0 || change->volume > 1000))
        return "Volume must be between 0 and 1000";
    if (jsonin_get(body, "paused", &value)) {
        change->has_paused = true;
        if (!jsonin_bool(value, &change->paused))
            return "paused is true or false";
    }
    change->has_filters = jsonin_get(body, "filters", &change->filters);
    if (change->has_filters && jsonin_kind(change->filters) != '{')
        return "filters is an object";
    wrong = read_tracks(change, node, body, status);
    if (wrong == NULL)
        change->has_voice = jsonin_get(body, "voice", &change->voice) && !is_null(change->voice);
    return wrong;
}

const char *change_player(struct player *player, struct slice body, bool no_replace,
                          unsigned *status)
{
    struct change change = {.has_track = false};
    const char *wrong = read_change(&change, player->session->node, body, status);

    if (wrong != NULL)
        return wrong;
    if (change.has_voice && !change_voice(player, change.voice)) {
        *status = 400;
        return "Partial Lavalink voice state";
    }
    if (change.has_voice && *player->voice_channel == '\0' &&
        player->session->node->options.needs_channel) {
        *status = 400;
        return "Field 'channelId' is required for the voice state";
    }
    if (change.has_volume)
        player_volume(player, change.volume);
    if (change.has_paused)
        player_pause(player, change.paused);
    if (change.has_filters)
        player_filters(player, change.filters);
    if (change.has_track && change.stop)
        player_stop(player);
    else if (change.has_track && !(no_replace && player->loaded))
        player_play(player, &change.track, change.encoded, change.user_data,
                    change.has_position ? change.position : 0,
                    change.has_end ? change.end_time : 0);
    else if (!change.has_track) {
        if (change.has_position)
            player_seek(player, change.position);
        if (change.has_end)
            player_end_at(player, change.end_time);
    }
    return NULL;
}
