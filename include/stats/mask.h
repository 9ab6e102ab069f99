/*
 * Addresses and ids as they are shown, so that a screen can be shared: while masking is on, each
 * becomes a word of its own that says nothing about it, the same one wherever it appears and until
 * the program ends. All of the screen writes addresses and ids through here. Pure.
 */
#ifndef STATS_MASK_H
#define STATS_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define MASK_TEXT_MAX 256 /* room for a path, the NUL included */

struct mask {
    bool on;
    uint64_t key[2]; /* of the words: random, or they could be found by trying all addresses */
};

/* Chooses the words; off at first. Without it (a zeroed struct) they are always the same. */
void mask_init(struct mask *mask);

/* "203.0.113.7", or "ip-7c1e2b9a"; a port stays. IPv6 addresses of one /64 have one word. Returns
 * `out`. */
char *mask_addr(const struct mask *mask, char out[ADDR_TEXT_MAX], const struct addr *addr,
                bool with_port);
char *mask_addr_key(const struct mask *mask, char out[ADDR_TEXT_MAX], const struct addr_key *key);

/* A user id, or "id-7c1e2b9a"; "" stays "". Returns `out`, of `size` bytes. */
char *mask_id(const struct mask *mask, char *out, size_t size, const char *id);

/* A request's path. Its session is cut to "k7..q2" in any case. Returns `out`. */
char *mask_path(const struct mask *mask, char out[MASK_TEXT_MAX], const char *path);

/* Running text: the addresses in it, and numbers as long as Discord's ids. Returns `out`, which
 * holds as much as there is room for. */
char *mask_text(const struct mask *mask, char *out, size_t size, const char *text);

#endif
