/*
 * Where bodies end: what a head announces, the strict chunk decoder, and that the cuts between the
 * pieces make no difference.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/framing.h"
#include "http/head.h"

#define BYTES(text) (text), sizeof(text) - 1
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct kind_row {
    const char *name;
    const char *bytes;
    bool response;
    bool to_head;
    bool done;
    enum framing_kind kind;
    uint64_t left;
} kinds[] = {
    {"no body", POST "\r\n", false, false, true, FRAMING_NONE, 0},
    {"length 0", POST "Content-Length: 0\r\n\r\n", false, false, true, FRAMING_LENGTH, 0},
    {"length", POST "Content-Length: 9\r\n\r\n", false, false, false, FRAMING_LENGTH, 9},
    {"chunked", POST CHUNKED "\r\n", false, false, false, FRAMING_CHUNKED, 0},
    {"an empty line first", "\r\n" POST "\r\n", false, false, true, FRAMING_NONE, 0},
    {"websocket", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
     false, false, true, FRAMING_NONE, 0},
    {"h2c with a body", POST "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\n",
     false, false, false, FRAMING_LENGTH, 3},
    {"8-bit and broken escapes in the target",
     "GET /?a=100%%20#\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", false, false, true, FRAMING_NONE, 0},
    {"answer, length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, false, false,
     FRAMING_LENGTH, 5},
    {"answer, chunked", "HTTP/1.1 200 OK\r\n" CHUNKED "\r\n", true, false, false, FRAMING_CHUNKED,
     0},
    {"answer, until close", "HTTP/1.0 200\r\n\r\n", true, false, false, FRAMING_UNTIL_CLOSE, 0},
    {"answer to HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, true, true,
     FRAMING_NONE, 0},
    {"answer to HEAD, chunked", "HTTP/1.1 200 OK\r\n" CHUNKED "\r\n", true, true, true,
     FRAMING_NONE, 0},
    {"204 with length", "HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n", true, false, true,
     FRAMING_NONE, 0},
    {"304 with length", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", true, false, true,
     FRAMING_NONE, 0},
    {"304 chunked", "HTTP/1.1 304 x\r\n" CHUNKED "\r\n", true, false, true, FRAMING_NONE, 0},
    {"100", "HTTP/1.1 100 Continue\r\n\r\n", true, false, true, FRAMING_NONE, 0},
    {"101",
     "HTTP/1.1 101 x\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\n",
     true, false, true, FRAMING_NONE, 0},
};

static void test_kinds(void **state)
{
    static struct head head;
    struct framing f;

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].bytes);
        int rc;

        if (kinds[i].response) {
            assert_int_equal(head_response(&head, kinds[i].bytes, len), HEAD_OK);
            rc = framing_response(&f, &head, kinds[i].bytes, kinds[i].to_head);
        } else {
            assert_int_equal(head_request(&head, kinds[i].bytes, len), HEAD_OK);
            rc = framing_request(&f, &head, kinds[i].bytes);
        }
        if (rc != 0 || f.kind != kinds[i].kind || f.done != kinds[i].done ||
            f.left != kinds[i].left)
            fail_msg("%s: rc %d kind %d done %d left %llu", kinds[i].name, rc, (int)f.kind, f.done,
                     (unsigned long long)f.left);
    }
}

/* http_parser refuses, or the index was tampered with: what it would say must not be believed. */
static void test_disagreement(void **state)
{
    static const char unknown[] = "BREW / HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char lower[] = "get / HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char post[] = POST "Content-Length: 3\r\n\r\n";
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    static struct head head;
    struct framing f;

    (void)state;
    assert_int_equal(head_request(&head, BYTES(unknown)), HEAD_OK);
    assert_int_equal(framing_request(&f, &head, unknown), -1);
    assert_int_equal(head_request(&head, BYTES(lower)), HEAD_OK);
    assert_int_equal(framing_request(&f, &head, lower), -1);
    assert_int_equal(head_request(&head, BYTES(post)), HEAD_OK);
    assert_int_equal(framing_request(&f, &head, post), 0);
    head.content_length = 4;
    assert_int_equal(framing_request(&f, &head, post), -1);
    head.has_length = false;
    assert_int_equal(framing_request(&f, &head, post), -1);
    head.has_length = true;
    head.content_length = 3;
    head.minor = 0;
    assert_int_equal(framing_request(&f, &head, post), -1);
    head.minor = 1;
    head.length--;
    assert_int_equal(framing_request(&f, &head, post), -1);
    assert_int_equal(head_response(&head, BYTES(answer)), HEAD_OK);
    assert_int_equal(framing_response(&f, &head, answer, false), 0);
    head.status = 204;
    assert_int_equal(framing_response(&f, &head, answer, false), -1);
}

/* Appends to an unterminated run of bytes and returns its new length. */
static size_t append(char *out, size_t at, const char *bytes, size_t len)
{
    memcpy(out + at, bytes, len);
    return at + len;
}

struct walked {
    bool broken;
    bool done;
    size_t used;
    size_t len;
    char payload[65536];
};

/* Walks the bytes in pieces of `piece` bytes, or of random sizes up to `piece` if it is negative.
 */
static void walk(struct walked *w, struct framing f, const char *bytes, size_t len, int piece)
{
    memset(w, 0, offsetof(struct walked, payload));
    while (w->used < len && !f.done) {
        size_t size = piece > 0 ? (size_t)piece : 1 + (size_t)(rand() % -piece);
        struct slice payload;
        ptrdiff_t used;

        if (size > len - w->used)
            size = len - w->used;
        used = framing_walk(&f, bytes + w->used, size, &payload);
        if (used < 0) {
            struct slice none;

            w->broken = true;
            assert_int_equal(framing_walk(&f, "0\r\n\r\n", 5, &none), -1);
            return;
        }
        assert_true((size_t)used <= size && used > 0);
        assert_true(w->len + payload.len <= sizeof(w->payload));
        memcpy(w->payload + w->len, payload.ptr, payload.len);
        w->len += payload.len;
        w->used += (size_t)used;
    }
    w->done = f.done;
}

static const struct chunk_row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *payload; /* NULL: broken */
    size_t rest;         /* bytes behind the body */
} chunks[] = {
    {"empty", BYTES("0\r\n\r\n"), "", 0},
    {"two chunks", BYTES("3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\n"), "abc0123456789", 0},
    {"upper case", BYTES("A\r\n0123456789\r\n000\r\n\r\n"), "0123456789", 0},
    {"CRLF as data", BYTES("2\r\n\r\n\r\n0\r\n\r\n"), "\r\n", 0},
    {"extension", BYTES("1;a=\"b\";c\r\nx\r\n0;z\r\n\r\n"), "x", 0},
    {"a second message behind", BYTES("1\r\nx\r\n0\r\n\r\nGET /"), "x", 5},
    {"trailers, dropped", BYTES("1\r\nx\r\n0\r\nAuthorization: evil\r\nB:\r\n\r\n+"), "x", 1},
    {"15 digits", BYTES("000000000000001\r\nx\r\n0\r\n\r\n"), "x", 0},
    {"16 digits", BYTES("0000000000000001\r\nx\r\n0\r\n\r\n"), NULL, 0},
    {"no digit", BYTES("\r\n\r\n"), NULL, 0},
    {"only an extension", BYTES(";a\r\n\r\n"), NULL, 0},
    {"not hex", BYTES("g\r\n"), NULL, 0},
    {"0x", BYTES("0x1\r\n"), NULL, 0},
    {"sign", BYTES("+1\r\n"), NULL, 0},
    {"space first", BYTES(" 1\r\nx"), NULL, 0},
    {"space behind the size", BYTES("1 \r\nx"), NULL, 0},
    {"LF behind the size (lenient)", BYTES("1\nx\r\n"), NULL, 0},
    {"CR without LF", BYTES("1\rx\r\n"), NULL, 0},
    {"LF in an extension (lenient)", BYTES("1;a\nb\r\nx\r\n"), NULL, 0},
    {"CR in an extension", BYTES("1;a\rb\r\nx\r\n"), NULL, 0},
    {"NUL in an extension", BYTES("1;a\0b\r\nx\r\n"), NULL, 0},
    {"8-bit in an extension", BYTES("1;\xff\r\nx\r\n"), NULL, 0},
    {"junk for CRLF behind data (lenient)", BYTES("1\r\nxAB0\r\n\r\n"), NULL, 0},
    {"LF behind data (lenient)", BYTES("1\r\nx\n0\r\n\r\n"), NULL, 0},
    {"more data than said", BYTES("1\r\nxy\r\n0\r\n\r\n"), NULL, 0},
    {"LF ends a trailer (lenient)", BYTES("0\r\nA: b\n\r\n"), NULL, 0},
    {"a folded trailer", BYTES("0\r\nA: b\r\n c\r\n\r\n"), NULL, 0},
    {"NUL in a trailer", BYTES("0\r\nA: \0\r\n\r\n"), NULL, 0},
    {"junk for the last LF", BYTES("0\r\n\rx"), NULL, 0},
};

static void test_chunks(void **state)
{
    static struct walked whole;
    static struct walked part;
    const struct framing start = {.kind = FRAMING_CHUNKED};

    (void)state;
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        const char *payload = chunks[i].payload;

        walk(&whole, start, chunks[i].bytes, chunks[i].len, 1 << 20);
        if (whole.broken != (payload == NULL) || whole.done == whole.broken)
            fail_msg("%s: broken %d done %d", chunks[i].name, whole.broken, whole.done);
        if (payload != NULL &&
            (whole.len != strlen(payload) || memcmp(whole.payload, payload, whole.len) != 0 ||
             whole.used != chunks[i].len - chunks[i].rest))
            fail_msg("%s: %.*s, used %zu", chunks[i].name, (int)whole.len, whole.payload,
                     whole.used);
        for (int piece = 1; piece < 8; piece++) {
            walk(&part, start, chunks[i].bytes, chunks[i].len, piece);
            if (part.broken != whole.broken || part.done != whole.done || part.len != whole.len ||
                memcmp(part.payload, whole.payload, part.len) != 0 ||
                (!part.broken && part.used != whole.used))
                fail_msg("%s: differs in pieces of %d", chunks[i].name, piece);
        }
    }
}

static void test_chunk_bounds(void **state)
{
    static char bytes[20000];
    static struct walked w;
    const struct framing start = {.kind = FRAMING_CHUNKED};

    (void)state;
    memset(bytes, 'e', sizeof(bytes));
    append(bytes, 0, "1;", 2);
    walk(&w, start, bytes, 4096, 1000);
    assert_false(w.broken);
    walk(&w, start, bytes, 4097, 1000);
    assert_true(w.broken);
    append(bytes, 0, "0\r\n", 3);
    walk(&w, start, bytes, 3 + 8192, 1000);
    assert_false(w.broken);
    walk(&w, start, bytes, 3 + 8193, 1000);
    assert_true(w.broken);
    /* Many short trailers count together. */
    for (size_t at = 3; at + 4 <= sizeof(bytes); at += 4)
        append(bytes, at, "a:\r\n", 4);
    walk(&w, start, bytes, 3 + 8192, 1000);
    assert_false(w.broken);
    walk(&w, start, bytes, sizeof(bytes), 1000);
    assert_true(w.broken);
}

static void test_other_walks(void **state)
{
    static struct walked w;

    (void)state;
    walk(&w, (struct framing){.kind = FRAMING_LENGTH, .left = 5}, BYTES("helloGET /"), 3);
    assert_true(w.done && w.used == 5 && memcmp(w.payload, "hello", 5) == 0);
    walk(&w, (struct framing){.kind = FRAMING_LENGTH, .left = 50}, BYTES("hello"), 3);
    assert_true(!w.done && w.used == 5);
    walk(&w, (struct framing){.kind = FRAMING_UNTIL_CLOSE}, BYTES("hello"), 2);
    assert_true(!w.done && w.used == 5 && w.len == 5);
    walk(&w, (struct framing){.kind = FRAMING_NONE, .done = true}, BYTES("hello"), 2);
    assert_true(w.done && w.used == 0);
}

static void test_chunk_line(void **state)
{
    static const struct {
        size_t size;
        const char *line;
    } rows[] = {{0, "0\r\n"},   {1, "1\r\n"},         {15, "f\r\n"},
                {16, "10\r\n"}, {65536, "10000\r\n"}, {SIZE_MAX, "ffffffffffffffff\r\n"}};
    char line[FRAMING_CHUNK_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(framing_chunk_line(line, rows[i].size), strlen(rows[i].line));
        assert_memory_equal(line, rows[i].line, strlen(rows[i].line));
    }
}

/* decode(encode(x)) = x for random content, random chunks and random cuts. */
static void test_round_trip(void **state)
{
    static char content[20000];
    static char encoded[200000];
    static struct walked w;

    (void)state;
    srand(20);
    for (int round = 0; round < 200; round++) {
        size_t len = (size_t)rand() % sizeof(content);
        size_t out = 0;

        for (size_t i = 0; i < len; i++)
            content[i] = (char)rand();
        for (size_t at = 0, size; at < len; at += size) {
            size = 1 + (size_t)rand() % (round % 2 ? 10 : 5000);
            size = size < len - at ? size : len - at;
            out += framing_chunk_line(encoded + out, size);
            out = append(encoded, out, content + at, size);
            out = append(encoded, out, "\r\n", 2);
        }
        out = append(encoded, out, "0\r\n\r\n", 5);
        walk(&w, (struct framing){.kind = FRAMING_CHUNKED}, encoded, out, -700);
        assert_true(w.done && w.used == out && w.len == len);
        assert_memory_equal(w.payload, content, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),       cmocka_unit_test(test_disagreement),
        cmocka_unit_test(test_chunks),      cmocka_unit_test(test_chunk_bounds),
        cmocka_unit_test(test_other_walks), cmocka_unit_test(test_chunk_line),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
