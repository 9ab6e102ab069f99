/*
 * Colours are said once, and late; what is seen stays what ncurses meant. A small terminal reads
 * both what ncurses wrote and what became of it, and must show the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/ink.h"

static const struct depth_map *test_map(void)
{
    static struct depth_map map;
    map.count = 1;
    map.colors[200] = THEME_RGB | 0x0102ff;
    return &map;
}

static const struct {
    const char *about, *in, *out;
} translations[] = {
    {"nothing", "", ""},
    {"the beginning is reset", "a", "\033[ma"},
    {"text keeps its colour", "\033[31ma\033[31mb", "\033[0;31mab"},
    {"of a pair what changes", "\033[32m\033[44ma\033[31m\033[44mb", "\033[0;32;44ma\033[31mb"},
    {"a way through no colour", "\033[31ma\033[39;49m\033[32mb", "\033[0;31ma\033[32mb"},
    {"a blank has no colour", "\033[31ma\033[39m b\033[31m \033[31mc",
     "\033[0;31ma \033[mb \033[31mc"},
    {"but a ground", "a\033[41m ", "\033[ma\033[41m "},
    {"and what is drawn on it", "a\033[4m \033[24m \033[7m ", "\033[ma\033[4m \033[m \033[7m "},
    {"reversed it has both", "\033[7ma\033[31m ", "\033[0;7ma\033[31m "},
    {"bold ends by itself", "\033[1;31ma\033[0;31mb", "\033[0;1;31ma\033[22mb"},
    {"dim with it", "\033[1;2ma\033[22;1mb", "\033[0;1;2ma\033[0;1mb"},
    {"a reset is shorter", "\033[1;4;7;31;42ma\033[mb", "\033[0;1;4;7;31;42ma\033[mb"},
    {"nothing for nobody", "a\033[31m\033[5;7H\033[12G\033[32m\r\033[m",
     "\033[ma\033[5;7H\033[12G\r"},
    {"told before an erase", "a\033[42m\033[K", "\033[ma\033[42m\033[K"},
    {"and a mode", "\033[7ma\033[m\033[?1049l", "\033[0;7ma\033[m\033[?1049l"},
    {"not before a repetition", "a\033[31m\033[5b", "\033[ma\033[5b"},
    {"bright", "\033[91;107ma\033[90mb", "\033[0;91;107ma\033[90mb"},
    {"of the 256", "\033[38;5;99;48;5;9ma\033[38;5;7mb", "\033[0;38;5;99;101ma\033[37mb"},
    {"true", "\033[38;5;200mx", "\033[0;38;2;1;2;255mx"},
    {"true ground", "\033[48;5;200mx", "\033[0;48;2;1;2;255mx"},
    {"no true colour", "\033[38;5;201mx", "\033[0;38;5;201mx"},
    {"text like one", "38;5;200m", "\033[m38;5;200m"},
    {"unknown ones pass", "a\033[1;3;31mb\033[31mc\033[md", "\033[ma\033[1m\033[3;31mbc\033[md"},
    {"none of ours", "a\033[38:5:200mb", "\033[ma\033[38:5:200mb"},
    {"too many", "a\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mb",
     "\033[ma\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mb"},
    {"characters are chosen once", "\033(B\033[ma\033(B\033[mb\033(0q\033(B",
     "\033(B\033[mab\033(0q\033(B"},
    {"also by shifting", "\017a\017b\016c\017", "\017\033[mab\016c\017"},
    {"a clipboard", "a\033[31m\033]52;c;YSBi\007b", "\033[ma\033[31m\033]52;c;YSBi\007b"},
    {"cut off", "\033[38;5;20", "\033[m\033[38;5;20"},
    {"cut off earlier", "\033[", "\033[m\033["},
    {"at once", "\033", "\033[m\033"},
};

static void only_what_changes_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(translations) / sizeof(translations[0]); i++) {
        struct ink ink;
        struct str out;
        ink_start(&ink);
        str_growing(&out);
        ink_translate(&ink, test_map(), slice_of(translations[i].in), &out);
        print_message("%s\n", translations[i].about);
        assert_string_equal(out.len > 0 ? out.ptr : "", translations[i].out);
        str_free(&out);
    }
}

static void what_is_not_told_comes_with_the_next(void **state)
{
    (void)state;
    struct ink ink;
    struct str out;
    ink_start(&ink);
    str_growing(&out);
    ink_translate(&ink, test_map(), slice_of("a\033[31m"), &out);
    assert_string_equal(out.ptr, "\033[ma");
    ink_translate(&ink, test_map(), slice_of("b"), &out);
    assert_string_equal(out.ptr, "\033[ma\033[31mb");
    ink_forget(&ink);
    str_reset(&out);
    ink_translate(&ink, test_map(), slice_of("\033(Bc"), &out);
    assert_string_equal(out.ptr, "\033(B\033[0;31mc");
    str_free(&out);
}

/* --- the small terminal --- */

struct seen {
    char ch;
    int fg, bg;
    unsigned flags;
};

#define SEEN_MAX 4000

static int color_of(const int *numbers, int count, int *used)
{
    *used = numbers[1] == 2 ? 5 : 3;
    if (numbers[1] == 2)
        return THEME_RGB | numbers[2] << 16 | numbers[3] << 8 | numbers[4];
    assert_in_range(count, 3, 99);
    return numbers[2] == 200 ? test_map()->colors[200] : numbers[2];
}

static void paint(struct seen *now, const int *numbers, int count)
{
    static const int on[] = {1, 2, 4, 7};
    for (int i = 0, used; i < count; i += used) {
        int n = numbers[i];
        used = 1;
        for (unsigned a = 0; a < 4; a++)
            if (n == on[a])
                now->flags |= 1U << a;
        if (n == 0)
            *now = (struct seen){0, -1, -1, 0};
        else if (n == 22)
            now->flags &= ~3U;
        else if (n == 24)
            now->flags &= ~4U;
        else if (n == 27)
            now->flags &= ~8U;
        else if (n == 38)
            now->fg = color_of(numbers + i, count - i, &used);
        else if (n == 48)
            now->bg = color_of(numbers + i, count - i, &used);
        else if (n >= 30 && n < 40)
            now->fg = n == 39 ? -1 : n - 30;
        else if (n >= 40 && n < 50)
            now->bg = n == 49 ? -1 : n - 40;
        else if (n >= 90 && n < 98)
            now->fg = n - 82;
        else if (n >= 100)
            now->bg = n - 92;
    }
}

/* What is seen of each character; a blank's own colours are not, where nothing is drawn on it. */
static size_t look(const char *text, struct seen *all)
{
    struct seen now = {0, -1, -1, 0};
    size_t count = 0;
    for (const char *at = text; *at != '\0'; at++) {
        int numbers[40] = {0}, n = 0;
        if (*at != '\033') {
            struct seen one = now;
            one.ch = *at;
            if (*at == ' ' && (one.flags & 12U) == 0) {
                one.fg = -1;
                one.flags = 0;
            }
            assert_in_range(count, 0, SEEN_MAX - 1);
            all[count++] = one;
            continue;
        }
        for (at += 2; *at != 'm'; at++) {
            if (*at == ';')
                numbers[++n] = 0;
            else
                numbers[n] = numbers[n] * 10 + (*at - '0');
        }
        paint(&now, numbers, n + 1);
    }
    return count;
}

static void the_same_is_seen(void **state)
{
    (void)state;
    static const char *const words[] = {"a",
                                        "b",
                                        " ",
                                        "  ",
                                        "a b",
                                        "\033[m",
                                        "\033[0;1m",
                                        "\033[1m",
                                        "\033[2m",
                                        "\033[4m",
                                        "\033[7m",
                                        "\033[22m",
                                        "\033[24m",
                                        "\033[27m",
                                        "\033[39m",
                                        "\033[49m",
                                        "\033[39;49m",
                                        "\033[31m",
                                        "\033[32m",
                                        "\033[42m",
                                        "\033[91m",
                                        "\033[101m",
                                        "\033[38;5;77m",
                                        "\033[48;5;77m",
                                        "\033[38;5;200m",
                                        "\033[48;5;200m",
                                        "\033[0;1;4;38;5;9;44m"};
    static struct seen meant[SEEN_MAX], got[SEEN_MAX];
    srand(7);
    for (unsigned round = 0; round < 2000; round++) {
        struct ink ink;
        struct str in, out;
        ink_start(&ink);
        str_growing(&in);
        str_growing(&out);
        for (unsigned i = 0; i < 200; i++)
            str_add_text(&in, words[(size_t)rand() % (sizeof(words) / sizeof(words[0]))]);
        str_add_char(&in, 'z');
        ink_translate(&ink, test_map(), str_slice(&in), &out);
        size_t count = look(in.ptr, meant);
        assert_int_equal(look(out.ptr, got), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(got[i].ch, meant[i].ch);
            assert_int_equal(got[i].bg, meant[i].bg);
            assert_int_equal(got[i].fg, meant[i].fg);
            assert_int_equal(got[i].flags, meant[i].flags);
        }
        str_free(&in);
        str_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_changes_is_told),
        cmocka_unit_test(what_is_not_told_comes_with_the_next),
        cmocka_unit_test(the_same_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
