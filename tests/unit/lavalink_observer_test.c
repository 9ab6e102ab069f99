/*
 * The observer over streams of frames as both versions send them: the same messages however the
 * stream is cut, nothing from what is passed over, and lost where a peer breaks the rules.
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

#define V4_READY "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"x3k9qz0a7m2bv8t1\"}"
#define V4_STATS                                                                                   \
    "{\"op\":\"stats\",\"frameStats\":null,\"players\":2,\"playingPlayers\":1,\"uptime\":61234,"   \
    "\"memory\":{\"free\":51000000,\"used\":98000000,\"allocated\":149000000,"                     \
    "\"reservable\":4294967296},\"cpu\":{\"cores\":4,\"systemLoad\":0.21,\"lavalinkLoad\":0.03}}"
#define V4_UPDATE                                                                                  \
    "{\"op\":\"playerUpdate\",\"guildId\":\"817327181659111454\",\"state\":{\"time\":"             \
    "1700000000000,\"position\":5020,\"connected\":true,\"ping\":12}}"
#define V3_STATS                                                                                   \
    "{\"playingPlayers\":0,\"op\":\"stats\",\"memory\":{\"reservable\":1073741824,\"used\":"       \
    "41000000,\"free\":22000000,\"allocated\":63000000},\"players\":0,\"cpu\":{\"cores\":2,"       \
    "\"systemLoad\":0,\"lavalinkLoad\":0.1},\"uptime\":3021}"
#define V3_EVENT                                                                                   \
    "{\"op\":\"event\",\"reason\":\"FINISHED\",\"type\":\"TrackEndEvent\",\"track\":\"QAAAjQIA\"," \
    "\"guildId\":\"817327181659111454\"}"
#define V3_RESUMING "{\"op\":\"configureResuming\",\"key\":\"myResumeKey\",\"timeout\":60}"
#define V3_STOP "{\"op\":\"stop\",\"guildId\":\"817327181659111454\"}"

/* --- streams ---------------------------------------------------------------------------------- */

static void add_frame(struct str *out, enum ws_opcode opcode, bool fin, bool masked,
                      struct slice payload)
{
    struct ws_header header = {
        .opcode = opcode, .fin = fin, .masked = masked, .length = payload.len};
    uint8_t bytes[WS_HEADER_MAX];
    char *copy = malloc(payload.len + 1);

    for (unsigned i = 0; masked && i < 4; i++)
        header.mask[i] = (uint8_t)(0x91 + 37 * i + out->len);
    str_add(out, (const char *)bytes, ws_encode(bytes, &header));
    memcpy(copy, payload.ptr, payload.len);
    ws_mask(copy, payload.len, header.mask, 0);
    str_add(out, copy, payload.len);
    free(copy);
}

static void add_text(struct str *out, bool masked, struct slice text)
{
    add_frame(out, WS_TEXT, true, masked, text);
}

static void v4_server(struct str *out)
{
    add_text(out, false, SLICE(V4_READY));
    add_text(out, false, SLICE(V4_STATS));
    add_frame(out, WS_PING, true, false, SLICE("nodelink"));
    add_text(out, false, SLICE(V4_UPDATE));
    add_text(out, false, SLICE(V4_UPDATE));
    add_frame(out, WS_PONG, true, false, SLICE(""));
    add_text(out, false, SLICE("{}"));
    add_frame(out, WS_CLOSE, true, false, SLICE("\x03\xe9"));
}

static void v3_server(struct str *out)
{
    add_text(out, false, SLICE(V3_STATS));
    add_text(out, false, SLICE(V3_EVENT));
    add_frame(out, WS_PONG, true, false, SLICE("beat"));
    add_text(out, false, SLICE(V3_STATS));
}

static void v3_client(struct str *out)
{
    add_frame(out, WS_PING, true, true, SLICE(""));
    add_text(out, true, SLICE(V3_RESUMING));
    add_frame(out, WS_PING, true, true, SLICE("beat"));
    add_text(out, true, SLICE(V3_STOP));
    add_text(out, true, SLICE("1"));
    add_frame(out, WS_CLOSE, true, true, SLICE("\x03\xe8"));
}

/* Fragments with a ping between them, empty messages and binary ones. */
static void odd_server(struct str *out)
{
    add_frame(out, WS_TEXT, false, false, SLICE("{\"op\":\"re"));
    add_frame(out, WS_PING, true, false, SLICE("x"));
    add_frame(out, WS_CONTINUATION, false, false, SLICE(""));
    add_frame(out, WS_CONTINUATION, true, false, SLICE("ady\"}"));
    add_frame(out, WS_TEXT, true, false, SLICE(""));
    add_frame(out, WS_TEXT, false, false, SLICE(""));
    add_frame(out, WS_CONTINUATION, false, false, SLICE("{"));
    add_frame(out, WS_CONTINUATION, false, false, SLICE("}"));
    add_frame(out, WS_CONTINUATION, true, false, SLICE(""));
    add_frame(out, WS_BINARY, true, false, SLICE("\1\2\3"));
    add_frame(out, WS_BINARY, false, false, SLICE("\1"));
    add_frame(out, WS_CONTINUATION, true, false, SLICE("\2"));
    add_text(out, false, SLICE(V3_STOP));
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A line for each message, "-WHY" where one is passed over, "LOST" where the observer gave up. */
struct reading {
    struct observer observer;
    struct str lines;
    size_t begin; /* of the line under way */
    bool in_line;
    unsigned pieces;
};

static void reading_begin(struct reading *r, bool masked)
{
    memset(r, 0, sizeof *r);
    observer_init(&r->observer, masked);
    str_growing(&r->lines);
}

static void reading_end(struct reading *r)
{
    str_free(&r->lines);
}

static const char *const whys[OBSERVER_SKIP_COUNT] = {
    [OBSERVER_SKIP_SIZE] = "size",
    [OBSERVER_SKIP_BINARY] = "binary",
    [OBSERVER_SKIP_FRAMING] = "framing",
};

static void take(struct reading *r, enum observer_result result, const struct observer_piece *piece)
{
    if (result == OBSERVER_PIECE) {
        assert_int_equal(piece->first, !r->in_line);
        if (piece->first)
            r->begin = r->lines.len;
        r->in_line = !piece->last;
        r->pieces++;
        str_add_slice(&r->lines, piece->bytes);
        if (piece->last)
            str_add_char(&r->lines, '\n');
        return;
    }
    if (r->in_line)
        r->lines.len = r->begin; /* whatever has come of it was handed out in vain */
    r->in_line = false;
    if (result == OBSERVER_SKIPPED)
        str_addf(&r->lines, "-%s\n", whys[piece->why]);
    else if (result == OBSERVER_LOST) {
        assert_int_equal(piece->why, OBSERVER_SKIP_FRAMING);
        str_add_text(&r->lines, "LOST");
    }
}

/* The bytes are copied so that the sanitizer sees any step outside. */
static void feed(struct reading *r, const char *bytes, size_t len)
{
    char *copy = malloc(len + (len == 0));
    struct slice rest = {copy, len};
    struct observer_piece piece;
    enum observer_result result;

    memcpy(copy, bytes, len);
    do {
        result = observer_next(&r->observer, &rest, &piece);
        if (result != OBSERVER_MORE)
            take(r, result, &piece);
    } while (result == OBSERVER_PIECE || result == OBSERVER_SKIPPED);
    assert_int_equal(rest.len, 0);
    assert_ptr_equal(rest.ptr, copy + len);
    free(copy);
}

static void assert_lines(const struct reading *r, const char *expected)
{
    if (!slice_equal(str_slice(&r->lines), slice_of(expected)))
        fail_msg("read \"%.*s\", not \"%s\"", (int)r->lines.len, r->lines.ptr, expected);
}

static const struct {
    const char *name;
    void (*build)(struct str *out);
    bool masked;
    const char *lines;
} streams[] = {
    {"v4 server", v4_server, false, V4_READY "\n" V4_STATS "\n" V4_UPDATE "\n" V4_UPDATE "\n{}\n"},
    {"v3 server", v3_server, false, V3_STATS "\n" V3_EVENT "\n" V3_STATS "\n"},
    {"v3 client", v3_client, true, V3_RESUMING "\n" V3_STOP "\n1\n"},
    {"odd server", odd_server, false, "{\"op\":\"ready\"}\n\n{}\n-binary\n-binary\n" V3_STOP "\n"},
};

static void test_unsplit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct reading r;
        struct str wire;

        str_growing(&wire);
        streams[i].build(&wire);
        reading_begin(&r, streams[i].masked);
        feed(&r, wire.ptr, wire.len);
        assert_lines(&r, streams[i].lines);
        reading_end(&r);
        str_free(&wire);
    }
}

/* In two at every byte, and in pieces of every size. */
static void test_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct str wire;

        str_growing(&wire);
        streams[i].build(&wire);
        for (size_t cut = 0; cut <= wire.len; cut++) {
            struct reading r;

            reading_begin(&r, streams[i].masked);
            feed(&r, wire.ptr, cut);
            feed(&r, wire.ptr + cut, wire.len - cut);
            assert_lines(&r, streams[i].lines);
            reading_end(&r);
        }
        for (size_t piece = 1; piece < 300; piece++) {
            struct reading r;

            reading_begin(&r, streams[i].masked);
            for (size_t at = 0; at < wire.len; at += piece)
                feed(&r, wire.ptr + at, wire.len - at < piece ? wire.len - at : piece);
            assert_lines(&r, streams[i].lines);
            reading_end(&r);
        }
        str_free(&wire);
    }
}

/* Unmasked bytes are handed out where they lie, a whole frame in one piece; masked ones in pieces
 * of the room there is. */
static void test_no_copy(void **state)
{
    static const char frame[] = "\x81\x05Hello\x81\x02yo";
    struct observer o;
    struct observer_piece piece;
    struct slice bytes = {frame, 9};

    (void)state;
    observer_init(&o, false);
    assert_int_equal(observer_next(&o, &bytes, &piece), OBSERVER_PIECE);
    assert_ptr_equal(piece.bytes.ptr, frame + 2);
    assert_int_equal(piece.bytes.len, 5);
    assert_true(piece.first && piece.last);
    assert_int_equal(observer_next(&o, &bytes, &piece), OBSERVER_MORE);
    bytes = (struct slice){frame + 9, 1};
    assert_int_equal(observer_next(&o, &bytes, &piece), OBSERVER_PIECE);
    assert_ptr_equal(piece.bytes.ptr, frame + 9);
    assert_true(piece.first && !piece.last);
    bytes = (struct slice){frame + 10, 1};
    assert_int_equal(observer_next(&o, &bytes, &piece), OBSERVER_PIECE);
    assert_true(!piece.first && piece.last);
    bytes = (struct slice){NULL, 0};
    assert_int_equal(observer_next(&o, &bytes, &piece), OBSERVER_MORE);
}

/* A caller that does not care for a direction says that it is lost. */
static void test_lost_by_choice(void **state)
{
    struct reading r;

    (void)state;
    reading_begin(&r, false);
    r.observer.lost = true;
    feed(&r, "\x81\x01x\xff", 4);
    assert_lines(&r, "");
    reading_end(&r);
}

static void long_message(struct str *wire, bool masked, size_t len)
{
    char *text = malloc(len);

    memset(text, 'x', len);
    add_text(wire, masked, (struct slice){text, len});
    free(text);
}

/* The longest message that is read, the shortest that is not, and what follows them. */
static void test_long(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++)
        for (size_t piece = 1000; piece < 80000; piece += 19000) {
            struct reading r;
            struct str wire;

            str_growing(&wire);
            long_message(&wire, masked, OBSERVER_MESSAGE_MAX + 1);
            long_message(&wire, masked, 70000);
            long_message(&wire, masked, OBSERVER_MESSAGE_MAX);
            add_text(&wire, masked, SLICE("end"));
            reading_begin(&r, masked);
            for (size_t at = 0; at < wire.len; at += piece)
                feed(&r, wire.ptr + at, wire.len - at < piece ? wire.len - at : piece);
            assert_int_equal(r.lines.len, 12 + OBSERVER_MESSAGE_MAX + 1 + 4);
            assert_memory_equal(r.lines.ptr, "-size\n-size\nxxx", 15);
            assert_int_equal(r.lines.ptr[12 + OBSERVER_MESSAGE_MAX - 1], 'x');
            assert_string_equal(r.lines.ptr + 12 + OBSERVER_MESSAGE_MAX, "\nend\n");
            if (piece == 77000)
                assert_true(masked ? r.pieces > OBSERVER_MESSAGE_MAX / OBSERVER_ROOM
                                   : r.pieces <= 4);
            reading_end(&r);
            str_free(&wire);
        }
}

/* 16 MB announced: passed over as it comes. */
static void test_huge(void **state)
{
    static char block[65536];
    struct reading r;

    (void)state;
    reading_begin(&r, false);
    feed(&r, "\x81\x7f\0\0\0\0\x01\0\0\0", 10);
    for (unsigned i = 0; i < 256; i++)
        feed(&r, block, sizeof block);
    feed(&r, "\x81\x03yes", 5);
    assert_lines(&r, "-size\nyes\n");
    reading_end(&r);
}

/* A message that grows too long by its fragments is given up when that shows, once. */
static void test_long_fragments(void **state)
{
    static char block[30000];
    struct reading r;
    struct str wire;

    (void)state;
    str_growing(&wire);
    memset(block, 'x', sizeof block);
    for (unsigned i = 0; i < 5; i++) {
        add_frame(&wire, i == 0 ? WS_TEXT : WS_CONTINUATION, i == 4, false,
                  (struct slice){block, sizeof block});
        add_frame(&wire, WS_PING, true, false, SLICE("x"));
    }
    add_text(&wire, false, SLICE("yes"));
    for (size_t piece = 1; piece < 20000; piece = piece * 3 + 1) {
        reading_begin(&r, false);
        for (size_t at = 0; at < wire.len; at += piece)
            feed(&r, wire.ptr + at, wire.len - at < piece ? wire.len - at : piece);
        assert_lines(&r, "-size\nyes\n");
        reading_end(&r);
    }
    str_free(&wire);
}

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

/* Each behind a good message, and with another one after it that must not be read. */
static const struct {
    const char *name;
    bool masked;
    struct slice bytes;
} bad[] = {
    {"compressed", false, BYTES("\xc1\x03xxx")},
    {"reserved bit 2", false, BYTES("\xa1\x03xxx")},
    {"reserved bit in a ping", false, BYTES("\x99\x00")},
    {"reserved opcode", false, BYTES("\x83\x00")},
    {"masked server", false, BYTES("\x81\x81\1\2\3\4x")},
    {"masked ping of a server", false, BYTES("\x89\x80\1\2\3\4")},
    {"unmasked client", true, BYTES("\x81\x01x")},
    {"unmasked pong of a client", true, BYTES("\x8a\x00")},
    {"continuation of nothing", false, BYTES("\x80\x01x")},
    {"text within fragments", false, BYTES("\x01\x01x\x81\x01x")},
    {"binary within fragments", false, BYTES("\x01\x01x\x82\x01x")},
    {"fragments within fragments", false, BYTES("\x01\x01x\x01\x01x")},
    {"continuation after the end", false, BYTES("\x02\x01x\x80\x01x\x80\x01x")},
    {"fragmented ping", false, BYTES("\x09\x00")},
    {"long close", false, BYTES("\x88\x7e\x00\x7e")},
    {"length not in its shortest form", false, BYTES("\x81\x7e\x00\x03xxx")},
    {"length with the top bit", false, BYTES("\x81\x7f\x80\0\0\0\0\0\0\0")},
};

static void test_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        /* A whole message may come first. */
        const char *lines =
            bad[i].bytes.ptr[0] == WS_BINARY ? "first\n-binary\nLOST" : "first\nLOST";
        struct str wire;

        str_growing(&wire);
        add_text(&wire, bad[i].masked, SLICE("first"));
        str_add_slice(&wire, bad[i].bytes);
        add_text(&wire, bad[i].masked, SLICE("never"));
        for (size_t cut = 0; cut <= wire.len; cut++) {
            struct reading r;

            reading_begin(&r, bad[i].masked);
            feed(&r, wire.ptr, cut);
            feed(&r, wire.ptr + cut, wire.len - cut);
            assert_lines(&r, lines);
            assert_true(r.observer.lost);
            feed(&r, "\x81\x01x", 3);
            assert_lines(&r, lines);
            reading_end(&r);
        }
        str_free(&wire);
    }
}

/* Between two frames, and only there, nothing is left of one, however the bytes came. */
static void test_left(void **state)
{
    struct str wire;
    size_t ends[64], count = 0;

    (void)state;
    str_growing(&wire);
    static const struct {
        enum ws_opcode opcode;
        bool fin;
        size_t length;
    } frames[] = {{WS_TEXT, true, 5},      {WS_PING, true, 0},     {WS_BINARY, true, 300},
                  {WS_TEXT, false, 70000}, {WS_PING, true, 125},   {WS_CONTINUATION, true, 9},
                  {WS_TEXT, true, 0},      {WS_TEXT, true, 20000}, {WS_CLOSE, true, 2}};
    char *payload = calloc(1, 70000);
    for (unsigned masked = 0; masked < 2; masked++) {
        str_reset(&wire);
        count = 0;
        for (unsigned i = 0; i < sizeof frames / sizeof frames[0]; i++) {
            add_frame(&wire, frames[i].opcode, frames[i].fin, masked != 0,
                      (struct slice){payload, frames[i].length});
            ends[count++] = wire.len;
        }
        struct reading r;
        reading_begin(&r, masked != 0);
        assert_true(observer_left(&r.observer) == 0);
        for (size_t at = 0, next = 0; at < ends[count - 2]; at++) {
            assert_false(r.observer.closed);
            uint64_t left = observer_left(&r.observer);
            assert_true(left <= ends[next] - at);
            feed(&r, wire.ptr + at, 1);
            next += at + 1 == ends[next];
            assert_int_equal(observer_left(&r.observer) == 0, next > 0 && at + 1 == ends[next - 1]);
        }
        assert_int_equal(r.observer.lost, false);
        reading_end(&r);
    }
    free(payload);
    str_free(&wire);
}

static void test_closed(void **state)
{
    struct reading r;
    struct str wire;

    (void)state;
    str_growing(&wire);
    add_frame(&wire, WS_CLOSE, true, false, SLICE("\x03\xe8"));
    reading_begin(&r, false);
    feed(&r, wire.ptr, wire.len);
    assert_true(r.observer.closed);
    assert_true(observer_left(&r.observer) == 0);
    reading_end(&r);
    str_free(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsplit),        cmocka_unit_test(test_split),
        cmocka_unit_test(test_no_copy),        cmocka_unit_test(test_long),
        cmocka_unit_test(test_huge),           cmocka_unit_test(test_long_fragments),
        cmocka_unit_test(test_lost_by_choice), cmocka_unit_test(test_lost),
        cmocka_unit_test(test_left),           cmocka_unit_test(test_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
