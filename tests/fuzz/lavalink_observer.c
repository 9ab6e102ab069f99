/*
 * Any bytes as one direction of a tunnel: however they are cut, the observer hands out the same
 * messages and loses itself at the same place. Every piece is copied to memory of its own size, so
 * that a step outside shows. The first byte says the direction, the second how the stream is cut
 * and whether memory runs out now and then.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "lavalink/observer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    struct observer observer;
    struct str messages;
    unsigned holds, refuse_every; /* every n-th wish for memory is refused; 0: none */
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static enum observer_result step(struct reading *r, struct slice *bytes)
{
    struct slice message = {NULL, 0};
    enum observer_result result = observer_next(&r->observer, bytes, &message);

    if (result == OBSERVER_MESSAGE) {
        require(message.len > 0 && message.len <= OBSERVER_MESSAGE_MAX);
        str_addf(&r->messages, "%zu:", message.len);
        str_add_slice(&r->messages, message);
    } else if (result == OBSERVER_HOLD) {
        require(r->observer.hold == NULL && bytes->len > 0);
        if (r->refuse_every > 0 && ++r->holds % r->refuse_every == 0)
            observer_pass(&r->observer);
        else
            r->observer.hold = malloc(OBSERVER_MESSAGE_MAX);
    } else {
        require(bytes->len == 0);
        if (result == OBSERVER_LOST)
            str_add_text(&r->messages, "lost");
    }
    if (r->observer.held == 0 && result != OBSERVER_HOLD) {
        free(r->observer.hold);
        r->observer.hold = NULL;
    }
    return result;
}

static void feed(struct reading *r, const uint8_t *data, size_t size)
{
    char *copy = malloc(size);
    struct slice bytes = {copy, size};
    enum observer_result result;

    memcpy(copy, data, size);
    do {
        result = step(r, &bytes);
    } while (result == OBSERVER_MESSAGE || result == OBSERVER_HOLD);
    free(copy);
}

/* In pieces of 1 to `most` bytes. */
static void read_all(struct reading *r, bool masked, const uint8_t *data, size_t size, size_t most)
{
    uint32_t random = (uint32_t)most * 2654435761U;

    observer_init(&r->observer, masked);
    str_growing(&r->messages);
    for (size_t at = 0; at < size;) {
        size_t piece = most == SIZE_MAX ? size : 1 + (random >> 16) % most;

        random = random * 1664525U + 1013904223U;
        if (piece > size - at)
            piece = size - at;
        feed(r, data + at, piece);
        at += piece;
    }
    free(r->observer.hold);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 2, 3, 7, 16, 100, 1000};
    struct reading whole = {.holds = 0}, split = {.holds = 0}, poor = {.holds = 0};
    bool masked;
    size_t most;

    if (size < 3)
        return 0;
    masked = (data[0] & 1) != 0;
    most = pieces[data[1] % (sizeof pieces / sizeof *pieces)];
    poor.refuse_every = 1 + data[1] / 16U;
    data += 2;
    size -= 2;
    read_all(&whole, masked, data, size, SIZE_MAX);
    read_all(&split, masked, data, size, most);
    read_all(&poor, masked, data, size, most);
    require(slice_equal(str_slice(&whole.messages), str_slice(&split.messages)));
    require(poor.messages.len <= whole.messages.len);
    require(poor.observer.lost == whole.observer.lost);
    str_free(&whole.messages);
    str_free(&split.messages);
    str_free(&poor.messages);
    return 0;
}
