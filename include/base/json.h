/*
 * A streaming JSON writer (RFC 8259) onto a str. Commas and nesting are its business; strings are
 * escaped and made valid UTF-8 (bad bytes become U+FFFD), also safe inside HTML (< > &) and on a
 * terminal (all that text_width calls -1, such as controls, bidi overrides and U+2028/2029): those
 * are written \uXXXX. Not shared between threads; no memory of its own. At most 32
 * levels.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct json {
    struct str *out;
    uint32_t comma; /* bit n: level n already has an element */
    unsigned depth;
};

void json_begin(struct json *j, struct str *out);

/* `key` NULL inside an array or at the top; a NUL-terminated name inside an object. */
void json_object(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array(struct json *j, const char *key);
void json_array_end(struct json *j);
void json_text(struct json *j, const char *key, const char *text); /* NULL text writes null */
void json_slice(struct json *j, const char *key, struct slice text);
/* Markup of ours, for a reader that takes it as such: < > & stand as they are. */
void json_markup(struct json *j, const char *key, struct slice html);
void json_u64(struct json *j, const char *key, uint64_t value);
void json_i64(struct json *j, const char *key, int64_t value);
void json_real(struct json *j, const char *key, double value); /* not finite writes null */
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

/* Only the escaped content of a JSON string, without quotes; for templates made at compile time. */
void json_escape(struct str *out, struct slice text);

#endif
