/*
 * SHA-1 (FIPS 180-4 section 6.1) for the WebSocket handshake, which prescribes it and asks no
 * security of it. Pure; any thread.
 */
#ifndef LAVALINK_SHA1_H
#define LAVALINK_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20

struct sha1 {
    uint32_t state[5];
    uint64_t length;
    uint8_t block[64];
};

void sha1_begin(struct sha1 *sha);
void sha1_add(struct sha1 *sha, const void *bytes, size_t len);
void sha1_end(struct sha1 *sha, uint8_t digest[SHA1_SIZE]);

#endif
