/* What Tab completes on the command line, and what may stand there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tui_line.h"

static const struct {
    const char *before, *after, *hint;
} completions[] = {
    {"dr", "drain ", "drain"},
    {"drain", "drain ", "drain"},
    {"rel", "reload", "reload"},
    {"reload ", "reload ", ""},
    {"reload e", "reload e", ""},
    {"  un", "  un", "unblock undrain units"},
    {"und", "undrain ", "undrain"},
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
    {"sort to", "sort total ", "total"},
    {"sort total ", "sort total ", "asc desc"},
    {"sort total d", "sort total desc", "desc"},
    {"sort total desc ", "sort total desc ", ""},
    {"set sor", "set sort ", "sort"},
    {"set sort ag", "set sort age ", "age"},
    {"set sort age a", "set sort age asc", "asc"},
    {"set zzz ", "set zzz ", ""},
    {"group b", "group b", "bot backend"},
    {"group ba", "group backend", "backend"},
    {"kill 2", "kill 203.0.113.5 ", "203.0.113.5"},
    {"kill 7", "kill 7 ", "7"},
    {"kill #", "kill #", ""},
    {"kill Gr", "kill Groove Station ", "Groove Station"},
    {"kill gr", "kill groovy ", "groovy"},
    {"kill Groove ", "kill Groove ", "Station close reset block"},
    {"kill Groove S", "kill Groove Station ", "Station"},
    {"kill Groove Station ", "kill Groove Station ", "close reset block"},
    {"kill Groove Station c", "kill Groove Station close", "close"},
    {"kill 3", "kill 33 ", "33"},
    {"block G", "block Groove Station", "Groove Station"},
    {"block Groove ", "block Groove Station", "Station"},
    {"kill 7 ", "kill 7 ", "close reset block"},
    {"kill 7 b", "kill 7 block", "block"},
    {"kill 7 block ", "kill 7 block ", ""},
    {"block 2", "block 203.0.113.5", "203.0.113.5"},
    {"block ", "block ", "Groove Station groovy twin twin 33 203.0.113.5"},
    {"unblock ", "unblock 198.51.100.1", "198.51.100.1"},
    {"panel ", "panel ", "all connections ips backends events players"},
};

static void completes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(completions) / sizeof(completions[0]); i++) {
        struct app app;
        struct desk desk = {0};
        char memory[100];
        struct str hint;
        type(&app, &desk, completions[i].before);
        str_fixed(&hint, memory, sizeof(memory));
        command_line_hint(&app.view, &hint);
        assert_string_equal(memory, completions[i].hint);
        command_line_complete(&app.view);
        assert_string_equal(app.view.prompt.text, completions[i].after);
        assert_true(prompt_is_open(&app.view.prompt));
        app_free(&app);
    }
    struct app app; /* nothing is known yet */
    type(&app, NULL, "drain e");
    app.view.snap = NULL;
    command_line_complete(&app.view);
    assert_string_equal(app.view.prompt.text, "drain e");
    app_free(&app);
    type(&app, NULL, "block Gr"); /* nobody is named while names are masked */
    app.view.mask.on = true;
    command_line_complete(&app.view);
    assert_string_equal(app.view.prompt.text, "block Gr");
    app_free(&app);
    type(&app, NULL, "dreu-2"); /* what stands behind the cursor stays */
    for (unsigned i = 0; i < 4; i++)
        prompt_left(&app.view.prompt);
    command_line_complete(&app.view);
    assert_string_equal(app.view.prompt.text, "drain eu-2");
    app_free(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(completes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
