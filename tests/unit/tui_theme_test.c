/*
 * Themes: the built-in ones, what they become at each depth, and what is wrong with others.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "tui/color.h"
#include "tui/look.h"
#include "tui/theme_file.h"
#include "tui/theme_load.h"

static char folder[] = "/tmp/themes-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static bool load(const char *name, struct theme *theme, struct load_problems *problems)
{
    char path[200];
    memset(problems, 0, sizeof(*problems));
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return theme_load(theme, path, problems);
}

static void load_built_in(const char *name, struct theme *theme)
{
    struct load_problems problems = {0};
    if (!theme_load(theme, name, &problems) || problems.count > 0)
        fail_msg("%s: %s", name, problems.count > 0 ? problems.list[0].text : "not loaded");
    assert_string_equal(theme->name, name);
}

static void built_in_themes_are_whole(void **state)
{
    (void)state;
    struct theme_text text;
    static const char *const promised[] = {
        "dark",           "light",           "high-contrast", "cvd-safe", "mono",
        "solarized-dark", "solarized-light", "gruvbox-like",  "nord-like"};
    struct theme theme;
    for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++)
        load_built_in(promised[i], &theme);
    for (unsigned i = 0; theme_built_in(i, &text); i++)
        load_built_in(text.name, &theme);
    load_built_in("dark", &theme);
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        assert_int_equal(theme_role_find(theme_role_name((enum role)role)), role);
        assert_int_not_equal(theme.roles[role].fg.color, THEME_UNSET);
    }
    assert_int_equal(theme_role_find("rate"), ROLE_COUNT);
}

static void few_pairs_at_every_depth(void **state)
{
    (void)state;
    struct theme_text text;
    struct theme theme;
    struct theme_looks looks;
    for (unsigned i = 0; theme_built_in(i, &text); i++)
        for (unsigned depth = 0; depth < THEME_DEPTHS; depth++) {
            load_built_in(text.name, &theme);
            theme_resolve(&theme, (enum theme_depth)depth, &looks);
            assert_in_range(theme_pairs(&looks), 1, depth == THEME_MONO ? 1 : THEME_PAIRS_MAX);
        }
}

static bool is_text(enum role role)
{
    return role != ROLE_BORDER && role != ROLE_BORDER_FOCUS && role != ROLE_BAR_FILL &&
           role != ROLE_BAR_EMPTY && role != ROLE_SPARK && role != ROLE_AXIS;
}

static void text_can_be_read(void **state)
{
    (void)state;
    struct theme_text text;
    struct theme theme;
    struct theme_looks looks;
    unsigned bad = 0;
    for (unsigned i = 0; theme_built_in(i, &text); i++) {
        load_built_in(text.name, &theme);
        for (unsigned j = 0; j < 2 * THEME_STATES * ROLE_COUNT; j++) {
            enum theme_depth depth = j % 2 ? THEME_TRUE : THEME_256;
            enum role role = (enum role)(j / 2 % ROLE_COUNT);
            theme_resolve(&theme, depth, &looks);
            struct theme_attr attr = looks.attrs[j / 2 / ROLE_COUNT][role];
            double contrast =
                color_contrast(theme_rgb(&theme, attr.fg, false), theme_rgb(&theme, attr.bg, true));
            if (contrast >= 4.5 || !is_text(role))
                continue;
            bad++;
            print_error("%s, %s colours, %s%s: %.2f\n", theme.name, j % 2 ? "true" : "256",
                        theme_role_name(role), j / 2 < ROLE_COUNT ? "" : ", selected", contrast);
        }
    }
    assert_int_equal(bad, 0);
}

/* Machado, Oliveira and Fernandes 2009, severity 1.0, on linear light. */
static uint32_t simulate(const double m[3][3], uint32_t rgb)
{
    double in[3] = {color_linear(rgb >> 16 & 0xff), color_linear(rgb >> 8 & 0xff),
                    color_linear(rgb & 0xff)};
    uint32_t out = 0;
    for (unsigned i = 0; i < 3; i++)
        out = out << 8 | color_channel(m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2]);
    return out;
}

static void rates_differ_for_everybody(void **state)
{
    (void)state;
    static const double eyes[3][3][3] = {{{0.152286, 1.052583, -0.204868},
                                          {0.114503, 0.786281, 0.099216},
                                          {-0.003882, -0.048116, 1.051998}},
                                         {{0.367322, 0.860646, -0.227968},
                                          {0.280085, 0.672501, 0.047413},
                                          {-0.011820, 0.042940, 0.968881}},
                                         {{1.255528, -0.076749, -0.178779},
                                          {-0.078411, 0.930809, 0.147602},
                                          {0.004733, 0.691367, 0.303900}}};
    struct theme theme;
    struct theme_looks looks;
    load_built_in("cvd-safe", &theme);
    for (unsigned i = 0; i < 2 * 3 * 3; i++) {
        theme_resolve(&theme, i % 2 ? THEME_TRUE : THEME_256, &looks);
        const struct theme_attr *rates = &looks.attrs[THEME_PLAIN][ROLE_RATE_LOW];
        unsigned a = i / 2 % 3, b = (a + 1) % 3, eye = i / 6;
        uint32_t one = simulate(eyes[eye], theme_rgb(&theme, rates[a].fg, false));
        uint32_t other = simulate(eyes[eye], theme_rgb(&theme, rates[b].fg, false));
        assert_true(color_distance(one, other) >= 30);
    }
}

static void bands_never_differ_by_colour_alone(void **state)
{
    (void)state;
    struct theme_text text;
    struct theme theme;
    struct theme_looks looks;
    for (unsigned i = 0; theme_built_in(i, &text); i++) {
        load_built_in(text.name, &theme);
        assert_string_equal(theme.style.marks[0], "!");
        assert_string_equal(theme.style.marks[1], "!!");
        theme_resolve(&theme, THEME_MONO, &looks);
        const struct theme_attr *attrs = looks.attrs[THEME_PLAIN];
        assert_int_not_equal(attrs[ROLE_RATE_MID].flags, attrs[ROLE_RATE_LOW].flags);
        assert_int_not_equal(attrs[ROLE_RATE_HIGH].flags, attrs[ROLE_RATE_MID].flags);
        assert_int_not_equal(looks.attrs[THEME_SELECTED][ROLE_TEXT].flags, attrs[ROLE_TEXT].flags);
        for (unsigned role = 0; role < ROLE_COUNT; role++)
            assert_int_equal(attrs[role].fg + attrs[role].bg, 2 * THEME_DEFAULT);
    }
}

static void write_look(struct str *out, const struct theme_looks *looks, enum theme_state state,
                       enum role role)
{
    const struct theme_attr *attr = &looks->attrs[state][role];
    const int colors[2] = {attr->fg, attr->bg};
    str_addf(out, "%s%s", theme_role_name(role), state == THEME_SELECTED ? " selected" : "");
    for (unsigned i = 0; i < 2; i++)
        if (colors[i] >= THEME_RGB)
            str_addf(out, " #%06x", (unsigned)colors[i] & 0xffffff);
        else
            str_addf(out, " %d", colors[i]);
    static const char *const flags[] = {"bold", "dim", "reverse", "underline"};
    for (unsigned i = 0; i < 4; i++)
        if (attr->flags & 1u << i)
            str_addf(out, " %s", flags[i]);
    str_add_char(out, '\n');
}

/* All looks of a theme at all depths against a file; GOLDEN=write writes it anew. */
static void looks_are_golden(void **state)
{
    (void)state;
    struct theme_text text;
    static const char *const depth_names[] = {"mono", "8", "16", "256", "true"};
    static char golden[60000];
    struct theme theme;
    struct theme_looks looks;
    for (unsigned i = 0; theme_built_in(i, &text); i++) {
        char path[100];
        struct str drawn;
        str_growing(&drawn);
        load_built_in(text.name, &theme);
        for (unsigned depth = 0; depth < THEME_DEPTHS; depth++) {
            theme_resolve(&theme, (enum theme_depth)depth, &looks);
            str_addf(&drawn, "-- %s\n", depth_names[depth]);
            for (unsigned role = 0; role < ROLE_COUNT; role++)
                write_look(&drawn, &looks, THEME_PLAIN, (enum role)role);
            write_look(&drawn, &looks, THEME_SELECTED, ROLE_TEXT);
            write_look(&drawn, &looks, THEME_SELECTED, ROLE_RATE_HIGH);
        }
        snprintf(path, sizeof(path), "tests/unit/golden/themes/%s.txt", theme.name);
        const char *mode = getenv("GOLDEN");
        bool write = mode != NULL && strcmp(mode, "write") == 0;
        FILE *file = fopen(path, write ? "w" : "r");
        assert_non_null(file);
        if (write)
            fputs(drawn.ptr, file);
        else
            golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
        fclose(file);
        if (!write)
            assert_string_equal(drawn.ptr, golden);
        str_free(&drawn);
    }
}

static void nothing_is_invisible(void **state)
{
    (void)state;
    struct theme_text text;
    struct theme theme;
    struct theme_looks looks;
    for (unsigned i = 0; theme_built_in(i / THEME_DEPTHS, &text); i++) {
        enum theme_depth depth = (enum theme_depth)(i % THEME_DEPTHS);
        load_built_in(text.name, &theme);
        theme_resolve(&theme, depth, &looks);
        for (unsigned j = 0; j < THEME_STATES * ROLE_COUNT; j++) {
            struct theme_attr attr = looks.attrs[j / ROLE_COUNT][j % ROLE_COUNT];
            assert_true(attr.fg == THEME_DEFAULT || attr.fg != attr.bg);
            if (depth == THEME_8)
                assert_true(attr.fg < 8 && attr.bg < 8);
            if (depth == THEME_16)
                assert_true(attr.fg < 16 && attr.bg < 16);
            /* Bold black is black. */
            if (depth == THEME_8 && attr.fg == 0)
                assert_true(attr.bg > 0);
        }
    }
}

struct broken {
    const char *text, *says; /* the problem, without the file's name */
    bool good;
};

static const struct broken broken_rows[] = {
    {"", "", true},
    {"roles: {title: {fg: \"#123456\"}}", "", true},
    {"theme: x\nversion: 2\n", ":2:10: version: \"2\" is not 1, the only version there is", false},
    {"roles:\n  rate.mdi: {fg: red}\n", ":2:3: unknown role \"rate.mdi\"; did you mean rate.mid?",
     true},
    {"rolls: {}\n", ":1:1: unknown key \"rolls\"; did you mean roles?", true},
    {"roles: {text: {fgg: red}}\n", ":1:16: unknown key \"fgg\"; did you mean fg?", true},
    {"palette: {sky: \"#0000ff\"}\nroles:\n  text:\n    fg: skq\n",
     ":4:9: text: the palette has no colour \"skq\"; did you mean sky?", true},
    {"roles:\n  text: {fg: \"#12345\"}\n", ":2:14: text: \"#12345\" is not \"#rrggbb\"", false},
    {"palette:\n  a: \"#12345g\"\n",
     ":2:6: a: \"#12345g\" is no colour: \"#rrggbb\", default, one of the 16 colours' names, or "
     "another of the palette",
     false},
    {"palette: {a: b, b: a}\n",
     ":1:14: a: \"b\" is no colour: \"#rrggbb\", default, one of the 16 colours' names, or another "
     "of the palette (and 1 more)",
     false},
    {"palette: {a: b, b: \"#ffffff\"}\n", "", true},
    {"palette: {cyan: cyan}\nroles: {dim: {fg: cyan}}\n", "", true},
    {"roles: {text: {c256: 256}}\n", ":1:22: c256: \"256\" is not default, or 0 to 255", false},
    {"roles: {text: {c256: -1}}\n", ":1:22: c256: \"-1\" is not default, or 0 to 255", false},
    {"roles: {text: {c16: pink}}\n",
     ":1:21: c16: \"pink\" is not default, a colour's name such as cyan or cyan+, or 0 to 15",
     false},
    {"roles: {text: {mono: blinking}}\n",
     ":1:22: mono: \"blinking\" is not normal, or some of bold, dim, reverse and underline", false},
    {"roles: {rate.mid: {mark: \"\"}}\n",
     ":1:26: mark: \"\" is not one or two visible ASCII characters", false},
    {"roles: {rate.mid: {mark: \"!!\"}}\n", ": rate.mid and rate.high have the same mark", false},
    {"roles: {rate.mid: {mark: abc}}\n", ":1:26: mark: is longer than 2 bytes", false},
    {"roles: {title: {mark: x}}\n", ":1:23: mark: only rate.mid and rate.high have marks", true},
    {"appearance: pink\n", ":1:13: appearance: \"pink\" is not dark, light or any", false},
    {"spark: {gradient: [rate.low, rate.hgih]}\n",
     ":1:30: unknown role \"rate.hgih\"; did you mean rate.high?", true},
    {"spark: {gradient: dim}\n", ":1:19: gradient: must be a list of roles", false},
    {"spark: {gradient: [dim, dim, dim, dim, dim, dim, dim, dim, dim]}\n",
     ":1:60: gradient: has at most 8 roles", false},
    {"roles: [text]\n", ":1:8: roles: must be a mapping of names", false},
    {"- a list\n", ":1:1: must be a mapping of names", false},
    {"roles: {text: {fg: [red]}}\n", ":1:20: fg: must have a plain value", false},
    {"roles: {text: {fg: *x}}\n",
     ":1:20: aliases (*name) are not supported: write the value itself (and 1 more)", false},
    {"roles: {\n",
     ":2:1: not valid YAML: did not find expected node content while parsing a flow "
     "node",
     false},
    {"roles: {text: {fg: red}}\n---\n{}\n", ":2:1: a second document: only one is read", false},
    {"a: \x01\n", ":1:4: holds a control character here", false},
    {"extends: drak\n", ":1:10: there is no theme \"drak\"; did you mean dark?", false},
    {"extends: ./none.yaml\n", "there is no theme file", false},
    {"roles: {dim: {fg: red}, dim: {bg: blue}}\n", ":1:25: dim: given twice; both apply", true},
};

static void problems_name_their_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken_rows) / sizeof(broken_rows[0]); i++) {
        const struct broken *row = &broken_rows[i];
        struct theme theme, dark;
        struct load_problems problems;
        char line[600];
        write_file("row.yaml", row->text);
        bool good = load("row.yaml", &theme, &problems);
        theme_problem_line(line, sizeof(line), &problems);
        load_problems_free(&problems);
        const char *says = strstr(line, "row.yaml");
        says = says == NULL ? line : says + strlen("row.yaml");
        if (good != row->good ||
            (row->says[0] == ':' ? strcmp(says, row->says) != 0 : strstr(line, row->says) == NULL))
            fail_msg("%s: %s, says \"%s\", not \"%s\"", row->text, good ? "good" : "broken", says,
                     row->says);
        load_built_in("dark", &dark);
        if (!good)
            assert_memory_equal(&theme.roles, &dark.roles, sizeof(dark.roles));
        assert_string_equal(theme.name, good ? "row" : "dark");
    }
}

static void themes_extend_each_other(void **state)
{
    (void)state;
    struct theme theme, nord;
    struct load_problems problems;
    char line[600], name[40], text[80];
    write_file("child.yaml", "extends: nord-like\npalette: {accent: \"#ff0000\"}\n"
                             "roles: {rate.mid: {fg: accent, mono: underline}}\n");
    assert_true(load("child.yaml", &theme, &problems));
    load_built_in("nord-like", &nord);
    assert_int_equal(theme.roles[ROLE_TITLE].fg.color, THEME_RGB | 0xff0000);
    assert_int_equal(theme.roles[ROLE_TITLE].fg.c16, 14);
    assert_int_equal(theme.roles[ROLE_RATE_MID].fg.c16, THEME_UNSET);
    assert_int_equal(theme.roles[ROLE_RATE_MID].mono, THEME_UNDERLINE);
    assert_int_equal(theme.roles[ROLE_TEXT].bg.color, nord.roles[ROLE_TEXT].bg.color);
    assert_int_equal(theme.roles[ROLE_DIM].fg.color, nord.roles[ROLE_DIM].fg.color);
    /* A path is seen from the file that names it. */
    write_file("grandchild.yaml", "extends: ./child.yaml\n");
    assert_true(load("grandchild.yaml", &theme, &problems));
    assert_int_equal(theme.roles[ROLE_TITLE].fg.color, THEME_RGB | 0xff0000);
    write_file("bright.yaml", "appearance: light\n");
    assert_true(load("bright.yaml", &theme, &problems));
    load_built_in("light", &nord);
    assert_memory_equal(&theme.roles, &nord.roles, sizeof(nord.roles));
    write_file("bright.yaml", "extends: default-dark\n");
    assert_true(load("bright.yaml", &theme, &problems));
    assert_false(theme.light);

    write_file("a.yaml", "extends: ./b.yaml\n");
    write_file("b.yaml", "extends: ./a.yaml\n");
    assert_false(load("a.yaml", &theme, &problems));
    theme_problem_line(line, sizeof(line), &problems);
    assert_non_null(strstr(line, "extends itself"));
    load_problems_free(&problems);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "chain%u.yaml", i);
        snprintf(text, sizeof(text), "extends: ./chain%u.yaml\n", i + 1);
        write_file(name, text);
    }
    assert_false(load("chain0.yaml", &theme, &problems));
    theme_problem_line(line, sizeof(line), &problems);
    assert_non_null(strstr(line, "at most 8 are read"));
    load_problems_free(&problems);
}

static void hostile_files_are_bounded(void **state)
{
    (void)state;
    struct theme theme;
    struct load_problems problems;
    char line[600];
    struct str text;
    str_growing(&text);
    str_add_text(&text, "palette:\n");
    for (unsigned i = 0; i < 100; i++)
        str_addf(&text, "  color%u: \"#ffffff\"\n", i);
    write_file("many.yaml", text.ptr);
    assert_false(load("many.yaml", &theme, &problems));
    theme_problem_line(line, sizeof(line), &problems);
    assert_non_null(strstr(line, "many.yaml:66:3: a palette has at most 64 colours"));
    load_problems_free(&problems);

    str_reset(&text);
    str_add_text(&text, "roles:\n");
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        str_addf(&text, "  %s: {fg: \"#ffff%02x\"}\n", theme_role_name((enum role)i), i);
    write_file("pairs.yaml", text.ptr);
    assert_false(load("pairs.yaml", &theme, &problems));
    theme_problem_line(line, sizeof(line), &problems);
    assert_non_null(strstr(line, "different pairs of foreground and background"));
    load_problems_free(&problems);

    str_reset(&text);
    for (unsigned i = 0; i < THEME_FILE_MAX; i++)
        str_add_text(&text, "# ");
    write_file("large.yaml", text.ptr);
    assert_false(load("large.yaml", &theme, &problems));
    theme_problem_line(line, sizeof(line), &problems);
    assert_non_null(strstr(line, "is larger than 64 KiB"));
    load_problems_free(&problems);
    str_free(&text);

    assert_false(load(".", &theme, &problems));
    load_problems_free(&problems);
}

static void looks_fall_back_only_at_first(void **state)
{
    (void)state;
    struct look look = {0};
    char problem[200];
    assert_false(look_load(&look, "no-such-theme", problem, sizeof(problem)));
    assert_string_equal(problem, "theme: there is no theme \"no-such-theme\"");
    assert_string_equal(look.theme.name, "dark");
    assert_true(look.changed);
    assert_true(look_load(&look, "nord-like", problem, sizeof(problem)));
    assert_string_equal(problem, "");
    look.changed = false;
    assert_false(look_load(&look, "no-such-theme", problem, sizeof(problem)));
    assert_string_equal(look.theme.name, "nord-like");
    assert_false(look.changed);
}

static void own_folders_are_looked_through(void **state)
{
    (void)state;
    struct theme_text text;
    struct theme theme;
    struct theme_list list;
    struct load_problems problems = {0};
    char path[200];
    snprintf(path, sizeof(path), "%s/lavaproxy", folder);
    assert_int_equal(system("mkdir -p \"$XDG_CONFIG_HOME/lavaproxy/themes\""), 0);
    write_file("lavaproxy/themes/mine.yaml", "roles: {title: {fg: \"#abcdef\"}}\n");
    write_file("lavaproxy/themes/dark.yaml", "roles: {title: {fg: \"#abcdef\"}}\n");
    assert_true(theme_load(&theme, "mine", &problems));
    assert_int_equal(theme.roles[ROLE_TITLE].fg.color, THEME_RGB | 0xabcdef);
    load_built_in("dark", &theme); /* the built-in one is meant */
    assert_int_not_equal(theme.roles[ROLE_TITLE].fg.color, THEME_RGB | 0xabcdef);
    theme_list(&list);
    assert_true(theme_built_in(list.count - 2, &text));
    assert_false(theme_built_in(list.count - 1, &text));
    assert_string_equal(list.names[list.count - 1], "mine");
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || setenv("XDG_CONFIG_HOME", folder, 1) != 0;
}

static int clean_up(void **state)
{
    char command[100];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_themes_are_whole),
        cmocka_unit_test(few_pairs_at_every_depth),
        cmocka_unit_test(text_can_be_read),
        cmocka_unit_test(rates_differ_for_everybody),
        cmocka_unit_test(bands_never_differ_by_colour_alone),
        cmocka_unit_test(looks_are_golden),
        cmocka_unit_test(nothing_is_invisible),
        cmocka_unit_test(problems_name_their_lines),
        cmocka_unit_test(themes_extend_each_other),
        cmocka_unit_test(hostile_files_are_bounded),
        cmocka_unit_test(looks_fall_back_only_at_first),
        cmocka_unit_test(own_folders_are_looked_through),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
