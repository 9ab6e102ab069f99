/*
 * One HTTP answer to a check, taken in as it arrives and held within bounds, with the Lavalink
 * version it tells. Pure.
 */
#ifndef CTL_PROBE_ANSWER_H
#define CTL_PROBE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "http/framing.h"
#include "http/head.h"

#define PROBE_BODY_MAX 65536

enum probe_answer_result {
    PROBE_ANSWER_MORE,  /* goes on */
    PROBE_ANSWER_WHOLE, /* all there is to know is here */
    PROBE_ANSWER_BAD,   /* not HTTP, or beyond the bounds */
    PROBE_ANSWER_CUT,   /* ended before it was whole */
};

struct probe_answer {
    bool begun;       /* a byte of it has come */
    unsigned status;  /* 0: the head is not complete */
    unsigned version; /* of Lavalink, as the head tells it; 0: not said */
    bool stays_open;  /* the connection can take another request */
    struct framing framing;
    size_t head_len, body_len;
    char head[HEAD_BYTES_MAX];
    char body[PROBE_BODY_MAX]; /* without its chunks */
};

void probe_answer_init(struct probe_answer *answer);

/* Takes in the bytes that came. An answer other than 200 is whole with its head: what an error page
 * says changes nothing, and need not be waited for. */
enum probe_answer_result probe_answer_feed(struct probe_answer *answer, const char *bytes,
                                           size_t len);

/* The other side has sent its last byte: WHOLE or CUT. */
enum probe_answer_result probe_answer_end(const struct probe_answer *answer);

struct slice probe_answer_body(const struct probe_answer *answer);

/* The major version in the text of GET /version ("4.0.8", "3.7.13\n"); 0: it is no version. */
unsigned probe_answer_major(struct slice text);

#endif
