/*
 * A theme that cannot be had never leaves the screen without one.
 */
#include "tui/look.h"

#include <stdio.h>
#include <string.h>

#include "tui/theme_load.h"
#include "tui/tui.h"

bool look_load(struct look *look, const char *name, char *problem, size_t size)
{
    struct load_problems problems = {0};
    struct theme theme;
    bool good = theme_load(&theme, name, &problems);
    theme_problem_line(problem, size, &problems);
    load_problems_free(&problems);
    if (!good && look->asked[0] != '\0')
        return false;
    look->theme = theme;
    look->changed = true;
    snprintf(look->asked, sizeof(look->asked), "%s", good ? name : "dark");
    return good;
}

unsigned tui_check_theme(const struct config *config, void (*say)(void *ctx, const char *text),
                         void *ctx)
{
    struct load_problems problems = {0};
    struct theme theme;
    theme_load(&theme, config->tui.theme, &problems);
    for (size_t i = 0; i < problems.count; i++)
        say(ctx, problems.list[i].text);
    unsigned errors = (unsigned)problems.errors;
    load_problems_free(&problems);
    return errors;
}
