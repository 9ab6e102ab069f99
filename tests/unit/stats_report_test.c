/* What of a stranger's text fits into a report: bytes up to the bound, characters of UTF-8 whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "stats/report.h"

/* A filler of `front` letters, then `behind`. */
static void fits_by_characters(void **state)
{
    static const struct {
        const char *name;
        size_t front;
        const char *behind;
        size_t expected;
    } rows[] = {
        {"empty", 0, "", 0},
        {"short", 10, "", 10},
        {"exactly", REPORT_TEXT_MAX, "", REPORT_TEXT_MAX},
        {"letters", REPORT_TEXT_MAX + 9, "", REPORT_TEXT_MAX},
        {"two bytes that fit", REPORT_TEXT_MAX - 2, "\xC3\xA4", REPORT_TEXT_MAX},
        {"two bytes, one over", REPORT_TEXT_MAX - 1, "\xC3\xA4", REPORT_TEXT_MAX - 1},
        {"three bytes, one over", REPORT_TEXT_MAX - 2, "\xE6\x9D\xB1z", REPORT_TEXT_MAX - 2},
        {"three bytes, two over", REPORT_TEXT_MAX - 1, "\xE6\x9D\xB1z", REPORT_TEXT_MAX - 1},
        {"four bytes, one over", REPORT_TEXT_MAX - 3, "\xF0\x9F\x98\x80", REPORT_TEXT_MAX - 3},
        {"four bytes, behind it", REPORT_TEXT_MAX - 4, "\xF0\x9F\x98\x80z", REPORT_TEXT_MAX},
        {"no UTF-8", REPORT_TEXT_MAX - 6, "\x80\x80\x80\x80\x80\x80\x80\x80", REPORT_TEXT_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char bytes[2 * REPORT_TEXT_MAX];
        struct report_text text;
        memset(bytes, 'x', sizeof(bytes));
        size_t len = strlen(rows[i].behind);
        memcpy(bytes + rows[i].front, rows[i].behind, len);
        struct slice from = {bytes, rows[i].front + len};
        report_text_set(&text, from);
        if (text.len != rows[i].expected || report_text_fit(from) != rows[i].expected)
            fail_msg("%s: %u of %zu", rows[i].name, text.len, rows[i].expected);
        assert_memory_equal(text.bytes, bytes, text.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fits_by_characters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
