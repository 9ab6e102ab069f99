/*
 * Draining a backend, and giving it sessions again: the key, its question, and the command.
 */
#include <stdio.h>

#include "tui/acting.h"
#include "tui/acts.h"
#include "tui/box.h"

/* The backend picked, or that of the selected connection; NULL: neither. */
static const struct snap_backend *aimed(const struct view *view)
{
    const struct snap_backend *backend = panel_selected_backend(view);
    const struct snap_conn *conn = model_selected(&view->model);
    if (backend != NULL || view->snap == NULL || panels_focused(view) != PANEL_CONNECTIONS ||
        conn == NULL || conn->backend >= view->snap->backend_count)
        return backend;
    return &view->snap->backends[conn->backend];
}

static const struct snap_backend *of_slot(const struct snap *snap, unsigned slot)
{
    for (unsigned i = 0; i < snap->backend_count; i++)
        if (snap->backends[i].slot == slot)
            return &snap->backends[i];
    return NULL;
}

void act_drain(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    const struct snap_backend *backend = aimed(view);
    (void)command;
    if (app_refuses(app, "drain", now))
        return;
    if (backend == NULL) {
        app_notice(app, EVENT_INFO, "select a backend first (3, arrow keys)", now);
        return;
    }
    view->acting.slot = backend->slot;
    /* What is shown may be of the past. */
    const struct snap_backend *now_is = of_slot(view_newest(view), backend->slot);
    view->acting.drain = now_is == NULL || !now_is->draining;
    box_open(view, DIALOG_DRAIN);
}

/* Where new sessions go while this one drains. */
static void ask_others(const struct snap *snap, const struct snap_backend *drained,
                       struct question *question)
{
    const struct snap_backend *first = NULL;
    unsigned others = 0;
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        if (b == drained || b->version != drained->version || b->draining ||
            !backend_state_is_up(b->state))
            continue;
        first = first == NULL ? b : first;
        others++;
    }
    if (others == 0)
        question_line(question, "No other v%u backend is up: new sessions are refused (503).",
                      drained->version);
    else if (others == 1)
        question_line(question, "New sessions go to %s.", first->name);
    else
        question_line(question, "New sessions go to %s and %u other%s.", first->name, others - 1,
                      others == 2 ? "" : "s");
}

static void ask_which(const struct view *view, const struct snap_backend *b,
                      struct question *question)
{
    char url[MASK_TEXT_MAX];
    question_line(question, "%s  v%u  %s", b->name, b->version,
                  mask_text(&view->mask, url, sizeof(url), b->url));
}

static void ask_drain(const struct snap *snap, const struct snap_backend *b,
                      struct question *question)
{
    question_line(question, "%u session%s and %u that may resume stay there%s", b->sockets,
                  b->sockets == 1 ? "" : "s", b->waiting, b->seen_players > 0 ? "," : ".");
    if (b->seen_players > 0)
        question_line(question, "with %u player%s (%u playing).", b->seen_players,
                      b->seen_players == 1 ? "" : "s", b->seen_playing);
    ask_others(snap, b, question);
    question_line(question, "Nothing is cut. It lasts until undrain or the program's end.");
    question_answer(question, 0, "No, keep");
    question_answer(question, 'y', "drain");
}

static void ask(const struct view *view, struct question *question)
{
    const struct snap_backend *b = of_slot(view_newest(view), view->acting.slot);
    bool drain = view->acting.drain;
    question->title = drain ? "Drain backend?" : "Undrain backend?";
    snprintf(question->brief, sizeof(question->brief), "%s %s?", drain ? "Drain" : "Undrain",
             b == NULL ? "it" : b->name);
    if (b == NULL)
        question_line(question, "This backend is not there any more.");
    else if (b->draining == drain)
        question_line(question, "%s %s.", b->name, drain ? "drains already" : "does not drain");
    else if (!drain && b->removed)
        question_line(question, "%s stays drained: the configuration no longer has it.", b->name);
    else if (drain) {
        ask_which(view, b, question);
        ask_drain(view_newest(view), b, question);
        return;
    } else {
        ask_which(view, b, question);
        question_line(question, "It takes new sessions again.");
        question_answer(question, 0, "No, keep");
        question_answer(question, 'y', "undrain");
        return;
    }
    question_answer(question, 0, "Close");
}

static void answered(struct app *app, unsigned answer, double now)
{
    const struct acting *acting = &app->view.acting;
    (void)answer;
    app_send_command(app,
                     &(struct command){.type = acting->drain ? COMMAND_DRAIN : COMMAND_UNDRAIN,
                                       .backend = acting->slot},
                     now);
}

const struct box_ops box_drain = {.ask = ask, .answered = answered};
