/*
 * Base64 with the standard alphabet and padding (RFC 4648 section 4). Pure; any thread.
 */
#ifndef LAVALINK_BASE64_H
#define LAVALINK_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Room for the text of `size` bytes, the NUL included. */
#define BASE64_TEXT_SIZE(size) (((size) + 2) / 3 * 4 + 1)

/* Writes the NUL-terminated text into `out` (BASE64_TEXT_SIZE(len) bytes) and returns its length.
 */
size_t base64_encode(char *out, const void *bytes, size_t len);

/* Decodes into `out` and returns the bytes written, or -1 where the text is not canonical base64
 * or does not fit `room`. */
ptrdiff_t base64_decode(uint8_t *out, size_t room, struct slice text);

#endif
