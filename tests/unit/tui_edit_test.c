/* Typing: the cursor between characters of one to four bytes, and a line that is full. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/app.h"
#include "tui/keys.h"
#include "tui/prompt.h"
#include "tui/prompts.h"

#define E_ACUTE "\xc3\xa9"
#define KANJI "\xe6\xbc\xa2"
#define NOTE "\xf0\x9f\x8e\xb5"

static const struct {
    const char *keys; /* < left, > right, ^ first, $ last, x erase, d erase the next, else typed */
    const char *text;
    size_t at;
} edits[] = {
    {"abc", "abc", 3},
    {"abcx", "ab", 2},
    {"abc<x", "ac", 1},
    {"abc<d", "ab", 2},
    {"abc^d", "bc", 0},
    {"abc^x", "abc", 0},
    {"abc$d", "abc", 3},
    {"1", E_ACUTE, 2},
    {"1x", "", 0},
    {"a23", "a" KANJI NOTE, 8},
    {"a23<", "a" KANJI NOTE, 4},
    {"a23<<", "a" KANJI NOTE, 1},
    {"a23<<d", "a" NOTE, 1},
    {"a23<x", "a" NOTE, 1},
    {"a23^>>b", "a" KANJI "b" NOTE, 5},
    {"123^>>>>", E_ACUTE KANJI NOTE, 9},
};

static void press(struct prompt *prompt, char key)
{
    if (key == '<')
        prompt_left(prompt);
    else if (key == '>')
        prompt_right(prompt);
    else if (key == '^')
        prompt_first(prompt);
    else if (key == '$')
        prompt_last(prompt);
    else if (key == 'x')
        prompt_erase(prompt);
    else if (key == 'd')
        prompt_erase_next(prompt);
    else
        prompt_type(prompt, key == '1'   ? KEYS_CHAR(0xe9)
                            : key == '2' ? KEYS_CHAR(0x6f22)
                            : key == '3' ? KEYS_CHAR(0x1f3b5)
                                         : key);
}

static void edits_whole_characters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        struct prompt prompt;
        prompt_open(&prompt, PROMPT_COMMAND, "");
        for (const char *at = edits[i].keys; *at != '\0'; at++)
            press(&prompt, *at);
        assert_string_equal(prompt.text, edits[i].text);
        assert_int_equal(prompt.at, edits[i].at);
    }
}

static void takes_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    struct prompt prompt;
    prompt_open(&prompt, PROMPT_COMMAND, "");
    for (unsigned i = 0; i < 300; i++)
        prompt_type(&prompt, KEYS_CHAR(0x6f22));
    assert_int_equal(strlen(prompt.text), (PROMPT_TEXT_MAX - 1) / 3 * 3);
    prompt_type(&prompt, 'a');
    prompt_type(&prompt, 'b');
    prompt_type(&prompt, KEYS_UP); /* and no other key is text */
    prompt_type(&prompt, KEYS_MOUSE);
    prompt_type(&prompt, 7);
    assert_string_equal(prompt.text + strlen(prompt.text) - 4, KANJI "a");
}

/* The cursor is in sight at every width, on a blank or on the character behind it. */
static void cursor_is_in_sight(void **state)
{
    (void)state;
    for (unsigned cols = 3; cols < 30; cols++) {
        struct app app;
        struct grid grid = {0};
        assert_int_equal(grid_resize(&grid, 1, cols), 0);
        app_init(&app, NULL, NULL);
        prompt_open(&app.view.prompt, PROMPT_COMMAND, "");
        for (unsigned i = 0; i < 20; i++) {
            unsigned selected = 0;
            prompt_type(&app.view.prompt, i % 3 == 0 ? 'a' : KEYS_CHAR(0x6f22));
            grid_erase(&grid);
            prompts_draw(&grid, 0, &app.view);
            for (unsigned col = 0; col < cols; col++)
                selected += (grid.cells[col].role & ROLE_SELECTED) != 0;
            assert_int_equal(selected, 1);
        }
        app_free(&app);
        grid_free(&grid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_whole_characters),
        cmocka_unit_test(takes_no_more_than_there_is_room_for),
        cmocka_unit_test(cursor_is_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
