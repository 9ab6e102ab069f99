/*
 * The shipped file and the README's table are what the schema says. After a change of the schema
 * LAVAPROXY_WRITE_REFERENCE=1 makes this test write lavaproxy.yaml and docs/configuration.md anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "conf/reference.h"

#define SHIPPED "lavaproxy.yaml"
#define TABLE "docs/configuration.md"

static const char table_head[] =
    "# Configuration\n\nWritten from the schema (`src/conf/schema.c`); the shipped "
    "[`lavaproxy.yaml`](../lavaproxy.yaml) holds the same as a file to start from. A bare number "
    "of "
    "a variable marked (ms) is milliseconds. A reload applies all keys but those that say they "
    "apply after a restart.\n\n";

static void read_whole(const char *path, struct str *out)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char block[4096];
    size_t n;
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        str_add(out, block, n);
    fclose(file);
}

/* Compares, or writes when asked to. */
static void check_file(const char *path, const struct str *expected)
{
    assert_false(expected->cut);
    if (getenv("LAVAPROXY_WRITE_REFERENCE")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(expected->ptr, 1, expected->len, file), expected->len);
        assert_int_equal(fclose(file), 0);
    }
    struct str found;
    str_growing(&found);
    read_whole(path, &found);
    assert_string_equal(found.ptr, expected->ptr);
    assert_int_equal(found.len, expected->len);
    str_free(&found);
}

static void test_shipped_file(void **state)
{
    (void)state;
    struct str text;
    str_growing(&text);
    reference_write(&text);
    check_file(SHIPPED, &text);
    str_free(&text);
}

static void test_table(void **state)
{
    (void)state;
    struct str text;
    str_growing(&text);
    str_add_text(&text, table_head);
    reference_markdown(&text);
    check_file(TABLE, &text);
    str_free(&text);
}

/* Lines stay readable, and hold no blank at their end. */
static void test_form(void **state)
{
    (void)state;
    struct str text;
    str_growing(&text);
    reference_write(&text);
    struct slice rest = str_slice(&text);
    while (rest.len > 0) {
        size_t end = slice_find(rest, '\n');
        assert_true(end < rest.len);
        assert_true(end <= 120);
        assert_true(end == 0 || rest.ptr[end - 1] != ' ');
        rest = (struct slice){rest.ptr + end + 1, rest.len - end - 1};
    }
    str_free(&text);
}

static bool same_net(const struct addr_net *a, const struct addr_net *b)
{
    return a->bits == b->bits && memcmp(a->base.bytes, b->base.bytes, 16) == 0;
}

/* The shipped file changes nothing: it loads, and gives the defaults. */
static void test_shipped_is_default(void **state)
{
    (void)state;
    struct str text;
    str_growing(&text);
    reference_write(&text);
    struct load_problems problems = {0};
    const struct config *file = load_text("f", text.ptr, text.len, NULL, &problems);
    const struct config *none = load_text("n", "", 0, NULL, &problems);
    assert_int_equal(problems.count, 0);
    assert_non_null(file);
    assert_non_null(none);

    assert_int_equal(file->proxy.listen_count, 1);
    assert_memory_equal(file->proxy.listen, none->proxy.listen, sizeof *file->proxy.listen);
    assert_memory_equal(&file->web.listen, &none->web.listen, sizeof file->web.listen);
    assert_int_equal(file->proxy.password_count, 1);
    assert_string_equal(file->proxy.passwords[0], none->proxy.passwords[0]);
    assert_string_equal(file->web.password, none->web.password);
    assert_int_equal(file->proxy.workers, none->proxy.workers);
    assert_int_equal(file->proxy.default_version, none->proxy.default_version);
    assert_memory_equal(&file->health, &none->health, sizeof file->health);
    assert_memory_equal(&file->rates, &none->rates, sizeof file->rates);
    assert_memory_equal(&file->timeouts, &none->timeouts, sizeof file->timeouts);
    assert_int_equal(file->limits.connections, none->limits.connections);
    assert_int_equal(file->limits.auth_failures, none->limits.auth_failures);
    assert_int_equal(file->limits.allow_count, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_true(same_net(&file->limits.allow[i], &none->limits.allow[i]));
    assert_int_equal(file->backend_count, none->backend_count);
    for (unsigned i = 0; i < file->backend_count; i++) {
        assert_string_equal(file->backends[i].name, none->backends[i].name);
        assert_string_equal(file->backends[i].host, none->backends[i].host);
        assert_string_equal(file->backends[i].password, none->backends[i].password);
        assert_int_equal(file->backends[i].port, none->backends[i].port);
        assert_int_equal(file->backends[i].version, none->backends[i].version);
        assert_int_equal(file->backends[i].weight, none->backends[i].weight);
    }
    config_unref(file);
    config_unref(none);
    load_problems_free(&problems);
    str_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_file),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_shipped_is_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
