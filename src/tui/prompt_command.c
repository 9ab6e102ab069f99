/*
 * The prompt behind ":".
 */
#include <string.h>

#include "tui/acts.h"
#include "tui/command_line.h"
#include "tui/prompts.h"

static void run(struct app *app, double now)
{
    char text[PROMPT_TEXT_MAX];
    /* What it does may open the prompt anew. */
    memcpy(text, app->view.prompt.text, sizeof(text));
    command_line_run(app, text, now);
}

static void complete(struct app *app)
{
    command_line_complete(&app->view);
}

static void recall(struct app *app, int step)
{
    recall_step(&app->view.command_lines, &app->view.prompt, step);
}

const struct prompt_ops prompt_command = {
    .label = ":",
    .run = run,
    .complete = complete,
    .recall = recall,
    .hint = command_line_hint,
};

void act_prompt(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    (void)command;
    (void)now;
    theme_list(&view->themes);
    recall_begin(&view->command_lines);
    prompt_open(&view->prompt, PROMPT_COMMAND, "");
}
