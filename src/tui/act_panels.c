/*
 * Which panel has the window.
 */
#include "tui/acts.h"

void act_panel(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    enum panel panel = (enum panel)(command - CMD_PANEL_CONNECTIONS + PANEL_CONNECTIONS);
    (void)now;
    view->panel = view->panel == panel ? PANEL_ALL : panel;
    view->scroll = 0;
}

/* The next panel in a circle; where all have room together, that is one of its stations. */
void act_panel_turn(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    unsigned first = view->small ? PANEL_CONNECTIONS : PANEL_ALL;
    unsigned count = PANEL_EVENTS - first + 1;
    unsigned at = view->panel > first ? view->panel - first : 0;
    (void)now;
    view->panel = (enum panel)(first + (at + (command == CMD_PANEL_PREV ? count - 1 : 1)) % count);
    view->scroll = 0;
}
