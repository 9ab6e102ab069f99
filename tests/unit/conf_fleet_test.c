/* Which slot a backend gets, and keeps, across reloads. */
#include "conf/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"

static struct config_backend backends[FLEET_MAX + 1];
static char names[FLEET_MAX + 1][16];

/* A configuration of "NAME@PORT" words, each a v4 backend on loopback; "NAME@PORT/3" a v3 one. */
static struct config config_of(const char *words)
{
    struct config config = {.backends = backends};
    static char host[] = "127.0.0.1", password[] = "secret";
    struct slice rest = slice_of(words), word;
    while (slice_next(&rest, ' ', &word)) {
        size_t at = slice_find(word, '@'), slash = slice_find(word, '/');
        uint64_t port = 0;
        if (word.len == 0)
            continue;
        assert_true(at < word.len);
        assert_true(slice_to_u64((struct slice){word.ptr + at + 1, slash - at - 1}, &port));
        unsigned i = config.backend_count++;
        snprintf(names[i], sizeof names[0], "%.*s", (int)at, word.ptr);
        backends[i] = (struct config_backend){.name = names[i],
                                              .version = slash < word.len ? 3 : 4,
                                              .host = host,
                                              .port = (uint16_t)port,
                                              .password = password,
                                              .weight = 1};
    }
    return config;
}

/* "0:a 1:b 2:c-" in order, a minus behind what is removed. */
static const char *text_of(const struct fleet *fleet)
{
    static char text[512];
    size_t len = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < fleet->count; i++) {
        unsigned slot = fleet->order[i];
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%u:%s%s", i ? " " : "", slot,
                                fleet->slots[slot].name, (fleet->removed >> slot & 1) ? "-" : "");
    }
    return text;
}

static void test_next(void **state)
{
    static const struct {
        const char *from, *to;
        uint64_t keep, stale;
        const char *expected;
    } cases[] = {
        {"a@1 b@2", "a@1 b@2", ~UINT64_C(0), 0, "0:a 1:b"},
        {"a@1 b@2", "b@2 a@1", ~UINT64_C(0), 0, "1:b 0:a"},
        {"a@1 b@2", "a@1 c@2", ~UINT64_C(0), 0, "0:a 1:c"},
        {"a@1 b@2", "a@1 b@3", ~UINT64_C(0), 0, "0:a 2:b 1:b-"},
        {"a@1 b@2", "a@1 b@3", 0, 0, "0:a 1:b"},
        {"a@1 b@2", "a@1 b@3", 0, 2, "0:a 2:b"},
        {"a@1 b@2", "a@1 b@2/3", ~UINT64_C(0), 0, "0:a 2:b 1:b-"},
        {"a@1 b@2", "b@1 a@2", ~UINT64_C(0), 0, "0:b 1:a"},
        {"a@1 b@1", "b@1 a@1", ~UINT64_C(0), 0, "1:b 0:a"},
        {"a@1 b@1", "c@1 a@1", ~UINT64_C(0), 0, "0:c 1:a"},
        {"a@1 b@2", "c@3", ~UINT64_C(0), 0, "2:c 0:a- 1:b-"},
        {"a@1 b@2", "c@3", 2, 0, "0:c 1:b-"},
        {"a@1", "a@1 b@2 c@3", ~UINT64_C(0), 0, "0:a 1:b 2:c"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config config = config_of(cases[i].from);
        const struct fleet *old = fleet_new(&config);
        assert_non_null(old);
        config = config_of(cases[i].to);
        const struct fleet *next = fleet_next(old, &config, cases[i].keep, cases[i].stale, NULL);
        assert_non_null(next);
        fleet_unref(old);
        if (strcmp(text_of(next), cases[i].expected) != 0)
            fail_msg("%s -> %s: %s, not %s", cases[i].from, cases[i].to, text_of(next),
                     cases[i].expected);
        fleet_unref(next);
    }
}

/* The removed one comes back: the same slot, not removed any more. */
static void test_return(void **state)
{
    (void)state;
    struct config config = config_of("a@1 b@2");
    const struct fleet *first = fleet_new(&config);
    config = config_of("a@1");
    const struct fleet *second = fleet_next(first, &config, ~UINT64_C(0), 0, NULL);
    assert_string_equal(text_of(second), "0:a 1:b-");
    config = config_of("b@2 a@1");
    const struct fleet *third = fleet_next(second, &config, ~UINT64_C(0), 0, NULL);
    assert_string_equal(text_of(third), "1:b 0:a");
    fleet_unref(first);
    fleet_unref(second);
    fleet_unref(third);
}

static void test_copies(void **state)
{
    (void)state;
    struct config config = config_of("a@1 b@2/3");
    const struct fleet *fleet = fleet_new(&config);
    memset(names, 'x', sizeof names - 1);
    assert_string_equal(fleet->slots[0].name, "a");
    assert_string_equal(fleet->slots[1].password, "secret");
    assert_int_equal(fleet->slots[1].version, 3);
    assert_int_equal(fleet_find(fleet, "b"), 1);
    assert_int_equal(fleet_find(fleet, "c"), -1);
    assert_true(fleet_has(fleet, 1));
    assert_false(fleet_has(fleet, 2));
    assert_false(fleet_has(fleet, FLEET_MAX));
    assert_ptr_equal(fleet_ref(fleet), fleet);
    fleet_unref(fleet);
    fleet_unref(fleet);
    fleet_unref(NULL);
}

static struct config many(unsigned first, unsigned count)
{
    static char words[FLEET_MAX * 12];
    size_t len = 0;
    for (unsigned i = 0; i < count; i++)
        len +=
            (size_t)snprintf(words + len, sizeof words - len, "n%u@%u ", first + i, first + i + 1);
    return config_of(words);
}

static void test_full(void **state)
{
    struct err err = {""};
    (void)state;
    struct config config = many(0, FLEET_MAX);
    const struct fleet *full = fleet_new(&config);
    assert_int_equal(full->count, FLEET_MAX);
    config = many(1, FLEET_MAX);
    assert_null(fleet_next(full, &config, ~UINT64_C(0), 0, &err));
    assert_string_equal(err.text, "more than 64 backends, those that still drain included");
    /* Without the one that is gone there is room, even if only its own stale slot is left. */
    const struct fleet *next = fleet_next(full, &config, 0, 1, &err);
    assert_non_null(next);
    assert_string_equal(next->slots[0].name, "n64");
    fleet_unref(next);
    fleet_unref(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_return),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
