/*
 * Moving through lists, and marks on the rows of the connections.
 */
#include <stdio.h>

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
    if (panels_focused(view) == PANEL_CONNECTIONS && model_has_selection(&view->model))
        model_unselect(&view->model);
    else if (view->panels.alone != PANEL_ALL)
        panels_show(view, view->panels.alone);
    else
        panels_focus(view, PANEL_CONNECTIONS);
}

/* Left goes back through the columns first, then closes the group; right opens the group first. */
void act_columns(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    if (panels_focused(view) != PANEL_CONNECTIONS)
        return;
    if (command == CMD_SCROLL_LEFT) {
        if (view->skipped_columns > 0)
            view->skipped_columns--;
        else
            model_open(&view->model, false, now);
    } else if (!model_open(&view->model, true, now) && view->more_columns) {
        view->skipped_columns++;
    }
}

/* Whether there is a row to act on; else says what to do about it. */
static bool has_row(struct app *app, double now)
{
    struct view *view = &app->view;
    if (panels_focused(view) == PANEL_CONNECTIONS && model_has_selection(&view->model))
        return true;
    bool bots = view->model.by == GROUP_BOT;
    app_notice(app, EVENT_INFO,
               panels_focused(view) != PANEL_CONNECTIONS ? "select a row first (1, arrow keys)"
               : bots                                    ? "select a bot first (arrow keys)"
                                                         : "select a connection first (arrow keys)",
               now);
    return false;
}

void act_tag(struct app *app, enum key_command command, double now)
{
    struct model *model = &app->view.model;
    char text[40];
    (void)command;
    if (!has_row(app, now))
        return;
    if (model_tag(model) < 0) {
        app_notice(app, EVENT_ERROR, "not tagged: out of memory", now);
        return;
    }
    snprintf(text, sizeof(text), "tagged %u", model->tags.count);
    app_notice(app, EVENT_INFO, text, now);
    if (model_selected_group(model) == NULL)
        model_move(model, 1, now);
}

void act_untag(struct app *app, enum key_command command, double now)
{
    struct tags *tags = &app->view.model.tags;
    (void)command;
    app_notice(app, EVENT_INFO,
               tags->count > 0 ? "nothing is tagged any more" : "nothing is tagged", now);
    tags_clear(tags);
    /* A filter may ask for them; where the picture stands nothing else would ask again. */
    if (app->view.model.filter != NULL)
        app->view.model.stale = true;
}

static const char *group_word(const struct model *model)
{
    return model->by == GROUP_BOT ? "the bot" : "the group";
}

void act_follow(struct app *app, enum key_command command, double now)
{
    struct model *model = &app->view.model;
    char text[60];
    (void)command;
    if (!has_row(app, now))
        return;
    model_follow(model);
    if (!model->following)
        snprintf(text, sizeof(text), "no longer followed");
    else if (model->selected == 0)
        snprintf(text, sizeof(text), "following %s; a movement ends it", group_word(model));
    else
        snprintf(text, sizeof(text), "following #%llu; a movement ends it",
                 (unsigned long long)model->selected);
    app_notice(app, EVENT_INFO, text, now);
}

void act_follow_lost(struct app *app, double now)
{
    struct model *model = &app->view.model;
    char text[80], row[32];
    if (model->lost == MODEL_LOST_NONE || prompt_is_open(&app->view.prompt))
        return; /* what is being typed has the row of the notices */
    snprintf(row, sizeof(row), "%s", group_word(model));
    if (model->lost_id != 0)
        snprintf(row, sizeof(row), "#%llu", (unsigned long long)model->lost_id);
    snprintf(text, sizeof(text), "%s %s: no longer followed", row,
             model->lost == MODEL_LOST_ENDED ? "has ended" : "is hidden");
    app_notice(app, EVENT_WARN, text, now);
    model->lost = MODEL_LOST_NONE;
}
