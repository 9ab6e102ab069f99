/* The command line: what a line means, and what it says when it means nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/option.h"
#include "tui/words.h"
#include "tui_line.h"

static struct prompt typed(const char *text)
{
    struct prompt prompt;
    prompt_open(&prompt, PROMPT_COMMAND, "");
    for (; *text != '\0'; text++)
        prompt_type(&prompt, *text);
    return prompt;
}

static const struct {
    const char *text;
    unsigned sent;
    enum command_type type;
    unsigned slot;
    const char *notice;
} meanings[] = {
    {"reload", 1, COMMAND_RELOAD, REPORT_NO_BACKEND, "reload"},
    {"  reload  ", 1, COMMAND_RELOAD, REPORT_NO_BACKEND, "reload"},
    {"check", 1, COMMAND_CHECK, REPORT_NO_BACKEND, "checking the backends"},
    {"check us-west.a", 1, COMMAND_CHECK, 4, "check us-west.a"},
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
    {"filter client:alpha & !v:3", 0, 0, 0, "filter client:alpha & !v:3"},
    {"filter rate>10Q", 0, 0, 0, "filter: unknown unit Q (use K M G)"},
    {"filter off", 0, 0, 0, "filter off"},
    {"mask on", 0, 0, 0, "mask on"},
    {"mask maybe", 0, 0, 0, "mask must be on or off"},
    {"mask", 0, 0, 0, "addresses and ids are masked"},
    {"set mask", 0, 0, 0, "mask off"},
    {"units bits", 0, 0, 0, "units bits"},
    {"units pounds", 0, 0, 0, "units must be bytes, bits or messages"},
    {"mouse OFF", 0, 0, 0, "mouse off"},
    {"columns 3", 0, 0, 0, "columns 3"},
    {"columns -1", 0, 0, 0, "columns: a number, 0 shows the most important ones"},
    {"keys htop", 0, 0, 0, "keys htop"},
    {"keys emacs", 0, 0, 0, "there is no preset emacs"},
    {"theme light", 0, 0, 0, "theme light"},
    {"theme nosuch", 0, 0, 0, NULL},
    {"find zzz", 0, 0, 0, NULL},
    {"panel all", 0, 0, 0, "panel all"},
    {"readonly", 0, 0, 0, "this screen is read-only from now on, until it is left"},
};

static void means(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        struct app app;
        struct desk desk = {0};
        type(&app, &desk, meanings[i].text);
        app_key(&app, '\r', 100);
        if (meanings[i].notice != NULL)
            assert_string_equal(app.view.notice, meanings[i].notice);
        else
            assert_string_not_equal(app.view.notice, "");
        assert_int_equal(desk.sent, meanings[i].sent);
        assert_false(prompt_is_open(&app.view.prompt));
        if (desk.sent > 0) {
            assert_int_equal(desk.last.type, meanings[i].type);
            assert_int_equal(desk.last.backend, meanings[i].slot);
        }
        app_free(&app);
    }
}

/* What asks when its key is pressed asks when its word is typed; the question knows what was said.
 */
static const struct {
    const char *text;
    const char *notice; /* where none opens */
    enum dialog_kind open;
    enum aim_way way;
    unsigned seconds;
    unsigned aimed; /* connections */
} questions[] = {
    {"kill 7", "", DIALOG_KILL, AIM_ANY, 0, 1},
    {"kill #7", "", DIALOG_KILL, AIM_ANY, 0, 1},
    {"kill 7 close", "", DIALOG_KILL, AIM_CLOSE, 0, 1},
    {"kill 7  reset ", "", DIALOG_KILL, AIM_CUT, 0, 1},
    {"kill 7 block", "", DIALOG_KILL, AIM_BLOCK, 0, 1},
    {"kill 7 block 90s", "", DIALOG_KILL, AIM_BLOCK, 90, 1},
    {"kill 203.0.113.5", "", DIALOG_KILL, AIM_ANY, 0, 2},
    {"kill 203.0.113.5 reset", "", DIALOG_KILL, AIM_CUT, 0, 2},
    {"kill groove station", "", DIALOG_KILL, AIM_ANY, 0, 2},
    {"kill Groove Station close", "", DIALOG_KILL, AIM_CLOSE, 0, 2},
    {"kill 729461053382164501 block 5m", "", DIALOG_KILL, AIM_BLOCK, 300, 2},
    {"kill Groove", "there is no connection and no bot Groove", 0, 0, 0, 0},
    {"kill twin", "2 bots are called twin: say which by its User-Id", 0, 0, 0, 0},
    {"block twin 1h", "2 bots are called twin: say which by its User-Id", 0, 0, 0, 0},
    {"block 22 1h", "", DIALOG_BLOCK, AIM_ANY, 3600, 0},
    {"block Groove Station 1h", "", DIALOG_BLOCK, AIM_ANY, 3600, 2},
    {"kill", "kill needs more: kill ID|IP|BOT [HOW]", 0, 0, 0, 0},
    {"kill 9", "there is no connection and no bot 9", 0, 0, 0, 0},
    {"kill alpha", "there is no connection and no bot alpha", 0, 0, 0, 0},
    {"kill 192.0.2.1", "192.0.2.1 has no connection", 0, 0, 0, 0},
    {"kill 7 gently", "gently: close, reset, or block and a time", 0, 0, 0, 0},
    {"kill 7 close now", "close now: close, reset, or block and a time", 0, 0, 0, 0},
    {"kill 7 block long", "long: not a duration; write it like 250ms, 3s, 10m or 1h", 0, 0, 0, 0},
    {"kill 7 block 0", "a block lasts 1s to 720h", 0, 0, 0, 0},
    {"block 203.0.113.5", "", DIALOG_BLOCK, AIM_ANY, 0, 2},
    {"block 203.0.113.5 15m", "", DIALOG_BLOCK, AIM_ANY, 900, 2},
    {"block 192.0.2.1 1h", "", DIALOG_BLOCK, AIM_ANY, 3600, 0}, /* not here yet */
    {"block 2001:db8::1", "", DIALOG_BLOCK, AIM_ANY, 0, 0},
    {"block", "block needs more: block IP|BOT [TIME]", 0, 0, 0, 0},
    {"block eu-1", "eu-1 is no IP address and no bot", 0, 0, 0, 0},
    {"block 192.0.2.1 1000h", "a block lasts 1s to 720h", 0, 0, 0, 0},
    {"unblock 198.51.100.1", "", DIALOG_UNBLOCK, 0, 0, 0},
    {"unblock 192.0.2.1", "192.0.2.1 is not blocked", 0, 0, 0, 0},
    {"unblock x", "x is not blocked", 0, 0, 0, 0},
    {"blocks", "", DIALOG_BLOCKS, 0, 0, 0},
    {"drain  eu-2 ", "", DIALOG_DRAIN, 0, 0, 0},
    {"undrain eu-1", "", DIALOG_DRAIN, 0, 0, 0},
    {"quit", "", DIALOG_QUIT, 0, 0, 0},
    {"q", "", DIALOG_QUIT, 0, 0, 0},
    {"help", "", DIALOG_HELP, 0, 0, 0},
};

static void asks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        struct app app;
        struct desk desk = {0};
        type(&app, &desk, questions[i].text);
        app_key(&app, '\r', 100);
        assert_string_equal(app.view.notice, questions[i].notice);
        assert_int_equal(app.view.dialog.kind, questions[i].open);
        assert_int_equal(app.view.dialog.choice, 0); /* the safe answer is marked */
        assert_int_equal(desk.sent, 0);
        if (questions[i].open == DIALOG_KILL || questions[i].open == DIALOG_BLOCK) {
            assert_int_equal(app.view.acting.aim.way, questions[i].way);
            assert_true(app.view.acting.aim.block_seconds == questions[i].seconds);
            assert_int_equal(app.view.acting.aim.id_count, questions[i].aimed);
        }
        app_free(&app);
        type(&app, &desk, questions[i].text);
        app.view.read_only = true; /* nothing of it, but for looking and leaving */
        app_key(&app, '\r', 100);
        bool harmless = questions[i].open == DIALOG_QUIT || questions[i].open == DIALOG_HELP ||
                        questions[i].open == DIALOG_BLOCKS;
        assert_int_equal(app.view.dialog.kind, harmless ? questions[i].open : DIALOG_NONE);
        app_free(&app);
    }
}

/* The question offers what was said, and no; the command is that. */
static void said_is_done(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char key;
        enum command_type type;
        enum kill_mode mode;
        double seconds;
    } rows[] = {
        {"kill 7 close", 'y', COMMAND_KILL, KILL_CLOSE, 0},
        {"kill 7 reset", 'Y', COMMAND_KILL, KILL_RESET, 0},
        {"kill 7 block 90s", 'b', COMMAND_KILL, KILL_CLOSE, 90},
        {"kill 7 block", 'b', COMMAND_KILL, KILL_CLOSE, 600},
        {"kill 7", 'Y', COMMAND_KILL, KILL_RESET, 0},
        {"kill 7", 'b', COMMAND_KILL, KILL_CLOSE, 600},
        {"kill 203.0.113.5 reset", 'Y', COMMAND_KILL_IP, KILL_RESET, 0},
        {"block 203.0.113.5 15m", 'y', COMMAND_BLOCK, 0, 900},
        {"block 203.0.113.5", '1', COMMAND_BLOCK, 0, 60},
        {"unblock 198.51.100.1", 'y', COMMAND_UNBLOCK, 0, 0},
        {"drain eu-2", 'y', COMMAND_DRAIN, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct app app;
        struct desk desk = {0};
        type(&app, &desk, rows[i].text);
        app_key(&app, '\r', 100);
        app_key(&app, rows[i].key, 100); /* not seen yet */
        assert_int_equal(desk.sent, 0);
        app.view.dialog.shown = true;
        for (const char *other = "yYb1"; *other != '\0'; other++)
            if (strchr(rows[i].text, ' ') != strrchr(rows[i].text, ' ') && *other != rows[i].key)
                app_key(&app, *other, 100); /* not offered */
        assert_int_equal(desk.sent, 0);
        app_key(&app, rows[i].key, 100);
        assert_int_equal(desk.sent, 1);
        assert_int_equal(desk.last.type, rows[i].type);
        assert_int_equal(desk.last.mode, rows[i].mode);
        assert_true(desk.last.seconds == rows[i].seconds);
        if (rows[i].type == COMMAND_DRAIN)
            assert_int_equal(desk.last.backend, 9);
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
        char value[OPTION_TEXT_MAX], again[OPTION_TEXT_MAX], word[WORD_MAX];
        struct str text;
        const char *choice;
        for (size_t j = 0; option->choice != NULL &&
                           (choice = option->choice(&app.view, SLICE(""), j, word)) != NULL;
             j++) {
            struct err err;
            str_fixed(&text, value, sizeof(value));
            assert_int_equal(option->set(&app, slice_of(choice), 0, &err), 0);
            option->get(&app.view, &text);
            assert_true(slice_starts(str_slice(&text), slice_of(choice)));
            assert_int_equal(option->set(&app, str_slice(&text), 0, &err), 0);
            str_fixed(&text, again, sizeof(again));
            option->get(&app.view, &text);
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
    for (unsigned i = 0; i < RECALL_KEPT + 5; i++) {
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
    while (strlen(app.view.prompt.text) < PROMPT_TEXT_MAX - 6)
        prompt_type(&app.view.prompt, ' ');
    for (const char *at = "und"; *at != '\0'; at++)
        prompt_type(&app.view.prompt, *at);
    command_line_complete(&app.view);
    assert_int_equal(strlen(app.view.prompt.text), PROMPT_TEXT_MAX - 1);
    app_free(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means),      cmocka_unit_test(holds_what_fits),
        cmocka_unit_test(asks),       cmocka_unit_test(said_is_done),
        cmocka_unit_test(sets),       cmocka_unit_test(options_go_both_ways),
        cmocka_unit_test(looks_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
