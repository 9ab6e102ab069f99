/*
 * Two things can lie at the front of the bytes: payload of the frame under way (`left`), which is
 * handed out or passed over, or a frame header.
 */
#include "lavalink/observer.h"

#include <assert.h>
#include <string.h>

static size_t least(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

static void advance(struct slice *bytes, size_t count)
{
    bytes->ptr += count;
    bytes->len -= count;
}

void observer_init(struct observer *o, bool masked)
{
    memset(o, 0, sizeof *o);
    o->masked = masked;
}

uint64_t observer_left(const struct observer *o)
{
    return o->left > 0 ? o->left : o->head_len > 0;
}

/* Takes a frame header off the bytes, gathering it in o->head when it is cut short. */
static enum ws_result take_header(struct observer *o, struct slice *bytes, struct ws_header *header)
{
    size_t room = sizeof o->head - o->head_len, count = least(room, bytes->len);
    enum ws_result result;

    if (o->head_len == 0) {
        result = ws_decode(header, bytes->ptr, bytes->len);
    } else {
        memcpy(o->head + o->head_len, bytes->ptr, count);
        result = ws_decode(header, o->head, o->head_len + count);
    }
    if (result == WS_OK) {
        advance(bytes, header->size - (size_t)o->head_len);
        o->head_len = 0;
    } else if (result == WS_MORE) {
        /* Only a header shorter than WS_HEADER_MAX is cut short: all the bytes fit. */
        assert(count == bytes->len && count < room);
        if (o->head_len == 0)
            memcpy(o->head, bytes->ptr, count);
        o->head_len = (uint8_t)(o->head_len + count);
        advance(bytes, count);
    }
    return result;
}

static enum observer_result skip_message(struct observer *o, struct observer_piece *piece,
                                         enum observer_skip why)
{
    o->reading = false;
    piece->why = why;
    return OBSERVER_SKIPPED;
}

/* The next `count` bytes of the frame under way belong to a piece, maybe none of them. */
static enum observer_result hand_out(struct observer *o, struct slice *bytes, size_t count,
                                     struct observer_piece *piece)
{
    piece->bytes = (struct slice){bytes->ptr, count};
    if (o->masked && count > 0) {
        uint8_t turned[sizeof o->mask] = {0};
        memcpy(piece->room, bytes->ptr, count);
        ws_mask(piece->room, count, o->mask, 0);
        piece->bytes.ptr = piece->room;
        for (unsigned i = 0; i < sizeof turned; i++)
            turned[i] = o->mask[(i + count) % sizeof turned];
        memcpy(o->mask, turned, sizeof turned);
    }
    advance(bytes, count);
    o->left -= count;
    piece->first = !o->begun;
    piece->last = o->left == 0 && !o->in_fragments;
    o->begun = true;
    o->reading = !piece->last;
    return OBSERVER_PIECE;
}

/* Decides what to do with the payload behind a header. */
static enum observer_result begin_payload(struct observer *o, const struct ws_header *header,
                                          struct slice *bytes, struct observer_piece *piece)
{
    o->left = header->length;
    memcpy(o->mask, header->mask, sizeof o->mask);
    o->in_text = false;
    if (header->opcode >= WS_CLOSE) {
        o->closed |= header->opcode == WS_CLOSE;
        return OBSERVER_MORE;
    }
    o->in_fragments = !header->fin;
    if (header->opcode != WS_CONTINUATION) {
        o->messages++;
        o->size = 0;
        o->begun = false;
        o->reading = header->opcode == WS_TEXT;
        if (!o->reading)
            return skip_message(o, piece, OBSERVER_SKIP_BINARY);
    }
    if (!o->reading)
        return OBSERVER_MORE;
    if (header->length > OBSERVER_MESSAGE_MAX - o->size)
        return skip_message(o, piece, OBSERVER_SKIP_SIZE);
    o->size += (uint32_t)header->length;
    o->in_text = header->length > 0;
    /* A frame of no bytes can still be the last of its message. */
    return header->length == 0 && header->fin ? hand_out(o, bytes, 0, piece) : OBSERVER_MORE;
}

/* Whether a frame like this may come here. */
static bool may_come(const struct observer *o, const struct ws_header *header)
{
    return header->masked == o->masked &&
           (header->opcode >= WS_CLOSE || o->in_fragments == (header->opcode == WS_CONTINUATION));
}

static enum observer_result next_frame(struct observer *o, struct slice *bytes,
                                       struct observer_piece *piece)
{
    struct ws_header header;
    enum ws_result result = take_header(o, bytes, &header);

    if (result == WS_MORE)
        return OBSERVER_MORE;
    if (result == WS_OK && may_come(o, &header))
        return begin_payload(o, &header, bytes, piece);
    o->lost = true;
    advance(bytes, bytes->len);
    piece->why = OBSERVER_SKIP_FRAMING;
    return OBSERVER_LOST;
}

enum observer_result observer_next(struct observer *o, struct slice *bytes,
                                   struct observer_piece *piece)
{
    enum observer_result result = OBSERVER_MORE;

    while (bytes->len > 0 && result == OBSERVER_MORE) {
        size_t count = least(o->left, bytes->len);

        if (o->lost) {
            advance(bytes, bytes->len);
        } else if (count == 0) {
            result = next_frame(o, bytes, piece);
        } else if (o->in_text) {
            return hand_out(o, bytes, o->masked ? least(count, sizeof piece->room) : count, piece);
        } else {
            o->left -= count;
            advance(bytes, count);
        }
    }
    return result;
}
