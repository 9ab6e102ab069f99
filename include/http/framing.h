/*
 * Where a message ends: by length, by chunks, at once, or at the end of the connection (RFC 9112
 * section 6). The only user of http_parser: it reads the head after head.c as a second opinion;
 * where the two disagree on framing, the message is refused. Bodies are walked piece by piece and
 * never gathered. Pure; any thread.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "http/head.h"

enum framing_kind { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_UNTIL_CLOSE };

struct framing {
    enum framing_kind kind;
    bool done;      /* the whole body has been walked */
    uint64_t left;  /* bytes to go of the body (LENGTH) or of the chunk (CHUNKED) */
    unsigned state; /* of the chunk decoder; private */
    unsigned line;  /* bytes of chunk line or trailers so far; private */
};

/* Sets up the walk for a request or response whose checked head (bytes and index) is given.
 * `to_head`: the response answers a HEAD. 0, or -1 where http_parser reads the head differently
 * (answer 400, or 502 for a response). */
int framing_request(struct framing *f, const struct head *head, const char *bytes);
int framing_response(struct framing *f, const struct head *head, const char *bytes, bool to_head);

/* Takes up to `len` body bytes: returns how many were used, and in *payload the next run of content
 * among them (maybe empty). Call again with the rest until everything is used or f->done. -1: the
 * chunk framing is broken (strict: CRLF only, hex size of at most 15 digits, extensions of visible
 * ASCII, lines of at most 4 KB, trailers of at most 8 KB, dropped). */
ptrdiff_t framing_walk(struct framing *f, const char *bytes, size_t len, struct slice *payload);

#define FRAMING_CHUNK_MAX 20
/* Writes "<hex size>\r\n" for a chunk of `size` bytes and returns its length; the CRLF behind the
 * data is the caller's. */
size_t framing_chunk_line(char out[FRAMING_CHUNK_MAX], size_t size);

#endif
