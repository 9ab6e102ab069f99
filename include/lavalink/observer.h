/*
 * Reads along in one direction of a WebSocket tunnel and hands out whole text messages. It only
 * looks: nothing it does delays or changes a byte. The messages are the same however the reads cut
 * the stream. Passed over in constant memory are control and binary frames, empty and fragmented
 * messages, and messages longer than OBSERVER_MESSAGE_MAX. At anything a peer must not send here
 * (reserved bits, hence compression; wrong masking; a continuation of nothing, a new message within
 * a fragmented one; a malformed header) it is lost for good and says so once. Frames: RFC 6455
 * section 5. Pure; one thread at a time; memory only as given by the caller.
 */
#ifndef LAVALINK_OBSERVER_H
#define LAVALINK_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "lavalink/ws.h"

#define OBSERVER_MESSAGE_MAX 16384

struct observer {
    uint64_t skip;               /* payload bytes still to pass over */
    char *hold;                  /* OBSERVER_MESSAGE_MAX bytes of the caller's, or NULL */
    uint32_t held;               /* bytes of the message that lie in `hold` */
    uint32_t want;               /* bytes of the whole message; 0: none has begun */
    uint32_t messages;           /* begun so far, of text or binary */
    uint8_t head[WS_HEADER_MAX]; /* a frame header that is cut short */
    uint8_t head_len;
    uint8_t mask[4];   /* of the message that has begun */
    bool masked;       /* frames of this direction are masked: the client's */
    bool in_fragments; /* a fragmented message is being passed over */
    bool lost;         /* further calls only use up the bytes; the caller may set it */
    bool closed;       /* a close frame has passed */
};

enum observer_result {
    OBSERVER_MORE,    /* every byte has been looked at */
    OBSERVER_MESSAGE, /* *message is a whole text message; it points into the bytes given, or into
                         `hold` */
    OBSERVER_HOLD,    /* a message is cut short or masked: set `hold` and call again with the rest,
                         or call observer_pass first */
    OBSERVER_LOST     /* just now: nothing is read from here on */
};

/* `masked`: whether this is the client's direction. */
void observer_init(struct observer *o, bool masked);

/* Takes bytes off the front of *bytes up to the end of the next text message, or all of them. Call
 * until OBSERVER_MORE or OBSERVER_LOST. Asks for `hold` only when bytes have to be put there.
 *
 * `hold` is in use only while `held` is not 0: whenever a call has returned and `held` is 0 the
 * caller may take the memory back and set `hold` to NULL. After OBSERVER_MESSAGE `held` is 0
 * already, but *message may lie there: it stays good until the next call with this `hold`, or until
 * the caller uses the memory for something else. */
enum observer_result observer_next(struct observer *o, struct slice *bytes, struct slice *message);

/* Passes the message that has begun over, be it after OBSERVER_HOLD when there is no memory to
 * give, be it later to have `hold` back. Does nothing when none has begun. */
void observer_pass(struct observer *o);

/* Bytes still to come of the frame under way, as far as is known (1 within its header); 0: between
 * two frames, where a control frame may be put in. Says nothing once it is lost. */
uint64_t observer_left(const struct observer *o);

#endif
