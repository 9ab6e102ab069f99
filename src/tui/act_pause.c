/*
 * Holding the screen still.
 */
#include "tui/acts.h"

void act_pause(struct app *app, enum key_command command, double now)
{
    (void)command;
    if (app->view.pause.on)
        pause_end(&app->view);
    else
        pause_begin(&app->view, now);
}

/* A step back holds the screen still by itself. */
void act_past(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    bool back = command == CMD_PAST_BACK;
    if (back)
        pause_begin(view, now);
    if (pause_step(view, back ? 1 : -1))
        return;
    if (!view->pause.on)
        app_notice(app, EVENT_INFO, "the screen is live already", now);
    else if (view->pause.back > 0)
        app_notice(app, EVENT_INFO, "no older second is kept", now);
    else
        app_notice(app, EVENT_INFO,
                   back ? "no second before this one is kept yet"
                        : "this is where it was paused (p: on to the present)",
                   now);
}
