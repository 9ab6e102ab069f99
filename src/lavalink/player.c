/*
 * The model of a player. A node's events, a bot's requests and the node's answers to them travel on
 * sockets of their own, so even when each word is taken at its time, an answer may have been
 * written before an event that it seems to follow; such answers are told from the rest by a second
 * of patience.
 */
#include "lavalink/player.h"

#include <stddef.h>

#define CROSSING_US 1000000 /* an answer this short after an event may be older than it */
#define VOLUME_MAX 1000     /* of Lavalink */
#define PING_MAX 1000000

void player_begin(struct player_state *player)
{
    *player = (struct player_state){.position_ms = -1, .ping = -1, .volume = -1, .connected = -1};
}

bool player_plays(const struct player_state *player)
{
    return player->has_track && !player->paused;
}

/* Whether a word seen then is no older than what is known of the group; it is the newest now. */
static bool is_news(struct player_state *player, enum player_group group, int64_t at_us)
{
    if (at_us < player->told_us[group])
        return false;
    player->told_us[group] = at_us;
    return true;
}

/* Whether b follows a soon enough to be its answer. */
static bool follows(int64_t a_us, int64_t b_us)
{
    return a_us > 0 && b_us >= a_us && b_us - a_us <= PLAYER_PAIR_US;
}

static int64_t fit_position(int64_t position_ms)
{
    if (position_ms < 0)
        return 0;
    return position_ms < PLAYER_POSITION_MAX ? position_ms : PLAYER_POSITION_MAX;
}

static void set_position(struct player_state *player, int64_t position_ms, int64_t at_us)
{
    if (!is_news(player, PLAYER_POSITION, at_us))
        return;
    player->position_ms = fit_position(position_ms);
    player->position_us = at_us;
}

/* The same word twice is one change, at the time of the first. */
static void set_paused(struct player_state *player, bool paused, int64_t at_us)
{
    bool news = is_news(player, PLAYER_PAUSE, at_us);

    if (paused == player->paused) {
        if (at_us < player->paused_us)
            player->paused_us = at_us;
    } else if (news) {
        player->paused = paused;
        player->paused_us = at_us;
    } else if (player->paused_us < at_us) {
        /* It was the other way in between: it has changed by the newest word at the latest. */
        player->paused_us = player->told_us[PLAYER_PAUSE];
    }
}

int64_t player_position(const struct player_state *player, int64_t *at_us)
{
    int64_t position = player->has_track ? player->position_ms : -1;

    *at_us = player->position_us;
    if (position < 0 || player->paused_us <= player->position_us)
        return position;
    *at_us = player->paused_us;
    if (!player->paused)
        return position; /* it stood until then */
    return fit_position(position + (player->paused_us - player->position_us) / 1000);
}

static void set_volume(struct player_state *player, int32_t volume, int64_t at_us)
{
    if (is_news(player, PLAYER_VOLUME, at_us))
        player->volume = (int16_t)(volume < VOLUME_MAX ? volume : VOLUME_MAX);
}

static void unload(struct player_state *player)
{
    player->has_track = false;
    player->started_us = 0;
}

/* --- voice --------------------------------------------------------------------------------------
 */

static int64_t set_voice(struct player_state *player, bool connected, int32_t ping, int64_t at_us)
{
    int64_t took = -1;

    if (!is_news(player, PLAYER_VOICE, at_us))
        return took;
    if (connected && player->connected != 1) {
        player->connected_us = at_us;
        player->voice_timed = follows(player->voice_us, at_us);
        if (player->voice_timed)
            took = at_us - player->voice_us;
        player->voice_us = 0;
    }
    player->connected = connected;
    player->ping = -1;
    if (connected && ping >= 0)
        player->ping = ping < PING_MAX ? ping : PING_MAX;
    return took;
}

/* The first of several voice updates counts: a bot sends one for each half of its credentials. */
static int64_t ask_voice(struct player_state *player, int64_t at_us)
{
    if (follows(at_us, player->connected_us)) {
        if (player->voice_timed)
            return -1;
        player->voice_timed = true;
        return player->connected_us - at_us;
    }
    if (player->connected == 1)
        return -1;
    if (!follows(player->voice_us, at_us))
        player->voice_us = at_us;
    return -1;
}

void player_voice_ends(struct player_state *player, int64_t at_us)
{
    set_voice(player, false, -1, at_us);
}

/* --- tracks -------------------------------------------------------------------------------------
 */

/* Where the track is to begin, up to 24 days into it; -1: not said. */
static int32_t begin_of(const struct player_ask *ask)
{
    if (ask->position_ms == PLAYER_UNSAID)
        return -1;
    int64_t position = fit_position(ask->position_ms);
    return position < INT32_MAX ? (int32_t)position : INT32_MAX;
}

/* The place of the oldest, or of none. */
static unsigned oldest_of(const int64_t times_us[PLAYER_PLAYS])
{
    unsigned oldest = 0;

    for (unsigned i = 1; i < PLAYER_PLAYS; i++)
        if (times_us[i] < times_us[oldest])
            oldest = i;
    return oldest;
}

/* Takes the first start that follows; 0: none is known. */
static int64_t take_start(struct player_state *player, int64_t asked_us)
{
    int64_t *first = NULL, found;

    for (unsigned i = 0; i < PLAYER_PLAYS; i++) {
        int64_t *at = &player->unasked_us[i];
        if (*at != 0 && follows(asked_us, *at) && (first == NULL || *at < *first))
            first = at;
    }
    if (first == NULL)
        return 0;
    found = *first;
    *first = 0;
    return found;
}

static int64_t ask_track(struct player_state *player, const struct player_ask *ask, int64_t at_us)
{
    int64_t started = take_start(player, at_us);
    unsigned oldest = oldest_of(player->plays_us);

    if (started != 0) {
        if (ask->position_ms != PLAYER_UNSAID && player->told_us[PLAYER_POSITION] == started)
            player->position_ms = fit_position(ask->position_ms);
        return started - at_us;
    }
    if (ask->no_replace && player->has_track)
        return -1;
    if (at_us > player->plays_us[oldest]) {
        player->plays_us[oldest] = at_us;
        player->plays_ms[oldest] = begin_of(ask);
    }
    return -1;
}

struct player_legs player_ask(struct player_state *player, const struct player_ask *ask,
                              int64_t at_us)
{
    struct player_legs legs = PLAYER_NO_LEGS;

    if (ask->paused >= 0)
        set_paused(player, ask->paused != 0, at_us);
    if (ask->volume >= 0)
        set_volume(player, ask->volume, at_us);
    /* Where the next track is to begin says nothing about this one. */
    if (ask->position_ms != PLAYER_UNSAID && ask->track != 1)
        set_position(player, ask->position_ms, at_us);
    if (ask->track == 1)
        legs.play_us = ask_track(player, ask, at_us);
    if (ask->voice)
        legs.voice_us = ask_voice(player, at_us);
    return legs;
}

/* The same moment, as far as two roundings let it be. */
static bool is_then(int64_t a_us, int64_t b_us)
{
    return a_us - b_us <= 2 && b_us - a_us <= 2;
}

void player_refused(struct player_state *player, int64_t asked_us)
{
    for (unsigned i = 0; i < PLAYER_PLAYS; i++)
        if (is_then(player->plays_us[i], asked_us))
            player->plays_us[i] = 0;
    if (is_then(player->voice_us, asked_us))
        player->voice_us = 0;
    if (is_then(player->told_us[PLAYER_VOLUME], asked_us))
        player->volume = -1;
    if (is_then(player->told_us[PLAYER_POSITION], asked_us))
        player->position_ms = -1; /* until it is told again */
    if (is_then(player->paused_us, asked_us)) {
        player->paused = !player->paused;
        player->paused_us = player->paused ? player->position_us : 0;
    }
}

/* Nothing is loaded, an answer says: unless a start crossed it. */
static void says_none(struct player_state *player, int64_t at_us)
{
    if (player->has_track && at_us - player->told_us[PLAYER_TRACK] < CROSSING_US)
        return;
    if (is_news(player, PLAYER_TRACK, at_us))
        unload(player);
}

struct player_legs player_says(struct player_state *player, const struct player_word *word,
                               int64_t at_us)
{
    struct player_legs legs = PLAYER_NO_LEGS;

    if (word->no_track)
        says_none(player, at_us);
    else if (word->position_ms > 0 && player->told_us[PLAYER_TRACK] == 0)
        player->has_track = true; /* it has been playing since before we came to know of it */
    if (word->paused >= 0)
        set_paused(player, word->paused != 0, at_us);
    if (word->volume >= 0)
        set_volume(player, word->volume, at_us);
    if (word->position_ms != PLAYER_UNSAID)
        set_position(player, word->position_ms, at_us);
    if (word->connected >= 0)
        legs.voice_us = set_voice(player, word->connected != 0, word->ping, at_us);
    return legs;
}

/* The last one asked for before it; what was asked for before that is not to come any more. */
static int64_t pair_start(struct player_state *player, int64_t at_us, int64_t *position_ms)
{
    int64_t asked = 0, *oldest;

    for (unsigned i = 0; i < PLAYER_PLAYS; i++) {
        if (player->plays_us[i] <= asked || !follows(player->plays_us[i], at_us))
            continue;
        asked = player->plays_us[i];
        *position_ms = player->plays_ms[i] >= 0 ? player->plays_ms[i] : 0;
    }
    if (asked != 0) {
        for (unsigned i = 0; i < PLAYER_PLAYS; i++)
            if (player->plays_us[i] <= asked)
                player->plays_us[i] = 0;
        return at_us - asked;
    }
    oldest = &player->unasked_us[oldest_of(player->unasked_us)];
    if (at_us > *oldest)
        *oldest = at_us;
    return -1;
}

struct player_legs player_starts(struct player_state *player, uint64_t hash, int64_t at_us,
                                 bool *shown)
{
    struct player_legs legs = PLAYER_NO_LEGS;
    int64_t position_ms = 0;

    legs.play_us = pair_start(player, at_us, &position_ms);
    bool newest = is_news(player, PLAYER_START, at_us);
    *shown = true;
    if (is_news(player, PLAYER_TRACK, at_us)) {
        player->has_track = true;
        player->track = hash;
    } else if (!player->has_track || hash == 0 || player->track != hash || !newest) {
        *shown = false;
        return legs;
    }
    player->started_us = at_us;
    set_position(player, position_ms, at_us);
    return legs;
}

bool player_has(struct player_state *player, uint64_t hash, int64_t at_us)
{
    /* The end of this very track crossed the answer. */
    if (!player->has_track && hash != 0 && hash == player->track &&
        at_us - player->told_us[PLAYER_TRACK] < CROSSING_US)
        return false;
    if (!is_news(player, PLAYER_TRACK, at_us))
        return player->has_track && hash != 0 && player->track == hash;
    if (!player->has_track || player->track != hash)
        player->started_us = 0;
    player->has_track = true;
    player->track = hash;
    return true;
}

void player_ends(struct player_state *player, enum track_end end, int64_t at_us)
{
    /* The one in its place has started, or does so within this very moment. */
    if (end == TRACK_REPLACED)
        return;
    if (is_news(player, PLAYER_TRACK, at_us))
        unload(player);
}
