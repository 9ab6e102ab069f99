/* Which keys mean what: names of keys, presets, the configuration's own keys and their conflicts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/keymap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int key = 1; key <= KEYS_F(12); key++) {
        char name[KEYS_NAME_MAX];
        if (key >= 0x80 && key < KEYS_UP)
            continue;
        assert_string_not_equal(keys_name(name, key), key == '?' ? "" : "?");
        assert_int_equal(keys_parse(slice_of(name)), key == '\0' ? KEYS_NONE : key);
    }
    static const struct {
        const char *name;
        int key;
    } rows[] = {
        {"pgup", KEYS_PAGE_UP},
        {"PageDown", KEYS_PAGE_DOWN},
        {"ctrl-x", 24},
        {"Ctrl+X", 24},
        {"C-x", 24},
        {"^x", 24},
        {"^", '^'},
        {"esc", 27},
        {"Return", '\r'},
        {"Ctrl-I", '\t'},
        {"f12", KEYS_F(12)},
        {"F", 'F'},
        {"F0", KEYS_NONE},
        {"F13", KEYS_NONE},
        {"F1x", KEYS_NONE},
        {"", KEYS_NONE},
        {" ", KEYS_NONE},
        {"jj", KEYS_NONE},
        {"Ctrl-", KEYS_NONE},
        {"Ctrl-1", KEYS_NONE},
        {"Ctrl-xx", KEYS_NONE},
        {"\xc3\xa9", KEYS_NONE},
        {"\x7f", KEYS_NONE},
        {"Shift-Tab", KEYS_BACK_TAB},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(keys_parse(slice_of(rows[i].name)), rows[i].key);
}

struct said {
    char text[2000];
    unsigned count;
};

static void hear(void *ctx, const char *text)
{
    struct said *said = ctx;
    size_t len = strlen(said->text);
    snprintf(said->text + len, sizeof(said->text) - len, "%s\n", text);
    said->count++;
}

static bool is_letter(int key)
{
    return key > ' ' && key < 0x7f;
}

static void presets_are_sound(void **state)
{
    (void)state;
    for (enum keymap_preset preset = 0; preset < KEYMAP_PRESETS; preset++) {
        struct keymap map;
        struct said said = {0};
        assert_int_equal(keymap_preset_find(slice_of(keymap_preset_name(preset))), preset);
        keymap_load(&map, NULL, 0, preset, hear, &said);
        assert_string_equal(said.text, "");
        for (size_t row = 0; row < keys_count; row++) {
            /* Terminals and fingers without function keys have a letter instead. */
            bool function = false, letter = false;
            for (unsigned i = 0; i < KEYMAP_KEYS; i++) {
                function |= map.keys[row][i] >= KEYS_F1 && map.keys[row][i] <= KEYS_F(12);
                letter |= is_letter(map.keys[row][i]);
            }
            assert_true(letter || !function);
        }
        assert_int_equal(keymap_find(&map, CONTEXT_LIST, KEYS_CTRL('C')), CMD_INTERRUPT);
        assert_int_equal(keymap_find(&map, CONTEXT_LIST, 'q'), CMD_QUIT);
        assert_int_equal(keymap_find(&map, CONTEXT_PROMPT, 'q'), CMD_NONE);
        assert_int_equal(keymap_find(&map, CONTEXT_LIST, 'k'),
                         preset == KEYMAP_HTOP ? CMD_KILL : CMD_PREV);
        assert_int_equal(keymap_find(&map, CONTEXT_LIST, 'K'), CMD_KILL);
    }
    assert_int_equal(keymap_preset_find(SLICE("emacs")), KEYMAP_PRESETS);
}

#define GIVEN_MAX 8

static const struct {
    struct config_key keys[GIVEN_MAX];
    const char *said;
} bad[] = {
    {{{"kil", "x", "f:1:2"}}, "f:1:2: tui.keys: kil: unknown command; did you mean kill?\n"},
    {{{"zzzzz", "x", "f:1:2"}}, "f:1:2: tui.keys: zzzzz: unknown command\n"},
    {{{"preset", "emacs", "f:1:2"}}, "f:1:2: tui.keys: emacs is none of default, htop, vim\n"},
    {{{"kill", "jj", "f:1:2"}},
     "f:1:2: tui.keys: jj is no key (keys are x, X, Ctrl-X, F5, Space, PgUp...)\n"},
    {{{"row.next", "x", "f:1:2"}, {"row.prev", "x", "f:2:2"}},
     "f:2:2: tui.keys: x is for row.prev here and for row.next in f:1:2\n"},
    {{{"row.prev", "x", "f:1:2"}, {"row.next", "x", "f:2:2"}},
     "f:1:2: tui.keys: x is for row.prev here and for row.next in f:2:2\n"},
    {{{"row.next", "K", "f:1:2"}},
     "f:1:2: tui.keys: K is for row.next here and for kill by default: give that one another "
     "key\n"},
    {{{"kill", "j", "f:1:2"}},
     "f:1:2: tui.keys: j is for kill here and for row.next by default: give that one another "
     "key\n"},
    /* Movements work in boxes and prompts too, where it edits. */
    {{{"row.next", "Ctrl-A", "f:1:2"}},
     "f:1:2: tui.keys: Ctrl-A is for row.next here and for prompt.first by default: give that one "
     "another "
     "key\n"},
    {{{"kill", "Delete", "f:1:2"}}, "f:1:2: tui.keys: kill must not be on Delete\n"},
    {{{"kill", "Ctrl-K", "f:1:2"}}, "f:1:2: tui.keys: kill must not be on Ctrl-K\n"},
    {{{"quit", "", "f:1:2"}}, "f:1:2: tui.keys: quit must have a key\n"},
    {{{"dialog.answer", "x", "f:1:2"}},
     "f:1:2: tui.keys: dialog.answer keeps its keys: they are the way out\n"},
    {{{"prompt.leave", "x", "f:1:2"}},
     "f:1:2: tui.keys: prompt.leave keeps its keys: they are the way out\n"},
    {{{"interrupt", "x", "f:1:2"}},
     "f:1:2: tui.keys: interrupt keeps its keys: they are the way out\n"},
    {{{"redraw", "Ctrl-C", "f:1:2"}},
     "f:1:2: tui.keys: Ctrl-C is for redraw here and for interrupt by default: give that one "
     "another "
     "key\n"},
    {{{"help", "Esc", "f:1:2"}},
     "f:1:2: tui.keys: Esc is for help here and for row.none by default: give that one another "
     "key\n"},
    {{{"help", "F1", "f:1:1"},
      {"help", "(", "f:1:2"},
      {"help", ")", "f:1:3"},
      {"help", "@", "f:1:4"},
      {"help", "$", "f:1:5"},
      {"help", "{", "f:1:6"},
      {"help", "}", "f:1:7"}},
     "f:1:7: tui.keys: help has too many keys\n"},
};

static unsigned given(const struct config_key keys[GIVEN_MAX])
{
    unsigned count = 0;
    while (count < GIVEN_MAX && keys[count].name != NULL)
        count++;
    return count;
}

static void conflicts_leave_the_usual_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct keymap map, usual;
        struct said said = {0};
        keymap_init(&usual, KEYMAP_DEFAULT);
        unsigned count =
            keymap_load(&map, bad[i].keys, given(bad[i].keys), KEYMAP_PRESETS, hear, &said);
        assert_string_equal(said.text, bad[i].said);
        assert_int_equal(count, 1);
        assert_memory_equal(&map, &usual, sizeof(map));
    }
}

static void keys_are_bound_anew(void **state)
{
    (void)state;
    static const struct config_key keys[] = {
        {"preset", "vim", "f:1:1"},   {"row.next", "Down", "f:1:1"},
        {"row.next", "(", "f:1:1"},   {"kill", "X", "f:1:1"},
        {"kill", "X", "f:1:2"},       {"check", "", "f:1:1"},
        {"suspend", "off", "f:1:1"},  {"row.none", ")", "f:1:1"},
        {"prompt", "Enter", "f:1:1"}, {"row.details", "off", "f:1:1"},
    };
    struct keymap map;
    struct said said = {0};
    char names[64];
    keymap_load(&map, keys, COUNT(keys), KEYMAP_PRESETS, hear, &said);
    assert_string_equal(said.text, "");
    assert_int_equal(map.preset, KEYMAP_VIM);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, '('), CMD_NEXT);
    assert_int_equal(keymap_find(&map, CONTEXT_DIALOG, '('), CMD_NEXT);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, 'j'), CMD_NONE);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, 'X'), CMD_KILL);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, KEYS_F(9)), CMD_NONE);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, 'c'), CMD_NONE);
    assert_int_equal(keymap_key(&map, CMD_CHECK), KEYS_NONE);
    assert_int_equal(keymap_key(&map, CMD_KILL), 'X');
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, KEYS_CTRL('Z')), CMD_NONE);
    /* Escape and both of Enter's forms. */
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, ')'), CMD_UNSELECT);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, KEYS_ESCAPE), CMD_UNSELECT);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, '\r'), CMD_PROMPT);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, '\n'), CMD_PROMPT);
    for (size_t row = 0; row < keys_count; row++)
        if (keys_table[row].command == CMD_PROMPT)
            assert_string_equal(keymap_names(names, sizeof(names), &map, row), "Enter");
    /* Another preset than the configuration's, asked for at run time. */
    assert_int_equal(keymap_load(&map, keys, COUNT(keys), KEYMAP_HTOP, hear, &said), 0);
    assert_int_equal(map.preset, KEYMAP_HTOP);
    assert_int_equal(keymap_find(&map, CONTEXT_LIST, 'X'), CMD_KILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(presets_are_sound),
        cmocka_unit_test(conflicts_leave_the_usual_keys),
        cmocka_unit_test(keys_are_bound_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
