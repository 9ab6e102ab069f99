/*
 * Options to lines and back. Values are always in quotes: so they are text to any YAML reader.
 */
#include "tui/saved.h"

#include <stdlib.h>
#include <string.h>

#include "conf/flat.h"
#include "tui/option.h"

static const char head[] =
    "# What the screen of lavaproxy was told to keep (:save). Written anew each "
    "time;\n# lavaproxy.yaml is never touched. May be deleted.\n";

void saved_write(const struct app *app, struct str *out)
{
    const struct option *option;
    str_add_text(out, head);
    for (size_t i = 0; (option = option_at(i)) != NULL; i++) {
        char memory[OPTION_TEXT_MAX];
        struct str value;
        str_fixed(&value, memory, sizeof(memory));
        option->get(&app->view, &value);
        if (value.len == 0)
            continue;
        str_addf(out, "%s: \"", option->name);
        for (const char *at = memory; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\')
                str_add_char(out, '\\');
            str_add_char(out, *at);
        }
        str_add_text(out, "\"\n");
    }
}

/* What the command line says is not for the file to change. */
static bool is_given(const struct app *app, const char *name)
{
    const struct config *config = app->config;
    if (config == NULL)
        return false;
    return (config->tui.theme_given && strcmp(name, "theme") == 0) ||
           (config->tui.refresh_given && strcmp(name, "refresh") == 0) ||
           (!config->tui.mouse && strcmp(name, "mouse") == 0);
}

void saved_read(struct app *app, const char *source, struct slice text, double now,
                struct load_problems *problems)
{
    struct flat *flat = calloc(1, sizeof(*flat));
    if (flat == NULL) {
        problems_error(problems, (struct place){.source = source}, NULL, "out of memory");
        return;
    }
    flat_read(flat, source, text, problems);
    for (unsigned i = 0; i < flat->count; i++) {
        const struct flat_entry *entry = &flat->list[i];
        const struct option *option = option_find(slice_of(entry->name));
        struct err err;
        if (option == NULL)
            problems_error(problems, entry->place, NULL, "there is nothing to set of this name");
        else if (!is_given(app, option->name) &&
                 option->set(app, slice_trim(slice_of(entry->value)), now, &err) < 0)
            problems_error(problems, entry->place, option->name, "%s", err.text);
    }
    free(flat);
}
