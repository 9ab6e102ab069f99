/*
 * One table says where in a message the wanted fields are, whatever it turns out to be; what it
 * meant is worked out when it has ended.
 */
#include "lavalink/op.h"

#include <float.h>
#include <string.h>
#include <strings.h>

enum field {
    F_ROOT,
    F_OP,
    F_GUILD,
    F_STATE,
    F_TYPE,
    F_TRACK,
    F_TIME,
    F_POSITION,
    F_CONNECTED,
    F_PING,
    F_ENCODED,
    F_INFO,
    F_TITLE,
    F_AUTHOR,
    F_LENGTH,
    F_IS_STREAM,
    F_SOURCE,
    F_ENCODED_TRACK,
    F_REASON,
    F_EXCEPTION,
    F_MESSAGE,
    F_SEVERITY,
    F_ERROR,
    F_THRESHOLD,
    F_CODE,
    F_BY_REMOTE,
    F_SESSION,
    F_RESUMED,
    F_PLAYERS,
    F_PLAYING,
    F_UPTIME,
    F_MEMORY,
    F_USED,
    F_CPU,
    F_SYSTEM_LOAD,
    F_LAVALINK_LOAD,
    F_FRAMES,
    F_SENT,
    F_NULLED,
    F_DEFICIT,
    F_KEY,
    F_TIMEOUT,
    F_PAUSE,
    F_VOLUME,
    F_SEEK,
    F_START,
    F_RESUMING,
    F_RESUMING_KEY,
    F_COUNT
};

#define INTO(member)                                                                               \
    .at = offsetof(struct op_reader, member), .size = sizeof(((struct op_reader *)0)->member)
#define FIELD(parent_field, name, what) SKIM_KEY(name), .parent = (parent_field), .kind = (what)

static const struct skim_field fields[F_COUNT] = {
    [F_ROOT] = {.kind = SKIM_ANY},
    [F_OP] = {FIELD(F_ROOT, "op", SKIM_TEXT), INTO(op)},
    [F_GUILD] = {FIELD(F_ROOT, "guildId", SKIM_ID)},
    [F_STATE] = {FIELD(F_ROOT, "state", SKIM_ANY)},
    [F_TYPE] = {FIELD(F_ROOT, "type", SKIM_TEXT), INTO(type)},
    /* An object in v4; the same text as encodedTrack, or instead of it, in v3. */
    [F_TRACK] = {FIELD(F_ROOT, "track", SKIM_BLOB), INTO(blob)},
    [F_TIME] = {FIELD(F_STATE, "time", SKIM_WHOLE)},
    [F_POSITION] = {FIELD(F_STATE, "position", SKIM_WHOLE)},
    [F_CONNECTED] = {FIELD(F_STATE, "connected", SKIM_ANY)},
    [F_PING] = {FIELD(F_STATE, "ping", SKIM_WHOLE)},
    [F_ENCODED] = {FIELD(F_TRACK, "encoded", SKIM_BLOB), INTO(blob)},
    [F_INFO] = {FIELD(F_TRACK, "info", SKIM_ANY)},
    [F_TITLE] = {FIELD(F_INFO, "title", SKIM_TEXT), INTO(title)},
    [F_AUTHOR] = {FIELD(F_INFO, "author", SKIM_TEXT), INTO(author)},
    [F_LENGTH] = {FIELD(F_INFO, "length", SKIM_WHOLE)},
    [F_IS_STREAM] = {FIELD(F_INFO, "isStream", SKIM_ANY)},
    [F_SOURCE] = {FIELD(F_INFO, "sourceName", SKIM_TEXT), INTO(source)},
    [F_ENCODED_TRACK] = {FIELD(F_ROOT, "encodedTrack", SKIM_BLOB), INTO(blob)},
    [F_REASON] = {FIELD(F_ROOT, "reason", SKIM_TEXT), INTO(reason)},
    [F_EXCEPTION] = {FIELD(F_ROOT, "exception", SKIM_ANY)},
    [F_MESSAGE] = {FIELD(F_EXCEPTION, "message", SKIM_TEXT), INTO(message)},
    [F_SEVERITY] = {FIELD(F_EXCEPTION, "severity", SKIM_TEXT), INTO(severity)},
    [F_ERROR] = {FIELD(F_ROOT, "error", SKIM_TEXT), INTO(reason)},
    [F_THRESHOLD] = {FIELD(F_ROOT, "thresholdMs", SKIM_WHOLE)},
    [F_CODE] = {FIELD(F_ROOT, "code", SKIM_WHOLE)},
    [F_BY_REMOTE] = {FIELD(F_ROOT, "byRemote", SKIM_ANY)},
    [F_SESSION] = {FIELD(F_ROOT, "sessionId", SKIM_TEXT), INTO(session)},
    [F_RESUMED] = {FIELD(F_ROOT, "resumed", SKIM_ANY)},
    [F_PLAYERS] = {FIELD(F_ROOT, "players", SKIM_WHOLE)},
    [F_PLAYING] = {FIELD(F_ROOT, "playingPlayers", SKIM_WHOLE)},
    [F_UPTIME] = {FIELD(F_ROOT, "uptime", SKIM_WHOLE)},
    [F_MEMORY] = {FIELD(F_ROOT, "memory", SKIM_ANY)},
    [F_USED] = {FIELD(F_MEMORY, "used", SKIM_WHOLE)},
    [F_CPU] = {FIELD(F_ROOT, "cpu", SKIM_ANY)},
    [F_SYSTEM_LOAD] = {FIELD(F_CPU, "systemLoad", SKIM_REAL)},
    [F_LAVALINK_LOAD] = {FIELD(F_CPU, "lavalinkLoad", SKIM_REAL)},
    [F_FRAMES] = {FIELD(F_ROOT, "frameStats", SKIM_ANY)},
    [F_SENT] = {FIELD(F_FRAMES, "sent", SKIM_WHOLE)},
    [F_NULLED] = {FIELD(F_FRAMES, "nulled", SKIM_WHOLE)},
    [F_DEFICIT] = {FIELD(F_FRAMES, "deficit", SKIM_WHOLE)},
    [F_KEY] = {FIELD(F_ROOT, "key", SKIM_TEXT), INTO(resume_key)},
    [F_TIMEOUT] = {FIELD(F_ROOT, "timeout", SKIM_REAL)},
    [F_PAUSE] = {FIELD(F_ROOT, "pause", SKIM_ANY)},
    [F_VOLUME] = {FIELD(F_ROOT, "volume", SKIM_WHOLE)},
    [F_SEEK] = {FIELD(F_ROOT, "position", SKIM_WHOLE)},
    [F_START] = {FIELD(F_ROOT, "startTime", SKIM_WHOLE)},
    /* Of a body. */
    [F_RESUMING] = {FIELD(F_ROOT, "resuming", SKIM_ANY)},
    [F_RESUMING_KEY] = {FIELD(F_ROOT, "resumingKey", SKIM_TEXT), INTO(resume_key)},
};
_Static_assert(F_COUNT <= SKIM_FIELDS_MAX, "room for values");
_Static_assert(sizeof(struct op_reader) <= 4096, "fits a pooled block");

struct word {
    const char *text;
    unsigned is;
};

/* Ops without a kind are Lavalink's own as well, but nobody asks about them. */
static const struct word server_ops[] = {
    {"playerUpdate", OP_PLAYER_UPDATE},
    {"event", OP_EVENT_OTHER},
    {"stats", OP_STATS},
    {"ready", OP_READY},
    {NULL, 0},
};
static const struct word client_ops[] = {
    {"play", OP_PLAY},
    {"stop", OP_STOP},
    {"destroy", OP_DESTROY},
    {"pause", OP_PAUSE},
    {"seek", OP_SEEK},
    {"volume", OP_VOLUME},
    {"voiceUpdate", OP_VOICE_UPDATE},
    {"configureResuming", OP_CONFIGURE_RESUMING},
    {"filters", OP_OTHER},
    {"equalizer", OP_OTHER},
    {NULL, 0},
};
static const struct word events[] = {
    {"TrackStartEvent", OP_TRACK_START},         {"TrackEndEvent", OP_TRACK_END},
    {"TrackExceptionEvent", OP_TRACK_EXCEPTION}, {"TrackStuckEvent", OP_TRACK_STUCK},
    {"WebSocketClosedEvent", OP_VOICE_CLOSED},   {NULL, 0},
};
static const struct word severities[] = {
    {"common", SEVERITY_COMMON},
    {"suspicious", SEVERITY_SUSPICIOUS},
    {"fault", SEVERITY_FAULT},
    {NULL, 0},
};
/* As v4 says them; v3 in capitals, two of them as two words. */
static const struct word ends[] = {
    {"finished", TRACK_FINISHED},
    {"loadFailed", TRACK_LOAD_FAILED},
    {"stopped", TRACK_STOPPED},
    {"replaced", TRACK_REPLACED},
    {"cleanup", TRACK_CLEANUP},
    {"load_failed", TRACK_LOAD_FAILED},
    {NULL, 0},
};

/* --- fields of a message that has ended --------------------------------------------------------
 */

static bool is_string(const struct op_reader *r, enum field field)
{
    return skim_is(&r->skim, field) == SKIM_STRING;
}

static struct slice text(const struct op_reader *r, enum field field)
{
    if (!is_string(r, field))
        return (struct slice){"", 0};
    return (struct slice){(const char *)r + fields[field].at, r->skim.values[field].len};
}

/* `out` has the size that the table gives the field, or more. */
static void copy_text(char *out, const struct op_reader *r, enum field field)
{
    struct slice from = text(r, field);

    memcpy(out, from.ptr, from.len);
    out[from.len] = '\0';
}

/* Only what stands there as it is, and whole, is compared with other keys later. */
static void copy_key(char out[OP_SESSION_MAX + 1], const struct op_reader *r, enum field field)
{
    const struct skim_value *value = skim_get(&r->skim, field);

    *out = '\0';
    if (value != NULL && value->is == SKIM_STRING && !value->cut && !value->escaped)
        copy_text(out, r, field);
}

static bool has_number(const struct op_reader *r, enum field field)
{
    const struct skim_value *value = skim_get(&r->skim, field);

    return value != NULL && value->good;
}

/* Brought into least..most; `unsaid` where there is none. */
static int64_t whole(const struct op_reader *r, enum field field, int64_t least, int64_t most,
                     int64_t unsaid)
{
    int64_t number;

    if (!has_number(r, field))
        return unsaid;
    number = r->skim.values[field].whole;
    return number < least ? least : number > most ? most : number;
}

/* From 0 to `most`; -1 when it is not said, or negative. */
static double amount(const struct op_reader *r, enum field field, double most)
{
    double number = has_number(r, field) ? r->skim.values[field].real : -1;

    return number < 0 ? -1 : number < most ? number : most;
}

/* 1, 0, or -1 when it is not said. */
static int8_t truth(const struct op_reader *r, enum field field)
{
    enum skim_is is = skim_is(&r->skim, field);

    return is == SKIM_TRUE ? 1 : is == SKIM_FALSE ? 0 : -1;
}

static unsigned word_of(const struct word *words, struct slice said, unsigned otherwise,
                        bool ignore_case)
{
    for (; words->text != NULL; words++)
        if (ignore_case ? slice_equal_nocase(said, slice_of(words->text))
                        : slice_equal(said, slice_of(words->text)))
            return words->is;
    return otherwise;
}

/* --- what it says ------------------------------------------------------------------------------
 */

static bool stats_of(struct op_stats *stats, const struct op_reader *r)
{
    if (!has_number(r, F_PLAYERS) || !has_number(r, F_PLAYING))
        return false;
    stats->players = (uint32_t)whole(r, F_PLAYERS, 0, UINT32_MAX, 0);
    stats->playing = (uint32_t)whole(r, F_PLAYING, 0, UINT32_MAX, 0);
    stats->uptime_ms = whole(r, F_UPTIME, 0, INT64_MAX, -1);
    stats->memory_used = (uint64_t)whole(r, F_USED, 0, INT64_MAX, 0);
    stats->system_load = amount(r, F_SYSTEM_LOAD, 1);
    stats->lavalink_load = amount(r, F_LAVALINK_LOAD, 1);
    return true;
}

static void frames_of(struct op_frames *frames, const struct op_reader *r)
{
    frames->known = has_number(r, F_SENT) && has_number(r, F_NULLED) && has_number(r, F_DEFICIT);
    frames->sent = whole(r, F_SENT, 0, INT32_MAX, 0);
    frames->nulled = whole(r, F_NULLED, 0, INT32_MAX, 0);
    frames->deficit = whole(r, F_DEFICIT, INT32_MIN, INT32_MAX, 0);
}

static void player_of(struct op_player *player, const struct op_reader *r)
{
    player->connected = truth(r, F_CONNECTED);
    player->ping = (int32_t)whole(r, F_PING, -1, INT32_MAX, -1);
    player->position_ms = whole(r, F_POSITION, 0, INT64_MAX, -1);
    player->time_ms = whole(r, F_TIME, 0, INT64_MAX, -1);
}

static void asked_player_of(struct op_player *player, const struct op_reader *r,
                            enum field position)
{
    player->paused = truth(r, F_PAUSE);
    player->volume = (int32_t)whole(r, F_VOLUME, 0, INT32_MAX, -1);
    player->position_ms = whole(r, position, 0, INT64_MAX, -1);
}

static void track_of(struct op_track *track, const struct op_reader *r)
{
    enum field encoded = is_string(r, F_TRACK) ? F_TRACK : F_ENCODED;

    if (is_string(r, F_ENCODED_TRACK))
        encoded = F_ENCODED_TRACK;
    track->known = skim_is(&r->skim, F_TRACK) == SKIM_OBJECT || is_string(r, encoded);
    if (is_string(r, encoded))
        track->hash = r->skim.values[encoded].hash;
    if (is_string(r, F_TITLE)) {
        track->decoded = true;
        copy_text(track->title, r, F_TITLE);
        copy_text(track->author, r, F_AUTHOR);
        copy_text(track->source, r, F_SOURCE);
        track->is_stream = truth(r, F_IS_STREAM) == 1;
        track->length_ms = track->is_stream ? 0 : whole(r, F_LENGTH, 0, INT64_MAX, 0);
    } else if (is_string(r, encoded)) {
        blob_read(track, text(r, encoded), r->skim.values[encoded].cut);
    }
}

static void event_of(struct op *op, const struct op_reader *r)
{
    op->kind = (enum op_kind)word_of(events, text(r, F_TYPE), OP_EVENT_OTHER, false);
    op->guild = has_number(r, F_GUILD) ? r->skim.values[F_GUILD].id : 0;
    switch (op->kind) {
    case OP_TRACK_EXCEPTION:
        copy_text(op->message, r, is_string(r, F_MESSAGE) ? F_MESSAGE : F_ERROR);
        op->severity =
            (enum severity)word_of(severities, text(r, F_SEVERITY), SEVERITY_SUSPICIOUS, true);
        break;
    case OP_TRACK_END:
        op->end = (enum track_end)word_of(ends, text(r, F_REASON), TRACK_END_OTHER, true);
        break;
    case OP_TRACK_STUCK:
        op->threshold_ms = whole(r, F_THRESHOLD, 0, INT64_MAX, 0);
        break;
    case OP_VOICE_CLOSED:
        op->close_code = (int32_t)whole(r, F_CODE, 0, UINT16_MAX, 0);
        op->by_remote = truth(r, F_BY_REMOTE) == 1;
        copy_text(op->message, r, F_REASON);
        return;
    case OP_EVENT_OTHER:
        copy_text(op->name, r, F_TYPE);
        return;
    default:
        break;
    }
    track_of(&op->track, r);
}

static void read_op(struct op *op, const struct op_reader *r)
{
    const struct word *words = r->side == OP_FROM_SERVER ? server_ops : client_ops;
    unsigned kind = word_of(words, text(r, F_OP), OP_KIND_COUNT, false);

    op->guild = has_number(r, F_GUILD) ? r->skim.values[F_GUILD].id : 0;
    op->kind = kind == OP_KIND_COUNT ? OP_OTHER : (enum op_kind)kind;
    switch (kind) {
    case OP_KIND_COUNT:
        copy_text(op->name, r, F_OP);
        break;
    case OP_PLAYER_UPDATE:
        player_of(&op->player, r);
        break;
    case OP_EVENT_OTHER:
        event_of(op, r);
        break;
    case OP_STATS:
        frames_of(&op->frames, r);
        if (!stats_of(&op->stats, r))
            op->kind = OP_OTHER;
        break;
    case OP_READY:
        copy_key(op->session, r, F_SESSION);
        op->resumed = truth(r, F_RESUMED) == 1;
        if (op->session[0] == '\0')
            op->kind = OP_OTHER;
        break;
    case OP_CONFIGURE_RESUMING:
        copy_key(op->resume_key, r, F_KEY);
        op->timeout = amount(r, F_TIMEOUT, DBL_MAX);
        break;
    case OP_PLAY:
        track_of(&op->track, r);
        asked_player_of(&op->player, r, F_START);
        break;
    case OP_PAUSE:
    case OP_SEEK:
    case OP_VOLUME:
        asked_player_of(&op->player, r, F_SEEK);
        break;
    default:
        break;
    }
}

/* --- a message ---------------------------------------------------------------------------------
 */

void op_begin(struct op_reader *reader, enum op_side side, uint64_t seed)
{
    reader->side = side;
    skim_begin(&reader->skim, fields, F_COUNT, seed);
}

bool op_feed(struct op_reader *reader, struct slice piece)
{
    return skim_next(&reader->skim, reader, &piece) != SKIM_BROKEN;
}

static void wipe(struct op_reader *reader, enum field field)
{
    const struct skim_value *value = skim_get(&reader->skim, field);

    if (value != NULL)
        explicit_bzero((char *)reader + fields[field].at, value->len);
}

void op_drop(struct op_reader *reader)
{
    wipe(reader, F_SESSION);
    wipe(reader, F_KEY);
    wipe(reader, F_RESUMING_KEY);
    wipe(reader, is_string(reader, F_TRACK) ? F_TRACK : F_ENCODED);
    wipe(reader, F_ENCODED_TRACK);
    reader->skim.seen = 0;
}

/* Begins, feeds and ends a reader with a whole text, but for what it says. */
static bool read_body(struct op_reader *reader, struct slice body)
{
    op_begin(reader, OP_FROM_SERVER, 0);
    return op_feed(reader, body) && skim_end(&reader->skim);
}

bool op_end(struct op_reader *reader, struct op *op)
{
    bool good = skim_end(&reader->skim);

    *op = (struct op){.kind = OP_OTHER, .timeout = -1};
    op->stats = (struct op_stats){.uptime_ms = -1, .system_load = -1, .lavalink_load = -1};
    op->player = (struct op_player){-1, -1, -1, -1, -1, -1};
    if (good)
        read_op(op, reader);
    op_drop(reader);
    return good;
}

bool op_read_stats(struct op_stats *stats, struct slice body)
{
    struct op_reader reader;

    *stats = (struct op_stats){.uptime_ms = -1, .system_load = -1, .lavalink_load = -1};
    return read_body(&reader, body) && stats_of(stats, &reader);
}

bool op_read_resuming(struct op_resuming *resuming, struct slice body)
{
    struct op_reader reader;
    enum skim_is key;
    int8_t said;

    *resuming = (struct op_resuming){.timeout = -1};
    if (!read_body(&reader, body))
        return false;
    key = skim_is(&reader.skim, F_RESUMING_KEY);
    if (key == SKIM_STRING || key == SKIM_NULL) {
        resuming->says_resuming = true;
        resuming->resuming = text(&reader, F_RESUMING_KEY).len > 0;
        copy_key(resuming->resume_key, &reader, F_RESUMING_KEY);
    }
    said = truth(&reader, F_RESUMING);
    if (said >= 0) {
        resuming->says_resuming = true;
        resuming->resuming = said == 1;
    }
    resuming->timeout = amount(&reader, F_TIMEOUT, DBL_MAX);
    op_drop(&reader);
    return resuming->says_resuming || resuming->timeout >= 0;
}
