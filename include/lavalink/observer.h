/*
 * Reads along in one direction of a WebSocket tunnel and hands out text messages piece by piece, as
 * they come, fragmented or not. It only looks: nothing it does delays or changes a byte, and it
 * keeps none. The messages are the same however the reads cut the stream. Passed over are control
 * frames, binary messages, and messages longer than OBSERVER_MESSAGE_MAX. At anything a peer must
 * not send here (reserved bits, hence compression; wrong masking; a continuation of nothing, a new
 * message within a fragmented one; a malformed header) it is lost for good and says so once.
 * Frames: RFC 6455 section 5. Pure; one thread at a time.
 */
#ifndef LAVALINK_OBSERVER_H
#define LAVALINK_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "lavalink/ws.h"

#define OBSERVER_MESSAGE_MAX 65536
#define OBSERVER_ROOM 512 /* masked bytes that are handed out at once */

/* Why a message, or all of a direction, is not read. */
enum observer_skip {
    OBSERVER_SKIP_SIZE,    /* a message is too long */
    OBSERVER_SKIP_BINARY,  /* a message is not text */
    OBSERVER_SKIP_FRAMING, /* lost: not what a peer may send */
    OBSERVER_SKIP_COUNT
};

struct observer {
    uint64_t left;               /* payload bytes still to come of the frame under way */
    uint32_t size;               /* of the text message under way, as far as announced */
    uint32_t messages;           /* begun so far, of text or binary */
    uint8_t head[WS_HEADER_MAX]; /* a frame header that is cut short */
    uint8_t head_len;
    uint8_t mask[4];   /* of the frame under way, turned to its next byte */
    bool masked;       /* frames of this direction are masked: the client's */
    bool in_fragments; /* the message under way goes on with a continuation */
    bool reading;      /* the message under way is handed out */
    bool in_text;      /* so is the payload under way */
    bool begun;        /* its first piece has been handed out */
    bool lost;         /* further calls only use up the bytes; the caller may set it */
    bool closed;       /* a close frame has passed */
};

struct observer_piece {
    struct slice bytes; /* PIECE: of the message; may be empty. They lie in the bytes given, or in
                           `room` */
    bool first, last;   /* PIECE: a message begins, and ends, with it */
    enum observer_skip why; /* SKIPPED, LOST */
    char room[OBSERVER_ROOM];
};

enum observer_result {
    OBSERVER_MORE,    /* every byte has been looked at */
    OBSERVER_PIECE,   /* *piece is the next piece of a text message */
    OBSERVER_SKIPPED, /* a message is passed over, maybe after pieces of it; said once for each */
    OBSERVER_LOST     /* just now: nothing is read from here on */
};

/* `masked`: whether this is the client's direction. */
void observer_init(struct observer *o, bool masked);

/* Takes bytes off the front of *bytes up to the end of the next piece, or all of them. Call until
 * OBSERVER_MORE or OBSERVER_LOST. */
enum observer_result observer_next(struct observer *o, struct slice *bytes,
                                   struct observer_piece *piece);

/* Bytes still to come of the frame under way, as far as is known (1 within its header); 0: between
 * two frames, where a control frame may be put in. Says nothing once it is lost. */
uint64_t observer_left(const struct observer *o);

#endif
