/*
 * The order of the connections.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/box.h"

void act_sort_by(struct app *app, enum sort_key key, double now)
{
    char text[80];
    struct model *model = &app->view.model;
    if (model->key == key)
        model_reverse(model);
    else
        model_sort(model, key);
    snprintf(text, sizeof(text), "sorted by %s, %s", sort_name(key),
             model->descending ? "descending" : "ascending");
    app_notice(app, EVENT_INFO, text, now);
}

enum sort_key act_sort_key(enum key_command command)
{
    switch (command) {
    case CMD_SORT_RATE:
        return SORT_RATE;
    case CMD_SORT_TOTAL:
        return SORT_TOTAL;
    case CMD_SORT_AGE:
        return SORT_AGE;
    case CMD_SORT_IP:
        return SORT_IP;
    case CMD_SORT_BACKEND:
        return SORT_BACKEND;
    default:
        return SORT_COUNT;
    }
}

void act_sort_direct(struct app *app, enum key_command command, double now)
{
    if (!act_in_panel(app, command, now))
        act_sort_by(app, act_sort_key(command), now);
}

void act_reverse(struct app *app, enum key_command command, double now)
{
    if (!act_in_panel(app, command, now))
        act_sort_by(app, app->view.model.key, now);
}

void act_sort_menu(struct app *app, enum key_command command, double now)
{
    if (act_in_panel(app, command, now))
        return;
    box_open(&app->view, DIALOG_SORT);
    app->view.dialog.choice = app->view.model.key;
}
