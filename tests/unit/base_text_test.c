/* UTF-8 in and out, widths, and text made fit to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define BAD "\xEF\xBF\xBD"

static void test_decode(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice in;
        uint32_t out[6]; /* up to the first 0 */
    } rows[] = {
        {"empty", SLICE(""), {0}},
        {"one to four bytes",
         SLICE("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5"),
         {'a', 0xE4, 0x20AC, 0x1F3B5}},
        {"first and last of each length",
         SLICE("\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
         {0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF}},
        {"around the surrogates", SLICE("\xED\x9F\xBF\xEE\x80\x80"), {0xD7FF, 0xE000}},
        {"a surrogate", SLICE("\xED\xA0\x80"), {0xFFFD, 0xFFFD, 0xFFFD}},
        {"overlong two", SLICE("\xC0\xAF"), {0xFFFD, 0xFFFD}},
        {"overlong three", SLICE("\xE0\x9F\xBF"), {0xFFFD, 0xFFFD, 0xFFFD}},
        {"overlong four", SLICE("\xF0\x8F\xBF\xBF"), {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD}},
        {"too large", SLICE("\xF4\x90\x80\x80"), {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD}},
        {"no such lead", SLICE("\xF5\xFF\xFE"), {0xFFFD, 0xFFFD, 0xFFFD}},
        {"lone continuation", SLICE("\x80z\xBF"), {0xFFFD, 'z', 0xFFFD}},
        {"cut short by the end", SLICE("\xF0\x9F\x8E"), {0xFFFD}},
        {"cut short by a letter", SLICE("\xE2\x82z"), {0xFFFD, 'z'}},
        {"cut short by a lead", SLICE("\xE2\xC3\xA4"), {0xFFFD, 0xE4}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t at = 0;
        size_t n = 0;
        uint32_t c;
        while (text_decode(rows[i].in, &at, &c)) {
            if (n >= COUNT(rows[i].out) || c != rows[i].out[n])
                fail_msg("%s: character %zu is U+%04X", rows[i].name, n, (unsigned)c);
            n++;
        }
        if (n < COUNT(rows[i].out) && rows[i].out[n])
            fail_msg("%s: ends after %zu characters", rows[i].name, n);
        assert_int_equal(at, rows[i].in.len);
    }
}

/* Every scalar value survives; what is none becomes U+FFFD. */
static void test_encode(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110100; c++) {
        char form[4];
        size_t at = 0;
        uint32_t back;
        struct slice text = {form, text_encode(form, c)};
        bool scalar = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        if (!text_decode(text, &at, &back) || at != text.len || back != (scalar ? c : 0xFFFD))
            fail_msg("U+%04X came back as U+%04X", (unsigned)c, (unsigned)back);
    }
}

static void test_width(void **state)
{
    (void)state;
    static const struct {
        uint32_t first, last;
        int width;
    } rows[] = {
        {0x00, 0x1F, -1},         {0x20, 0x7E, 1},
        {0x7F, 0x9F, -1},         {0xA0, 0xAC, 1},
        {0xAD, 0xAD, -1},         {0xAE, 0x2FF, 1},
        {0x300, 0x34E, 0},        {0x34F, 0x34F, -1},
        {0x378, 0x379, -1},       {0x5D0, 0x5EA, 1},
        {0x61C, 0x61C, -1},       {0x1100, 0x115E, 2},
        {0x1161, 0x11FF, 0},      {0x200B, 0x200F, -1},
        {0x2010, 0x2027, 1},      {0x2028, 0x202E, -1},
        {0x2060, 0x206F, -1},     {0x20AC, 0x20AC, 1},
        {0x2500, 0x257F, 1},      {0x2800, 0x28FF, 1},
        {0x3000, 0x3000, 2},      {0x3041, 0x3096, 2},
        {0x3248, 0x324F, 2},      {0x4DC0, 0x4DFF, 2},
        {0x4E00, 0x9FFF, 2},      {0xAC00, 0xD7A3, 2},
        {0xD800, 0xF8FF, -1},     {0xFE00, 0xFE0F, -1},
        {0xFEFF, 0xFEFF, -1},     {0xFF01, 0xFF60, 2},
        {0xFFFD, 0xFFFD, 1},      {0xFFFE, 0xFFFF, -1},
        {0x1F300, 0x1F320, 2},    {0x1F600, 0x1F64F, 2},
        {0x1FFFE, 0x1FFFF, -1},   {0x20000, 0x2A6DF, 2},
        {0x31350, 0xE00FF, -1},   {0xE0100, 0x10FFFF, -1},
        {0x110000, 0x110010, -1}, {UINT32_MAX, UINT32_MAX, -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (uint64_t c = rows[i].first; c <= rows[i].last; c++)
            if (text_width((uint32_t)c) != rows[i].width)
                fail_msg("U+%04X has %d columns", (unsigned)c, text_width((uint32_t)c));
}

static void test_display(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice in;
        size_t size;
        size_t columns;
        const char *out;
        size_t used;
    } rows[] = {
        {"nothing", SLICE(""), 10, 10, "", 0},
        {"plain", SLICE("Bot/1.0 (x)"), 64, 64, "Bot/1.0 (x)", 11},
        {"tab and newline", SLICE("a\tb\nc"), 64, 64, "a b c", 5},
        {"controls", SLICE("\x1B]0;x\x07\0\r\x7F"), 64, 64, BAD "]0;x" BAD BAD BAD BAD, 9},
        {"C1",
         SLICE("\xC2\x9B"
               "1m"),
         64, 64, BAD "1m", 3},
        {"bad bytes", SLICE("a\xFF\xC3z"), 64, 64, "a" BAD BAD "z", 4},
        {"bidi override",
         SLICE("a\xE2\x80\xAE"
               "b"),
         64, 64, "a" BAD "b", 3},
        {"zero width", SLICE("a\xE2\x80\x8B\xEF\xBB\xBF"), 64, 64, "a" BAD BAD, 3},
        {"tag", SLICE("\xF3\xA0\x81\x81"), 64, 64, BAD, 1},
        {"private use", SLICE("\xEE\x82\xB0"), 64, 64, BAD, 1},
        {"selector", SLICE("\xE2\x9D\xA4\xEF\xB8\x8F!"), 64, 64, "\xE2\x9D\xA4!", 2},
        {"two marks of four", SLICE("e\xCC\x81\xCC\x82\xCC\x83\xCC\x84z\xCC\x81"), 64, 64,
         "e\xCC\x81\xCC\x82z\xCC\x81", 2},
        {"a mark first",
         SLICE("\xCC\x81"
               "e"),
         64, 64, BAD "e", 2},
        {"marks at the limit", SLICE("ae\xCC\x81x"), 64, 2, "ae\xCC\x81", 2},
        {"wide", SLICE("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"), 64, 5, "\xE6\x97\xA5\xE6\x9C\xAC",
         4},
        {"nothing after what did not fit",
         SLICE("\xE6\x97\xA5"
               "a"),
         64, 1, "", 0},
        {"cut by columns", SLICE("abcdef"), 64, 3, "abc", 3},
        {"cut by size", SLICE("abcdef"), 4, 64, "abc", 3},
        {"cut at a character", SLICE("ab\xE6\x97\xA5"), 5, 64, "ab", 2},
        {"fits exactly", SLICE("ab\xE6\x97\xA5"), 6, 64, "ab\xE6\x97\xA5", 4},
        {"no room", SLICE("abc"), 1, 64, "", 0},
        {"no columns", SLICE("abc"), 64, 0, "", 0},
        {"64 columns at most",
         SLICE("0123456789012345678901234567890123456789012345678901234567890123456789"), 100, 99,
         "0123456789012345678901234567890123456789012345678901234567890123", 64},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[128];
        memset(out, '#', sizeof out);
        unsigned used = text_display(out, rows[i].size, rows[i].in, (unsigned)rows[i].columns);
        if (strcmp(out, rows[i].out) != 0 || used != rows[i].used)
            fail_msg("%s: \"%s\", %u columns", rows[i].name, out, used);
        assert_int_equal(out[rows[i].size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_display),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
