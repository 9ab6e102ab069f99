/* What the screen keeps for the next time: text and back, files that are broken, the file on disk.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/option.h"
#include "tui/saved.h"
#include "tui/state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void read_text(struct app *app, const char *text, size_t len, struct load_problems *problems)
{
    *problems = (struct load_problems){0};
    saved_read(app, "s.yaml", (struct slice){text, len}, 0, problems);
}

static void goes_both_ways(void **state)
{
    (void)state;
    struct app app, other;
    struct str text, again;
    struct load_problems problems;
    app_init(&app, NULL, NULL);
    app_init(&other, NULL, NULL);
    str_growing(&text);
    str_growing(&again);
    char problem[VIEW_LINE];
    assert_true(look_load(&app.view.look, "light", problem, sizeof(problem)));
    app.view.refresh = 2.5;
    app.view.model.key = SORT_CLIENT;
    app.view.model.descending = true;
    model_group(&app.view.model, GROUP_BACKEND);
    keymap_init(&app.view.keymap, KEYMAP_HTOP);
    saved_write(&app, &text);
    assert_non_null(strstr(text.ptr, "sort: \"client desc\"\n"));
    read_text(&other, text.ptr, text.len, &problems);
    assert_int_equal(problems.count, 0);
    assert_int_equal(other.view.model.key, SORT_CLIENT);
    assert_true(other.view.model.descending);
    assert_int_equal(other.view.model.by, GROUP_BACKEND);
    assert_true(other.view.refresh == 2.5);
    assert_string_equal(other.view.look.asked, "light");
    assert_int_equal(other.view.keymap.preset, KEYMAP_HTOP);
    saved_write(&other, &again);
    assert_string_equal(text.ptr, again.ptr);
    for (size_t i = 0; option_at(i) != NULL; i++) { /* none is forgotten */
        char line[60];
        snprintf(line, sizeof(line), "\n%s: \"", option_at(i)->name);
        assert_non_null(strstr(text.ptr, line));
    }
    str_free(&text);
    str_free(&again);
    app_free(&app);
    app_free(&other);
}

static const struct {
    const char *text;
    const char *problem;
    bool sorted; /* a good line before the problem still counts */
} broken[] = {
    {"sort: age\nrefrsh: 1s\n", "s.yaml:2:1: there is nothing to set of this name", true},
    {"sort: age\nrefresh: soon\n",
     "s.yaml:2:1: refresh: not a duration; write it like 250ms, 3s, 10m or 1h", true},
    {"sort: age\nrefresh: 1h\n", "s.yaml:2:1: refresh: refresh must be 100ms to 10s", true},
    {"sort: age\nkeys: emacs\n", "s.yaml:2:1: keys: there is no preset emacs", true},
    {"sort: age\nsort: rate\n", "s.yaml:2:1: is there twice", false},
    {"sort: age\nrefresh: [1s]\n", "s.yaml:2:10: must be a plain value", false},
    {"sort: age\n[a]: b\n", "s.yaml:2:1: must be a name", false},
    {"- sort\n", "s.yaml:1:1: must be a mapping of names to values", false},
    {"sort: \"age\n",
     "s.yaml:2:1: not valid YAML: found unexpected end of stream while scanning a "
     "quoted scalar",
     false},
    {"sort: age\n--- \nsort: age\n", "s.yaml:2:1: a second document: only one is read", false},
    {"sort: \"a\\0ge\"\n", "s.yaml:1:7: holds a character that cannot be shown", false},
    {"sort: \"\\x07\"\n", "s.yaml:1:7: holds a character that cannot be shown", false},
    {"sort: \"\\L\"\n", "s.yaml:1:7: holds a character that cannot be shown", false},
    {"sort: age\x07\n", "s.yaml:1:10: holds a control character here", false},
    {"sort: \xff\n", "s.yaml:1:7: is not valid UTF-8 here", false},
};

static void broken_files_say_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct app app;
        struct load_problems problems;
        app_init(&app, NULL, NULL);
        read_text(&app, broken[i].text, strlen(broken[i].text), &problems);
        assert_int_equal(problems.count, 1);
        assert_string_equal(problems.list[0].text, broken[i].problem);
        assert_int_equal(app.view.model.key, broken[i].sorted ? SORT_AGE : SORT_RATE);
        assert_true(app.view.refresh == 1);
        load_problems_free(&problems);
        app_free(&app);
    }
    struct app app;
    struct load_problems problems;
    app_init(&app, NULL, NULL);
    read_text(&app, "", 0, &problems);
    assert_int_equal(problems.count, 0);
    read_text(&app, "# nothing\n", 10, &problems);
    assert_int_equal(problems.count, 0);
    struct str many; /* more names and longer ones than there can be */
    str_growing(&many);
    for (unsigned i = 0; i < 5000; i++)
        str_addf(&many, "n%u: x\n", i);
    read_text(&app, many.ptr, many.len, &problems);
    assert_int_equal(problems.count, 1);
    load_problems_free(&problems);
    str_reset(&many);
    for (unsigned i = 0; i < 5000; i++)
        str_add_char(&many, 'n');
    str_add_text(&many, ": x\n");
    read_text(&app, many.ptr, many.len, &problems);
    assert_int_equal(problems.count, 1);
    load_problems_free(&problems);
    str_free(&many);
    app_free(&app);
}

/* The command line's word counts more than what was saved. */
static void command_line_comes_first(void **state)
{
    (void)state;
    struct app app;
    struct load_problems problems;
    struct config config = {.tui = {.refresh_given = true, .mouse = true}};
    app_init(&app, NULL, NULL);
    app.config = &config;
    read_text(&app, "refresh: 5s\nsort: age\n", 22, &problems);
    assert_int_equal(problems.count, 0);
    assert_true(app.view.refresh == 1);
    assert_int_equal(app.view.model.key, SORT_AGE);
    app_free(&app);
}

/* --- the file --------------------------------------------------------------------------------- */

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void get(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void lies_where_it_should(void **state)
{
    (void)state;
    char path[200], small[10];
    setenv("XDG_STATE_HOME", "/var/lib/x", 1);
    setenv("HOME", "/home/y", 1);
    assert_string_equal(state_path(path, sizeof(path)), "/var/lib/x/lavaproxy/screen.yaml");
    assert_null(state_path(small, sizeof(small)));
    setenv("XDG_STATE_HOME", "relative", 1);
    assert_string_equal(state_path(path, sizeof(path)),
                        "/home/y/.local/state/lavaproxy/screen.yaml");
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    assert_null(state_path(path, sizeof(path)));
    struct app app;
    app_init(&app, NULL, NULL);
    state_load(&app, 0);
    assert_string_equal(app.view.notice, "");
    state_save(&app, 0);
    assert_string_equal(app.view.notice, "not saved: neither XDG_STATE_HOME nor HOME is set");
    app_free(&app);
}

static void is_written_whole(void **state)
{
    (void)state;
    char directory[] = "/tmp/lavaproxy-state-XXXXXX", home[100], path[200], bad[210], text[2000];
    struct stat status;
    struct app app;
    assert_non_null(mkdtemp(directory));
    snprintf(home, sizeof(home), "%s/not/there/yet", directory);
    setenv("XDG_STATE_HOME", home, 1);
    assert_non_null(state_path(path, sizeof(path)));
    snprintf(bad, sizeof(bad), "%s.bad", path);
    app_init(&app, NULL, NULL);
    state_load(&app, 0);
    assert_string_equal(app.view.notice, "");
    app.view.refresh = 5;
    state_save(&app, 0);
    assert_non_null(strstr(app.view.notice, "saved in "));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    get(path, text, sizeof(text));
    assert_non_null(strstr(text, "\nrefresh: \"5s\"\n"));

    app.view.refresh = 1;
    state_load(&app, 0);
    assert_true(app.view.refresh == 5);

    /* A broken one is neither obeyed nor lost. */
    put(path, "refresh: [\n");
    state_load(&app, 0);
    assert_non_null(strstr(app.view.notice, "saved settings: screen.yaml:1:10: must be a plain"));
    state_save(&app, 0);
    get(bad, text, sizeof(text));
    assert_string_equal(text, "refresh: [\n");
    get(path, text, sizeof(text));
    assert_non_null(strstr(text, "\nrefresh: \"5s\"\n"));
    unlink(bad);
    state_save(&app, 0);
    assert_int_equal(access(bad, F_OK), -1);

    /* Where nothing can be written, that is said, and what was there stays. */
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    state_load(&app, 0);
    assert_non_null(strstr(app.view.notice, "is a directory"));
    state_load(&app, 0);
    app.state_broken = false;
    state_save(&app, 0);
    assert_non_null(strstr(app.view.notice, "not saved: "));
    rmdir(path);
    /* No temporary file is left: every directory is empty. */
    for (char *end; strcmp(path, directory) != 0; *end = '\0') {
        end = strrchr(path, '/');
        if (access(path, F_OK) == 0)
            assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
    app_free(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_both_ways),           cmocka_unit_test(broken_files_say_where),
        cmocka_unit_test(command_line_comes_first), cmocka_unit_test(lies_where_it_should),
        cmocka_unit_test(is_written_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
