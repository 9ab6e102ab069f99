/*
 * Base64, three bytes to four characters and back.
 */
#include "lavalink/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(char *out, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    size_t at = 0;

    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)from[i] << 16;
        if (left > 1)
            group |= (uint32_t)from[i + 1] << 8;
        if (left > 2)
            group |= from[i + 2];
        out[at++] = alphabet[group >> 18];
        out[at++] = alphabet[group >> 12 & 63];
        out[at++] = left > 1 ? alphabet[group >> 6 & 63] : '=';
        out[at++] = left > 2 ? alphabet[group & 63] : '=';
    }
    out[at] = '\0';
    return at;
}

/* The six bits of a character, or -1. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

ptrdiff_t base64_decode(uint8_t *out, size_t room, struct slice text)
{
    size_t at = 0;
    size_t pad = 0;

    if (text.len % 4 != 0)
        return -1;
    while (pad < 2 && pad < text.len && text.ptr[text.len - 1 - pad] == '=')
        pad++;
    if (text.len / 4 * 3 - pad > room)
        return -1;
    for (size_t i = 0; i < text.len; i += 4) {
        size_t kept = i + 4 == text.len ? 4 - pad : 4;
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = k < kept ? value_of(text.ptr[i + k]) : 0;
            if (value < 0)
                return -1;
            group = group << 6 | (uint32_t)value;
        }
        /* Bits that no byte uses must be zero, so that one value has one text. */
        if ((kept == 2 && (group & 0xffff) != 0) || (kept == 3 && (group & 0xff) != 0))
            return -1;
        out[at++] = (uint8_t)(group >> 16);
        if (kept > 2)
            out[at++] = (uint8_t)(group >> 8);
        if (kept > 3)
            out[at++] = (uint8_t)group;
    }
    return (ptrdiff_t)at;
}
