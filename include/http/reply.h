/*
 * Answers made here, in Lavalink's shape:
 * {"timestamp":ms,"status":n,"error":phrase,"message":why,"path":path} (Lavalink docs, "Error
 * responses"). Pure; any thread.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/str.h"

struct reply {
    unsigned status;
    const char *message; /* plain words */
    struct slice path;   /* of the request, cleaned here; may be empty */
    int64_t wall_ms;
    unsigned retry_after; /* seconds; 0: no header */
    bool close;           /* Connection: close */
    bool head_only;       /* the request was a HEAD */
};

/* "Not Found" for 404, and so on; "Unknown" for what RFC 9110 does not name. */
const char *reply_phrase(unsigned status);

/* Appends the whole answer, head and JSON body. */
void reply_write(struct str *out, const struct reply *reply);

#endif
