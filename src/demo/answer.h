/*
 * Answers of a node: Lavalink's headers, any framing, delays and deliberate faults. One thread.
 */
#ifndef DEMO_ANSWER_H
#define DEMO_ANSWER_H

#include "base/slice.h"
#include "demo/node.h"

struct peer;

enum answer_form { ANSWER_LENGTH, ANSWER_CHUNKED, ANSWER_UNTIL_CLOSE };

struct answer {
    unsigned status;
    const char *type;    /* Content-Type; NULL: none */
    const char *headers; /* further whole lines; NULL: none */
    struct slice body;
    enum answer_form form;
    enum node_fail fail;
    double delay;    /* seconds before the first byte */
    unsigned pieces; /* with a delay: parts the answer is sent in, one each `delay` */
};

/* Sends it in answer to the request under way; the peer goes on as the request and the answer
 * say. */
void answer_send(struct peer *peer, const struct answer *answer);

/* Status and no body. */
void answer_empty(struct peer *peer, unsigned status);
/* 200 with JSON. */
void answer_json(struct peer *peer, struct slice body);
/* Lavalink's error JSON. `path` is the request's. */
void answer_error(struct peer *peer, unsigned status, const char *message, struct slice path);
void answer_text(struct peer *peer, unsigned status, const char *text);

#endif
