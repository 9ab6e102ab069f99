/*
 * Any text as a track blob, and any bytes as what one decodes to: whole or cut, nothing outside is
 * read, texts are UTF-8 and fit, and what is decoded whole is decoded the same when it is said to
 * be cut. The first byte chooses.
 */
#include "base/text.h"
#include "lavalink/base64.h"
#include "lavalink/blob.h"
#include "fuzz.h"

static bool read_blob(struct op_track *track, const char *text, size_t len, bool cut)
{
    char *copy = malloc(len + 1);
    bool good;

    memcpy(copy + 1, text, len); /* ends where the memory does */
    memset(track, 0, sizeof *track);
    good = blob_read(track, (struct slice){copy + 1, len}, cut);
    free(copy);
    require(track->decoded == good && track->length_ms >= 0);
    require(!track->is_stream || track->length_ms == 0);
    require_text(track->title, sizeof track->title);
    require_text(track->author, sizeof track->author);
    require_text(track->source, sizeof track->source);
    return good;
}

static void check(const char *text, size_t len)
{
    struct op_track whole, cut, part;

    if (read_blob(&whole, text, len, false)) {
        require(read_blob(&cut, text, len, true));
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): all of it was zeroed before
        require(memcmp(&whole, &cut, sizeof whole) == 0);
        for (size_t front = 0; front < len && front < 600; front++)
            if (read_blob(&part, text, front, true)) {
                require(strcmp(part.title, whole.title) == 0);
                require(strcmp(part.author, whole.author) == 0);
            }
    }
    read_blob(&cut, text, len, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;
    size_t len;

    if (size < 1)
        return 0;
    if ((data[0] & 1) == 0) {
        check((const char *)data + 1, size - 1);
        return 0;
    }
    text = malloc(BASE64_TEXT_SIZE(size + 8));
    if ((data[0] & 2) != 0) {
        /* The word is put in front, so that what follows is looked at. */
        uint8_t *bytes = malloc(size + 4);
        bytes[0] = 0x40;
        bytes[1] = (uint8_t)((size - 1) >> 16);
        bytes[2] = (uint8_t)((size - 1) >> 8);
        bytes[3] = (uint8_t)(size - 1);
        memcpy(bytes + 4, data + 1, size - 1);
        len = base64_encode(text, bytes, size + 3);
        free(bytes);
    } else {
        len = base64_encode(text, data + 1, size - 1);
    }
    check(text, len);
    free(text);
    return 0;
}
