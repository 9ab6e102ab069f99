/*
 * The configuration at the start: its keys are checked for --check, and the screen takes it over.
 */
#include <stdio.h>

#include "conf/config.h"
#include "tui/app.h"
#include "tui/keymap.h"
#include "tui/state.h"
#include "tui/tui.h"

/* Keeps the first of several problems, without the directory: one line is short. */
static void keep_problem(void *ctx, const char *text)
{
    char *kept = ctx;
    size_t directory = slice_find(slice_of(text), ' ');
    while (directory > 0 && text[directory - 1] != '/')
        directory--;
    if (kept[0] == '\0')
        snprintf(kept, VIEW_LINE, "usual keys, since %s", text + directory);
}

void app_configure(struct app *app, const struct config *config, double now)
{
    char problem[VIEW_LINE] = "";
    app->config = config;
    keymap_load(&app->view.keymap, config->tui.keys, config->tui.key_count, KEYMAP_PRESETS,
                keep_problem, problem);
    if (problem[0] != '\0')
        app_notice(app, EVENT_WARN, problem, now);
    app->view.mouse = config->tui.mouse;
    app->view.ascii = config->tui.ascii;
    mask_init(&app->view.mask);
    model_group(&app->view.model, GROUP_BOT); /* hosts think in bots, not in sockets */
    state_load(app, now);
}

unsigned tui_check_keys(const struct config *config, void (*say)(void *ctx, const char *text),
                        void *ctx)
{
    struct keymap map;
    return keymap_load(&map, config->tui.keys, config->tui.key_count, KEYMAP_PRESETS, say, ctx);
}
