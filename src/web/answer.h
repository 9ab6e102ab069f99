/*
 * Answers of the web port: heads with the security headers on each, JSON errors. Pure.
 */
#ifndef WEB_ANSWER_H
#define WEB_ANSWER_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"

#define ANSWER_JSON "application/json; charset=utf-8"
#define ANSWER_TEXT "text/plain; charset=utf-8"

enum answer_framing { ANSWER_LENGTH, ANSWER_CHUNKED, ANSWER_UNTIL_CLOSE };

struct answer {
    unsigned status;
    const char *type;  /* one of the media types above */
    const char *allow; /* NULL: no Allow */
    unsigned retry_after;
    bool challenge; /* WWW-Authenticate */
    bool close;
    bool head_only; /* the request was a HEAD: no body follows */
    enum answer_framing framing;
};

/* Appends the head; `length` counts for ANSWER_LENGTH only. */
void answer_head(struct str *out, const struct answer *answer, size_t length);

/* Appends head and body (ANSWER_LENGTH). */
void answer_whole(struct str *out, const struct answer *answer, struct slice body);

/* Appends {"status","error","message"} as the answer. */
void answer_error(struct str *out, const struct answer *answer, const char *message);

#endif
