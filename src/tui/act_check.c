/*
 * Checking the backends now.
 */
#include "tui/acts.h"

#define CHECK_SECONDS 2.0 /* checks asked for faster are ignored */

void act_check(struct app *app, enum key_command command, double now)
{
    (void)command;
    if (app_refuses(app, "check", now) || now - app->checked_at < CHECK_SECONDS)
        return;
    app->checked_at = now;
    app_notice(app, EVENT_INFO, "checking the backends", now);
    app_send_command(app, &(struct command){.type = COMMAND_CHECK, .backend = REPORT_NO_BACKEND},
                     now);
}
