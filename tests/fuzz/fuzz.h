/*
 * What fuzz targets have in common: what must hold, bytes cut into pieces, texts fit to keep.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool holds)
{
    if (!holds)
        abort();
}

/* Bytes in pieces of 1 to `most` (SIZE_MAX: in one), each copied to memory of its own size, so that
 * a step outside shows. */
struct pieces {
    const uint8_t *data;
    size_t left, most;
    uint32_t random;
    char *copy;
};

static inline struct pieces pieces_of(const uint8_t *data, size_t size, size_t most)
{
    return (struct pieces){data, size, most, (uint32_t)most * 2654435761U, NULL};
}

/* False: there are no more. The piece before is freed. */
static inline bool pieces_next(struct pieces *p, struct slice *piece)
{
    size_t size = p->most == SIZE_MAX ? p->left : 1 + (p->random >> 16) % p->most;

    p->random = p->random * 1664525U + 1013904223U;
    size = size < p->left ? size : p->left;
    free(p->copy);
    p->copy = size > 0 ? malloc(size) : NULL;
    if (size == 0)
        return false;
    require(p->copy != NULL);
    memcpy(p->copy, p->data, size);
    *piece = (struct slice){p->copy, size};
    p->data += size;
    p->left -= size;
    return true;
}

/* For who stops before. */
static inline void pieces_end(struct pieces *p)
{
    free(p->copy);
    p->copy = NULL;
}

/* NUL-terminated, and well-formed UTF-8. */
static inline void require_text(const char *text, size_t size)
{
    struct slice bytes = {text, strnlen(text, size)};
    uint32_t codepoint;

    require(bytes.len < size);
    for (size_t at = 0; at < bytes.len;) {
        size_t begin = at;
        text_decode(bytes, &at, &codepoint);
        require(codepoint != 0xfffd ||
                (at - begin == 3 && memcmp(text + begin, "\xef\xbf\xbd", 3) == 0));
    }
}

#endif
