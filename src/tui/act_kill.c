/*
 * Ending a connection: the key, its question, and the command.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/box.h"

void act_kill(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    const struct snap_conn *conn = model_selected(&view->model);
    (void)command;
    if (app_refuses(app, "kill", now))
        return;
    if (conn == NULL || panels_focused(view) != PANEL_CONNECTIONS) {
        app_notice(app, EVENT_INFO,
                   panels_focused(view) != PANEL_CONNECTIONS
                       ? "select a connection first (1, arrow keys)"
                       : "select a connection first (arrow keys)",
                   now);
        return;
    }
    char addr[ADDR_TEXT_MAX];
    bool routed = conn->backend < view->snap->backend_count;
    box_open(view, DIALOG_KILL);
    view->dialog.id = conn->id;
    snprintf(view->dialog.line, sizeof(view->dialog.line), "#%llu  %s  %s%s%s",
             (unsigned long long)conn->id, addr_text(addr, &conn->client, false), sort_client(conn),
             routed ? "  ->  " : "", routed ? view->snap->backends[conn->backend].name : "");
}

static void ask(const struct view *view, struct question *question)
{
    const struct dialog *dialog = &view->dialog;
    question->title = "Kill connection?";
    snprintf(question->brief, sizeof(question->brief), "Kill #%llu?",
             (unsigned long long)dialog->id);
    question_line(question, "%s", dialog->line);
    if (model_find(view->snap, dialog->id) == NULL) {
        question_line(question, "It has ended in the meantime.");
        question_answer(question, 0, "Close");
        return;
    }
    question_line(question, "What it plays may stop until the client reconnects.");
    question_line(question, "The list is held still while this box is open.");
    question_answer(question, 0, "No, keep");
    question_answer(question, 'Y', "cut now");
}

static void answered(struct app *app, unsigned answer, double now)
{
    (void)answer;
    app_send_command(app, &(struct command){.type = COMMAND_KILL, .id = app->view.dialog.id}, now);
}

const struct box_ops box_kill = {.ask = ask, .answered = answered};
