/*
 * Any bytes as a track blob: what decodes encodes again, to the same bytes from then on.
 */
#include "demo/track.h"
#include "fuzz.h"

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
    check_track((struct slice){(const char *)data, size});
    return 0;
}
