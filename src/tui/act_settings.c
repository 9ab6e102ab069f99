/*
 * Settings of the screen by a key of their own.
 */
#include "tui/acts.h"
#include "tui/option.h"

void act_refresh(struct app *app, enum key_command command, double now)
{
    option_step_refresh(app, command == CMD_REFRESH_SLOWER, now);
}
