/*
 * Bytes of a web connection to requests. The body is walked and moved away from behind the head, so
 * that the head and its slices stay where they are.
 */
#include "web/inbox.h"

#include <assert.h>
#include <string.h>

void inbox_init(struct inbox *inbox)
{
    inbox->headed = false;
    inbox->unread = false;
    inbox->body = 0;
    inbox->raw = 0;
    inbox->len = 0;
}

static enum inbox_result bad(struct inbox *inbox, unsigned status, const char *message)
{
    inbox->status = status;
    inbox->message = message;
    return INBOX_BAD;
}

static enum inbox_result check_head(struct inbox *inbox)
{
    switch (head_request(&inbox->head, inbox->bytes, inbox->len)) {
    case HEAD_MORE:
        return INBOX_MORE;
    case HEAD_TOO_LARGE:
        return bad(inbox, 431, inbox->head.reason);
    case HEAD_UNKNOWN:
        return bad(inbox, 501, inbox->head.reason);
    case HEAD_BAD:
        return bad(inbox, 400, inbox->head.reason);
    case HEAD_OK:
        break;
    }
    if (framing_request(&inbox->framing, &inbox->head, inbox->bytes) < 0)
        return bad(inbox, 400, "The head can be read in two ways.");
    if (inbox->head.has_length && inbox->head.content_length > INBOX_BODY_MAX)
        return bad(inbox, 413, "The body is too large.");
    inbox->headed = true;
    return INBOX_READY;
}

static enum inbox_result walk_body(struct inbox *inbox)
{
    char *body = inbox->bytes + inbox->head.length;
    while (!inbox->framing.done && inbox->len > inbox->head.length) {
        struct slice payload;
        ptrdiff_t used =
            framing_walk(&inbox->framing, body, inbox->len - inbox->head.length, &payload);
        if (used < 0)
            return bad(inbox, 400, "The chunk framing is broken.");
        assert(used > 0 || inbox->framing.done);
        inbox->raw += (size_t)used;
        /* Chunk lines count as well, or a body of nothing but them would never end. */
        if (payload.len > INBOX_BODY_MAX - inbox->body || inbox->raw > 2 * INBOX_BODY_MAX)
            return bad(inbox, 413, "The body is too large.");
        if (payload.len > 0)
            memcpy(inbox->text + inbox->body, payload.ptr, payload.len);
        inbox->body += payload.len;
        inbox->len -= (size_t)used;
        memmove(body, body + used, inbox->len - inbox->head.length);
    }
    return inbox->framing.done ? INBOX_READY : INBOX_MORE;
}

enum inbox_result inbox_check(struct inbox *inbox)
{
    if (!inbox->headed) {
        if (inbox->len == 0)
            return INBOX_MORE;
        enum inbox_result result = check_head(inbox);
        if (result != INBOX_READY)
            return result;
    }
    enum inbox_result result = walk_body(inbox);
    if (result == INBOX_MORE && head_value(&inbox->head, HEADER_EXPECT).ptr) {
        /* The body would be thrown away: the final answer at once is what Expect allows
         * (RFC 9110 section 10.1.1). */
        inbox->unread = true;
        return INBOX_READY;
    }
    return result;
}

void inbox_next(struct inbox *inbox)
{
    size_t left = inbox->len - inbox->head.length;
    memmove(inbox->bytes, inbox->bytes + inbox->head.length, left);
    inbox_init(inbox);
    inbox->len = left;
}
