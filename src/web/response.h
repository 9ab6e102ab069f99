/*
 * Answers of the web port: heads with the security headers on each, JSON errors. Pure.
 */
#ifndef WEB_RESPONSE_H
#define WEB_RESPONSE_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"

#define RESPONSE_JSON "application/json; charset=utf-8"
#define RESPONSE_TEXT "text/plain; charset=utf-8"
#define RESPONSE_CSV "text/csv; charset=utf-8; header=present"
#define RESPONSE_HTML "text/html; charset=utf-8"

enum response_framing { RESPONSE_LENGTH, RESPONSE_CHUNKED, RESPONSE_UNTIL_CLOSE };

struct response {
    unsigned status;
    const char *type;     /* one of the media types above */
    const char *allow;    /* NULL: no Allow */
    const char *file;     /* to be kept under this name, NULL: to be shown */
    const char *location; /* NULL: none; a path of ours, checked by the caller */
    const char
        *etag; /* NULL: must not be kept; else may be, asking each time whether it still holds */
    struct slice cookie; /* the value of Set-Cookie; empty: none */
    unsigned retry_after;
    bool challenge; /* WWW-Authenticate */
    bool close;
    bool head_only; /* the request was a HEAD: no body follows */
    enum response_framing framing;
};

/* Appends the head; `length` counts for RESPONSE_LENGTH only. */
void response_head(struct str *out, const struct response *response, size_t length);

/* Appends head and body (RESPONSE_LENGTH). */
void response_whole(struct str *out, const struct response *response, struct slice body);

/* Appends {"status","error","message"} as the answer. */
void response_error(struct str *out, const struct response *response, const char *message);

#endif
