/*
 * The prompt of find: rows are marked and the next one is picked while it is typed.
 */
#include <stdio.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/find.h"
#include "tui/prompts.h"

static void seek(struct app *app, const char *text, double now)
{
    struct finding *finding = &app->view.finding;
    snprintf(finding->sought, sizeof(finding->sought), "%s", text);
    finding->missing = finding->sought[0] != '\0' &&
                       find_pick(&app->view, finding->origin, true, false, now) == FIND_NOTHING;
}

static void say_missing(struct app *app, double now)
{
    char text[PROMPT_TEXT_MAX + 40];
    snprintf(text, sizeof(text), "not found: %s", app->view.finding.sought);
    app_notice(app, EVENT_INFO, text, now);
}

static void changed(struct app *app, double now)
{
    seek(app, app->view.prompt.text, now);
}

/* Enter alone goes on with what was looked for last. */
static void run(struct app *app, double now)
{
    struct finding *finding = &app->view.finding;
    if (app->view.prompt.text[0] == '\0' && finding->last_sought[0] != '\0') {
        finding->origin = find_row(&app->view);
        seek(app, finding->last_sought, now);
    }
    snprintf(finding->last_sought, sizeof(finding->last_sought), "%s", finding->sought);
    if (finding->missing)
        say_missing(app, now);
}

static void left(struct app *app, double now)
{
    (void)now;
    finding_forget(&app->view);
}

static void hint(const struct view *view, struct str *out)
{
    str_add_text(out, view->finding.missing ? "not found" : "n next  N previous  Esc ends");
}

const struct prompt_ops prompt_find = {
    .label = "/",
    .changed = changed,
    .run = run,
    .left = left,
    .hint = hint,
};

void act_find(struct app *app, enum key_command command, double now)
{
    (void)command;
    (void)now;
    finding_forget(&app->view);
    app->view.finding.origin = find_row(&app->view);
    prompt_open(&app->view.prompt, PROMPT_FIND, "");
}

void act_find_next(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    struct finding *finding = &view->finding;
    bool backward = command == CMD_FIND_PREV;
    if (finding->sought[0] == '\0')
        memcpy(finding->sought, finding->last_sought, sizeof(finding->sought));
    if (finding->sought[0] == '\0') {
        app_notice(app, EVENT_INFO, "nothing is looked for yet (/ finds)", now);
        return;
    }
    switch (find_pick(view, find_row(view), false, backward, now)) {
    case FIND_NOTHING:
        say_missing(app, now);
        break;
    case FIND_WRAPPED:
        app_notice(app, EVENT_INFO,
                   backward ? "on from the end: there is none before"
                            : "on from the top: there is none behind",
                   now);
        break;
    case FIND_HERE:
        break;
    }
}
