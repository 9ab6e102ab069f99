/*
 * Three things can lie at the front of the bytes: payload to pass over (`skip`), payload of a
 * message that has begun (`want`), or a frame header. A message is noted as begun with its header
 * alone, so that one which then lies whole in the next bytes needs no copy either.
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

void observer_pass(struct observer *o)
{
    o->skip += o->want - o->held;
    o->want = o->held = 0;
}

uint64_t observer_left(const struct observer *o)
{
    if (o->want > 0)
        return o->want - o->held;
    return o->skip > 0 ? o->skip : o->head_len > 0;
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

/* Decides what to do with the payload behind a header; false when the frame must not come here. */
static bool begin_payload(struct observer *o, const struct ws_header *header)
{
    bool control = header->opcode >= WS_CLOSE;

    if (header->masked != o->masked)
        return false;
    if (!control && o->in_fragments != (header->opcode == WS_CONTINUATION))
        return false;
    if (header->opcode == WS_CLOSE)
        o->closed = true;
    o->messages += !control && header->opcode != WS_CONTINUATION;
    if (header->opcode == WS_TEXT && header->fin && header->length <= OBSERVER_MESSAGE_MAX) {
        o->want = (uint32_t)header->length;
        memcpy(o->mask, header->mask, sizeof o->mask);
        return true;
    }
    if (!control)
        o->in_fragments = !header->fin;
    o->skip = header->length;
    return true;
}

/* Puts bytes of the message into `hold`; true when it is whole. */
static bool gather(struct observer *o, struct slice *bytes)
{
    size_t count = least(o->want - o->held, bytes->len);

    memcpy(o->hold + o->held, bytes->ptr, count);
    if (o->masked)
        ws_mask(o->hold + o->held, count, o->mask, o->held);
    o->held += (uint32_t)count;
    advance(bytes, count);
    return o->held == o->want;
}

/* Goes on with the message that has begun. */
static enum observer_result next_of_message(struct observer *o, struct slice *bytes,
                                            struct slice *message)
{
    if (!o->masked && o->held == 0 && bytes->len >= o->want) {
        *message = (struct slice){bytes->ptr, o->want};
        advance(bytes, o->want);
    } else if (o->hold == NULL) {
        return OBSERVER_HOLD;
    } else if (gather(o, bytes)) {
        *message = (struct slice){o->hold, o->want};
    } else {
        return OBSERVER_MORE;
    }
    o->want = o->held = 0;
    return OBSERVER_MESSAGE;
}

enum observer_result observer_next(struct observer *o, struct slice *bytes, struct slice *message)
{
    while (bytes->len > 0) {
        struct ws_header header;
        enum ws_result result;

        if (o->lost) {
            advance(bytes, bytes->len);
        } else if (o->skip > 0) {
            size_t count = least(o->skip, bytes->len);
            o->skip -= count;
            advance(bytes, count);
        } else if (o->want > 0) {
            return next_of_message(o, bytes, message);
        } else {
            result = take_header(o, bytes, &header);
            o->lost = result == WS_BAD || (result == WS_OK && !begin_payload(o, &header));
            if (o->lost) {
                advance(bytes, bytes->len);
                return OBSERVER_LOST;
            }
        }
    }
    return OBSERVER_MORE;
}
