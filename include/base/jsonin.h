/*
 * JSON from strangers, read as slices of the text: nothing is built, values are found when asked
 * for and can be handed on unchanged. Pure; any thread.
 */
#ifndef BASE_JSONIN_H
#define BASE_JSONIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/slice.h"

/* Whether `text` is one JSON value (RFC 8259) of at most 32 levels, with nothing but white space
 * around. On success *value is that value, trimmed. The functions below want values that came
 * through here. */
bool jsonin_check(struct slice text, struct slice *value);

/* '{', '[', '"', '0' for numbers, 't', 'f', 'n'. */
char jsonin_kind(struct slice value);

/* The first member `key` of an object; false, and *value as it was, when it is absent or `object`
 * is none. */
bool jsonin_get(struct slice object, const char *key, struct slice *value);

/* Walks an array: set *rest to the array at first. */
bool jsonin_next(struct slice *rest, struct slice *element);

/* The content of a string with its escapes undone, NUL-terminated in out[size]; false when it is
 * no string, does not fit, or holds a NUL. */
bool jsonin_text(struct slice value, char *out, size_t size);
/* A number, or a string that holds one (old clients send those); whole and in int64's range. */
bool jsonin_i64(struct slice value, int64_t *number);
/* The same with a fraction; always finite. */
bool jsonin_f64(struct slice value, double *number);
bool jsonin_bool(struct slice value, bool *truth);

/* Writes a value read here into `j` as it is. */
void jsonin_copy(struct json *j, const char *key, struct slice value);

#endif
