/* The help: all that there is, on as many pages as it takes, never wider or higher than the window;
 * as the keys are bound now; and what is typed narrows it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/app.h"
#include "tui/box.h"
#include "tui/command_line.h"
#include "tui/draw.h"

struct shown {
    struct app app;
    struct grid grid;
    struct str text; /* all pages, one after the other */
};

static void press(struct shown *shown, const char *keys)
{
    for (; *keys != '\0'; keys++)
        app_key(&shown->app, *keys, 100);
}

/* Draws every page. */
static void look(struct shown *shown)
{
    char before[40] = "", title[40];
    str_reset(&shown->text);
    shown->app.view.dialog.scroll = 0;
    for (unsigned page = 0; page < 30; page++) {
        size_t start = shown->text.len;
        layout_draw(&shown->grid, &shown->app.view);
        assert_true(shown->app.view.dialog.drawn);
        grid_dump(&shown->grid, &shown->text);
        const char *at = strstr(shown->text.ptr + start, "Help ");
        assert_non_null(at);
        snprintf(title, sizeof(title), "%.10s", at);
        if (strcmp(title, before) == 0) /* there is no next page */
            return;
        memcpy(before, title, sizeof(title));
        press(shown, "\t");
    }
    fail();
}

static void open_help(struct shown *shown, unsigned rows, unsigned cols)
{
    *shown = (struct shown){0};
    str_growing(&shown->text);
    assert_int_equal(grid_resize(&shown->grid, rows, cols), 0);
    shown->grid.ascii = true;
    app_init(&shown->app, NULL, NULL);
    press(shown, "?");
}

static void close_help(struct shown *shown)
{
    app_free(&shown->app);
    grid_free(&shown->grid);
    str_free(&shown->text);
}

static void all_of_it_is_there(void **state)
{
    (void)state;
    static const unsigned sizes[][2] = {{24, 80}, {12, 60}, {42, 140}, {60, 200}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct shown shown;
        struct command_line_entry entry;
        open_help(&shown, sizes[i][0], sizes[i][1]);
        look(&shown);
        for (size_t row = 0; row < keys_count; row++) {
            char name[KEYS_NAME_MAX], *text = shown.text.ptr;
            int key = keys_table[row].keys[0];
            keys_name(name, key);
            if (strstr(text, keys_table[row].help) == NULL)
                fail_msg("%s is not whole in the help: %s", keys_table[row].name,
                         keys_table[row].help);
            assert_non_null(strstr(text, strncmp(name, "Ctrl-", 5) == 0 ? name + 5 : name));
        }
        for (size_t word = 0; command_line_at(word, &entry); word++) {
            char line[80];
            snprintf(line, sizeof(line), ":%s%s%s", entry.word, entry.args == NULL ? "" : " ",
                     entry.args == NULL ? "" : entry.args);
            assert_non_null(strstr(shown.text.ptr, line));
        }
        close_help(&shown);
    }
}

static void it_tells_the_keys_of_now(void **state)
{
    (void)state;
    static const struct config_key keys[] = {{"kill", "X", "f:1:1"}, {"check", "", "f:1:2"}};
    struct shown shown;
    open_help(&shown, 24, 80);
    assert_int_equal(keymap_load(&shown.app.view.keymap, keys, 2, KEYMAP_VIM, NULL, NULL), 0);
    look(&shown);
    assert_non_null(strstr(shown.text.ptr, "|  X  "));
    assert_null(strstr(shown.text.ptr, "F9"));
    assert_null(strstr(shown.text.ptr, "F7"));
    assert_non_null(strstr(shown.text.ptr, "Up k ^P"));
    close_help(&shown);
}

static void typing_narrows_it(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *there, *gone;
    } rows[] = {
        {"BLOCK", "block the IP; asks", "draw anew"},
        {"row.tag", "tag the row", "untag"}, /* the name that the configuration knows */
        {"f10", "F10 q", "F9"},
        {"mouse", "wheel", "ORDER"},
        {":drain", ":drain NAME", "drain, undrain"},
        {"block\b\b\b\b\bpause", "hold still", "block the IP"},
        {"block\025", "half a page up", "search: "},
        {"zzzz", "nothing of the kind", "ACT"},
        {"qnjk", "nothing of the kind", "ACT"}, /* letters are text, not movements, not the end */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct shown shown;
        open_help(&shown, 24, 80);
        press(&shown, rows[i].typed);
        layout_draw(&shown.grid, &shown.app.view);
        grid_dump(&shown.grid, &shown.text);
        if (strstr(shown.text.ptr, rows[i].there) == NULL ||
            strstr(shown.text.ptr, rows[i].gone) != NULL)
            fail_msg("%s:\n%s", rows[i].typed, shown.text.ptr);
        press(&shown, "\033");
        assert_int_equal(shown.app.view.dialog.kind, DIALOG_NONE);
        close_help(&shown);
    }
    struct shown shown; /* no more than there is room for */
    open_help(&shown, 24, 80);
    for (unsigned i = 0; i < 100; i++)
        press(&shown, "a");
    layout_draw(&shown.grid, &shown.app.view);
    assert_int_equal(strlen(shown.app.view.dialog.needle),
                     sizeof(shown.app.view.dialog.needle) - 1);
    close_help(&shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_there),
        cmocka_unit_test(it_tells_the_keys_of_now),
        cmocka_unit_test(typing_narrows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
