/*
 * Moving through lists.
 */
#include "tui/acts.h"

void act_move(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    struct model *model = &view->model;
    if (panels_focused(view) != PANEL_CONNECTIONS)
        panels_move(view, app_movement(view, command), now);
    else if (command == CMD_FIRST)
        model_first(model, now);
    else if (command == CMD_LAST)
        model_last(model, now);
    else
        model_move(model, app_movement(view, command), now);
}

/* One step back: first the marks of find, then the filter, then what is picked, then the panel
 * alone, then to the connections. */
void act_unselect(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    (void)command;
    (void)now;
    if (finding_forget(view) || finding_clear(view))
        return;
    if (panels_drop(view))
        return;
    if (panels_focused(view) == PANEL_CONNECTIONS && view->model.selected != 0)
        model_unselect(&view->model);
    else if (view->panels.alone != PANEL_ALL)
        panels_show(view, view->panels.alone);
    else
        panels_focus(view, PANEL_CONNECTIONS);
}
