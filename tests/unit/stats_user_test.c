/* User-Ids as they are compared: as shown, and numbers as Lavalink reads them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "stats/user.h"

static void names(void **state)
{
    static const struct {
        const char *raw, *name;
    } rows[] = {
        {"880012345678901234", "880012345678901234"},
        {"+880012345678901234", "880012345678901234"},
        {"000880012345678901234", "880012345678901234"},
        {"+0012", "12"},
        {"0", "0"},
        {"+000", "0"},
        {"10", "10"},
        {"-12", "-12"},
        {"++12", "++12"},
        {"+", "+"},
        {"012a", "012a"},
        {"my bot", "my bot"},
        {"My Bot", "My Bot"},
        {"\x1b[2J\x07", "\xEF\xBF\xBD[2J\xEF\xBF\xBD"},
        {"caf\xE9", "caf\xEF\xBF\xBD"},
        {"\xE2\x80\xAE"
         "evil",
         "\xEF\xBF\xBD"
         "evil"},
        {"", ""},
        {"\xEF\xB8\x8F", ""}, /* a variation selector alone shows nothing */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct user_name name, again;
        assert_int_equal(user_name_of(&name, slice_of(rows[i].raw)), rows[i].name[0] != '\0');
        assert_string_equal(name.text, rows[i].name);
        /* What a view shows of it names the same bot, to the last byte behind the text. */
        user_name_of(&again, slice_of(name.text));
        assert_memory_equal(&again, &name, sizeof name);
    }
}

static void nothing_overflows(void **state)
{
    char raw[200];
    struct user_name name, again;
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t len = 60; len <= sizeof raw; len += 20) {
            memset(raw, byte, len);
            user_name_of(&name, (struct slice){raw, len});
            assert_true(strlen(name.text) < SNAP_TEXT);
            user_name_of(&again, slice_of(name.text));
            assert_memory_equal(&again, &name, sizeof name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names),
                                       cmocka_unit_test(nothing_overflows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
