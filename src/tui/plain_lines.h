/*
 * Lines on their way to a reader that may be slow: a bounded queue of whole lines. What does not
 * fit is counted and left out, and the count is told when there is room again. Text is made fit
 * here for every sink: no control bytes, valid UTF-8, or ASCII alone. Pure; one thread.
 */
#ifndef TUI_PLAIN_LINES_H
#define TUI_PLAIN_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define LINES_MAX 16384

struct lines {
    char bytes[LINES_MAX];
    size_t len;
    unsigned left_out;
    bool ascii; /* `?` for all that is not */
};

/* Empties it. */
void lines_init(struct lines *lines, bool ascii);

/* Adds each line of `text` (apart by newlines), or leaves it out. */
void lines_add(struct lines *lines, struct slice text);

/* What waits, and that `len` bytes of it have left. */
struct slice lines_waiting(const struct lines *lines);
void lines_sent(struct lines *lines, size_t len);

#endif
