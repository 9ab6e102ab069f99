/*
 * JSON in pieces: what is well-formed and what is not (as base/jsonin judges where both apply), the
 * members that are wanted, and the same of everything however the text is cut.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/jsonin.h"
#include "lavalink/skim.h"

enum field { F_ROOT, F_TEXT, F_BLOB, F_WHOLE, F_REAL, F_ID, F_ANY, F_IN, F_EACH, F_ITEM, F_COUNT };

struct texts {
    char text[8], blob[8], in[8];
};

#define INTO(member)                                                                               \
    .at = offsetof(struct texts, member), .size = sizeof(((struct texts *)0)->member)

static const struct skim_field fields[F_COUNT] = {
    [F_ROOT] = {.kind = SKIM_ANY},
    [F_TEXT] = {SKIM_KEY("text"), .kind = SKIM_TEXT, INTO(text)},
    [F_BLOB] = {SKIM_KEY("blob"), .kind = SKIM_BLOB, INTO(blob)},
    [F_WHOLE] = {SKIM_KEY("whole"), .kind = SKIM_WHOLE},
    [F_REAL] = {SKIM_KEY("real"), .kind = SKIM_REAL},
    [F_ID] = {SKIM_KEY("id"), .kind = SKIM_ID},
    [F_ANY] = {SKIM_KEY("any"), .kind = SKIM_ANY},
    [F_IN] = {SKIM_KEY("in"), .parent = F_ANY, .kind = SKIM_TEXT, INTO(in)},
    [F_EACH] = {SKIM_KEY("each"), .kind = SKIM_ANY, .each = true},
    [F_ITEM] = {SKIM_KEY("item"), .parent = F_EACH, .kind = SKIM_WHOLE},
};

struct reading {
    struct skim skim;
    struct texts texts;
    unsigned each;
    int64_t items; /* of `each`, in decimal one behind the other; 9 for none */
    bool good;
};

static void take_each(struct reading *r)
{
    const struct skim_value *item = skim_get(&r->skim, F_ITEM);

    r->each++;
    r->items = r->items * 10 + (item == NULL ? 9 : item->whole);
}

/* In pieces on memory of their own size. */
static void read_text(struct reading *r, struct slice text, size_t piece)
{
    enum skim_result result = SKIM_MORE;

    memset(r, 0xa5, sizeof *r);
    r->each = 0;
    r->items = 0;
    skim_begin(&r->skim, fields, F_COUNT, 1);
    for (size_t at = 0; at < text.len && result != SKIM_BROKEN; at += piece) {
        size_t count = text.len - at < piece ? text.len - at : piece;
        char *copy = malloc(count);
        struct slice bytes = {copy, count};

        memcpy(copy, text.ptr + at, count);
        while ((result = skim_next(&r->skim, &r->texts, &bytes)) == SKIM_EACH)
            take_each(r);
        assert_true(result == SKIM_BROKEN || bytes.len == 0);
        free(copy);
    }
    r->good = skim_end(&r->skim);
    assert_true(result != SKIM_BROKEN || !r->good);
}

static bool is_good(struct slice text)
{
    struct reading r;
    bool good;

    read_text(&r, text, text.len + 1);
    good = r.good;
    for (size_t piece = 1; piece <= text.len && piece < 20; piece++) {
        read_text(&r, text, piece);
        if (r.good != good)
            fail_msg("%.*s in pieces of %zu", (int)text.len, text.ptr, piece);
    }
    return good;
}

static const char *const well_formed[] = {
    "{}",
    "[]",
    " [ ] ",
    "\t{\r\n}",
    "0",
    "-0",
    "1.5",
    "-1.5e+10",
    "1E5",
    "10",
    "\"\"",
    "true",
    "false",
    "null",
    " true ",
    "[1,2,[3],{\"a\":[]}]",
    "{\"a\":1,\"b\":{\"c\":null}}",
    "\"\\u0041\\n\\\"\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"",
    "{\"\":1}",
    "{\"a\":1,\"a\":2}",
    "[1e400,-1e400]",
    "\"\x7f\"",
    "[0,-0.0,0e0]",
};
static const char *const malformed[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "{]",
    "[}",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{1:1}",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "[1 2]",
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1e",
    "1e+",
    "1.e5",
    "0x1",
    "--1",
    "1-",
    "tru",
    "truex",
    "nul",
    "False",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\x01\"",
    "\"\n\"",
    "\"\t\"",
    "1 1",
    "{}{}",
    "[]]",
    "{} x",
    "\xef\xbb\xbf{}",
    "'a'",
    "NaN",
    "[\"a\":1]",
    "{\"a\",1}",
    "/**/1",
    "{\"a\":1]",
    "nullnull",
};
/* Bytes that are not UTF-8, which jsonin does not look at. */
static const char *const not_utf8[] = {
    "\"\xff\"",         "\"\xc3\"",
    "\"\x80\"",         "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
    "\"\xe2\x82\"",     "\"\xf0\x9f\x98\"",
    "\"\xe0\x80\x80\"", "\"\xf5\x80\x80\x80\"",
    "{\"\xff\":1}",     "\"a\xc3(\"",
};

static void test_grammar(void **state)
{
    struct slice value;

    (void)state;
    for (size_t i = 0; i < sizeof well_formed / sizeof *well_formed; i++)
        if (!is_good(slice_of(well_formed[i])) || !jsonin_check(slice_of(well_formed[i]), &value))
            fail_msg("%s", well_formed[i]);
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        if (is_good(slice_of(malformed[i])) || jsonin_check(slice_of(malformed[i]), &value))
            fail_msg("%s", malformed[i]);
    for (size_t i = 0; i < sizeof not_utf8 / sizeof *not_utf8; i++)
        if (is_good(slice_of(not_utf8[i])))
            fail_msg("%s", not_utf8[i]);
}

static void test_depth(void **state)
{
    (void)state;
    for (unsigned levels = 1; levels < 200; levels++) {
        char text[1200];
        size_t len = 0;

        for (unsigned i = 0; i < levels; i++)
            len += (size_t)snprintf(text + len, 5, i % 2 == 0 ? "[" : "{\"\":");
        text[len++] = '0';
        for (unsigned i = levels; i-- > 0;)
            text[len++] = i % 2 == 0 ? ']' : '}';
        assert_int_equal(is_good((struct slice){text, len}), levels <= SKIM_DEPTH_MAX);
    }
}

static void test_texts(void **state)
{
    static const struct {
        const char *json, *text;
        bool cut, escaped;
    } rows[] = {
        {"\"\"", "", false, false},
        {"\"1234567\"", "1234567", false, false},
        {"\"12345678\"", "1234567", true, false},
        {"\"12345\xc3\xbc\"", "12345\xc3\xbc", false, false},
        {"\"123456\xc3\xbc\"", "123456", true, false},
        {"\"123456\xc3\xbc"
         "7\"",
         "123456", true, false},
        {"\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"", "\xf0\x9f\x98\x80", true, false},
        {"\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!", false, true},
        {"\"\\ud83d!\"", "\xef\xbf\xbd!", false, true},
        {"\"\\ud83d\\n\"", "\xef\xbf\xbd\n", false, true},
        {"\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80", false, true},
        {"\"\\ud83d\"", "\xef\xbf\xbd", false, true},
        {"\"\\ud83d\\u0041\"",
         "\xef\xbf\xbd"
         "A",
         false, true},
        {"\"\\ud83d\xc3\xbc\"", "\xef\xbf\xbd\xc3\xbc", false, true},
        {"\"\\ude00\"", "\xef\xbf\xbd", false, true},
        {"\"a\\u0000b\"",
         "a\xef\xbf\xbd"
         "b",
         false, true},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\"", "\"\\/\b\f\n\r", false, true},
        {"\"\\u00fC\\u20AC\"", "\xc3\xbc\xe2\x82\xac", false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[128];
        size_t len = (size_t)snprintf(json, sizeof json, "{\"text\":%s}", rows[i].json);

        for (size_t piece = 1; piece <= len; piece++) {
            struct reading r;
            const struct skim_value *value;

            read_text(&r, (struct slice){json, len}, piece);
            value = skim_get(&r.skim, F_TEXT);
            assert_true(r.good && value != NULL && value->is == SKIM_STRING && value->good);
            if (value->cut != rows[i].cut || value->escaped != rows[i].escaped ||
                value->len != strlen(rows[i].text) || strcmp(r.texts.text, rows[i].text) != 0)
                fail_msg("%s by %zu: %s", json, piece, r.texts.text);
        }
    }
}

static void test_wholes(void **state)
{
    static const struct {
        const char *json;
        bool good;
        int64_t whole;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"\"17\"", true, 17},
        {"-5", true, -5},
        {"5.99", true, 5},
        {"1e3", true, 1000},
        {"1700000000000", true, 1700000000000},
        {"999999999999999999", true, 999999999999999999},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", true, INT64_MIN},
        {"1e400", true, INT64_MAX},
        {"-1e400", true, INT64_MIN},
        {"\"1e400\"", true, INT64_MAX},
        {"1e-400", true, 0},
        {"1234567890123456789012345678901234567890123456789012345", true, INT64_MAX},
        {"0.00000000000000000000000000000000000000000000000001", true, 0},
        {"\"\"", false, 0},
        {"\" 7\"", false, 0},
        {"\"7 \"", false, 0},
        {"\"0x7\"", false, 0},
        {"\"inf\"", false, 0},
        {"\"e\"", false, 0},
        {"\"1\\u0037\"", true, 17},
        {"null", false, 0},
        {"true", false, 0},
        {"[1]", false, 0},
        {"{\"whole\":1}", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[128];
        size_t len = (size_t)snprintf(json, sizeof json, "{\"whole\":%s}", rows[i].json);

        for (size_t piece = 1; piece <= len; piece++) {
            struct reading r;
            const struct skim_value *value;

            read_text(&r, (struct slice){json, len}, piece);
            value = skim_get(&r.skim, F_WHOLE);
            assert_true(r.good && value != NULL);
            if (value->good != rows[i].good || (value->good && value->whole != rows[i].whole))
                fail_msg("%s by %zu: %lld", json, piece, (long long)value->whole);
        }
    }
}

static void test_reals_and_ids(void **state)
{
    static const struct {
        const char *json;
        double real;
    } reals[] = {{"0.25", 0.25},
                 {"-0.5", -0.5},
                 {"1e999", DBL_MAX},
                 {"-1e999", -DBL_MAX},
                 {"\"2.5\"", 2.5},
                 {"3", 3},
                 {"0.1", 0.1},
                 {"123456.789", 123456.789},
                 {"1234567890123456", 1234567890123456.0},
                 {"2.5E-1", 0.25},
                 {"0.03125", 0.03125}};
    static const struct {
        const char *json;
        uint64_t id;
    } ids[] = {{"\"817327181659111454\"", 817327181659111454ULL},
               {"18446744073709551615", UINT64_MAX},
               {"\"18446744073709551616\"", 0},
               {"\"-1\"", 0},
               {"\"12a\"", 0},
               {"1.5", 0},
               {"\"\"", 0},
               {"\"00000000000000000000000000000000000000000000001\"", 0}};
    char json[128];
    struct reading r;

    (void)state;
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        snprintf(json, sizeof json, "{\"real\":%s}", reals[i].json);
        read_text(&r, slice_of(json), 3);
        if (!r.good || !skim_get(&r.skim, F_REAL)->good ||
            skim_get(&r.skim, F_REAL)->real != reals[i].real)
            fail_msg("%s: %.17g", json, skim_get(&r.skim, F_REAL)->real);
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        snprintf(json, sizeof json, "{\"id\":%s}", ids[i].json);
        read_text(&r, slice_of(json), 3);
        assert_true(r.good);
        assert_int_equal(skim_get(&r.skim, F_ID)->good, ids[i].id != 0);
        if (ids[i].id != 0 && skim_get(&r.skim, F_ID)->id != ids[i].id)
            fail_msg("%s", json);
    }
}

static uint64_t hash_of(const char *text, size_t piece)
{
    char json[300];
    struct reading r;

    snprintf(json, sizeof json, "{\"blob\":\"%s\"}", text);
    read_text(&r, slice_of(json), piece);
    assert_true(r.good);
    return skim_get(&r.skim, F_BLOB)->hash;
}

/* Over the whole text, whatever the cuts, the room for it, and how it is spelled. */
static void test_hash(void **state)
{
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz/+ABCDEFGHIJ";
    uint64_t hashes[sizeof text];

    (void)state;
    for (size_t len = 0; len < sizeof text; len++) {
        char part[sizeof text] = "";

        memcpy(part, text, len);
        hashes[len] = hash_of(part, 1000);
        assert_true(hashes[len] != 0);
        for (size_t piece = 1; piece < 30; piece++)
            assert_true(hash_of(part, piece) == hashes[len]);
        for (size_t i = 0; i < len; i++)
            assert_true(hashes[i] != hashes[len]);
    }
    assert_true(hash_of("a/b", 1000) == hash_of("\\u0061\\/b", 2));
    assert_true(hash_of("a", 1000) != hash_of("a\\u0000", 1000));
}

static void test_members(void **state)
{
    static const char text[] =
        "{\"x\":{\"text\":\"no\",\"in\":\"no\"},\"text\":\"one\",\"text\":\"two\",\"any\":{\"in\":"
        "\"yes\",\"any\":{\"in\":\"no\"}},\"any\":{\"in\":\"no\"},\"wh\\u006fle\":3,\"textt\":1,"
        "\"tex\":2,\"a key that is longer than any in the table\":3,\"real\":null,\"id\":[7],"
        "\"each\":[{\"item\":1},{},[{\"item\":5}],7,{\"item\":2,\"item\":3},{\"x\":{\"item\":4}}],"
        "\"each\":[{\"item\":8}]}";
    struct reading r;

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece++) {
        read_text(&r, SLICE(text), piece);
        assert_true(r.good);
        assert_string_equal(r.texts.text, "one");
        assert_string_equal(r.texts.in, "yes");
        assert_int_equal(skim_get(&r.skim, F_WHOLE)->whole, 3);
        assert_int_equal(skim_is(&r.skim, F_ROOT), SKIM_OBJECT);
        assert_int_equal(skim_is(&r.skim, F_REAL), SKIM_NULL);
        assert_int_equal(skim_is(&r.skim, F_ID), SKIM_LIST);
        assert_int_equal(skim_is(&r.skim, F_BLOB), SKIM_ABSENT);
        assert_int_equal(r.each, 4);
        assert_int_equal(r.items, 1929);
    }
    read_text(&r, SLICE("{\"each\":{\"item\":6}}"), 2);
    assert_true(r.good && r.each == 1 && r.items == 6);
}

/* A reader that is moved in the middle goes on. */
static void test_moved(void **state)
{
    static const char text[] =
        "{\"any\":{\"in\":\"caf\xc3\xa9\"},\"whole\":123,\"text\":\"\\u00e9\"}";

    (void)state;
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct reading *a = malloc(sizeof *a), *b = malloc(sizeof *b);
        struct slice front = {text, cut}, back = {text + cut, sizeof text - 1 - cut};

        if (cut == sizeof text - 1)
            back.len = 0;
        skim_begin(&a->skim, fields, F_COUNT, 1);
        assert_int_equal(skim_next(&a->skim, &a->texts, &front), SKIM_MORE);
        memcpy(b, a, sizeof *b);
        free(a);
        assert_int_equal(skim_next(&b->skim, &b->texts, &back), SKIM_MORE);
        assert_true(skim_end(&b->skim));
        assert_string_equal(b->texts.in, "caf\xc3\xa9");
        assert_string_equal(b->texts.text, "\xc3\xa9");
        assert_int_equal(skim_get(&b->skim, F_WHOLE)->whole, 123);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),       cmocka_unit_test(test_depth),
        cmocka_unit_test(test_texts),         cmocka_unit_test(test_wholes),
        cmocka_unit_test(test_reals_and_ids), cmocka_unit_test(test_hash),
        cmocka_unit_test(test_members),       cmocka_unit_test(test_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
