/*
 * Any bytes as a stream of frames: no header is read beyond its bytes, what was read encodes to
 * the same bytes, and masking twice changes nothing. Base64 that decodes encodes to itself.
 */
#include "lavalink/base64.h"
#include "lavalink/ws.h"
#include "fuzz.h"

static void check_base64(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size + 1);
    char *text = malloc(BASE64_TEXT_SIZE(size));
    ptrdiff_t count = base64_decode(bytes, size, (struct slice){(const char *)data, size});

    if (count >= 0) {
        require(base64_encode(text, bytes, (size_t)count) == size);
        require(memcmp(text, data, size) == 0);
    }
    free(text);
    free(bytes);
}

static void check_mask(const uint8_t *data, size_t size, const uint8_t mask[4], uint64_t offset)
{
    uint8_t *copy = malloc(size + 1);

    memcpy(copy, data, size);
    ws_mask(copy, size, mask, offset);
    ws_mask(copy, size / 2, mask, offset);
    ws_mask(copy + size / 2, size - size / 2, mask, offset + size / 2);
    require(memcmp(copy, data, size) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_base64(data, size);
    for (size_t at = 0; at < size;) {
        struct ws_header header;
        uint8_t again[WS_HEADER_MAX];
        enum ws_result result = ws_decode(&header, data + at, size - at);

        require(result != WS_MORE || size - at < WS_HEADER_MAX);
        if (result != WS_OK)
            break;
        require(header.size <= size - at && header.size <= WS_HEADER_MAX);
        require(ws_encode(again, &header) == header.size);
        require(memcmp(again, data + at, header.size) == 0);
        at += header.size;
        if (header.length < size - at) {
            check_mask(data + at, (size_t)header.length, header.mask, at);
            at += (size_t)header.length;
        } else {
            check_mask(data + at, size - at, header.mask, at);
            at = size;
        }
    }
    return 0;
}
