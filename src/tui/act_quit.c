/*
 * Ending the program: asks once; Ctrl-C twice, or a second time while it drains, asks no more.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/box.h"

#define INTERRUPT_SECONDS 2.0 /* a second Ctrl-C within this leaves at once */

void act_leave(struct app *app, double now)
{
    box_close(&app->view);
    app->view.leaving = true;
    app_notice(app, EVENT_WARN, "ending; once more: at once", now);
    app_send_command(app, &(struct command){.type = COMMAND_QUIT}, now);
}

void act_quit(struct app *app, enum key_command command, double now)
{
    (void)command;
    if (app->view.leaving) /* the second time asks no more */
        act_leave(app, now);
    else
        box_open(&app->view, DIALOG_QUIT);
}

void act_interrupt(struct app *app, enum key_command command, double now)
{
    bool again = now - app->interrupted_at <= INTERRUPT_SECONDS;
    app->interrupted_at = now;
    if (again)
        act_leave(app, now);
    else
        act_quit(app, command, now);
}

enum { ANSWER_HEADLESS = 1 };

static void ask(const struct view *view, struct question *question)
{
    unsigned count = view_newest(view) == NULL ? 0 : view_newest(view)->conn_count;
    question->title = "Quit lavaproxy?";
    if (count == 0)
        question_line(question, "No connection is open at present.");
    else
        question_line(question, "This ends %u connection%s, and the proxy with %s.", count,
                      count == 1 ? "" : "s", count == 1 ? "it" : "them");
    question_line(question, "Ctrl-C once more quits at once.");
    snprintf(question->brief, sizeof(question->brief), "Quit, end %u?", count);
    question_answer(question, 0, "No, keep running");
    question_answer(question, 'h', "carry on headless: only the screen ends");
    question_answer(question, 'Y', "quit");
}

static void answered(struct app *app, unsigned answer, double now)
{
    if (answer == ANSWER_HEADLESS)
        app->headless = true;
    else
        act_leave(app, now);
}

const struct box_ops box_quit = {.ask = ask, .answered = answered};
