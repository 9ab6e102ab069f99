/*
 * Two tables: one for all bodies about a player, a session or an error, whose fields do not
 * collide, one for the answers of loadtracks. Those can be long, and what is asked for mostly
 * stands in front: they are looked at in short steps, and no further than needed.
 */
#include "lavalink/rest.h"

#include <float.h>
#include <string.h>

#include "said.h"

/* Bytes of a loadtracks answer between two looks at what is known: its type mostly stands in the
 * first few, and then most of them have said enough. */
#define FIRST_STEP 32
#define STEP 256

enum field {
    F_ROOT,
    F_GUILD,
    F_TRACK,
    F_TRACK_ENCODED,
    F_TRACK_IDENTIFIER,
    F_INFO,
    F_ABOUT, /* SAID_INFO_COUNT of them */
    F_ABOUT_LAST = F_ABOUT + SAID_INFO_COUNT - 1,
    F_ENCODED_TRACK,
    F_IDENTIFIER,
    F_VOLUME,
    F_PAUSED,
    F_POSITION,
    F_STATE,
    F_STATE_TIME,
    F_STATE_POSITION,
    F_STATE_CONNECTED,
    F_STATE_PING,
    F_VOICE,
    F_VOICE_CHANNEL,
    F_VOICE_CONNECTED,
    F_VOICE_PING,
    F_RESUMING,
    F_RESUMING_KEY,
    F_TIMEOUT,
    F_MESSAGE,
    F_COUNT
};

#define INTO(member) INTO_OF(struct rest_reader, member)

static const struct skim_field fields[F_COUNT] = {
    [F_ROOT] = {.kind = SKIM_ANY, .each = true},
    [F_GUILD] = {FIELD(F_ROOT, "guildId", SKIM_ID)},
    [F_TRACK] = {FIELD(F_ROOT, "track", SKIM_ANY)},
    [F_TRACK_ENCODED] = {FIELD(F_TRACK, "encoded", SKIM_BLOB), INTO(encoded)},
    [F_TRACK_IDENTIFIER] = {FIELD(F_TRACK, "identifier", SKIM_ANY)},
    [F_INFO] = {FIELD(F_TRACK, "info", SKIM_ANY)},
    SAID_INFO(F_INFO, F_ABOUT, struct rest_reader),
    [F_ENCODED_TRACK] = {FIELD(F_ROOT, "encodedTrack", SKIM_BLOB), INTO(encoded)},
    [F_IDENTIFIER] = {FIELD(F_ROOT, "identifier", SKIM_ANY)},
    [F_VOLUME] = {FIELD(F_ROOT, "volume", SKIM_WHOLE)},
    [F_PAUSED] = {FIELD(F_ROOT, "paused", SKIM_ANY)},
    [F_POSITION] = {FIELD(F_ROOT, "position", SKIM_WHOLE)},
    [F_STATE] = {FIELD(F_ROOT, "state", SKIM_ANY)},
    [F_STATE_TIME] = {FIELD(F_STATE, "time", SKIM_WHOLE)},
    [F_STATE_POSITION] = {FIELD(F_STATE, "position", SKIM_WHOLE)},
    [F_STATE_CONNECTED] = {FIELD(F_STATE, "connected", SKIM_ANY)},
    [F_STATE_PING] = {FIELD(F_STATE, "ping", SKIM_WHOLE)},
    [F_VOICE] = {FIELD(F_ROOT, "voice", SKIM_ANY)},
    [F_VOICE_CHANNEL] = {FIELD(F_VOICE, "channelId", SKIM_TEXT), INTO(channel)},
    [F_VOICE_CONNECTED] = {FIELD(F_VOICE, "connected", SKIM_ANY)},
    [F_VOICE_PING] = {FIELD(F_VOICE, "ping", SKIM_WHOLE)},
    [F_RESUMING] = {FIELD(F_ROOT, "resuming", SKIM_ANY)},
    [F_RESUMING_KEY] = {FIELD(F_ROOT, "resumingKey", SKIM_TEXT), INTO(resume_key)},
    [F_TIMEOUT] = {FIELD(F_ROOT, "timeout", SKIM_REAL)},
    [F_MESSAGE] = {FIELD(F_ROOT, "message", SKIM_TEXT), INTO(message)},
};

enum load_field {
    L_ROOT,
    L_TYPE,
    L_DATA,
    L_DATA_MESSAGE,
    L_DATA_SEVERITY,
    L_EXCEPTION,
    L_MESSAGE,
    L_SEVERITY,
    L_TRACKS,
    L_ENCODED,
    L_TRACK,
    L_INFO,
    L_ABOUT, /* SAID_INFO_COUNT of them */
    L_ABOUT_LAST = L_ABOUT + SAID_INFO_COUNT - 1,
    L_COUNT
};

static const struct skim_field load_fields[L_COUNT] = {
    [L_ROOT] = {.kind = SKIM_ANY},
    [L_TYPE] = {FIELD(L_ROOT, "loadType", SKIM_TEXT), INTO(load_type)},
    /* v4 */
    [L_DATA] = {FIELD(L_ROOT, "data", SKIM_ANY)},
    [L_DATA_MESSAGE] = {FIELD(L_DATA, "message", SKIM_TEXT), INTO(message)},
    [L_DATA_SEVERITY] = {FIELD(L_DATA, "severity", SKIM_TEXT), INTO(severity)},
    /* v3 */
    [L_EXCEPTION] = {FIELD(L_ROOT, "exception", SKIM_ANY)},
    [L_MESSAGE] = {FIELD(L_EXCEPTION, "message", SKIM_TEXT), INTO(message)},
    [L_SEVERITY] = {FIELD(L_EXCEPTION, "severity", SKIM_TEXT), INTO(severity)},
    [L_TRACKS] = {FIELD(L_ROOT, "tracks", SKIM_ANY), .each = true},
    [L_ENCODED] = {FIELD(L_TRACKS, "encoded", SKIM_BLOB), INTO(encoded)},
    [L_TRACK] = {FIELD(L_TRACKS, "track", SKIM_BLOB), INTO(encoded)},
    [L_INFO] = {FIELD(L_TRACKS, "info", SKIM_ANY)},
    SAID_INFO(L_INFO, L_ABOUT, struct rest_reader),
};
_Static_assert(sizeof(struct rest_reader) <= 4096, "fits a pooled block");

static const struct said_word load_types[] = {
    {"search", LOAD_SEARCH}, /* what most answers are */
    {"track", LOAD_TRACK},          {"playlist", LOAD_PLAYLIST},
    {"empty", LOAD_EMPTY},          {"error", LOAD_ERROR},
    {"TRACK_LOADED", LOAD_TRACK},   {"PLAYLIST_LOADED", LOAD_PLAYLIST},
    {"SEARCH_RESULT", LOAD_SEARCH}, {"NO_MATCHES", LOAD_EMPTY},
    {"LOAD_FAILED", LOAD_ERROR},    {NULL, LOAD_OTHER},
};

static void nothing_said(struct rest_said *said)
{
    *said = (struct rest_said){.track = -1,
                               .player = {-1, -1, -1, -1, -1, -1},
                               .load_type = LOAD_COUNT,
                               .severity = SEVERITY_SUSPICIOUS,
                               .timeout = -1};
}

/* --- players -----------------------------------------------------------------------------------
 */

static bool is(const struct rest_reader *r, unsigned field, enum skim_is is)
{
    return skim_is(&r->skim, field) == is;
}

static void track_of(struct rest_said *said, const struct rest_reader *r)
{
    enum field encoded = is(r, F_ENCODED_TRACK, SKIM_STRING) ? F_ENCODED_TRACK : F_TRACK_ENCODED;

    said->said.known = is(r, encoded, SKIM_STRING) || is(r, F_INFO, SKIM_OBJECT);
    said_track(&said->said, &r->skim, r, encoded, F_ABOUT);
}

static void asked_player(struct rest_said *said, const struct rest_reader *r)
{
    const struct skim *s = &r->skim;

    track_of(said, r);
    if (said->said.known || is(r, F_TRACK_IDENTIFIER, SKIM_STRING) ||
        is(r, F_IDENTIFIER, SKIM_STRING))
        said->track = 1;
    else if (is(r, F_TRACK, SKIM_NULL) || is(r, F_TRACK_ENCODED, SKIM_NULL) ||
             is(r, F_ENCODED_TRACK, SKIM_NULL))
        said->track = 0;
    said->voice = is(r, F_VOICE, SKIM_OBJECT);
    said->no_channel = said->voice && said_text(s, r, F_VOICE_CHANNEL).len == 0;
    said->player.paused = said_truth(s, F_PAUSED);
    said->player.volume = (int32_t)said_whole(s, F_VOLUME, 0, INT32_MAX, -1);
    said->player.position_ms = said_whole(s, F_POSITION, 0, INT64_MAX, -1);
}

static void told_player(struct rest_said *said, const struct rest_reader *r)
{
    const struct skim *s = &r->skim;
    bool in_state = is(r, F_STATE_CONNECTED, SKIM_TRUE) || is(r, F_STATE_CONNECTED, SKIM_FALSE);

    said->guild = said_id(s, F_GUILD);
    track_of(said, r);
    if (is(r, F_TRACK, SKIM_OBJECT) || is(r, F_TRACK, SKIM_NULL))
        said->track = is(r, F_TRACK, SKIM_OBJECT);
    said->player.paused = said_truth(s, F_PAUSED);
    said->player.volume = (int32_t)said_whole(s, F_VOLUME, 0, INT32_MAX, -1);
    said->player.position_ms = said_whole(s, F_STATE_POSITION, 0, INT64_MAX, -1);
    said->player.time_ms = said_whole(s, F_STATE_TIME, 0, INT64_MAX, -1);
    said->player.connected = said_truth(s, in_state ? F_STATE_CONNECTED : F_VOICE_CONNECTED);
    said->player.ping =
        (int32_t)said_whole(s, in_state ? F_STATE_PING : F_VOICE_PING, -1, INT32_MAX, -1);
}

static bool asked_session(struct rest_said *said, const struct rest_reader *r)
{
    int8_t resuming = said_truth(&r->skim, F_RESUMING);

    if (is(r, F_RESUMING_KEY, SKIM_STRING) || is(r, F_RESUMING_KEY, SKIM_NULL)) {
        said->says_resuming = true;
        said->resuming = said_text(&r->skim, r, F_RESUMING_KEY).len > 0;
        said_key(said->resume_key, &r->skim, r, F_RESUMING_KEY);
    }
    if (resuming >= 0) {
        said->says_resuming = true;
        said->resuming = resuming == 1;
    }
    said->timeout = said_amount(&r->skim, F_TIMEOUT, DBL_MAX);
    return said->says_resuming || said->timeout >= 0;
}

/* --- loadtracks --------------------------------------------------------------------------------
 */

static bool has_ended(const struct rest_reader *r, unsigned field)
{
    const struct skim_value *value = skim_get(&r->skim, field);

    return value != NULL && (value->is != SKIM_STRING || value->good);
}

static enum load_type load_type_of(const struct rest_reader *r)
{
    return (enum load_type)said_word(load_types, said_text(&r->skim, r, L_TYPE), false);
}

/* Whether nothing more has to come. */
static bool is_enough(const struct rest_reader *r)
{
    if (!has_ended(r, L_TYPE))
        return false;
    if (load_type_of(r) == LOAD_ERROR)
        return has_ended(r, r->old_loads ? L_MESSAGE : L_DATA_MESSAGE) &&
               has_ended(r, r->old_loads ? L_SEVERITY : L_DATA_SEVERITY);
    return !r->old_loads || r->decodable;
}

/* A track of a v3 answer has ended; true when it has to be remembered: blobs of its kind will say
 * nothing by themselves. */
static bool take_track(struct rest_reader *r, struct rest_said *said)
{
    const struct skim *s = &r->skim;
    enum load_field encoded = is(r, L_ENCODED, SKIM_STRING) ? L_ENCODED : L_TRACK;

    if (!r->old_loads || r->decodable || is_enough(r))
        return false;
    if (!is(r, encoded, SKIM_STRING))
        return false;
    nothing_said(said);
    if (!r->opaque && blob_read(&said->said, said_text(s, r, encoded), s->values[encoded].cut)) {
        r->decodable = true;
        return false;
    }
    r->opaque = true;
    said->said.known = true;
    said_track(&said->said, s, r, encoded, L_ABOUT);
    return said->said.decoded;
}

static void loaded(struct rest_said *said, const struct rest_reader *r)
{
    said->load_type = load_type_of(r);
    if (said->load_type != LOAD_ERROR)
        return;
    said->severity = said_severity(&r->skim, r, r->old_loads ? L_SEVERITY : L_DATA_SEVERITY);
    said_message(said->message, &r->skim, r, r->old_loads ? L_MESSAGE : L_DATA_MESSAGE);
}

/* --- a body ------------------------------------------------------------------------------------
 */

void rest_begin(struct rest_reader *reader, enum rest_body body, unsigned version, uint64_t seed)
{
    reader->body = body;
    reader->old_loads = version == 3;
    reader->opaque = reader->decodable = reader->enough = reader->begun = false;
    reader->front = LOAD_COUNT;
    if (body == REST_SAYS_LOAD)
        skim_begin(&reader->skim, load_fields, L_COUNT, seed);
    else
        skim_begin(&reader->skim, fields, F_COUNT, seed);
}

/* An object with `each` has ended; true: *said is to be handed out. */
static bool take_each(struct rest_reader *r, struct rest_said *said)
{
    if (r->body == REST_SAYS_LOAD)
        return take_track(r, said);
    if (r->body != REST_SAYS_PLAYER)
        return false;
    nothing_said(said);
    told_player(said, r);
    return true;
}

/* Lavalink writes the type of a v4 answer first, and of one that went well nothing else matters:
 * most answers need no more than a glance. True: this is one. */
static bool take_front(struct rest_reader *r, struct slice bytes)
{
    struct slice word = SLICE("{\"loadType\":\"");
    enum load_type type;

    if (r->old_loads || !slice_starts(bytes, word))
        return false;
    word = (struct slice){bytes.ptr + word.len, bytes.len - word.len};
    word.len = slice_find(word, '"');
    type = (enum load_type)said_word(load_types, word, false);
    if (word.len + SLICE("{\"loadType\":\"").len == bytes.len || type == LOAD_ERROR ||
        type == LOAD_OTHER)
        return false;
    r->front = (uint8_t)type;
    return true;
}

static size_t load_step(const struct rest_reader *r, size_t len)
{
    size_t most = has_ended(r, L_TYPE) ? STEP : FIRST_STEP;

    return len < most ? len : most;
}

enum rest_result rest_next(struct rest_reader *reader, struct slice *bytes, struct rest_said *said)
{
    bool is_load = reader->body == REST_SAYS_LOAD;

    if (is_load && !reader->begun && bytes->len > 0) {
        reader->begun = true;
        reader->enough = take_front(reader, *bytes);
    }
    while (bytes->len > 0 && !reader->enough) {
        struct slice step = {bytes->ptr, is_load ? load_step(reader, bytes->len) : bytes->len};
        enum skim_result result = skim_next(&reader->skim, reader, &step);

        bytes->len -= (size_t)(step.ptr - bytes->ptr);
        bytes->ptr = step.ptr;
        if (result == SKIM_EACH && take_each(reader, said))
            return REST_SAID;
        /* What is broken behind it does not matter: with other cuts it would not be seen. */
        reader->enough = is_load && is_enough(reader);
        if (result == SKIM_BROKEN && !reader->enough)
            return REST_BROKEN;
    }
    return reader->enough ? REST_ENOUGH : REST_MORE;
}

void rest_drop(struct rest_reader *reader)
{
    /* Not by what was seen: a list's objects have taken turns. */
    explicit_bzero(reader->encoded, sizeof reader->encoded);
    explicit_bzero(reader->resume_key, sizeof reader->resume_key);
    explicit_bzero(reader->channel, sizeof reader->channel);
    reader->skim.seen = reader->skim.word = 0;
}

bool rest_end(struct rest_reader *reader, struct rest_said *said)
{
    bool good = reader->enough || skim_end(&reader->skim);

    nothing_said(said);
    if (reader->front != LOAD_COUNT) {
        said->load_type = (enum load_type)reader->front;
        return true; /* nothing has been kept */
    }
    switch (good ? reader->body : REST_SAYS_PLAYER) {
    case REST_ASKS_PLAYER:
        good = is(reader, F_ROOT, SKIM_OBJECT);
        asked_player(said, reader);
        break;
    case REST_ASKS_SESSION:
        good = is(reader, F_ROOT, SKIM_OBJECT) && asked_session(said, reader);
        break;
    case REST_SAYS_LOAD:
        good = is(reader, L_TYPE, SKIM_STRING);
        if (good)
            loaded(said, reader);
        break;
    case REST_SAYS_ERROR:
        good = is(reader, F_MESSAGE, SKIM_STRING);
        said_message(said->message, &reader->skim, reader, F_MESSAGE);
        break;
    case REST_SAYS_PLAYER:
        break;
    }
    rest_drop(reader);
    return good;
}
