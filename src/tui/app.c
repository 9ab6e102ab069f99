/*
 * Keys to commands, and commands to whoever carries them out: the open prompt, the open box, or the
 * table of acts.
 */
#include "tui/app.h"

#include <stdio.h>

#include "base/str.h"
#include "tui/acts.h"
#include "tui/box.h"
#include "tui/mouse.h"
#include "tui/prompts.h"

#define NOTICE_SECONDS 5.0

void app_init(struct app *app, app_send *send, void *ctx)
{
    *app = (struct app){.send = send, .ctx = ctx, .interrupted_at = -1e9, .checked_at = -1e9};
    app->view.refresh = 1;
    keymap_init(&app->view.keymap, KEYMAP_DEFAULT);
    model_init(&app->view.model);
    copying_init(&app->view.copying);
    panels_init(&app->view.panels);
    finding_init(&app->view);
    pause_init(&app->view.pause);
}

void app_free(struct app *app)
{
    model_free(&app->view.model);
    copying_free(&app->view.copying);
    pause_free(&app->view.pause);
    panels_free(&app->view.panels);
    aim_free(&app->view.acting.aim);
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

/* The lists follow the snapshot that is shown. */
void app_lists(struct app *app, double now)
{
    struct view *view = &app->view;
    if (view->snap == NULL)
        return;
    view->model.past = view->pause.back > 0;
    model_update(&view->model, view->snap, now);
    panels_update(view, now);
    pause_settle(view);
    details_update(&view->details, view->snap);
    act_follow_lost(app, now);
}

bool app_refuses(struct app *app, const char *what, double now)
{
    if (!view_read_only(&app->view))
        return false;
    char text[80];
    snprintf(text, sizeof(text), "read-only: %s refused", what);
    app_notice(app, EVENT_WARN, text, now);
    return true;
}

void app_send_command(struct app *app, const struct command *command, double now)
{
    if (app->send(app->ctx, command) < 0)
        app_notice(app, EVENT_ERROR, "not sent: out of memory", now);
}

int app_movement(const struct view *view, enum key_command command)
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
        return -PICKER_END;
    case CMD_LAST:
        return PICKER_END;
    default:
        return 0;
    }
}

static void redraw(struct app *app, enum key_command command, double now)
{
    (void)command;
    (void)now;
    app->redraw = true;
}

static void suspend(struct app *app, enum key_command command, double now)
{
    (void)command;
    app_notice(app, EVENT_INFO, "Ctrl-Z is ignored: it would stop the proxy", now);
}

/* Whose a command is. Those that boxes and prompts alone know are missing. */
static act *const acts[CMD_COUNT] = {
    [CMD_PREV] = act_move,
    [CMD_NEXT] = act_move,
    [CMD_PAGE_UP] = act_move,
    [CMD_PAGE_DOWN] = act_move,
    [CMD_HALF_UP] = act_move,
    [CMD_HALF_DOWN] = act_move,
    [CMD_FIRST] = act_move,
    [CMD_LAST] = act_move,
    [CMD_UNSELECT] = act_unselect,
    [CMD_SCROLL_LEFT] = act_columns,
    [CMD_SCROLL_RIGHT] = act_columns,
    [CMD_DETAILS] = act_details,
    [CMD_TAG] = act_tag,
    [CMD_UNTAG] = act_untag,
    [CMD_FOLLOW] = act_follow,
    [CMD_GROUP] = act_group_turn,
    [CMD_GROUP_MENU] = act_group_menu,
    [CMD_MASK] = act_mask,
    [CMD_THEME] = act_theme,
    [CMD_SETUP] = act_setup,
    [CMD_UNITS] = act_units,
    [CMD_SORT] = act_sort_menu,
    [CMD_REVERSE] = act_reverse,
    [CMD_SORT_RATE] = act_sort_direct,
    [CMD_SORT_TOTAL] = act_sort_direct,
    [CMD_SORT_AGE] = act_sort_direct,
    [CMD_SORT_IP] = act_sort_direct,
    [CMD_SORT_BACKEND] = act_sort_direct,
    [CMD_PANEL_CONNECTIONS] = act_panel,
    [CMD_PANEL_IPS] = act_panel,
    [CMD_PANEL_BACKENDS] = act_panel,
    [CMD_PANEL_EVENTS] = act_panel,
    [CMD_PANEL_PLAYERS] = act_panel,
    [CMD_PANEL_NEXT] = act_panel_turn,
    [CMD_PANEL_PREV] = act_panel_turn,
    [CMD_PAUSE] = act_pause,
    [CMD_PAST_BACK] = act_past,
    [CMD_PAST_ON] = act_past,
    [CMD_FIND] = act_find,
    [CMD_FIND_NEXT] = act_find_next,
    [CMD_FIND_PREV] = act_find_next,
    [CMD_FILTER] = act_filter,
    [CMD_FILTER_TOGGLE] = act_filter_toggle,
    [CMD_KILL] = act_kill,
    [CMD_COPY_FIELD] = act_copy,
    [CMD_COPY_ROW] = act_copy,
    [CMD_WRITE] = act_write,
    [CMD_BLOCK] = act_block,
    [CMD_UNDO] = act_undo,
    [CMD_BLOCKS] = act_blocks,
    [CMD_DRAIN] = act_drain,
    [CMD_CHECK] = act_check,
    [CMD_REFRESH_SLOWER] = act_refresh,
    [CMD_REFRESH_FASTER] = act_refresh,
    [CMD_HELP] = act_help,
    [CMD_ALERTS] = act_alerts,
    [CMD_PROMPT] = act_prompt,
    [CMD_MOUSE] = act_mouse,
    [CMD_REDRAW] = redraw,
    [CMD_SUSPEND] = suspend,
    [CMD_QUIT] = act_quit,
    [CMD_INTERRUPT] = act_interrupt,
};

/* What means the same wherever one is. */
static bool is_everywhere(enum key_command command)
{
    return command == CMD_REDRAW || command == CMD_SUSPEND || command == CMD_INTERRUPT;
}

void app_do(struct app *app, enum key_command command, double now)
{
    app->view.notice[0] = '\0';
    if (acts[command] != NULL)
        acts[command](app, command, now);
    app_lists(app, now);
}

void app_key(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    bool box = view->dialog.kind != DIALOG_NONE, prompt = prompt_is_open(&view->prompt);
    enum key_command command = keymap_find(&view->keymap,
                                           prompt ? CONTEXT_PROMPT
                                           : box  ? CONTEXT_DIALOG
                                                  : CONTEXT_LIST,
                                           key);
    if (view->tiny && key == 'r' && !prompt && !box)
        command = CMD_REDRAW;
    if (command == CMD_NONE && !prompt && !box)
        return;
    if (box && command == CMD_INTERRUPT) /* what it has tried out is taken back */
        box_leave(app, now);
    if (is_everywhere(command) || (!prompt && !box)) {
        app_do(app, command, now);
        return;
    }
    view->notice[0] = '\0';
    if (prompt)
        prompts_key(app, command, key, now);
    else
        box_key(app, key, now);
    app_lists(app, now);
}

bool app_update(struct app *app, const struct snap *snap, double now)
{
    struct view *view = &app->view;
    const struct snap *before = view->newest;
    bool news = pause_update(view, snap, now);
    /* Boxes go by the newest also where the picture stands. */
    if (view->dialog.kind != DIALOG_NONE && view->newest != before)
        news = true;
    if (view->notice[0] != '\0' && now >= view->notice_until) {
        view->notice[0] = '\0';
        news = true;
    }
    if (news)
        app_lists(app, now);
    return news;
}

void app_record(struct app *app, const struct snap *snap)
{
    past_record(app->view.pause.past, snap);
}

void app_frame_shown(struct app *app)
{
    app->view.dialog.shown = app->view.dialog.drawn;
}
