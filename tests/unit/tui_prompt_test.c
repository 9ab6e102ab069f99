/* The command line: what Tab completes, what a line means, and what it says when it means nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/command_line.h"
#include "tui/keys.h"

static const struct snap_backend nodes[] = {
    {.name = "eu-1", .slot = 3},
    {.name = "eu-2", .slot = 9},
    {.name = "us-west.a", .slot = 4},
    {.name = "eu-1", .slot = 5, .removed = true},
};
static const struct snap nodes_snap = {.backends = nodes, .backend_count = 4};

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
        {"", "", "reload check drain undrain quit"},
        {"d", "drain ", "drain"},
        {"dr", "drain ", "drain"},
        {"drain", "drain ", "drain"},
        {"r", "reload", "reload"},
        {"reload", "reload", "reload"},
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
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct prompt prompt = typed(rows[i].before);
        char memory[100];
        struct str hint;
        str_fixed(&hint, memory, sizeof(memory));
        command_line_hint(&prompt, &nodes_snap, &hint);
        assert_string_equal(memory, rows[i].hint);
        command_line_complete(&prompt, &nodes_snap);
        assert_string_equal(prompt.text, rows[i].after);
        assert_true(prompt_is_open(&prompt));
    }
    struct prompt prompt = typed("drain e"); /* nothing is known yet */
    command_line_complete(&prompt, NULL);
    assert_string_equal(prompt.text, "drain e");
}

static void means(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word; /* NULL: nothing */
        enum command_type type;
        unsigned slot;
        const char *wrong;
    } rows[] = {
        {"reload", "reload", COMMAND_RELOAD, REPORT_NO_BACKEND, ""},
        {"  reload  ", "reload", COMMAND_RELOAD, REPORT_NO_BACKEND, ""},
        {"quit", "quit", COMMAND_QUIT, REPORT_NO_BACKEND, ""},
        {"check", "check", COMMAND_CHECK, REPORT_NO_BACKEND, ""},
        {"check us-west.a", "check", COMMAND_CHECK, 4, ""},
        {"drain  eu-2 ", "drain", COMMAND_DRAIN, 9, ""},
        {"undrain eu-1", "undrain", COMMAND_UNDRAIN, 3, ""}, /* the configured one */
        {"", NULL, 0, 0, ""},
        {"   ", NULL, 0, 0, ""},
        {"drain", NULL, 0, 0, "drain needs the name of a backend"},
        {"undrain ", NULL, 0, 0, "undrain needs the name of a backend"},
        {"drain eu", NULL, 0, 0, "there is no backend eu"},
        {"drain EU-1", NULL, 0, 0, "there is no backend EU-1"},
        {"drain eu-1 eu-2", NULL, 0, 0, "there is no backend eu-1 eu-2"},
        {"reload now", NULL, 0, 0, "reload stands alone"},
        {"reboot", NULL, 0, 0, "unknown command: reboot (? for help)"},
        {"Reload", NULL, 0, 0, "unknown command: Reload (? for help)"},
        {"re", NULL, 0, 0, "unknown command: re (? for help)"},
        {"%s%n x", NULL, 0, 0, "unknown command: %s%n (? for help)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct prompt prompt = typed(rows[i].text);
        struct command command;
        char wrong[COMMAND_LINE_WRONG_MAX];
        const char *word = command_line_read(&prompt, &nodes_snap, &command, wrong);
        assert_string_equal(wrong, rows[i].wrong);
        assert_int_equal(word != NULL, rows[i].word != NULL);
        if (word == NULL)
            continue;
        assert_string_equal(word, rows[i].word);
        assert_int_equal(command.type, rows[i].type);
        assert_int_equal(command.backend, rows[i].slot);
    }
}

static void holds_what_fits(void **state)
{
    (void)state;
    struct prompt prompt = typed("");
    for (unsigned i = 0; i < 3 * PROMPT_TEXT_MAX; i++)
        prompt_type(&prompt, 'a' + (int)i % 26);
    assert_int_equal(strlen(prompt.text), PROMPT_TEXT_MAX - 1);
    command_line_complete(&prompt, &nodes_snap);
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
    prompt = typed("drain ");
    while (strlen(prompt.text) < PROMPT_TEXT_MAX - 3)
        prompt_type(&prompt, ' ');
    prompt_type(&prompt, 'u');
    command_line_complete(&prompt, &nodes_snap);
    assert_int_equal(strlen(prompt.text), PROMPT_TEXT_MAX - 1);

    /* A word that does not fit is no command, whatever it was meant to become. */
    prompt = typed("");
    while (strlen(prompt.text) < PROMPT_TEXT_MAX - 4)
        prompt_type(&prompt, ' ');
    prompt_type(&prompt, 'u');
    command_line_complete(&prompt, &nodes_snap);
    assert_int_equal(strlen(prompt.text), PROMPT_TEXT_MAX - 1);
}

/* The help says what there is. */
static void help_names_every_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < keys_count; i++) {
        if (keys_table[i].command != CMD_PROMPT)
            continue;
        for (size_t j = 0; command_line_word(j) != NULL; j++)
            assert_non_null(strstr(keys_table[i].help, command_line_word(j)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completes),
        cmocka_unit_test(means),
        cmocka_unit_test(holds_what_fits),
        cmocka_unit_test(help_names_every_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
