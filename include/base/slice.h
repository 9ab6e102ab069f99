/*
 * A borrowed run of bytes, (pointer, length), not NUL-terminated: what parsers hand out.
 * The bytes belong to whoever owns the buffer; a slice is valid as long as that buffer is.
 * All functions are pure and may be called from any thread.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const char *ptr;
    size_t len;
};

/* A slice of a string literal. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

/* A slice of a NUL-terminated string (NULL gives an empty slice). */
struct slice slice_of(const char *text);

/* Equality of bytes; the second ignores ASCII case only. */
bool slice_equal(struct slice a, struct slice b);
bool slice_equal_nocase(struct slice a, struct slice b);

bool slice_starts(struct slice text, struct slice prefix);
bool slice_starts_nocase(struct slice text, struct slice prefix);

/* Offset of the first `byte`, or text.len. */
size_t slice_find(struct slice text, char byte);

/* Offset of the first `part` in `text`, ASCII case ignored, or SLICE_NOWHERE; an empty part is at
 * 0. */
#define SLICE_NOWHERE SIZE_MAX
size_t slice_search_nocase(struct slice text, struct slice part);

/* Without leading and trailing spaces and tabs. */
struct slice slice_trim(struct slice text);

/* Cuts the text up to `separator` off the front of *rest and returns it trimmed; false when *rest
 * is used up, hence nothing is returned for what follows a separator at the very end. */
bool slice_next(struct slice *rest, char separator, struct slice *part);

/* Whether the comma-separated list holds `token`, ignoring case (RFC 9110 section 5.6.1). */
bool slice_list_has(struct slice list, struct slice token);

/* Decimal digits only, no sign, no space; false when empty, too large or anything else. */
bool slice_to_u64(struct slice text, uint64_t *value);

#endif
