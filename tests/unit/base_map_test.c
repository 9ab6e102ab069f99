/* The map beside a plain array that does the same, and its walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/map.h"

#define KEYS 700

struct key {
    unsigned char bytes[6];
};

static struct key key_of(unsigned n)
{
    struct key key = {{0, (unsigned char)(n >> 8), 0, (unsigned char)n, 0, 1}};
    return key;
}

static void test_basics(void **state)
{
    (void)state;
    char a, b;
    struct key key = key_of(1);
    struct key other = key_of(2);
    struct map *map = map_new(sizeof key);
    assert_non_null(map);
    assert_null(map_get(map, &key));
    assert_null(map_take(map, &key));
    assert_int_equal(map_put(map, &key, &a), 0);
    assert_ptr_equal(map_get(map, &key), &a);
    assert_null(map_get(map, &other));
    assert_int_equal(map_put(map, &key, &b), 0);
    assert_int_equal(map_count(map), 1);
    assert_ptr_equal(map_take(map, &key), &b);
    assert_int_equal(map_count(map), 0);
    assert_null(map_get(map, &key));
    map_free(map);
    map_free(NULL);
}

static void assert_same(const struct map *map, char *const model[KEYS])
{
    size_t count = 0;
    for (unsigned n = 0; n < KEYS; n++) {
        struct key key = key_of(n);
        assert_ptr_equal(map_get(map, &key), model[n]);
        count += model[n] != NULL;
    }
    assert_int_equal(map_count(map), count);
}

/* A fixed mixture of puts and takes, first growing, then shrinking, then round and round. */
static void test_against_model(void **state)
{
    (void)state;
    static char values[KEYS];
    static char *model[KEYS];
    memset(model, 0, sizeof model);
    struct map *map = map_new(sizeof(struct key));
    uint32_t random = 12345;
    for (unsigned step = 0; step < 30000; step++) {
        random = random * 1664525 + 1013904223;
        unsigned n = (random >> 8) % KEYS;
        unsigned put_share = step < 10000 ? 80 : step < 20000 ? 20 : 50;
        struct key key = key_of(n);
        if ((random >> 24) % 100 < put_share) {
            char *value = &values[random % KEYS];
            assert_int_equal(map_put(map, &key, value), 0);
            model[n] = value;
        } else {
            assert_ptr_equal(map_take(map, &key), model[n]);
            model[n] = NULL;
        }
        if (step % 1000 == 0)
            assert_same(map, model);
    }
    assert_same(map, model);
    map_free(map);
}

/* Taking the entry just seen, whichever they are, hides no other entry. */
static void test_walk_and_take(void **state)
{
    (void)state;
    static char values[KEYS];
    for (unsigned take_every = 1; take_every <= 3; take_every++) {
        struct map *map = map_new(sizeof(struct key));
        for (unsigned n = 0; n < KEYS; n++) {
            struct key key = key_of(n);
            assert_int_equal(map_put(map, &key, &values[n]), 0);
        }
        bool seen[KEYS] = {false};
        size_t at = 0;
        unsigned walked = 0;
        unsigned taken = 0;
        const void *key;
        void *value;
        while (map_next(map, &at, &key, &value)) {
            size_t n = (size_t)((char *)value - values);
            struct key expected = key_of((unsigned)n);
            assert_memory_equal(key, &expected, sizeof expected);
            assert_false(seen[n]);
            seen[n] = true;
            if (++walked % take_every == 0) {
                struct key copy = expected;
                assert_ptr_equal(map_take(map, &copy), value);
                taken++;
            }
        }
        assert_int_equal(walked, KEYS);
        assert_int_equal(map_count(map), KEYS - taken);
        map_free(map);
    }
}

/* Numbers that follow each other, and such that differ in their upper bits only. */
static void test_numbers(void **state)
{
    (void)state;
    struct map *map = map_new_numbers();
    char values[3000];
    assert_non_null(map);
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t key = i % 3 == 0 ? i << 40 : i;
        assert_null(map_get(map, &key));
        assert_int_equal(map_put(map, &key, &values[i]), 0);
    }
    assert_int_equal(map_count(map), 3000);
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t key = i % 3 == 0 ? i << 40 : i;
        assert_ptr_equal(map_get(map, &key), &values[i]);
        if (i % 2 == 0)
            assert_ptr_equal(map_take(map, &key), &values[i]);
    }
    assert_int_equal(map_count(map), 1500);
    map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_basics),
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_walk_and_take),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
