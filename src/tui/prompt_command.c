/*
 * The prompt behind ":".
 */
#include "tui/acts.h"
#include "tui/command_line.h"
#include "tui/prompts.h"

static void run(struct app *app, double now)
{
    struct view *view = &app->view;
    struct command command;
    char wrong[COMMAND_LINE_WRONG_MAX];
    const char *word = command_line_read(&view->prompt, view->snap, &command, wrong);
    if (word == NULL) {
        if (wrong[0] != '\0')
            app_notice(app, EVENT_WARN, wrong, now);
        return;
    }
    if (command.type == COMMAND_QUIT) {
        act_quit(app, CMD_QUIT, now);
        return;
    }
    if (app_refuses(app, word, now))
        return;
    app_notice(app, EVENT_INFO, view->prompt.text, now);
    app_send_command(app, &command, now);
}

static void complete(struct app *app)
{
    command_line_complete(&app->view.prompt, app->view.snap);
}

static void hint(const struct view *view, struct str *out)
{
    command_line_hint(&view->prompt, view->snap, out);
}

const struct prompt_ops prompt_command = {
    .label = ":",
    .run = run,
    .complete = complete,
    .hint = hint,
};

void act_prompt(struct app *app, enum key_command command, double now)
{
    (void)command;
    (void)now;
    prompt_open(&app->view.prompt, PROMPT_COMMAND, "");
}
