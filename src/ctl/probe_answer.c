/*
 * The answers of a backend that is being checked: a head of at most 16 KB through the strict check,
 * then at most 64 KB of body by its framing. It may be anything that listens on that port, so
 * nothing is believed and nothing grows.
 */
#include "probe_answer.h"

#include <string.h>

#define STATUS_OK 200
#define VERSION_MAX 999

void probe_answer_init(struct probe_answer *answer)
{
    /* All but the two buffers, whose memory need not be touched. */
    memset(answer, 0, offsetof(struct probe_answer, head));
}

/* The number `text` begins with, and how many digits it has; 0 when there is none. */
static unsigned leading_number(struct slice text, size_t *digits)
{
    unsigned number = 0;
    size_t i = 0;

    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
        number = number * 10 + (unsigned)(text.ptr[i] - '0');
        if (number > VERSION_MAX)
            return 0;
    }
    *digits = i;
    return number;
}

unsigned probe_answer_major(struct slice text)
{
    size_t digits = 0;
    unsigned major = leading_number(text, &digits);
    bool has_minor = text.len > digits + 1 && text.ptr[digits] == '.' &&
                     text.ptr[digits + 1] >= '0' && text.ptr[digits + 1] <= '9';

    return has_minor ? major : 0;
}

/* Servers say their version in headers of different names; the first of these rules. */
static unsigned version_of(const struct head *head)
{
    static const char *const names[] = {"Lavalink-Api-Version", "Nodelink-Api-Version",
                                        "Lavalink-Major-Version"};

    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        for (unsigned i = 0; i < head->count; i++) {
            size_t digits = 0;
            unsigned version;

            if (!slice_equal_nocase(head->headers[i].name, slice_of(names[n])))
                continue;
            version = leading_number(head->headers[i].value, &digits);
            if (version > 0 && digits == head->headers[i].value.len)
                return version;
        }
    }
    return 0;
}

/* Walks body bytes; what lies behind the body was not asked for. */
static enum probe_answer_result feed_body(struct probe_answer *answer, const char *bytes,
                                          size_t len)
{
    while (len > 0 && !answer->framing.done) {
        struct slice payload;
        ptrdiff_t used = framing_walk(&answer->framing, bytes, len, &payload);

        if (used < 0 || payload.len > sizeof(answer->body) - answer->body_len)
            return PROBE_ANSWER_BAD;
        memcpy(answer->body + answer->body_len, payload.ptr, payload.len);
        answer->body_len += payload.len;
        bytes += used;
        len -= (size_t)used;
    }
    if (len > 0)
        answer->stays_open = false;
    return answer->framing.done ? PROBE_ANSWER_WHOLE : PROBE_ANSWER_MORE;
}

static enum probe_answer_result begin_body(struct probe_answer *answer, const struct head *head)
{
    if (framing_response(&answer->framing, head, answer->head, false) < 0)
        return PROBE_ANSWER_BAD;
    answer->status = head->status;
    answer->version = version_of(head);
    if (head->status != STATUS_OK)
        return PROBE_ANSWER_WHOLE;
    answer->stays_open =
        head->minor == 1 && !head->connection_close && answer->framing.kind != FRAMING_UNTIL_CLOSE;
    return feed_body(answer, answer->head + head->length, answer->head_len - head->length);
}

/* Adds to the head as much as fits and looks for its end, behind interim (1xx) ones. */
static enum probe_answer_result feed_head(struct probe_answer *answer, struct slice *bytes)
{
    struct head head;

    for (;;) {
        size_t room = sizeof(answer->head) - answer->head_len;
        size_t take = bytes->len < room ? bytes->len : room;

        memcpy(answer->head + answer->head_len, bytes->ptr, take);
        answer->head_len += take;
        bytes->ptr += take;
        bytes->len -= take;
        switch (head_response(&head, answer->head, answer->head_len)) {
        case HEAD_OK:
            break;
        case HEAD_MORE:
            return PROBE_ANSWER_MORE;
        default:
            return PROBE_ANSWER_BAD;
        }
        if (head.status >= STATUS_OK)
            return begin_body(answer, &head);
        /* Nothing was asked that a 101 would be the answer to. */
        if (head.status == 101)
            return PROBE_ANSWER_BAD;
        answer->head_len -= head.length;
        memmove(answer->head, answer->head + head.length, answer->head_len);
    }
}

enum probe_answer_result probe_answer_feed(struct probe_answer *answer, const char *bytes,
                                           size_t len)
{
    struct slice rest = {bytes, len};

    answer->begun = answer->begun || len > 0;
    if (answer->status == 0) {
        enum probe_answer_result result = feed_head(answer, &rest);

        if (result == PROBE_ANSWER_BAD || answer->status != STATUS_OK)
            return result;
    }
    return feed_body(answer, rest.ptr, rest.len);
}

enum probe_answer_result probe_answer_end(const struct probe_answer *answer)
{
    bool whole = answer->status != 0 && answer->framing.kind == FRAMING_UNTIL_CLOSE;

    return whole ? PROBE_ANSWER_WHOLE : PROBE_ANSWER_CUT;
}

struct slice probe_answer_body(const struct probe_answer *answer)
{
    return (struct slice){answer->body, answer->body_len};
}
