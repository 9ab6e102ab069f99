/* SipHash against the vectors of its authors, random bytes, and comparing secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/hash.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Key 00 01 .. 0f, message 00 01 .. len-1. */
static void test_sip(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint64_t hash;
    } rows[] = {
        {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},  {7, 0xab0200f58b01d137},
        {8, 0x93f5f5799a932462},  {15, 0xa129ca6149be45e5}, {16, 0x3f2acc7f57c29bdb},
        {63, 0x958a324ceb064572},
    };
    const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    unsigned char message[64];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (unsigned char)i;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(hash_sip(key, message, rows[i].len) == rows[i].hash);
}

static void test_random(void **state)
{
    (void)state;
    unsigned char a[300] = {0};
    unsigned char b[300] = {0};
    hash_random(a, sizeof a);
    hash_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a + 284, b + 284, 16);
    memset(a, 0, sizeof a);
    hash_random(a, 16);
    for (size_t i = 16; i < sizeof a; i++)
        assert_int_equal(a[i], 0);
}

static void test_equal_secret(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"", "", true},
        {"secret", "secret", true},
        {"secret", "Secret", false},
        {"secret", "secreT", false},
        {"secret", "secret!", false},
        {"secret!", "secret", false},
        {"secret", "", false},
        {"", "secret", false},
        {"\x80", "\x00", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(
            hash_equal_secret(rows[i].a, strlen(rows[i].a), rows[i].b, strlen(rows[i].b)),
            rows[i].equal);
    assert_false(hash_equal_secret("a\0b", 3, "a\0c", 3));
    /* One bit in any place of a long secret. */
    unsigned char a[64] = {0};
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        unsigned char b[sizeof a] = {0};
        b[bit / 8] = (unsigned char)(1u << bit % 8);
        assert_false(hash_equal_secret(a, sizeof a, b, sizeof b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sip),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_equal_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
