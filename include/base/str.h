/*
 * A string under construction. Either on memory of the caller's (fixed: it is cut, never overrun,
 * and `cut` says so) or on the heap (growing: `cut` says that memory ran out). Always
 * NUL-terminated once it has memory. Not shared between threads.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct str {
    char *ptr;
    size_t len;
    size_t cap;   /* bytes at ptr, the NUL included */
    bool growing; /* ptr is on the heap and belongs to this str */
    bool cut;     /* something did not fit */
};

/* Starts empty on `memory`, which stays the caller's and must be at least one byte. */
void str_fixed(struct str *s, char *memory, size_t capacity);

/* Starts empty without memory; grows on the heap. str_free it. */
void str_growing(struct str *s);

/* Frees heap memory, leaves an empty growing str. Harmless on a fixed one. */
void str_free(struct str *s);

void str_add(struct str *s, const char *bytes, size_t len);
void str_add_slice(struct str *s, struct slice text);
void str_add_text(struct str *s, const char *text);
void str_add_char(struct str *s, char byte);
void str_add_u64(struct str *s, uint64_t value);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets the content (and `cut`), keeps the memory. */
void str_reset(struct str *s);

/* Takes back what came behind the first `len` bytes, and `cut`. */
void str_shorten(struct str *s, size_t len);

struct slice str_slice(const struct str *s);

#endif
