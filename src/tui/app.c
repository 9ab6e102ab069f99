/*
 * Keys to actions. What acts (kill, quit) is let through only while its question stands on the
 * terminal; everything typed ahead of it goes by.
 */
#include "tui/app.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "net/addr.h"
#include "tui/keys.h"

#define NOTICE_SECONDS 5.0
#define CHECK_SECONDS 2.0     /* checks asked for faster are ignored */
#define INTERRUPT_SECONDS 2.0 /* a second Ctrl-C within this leaves at once */

void app_init(struct app *app, app_send *send, void *ctx)
{
    *app = (struct app){.send = send, .ctx = ctx, .interrupted_at = -1e9, .checked_at = -1e9};
    app->view.refresh = 1;
    model_init(&app->view.model);
    ip_list_init(&app->view.ips);
}

void app_free(struct app *app)
{
    model_free(&app->view.model);
    ip_list_free(&app->view.ips);
}

void app_notice(struct app *app, enum event_level level, const char *text, double now)
{
    struct view *view = &app->view;
    struct str line;
    str_fixed(&line, view->notice, sizeof(view->notice));
    str_add_text(&line, text);
    view->notice_level = level;
    view->notice_until = now + NOTICE_SECONDS;
}

/* The lists follow the snapshot. */
static void update_lists(struct view *view, double now)
{
    bool hold = view->model.held || now < view->model.held_until;
    model_update(&view->model, view->snap, now);
    ip_list_update(&view->ips, view->snap, hold, now);
}

static void close_dialog(struct view *view)
{
    memset(&view->dialog, 0, sizeof(view->dialog));
    view->model.held = false;
}

static void open_dialog(struct view *view, enum dialog_kind kind)
{
    close_dialog(view);
    prompt_close(&view->prompt);
    view->dialog.kind = kind;
    view->model.held = true;
}

static bool refuse_read_only(struct app *app, const char *what, double now)
{
    if (!view_read_only(&app->view))
        return false;
    char text[80];
    snprintf(text, sizeof(text), "read-only: %s refused", what);
    app_notice(app, EVENT_WARN, text, now);
    return true;
}

static void send_command(struct app *app, const struct command *command, double now)
{
    if (app->send(app->ctx, command) < 0)
        app_notice(app, EVENT_ERROR, "not sent: out of memory", now);
}

static void ask_kill(struct app *app, double now)
{
    struct view *view = &app->view;
    const struct snap_conn *conn = model_selected(&view->model);
    if (refuse_read_only(app, "kill", now))
        return;
    if (conn == NULL || view->panel > PANEL_CONNECTIONS) {
        app_notice(app, EVENT_INFO,
                   view->panel > PANEL_CONNECTIONS ? "select a connection first (1, arrow keys)"
                                                   : "select a connection first (arrow keys)",
                   now);
        return;
    }
    char addr[ADDR_TEXT_MAX];
    bool routed = conn->backend < view->snap->backend_count;
    open_dialog(view, DIALOG_KILL);
    view->dialog.id = conn->id;
    snprintf(view->dialog.line, sizeof(view->dialog.line), "#%llu  %s  %s%s%s",
             (unsigned long long)conn->id, addr_text(addr, &conn->client, false),
             model_client(conn), routed ? "  ->  " : "",
             routed ? view->snap->backends[conn->backend].name : "");
}

static void check_backends(struct app *app, double now)
{
    if (refuse_read_only(app, "check", now) || now - app->checked_at < CHECK_SECONDS)
        return;
    app->checked_at = now;
    app_notice(app, EVENT_INFO, "checking the backends", now);
    send_command(app, &(struct command){.type = COMMAND_CHECK, .backend = REPORT_NO_BACKEND}, now);
}

static void leave(struct app *app, double now)
{
    close_dialog(&app->view);
    app->view.leaving = true;
    app_notice(app, EVENT_WARN, "ending; once more: at once", now);
    send_command(app, &(struct command){.type = COMMAND_QUIT}, now);
}

static void ask_quit(struct app *app, double now)
{
    if (app->view.leaving) /* the second time asks no more */
        leave(app, now);
    else
        open_dialog(&app->view, DIALOG_QUIT);
}

static void interrupt(struct app *app, double now)
{
    bool again = now - app->interrupted_at <= INTERRUPT_SECONDS;
    app->interrupted_at = now;
    if (again)
        leave(app, now);
    else
        ask_quit(app, now);
}

static void sort_by(struct app *app, enum sort_key key, double now)
{
    char text[80];
    struct view *view = &app->view;
    if (view->model.key == key)
        model_reverse(&view->model);
    else
        model_sort(&view->model, key);
    snprintf(text, sizeof(text), "sorted by %s, %s", model_sort_name(key),
             view->model.descending ? "descending" : "ascending");
    app_notice(app, EVENT_INFO, text, now);
}

static void run_prompt(struct app *app, double now)
{
    struct view *view = &app->view;
    struct command command;
    char wrong[PROMPT_WRONG_MAX];
    const char *word = prompt_read(&view->prompt, view->snap, &command, wrong);
    prompt_close(&view->prompt);
    if (word == NULL) {
        if (wrong[0] != '\0')
            app_notice(app, EVENT_WARN, wrong, now);
        return;
    }
    if (command.type == COMMAND_QUIT) {
        ask_quit(app, now);
        return;
    }
    if (refuse_read_only(app, word, now))
        return;
    app_notice(app, EVENT_INFO, view->prompt.text, now);
    send_command(app, &command, now);
}

static void prompt_command(struct app *app, enum key_command command, int key, double now)
{
    struct prompt *prompt = &app->view.prompt;
    switch (command) {
    case CMD_NONE:
        prompt_type(prompt, key);
        break;
    case CMD_RUN:
        run_prompt(app, now);
        break;
    case CMD_COMPLETE:
        prompt_complete(prompt, app->view.snap);
        break;
    case CMD_ERASE:
        prompt_erase(prompt);
        break;
    case CMD_CLEAR:
        prompt_clear(prompt);
        break;
    case CMD_LEAVE:
        prompt_close(prompt);
        break;
    default:
        break;
    }
}

/* The answer that does something. */
static void act(struct app *app, double now)
{
    struct view *view = &app->view;
    if (!view->dialog.shown)
        return;
    if (view->dialog.kind == DIALOG_QUIT) {
        leave(app, now);
    } else if (view->dialog.kind == DIALOG_KILL) {
        uint64_t id = view->dialog.id;
        bool alive = model_find(view->snap, id) != NULL;
        close_dialog(view);
        if (alive)
            send_command(app, &(struct command){.type = COMMAND_KILL, .id = id}, now);
    }
}

static void answer(struct app *app, double now)
{
    struct view *view = &app->view;
    bool question = view->dialog.kind == DIALOG_KILL || view->dialog.kind == DIALOG_QUIT;
    if (question && view->dialog.choice == 1) {
        act(app, now);
        return;
    }
    enum dialog_kind kind = view->dialog.kind;
    enum sort_key key = (enum sort_key)view->dialog.choice;
    close_dialog(view);
    if (kind == DIALOG_SORT && key != view->model.key)
        sort_by(app, key, now);
}

static void scroll_dialog(struct view *view, int lines)
{
    unsigned *at = view->dialog.kind == DIALOG_SORT ? &view->dialog.choice : &view->dialog.scroll;
    if (view->dialog.kind != DIALOG_SORT && view->dialog.kind != DIALOG_HELP)
        return;
    if (lines < 0)
        *at = *at > (unsigned)-lines ? *at - (unsigned)-lines : 0;
    else
        *at += (unsigned)lines;
    if (view->dialog.kind == DIALOG_SORT && *at >= SORT_COUNT)
        *at = SORT_COUNT - 1;
}

/* The column that a direct sort key means, or SORT_COUNT. */
static enum sort_key direct_sort(enum key_command command)
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

static void dialog_command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    bool question = view->dialog.kind == DIALOG_KILL || view->dialog.kind == DIALOG_QUIT;
    int page = (int)view->page;
    switch (command) {
    case CMD_ANSWER:
        answer(app, now);
        break;
    case CMD_KEEP:
        close_dialog(view);
        break;
    case CMD_ACT:
        act(app, now);
        break;
    case CMD_OTHER:
        if (question)
            view->dialog.choice = !view->dialog.choice;
        break;
    case CMD_PREV:
    case CMD_NEXT:
        scroll_dialog(view, command == CMD_PREV ? -1 : 1);
        break;
    case CMD_PAGE_UP:
    case CMD_PAGE_DOWN:
        scroll_dialog(view, command == CMD_PAGE_UP ? -page : page);
        break;
    default:
        if (view->dialog.kind == DIALOG_SORT && direct_sort(command) != SORT_COUNT) {
            close_dialog(view);
            sort_by(app, direct_sort(command), now);
        }
        break;
    }
}

static void show_panel(struct view *view, enum panel panel)
{
    view->panel = view->panel == panel ? PANEL_ALL : panel;
    view->scroll = 0;
}

/* The next panel in a circle; where all have room together, that is one of its stations. */
static void next_panel(struct view *view, bool back)
{
    unsigned first = view->small ? PANEL_CONNECTIONS : PANEL_ALL;
    unsigned count = PANEL_EVENTS - first + 1;
    unsigned at = view->panel > first ? view->panel - first : 0;
    view->panel = (enum panel)(first + (at + (back ? count - 1 : 1)) % count);
    view->scroll = 0;
}

/* The rows that a movement goes down by, 0 for other commands. */
static int movement(const struct view *view, enum key_command command)
{
    int page = (int)view->page;
    switch (command) {
    case CMD_PREV:
        return -1;
    case CMD_NEXT:
        return 1;
    case CMD_PAGE_UP:
        return -page;
    case CMD_PAGE_DOWN:
        return page;
    case CMD_HALF_UP:
        return -(page + 1) / 2;
    case CMD_HALF_DOWN:
        return (page + 1) / 2;
    case CMD_FIRST:
        return -VIEW_SCROLL_MAX;
    case CMD_LAST:
        return VIEW_SCROLL_MAX;
    default:
        return 0;
    }
}

/* In a panel without selection; the end of its rows is the layout's affair. */
static void scroll_panel(struct view *view, int lines)
{
    int at = (int)view->scroll + lines;
    view->scroll = (unsigned)(at < 0 ? 0 : at > VIEW_SCROLL_MAX ? VIEW_SCROLL_MAX : at);
}

static void list_command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    struct model *model = &view->model;
    int lines = movement(view, command);
    if (lines != 0 && view->panel > PANEL_CONNECTIONS) {
        scroll_panel(view, lines);
        return;
    }
    switch (command) {
    case CMD_FIRST:
        model_first(model, now);
        break;
    case CMD_LAST:
        model_last(model, now);
        break;
    case CMD_UNSELECT:
        view->panel = PANEL_ALL;
        model_unselect(model);
        break;
    case CMD_PANEL_CONNECTIONS:
    case CMD_PANEL_IPS:
    case CMD_PANEL_BACKENDS:
    case CMD_PANEL_EVENTS:
        show_panel(view, (enum panel)(command - CMD_PANEL_CONNECTIONS + PANEL_CONNECTIONS));
        break;
    case CMD_PANEL_NEXT:
    case CMD_PANEL_PREV:
        next_panel(view, command == CMD_PANEL_PREV);
        break;
    case CMD_SORT:
        open_dialog(view, DIALOG_SORT);
        view->dialog.choice = model->key;
        break;
    case CMD_REVERSE:
        sort_by(app, model->key, now);
        break;
    case CMD_KILL:
        ask_kill(app, now);
        break;
    case CMD_CHECK:
        check_backends(app, now);
        break;
    case CMD_HELP:
        open_dialog(view, DIALOG_HELP);
        break;
    case CMD_PROMPT:
        prompt_open(&view->prompt);
        break;
    case CMD_QUIT:
        ask_quit(app, now);
        break;
    default:
        if (lines != 0)
            model_move(model, lines, now);
        else if (direct_sort(command) != SORT_COUNT)
            sort_by(app, direct_sort(command), now);
        break;
    }
}

void app_key(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    bool dialog = view->dialog.kind != DIALOG_NONE, prompt = view->prompt.open;
    enum key_command command = keys_find(prompt   ? CONTEXT_PROMPT
                                         : dialog ? CONTEXT_DIALOG
                                                  : CONTEXT_LIST,
                                         key);
    if (command == CMD_NONE && !prompt)
        return;
    view->notice[0] = '\0';
    if (command == CMD_REDRAW)
        app->redraw = true;
    else if (command == CMD_SUSPEND)
        app_notice(app, EVENT_INFO, "Ctrl-Z is ignored: it would stop the proxy", now);
    else if (command == CMD_INTERRUPT)
        interrupt(app, now);
    else if (prompt)
        prompt_command(app, command, key, now);
    else if (dialog)
        dialog_command(app, command, now);
    else
        list_command(app, command, now);
    if (view->snap != NULL)
        update_lists(view, now);
}

bool app_update(struct app *app, const struct snap *snap, double now)
{
    struct view *view = &app->view;
    bool news = snap != view->snap;
    if (view->notice[0] != '\0' && now >= view->notice_until) {
        view->notice[0] = '\0';
        news = true;
    }
    view->snap = snap;
    if (snap != NULL && news)
        update_lists(view, now);
    return news;
}

void app_frame_shown(struct app *app)
{
    app->view.dialog.shown = app->view.dialog.drawn;
}
