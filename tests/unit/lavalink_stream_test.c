/*
 * Streams of frames as nodes and clients of both versions send them, through the observer and the
 * reader of messages: cut in two at every byte, and in pieces of any size, they say the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "lavalink/observer.h"
#include "lavalink/op.h"

#define GUILD "817327181659111454"
/* The track of Lavalink's API documentation. */
#define BLOB                                                                                       \
    "QAAAjQIAJVJpY2sgQXN0bGV5IC0gTmV2ZXIgR29ubmEgR2l2ZSBZb3UgVXAADlJpY2tBc3RsZXlWRVZPAAAAAAADPCAA" \
    "C2RRdzR3OVdnWGNRAAEAK2h0dHBzOi8vd3d3LnlvdXR1YmUuY29tL3dhdGNoP3Y9ZFF3NHc5V2dYY1EAB3lvdXR1YmUA" \
    "AAAAAAAAAA=="
#define RICK "'Rick Astley - Never Gonna Give You Up' by RickAstleyVEVO, 212000 ms of youtube"
#define INFO                                                                                       \
    "{\"identifier\":\"x1\",\"isSeekable\":true,\"author\":\"\xe5\xa4\x9c\xe3\x81\xae\","          \
    "\"length\":"                                                                                  \
    "185000,\"isStream\":false,\"position\":0,\"title\":\"Caf\xc3\xa9 \\\"live\\\" "               \
    "\\ud83c\\udfb5\","                                                                            \
    "\"uri\":\"https://www.youtube.com/"                                                           \
    "watch?v=x1\",\"sourceName\":\"youtube\",\"artworkUrl\":null,"                                 \
    "\"isrc\":null}"
#define CAFE                                                                                       \
    "'Caf\xc3\xa9 \"live\" \xf0\x9f\x8e\xb5' by \xe5\xa4\x9c\xe3\x81\xae, 185000 ms of youtube"
#define TRACK                                                                                      \
    "{\"encoded\":\"" BLOB "\",\"info\":" INFO                                                     \
    ",\"pluginInfo\":{\"a\":[1,{}]},\"userData\":{\"title\":\"no\"}}"
#define STATS                                                                                      \
    "\"players\":2,\"playingPlayers\":1,\"uptime\":61234,\"memory\":{\"free\":51000000,\"used\":"  \
    "98000000,\"allocated\":149000000,\"reservable\":4294967296},\"cpu\":{\"cores\":4,"            \
    "\"systemLoad\":0.25,\"lavalinkLoad\":0.5}"
#define EVENT(type, more)                                                                          \
    "{\"op\":\"event\",\"guildId\":\"" GUILD "\",\"type\":\"" type "\"," more "}"
#define LINES16(x) x x x x x x x x x x x x x x x x
#define STACK LINES16(LINES16("\\n\\tat lavaplayer.Source.load(Source.java:17)"))

struct row {
    const char *text, *said;
};

static const struct row v4_server[] = {
    {"{\"op\":\"ready\",\"resumed\":true,\"sessionId\":\"x3k9qz0a7m2bv8t1\"}",
     "ready x3k9qz0a7m2bv8t1 resumed"},
    {"{\"op\":\"stats\",\"frameStats\":null," STATS "}", "stats 1/2 0.25 0.50"},
    {"{\"op\":\"stats\",\"frameStats\":{\"sent\":2990,\"nulled\":10,\"deficit\":-3}," STATS "}",
     "stats 1/2 0.25 0.50 frames 2990 10 -3"},
    {"{\"op\":\"playerUpdate\",\"guildId\":\"" GUILD "\",\"state\":{\"time\":1700000000000,"
     "\"position\":5020,\"connected\":true,\"ping\":12}}",
     "update " GUILD " at 5020 connected 1 ping 12"},
    {"{\"state\":{\"ping\":-1,\"connected\":false,\"position\":\"7\",\"time\":1},\"guildId\":5,"
     "\"op\":"
     "\"playerUpdate\"}",
     "update 5 at 7 connected 0 ping -1"},
    {EVENT("TrackStartEvent", "\"track\":" TRACK), "start " GUILD " " CAFE},
    {EVENT("TrackEndEvent", "\"track\":" TRACK ",\"reason\":\"loadFailed\""),
     "end " GUILD " loadFailed " CAFE},
    {EVENT("TrackExceptionEvent",
           "\"track\":" TRACK ",\"exception\":{\"message\":\"no\\tway\","
           "\"severity\":\"fault\",\"cause\":\"x\",\"causeStackTrace\":\"y" STACK "\"}"),
     "exception " GUILD " fault 'no\tway' " CAFE},
    {EVENT("TrackExceptionEvent",
           "\"exception\":{\"message\":null,\"severity\":\"common\"},\"track\":" TRACK),
     "exception " GUILD " common '' " CAFE},
    {EVENT("TrackStuckEvent", "\"thresholdMs\":10000,\"track\":" TRACK),
     "stuck " GUILD " 10000 " CAFE},
    {EVENT("WebSocketClosedEvent", "\"code\":4006,\"reason\":\"Session is no longer valid\","
                                   "\"byRemote\":true"),
     "closed " GUILD " 4006 remote 'Session is no longer valid'"},
    {EVENT("SegmentSkipped", "\"segment\":{\"category\":\"sponsor\",\"start\":1,\"end\":2}"),
     "event SegmentSkipped " GUILD},
    {"{\"op\":\"voiceReceive\",\"data\":\"x\"}", "op voiceReceive"},
    {"{\"op\":\"play\",\"guildId\":\"1\",\"track\":\"x\"}", "op play"},
    {EVENT("TrackStartEvent", "\"track\":{\"encoded\":\"???\",\"info\":{\"title\":null}}"),
     "start " GUILD " opaque"},
    {EVENT("TrackStartEvent", "\"track\":{\"encoded\":\"" BLOB "\",\"info\":null}"),
     "start " GUILD " " RICK},
    {EVENT("TrackStartEvent",
           "\"track\":{\"info\":{\"title\":\"radio\",\"isStream\":true,\"length\":"
           "9223372036854775807}}"),
     "start " GUILD " 'radio' by , 0 ms of  stream"},
    {EVENT("TrackEndEvent", "\"track\":null,\"reason\":\"bored\""), "end " GUILD " other none"},
    {EVENT("WebSocketClosedEvent", "\"code\":-1,\"reason\":null,\"byRemote\":false"),
     "closed " GUILD " 0 ''"},
};

static const struct row v3_server[] = {
    {"{\"playingPlayers\":0,\"op\":\"stats\",\"memory\":{\"reservable\":1,\"used\":4,\"free\":2,"
     "\"allocated\":6},\"players\":1e400,\"cpu\":{\"cores\":2,\"systemLoad\":-1,\"lavalinkLoad\":0."
     "1},"
     "\"uptime\":3021}",
     "stats 0/4294967295 -1.00 0.10"},
    {"{\"op\":\"playerUpdate\",\"state\":{\"connected\":true,\"position\":9223372036854775808,"
     "\"time\":"
     "1e400,\"ping\":-1e400},\"guildId\":\"18446744073709551616\"}",
     "update 0 at 9223372036854775807 connected 1 ping -1"},
    {"{\"op\":\"event\",\"type\":\"TrackStartEvent\",\"encodedTrack\":\"" BLOB
     "\",\"track\":\"" BLOB "\",\"guildId\":\"" GUILD "\"}",
     "start " GUILD " " RICK},
    {"{\"op\":\"event\",\"type\":\"TrackStartEvent\",\"track\":\"" BLOB "\",\"guildId\":\"" GUILD
     "\"}",
     "start " GUILD " " RICK},
    {"{\"op\":\"event\",\"reason\":\"FINISHED\",\"type\":\"TrackEndEvent\",\"track\":\"QAAAjQIA\","
     "\"guildId\":\"" GUILD "\"}",
     "end " GUILD " finished opaque"},
    {"{\"op\":\"event\",\"reason\":\"LOAD_FAILED\",\"type\":\"TrackEndEvent\",\"guildId\":\"1\"}",
     "end 1 loadFailed none"},
    {"{\"op\":\"event\",\"type\":\"TrackExceptionEvent\",\"error\":\"old way\",\"track\":\"x\","
     "\"guildId\":\"1\"}",
     "exception 1 suspicious 'old way' opaque"},
    {"{\"op\":\"event\",\"type\":\"TrackExceptionEvent\",\"error\":\"old\",\"exception\":{"
     "\"severity\":"
     "\"COMMON\",\"message\":\"new\",\"cause\":\"c\"},\"track\":\"x\",\"guildId\":\"1\"}",
     "exception 1 common 'new' opaque"},
    {"{\"op\":\"event\",\"type\":\"TrackStuckEvent\",\"thresholdMs\":\"10000\",\"track\":\"x\","
     "\"guildId\":\"1\"}",
     "stuck 1 10000 opaque"},
    {"{\"op\":\"event\",\"byRemote\":false,\"code\":4014,\"reason\":\"\",\"type\":"
     "\"WebSocketClosedEvent\",\"guildId\":\"1\"}",
     "closed 1 4014 ''"},
};

static const struct row v3_client[] = {
    {"{\"op\":\"configureResuming\",\"key\":\"myResumeKey\",\"timeout\":60}",
     "resuming 'myResumeKey' 60"},
    {"{\"op\":\"configureResuming\",\"key\":null}", "resuming '' -1"},
    {"{\"op\":\"voiceUpdate\",\"guildId\":\"" GUILD
     "\",\"sessionId\":\"v-session\",\"event\":{\"token\":"
     "\"secret-token\",\"guild_id\":\"" GUILD "\",\"endpoint\":\"e\"}}",
     "voice " GUILD},
    {"{\"op\":\"play\",\"guildId\":\"" GUILD "\",\"track\":\"" BLOB
     "\",\"startTime\":\"1500\",\"volume\":"
     "\"50\",\"noReplace\":false,\"pause\":false}",
     "play " GUILD " paused 0 volume 50 at 1500 " RICK},
    {"{\"op\":\"play\",\"guildId\":\"1\",\"track\":\"x\"}",
     "play 1 paused -1 volume -1 at -1 opaque"},
    {"{\"op\":\"play\",\"guildId\":\"1\",\"noReplace\":true,\"track\":\"x\"}",
     "play 1 paused -1 volume -1 at -1 opaque, if none is loaded"},
    {"{\"op\":\"pause\",\"guildId\":\"1\",\"pause\":true}", "pause 1 paused 1 volume -1 at -1"},
    {"{\"op\":\"seek\",\"guildId\":\"1\",\"position\":30000}",
     "seek 1 paused -1 volume -1 at 30000"},
    {"{\"op\":\"volume\",\"guildId\":\"1\",\"volume\":5000000000}",
     "volume 1 paused -1 volume 2147483647 at -1"},
    {"{\"op\":\"filters\",\"guildId\":\"1\",\"volume\":1.0,\"equalizer\":[{\"band\":0,\"gain\":0.2}"
     "]}",
     "op "},
    {"{\"op\":\"equalizer\",\"guildId\":\"1\",\"bands\":[]}", "op "},
    {"{\"op\":\"ready\",\"sessionId\":\"lie\"}", "op ready"},
    {"{\"op\":\"stop\",\"guildId\":\"1\"}", "stop 1"},
    {"{\"op\":\"destroy\",\"guildId\":\"1\"}", "destroy 1"},
};

/* Each ends what is read of its stream. */
static const char *const broken[] = {
    "",
    " ",
    "hello",
    "{\"op\":\"ready\",\"sessionId\":\"a\"",
    "{\"op\":\"ready\",\"sessionId\":\"a\"}}",
    "{\"op\":\"ready\",\"sessionId\":\"a\",\"b\":\"\xff\"}",
    "{\"op\":\"ready\",\"sessionId\":\"a\",\"b\":\"\xc3\"}",
    "{\"op\":\"ready\",\"sessionId\":\"a\",\"b\":\"\x01\"}",
    "{\"op\":\"ready\",\"sessionId\":\"a\",\"b\":" LINES16("[") LINES16("[") LINES16("[")
        LINES16("[") LINES16("]") LINES16("]") LINES16("]") LINES16("]") "}",
};

/* --- what was said, in words ------------------------------------------------------------------ */

static void add_track(struct str *out, const struct op_track *track)
{
    assert_int_equal(track->known, track->hash != 0 || track->decoded);
    if (track->decoded)
        str_addf(out, " '%s' by %s, %lld ms of %s%s", track->title, track->author,
                 (long long)track->length_ms, track->source, track->is_stream ? " stream" : "");
    else
        str_add_text(out, track->known ? " opaque" : " none");
}

static void add_asked(struct str *out, const struct op_player *player)
{
    str_addf(out, " paused %d volume %d at %lld", player->paused, player->volume,
             (long long)player->position_ms);
}

static void add_event(struct str *out, const struct op *op, const char *word)
{
    str_addf(out, "%s %llu", word, (unsigned long long)op->guild);
    if (op->kind == OP_TRACK_END)
        str_addf(out, " %s", track_end_text(op->end));
    if (op->kind == OP_TRACK_EXCEPTION)
        str_addf(out, " %s '%s'", severity_text(op->severity), op->message);
    if (op->kind == OP_TRACK_STUCK)
        str_addf(out, " %lld", (long long)op->threshold_ms);
    add_track(out, &op->track);
}

static void add_stats(struct str *out, const struct op *op)
{
    str_addf(out, "stats %u/%u %.2f %.2f", op->stats.playing, op->stats.players,
             op->stats.system_load, op->stats.lavalink_load);
    if (op->frames.known)
        str_addf(out, " frames %lld %lld %lld", (long long)op->frames.sent,
                 (long long)op->frames.nulled, (long long)op->frames.deficit);
}

static void add_op(struct str *out, const struct op *op)
{
    static const char *const words[OP_KIND_COUNT] = {
        [OP_TRACK_START] = "start", [OP_TRACK_END] = "end",      [OP_TRACK_EXCEPTION] = "exception",
        [OP_TRACK_STUCK] = "stuck", [OP_STOP] = "stop",          [OP_DESTROY] = "destroy",
        [OP_PAUSE] = "pause",       [OP_SEEK] = "seek",          [OP_VOLUME] = "volume",
        [OP_PLAY] = "play",         [OP_VOICE_UPDATE] = "voice",
    };
    unsigned long long guild = op->guild;

    switch (op->kind) {
    case OP_READY:
        str_addf(out, "ready %s%s", op->session, op->resumed ? " resumed" : "");
        break;
    case OP_STATS:
        add_stats(out, op);
        break;
    case OP_PLAYER_UPDATE:
        str_addf(out, "update %llu at %lld connected %d ping %d", guild,
                 (long long)op->player.position_ms, op->player.connected, op->player.ping);
        break;
    case OP_VOICE_CLOSED:
        str_addf(out, "closed %llu %d%s '%s'", guild, op->close_code,
                 op->by_remote ? " remote" : "", op->message);
        break;
    case OP_EVENT_OTHER:
        str_addf(out, "event %s %llu", op->name, guild);
        break;
    case OP_CONFIGURE_RESUMING:
        str_addf(out, "resuming '%s' %g", op->resume_key, op->timeout);
        break;
    case OP_OTHER:
        str_addf(out, "op %s", op->name);
        break;
    case OP_STOP:
    case OP_DESTROY:
    case OP_VOICE_UPDATE:
        str_addf(out, "%s %llu", words[op->kind], guild);
        break;
    case OP_PAUSE:
    case OP_SEEK:
    case OP_VOLUME:
    case OP_PLAY:
        str_addf(out, "%s %llu", words[op->kind], guild);
        add_asked(out, &op->player);
        if (op->kind == OP_PLAY)
            add_track(out, &op->track);
        if (op->no_replace)
            str_add_text(out, ", if none is loaded");
        break;
    default:
        add_event(out, op, words[op->kind]);
        break;
    }
    str_add_char(out, '\n');
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reading {
    struct observer observer;
    struct op_reader reader;
    struct str said;
};

static void assert_clean(const struct op_reader *reader)
{
    static const char *const secrets[] = {"secret", "v-session", "myResume", "x3k9qz0a",
                                          "QAAAjQIA"};

    for (unsigned i = 0; i < sizeof secrets / sizeof *secrets; i++)
        assert_null(memmem(reader, sizeof *reader, secrets[i], strlen(secrets[i])));
}

static void take_piece(struct reading *r, const struct observer_piece *piece)
{
    struct op op;
    bool good;

    if (piece->first)
        op_begin(&r->reader, r->observer.masked ? OP_FROM_CLIENT : OP_FROM_SERVER, 11);
    good = op_feed(&r->reader, piece->bytes);
    if (good && !piece->last)
        return;
    good = op_end(&r->reader, &op) && good;
    assert_clean(&r->reader);
    if (good)
        add_op(&r->said, &op);
    else
        str_add_text(&r->said, "BROKEN");
    r->observer.lost = !good;
}

static void feed(struct reading *r, const char *bytes, size_t len)
{
    char *copy = malloc(len + (len == 0));
    struct slice rest = {copy, len};
    struct observer_piece piece;
    enum observer_result result;

    memcpy(copy, bytes, len);
    while ((result = observer_next(&r->observer, &rest, &piece)) == OBSERVER_PIECE)
        take_piece(r, &piece);
    assert_int_equal(result, OBSERVER_MORE);
    free(copy);
}

static void add_frame(struct str *wire, bool masked, enum ws_opcode opcode, bool fin,
                      struct slice payload)
{
    struct ws_header header = {
        .opcode = opcode, .fin = fin, .masked = masked, .length = payload.len};
    uint8_t bytes[WS_HEADER_MAX];
    size_t at;

    for (unsigned i = 0; masked && i < 4; i++)
        header.mask[i] = (uint8_t)(0x91 + 37 * i + wire->len);
    str_add(wire, (const char *)bytes, ws_encode(bytes, &header));
    at = wire->len;
    str_add_slice(wire, payload);
    if (masked)
        ws_mask(wire->ptr + at, payload.len, header.mask, 0);
}

/* In one frame, or in three with a ping between them. */
static void add_message(struct str *wire, bool masked, const char *text, bool fragments)
{
    size_t len = strlen(text), third = len / 3;

    if (!fragments) {
        add_frame(wire, masked, WS_TEXT, true, slice_of(text));
        return;
    }
    add_frame(wire, masked, WS_TEXT, false, (struct slice){text, third});
    add_frame(wire, masked, WS_CONTINUATION, false, (struct slice){text + third, third});
    add_frame(wire, masked, WS_PING, true, SLICE("beat"));
    add_frame(wire, masked, WS_CONTINUATION, true,
              (struct slice){text + 2 * third, len - 2 * third});
}

/* Cut behind `cut` bytes, or in pieces of `piece`. */
static void check(const struct str *wire, bool masked, const char *said, size_t cut, size_t piece)
{
    struct reading *r = malloc(sizeof *r);

    memset(&r->reader, 0xa5, sizeof r->reader);
    observer_init(&r->observer, masked);
    str_growing(&r->said);
    str_add_text(&r->said, "\n");
    feed(r, wire->ptr, cut);
    for (size_t at = cut; at < wire->len; at += piece)
        feed(r, wire->ptr + at, wire->len - at < piece ? wire->len - at : piece);
    if (strcmp(r->said.ptr, said) != 0)
        fail_msg("cut at %zu, in pieces of %zu: %s", cut, piece, r->said.ptr);
    str_free(&r->said);
    free(r);
}

/* Each message cut at every byte, then all of them in pieces. */
static void check_rows(const struct row *rows, size_t count, bool masked)
{
    for (int fragments = 0; fragments < 2; fragments++) {
        struct str wire, said, one;

        str_growing(&wire);
        str_growing(&said);
        str_growing(&one);
        str_add_text(&said, "\n");
        for (size_t i = 0; i < count; i++) {
            size_t begin = wire.len;
            struct str part;

            str_reset(&one);
            str_addf(&one, "\n%s\n", rows[i].said);
            str_add_text(&said, one.ptr + 1);
            add_message(&wire, masked, rows[i].text, fragments != 0);
            part = (struct str){.ptr = wire.ptr + begin, .len = wire.len - begin};
            for (size_t cut = 0; cut <= part.len; cut++)
                check(&part, masked, one.ptr, cut, part.len);
        }
        for (size_t piece = 1; piece < 700; piece++)
            check(&wire, masked, said.ptr, 0, piece);
        str_free(&wire);
        str_free(&said);
        str_free(&one);
    }
}

static void test_streams(void **state)
{
    (void)state;
    check_rows(v4_server, sizeof v4_server / sizeof *v4_server, false);
    check_rows(v3_server, sizeof v3_server / sizeof *v3_server, false);
    check_rows(v3_client, sizeof v3_client / sizeof *v3_client, true);
}

static void test_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        for (int masked = 0; masked < 2; masked++) {
            struct str wire;

            str_growing(&wire);
            add_message(&wire, masked, "{\"op\":\"x\"}", false);
            add_message(&wire, masked, broken[i], false);
            add_message(&wire, masked, "{\"op\":\"y\"}", false);
            for (size_t cut = 0; cut <= wire.len; cut++)
                check(&wire, masked, "\nop x\nBROKEN", cut, wire.len);
            str_free(&wire);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
