/*
 * Routes, and bodies of both versions as the serializers write them and in other ways: however they
 * are cut, the same is read.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lavalink/rest.h"

#define GUILD "817327181659111454"
#define BLOB                                                                                       \
    "QAAAjQIAJVJpY2sgQXN0bGV5IC0gTmV2ZXIgR29ubmEgR2l2ZSBZb3UgVXAADlJpY2tBc3RsZXlWRVZPAAAAAAADPCAA" \
    "C2RRdzR3OVdnWGNRAAEAK2h0dHBzOi8vd3d3LnlvdXR1YmUuY29tL3dhdGNoP3Y9ZFF3NHc5V2dYY1EAB3lvdXR1YmUA" \
    "AAAAAAAAAA=="
#define INFO(title)                                                                                \
    "{\"identifier\":\"dQw4w9WgXcQ\",\"isSeekable\":true,\"author\":\"RickAstleyVEVO\","           \
    "\"length\":"                                                                                  \
    "212000,\"isStream\":false,\"position\":0,\"title\":\"" title                                  \
    "\",\"uri\":null,\"sourceName\":"                                                              \
    "\"youtube\",\"artworkUrl\":null,\"isrc\":null}"
#define V4_TRACK(title)                                                                            \
    "{\"encoded\":\"" BLOB "\",\"info\":" INFO(title) ",\"pluginInfo\":{},\"userData\":{}}"
#define V3_TRACK(blob, title)                                                                      \
    "{\"encoded\":\"" blob "\",\"track\":\"" blob "\",\"info\":" INFO(title) "}"
#define VOICE                                                                                      \
    "\"token\":\"secret-token\",\"endpoint\":\"e.discord.media\",\"sessionId\":\"v-session\""
#define V4_PLAYER(guild, track)                                                                    \
    "{\"guildId\":\"" guild "\",\"track\":" track ",\"volume\":80,\"paused\":true,\"state\":{"     \
    "\"time\":1700000000000,\"position\":60000,\"connected\":true,\"ping\":31},\"voice\":{" VOICE  \
    "},\"filters\":{\"timescale\":{\"speed\":1.5}}}"
#define V3_PLAYER(guild, track)                                                                    \
    "{\"guildId\":\"" guild "\",\"track\":" track                                                  \
    ",\"volume\":100,\"paused\":false,\"voice\":{" VOICE                                           \
    ",\"connected\":true,\"ping\":7},\"filters\":{}}"

/* --- reading ---------------------------------------------------------------------------------- */

/* What was handed out on the way, the last one kept. */
static unsigned handed_out;
static struct rest_said last_out;
static bool was_enough;

/* No text that is secret is anywhere in the reader. */
static void assert_clean(const struct rest_reader *reader)
{
    static const char *const secrets[] = {"secret", "v-session", "QAAAj"};

    for (unsigned i = 0; i < sizeof secrets / sizeof *secrets; i++)
        assert_null(memmem(reader, sizeof *reader, secrets[i], strlen(secrets[i])));
}

/* In pieces on memory of their own size, so that the sanitizer sees a step outside. */
static bool read_all(struct rest_said *said, enum rest_body body, unsigned version,
                     const char *text, size_t piece)
{
    size_t len = strlen(text);
    struct rest_reader reader;
    bool good;

    memset(&reader, 0xa5, sizeof reader);
    handed_out = 0;
    was_enough = false;
    rest_begin(&reader, body, version, 3);
    for (size_t at = 0; at < len; at += piece) {
        size_t count = len - at < piece ? len - at : piece;
        char *copy = malloc(count);
        struct slice bytes = {copy, count};
        enum rest_result result;

        memcpy(copy, text + at, count);
        do {
            result = rest_next(&reader, &bytes, &last_out);
            handed_out += result == REST_SAID;
        } while (result == REST_SAID);
        was_enough = result == REST_ENOUGH;
        assert_true(result != REST_MORE || bytes.len == 0);
        free(copy);
    }
    good = rest_end(&reader, said);
    assert_clean(&reader);
    return good;
}

/* --- routes ----------------------------------------------------------------------------------- */

static void test_routes(void **state)
{
    static const struct {
        const char *method, *path;
        enum rest_route route;
        uint64_t guild;
    } rows[] = {
        {"GET", "/v4/loadtracks", ROUTE_LOADTRACKS, 0},
        {"GET", "/v3/loadtracks", ROUTE_LOADTRACKS, 0},
        {"GET", "/loadtracks", ROUTE_LOADTRACKS, 0},
        {"GET", "/loadtracks/", ROUTE_LOADTRACKS, 0},
        {"POST", "/v4/loadtracks", ROUTE_OTHER, 0},
        {"GET", "/v4/loadtracks/x", ROUTE_OTHER, 0},
        {"GET", "/v4/decodetrack", ROUTE_DECODE, 0},
        {"POST", "/decodetracks", ROUTE_DECODE, 0},
        {"GET", "/v4/decodetracks", ROUTE_OTHER, 0},
        {"PATCH", "/v4/sessions/abc/players/" GUILD, ROUTE_PLAYER_PATCH, 817327181659111454},
        {"PATCH", "/v3/sessions/abc/players/7", ROUTE_PLAYER_PATCH, 7},
        {"PATCH", "/sessions/abc/players/7", ROUTE_PLAYER_PATCH, 7},
        {"PATCH", "/v4/sessions/abc/players/x7", ROUTE_PLAYER_PATCH, 0},
        {"PATCH", "/v4/sessions/abc/players", ROUTE_OTHER, 0},
        {"DELETE", "/v4/sessions/abc/players/7", ROUTE_PLAYER_DELETE, 7},
        {"GET", "/v4/sessions/abc/players/7", ROUTE_PLAYER_GET, 7},
        {"GET", "/v4/sessions/abc/players", ROUTE_PLAYER_GET, 0},
        {"PUT", "/v4/sessions/abc/players/7", ROUTE_OTHER, 7},
        {"GET", "/v4/sessions/abc/players/7/lyrics", ROUTE_OTHER, 0},
        {"PATCH", "/v4/sessions/abc", ROUTE_SESSION_PATCH, 0},
        {"PATCH", "/sessions/abc", ROUTE_SESSION_PATCH, 0},
        {"GET", "/v4/sessions/abc", ROUTE_OTHER, 0},
        {"PATCH", "/v4/sessions/", ROUTE_OTHER, 0},
        {"PATCH", "/v4/sessions", ROUTE_OTHER, 0},
        {"PATCH", "/v4/sessions//players/7", ROUTE_OTHER, 0},
        {"GET", "/v4/info", ROUTE_INFO, 0},
        {"GET", "/v4/stats", ROUTE_STATS, 0},
        {"GET", "/version", ROUTE_VERSION, 0},
        {"GET", "/v4/routeplanner/status", ROUTE_PLANNER, 0},
        {"POST", "/routeplanner/free/all", ROUTE_PLANNER, 0},
        {"GET", "/v4/lyrics", ROUTE_OTHER, 0},
        {"GET", "/v5/info", ROUTE_OTHER, 0},
        {"GET", "/", ROUTE_OTHER, 0},
        {"GET", "", ROUTE_OTHER, 0},
        {"OPTIONS", "*", ROUTE_OTHER, 0},
        {"GET", "/v4/sessions/abc/players/99999999999999999999", ROUTE_PLAYER_GET, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t guild = 77;
        enum rest_route route =
            rest_route_of(slice_of(rows[i].method), slice_of(rows[i].path), &guild);

        if (route != rows[i].route || guild != rows[i].guild)
            fail_msg("%s %s: %s, %llu", rows[i].method, rows[i].path, rest_route_text(route),
                     (unsigned long long)guild);
    }
}

/* --- sessions --------------------------------------------------------------------------------- */

static void test_session(void **state)
{
    static const struct {
        const char *text;
        bool good, says, resuming;
        const char *key;
        double timeout;
    } rows[] = {
        {"{\"resuming\":true,\"timeout\":60}", true, true, true, "", 60},
        {"{\"timeout\":300,\"resuming\":false}", true, true, false, "", 300},
        {"{\"timeout\":300}", true, false, false, "", 300},
        {"{\"resuming\":true}", true, true, true, "", -1},
        {"{\"resumingKey\":\"k\",\"timeout\":60}", true, true, true, "k", 60},
        {"{\"resumingKey\":null,\"timeout\":60}", true, true, false, "", 60},
        {"{\"resumingKey\":\"\"}", true, true, false, "", -1},
        {"{\"resumingKey\":\"a\\tb\"}", true, true, true, "", -1},
        {"{\"resumingKey\":\"k\",\"resuming\":false}", true, true, false, "k", -1},
        {"{\"resumingKey\":4}", false, false, false, "", -1},
        {"{\"resuming\":null,\"timeout\":null}", false, false, false, "", -1},
        {"{\"resuming\":\"yes\",\"timeout\":\"soon\"}", false, false, false, "", -1},
        {"{\"a\":{\"resuming\":true}}", false, false, false, "", -1},
        {"{}", false, false, false, "", -1},
        {"[true,60]", false, false, false, "", -1},
        {"{\"resuming\":true", false, false, false, "", -1},
        {"", false, false, false, "", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rest_said r;

        if (read_all(&r, REST_ASKS_SESSION, 4, rows[i].text, 1000) != rows[i].good ||
            r.says_resuming != rows[i].says || r.resuming != rows[i].resuming ||
            strcmp(r.resume_key, rows[i].key) != 0 || r.timeout != rows[i].timeout)
            fail_msg("%s", rows[i].text);
    }
}

/* --- players ---------------------------------------------------------------------------------- */

static void test_asks_player(void **state)
{
    static const struct {
        const char *text;
        int track;
        bool decoded, voice, no_channel;
        int paused, volume;
        int64_t position;
    } rows[] = {
        {"{\"track\":{\"encoded\":\"" BLOB "\"}}", 1, true, false, false, -1, -1, -1},
        {"{\"track\":{\"encoded\":\"xyz\",\"userData\":{\"a\":[1]}},\"volume\":55}", 1, false,
         false, false, -1, 55, -1},
        {"{\"track\":{\"identifier\":\"ytsearch:x\"},\"position\":1500}", 1, false, false, false,
         -1, -1, 1500},
        {"{\"track\":{\"encoded\":null}}", 0, false, false, false, -1, -1, -1},
        {"{\"track\":null}", 0, false, false, false, -1, -1, -1},
        {"{\"track\":{\"userData\":{}}}", -1, false, false, false, -1, -1, -1},
        {"{\"encodedTrack\":\"" BLOB "\",\"paused\":false}", 1, true, false, false, 0, -1, -1},
        {"{\"encodedTrack\":null,\"paused\":true}", 0, false, false, false, 1, -1, -1},
        {"{\"identifier\":\"https://x\"}", 1, false, false, false, -1, -1, -1},
        {"{\"voice\":{" VOICE "}}", -1, false, true, true, -1, -1, -1},
        {"{\"voice\":{" VOICE ",\"channelId\":\"\"}}", -1, false, true, true, -1, -1, -1},
        {"{\"voice\":{" VOICE ",\"channelId\":null}}", -1, false, true, true, -1, -1, -1},
        {"{\"voice\":{\"channelId\":\"817327181659111455\"," VOICE "}}", -1, false, true, false, -1,
         -1, -1},
        {"{\"voice\":null,\"volume\":\"70\"}", -1, false, false, false, -1, 70, -1},
        {"{\"filters\":{\"track\":{\"encoded\":\"x\"}},\"volume\":1e400,\"position\":-1}", -1,
         false, false, false, -1, INT32_MAX, 0},
        {"{}", -1, false, false, false, -1, -1, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 1; piece < strlen(rows[i].text) + 2; piece++) {
            struct rest_said said;

            assert_true(read_all(&said, REST_ASKS_PLAYER, 4, rows[i].text, piece));
            if (said.track != rows[i].track || said.said.decoded != rows[i].decoded ||
                said.voice != rows[i].voice || said.no_channel != rows[i].no_channel ||
                said.player.paused != rows[i].paused || said.player.volume != rows[i].volume ||
                said.player.position_ms != rows[i].position)
                fail_msg("%s", rows[i].text);
            if (said.said.decoded)
                assert_string_equal(said.said.title, "Rick Astley - Never Gonna Give You Up");
            assert_int_equal(said.said.hash != 0, strstr(rows[i].text, "ncoded\":\"") != NULL ||
                                                          strstr(rows[i].text, "Track\":\"") != NULL
                                                      ? rows[i].track == 1
                                                      : 0);
        }
}

static void test_says_player(void **state)
{
    static const char one[] = V4_PLAYER(GUILD, V4_TRACK("Title"));
    static const char old[] = V3_PLAYER("9", V3_TRACK(BLOB, "Old"));
    static const char many[] =
        " [" V4_PLAYER("1", "null") "," V4_PLAYER("2", V4_TRACK("Two")) ", {\"guildId\":\"3\"} ] ";
    struct rest_said said;

    (void)state;
    for (size_t piece = 1; piece <= sizeof one; piece++) {
        assert_true(read_all(&said, REST_SAYS_PLAYER, 4, one, piece));
        assert_int_equal(handed_out, 1);
        assert_true(last_out.guild == 817327181659111454);
        assert_int_equal(last_out.track, 1);
        assert_string_equal(last_out.said.title, "Title");
        assert_string_equal(last_out.said.author, "RickAstleyVEVO");
        assert_string_equal(last_out.said.source, "youtube");
        assert_int_equal(last_out.said.length_ms, 212000);
        assert_int_equal(last_out.player.paused, 1);
        assert_int_equal(last_out.player.volume, 80);
        assert_int_equal(last_out.player.connected, 1);
        assert_int_equal(last_out.player.ping, 31);
        assert_int_equal(last_out.player.position_ms, 60000);
        assert_int_equal(last_out.player.time_ms, 1700000000000);
        assert_true(read_all(&said, REST_SAYS_PLAYER, 3, old, piece));
        assert_int_equal(handed_out, 1);
        assert_string_equal(last_out.said.title, "Old");
        assert_int_equal(last_out.player.connected, 1);
        assert_int_equal(last_out.player.ping, 7);
        assert_int_equal(last_out.player.position_ms, -1);
        assert_true(read_all(&said, REST_SAYS_PLAYER, 4, many, piece));
        assert_int_equal(handed_out, 3);
        /* Nothing of the one before is left. */
        assert_true(last_out.guild == 3 && last_out.track == -1 && !last_out.said.known);
        assert_true(last_out.said.hash == 0 && last_out.player.paused == -1);
    }
    for (size_t len = 1; len < sizeof one - 1; len++) {
        char *cut = strndup(one, len);
        assert_false(read_all(&said, REST_SAYS_PLAYER, 4, cut, 64));
        assert_int_equal(handed_out, 0);
        free(cut);
    }
    assert_true(read_all(&said, REST_SAYS_PLAYER, 4, "[]", 1));
    assert_int_equal(handed_out, 0);
}

/* --- loadtracks ------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    unsigned version;
    bool good, enough;
    enum load_type type;
    enum severity severity;
    const char *message;
    unsigned out; /* opaque tracks handed out */
} loads[] = {
    {"{\"loadType\":\"search\",\"data\":[" V4_TRACK("a") "," V4_TRACK("b") "]}", 4, true, true,
     LOAD_SEARCH, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"data\":" V4_TRACK("a") ",\"loadType\":\"track\"}", 4, true, true, LOAD_TRACK,
     SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"playlist\",\"data\":{\"info\":{\"name\":\"x\"},\"tracks\":[]}}", 4, true,
     true, LOAD_PLAYLIST, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"empty\",\"data\":null}", 4, true, true, LOAD_EMPTY, SEVERITY_SUSPICIOUS, "",
     0},
    {"{\"loadType\":\"error\",\"data\":{\"message\":\"No \\u00fc\",\"severity\":\"fault\","
     "\"cause\":\"x\",\"causeStackTrace\":\"a\\n\\tb\"}}",
     4, true, true, LOAD_ERROR, SEVERITY_FAULT, "No \xc3\xbc", 0},
    {"{\"data\":{\"severity\":\"common\",\"cause\":\"x\",\"message\":null},"
     "\"loadType\":\"error\"}",
     4, true, true, LOAD_ERROR, SEVERITY_COMMON, "", 0},
    {"{\"loadType\":\"error\",\"data\":{}}", 4, true, false, LOAD_ERROR, SEVERITY_SUSPICIOUS, "",
     0},
    {"{\"loadType\":\"new\",\"data\":{}}", 4, true, true, LOAD_OTHER, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"search\",\"da", 4, true, true, LOAD_SEARCH, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"search\",]", 4, true, true, LOAD_SEARCH, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"search", 4, false, false, LOAD_COUNT, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"data\":[1,2", 4, false, false, LOAD_COUNT, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":7}", 4, false, true, LOAD_COUNT, SEVERITY_SUSPICIOUS, "", 0},
    {"{}", 4, false, false, LOAD_COUNT, SEVERITY_SUSPICIOUS, "", 0},
    {"[]", 4, false, false, LOAD_COUNT, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"SEARCH_RESULT\",\"tracks\":[" V3_TRACK(BLOB, "a") "," V3_TRACK(
         BLOB, "b") "],\"playlistInfo\":{}}",
     3, true, true, LOAD_SEARCH, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"tracks\":[" V3_TRACK(BLOB, "a") "," V3_TRACK("xyz",
                                                      "b") "],\"loadType\":\"TRACK_LOADED\"}",
     3, true, true, LOAD_TRACK, SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"PLAYLIST_LOADED\",\"tracks\":[" V3_TRACK("QAAAB+k=", "a") "," V3_TRACK(
         "QAAAB+l=",
         "b") ",{\"track\":\"abc\",\"info\":" INFO("c") "},{\"info\":{}}],"
                                                        "\"playlistInfo\":{\"name\":\"n\","
                                                        "\"selectedTrack\":-1}}",
     3, true, false, LOAD_PLAYLIST, SEVERITY_SUSPICIOUS, "", 3},
    {"{\"playlistInfo\":{},\"loadType\":\"NO_MATCHES\",\"tracks\":[]}", 3, true, false, LOAD_EMPTY,
     SEVERITY_SUSPICIOUS, "", 0},
    {"{\"loadType\":\"LOAD_FAILED\",\"tracks\":[],\"playlistInfo\":{},\"exception\":{"
     "\"message\":"
     "\"gone\",\"severity\":\"COMMON\"}}",
     3, true, true, LOAD_ERROR, SEVERITY_COMMON, "gone", 0},
};

static void test_loads(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++)
        for (size_t piece = 1; piece < strlen(loads[i].text) + 2; piece++) {
            struct rest_said said;

            if (read_all(&said, REST_SAYS_LOAD, loads[i].version, loads[i].text, piece) !=
                    loads[i].good ||
                was_enough != loads[i].enough || said.load_type != loads[i].type ||
                said.severity != loads[i].severity || strcmp(said.message, loads[i].message) != 0 ||
                handed_out != loads[i].out)
                fail_msg("%s, by %zu: type %d, enough %d, %u out", loads[i].text, piece,
                         (int)said.load_type, was_enough, handed_out);
            if (handed_out > 0) {
                assert_string_equal(last_out.said.title, "c");
                assert_true(last_out.said.hash != 0);
            }
        }
}

/* Of a long answer only the front is looked at. */
static void test_enough_early(void **state)
{
    char *text = malloc(60001);
    struct slice bytes = {text, 60000};
    struct rest_reader reader;
    struct rest_said said;

    (void)state;
    memset(text, 'x', 60000);
    text[snprintf(text, 60001, "{\"loadType\":\"search\",\"data\":[\"")] = 'x';
    rest_begin(&reader, REST_SAYS_LOAD, 4, 0);
    assert_int_equal(rest_next(&reader, &bytes, &said), REST_ENOUGH);
    assert_true(bytes.len > 59000);
    assert_int_equal(rest_next(&reader, &bytes, &said), REST_ENOUGH);
    assert_true(rest_end(&reader, &said));
    free(text);
}

static void test_error(void **state)
{
    struct rest_said said;

    (void)state;
    assert_true(read_all(&said, REST_SAYS_ERROR, 4,
                         "{\"timestamp\":1700000000000,\"status\":404,\"error\":\"Not Found\","
                         "\"trace\":\"a\\n\\tb\",\"message\":\"Session not found\",\"path\":"
                         "\"/v4/sessions/secret/players/1\"}",
                         7));
    assert_string_equal(said.message, "Session not found");
    assert_false(read_all(&said, REST_SAYS_ERROR, 4, "{\"message\":null}", 7));
    assert_false(read_all(&said, REST_SAYS_ERROR, 4, "<html>", 7));
    assert_string_equal(said.message, "");
    assert_false(read_all(&said, REST_SAYS_ERROR, 4, "", 7));
}

/* Nodes show in their messages what they did not understand. */
static void test_messages(void **state)
{
    static const struct {
        const char *said, *shown;
    } rows[] = {
        {"Could not read JSON: x\\nJSON input: {\\\"token\\\":\\\"abc", "Could not read JSON: x"},
        {"bad json INPUT: {\\\"token", "bad"},
        {"was {\\\"token\\\":1}", "was"},
        {"Session k7w0q2m5x9c1v3b8 is gone", "Session .. is gone"},
        {"/v4/sessions/abcdefghijklmnop/x", "/v4/sessions/../x"},
        {"'66d29164ee8cd919'", "'..'"},
        {"key 550e8400-e29b-41d4-a716-446655440000?", "key ..?"},
        {"java.lang.IllegalArgumentException at youtube-source-1.8", ""},
        {"guild 817403182526365706, dQw4w9WgXcQ, 30f32c5d54ae861", ""},
        {"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", ""},
    };
    struct rest_said said;
    char body[400];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(body, sizeof body, "{\"message\":\"%s\"}", rows[i].said);
        assert_true(read_all(&said, REST_SAYS_ERROR, 4, body, 5));
        assert_string_equal(said.message, rows[i].shown[0] ? rows[i].shown : rows[i].said);
    }
    /* What the bound leaves of a token is most of it. */
    snprintf(body, sizeof body, "{\"message\":\"%0115d 66d29164ee8cd919\"}", 0);
    assert_true(read_all(&said, REST_SAYS_ERROR, 4, body, 5));
    assert_string_equal(said.message + 115, " ..");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),      cmocka_unit_test(test_session),
        cmocka_unit_test(test_asks_player), cmocka_unit_test(test_says_player),
        cmocka_unit_test(test_loads),       cmocka_unit_test(test_enough_early),
        cmocka_unit_test(test_error),       cmocka_unit_test(test_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
