/*
 * How things are written: masked for other people's eyes, rates in bytes, bits or messages.
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
    static const char *const notices[UNITS_COUNT] = {
        [UNITS_BYTES] = "rates in bytes per second",
        [UNITS_BITS] = "rates in bits per second",
        [UNITS_MESSAGES] = "messages per second: requests, and WebSocket messages either way",
    };
    (void)command;
    app->view.units = (enum view_units)((app->view.units + 1) % UNITS_COUNT);
    app_notice(app, EVENT_INFO, notices[app->view.units], now);
}
