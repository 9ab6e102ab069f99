/*
 * Any bytes as JSON: what passes the check can be walked to its ends, and never beyond. The same
 * bytes as a track blob: what decodes encodes again.
 */
#include <stdlib.h>

#include "demo/jsonin.h"
#include "demo/track.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct slice value, struct slice whole)
{
    char text[64];
    int64_t number;
    bool truth;
    struct slice rest = value, part;

    if (value.ptr < whole.ptr || value.ptr + value.len > whole.ptr + whole.len || value.len == 0)
        abort();
    jsonin_text(value, text, sizeof text);
    jsonin_i64(value, &number);
    jsonin_bool(value, &truth);
    if (jsonin_get(value, "a", &part))
        walk(part, whole);
    if (jsonin_kind(value) != '[')
        return;
    while (jsonin_next(&rest, &part))
        walk(part, whole);
}

static void check_track(struct slice encoded)
{
    struct track track, again;
    struct str blob, blob_again;

    if (!track_decode(&track, encoded))
        return;
    str_growing(&blob);
    track_encode(&blob, &track, 4);
    if (!track_decode(&again, str_slice(&blob)))
        abort();
    str_growing(&blob_again);
    track_encode(&blob_again, &again, 4);
    if (!slice_equal(str_slice(&blob), str_slice(&blob_again)))
        abort();
    str_free(&blob);
    str_free(&blob_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size}, value;

    if (jsonin_check(text, &value))
        walk(value, text);
    check_track(text);
    return 0;
}
