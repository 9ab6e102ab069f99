/*
 * How many colours are used.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/color.h"
#include "tui/depth.h"
#include "tui/theme_load.h"

static const struct {
    enum config_color color;
    struct depth_facts facts;
    enum theme_depth depth;
    int wanted;
} choices[] = {
    {CONFIG_COLOR_AUTO, {"xterm-256color", NULL, 256, true}, THEME_256, 0},
    {CONFIG_COLOR_AUTO, {"xterm-256color", "truecolor", 256, true}, THEME_TRUE, 0},
    {CONFIG_COLOR_AUTO, {"xterm-256color", "24bit", 256, true}, THEME_TRUE, 0},
    {CONFIG_COLOR_AUTO, {"xterm-256color", "yes", 256, true}, THEME_256, 0},
    {CONFIG_COLOR_AUTO, {"odd-256color", "truecolor", 256, false}, THEME_256, 0},
    {CONFIG_COLOR_AUTO, {"xterm", NULL, 8, false}, THEME_8, 0},
    {CONFIG_COLOR_AUTO, {"xterm", "truecolor", 8, false}, THEME_8, 256},
    {CONFIG_COLOR_AUTO, {"xterm-16color", NULL, 16, false}, THEME_16, 0},
    {CONFIG_COLOR_AUTO, {"rxvt-88color", NULL, 88, false}, THEME_16, 0},
    {CONFIG_COLOR_AUTO, {"vt220", NULL, 0, false}, THEME_MONO, 0},
    {CONFIG_COLOR_AUTO, {"xterm-direct", NULL, 1 << 24, false}, THEME_256, 256},
    {CONFIG_COLOR_NEVER, {"xterm-256color", "truecolor", 256, true}, THEME_MONO, 0},
    {CONFIG_COLOR_ALWAYS, {"xterm-256color", "truecolor", 256, true}, THEME_TRUE, 0},
    {CONFIG_COLOR_16, {"xterm-256color", "truecolor", 256, true}, THEME_16, 0},
    {CONFIG_COLOR_16, {"linux", NULL, 8, false}, THEME_8, 16},
    {CONFIG_COLOR_256, {"xterm-256color", "truecolor", 256, true}, THEME_256, 0},
    {CONFIG_COLOR_256, {"xterm", NULL, 8, true}, THEME_8, 256},
    {CONFIG_COLOR_TRUE, {"xterm-256color", NULL, 256, true}, THEME_TRUE, 0},
    {CONFIG_COLOR_TRUE, {"vt100", NULL, 0, true}, THEME_MONO, 256},
};

static void depth_is_what_is_asked_for_and_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        assert_int_equal(depth_choose(choices[i].color, &choices[i].facts), choices[i].depth);
        assert_int_equal(depth_wanted(choices[i].color, &choices[i].facts), choices[i].wanted);
    }
}

static void colours_are_measured(void **state)
{
    (void)state;
    assert_int_equal(color_rgb(16), 0x000000);
    assert_int_equal(color_rgb(231), 0xffffff);
    assert_int_equal(color_rgb(208), 0xff8700);
    assert_int_equal(color_rgb(232), 0x080808);
    assert_int_equal(color_rgb(255), 0xeeeeee);
    for (unsigned i = 16; i < 256; i++)
        assert_int_equal(color_rgb(color_nearest(color_rgb(i), 16, 255)), color_rgb(i));
    assert_int_equal(color_nearest(0xff1010, 0, 15), 9);
    assert_int_equal(color_nearest(0xff8800, 16, 255), 208);
    assert_int_equal((int)(color_contrast(0, 0xffffff) * 100), 2100);
    assert_int_equal((int)(color_contrast(0x777777, 0xffffff) * 100), 447);
    assert_int_equal((int)(color_distance(0, 0xffffff) * 10 + 0.5), 1000);
    assert_int_equal((int)(color_distance(0xff0000, 0x00ff00) + 0.5), 171);
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(color_channel(color_linear(i)), i);
}

static void true_colours_take_free_numbers(void **state)
{
    (void)state;
    struct theme theme;
    struct theme_looks asked, looks;
    struct load_problems problems = {0};
    struct theme_text text;
    for (unsigned t = 0; theme_built_in(t, &text); t++) {
        struct depth_map map;
        assert_true(theme_load(&theme, text.name, &problems));
        theme_resolve(&theme, THEME_TRUE, &asked);
        looks = asked;
        depth_map_looks(&map, &looks);
        for (unsigned i = 0; i < THEME_STATES * ROLE_COUNT; i++) {
            const struct theme_attr *from = &asked.attrs[0][0] + i, *to = &looks.attrs[0][0] + i;
            assert_in_range(to->fg + 1, 0, 256);
            assert_in_range(to->bg + 1, 0, 256);
            if (to->fg >= 0)
                assert_int_equal(from->fg, map.colors[to->fg] ? map.colors[to->fg] : to->fg);
            if (to->bg >= 0)
                assert_int_equal(from->bg, map.colors[to->bg] ? map.colors[to->bg] : to->bg);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depth_is_what_is_asked_for_and_there),
        cmocka_unit_test(colours_are_measured),
        cmocka_unit_test(true_colours_take_free_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
