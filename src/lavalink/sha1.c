/*
 * SHA-1: one block of 64 bytes is gathered and folded into the state at a time.
 */
#include "sha1.h"

#include <string.h>

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* The round function and constant of step t (FIPS 180-4 sections 4.1.1 and 4.2.1). */
static uint32_t mix(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
    if (t < 20)
        return ((b & c) ^ (~b & d)) + 0x5a827999U;
    if (t < 40)
        return (b ^ c ^ d) + 0x6ed9eba1U;
    if (t < 60)
        return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdcU;
    return (b ^ c ^ d) + 0xca62c1d6U;
}

static void fold(struct sha1 *sha)
{
    uint32_t w[80];
    uint32_t a = sha->state[0], b = sha->state[1], c = sha->state[2], d = sha->state[3],
             e = sha->state[4];

    for (unsigned t = 0; t < 16; t++) {
        const uint8_t *at = sha->block + (size_t)t * 4;
        w[t] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    for (unsigned t = 16; t < 80; t++)
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (unsigned t = 0; t < 80; t++) {
        uint32_t next = rotate(a, 5) + mix(t, b, c, d) + e + w[t];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    sha->state[0] += a;
    sha->state[1] += b;
    sha->state[2] += c;
    sha->state[3] += d;
    sha->state[4] += e;
}

void sha1_begin(struct sha1 *sha)
{
    static const uint32_t start[5] = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U,
                                      0xc3d2e1f0U};
    memcpy(sha->state, start, sizeof start);
    sha->length = 0;
}

void sha1_add(struct sha1 *sha, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;

    while (len > 0) {
        size_t held = sha->length % sizeof sha->block;
        size_t part = sizeof sha->block - held;
        if (part > len)
            part = len;
        memcpy(sha->block + held, from, part);
        sha->length += part;
        from += part;
        len -= part;
        if (held + part == sizeof sha->block)
            fold(sha);
    }
}

void sha1_end(struct sha1 *sha, uint8_t digest[SHA1_SIZE])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = sha->length * 8;
    uint8_t tail[8];
    size_t held = sha->length % 64;

    sha1_add(sha, padding, held < 56 ? 56 - held : 120 - held);
    for (unsigned i = 0; i < 8; i++)
        tail[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha1_add(sha, tail, sizeof tail);
    for (unsigned i = 0; i < SHA1_SIZE; i++)
        digest[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}
