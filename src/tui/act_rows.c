/*
 * Moving through lists.
 */
#include "tui/acts.h"

/* In a panel without selection; the end of its rows is the layout's affair. */
static void scroll_panel(struct view *view, int lines)
{
    int at = (int)view->scroll + lines;
    view->scroll = (unsigned)(at < 0 ? 0 : at > VIEW_SCROLL_MAX ? VIEW_SCROLL_MAX : at);
}

void act_move(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    struct model *model = &view->model;
    if (view->panel > PANEL_CONNECTIONS)
        scroll_panel(view, app_movement(view, command));
    else if (command == CMD_FIRST)
        model_first(model, now);
    else if (command == CMD_LAST)
        model_last(model, now);
    else
        model_move(model, app_movement(view, command), now);
}

void act_unselect(struct app *app, enum key_command command, double now)
{
    (void)command;
    (void)now;
    app->view.panel = PANEL_ALL;
    model_unselect(&app->view.model);
}
