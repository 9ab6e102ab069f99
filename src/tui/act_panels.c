/*
 * Which panel has the window, and which one the keys act on.
 */
#include "tui/acts.h"

void act_panel(struct app *app, enum key_command command, double now)
{
    (void)now;
    panels_show(&app->view, (enum panel)(command - CMD_PANEL_CONNECTIONS + PANEL_CONNECTIONS));
}

void act_panel_turn(struct app *app, enum key_command command, double now)
{
    (void)now;
    panels_turn(&app->view, command == CMD_PANEL_PREV);
}
