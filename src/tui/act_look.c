/*
 * How things are written: masked for other people's eyes, rates in bits or bytes.
 */
#include "tui/acts.h"

void act_mask(struct app *app, enum key_command command, double now)
{
    struct mask *mask = &app->view.mask;
    (void)command;
    mask->on = !mask->on;
    app_notice(app, EVENT_INFO,
               mask->on ? "addresses and ids are masked" : "addresses and ids are shown", now);
}

void act_units(struct app *app, enum key_command command, double now)
{
    (void)command;
    app->view.bits = !app->view.bits;
    app_notice(app, EVENT_INFO,
               app->view.bits ? "rates in bits per second" : "rates in bytes per second", now);
}
