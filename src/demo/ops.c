/*
 * The ops of version 2 and 3: play, stop, pause, seek, volume, filters, equalizer, destroy,
 * voiceUpdate, configureResuming.
 */
#include "ops.h"

#include <string.h>

#include "base/jsonin.h"
#include "change.h"
#include "inside.h"
#include "player.h"
#include "session.h"

static int64_t number_of(struct slice message, const char *key, int64_t otherwise)
{
    struct slice value;
    int64_t number;

    return jsonin_get(message, key, &value) && jsonin_i64(value, &number) ? number : otherwise;
}

/* Old clients send truth as text too. */
static bool truth_of(struct slice message, const char *key)
{
    struct slice value;

    return jsonin_get(message, key, &value) &&
           (slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("\"true\"")));
}

static void op_play(struct player *player, struct slice message)
{
    struct slice encoded;
    struct track track;

    if (truth_of(message, "noReplace") && player->loaded)
        return;
    if (!jsonin_get(message, "track", &encoded) || jsonin_kind(encoded) != '"')
        return;
    encoded = (struct slice){encoded.ptr + 1, encoded.len - 2};
    if (!track_decode(&track, encoded))
        return;
    player_volume(player, number_of(message, "volume", player->volume));
    player_play(player, &track, encoded, (struct slice){NULL, 0},
                number_of(message, "startTime", 0), number_of(message, "endTime", 0));
    player_pause(player, truth_of(message, "pause"));
}

static void op_stop(struct player *player, struct slice message)
{
    (void)message;
    player_stop(player);
}

static void op_destroy(struct player *player, struct slice message)
{
    (void)message;
    player_destroy(player);
}

static void op_pause(struct player *player, struct slice message)
{
    player_pause(player, truth_of(message, "pause"));
}

static void op_seek(struct player *player, struct slice message)
{
    player_seek(player, number_of(message, "position", 0));
}

static void op_volume(struct player *player, struct slice message)
{
    player_volume(player, number_of(message, "volume", 100));
}

/* The filters stand at the top level, beside op and guildId; the old equalizer op has its bands
 * there. */
static void op_filters(struct player *player, struct slice message)
{
    static const char *const names[] = {"volume",     "equalizer", "karaoke",    "timescale",
                                        "tremolo",    "vibrato",   "distortion", "rotation",
                                        "channelMix", "lowPass"};
    struct str text;
    struct json j;
    struct slice value;

    str_growing(&text);
    json_begin(&j, &text);
    json_object(&j, NULL);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (jsonin_get(message, names[i], &value))
            jsonin_copy(&j, names[i], value);
    if (jsonin_get(message, "bands", &value))
        jsonin_copy(&j, "equalizer", value);
    json_object_end(&j);
    if (!text.cut)
        player_filters(player, str_slice(&text));
    str_free(&text);
}

static void op_voice(struct player *player, struct slice message)
{
    char memory[1024];
    struct str voice;
    struct json j;
    struct slice event, value;

    if (!jsonin_get(message, "event", &event) || jsonin_kind(event) != '{')
        return;
    str_fixed(&voice, memory, sizeof memory);
    json_begin(&j, &voice);
    json_object(&j, NULL);
    if (jsonin_get(event, "token", &value))
        jsonin_copy(&j, "token", value);
    if (jsonin_get(event, "endpoint", &value))
        jsonin_copy(&j, "endpoint", value);
    if (jsonin_get(message, "sessionId", &value))
        jsonin_copy(&j, "sessionId", value);
    json_object_end(&j);
    if (!voice.cut)
        change_voice(player, str_slice(&voice));
}

static const struct op {
    const char *name;
    bool creates; /* the player, where there is none */
    void (*run)(struct player *player, struct slice message);
} ops[] = {
    {"play", true, op_play},         {"stop", false, op_stop},
    {"pause", true, op_pause},       {"seek", false, op_seek},
    {"volume", true, op_volume},     {"filters", true, op_filters},
    {"equalizer", true, op_filters}, {"destroy", false, op_destroy},
    {"voiceUpdate", true, op_voice},
};

static void configure_resuming(struct session *session, struct slice message)
{
    char key[sizeof session->resume_key];
    struct slice value;
    int64_t timeout = number_of(message, "timeout", 60);

    if (!jsonin_get(message, "key", &value) || !jsonin_text(value, key, sizeof key))
        *key = '\0';
    session_configure(session, false, key,
                      timeout < 0 || timeout > INT32_MAX ? 60 : (unsigned)timeout);
}

void ops_message(struct session *session, struct slice text)
{
    char name[32];
    struct slice message, value;
    int64_t guild;
    struct player *player;

    if (!jsonin_check(text, &message) || !jsonin_get(message, "op", &value) ||
        !jsonin_text(value, name, sizeof name))
        return;
    if (strcmp(name, "configureResuming") == 0) {
        configure_resuming(session, message);
        return;
    }
    guild = number_of(message, "guildId", 0);
    for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(name, ops[i].name) != 0 || guild <= 0)
            continue;
        player = player_get(session, (uint64_t)guild, ops[i].creates);
        if (player != NULL)
            ops[i].run(player, message);
    }
}
