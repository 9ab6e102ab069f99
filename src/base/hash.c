/*
 * SipHash-2-4, random bytes from the kernel, and the comparison of secrets.
 */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], unsigned count)
{
    while (count--) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
}

/* Up to 8 bytes, the first one lowest. */
static uint64_t load(const unsigned char *bytes, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

uint64_t hash_sip(const uint64_t key[2], const void *bytes, size_t len)
{
    /* The constants spell "somepseudorandomlygeneratedbytes". */
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                     key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
    const unsigned char *at = bytes;
    size_t left = len;
    for (; left >= 8; left -= 8, at += 8)
        sip_word(v, load(at, 8));
    sip_word(v, load(at, left) | (uint64_t)len << 56);
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_random(void *out, size_t len)
{
    unsigned char *at = out;
    while (len) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            abort();
        at += n;
        len -= (size_t)n;
    }
}

bool hash_equal_secret(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const unsigned char *left = a;
    const unsigned char *right = a_len == b_len ? b : a;
    unsigned differ = a_len != b_len;
    for (size_t i = 0; i < a_len; i++) {
        differ |= (unsigned)left[i] ^ right[i];
        /* The compiler may not know the sum so far, hence cannot leave the loop early. */
        __asm__ volatile("" : "+r"(differ));
    }
    return differ == 0;
}
