/*
 * Any bytes as one direction of a tunnel: however they are cut, the observer hands out the same
 * messages, passes over the same ones and loses itself at the same place. Every piece is copied to
 * memory of its own size, so that a step outside shows. The first byte says the direction, the
 * second how the stream is cut.
 */
#include "base/str.h"
#include "lavalink/observer.h"
#include "fuzz.h"

struct reading {
    struct observer observer;
    struct str messages;
    size_t begin, size; /* of the message under way */
    bool in_message;
};

static void take_piece(struct reading *r, const struct observer_piece *piece)
{
    require(piece->first == !r->in_message);
    if (piece->first) {
        r->begin = r->messages.len;
        r->size = 0;
    }
    r->in_message = !piece->last;
    r->size += piece->bytes.len;
    require(r->size <= OBSERVER_MESSAGE_MAX);
    str_add_slice(&r->messages, piece->bytes);
    if (piece->last)
        str_addf(&r->messages, ":%zu\n", r->size);
}

static enum observer_result step(struct reading *r, struct slice *bytes)
{
    struct observer_piece piece;
    size_t before = bytes->len;
    enum observer_result result = observer_next(&r->observer, bytes, &piece);

    require(bytes->len < before || before == 0);
    if (result == OBSERVER_PIECE) {
        take_piece(r, &piece);
        return result;
    }
    if (result == OBSERVER_MORE || result == OBSERVER_LOST)
        require(bytes->len == 0);
    if (result == OBSERVER_MORE)
        return result;
    if (r->in_message)
        r->messages.len = r->begin;
    r->in_message = false;
    str_addf(&r->messages, "%s %d\n", result == OBSERVER_LOST ? "lost" : "skipped", (int)piece.why);
    return result;
}

static void feed(struct reading *r, struct slice bytes)
{
    enum observer_result result;

    do {
        result = step(r, &bytes);
    } while (result == OBSERVER_PIECE || result == OBSERVER_SKIPPED);
}

static void read_all(struct reading *r, bool masked, const uint8_t *data, size_t size, size_t most)
{
    struct pieces pieces = pieces_of(data, size, most);
    struct slice piece;

    observer_init(&r->observer, masked);
    str_growing(&r->messages);
    while (pieces_next(&pieces, &piece))
        feed(r, piece);
    /* As much of it has come, whatever the cuts. */
    if (r->in_message)
        str_addf(&r->messages, ":%zu", r->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 2, 3, 7, 16, 100, 1000};
    struct reading whole = {.begin = 0}, split = {.begin = 0};
    bool masked;
    size_t most;

    if (size < 3)
        return 0;
    masked = (data[0] & 1) != 0;
    most = pieces[data[1] % (sizeof pieces / sizeof *pieces)];
    data += 2;
    size -= 2;
    read_all(&whole, masked, data, size, SIZE_MAX);
    read_all(&split, masked, data, size, most);
    require(slice_equal(str_slice(&whole.messages), str_slice(&split.messages)));
    require(whole.observer.lost == split.observer.lost);
    require(whole.observer.closed == split.observer.closed);
    require(whole.observer.messages == split.observer.messages);
    require(whole.observer.lost ||
            observer_left(&whole.observer) == observer_left(&split.observer));
    str_free(&whole.messages);
    str_free(&split.messages);
    return 0;
}
