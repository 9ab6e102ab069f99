/* The command line: what Tab completes, what a line means, and what it says when it means nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/command_line.h"
#include "tui/option.h"
#include "tui/words.h"

static const struct snap_backend nodes[] = {
    {.name = "eu-1", .slot = 3},
    {.name = "eu-2", .slot = 9},
    {.name = "us-west.a", .slot = 4},
    {.name = "eu-1", .slot = 5, .removed = true},
};
static const struct snap nodes_snap = {.backends = nodes, .backend_count = 4};

struct desk {
    struct command last;
    unsigned sent;
};

static int record_command(void *ctx, const struct command *command)
{
    struct desk *desk = ctx;
    desk->last = *command;
    desk->sent++;
    return 0;
}

/* An app whose command line holds this text. */
static void type(struct app *app, struct desk *desk, const char *text)
{
    app_init(app, record_command, desk);
    app->view.snap = &nodes_snap;
    act_prompt(app, CMD_PROMPT, 0);
    for (; *text != '\0'; text++)
        prompt_type(&app->view.prompt, *text);
}

static struct prompt typed(const char *text)
{
    struct prompt prompt;
    prompt_open(&prompt, PROMPT_COMMAND, "");
    for (; *text != '\0'; text++)
        prompt_type(&prompt, *text);
    return prompt;
}

static void completes(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after, *hint;
    } rows[] = {
        {"dr", "drain ", "drain"},
        {"drain", "drain ", "drain"},
        {"rel", "reload", "reload"},
        {"reload ", "reload ", ""},
        {"reload e", "reload e", ""},
        {"  u", "  undrain ", "undrain"},
        {"x", "x", ""},
        {"x eu", "x eu", ""},
        {"drain ", "drain ", "eu-1 eu-2 us-west.a eu-1"},
        {"drain e", "drain eu-", "eu-1 eu-2 eu-1"},
        {"drain eu-", "drain eu-", "eu-1 eu-2 eu-1"},
        {"drain eu-2", "drain eu-2", "eu-2"},
        {"check  u", "check  us-west.a", "us-west.a"},
        {"check u ", "check u ", ""},
        {"undrain E", "undrain E", ""},
        {"quit u", "quit u", ""},
        {"sor", "sort ", "sort"},
        {"sort to", "sort total", "total"},
        {"sort total ", "sort total ", "asc desc"},
        {"sort total d", "sort total desc", "desc"},
        {"sort total desc ", "sort total desc ", ""},
        {"set sor", "set sort", "sort"},
        {"set sort ag", "set sort age", "age"},
        {"set sort age a", "set sort age asc", "asc"},
        {"set zzz ", "set zzz ", ""},
        {"group b", "group backend", "backend"},
        {"panel ", "panel ", "all connections ips backends events"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct app app;
        struct desk desk = {0};
        char memory[100];
        struct str hint;
        type(&app, &desk, rows[i].before);
        str_fixed(&hint, memory, sizeof(memory));
        command_line_hint(&app.view, &hint);
        assert_string_equal(memory, rows[i].hint);
        command_line_complete(&app.view);
        assert_string_equal(app.view.prompt.text, rows[i].after);
        assert_true(prompt_is_open(&app.view.prompt));
        app_free(&app);
    }
    struct app app; /* nothing is known yet */
    type(&app, NULL, "drain e");
    app.view.snap = NULL;
    command_line_complete(&app.view);
    assert_string_equal(app.view.prompt.text, "drain e");
    app_free(&app);
    type(&app, NULL, "dreu-2"); /* what stands behind the cursor stays */
    for (unsigned i = 0; i < 4; i++)
        prompt_left(&app.view.prompt);
    command_line_complete(&app.view);
    assert_string_equal(app.view.prompt.text, "drain eu-2");
    app_free(&app);
}

static void means(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned sent;
        enum command_type type;
        unsigned slot;
        const char *notice;
    } rows[] = {
        {"reload", 1, COMMAND_RELOAD, REPORT_NO_BACKEND, "reload"},
        {"  reload  ", 1, COMMAND_RELOAD, REPORT_NO_BACKEND, "reload"},
        {"check", 1, COMMAND_CHECK, REPORT_NO_BACKEND, "checking the backends"},
        {"check us-west.a", 1, COMMAND_CHECK, 4, "check us-west.a"},
        {"drain  eu-2 ", 1, COMMAND_DRAIN, 9, "drain eu-2"},
        {"undrain eu-1", 1, COMMAND_UNDRAIN, 3, "undrain eu-1"}, /* the configured one */
        {"", 0, 0, 0, ""},
        {"   ", 0, 0, 0, ""},
        {"drain", 0, 0, 0, "drain needs more: drain NAME"},
        {"undrain ", 0, 0, 0, "undrain needs more: undrain NAME"},
        {"drain eu", 0, 0, 0, "there is no backend eu"},
        {"drain EU-1", 0, 0, 0, "there is no backend EU-1"},
        {"drain eu-1 eu-2", 0, 0, 0, "there is no backend eu-1 eu-2"},
        {"reload now", 0, 0, 0, "reload stands alone"},
        {"relaod", 0, 0, 0, "unknown command: relaod; did you mean reload?"},
        {"zzzzzzz", 0, 0, 0, "unknown command: zzzzzzz (? for help)"},
        {"Reload", 0, 0, 0, "unknown command: Reload; did you mean reload?"},
        {"%s%n x", 0, 0, 0, "unknown command: %s%n (? for help)"},
        {"refresh 2s", 0, 0, 0, "refresh 2s"},
        {"refresh", 0, 0, 0, "refresh 1s"},
        {"refresh 500ms", 0, 0, 0, "refresh 0.5s"},
        {"refresh 1m", 0, 0, 0, "refresh must be 100ms to 10s"},
        {"refresh nan", 0, 0, 0, "not a duration; write it like 250ms, 3s, 10m or 1h"},
        {"sort total", 0, 0, 0, "sort total desc"},
        {"sort client", 0, 0, 0, "sort client asc"},
        {"sort total asc", 0, 0, 0, "sort total asc"},
        {"sort client  DESC", 0, 0, 0, "sort client desc"},
        {"sort total up", 0, 0, 0, "there is no direction up"},
        {"sort totla", 0, 0, 0, "there is no column totla; did you mean total?"},
        {"set sort age asc", 0, 0, 0, "sort age asc"},
        {"set sort", 0, 0, 0, "sort rate desc"},
        {"set", 0, 0, 0, "set needs more: set NAME [VALUE]"},
        {"set zzz 1", 0, 0, 0, "there is nothing to set called zzz"},
        {"group client", 0, 0, 0, "group client"},
        {"group klient", 0, 0, 0, "there is no group klient; did you mean client?"},
        {"panel ips", 0, 0, 0, "panel ips"},
        {"panel all", 0, 0, 0, "panel all"},
        {"readonly", 0, 0, 0, "this screen is read-only from now on, until it is left"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct app app;
        struct desk desk = {0};
        type(&app, &desk, rows[i].text);
        app_key(&app, '\r', 100);
        assert_string_equal(app.view.notice, rows[i].notice);
        assert_int_equal(desk.sent, rows[i].sent);
        assert_false(prompt_is_open(&app.view.prompt));
        if (desk.sent > 0) {
            assert_int_equal(desk.last.type, rows[i].type);
            assert_int_equal(desk.last.backend, rows[i].slot);
        }
        app_free(&app);
    }
}

static void sets(void **state)
{
    (void)state;
    struct app app;
    type(&app, NULL, "");
    command_line_run(&app, "sort total asc", 0);
    assert_int_equal(app.view.model.key, SORT_TOTAL);
    assert_false(app.view.model.descending);
    command_line_run(&app, "sort nothing", 0);
    assert_int_equal(app.view.model.key, SORT_TOTAL);
    command_line_run(&app, "group backend", 0);
    assert_int_equal(app.view.model.by, GROUP_BACKEND);
    command_line_run(&app, "panel events", 0);
    command_line_run(&app, "panel events", 0);
    assert_int_equal(app.view.panels.alone, PANEL_EVENTS);
    command_line_run(&app, "panel all", 0);
    assert_int_equal(app.view.panels.alone, PANEL_ALL);
    command_line_run(&app, "readonly", 0);
    assert_true(view_read_only(&app.view));
    command_line_run(&app, "reload", 0);
    assert_string_equal(app.view.notice, "read-only: reload refused");
    app_free(&app);

    static const struct {
        double from, slower, faster;
    } steps[] = {{0.1, 0.5, 0.5}, {0.5, 1, 0.5}, {1, 2, 0.5}, {3, 5, 2}, {10, 10, 5}};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        type(&app, NULL, "");
        app.view.refresh = steps[i].from;
        option_step_refresh(&app, true, 0);
        assert_true(app.view.refresh == steps[i].slower);
        app.view.refresh = steps[i].from;
        option_step_refresh(&app, false, 0);
        assert_true(app.view.refresh == steps[i].faster);
        app_free(&app);
    }
}

/* Every option says what it would take itself, and takes it. */
static void options_go_both_ways(void **state)
{
    (void)state;
    struct app app;
    type(&app, NULL, "");
    for (size_t i = 0; option_at(i) != NULL; i++) {
        const struct option *option = option_at(i);
        char value[OPTION_TEXT_MAX], again[OPTION_TEXT_MAX];
        struct str text;
        const char *choice;
        for (size_t j = 0;
             option->choice != NULL && (choice = option->choice(&app.view, SLICE(""), j)) != NULL;
             j++) {
            struct err err;
            str_fixed(&text, value, sizeof(value));
            assert_int_equal(option->set(&app, slice_of(choice), 0, &err), 0);
            option->get(&app, &text);
            assert_true(slice_starts(str_slice(&text), slice_of(choice)));
            assert_int_equal(option->set(&app, str_slice(&text), 0, &err), 0);
            str_fixed(&text, again, sizeof(again));
            option->get(&app, &text);
            assert_string_equal(value, again);
        }
        assert_ptr_equal(option_find(slice_of(option->name)), option);
        assert_null(word_find(slice_of(option->name)));
    }
    app_free(&app);
}

static void looks_back(void **state)
{
    (void)state;
    struct app app;
    struct desk desk = {0};
    char line[40];
    type(&app, &desk, "");
    prompt_close(&app.view.prompt);
    for (unsigned i = 0; i < COMMAND_LINE_KEPT + 5; i++) {
        snprintf(line, sizeof(line), "drain nobody-%u", i);
        command_line_run(&app, line, 0);
        command_line_run(&app, line, 0); /* once is enough */
    }
    const char *text = app.view.prompt.text;
    act_prompt(&app, CMD_PROMPT, 0);
    prompt_type(&app.view.prompt, 'd');
    app_key(&app, KEYS_DOWN, 0);
    assert_string_equal(text, "d");
    app_key(&app, KEYS_UP, 0);
    assert_string_equal(text, "drain nobody-24");
    app_key(&app, KEYS_UP, 0);
    assert_string_equal(text, "drain nobody-23");
    for (unsigned i = 0; i < 30; i++)
        app_key(&app, KEYS_UP, 0);
    assert_string_equal(text, "drain nobody-5");
    for (unsigned i = 0; i < 30; i++)
        app_key(&app, KEYS_DOWN, 0);
    assert_string_equal(text, "d");
    app_free(&app);
}

static void holds_what_fits(void **state)
{
    (void)state;
    struct prompt prompt = typed("");
    for (unsigned i = 0; i < 3 * PROMPT_TEXT_MAX; i++)
        prompt_type(&prompt, 'a' + (int)i % 26);
    assert_int_equal(strlen(prompt.text), PROMPT_TEXT_MAX - 1);
    for (unsigned i = 0; i < PROMPT_TEXT_MAX - 1; i++)
        prompt_erase(&prompt);
    assert_string_equal(prompt.text, "");
    assert_true(prompt_is_open(&prompt));
    prompt_erase(&prompt);
    assert_false(prompt_is_open(&prompt));

    prompt = typed("quit");
    static const int others[] = {KEYS_UP, KEYS_F(5), KEYS_BACKSPACE, KEYS_CTRL('A'), 0x80};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        prompt_type(&prompt, others[i]);
    assert_string_equal(prompt.text, "quit");
    prompt_clear(&prompt);
    assert_string_equal(prompt.text, "");
    assert_true(prompt_is_open(&prompt));

    /* Completion has no more room than typing. */
    struct app app;
    type(&app, NULL, "drain ");
    while (strlen(app.view.prompt.text) < PROMPT_TEXT_MAX - 3)
        prompt_type(&app.view.prompt, ' ');
    prompt_type(&app.view.prompt, 'u');
    command_line_complete(&app.view);
    assert_int_equal(strlen(app.view.prompt.text), PROMPT_TEXT_MAX - 1);
    app_free(&app);

    /* A word that does not fit is no command, whatever it was meant to become. */
    type(&app, NULL, "");
    while (strlen(app.view.prompt.text) < PROMPT_TEXT_MAX - 4)
        prompt_type(&app.view.prompt, ' ');
    prompt_type(&app.view.prompt, 'u');
    command_line_complete(&app.view);
    assert_int_equal(strlen(app.view.prompt.text), PROMPT_TEXT_MAX - 1);
    app_free(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completes),
        cmocka_unit_test(means),
        cmocka_unit_test(holds_what_fits),
        cmocka_unit_test(sets),
        cmocka_unit_test(options_go_both_ways),
        cmocka_unit_test(looks_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
