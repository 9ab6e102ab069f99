/*
 * Checking backends now: the one picked in their panel, else all.
 */
#include <stdio.h>

#include "tui/acts.h"

#define CHECK_SECONDS 2.0 /* checks asked for faster are ignored */

void act_check(struct app *app, enum key_command command, double now)
{
    struct command check = {.type = COMMAND_CHECK, .backend = REPORT_NO_BACKEND};
    const struct snap_backend *backend = panel_selected_backend(&app->view);
    char text[80];
    (void)command;
    if (app_refuses(app, "check", now) || now - app->checked_at < CHECK_SECONDS)
        return;
    app->checked_at = now;
    snprintf(text, sizeof(text), "checking %s", backend == NULL ? "the backends" : backend->name);
    if (backend != NULL)
        check.backend = backend->slot;
    app_notice(app, EVENT_INFO, text, now);
    app_send_command(app, &check, now);
}
