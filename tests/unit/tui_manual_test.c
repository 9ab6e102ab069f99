/*
 * docs/keys.md is what the tables of keys and words say. GOLDEN=write writes it anew.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "tui/command_line.h"
#include "tui/keys.h"

#define PATH "docs/keys.md"

/* In a cell of a table a bar would end it. */
static void add_cell(struct str *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            str_add_char(out, '\\');
        str_add_char(out, *text);
    }
}

static void add_keys(struct str *out)
{
    char name[KEYS_NAME_MAX];
    for (size_t i = 0; i < keys_count; i++) {
        const struct key_binding *binding = &keys_table[i];
        if (i == 0 || keys_table[i - 1].section != binding->section)
            str_addf(out, "\n## %s\n\n| keys | do | name |\n|---|---|---|\n",
                     keys_section_title(binding->section));
        str_add_text(out, "|");
        for (unsigned j = 0; j < KEYS_PER_COMMAND && binding->keys[j] != KEYS_NONE; j++) {
            if (binding->keys[j] == '\n') /* for people the same as '\r' */
                continue;
            str_add_text(out, " `` ");
            add_cell(out, keys_name(name, binding->keys[j]));
            str_add_text(out, " ``");
        }
        str_add_text(out, " | ");
        add_cell(out, binding->help);
        str_addf(out, " | `%s` |\n", binding->name);
    }
}

static void add_words(struct str *out)
{
    struct command_line_entry entry;
    str_add_text(out, "\n## The command line\n\n| behind `:` | does |\n|---|---|\n");
    for (size_t i = 0; command_line_at(i, &entry); i++) {
        str_addf(out, "| `%s%s", entry.word, entry.args == NULL ? "" : " ");
        add_cell(out, entry.args == NULL ? "" : entry.args);
        str_add_text(out, "` | ");
        add_cell(out, entry.help);
        str_add_text(out, " |\n");
    }
}

static void is_what_the_tables_say(void **state)
{
    struct str expected, found;
    char block[4096];
    size_t got;
    (void)state;
    str_growing(&expected);
    str_add_text(&expected,
                 "# Keys\n\nThe default keys of the screen, made from the program's own table. `?` "
                 "shows them as they are bound; the names are\nthose of `tui.keys` in the "
                 "configuration, where presets and keys of your own stand.\n");
    add_keys(&expected);
    add_words(&expected);
    const char *mode = getenv("GOLDEN");
    bool write = mode != NULL && strcmp(mode, "write") == 0;
    FILE *file = fopen(PATH, write ? "w" : "r");
    assert_non_null(file);
    if (write)
        fputs(expected.ptr, file);
    str_growing(&found);
    while (!write && (got = fread(block, 1, sizeof(block), file)) > 0)
        str_add(&found, block, got);
    fclose(file);
    if (!write)
        assert_string_equal(found.ptr, expected.ptr);
    str_free(&found);
    str_free(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_what_the_tables_say)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
