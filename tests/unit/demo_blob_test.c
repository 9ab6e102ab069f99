/*
 * Track blobs as strangers send them: what the demo's encoder writes, the documentation's sample,
 * Java's own way with text, and everything that is not quite one. Here, not beside the other tests
 * of its room, for the encoder's sake.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "demo/track.h"
#include "lavalink/base64.h"
#include "lavalink/blob.h"

/* The track of Lavalink's API documentation. */
#define SAMPLE                                                                                     \
    "QAAAjQIAJVJpY2sgQXN0bGV5IC0gTmV2ZXIgR29ubmEgR2l2ZSBZb3UgVXAADlJpY2tBc3RsZXlWRVZPAAAAAAADPCAA" \
    "C2RRdzR3OVdnWGNRAAEAK2h0dHBzOi8vd3d3LnlvdXR1YmUuY29tL3dhdGNoP3Y9ZFF3NHc5V2dYY1EAB3lvdXR1YmUA" \
    "AAAAAAAAAA=="

/* On memory of its own size; all of *track is set before. */
static bool read_blob(struct op_track *track, const char *text, size_t len, bool cut)
{
    char *copy = malloc(len + (len == 0));
    bool good;

    memcpy(copy, text, len);
    memset(track, 0, sizeof *track);
    good = blob_read(track, (struct slice){copy, len}, cut);
    assert_int_equal(good, track->decoded);
    free(copy);
    return good;
}

static void test_sample(void **state)
{
    struct op_track track;

    (void)state;
    assert_true(read_blob(&track, SAMPLE, sizeof SAMPLE - 1, false));
    assert_string_equal(track.title, "Rick Astley - Never Gonna Give You Up");
    assert_string_equal(track.author, "RickAstleyVEVO");
    assert_string_equal(track.source, "youtube");
    assert_true(track.length_ms == 212000 && !track.is_stream);
    assert_true(track.hash == 0 && !track.known);
}

/* Whole, nothing shorter is one; said to be cut, it is one as soon as the length is there. */
static void test_truncated(void **state)
{
    size_t until_length = (4 + 1 + 2 + 37 + 2 + 14 + 8 + 2) / 3 * 4;

    (void)state;
    for (size_t len = 0; len < sizeof SAMPLE - 1; len++) {
        struct op_track track;

        assert_false(read_blob(&track, SAMPLE, len, false));
        assert_int_equal(read_blob(&track, SAMPLE, len, true), len >= until_length);
        if (track.decoded) {
            assert_int_equal(track.length_ms, 212000);
            assert_int_equal(strlen(track.author), 14);
        }
    }
}

static void test_demo(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct track made;
        struct op_track track;
        struct str blob;

        track_search(&made, 1, SLICE("ytsearch:blobs"), i);
        if (i % 5 == 0)
            track_identified(&made, 1, SLICE("stream:radio"));
        str_growing(&blob);
        track_encode(&blob, &made, 3 + i % 2);
        assert_true(read_blob(&track, blob.ptr, blob.len, false));
        assert_string_equal(track.title, made.title);
        assert_string_equal(track.author, made.author);
        assert_string_equal(track.source, made.source);
        assert_int_equal(track.is_stream, made.stream);
        assert_true(track.length_ms == (made.stream ? 0 : made.length));
        for (size_t len = 0; len < blob.len; len++) {
            assert_false(read_blob(&track, blob.ptr, len, false));
            read_blob(&track, blob.ptr, len, true);
        }
        str_free(&blob);
    }
}

/* A blob by its parts: the word is made to fit, then changed by `word_more`. */
static bool read_parts(struct op_track *track, unsigned version, struct slice title,
                       struct slice author, int64_t length, struct slice tail, int64_t word_more)
{
    uint8_t bytes[4096];
    char text[BASE64_TEXT_SIZE(sizeof bytes)];
    size_t at = 4, len;
    uint32_t word;

    bytes[at++] = (uint8_t)version;
    for (unsigned i = 0; i < 2; i++) {
        struct slice part = i == 0 ? title : author;
        bytes[at++] = (uint8_t)(part.len >> 8);
        bytes[at++] = (uint8_t)part.len;
        memcpy(bytes + at, part.ptr, part.len);
        at += part.len;
    }
    for (unsigned i = 0; i < 8; i++)
        bytes[at++] = (uint8_t)((uint64_t)length >> (56 - 8 * i));
    memcpy(bytes + at, tail.ptr, tail.len);
    at += tail.len;
    word = (uint32_t)(0x40000000 + (int64_t)(at - 4) + word_more);
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> (24 - 8 * i));
    len = base64_encode(text, bytes, at);
    return read_blob(track, text, len, false);
}

#define TAIL2 "\0\1i\0\0\0\2yt\0\0\0\0\0\0\0\0"
#define TAIL3 "\0\1i\0\1\0\1u\1\0\1a\1\0\1c\0\2yt\0\0\0\0\0\0\0\0"

static void test_hostile(void **state)
{
    struct slice a = SLICE("a"), b = SLICE("b"), tail2 = SLICE(TAIL2), tail3 = SLICE(TAIL3);
    struct op_track track;

    (void)state;
    assert_true(read_parts(&track, 2, a, b, 1000, tail2, 0));
    assert_string_equal(track.source, "yt");
    assert_true(read_parts(&track, 3, a, b, 1000, tail3, 0));
    assert_string_equal(track.source, "yt");
    /* versions that are not known; the word: a wrong length, another flag */
    assert_false(read_parts(&track, 1, a, b, 1000, tail2, 0));
    assert_false(read_parts(&track, 4, a, b, 1000, tail3, 0));
    assert_false(read_parts(&track, 2, a, b, 1000, tail2, 1));
    assert_false(read_parts(&track, 2, a, b, 1000, tail2, -1));
    assert_false(read_parts(&track, 2, a, b, 1000, tail2, -0x40000000));
    assert_true(read_parts(&track, 2, a, b, 1000, tail2, 0x80000000));
    /* version 3's fields are not there; lengths that lead outside */
    assert_false(read_parts(&track, 3, a, b, 1000, tail2, 0));
    assert_false(read_parts(&track, 2, a, b, 1000, SLICE("\xff\xffi"), 0));
    assert_false(read_parts(&track, 2, a, b, 1000, SLICE("\0\1i\0\1\xff\xff"), 0));
    assert_false(read_parts(&track, 2, a, b, 1000, SLICE(""), 0));
    /* lengths of time */
    assert_true(read_parts(&track, 2, a, b, -5, tail2, 0) && track.length_ms == 0);
    assert_true(read_parts(&track, 2, a, b, INT64_MAX, tail2, 0) && track.length_ms == 0);
    assert_true(track.is_stream);
    assert_true(read_parts(&track, 2, a, b, 9, SLICE("\0\1i\1\0\0\0"), 0) && track.is_stream);
    assert_string_equal(track.source, "");
}

static void test_texts(void **state)
{
    static const struct {
        const char *java, *text;
    } rows[] = {
        {"", ""},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"\xed\xa0\xbc\xed\xbe\xb5!", "\xf0\x9f\x8e\xb5!"},
        {"\xf0\x9f\x8e\xb5", "\xf0\x9f\x8e\xb5"},
        {"a\xc0\x80z", "a\xef\xbf\xbd\xef\xbf\xbdz"},
        {"\xed\xa0\xbc!", "\xef\xbf\xbd!"},
        {"\xed\xa0\xbc", "\xef\xbf\xbd"},
        {"\xed\xa0\xbc\xed\xa0\xbc\xed\xbe\xb5", "\xef\xbf\xbd\xf0\x9f\x8e\xb5"},
        {"\xed\xbe\xb5", "\xef\xbf\xbd"},
        {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
    };
    char longer[400];
    struct op_track track;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(read_parts(&track, 2, slice_of(rows[i].java), SLICE("b"), 1, SLICE(TAIL2), 0));
        if (strcmp(track.title, rows[i].text) != 0)
            fail_msg("row %zu: %s", i, track.title);
    }
    /* Cut between characters: 127 bytes have room for 42 of three. */
    for (size_t i = 0; i < sizeof longer; i++)
        longer[i] = "\xe2\x82\xac"[i % 3];
    assert_true(read_parts(&track, 2, (struct slice){longer, 399}, (struct slice){"a\0b", 3}, 1,
                           SLICE(TAIL2), 0));
    assert_int_equal(strlen(track.title), 126);
    assert_string_equal(track.author, "a\xef\xbf\xbd"
                                      "b");
}

/* Longer than anybody decodes: the front says enough. */
static void test_long(void **state)
{
    static char tail[3000] = {'\x0b', '\x9a'}; /* an identifier of 2970 bytes */
    struct op_track track;

    (void)state;
    memset(tail + 2, 'x', 2970);
    assert_true(read_parts(&track, 2, SLICE("title"), SLICE("author"), 7000,
                           (struct slice){tail, sizeof tail}, 0));
    assert_string_equal(track.title, "title");
    assert_string_equal(track.source, "");
    assert_int_equal(track.length_ms, 7000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_demo),   cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_texts),  cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
