/*
 * One table says where in a message the wanted fields are, whatever it turns out to be; what it
 * meant is worked out when it has ended.
 */
#include "lavalink/op.h"

#include <float.h>
#include <string.h>

#include "said.h"

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
    F_ABOUT, /* SAID_INFO_COUNT of them */
    F_ABOUT_LAST = F_ABOUT + SAID_INFO_COUNT - 1,
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
    F_NO_REPLACE,
    F_COUNT
};

#define INTO(member) INTO_OF(struct op_reader, member)

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
    SAID_INFO(F_INFO, F_ABOUT, struct op_reader),
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
    [F_NO_REPLACE] = {FIELD(F_ROOT, "noReplace", SKIM_ANY)},
};
_Static_assert(F_COUNT <= SKIM_FIELDS_MAX, "room for values");
_Static_assert(sizeof(struct op_reader) <= 4096, "fits a pooled block");

/* Ops without a kind are Lavalink's own as well, but nobody asks about them. */
static const struct said_word server_ops[] = {
    {"playerUpdate", OP_PLAYER_UPDATE},
    {"event", OP_EVENT_OTHER},
    {"stats", OP_STATS},
    {"ready", OP_READY},
    {NULL, OP_KIND_COUNT},
};
static const struct said_word client_ops[] = {
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
    {NULL, OP_KIND_COUNT},
};
static const struct said_word events[] = {
    {"TrackStartEvent", OP_TRACK_START},         {"TrackEndEvent", OP_TRACK_END},
    {"TrackExceptionEvent", OP_TRACK_EXCEPTION}, {"TrackStuckEvent", OP_TRACK_STUCK},
    {"WebSocketClosedEvent", OP_VOICE_CLOSED},   {NULL, OP_EVENT_OTHER},
};
/* As v4 says them; v3 in capitals, two of them as two words. */
static const struct said_word ends[] = {
    {"finished", TRACK_FINISHED}, {"loadFailed", TRACK_LOAD_FAILED},
    {"stopped", TRACK_STOPPED},   {"replaced", TRACK_REPLACED},
    {"cleanup", TRACK_CLEANUP},   {"load_failed", TRACK_LOAD_FAILED},
    {NULL, TRACK_END_OTHER},
};

static bool is_string(const struct op_reader *r, enum field field)
{
    return skim_is(&r->skim, field) == SKIM_STRING;
}

/* --- what it says ------------------------------------------------------------------------------
 */

static bool stats_of(struct op_stats *stats, const struct op_reader *r)
{
    if (!said_number(&r->skim, F_PLAYERS) || !said_number(&r->skim, F_PLAYING))
        return false;
    stats->players = (uint32_t)said_whole(&r->skim, F_PLAYERS, 0, UINT32_MAX, 0);
    stats->playing = (uint32_t)said_whole(&r->skim, F_PLAYING, 0, UINT32_MAX, 0);
    stats->uptime_ms = said_whole(&r->skim, F_UPTIME, 0, INT64_MAX, -1);
    stats->memory_used = (uint64_t)said_whole(&r->skim, F_USED, 0, INT64_MAX, 0);
    stats->system_load = said_amount(&r->skim, F_SYSTEM_LOAD, 1);
    stats->lavalink_load = said_amount(&r->skim, F_LAVALINK_LOAD, 1);
    return true;
}

static void frames_of(struct op_frames *frames, const struct op_reader *r)
{
    frames->known = said_number(&r->skim, F_SENT) && said_number(&r->skim, F_NULLED) &&
                    said_number(&r->skim, F_DEFICIT);
    frames->sent = said_whole(&r->skim, F_SENT, 0, INT32_MAX, 0);
    frames->nulled = said_whole(&r->skim, F_NULLED, 0, INT32_MAX, 0);
    frames->deficit = said_whole(&r->skim, F_DEFICIT, INT32_MIN, INT32_MAX, 0);
}

static void player_of(struct op_player *player, const struct op_reader *r)
{
    player->connected = said_truth(&r->skim, F_CONNECTED);
    player->ping = (int32_t)said_whole(&r->skim, F_PING, -1, INT32_MAX, -1);
    player->position_ms = said_whole(&r->skim, F_POSITION, 0, INT64_MAX, -1);
    player->time_ms = said_whole(&r->skim, F_TIME, 0, INT64_MAX, -1);
}

static void asked_player_of(struct op_player *player, const struct op_reader *r,
                            enum field position)
{
    player->paused = said_truth(&r->skim, F_PAUSE);
    player->volume = (int32_t)said_whole(&r->skim, F_VOLUME, 0, INT32_MAX, -1);
    player->position_ms = said_whole(&r->skim, position, 0, INT64_MAX, -1);
}

static void track_of(struct op_track *track, const struct op_reader *r)
{
    enum field encoded = F_ENCODED;

    if (is_string(r, F_ENCODED_TRACK))
        encoded = F_ENCODED_TRACK;
    else if (is_string(r, F_TRACK))
        encoded = F_TRACK;
    track->known = skim_is(&r->skim, F_TRACK) == SKIM_OBJECT || is_string(r, encoded);
    said_track(track, &r->skim, r, encoded, F_ABOUT);
}

static void event_of(struct op *op, const struct op_reader *r)
{
    op->kind = (enum op_kind)said_word(events, said_text(&r->skim, r, F_TYPE), false);
    op->guild = said_id(&r->skim, F_GUILD);
    switch (op->kind) {
    case OP_TRACK_EXCEPTION:
        said_message(op->message, &r->skim, r, is_string(r, F_MESSAGE) ? F_MESSAGE : F_ERROR);
        op->severity = said_severity(&r->skim, r, F_SEVERITY);
        break;
    case OP_TRACK_END:
        op->end = (enum track_end)said_word(ends, said_text(&r->skim, r, F_REASON), true);
        break;
    case OP_TRACK_STUCK:
        op->threshold_ms = said_whole(&r->skim, F_THRESHOLD, 0, INT64_MAX, 0);
        break;
    case OP_VOICE_CLOSED:
        op->close_code = (int32_t)said_whole(&r->skim, F_CODE, 0, UINT16_MAX, 0);
        op->by_remote = said_truth(&r->skim, F_BY_REMOTE) == 1;
        said_message(op->message, &r->skim, r, F_REASON);
        return;
    case OP_EVENT_OTHER:
        said_copy(op->name, &r->skim, r, F_TYPE);
        return;
    default:
        break;
    }
    track_of(&op->track, r);
}

static void read_op(struct op *op, const struct op_reader *r)
{
    const struct said_word *words = r->side == OP_FROM_SERVER ? server_ops : client_ops;
    unsigned kind = said_word(words, said_text(&r->skim, r, F_OP), false);

    op->guild = said_id(&r->skim, F_GUILD);
    op->kind = kind == OP_KIND_COUNT ? OP_OTHER : (enum op_kind)kind;
    switch (kind) {
    case OP_KIND_COUNT:
        said_copy(op->name, &r->skim, r, F_OP);
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
        said_key(op->session, &r->skim, r, F_SESSION);
        op->resumed = said_truth(&r->skim, F_RESUMED) == 1;
        if (op->session[0] == '\0')
            op->kind = OP_OTHER;
        break;
    case OP_CONFIGURE_RESUMING:
        said_key(op->resume_key, &r->skim, r, F_KEY);
        op->resuming = said_text(&r->skim, r, F_KEY).len > 0;
        op->timeout = said_amount(&r->skim, F_TIMEOUT, DBL_MAX);
        break;
    case OP_PLAY:
        track_of(&op->track, r);
        asked_player_of(&op->player, r, F_START);
        op->no_replace = said_truth(&r->skim, F_NO_REPLACE) == 1;
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

void op_drop(struct op_reader *reader)
{
    said_wipe(&reader->skim, reader, F_SESSION);
    said_wipe(&reader->skim, reader, F_KEY);
    said_wipe(&reader->skim, reader, is_string(reader, F_TRACK) ? F_TRACK : F_ENCODED);
    said_wipe(&reader->skim, reader, F_ENCODED_TRACK);
    reader->skim.seen = reader->skim.word = 0;
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
    op_begin(&reader, OP_FROM_SERVER, 0);
    return op_feed(&reader, body) && skim_end(&reader.skim) && stats_of(stats, &reader);
}
