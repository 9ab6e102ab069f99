/*
 * The bytes of a web connection on their way to a request: one strictly checked head, and its body,
 * which is bounded. Pure: bytes go in, requests come out.
 */
#ifndef WEB_INBOX_H
#define WEB_INBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "http/framing.h"
#include "http/head.h"

#define INBOX_BODY_MAX 4096

enum inbox_result {
    INBOX_MORE,  /* not complete yet */
    INBOX_READY, /* head is valid until inbox_next */
    INBOX_BAD    /* refuse with `status` and `message`, and close: what follows cannot be trusted */
};

struct inbox {
    struct head head;
    struct framing framing;
    bool headed; /* the head is complete; body bytes behind it are moved into `text` as they come */
    bool unread; /* READY before the body came (Expect): answer and close */
    size_t body; /* payload bytes in `text` */
    size_t raw;  /* body bytes with their framing so far */
    unsigned status;
    const char *message;
    size_t len;
    char bytes[HEAD_BYTES_MAX + INBOX_BODY_MAX];
    char text[INBOX_BODY_MAX]; /* the body without its framing, valid until inbox_next */
};

/* Makes it empty. */
void inbox_init(struct inbox *inbox);

/* Looks at what is there (`len` bytes at `bytes`, which the caller appends to). */
enum inbox_result inbox_check(struct inbox *inbox);

/* Done with the request: what is left belongs to the next one. */
void inbox_next(struct inbox *inbox);

#endif
