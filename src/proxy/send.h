/*
 * Sending: message pieces gathered for one system call, and the one way bytes leave for a socket.
 * Worker thread only.
 */
#ifndef PROXY_SEND_H
#define PROXY_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "conn.h"
#include "http/framing.h"

/* Pieces on their way to one send: content as it lies in a buffer, chunk lines of our own between.
 */
struct parts {
    struct iovec list[SEND_PARTS_MAX];
    int count;
    unsigned lines;
    char line[SEND_PARTS_MAX / 3][FRAMING_CHUNK_MAX];
};

/* Adds borrowed bytes; there must be room. */
void parts_add(struct parts *parts, const char *bytes, size_t len);

/* Walks body bytes of `f`, which is c's request or response, into parts until they are used up, the
 * body is done or the parts are full; with `chunks`, content goes between chunk lines of our own.
 * The content is shown to watch. Returns bytes used, or -1 where the framing is broken. */
ptrdiff_t parts_walk(struct conn *c, struct framing *f, bool chunks, const char *bytes, size_t len,
                     struct parts *parts);

#endif
