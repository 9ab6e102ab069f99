/* Which terminal types are tried in which order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tui/termtype.h"

static const struct {
    const char *type, *tries;
} types[] = {
    {"xterm-256color", "xterm-256color xterm xterm-256color vt100 "},
    {"foot", "foot xterm-256color vt100 "},
    {"foot-extra", "foot-extra foot xterm-256color vt100 "},
    {"xterm-ghostty", "xterm-ghostty xterm xterm-256color vt100 "},
    {"ghostty", "ghostty xterm-256color vt100 "},
    {"wezterm", "wezterm xterm-256color vt100 "},
    {"tmux-9.1+x", "tmux-9.1+x tmux-9.1 tmux-9 tmux xterm-256color vt100 "},
    {"st-256color", "st-256color st xterm-256color vt100 "},
    {"stv52", "stv52 vt100 "},
    {"hp2392", "hp2392 vt100 "},
    {"rxvt-unicode-x", "rxvt-unicode-x rxvt-unicode rxvt vt100 "},
    {"no-such-terminal", "no-such-terminal no-such no vt100 "},
    {"", "vt100 "},
    {"-", "- vt100 "},
    {"a-b-c-d-e-f-g-h-i-j", "a-b-c-d-e-f-g-h-i-j a-b-c-d-e-f-g-h-i a-b-c-d-e-f-g-h a-b-c-d-e-f-g "
                            "a-b-c-d-e-f a-b-c-d-e vt100 "},
    {"xterm-x123456789012345678901234567890123456789012345678901234567890",
     "xterm-x12345678901234567890123456789012345678901234567890123456 xterm xterm-256color vt100 "},
};

static void types_fall_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char tries[TERMTYPE_TRIES][TERMTYPE_MAX], all[600] = "";
        unsigned count = termtype_tries(types[i].type, tries);
        assert_in_range(count, 1, TERMTYPE_TRIES);
        for (unsigned j = 0, len = 0; j < count; j++)
            len += (unsigned)snprintf(all + len, sizeof(all) - len, "%s ", tries[j]);
        assert_string_equal(all, types[i].tries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(types_fall_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
