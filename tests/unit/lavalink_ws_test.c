/*
 * WebSocket frame headers, masking, accept value, SHA-1 and base64 against the RFCs' own examples.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lavalink/base64.h"
#include "lavalink/sha1.h"
#include "lavalink/ws.h"

struct header_row {
    const char *name;
    const char *bytes;
    size_t len;
    enum ws_result result;
    struct ws_header header; /* when WS_OK */
};

#define BYTES(literal) literal, sizeof(literal) - 1
#define BAD(name, literal)                                                                         \
    {                                                                                              \
        name, BYTES(literal), WS_BAD,                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define MORE(name, literal)                                                                        \
    {                                                                                              \
        name, BYTES(literal), WS_MORE,                                                             \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct header_row rows[] = {
    {"text Hello", BYTES("\x81\x05"), WS_OK, {WS_TEXT, true, false, {0}, 2, 5}},
    {"masked Hello",
     BYTES("\x81\x85\x37\xfa\x21\x3d"),
     WS_OK,
     {WS_TEXT, true, true, {0x37, 0xfa, 0x21, 0x3d}, 6, 5}},
    {"first fragment", BYTES("\x01\x03"), WS_OK, {WS_TEXT, false, false, {0}, 2, 3}},
    {"last fragment", BYTES("\x80\x02"), WS_OK, {WS_CONTINUATION, true, false, {0}, 2, 2}},
    {"ping", BYTES("\x89\x00"), WS_OK, {WS_PING, true, false, {0}, 2, 0}},
    {"close of 125", BYTES("\x88\x7d"), WS_OK, {WS_CLOSE, true, false, {0}, 2, 125}},
    {"126 bytes", BYTES("\x82\x7e\x00\x7e"), WS_OK, {WS_BINARY, true, false, {0}, 4, 126}},
    {"65535 bytes", BYTES("\x82\x7e\xff\xff"), WS_OK, {WS_BINARY, true, false, {0}, 4, 65535}},
    {"65536 bytes",
     BYTES("\x82\x7f\0\0\0\0\0\x01\0\0"),
     WS_OK,
     {WS_BINARY, true, false, {0}, 10, 65536}},
    {"largest, masked",
     BYTES("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04"),
     WS_OK,
     {WS_BINARY, true, true, {1, 2, 3, 4}, 14, INT64_MAX}},
    MORE("nothing", ""),
    MORE("one byte", "\x81"),
    MORE("16-bit length cut", "\x81\x7e\x01"),
    MORE("64-bit length cut", "\x81\x7f\0\0\0\0\0\x01\0"),
    MORE("mask cut", "\x81\x85\x37\xfa\x21"),
    BAD("reserved bit 1", "\xc1\x05"),
    BAD("reserved bit 3 at the first byte", "\x91"),
    BAD("opcode 3", "\x83\x00"),
    BAD("opcode 11", "\x8b\x00"),
    BAD("fragmented ping at the first byte", "\x09"),
    BAD("long ping", "\x89\x7e\x00\x7e"),
    BAD("long close", "\x88\x7f"),
    BAD("125 in 16 bits", "\x81\x7e\x00\x7d"),
    BAD("65535 in 64 bits", "\x81\x7f\0\0\0\0\0\0\xff\xff"),
    BAD("zero in 64 bits", "\x81\x7f\0\0\0\0\0\0\0\0"),
    BAD("top bit of the length", "\x81\x7f\x80\0\0\0\0\x01\0\0"),
};

static void test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct header_row *row = &rows[i];
        struct ws_header got;
        uint8_t again[WS_HEADER_MAX];

        print_message("%s\n", row->name);
        assert_int_equal(ws_decode(&got, row->bytes, row->len), row->result);
        if (row->result != WS_OK)
            continue;
        assert_int_equal(got.opcode, row->header.opcode);
        assert_int_equal(got.fin, row->header.fin);
        assert_int_equal(got.masked, row->header.masked);
        assert_memory_equal(got.mask, row->header.mask, 4);
        assert_int_equal(got.size, row->header.size);
        assert_true(got.length == row->header.length);
        assert_int_equal(ws_encode(again, &got), row->len);
        assert_memory_equal(again, row->bytes, row->len);
    }
}

/* Every shorter piece of a good header asks for more; no piece is misread. */
static void test_header_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ws_header got;
        if (rows[i].result != WS_OK)
            continue;
        for (size_t len = 0; len < rows[i].len; len++)
            assert_int_equal(ws_decode(&got, rows[i].bytes, len), WS_MORE);
    }
}

static void test_mask(void **state)
{
    uint8_t hello[] = {0x7f, 0x9f, 0x4d, 0x51, 0x58};
    const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t whole[67], pieces[67];

    (void)state;
    ws_mask(hello, sizeof hello, mask, 0);
    assert_memory_equal(hello, "Hello", 5);
    for (size_t i = 0; i < sizeof whole; i++)
        whole[i] = pieces[i] = (uint8_t)(i * 7);
    ws_mask(whole, sizeof whole, mask, 0);
    for (size_t i = 0; i < sizeof whole; i++)
        assert_int_equal(whole[i], (uint8_t)((uint8_t)(i * 7) ^ mask[i % 4]));
    for (size_t at = 0, step = 1; at < sizeof pieces; at += step, step++) {
        if (step > sizeof pieces - at)
            step = sizeof pieces - at;
        ws_mask(pieces + at, step, mask, at);
    }
    assert_memory_equal(pieces, whole, sizeof whole);
}

static void test_accept(void **state)
{
    char accept[WS_ACCEPT_SIZE], key[WS_KEY_SIZE];

    (void)state;
    ws_accept(accept, SLICE("dGhlIHNhbXBsZSBub25jZQ=="));
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    ws_key(key, (const uint8_t *)"the sample nonce");
    assert_string_equal(key, "dGhlIHNhbXBsZSBub25jZQ==");
    assert_true(ws_key_valid(slice_of(key)));
    assert_false(ws_key_valid(SLICE("dGhlIHNhbXBsZSBub25jZQ=")));
    assert_false(ws_key_valid(SLICE("dGhlIHNhbXBsZSBub25jZT8/")));
    assert_false(ws_key_valid(SLICE("")));
}

static void digest_text(char out[41], const char *text, size_t len, size_t step)
{
    struct sha1 sha;
    uint8_t digest[SHA1_SIZE];

    sha1_begin(&sha);
    for (size_t at = 0; at < len; at += step)
        sha1_add(&sha, text + at, len - at < step ? len - at : step);
    sha1_end(&sha, digest);
    for (size_t i = 0; i < SHA1_SIZE; i++) {
        out[i * 2] = "0123456789abcdef"[digest[i] >> 4];
        out[i * 2 + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[40] = '\0';
}

static void test_sha1(void **state)
{
    static const struct {
        const char *text, *digest;
    } known[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
    };
    char got[41];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        for (size_t step = 1; step < 80; step += 13) {
            digest_text(got, known[i].text, strlen(known[i].text), step);
            assert_string_equal(got, known[i].digest);
        }
    }
}

static void test_base64(void **state)
{
    static const char *const known[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    static const char *const broken[] = {
        "Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Z g=", "Zm9v\n", "Zg==Zg==", "Zm-_", "=Zg="};
    char text[16];
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t len = strlen(known[i][0]);
        assert_int_equal(base64_encode(text, known[i][0], len), strlen(known[i][1]));
        assert_string_equal(text, known[i][1]);
        assert_int_equal(base64_decode(bytes, sizeof bytes, slice_of(text)), len);
        assert_memory_equal(bytes, known[i][0], len);
    }
    assert_int_equal(base64_decode(bytes, 5, SLICE("Zm9vYmFy")), -1);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(base64_decode(bytes, sizeof bytes, slice_of(broken[i])), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers), cmocka_unit_test(test_header_pieces),
        cmocka_unit_test(test_mask),    cmocka_unit_test(test_accept),
        cmocka_unit_test(test_sha1),    cmocka_unit_test(test_base64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
