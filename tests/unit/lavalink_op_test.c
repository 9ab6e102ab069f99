/*
 * Messages of both versions in the order of fields their serializers use, and in every other way
 * they may come.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lavalink/op.h"

#define CHARS16 "0123456789abcdef"
#define CHARS64 CHARS16 CHARS16 CHARS16 CHARS16

static const struct {
    const char *text;
    enum op_kind kind;
} kinds[] = {
    {"{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"a\"}", OP_READY},
    {"{\"sessionId\":\"a\",\"resumed\":false,\"op\":\"ready\"}", OP_READY},
    {" {\t\"sessionId\" : \"a\" ,\r\n \"op\" :  \"ready\" } ", OP_READY},
    {"{\"op\":\"ready\",\"sessionId\":\"" CHARS64 "\"}", OP_READY},
    {"{\"op\":\"stats\",\"players\":0,\"playingPlayers\":0}", OP_STATS},
    {"{\"op\":\"configureResuming\"}", OP_CONFIGURE_RESUMING},
    {"{\"op\":\"playerUpdate\",\"guildId\":\"1\",\"state\":{\"time\":1,\"position\":0}}",
     OP_PLAYER_UPDATE},
    {"{\"op\":\"event\",\"type\":\"TrackStartEvent\",\"sessionId\":\"a\"}", OP_TRACK_START},
    {"{\"op\":\"event\",\"type\":\"TrackStart\"}", OP_EVENT_OTHER},
    {"{\"op\":\"event\"}", OP_EVENT_OTHER},
    /* None of ours. */
    {"{\"op\":\"Ready\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\":\"read\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\":\"readyy\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"Op\":\"ready\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"sessionId\":\"a\"}", OP_OTHER},
    {"{}", OP_OTHER},
    {"[]", OP_OTHER},
    {"\"ready\"", OP_OTHER},
    {"ready", OP_OTHER},
    {"", OP_OTHER},
    {" ", OP_OTHER},
    {"[{\"op\":\"ready\",\"sessionId\":\"a\"}]", OP_OTHER},
    /* An op elsewhere does not count. */
    {"{\"a\":{\"op\":\"ready\"},\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"a\":{\"op\":\"ready\"},\"sessionId\":\"a\",\"op\":\"event\"}", OP_EVENT_OTHER},
    {"{\"a\":{\"op\":\"event\"},\"sessionId\":\"a\",\"op\":\"ready\"}", OP_READY},
    {"{\"a\":[{\"op\":\"event\"},[\"]\",\"\\\"}\"]],\"sessionId\":\"a\",\"op\":\"ready\"}",
     OP_READY},
    {"{\"a\":\"\\\"op\\\":\\\"stats\\\"\",\"sessionId\":\"a\",\"op\":\"ready\"}", OP_READY},
    {"{\"a\":\"op\",\"b\":\"ready\",\"sessionId\":\"a\"}", OP_OTHER},
    /* The first of two counts. */
    {"{\"op\":\"ready\",\"op\":\"stats\",\"sessionId\":\"a\"}", OP_READY},
    {"{\"op\":\"event\",\"op\":\"ready\",\"sessionId\":\"a\"}", OP_EVENT_OTHER},
    /* Escapes say the same. */
    {"{\"\\u006fp\":\"ready\",\"sessionId\":\"a\"}", OP_READY},
    {"{\"op\":\"re\\u0061dy\",\"sessionId\":\"a\"}", OP_READY},
    {"{\"op\":\"ready\",\"session\\u0049d\":\"a\"}", OP_READY},
    {"{\"x\\\"\":1,\"op\":\"ready\",\"sessionId\":\"a\"}", OP_READY},
    {"{\"op\\u0000\":\"ready\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\":\"ready\\u0000\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\\\\\":\"ready\",\"sessionId\":\"a\"}", OP_OTHER},
    /* Wrong types. */
    {"{\"op\":null,\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\":1,\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\":[\"ready\"],\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\":{\"op\":\"ready\"},\"sessionId\":\"a\"}", OP_OTHER},
    /* A session that cannot be followed. */
    {"{\"op\":\"ready\"}", OP_OTHER},
    {"{\"op\":\"ready\",\"sessionId\":null}", OP_OTHER},
    {"{\"op\":\"ready\",\"sessionId\":17}", OP_OTHER},
    {"{\"op\":\"ready\",\"sessionId\":\"\"}", OP_OTHER},
    {"{\"op\":\"ready\",\"sessionId\":\"a\\u0062\"}", OP_OTHER},
    {"{\"op\":\"ready\",\"sessionId\":\"" CHARS64 "x\"}", OP_OTHER},
    {"{\"op\":\"stats\"}", OP_OTHER},
    {"{\"op\":\"stats\",\"players\":1}", OP_OTHER},
    {"{\"op\":\"stats\",\"players\":null,\"playingPlayers\":0}", OP_OTHER},
    {"{\"op\":\"stats\",\"players\":[],\"playingPlayers\":{}}", OP_OTHER},
    /* Malformed around what would do. */
    {"{\"op\":\"ready\",\"sessionId\":\"a\"} x", OP_OTHER},
    {"{\"op\":\"ready\",\"sessionId\":\"a\",}", OP_OTHER},
    {"{\"op\":\"ready\" \"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\" \"ready\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{\"op\":\"ready\",\"sessionId\":\"a\",\"b\":\"\\x\"}", OP_OTHER},
    {"{\"a\":},\"op\":\"ready\",\"sessionId\":\"a\"}", OP_OTHER},
    {"{,\"op\":\"ready\",\"sessionId\":\"a\"}", OP_OTHER},
    {"\xef\xbb\xbf{\"op\":\"ready\",\"sessionId\":\"a\"}", OP_OTHER},
};

#define SEED 42

/* In pieces of `piece` bytes, on memory of their own size, so that the sanitizer sees a step
 * outside. */
static bool read_op(struct op *op, const char *text, size_t len, enum op_side side, size_t piece)
{
    struct op_reader reader;
    bool good = true;

    memset(&reader, 0xa5, sizeof reader);
    op_begin(&reader, side, SEED);
    for (size_t at = 0; at < len; at += piece) {
        size_t count = len - at < piece ? len - at : piece;
        char *copy = malloc(count);
        memcpy(copy, text + at, count);
        good = op_feed(&reader, (struct slice){copy, count}) && good;
        free(copy);
    }
    if (op_end(&reader, op) != good)
        assert_false(op->kind != OP_OTHER);
    return good;
}

static enum op_side side_of(enum op_kind kind)
{
    return kind >= OP_CONFIGURE_RESUMING ? OP_FROM_CLIENT : OP_FROM_SERVER;
}

static enum op_kind kind_of(const char *text, size_t len, enum op_side side)
{
    struct op op;

    read_op(&op, text, len, side, len + 1);
    return op.kind;
}

static void test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kind_of(kinds[i].text, strlen(kinds[i].text), side_of(kinds[i].kind)) != kinds[i].kind)
            fail_msg("%s", kinds[i].text);
}

/* What is cut short is none, wherever the cut is. */
static void test_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *last = strrchr(kinds[i].text, '}');

        for (size_t len = 0; last != NULL && len < (size_t)(last - kinds[i].text); len++)
            if (kind_of(kinds[i].text, len, side_of(kinds[i].kind)) != OP_OTHER)
                fail_msg("%.*s", (int)len, kinds[i].text);
    }
}

static void read_text(struct op *op, const char *text)
{
    read_op(op, text, strlen(text), OP_FROM_SERVER, SIZE_MAX / 2);
}

static void test_ready(void **state)
{
    struct op op;

    (void)state;
    read_text(&op, "{\"op\":\"ready\",\"resumed\":true,\"sessionId\":\"x3k9qz0a7m2bv8t1\"}");
    assert_int_equal(op.kind, OP_READY);
    assert_true(op.resumed);
    assert_string_equal(op.session, "x3k9qz0a7m2bv8t1");
    read_text(&op, "{\"sessionId\":\"b\",\"resumed\":\"true\",\"op\":\"ready\"}");
    assert_int_equal(op.kind, OP_READY);
    assert_false(op.resumed);
    assert_string_equal(op.session, "b");
}

#define EVEN "\"op\":\"stats\",\"players\":3,\"playingPlayers\":2"

static const struct {
    const char *text;
    struct op_stats stats;
} stats[] = {
    /* v4, as kotlinx writes it. */
    {"{\"op\":\"stats\",\"frameStats\":{\"sent\":3000,\"nulled\":0,\"deficit\":0},\"players\":2,"
     "\"playingPlayers\":1,\"uptime\":61234,\"memory\":{\"free\":51000000,\"used\":98000000,"
     "\"allocated\":149000000,\"reservable\":4294967296},\"cpu\":{\"cores\":4,\"systemLoad\":0.25,"
     "\"lavalinkLoad\":0.03125}}",
     {2, 1, 61234, 0.25, 0.03125, 98000000}},
    {"{\"op\":\"stats\",\"frameStats\":null,\"players\":2,\"playingPlayers\":1,\"uptime\":5,"
     "\"memory\":{\"used\":9},\"cpu\":{\"cores\":4,\"systemLoad\":0.0,\"lavalinkLoad\":1.0}}",
     {2, 1, 5, 0, 1, 9}},
    /* v3, as Jackson and org.json write it. */
    {"{\"playingPlayers\":7,\"op\":\"stats\",\"memory\":{\"reservable\":1073741824,\"used\":"
     "41000000,\"free\":22000000,\"allocated\":63000000},\"players\":12,\"cpu\":{\"cores\":2,"
     "\"systemLoad\":0.5,\"lavalinkLoad\":2.5E-1},\"uptime\":3021}",
     {12, 7, 3021, 0.5, 0.25, 41000000}},
    {"{" EVEN "}", {3, 2, -1, -1, -1, 0}},
    {"{\"op\":\"stats\",\"players\":\"3\",\"playingPlayers\":\"2\"}", {3, 2, -1, -1, -1, 0}},
    {"{" EVEN ",\"memory\":null,\"cpu\":null,\"uptime\":null}", {3, 2, -1, -1, -1, 0}},
    {"{" EVEN ",\"memory\":[1],\"cpu\":\"x\",\"uptime\":{}}", {3, 2, -1, -1, -1, 0}},
    {"{" EVEN ",\"cpu\":{\"systemLoad\":\"NaN\",\"lavalinkLoad\":-1}}", {3, 2, -1, -1, -1, 0}},
    {"{" EVEN ",\"cpu\":{\"systemLoad\":7,\"lavalinkLoad\":1e300}}", {3, 2, -1, 1, 1, 0}},
    {"{" EVEN ",\"cpu\":{\"systemLoad\":1e999}}", {3, 2, -1, 1, -1, 0}},
    {"{" EVEN ",\"memory\":{\"used\":1e30},\"uptime\":1e30}", {3, 2, INT64_MAX, -1, -1, INT64_MAX}},
    {"{" EVEN ",\"memory\":{\"used\":-5},\"uptime\":-1e30}", {3, 2, 0, -1, -1, 0}},
    {"{\"op\":\"stats\",\"players\":4294967296,\"playingPlayers\":-1}",
     {UINT32_MAX, 0, -1, -1, -1, 0}},
};

static void assert_stats(const char *text, const struct op_stats *got, const struct op_stats *want)
{
    if (got->players != want->players || got->playing != want->playing ||
        got->uptime_ms != want->uptime_ms || got->system_load != want->system_load ||
        got->lavalink_load != want->lavalink_load || got->memory_used != want->memory_used)
        fail_msg("%s", text);
}

static void test_stats(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stats / sizeof *stats; i++) {
        struct slice text = slice_of(stats[i].text);
        struct op_stats body;
        struct op op;

        read_text(&op, stats[i].text);
        assert_int_equal(op.kind, OP_STATS);
        assert_stats(stats[i].text, &op.stats, &stats[i].stats);
        assert_true(op_read_stats(&body, text));
        assert_stats(stats[i].text, &body, &stats[i].stats);
    }
}

static void test_stats_body(void **state)
{
    static const char *const none[] = {
        "", "null", "[]", "{}", "{\"players\":1}", "<html>", "{\"players\":1,\"playingPlayers\":1"};
    struct op_stats body;

    (void)state;
    assert_true(op_read_stats(&body, SLICE("{\"players\":1,\"playingPlayers\":1,\"uptime\":9}\n")));
    assert_int_equal(body.uptime_ms, 9);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(op_read_stats(&body, slice_of(none[i])));
}

static void test_configure(void **state)
{
    static const struct {
        const char *text, *key;
        double timeout;
        bool resuming;
    } rows[] = {
        {"{\"op\":\"configureResuming\",\"key\":\"myKey\",\"timeout\":60}", "myKey", 60, true},
        {"{\"timeout\":120,\"key\":\"k\",\"op\":\"configureResuming\"}", "k", 120, true},
        {"{\"op\":\"configureResuming\",\"key\":\"k\",\"timeout\":\"30\"}", "k", 30, true},
        {"{\"op\":\"configureResuming\",\"key\":null}", "", -1, false},
        {"{\"op\":\"configureResuming\",\"key\":\"\",\"timeout\":null}", "", -1, false},
        {"{\"op\":\"configureResuming\",\"key\":7,\"timeout\":-5}", "", -1, false},
        {"{\"op\":\"configureResuming\",\"key\":\"a\\nb\",\"timeout\":0}", "", 0, true},
        {"{\"op\":\"configureResuming\",\"key\":\"" CHARS64 "\"}", CHARS64, -1, true},
        {"{\"op\":\"configureResuming\",\"key\":\"" CHARS64 "x\"}", "", -1, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct op op;

        read_op(&op, rows[i].text, strlen(rows[i].text), OP_FROM_CLIENT, 1000);
        assert_int_equal(op.kind, OP_CONFIGURE_RESUMING);
        if (strcmp(op.resume_key, rows[i].key) != 0 || op.timeout != rows[i].timeout ||
            op.resuming != rows[i].resuming)
            fail_msg("%s", rows[i].text);
    }
}

/* Depth costs no stack: 16 KB of brackets before the op, behind it, and in the other readers. */
static void test_deep(void **state)
{
    static const struct {
        const char *start, *repeat, *end;
    } rows[] = {
        {"{\"a\":", "[", ",\"op\":\"ready\",\"sessionId\":\"a\"}"},
        {"{\"op\":\"ready\",\"sessionId\":\"a\",\"a\":", "[", "}"},
        {"{\"op\":\"stats\",\"a\":", "{\"a\":", "}"},
        {"", "{\"op\":", "1}"},
        {"", "[", ""},
        {"{\"a\":", "]", ""},
    };
    struct op_stats body;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = malloc(16384 + 64);
        size_t len = strlen(rows[i].start), step = strlen(rows[i].repeat);

        memcpy(text, rows[i].start, len);
        for (; len + step <= 16384; len += step)
            memcpy(text + len, rows[i].repeat, step);
        memcpy(text + len, rows[i].end, strlen(rows[i].end));
        len += strlen(rows[i].end);
        assert_int_equal(kind_of(text, len, OP_FROM_SERVER), OP_OTHER);
        assert_false(op_read_stats(&body, (struct slice){text, len}));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),      cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_ready),      cmocka_unit_test(test_stats),
        cmocka_unit_test(test_stats_body), cmocka_unit_test(test_configure),
        cmocka_unit_test(test_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
