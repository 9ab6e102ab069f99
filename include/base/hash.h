/*
 * SipHash-2-4 (Aumasson, Bernstein 2012) and the random key of this process: table keys such as
 * IPv6 addresses are chosen by strangers, so an unkeyed hash would let them pile every key into one
 * bucket. Any thread.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hash of `len` bytes under `key`. Pure. */
uint64_t hash_sip(const uint64_t key[2], const void *bytes, size_t len);

/* Fills `out` from the kernel (getrandom(2)); aborts the process if it cannot, which only a broken
 * kernel does. */
void hash_random(void *out, size_t len);

/* Equality in a time that depends only on the lengths given, for secrets. Unequal lengths are
 * unequal, and take as long as comparing `a` with itself, so the length of `b` does not show. */
bool hash_equal_secret(const void *a, size_t a_len, const void *b, size_t b_len);

#endif
