/*
 * Track blobs: the documentation's own sample, round trips, and what must be refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "demo/track.h"

/* The track of Lavalink's API documentation. */
static const char sample[] =
    "QAAAjQIAJVJpY2sgQXN0bGV5IC0gTmV2ZXIgR29ubmEgR2l2ZSBZb3UgVXAADlJpY2tBc3RsZXlWRVZPAAAAAAADPCAA"
    "C2RRdzR3OVdnWGNRAAEAK2h0dHBzOi8vd3d3LnlvdXR1YmUuY29tL3dhdGNoP3Y9ZFF3NHc5V2dYY1EAB3lvdXR1YmUA"
    "AAAAAAAAAA==";

static void test_sample(void **state)
{
    struct track track;
    struct str again;

    (void)state;
    assert_true(track_decode(&track, slice_of(sample)));
    assert_string_equal(track.title, "Rick Astley - Never Gonna Give You Up");
    assert_string_equal(track.author, "RickAstleyVEVO");
    assert_string_equal(track.identifier, "dQw4w9WgXcQ");
    assert_string_equal(track.uri, "https://www.youtube.com/watch?v=dQw4w9WgXcQ");
    assert_string_equal(track.source, "youtube");
    assert_true(track.length == 212000 && track.position == 0 && !track.stream);
    str_growing(&again);
    track_encode(&again, &track, 3);
    assert_string_equal(again.ptr, sample);
    str_free(&again);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct track made, read;
        struct str blob;
        unsigned lavalink = 3 + i % 2;

        track_search(&made, 1, SLICE("ytsearch:round trip"), i);
        made.position = i;
        str_growing(&blob);
        track_encode(&blob, &made, lavalink);
        assert_true(track_decode(&read, str_slice(&blob)));
        if (lavalink == 3)
            memset(made.artwork, 0, sizeof made.artwork);
        assert_memory_equal(&made, &read, sizeof made);
        str_free(&blob);
    }
}

/* No shortened blob may be read beyond its end, and none is taken. */
static void test_cut(void **state)
{
    struct track track;

    (void)state;
    for (size_t len = 0; len < sizeof sample - 1; len++)
        assert_false(track_decode(&track, (struct slice){sample, len}));
    assert_false(track_decode(&track, SLICE("not base64")));
    /* a NUL in the title, beside the same without; version 9; the flag missing */
    assert_true(
        track_decode(&track, SLICE("QAAAIQIAA2FiYwABYgAAAAAAAAPoAAFpAAAAAXMAAAAAAAAAAA==")));
    assert_false(
        track_decode(&track, SLICE("QAAAIQIAA2EAYwABYgAAAAAAAAPoAAFpAAAAAXMAAAAAAAAAAA==")));
    assert_false(track_decode(&track, SLICE("QAAAAQk=")));
    assert_false(track_decode(&track, SLICE("AAAAAQI=")));
}

static void test_catalogue(void **state)
{
    struct track a, b;

    (void)state;
    track_search(&a, 7, SLICE("x"), 3);
    track_search(&b, 7, SLICE("x"), 3);
    assert_memory_equal(&a, &b, sizeof a);
    track_search(&b, 7, SLICE("x"), 4);
    assert_string_not_equal(a.identifier, b.identifier);
    track_identified(&a, 7, SLICE("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1"));
    assert_string_equal(a.identifier, "dQw4w9WgXcQ");
    track_identified(&b, 7, SLICE("dQw4w9WgXcQ"));
    assert_string_equal(a.title, b.title);
    track_identified(&a, 7, SLICE("short:1500"));
    assert_int_equal(a.length, 1500);
    track_identified(&a, 7, SLICE("stream:radio"));
    assert_true(a.stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
