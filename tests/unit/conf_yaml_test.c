/*
 * What is wrong with a file, with its place: every row is a text and the one problem it must give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/str.h"
#include "conf/load.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define BACKEND "backends:\n  - {name: a, version: 4, address: 'h:1', password: p"

struct row {
    const char *text;
    const char *problem;
};

static void check_one(const char *text, size_t len, const char *expected)
{
    struct load_problems problems = {0};
    const struct config *config = load_text("f", text, len, NULL, &problems);
    if (problems.count != 1 || strcmp(problems.list[0].text, expected) != 0) {
        print_error("text:\n%s\nexpected: %s\n", text, expected);
        for (size_t i = 0; i < problems.count; i++)
            print_error("found:    %s\n", problems.list[i].text);
        fail();
    }
    assert_null(config);
    assert_int_equal(problems.errors, 1);
    load_problems_free(&problems);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_one(rows[i].text, strlen(rows[i].text), rows[i].problem);
}

static void test_structure(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"prxy: {}\n", "f:1:1: prxy: unknown key; did you mean proxy?"},
        {"Proxy: {}\n", "f:1:1: Proxy: unknown key; did you mean proxy?"},
        {"proxy:\n  pasword: x\n", "f:2:3: proxy.pasword: unknown key; did you mean password?"},
        {"timeouts:\n  conect: 3s\n", "f:2:3: timeouts.conect: unknown key; did you mean connect?"},
        {"zzzzzzzz: 1\n", "f:1:1: zzzzzzzz: unknown key"},
        {"proxy:\n  'hunter 2': x\n", "f:2:3: unknown key"},
        {"proxy: hunter2\n", "f:1:8: proxy: must be a mapping of keys"},
        {"proxy: [a]\n", "f:1:8: proxy: must be a mapping of keys"},
        {"- a\n", "f:1:1: must be a mapping of sections"},
        {"hunter2\n", "f:1:1: must be a mapping of sections"},
        {"proxy:\n  workers: 2\nproxy:\n  password: x\n",
         "f:3:1: proxy: given twice; first in line 1"},
        {"proxy:\n  workers: 2\n  workers: 2\n",
         "f:3:12: proxy.workers: given twice; first in line 2"},
        {"proxy:\n  workers: {a: b}\n",
         "f:2:12: proxy.workers: must be a plain value, not a mapping"},
        {"proxy:\n  workers: [1]\n", "f:2:12: proxy.workers: must be a plain value, not a list"},
        {"proxy:\n  listen: [[a]]\n", "f:2:12: proxy.listen: must be a plain value, not a list"},
        {"proxy:\n  listen: []\n", "f:2:11: proxy.listen: must have 1 to 16 elements"},
        {"proxy:\n  password: #x\n", "f:2:12: proxy.password: has no value; leave the key out, or "
                                     "write \"\" for an empty text"},
        {"proxy:\n  password: {hunter2: x}\n",
         "f:2:13: proxy.password: must be a plain value, not a mapping"},
        {"proxy:\n  password:\n  - x\n  - [hunter2]\n",
         "f:4:5: proxy.password: must be a plain value, not a list"},
        {"proxy:\n  password: []\n", "f:2:13: proxy.password: must have 1 to 8 elements"},
        {"web:\n  password: [hunter2]\n",
         "f:2:13: web.password: must be a plain value, not a list"},
        {"{[a]: b}\n", "f:1:2: a key must be a plain name"},
        {"proxy: {{a: b}: c}\n", "f:1:9: a key must be a plain name"},
        {"backends: x\n", "f:1:11: backends: must be a list: each begins with \"- name:\""},
        {"backends: [x]\n",
         "f:1:12: backends: each must be a mapping: name, version, address, password"},
        {BACKEND ", wieght: 2}\n", "f:2:56: backends.wieght: unknown key; did you mean weight?"},
        {"proxy: {}\n---\nproxy: {}\n", "f:2:1: a second document: only one is read"},
        {"backends:\n  - {name: a, version: 4}\n", "f:2:5: backends[0].address: is missing"},
        {"tui:\n  keys: [a]\n", "f:2:9: tui.keys: must be a mapping of names"},
        {"tui:\n  keys: {a: b, a: [c]}\n", "f:2:16: tui.keys: given twice"},
        {"tui:\n  keys: {'a b': c}\n", "f:2:10: tui.keys: a name has letters, digits and . _ -"},
        {"tui:\n  keys: {[a]: c}\n", "f:2:10: tui.keys: a name has letters, digits and . _ -"},
        {"tui:\n  keys: {a: {b: c}}\n", "f:2:13: tui.keys: must be a plain value, not a mapping"},
        {"tui:\n  keys: {a: [[b]]}\n", "f:2:14: tui.keys: must be a plain value, not a list"},
        {"tui:\n  keys: {a: }\n", "f:2:13: tui.keys: has no value; leave the key out, or write "
                                  "\"\" for an empty text"},
        {"tui:\n  keys: {a: \"\\t\"}\n",
         "f:2:13: tui.keys: must not hold control characters, such as a line break"},
    };
    check_rows(rows, COUNT(rows));
}

static void test_refused_yaml(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"proxy:\n  password: &a x\n", "f:2:13: anchors (&name) are not supported"},
        {"proxy: &a {}\n", "f:1:8: anchors (&name) are not supported"},
        {"proxy:\n  workers: *a\n",
         "f:2:12: aliases (*name) are not supported: write the value itself"},
        {"proxy:\n  workers: !!int 2\n",
         "f:2:12: tags (!name) are not supported: put the value in quotes"},
        {"# x\n%YAML 1.1\n---\n", "f:2:1: directives (%YAML, %TAG) are not supported"},
        {"\xef\xbb\xbf%TAG !a! b\n", "f:1:1: directives (%YAML, %TAG) are not supported"},
        {"web: !!map {}\n", "f:1:6: tags (!name) are not supported: put the value in quotes"},
        {"proxy:\n  listen: [::]:6923\n", "f:2:12: not valid YAML: did not find expected node "
                                          "content while parsing a flow node (IPv6 "
                                          "addresses need quotes: \"[::]:6923\")"},
        {"proxy:\n\tworkers: 2\n", "f:2:1: not valid YAML: found character that cannot start any "
                                   "token while scanning for the next token"},
        {"backends:\n  - name: a\n    @",
         "f:3:5: not valid YAML: found character that cannot start "
         "any token while scanning for the next token"},
        {"proxy: {workers: 2\n",
         "f:2:1: not valid YAML: did not find expected ',' or '}' while parsing a flow mapping"},
        {"proxy:\n  password: 'x\n", "f:3:1: not valid YAML: found unexpected end of stream while "
                                     "scanning a quoted scalar"},
        {"proxy:\n  workers: \xff\n", "f:2:12: is not valid UTF-8 here"},
        {"proxy:\n  password: a\xc0\xaf\n", "f:2:14: is not valid UTF-8 here"},
        {"proxy:\n  password: a\x07\n", "f:2:14: holds a control character here"},
    };
    check_rows(rows, COUNT(rows));
    check_one("proxy:\n  a\0: 1\n", 15, "f:2:4: holds a NUL byte: is this a text file?");
    check_one("\xff\xfe"
              "a\0",
              4, "f:1:1: is not valid UTF-8 here");
}

/* All of them, in the order of the file as far as the reader goes, then the values. */
static void test_all_at_once(void **state)
{
    (void)state;
    static const char text[] = "proxy:\n"
                               "  listne: 1.2.3.4:5\n"
                               "  workers: many\n"
                               "helth:\n"
                               "  interval: 3s\n"
                               "timeouts:\n"
                               "  idle: 10 sec\n"
                               "log: {level: loud}\n";
    static const char *const expected[] = {
        "f:2:3: proxy.listne: unknown key; did you mean listen?",
        "f:4:1: helth: unknown key; did you mean health?",
        "f:3:12: proxy.workers: must be auto, or 1 to 64",
        "f:7:9: timeouts.idle: \"10 sec\" is not a duration; write it like 250ms, 3s, 10m or 1h",
        "f:8:14: log.level: \"loud\" is none of debug, info, warn, error",
    };
    struct load_problems problems = {0};
    assert_null(load_text("f", text, sizeof text - 1, NULL, &problems));
    assert_int_equal(problems.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_string_equal(problems.list[i].text, expected[i]);
    load_problems_free(&problems);
}

static void test_empty(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         "# nothing\n", "---\n",          "---\n...\n",
        "proxy:\n", "backends:\n", "backends: []\n", "\xef\xbb\xbfproxy: {}\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct load_problems problems = {0};
        const struct config *config = load_text("f", texts[i], strlen(texts[i]), NULL, &problems);
        assert_non_null(config);
        assert_int_equal(problems.count, 0);
        assert_int_equal(config->backend_count, 2);
        config_unref(config);
    }
}

/* --- hostile files -------------------------------------------------------------------------- */

static void repeat(struct str *out, const char *text, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        str_add_text(out, text);
}

static void make_alias_bomb(struct str *out)
{
    str_add_text(out, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (unsigned i = 1; i < 40; i++) {
        str_addf(out, "a%u: &a%u [", i, i);
        for (unsigned k = 0; k < 10; k++)
            str_addf(out, "*a%u, ", i - 1);
        str_add_text(out, "]\n");
    }
}

static void make_flow_depth(struct str *out)
{
    repeat(out, "[", 10000);
    repeat(out, "]", 10000);
}

static void make_flow_map_depth(struct str *out)
{
    repeat(out, "{a: ", 10000);
}

static void make_value_depth(struct str *out)
{
    str_add_text(out, "proxy:\n  listen: ");
    repeat(out, "[", 10000);
}

static void make_block_depth(struct str *out)
{
    repeat(out, "- ", 10000);
}

static void make_indent_depth(struct str *out)
{
    for (unsigned i = 0; i < 1000; i++)
        str_addf(out, "%*sa:\n", (int)i, "");
}

static void make_question_depth(struct str *out)
{
    repeat(out, "? ", 10000);
}

static void make_many_keys(struct str *out)
{
    for (unsigned i = 0; out->len < 1000000; i++)
        str_addf(out, "lisen%u: 1\n", i);
}

static void make_many_elements(struct str *out)
{
    str_add_text(out, "limits:\n  deny: [");
    repeat(out, "1, ", 300000);
    str_add_text(out, "]\n");
}

static void make_many_backends(struct str *out)
{
    str_add_text(out, "backends:\n");
    repeat(out, "- {name: a}\n", 80000);
}

static void make_long_value(struct str *out)
{
    str_add_text(out, "proxy: {password: ");
    repeat(out, "aaaaaaaaaaaaaaaa", 60000);
    str_add_text(out, "}\n");
}

static void make_anchors(struct str *out)
{
    repeat(out, "- &a b\n- *a\n", 80000);
}

static void make_too_large(struct str *out)
{
    repeat(out, "################", 70000);
}

static void make_directives(struct str *out)
{
    for (unsigned i = 0; out->len < 1000000; i++)
        str_addf(out, "%%TAG !%x! b\n", i);
    str_add_text(out, "--- a\n");
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Sanitizers multiply both; the bars are for the program as shipped. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SECONDS_MAX 10.0
#define KILOBYTES_MAX 1000000
#else
#define SECONDS_MAX 1.0
#define KILOBYTES_MAX 32000
#endif

static void test_hostile(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*make)(struct str *);
    } rows[] = {
        {"alias bomb", make_alias_bomb},         {"flow depth", make_flow_depth},
        {"map depth", make_flow_map_depth},      {"value depth", make_value_depth},
        {"block depth", make_block_depth},       {"indent depth", make_indent_depth},
        {"question depth", make_question_depth}, {"many keys", make_many_keys},
        {"many elements", make_many_elements},   {"many backends", make_many_backends},
        {"long value", make_long_value},         {"anchors", make_anchors},
        {"too large", make_too_large},           {"directives", make_directives},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str text;
        str_growing(&text);
        rows[i].make(&text);
        assert_false(text.cut);
        struct load_problems problems = {0};
        double start = seconds_now();
        const struct config *config = load_text("f", text.ptr, text.len, NULL, &problems);
        double took = seconds_now() - start;
        if (config || problems.count == 0 || problems.errors == 0 || took > SECONDS_MAX) {
            print_error("%s: took %.2f s, %zu problems\n", rows[i].name, took, problems.errors);
            fail();
        }
        load_problems_free(&problems);
        str_free(&text);
    }
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    assert_true(usage.ru_maxrss < KILOBYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),   cmocka_unit_test(test_refused_yaml),
        cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
