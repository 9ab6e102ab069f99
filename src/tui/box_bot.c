/*
 * One bot in full, alive while one looks at it; what does not fit is scrolled to. The keys at its
 * foot work as they do in the list.
 */
#include <stdio.h>

#include "tui/acting.h"
#include "tui/acts.h"
#include "tui/bot_line.h"
#include "tui/bot_sheet.h"
#include "tui/box.h"
#include "tui/draw.h"
#include "tui/offers.h"

#define COLS_MAX 96
#define COLS_MIN 48
#define ROWS_MIN 6

static const struct offer offers[] = {{CMD_KILL, "kill"},
                                      {CMD_BLOCK, "block"},
                                      {CMD_COPY_ROW, "copy"},
                                      {CMD_FILTER_TOGGLE, "filter on it"}};
#define OFFERS (sizeof(offers) / sizeof(offers[0]))

static const struct snap_bot *find(const struct view *view)
{
    return view->snap == NULL ? NULL : snap_find_bot(view->snap, view->shown_bot);
}

static bool draw(struct grid *g, struct view *view)
{
    const struct snap_bot *bot = find(view);
    char title[MASK_TEXT_MAX + 8] = "Bot", name[MASK_TEXT_MAX];
    struct area room;
    unsigned cols = g->cols < COLS_MAX + 4 ? g->cols - 4 : COLS_MAX;
    if (g->cols < COLS_MIN + 4)
        return false;
    if (bot != NULL)
        snprintf(title, sizeof(title), "Bot %s", bot_name_text(name, &view->mask, bot));
    unsigned all =
        bot == NULL ? 1 : bot_sheet_draw(NULL, (struct area){0, 0, 0, cols}, view, bot, 0);
    if (!box_frame(g, all + 2, cols, ROWS_MIN, title, &room))
        return false;
    if (bot == NULL) {
        grid_text(g, room.row, room.col, cols, ROLE_DIALOG, "It is no longer known.");
        return true;
    }
    struct area lines = {room.row, room.col, room.rows - 1, cols};
    unsigned most = all > lines.rows ? all - lines.rows : 0;
    if (view->dialog.scroll > most)
        view->dialog.scroll = most;
    bot_sheet_draw(g, lines, view, bot, view->dialog.scroll);
    struct area foot = {room.row + room.rows - 1, room.col, 1, cols};
    offers_draw(g, foot, view, offers, OFFERS);
    if (most > view->dialog.scroll && cols > 60)
        grid_textf(g, foot.row, foot.col + cols - 15, 15, ROLE_DIM, "%3u more lines",
                   most - view->dialog.scroll);
    return true;
}

/* Ending or blocking means this bot, whatever is tagged. */
static void aim_at_this(struct app *app, const struct snap_bot *bot, bool kill, double now)
{
    struct view *view = &app->view;
    if (app_refuses(app, kill ? "kill" : "block", now))
        return;
    if (aim_at_bot(&view->acting.aim, view_newest(view), bot) < 0)
        app_notice(app, EVENT_ERROR, "out of memory", now);
    else if (kill)
        acting_ask_kill(app, now);
    else
        acting_ask_block(app, now);
}

static void type(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    const struct snap_bot *bot = find(view);
    enum key_command command = offers_find(view, offers, OFFERS, key);
    char filter[SNAP_TEXT + 16];
    if (command == CMD_NONE || bot == NULL)
        return;
    box_close(view);
    if (command == CMD_KILL || command == CMD_BLOCK) {
        aim_at_this(app, bot, command == CMD_KILL, now);
        return;
    }
    if (command != CMD_FILTER_TOGGLE) {
        model_select_bot(&view->model, bot->id, now);
        app_do(app, command, now);
        return;
    }
    snprintf(filter, sizeof(filter), "bot:\"%.*s\"", SNAP_TEXT, bot->name);
    finding_filter(view, filter);
}

const struct box_ops box_bot = {.draw = draw, .command = box_scroll, .type = type};

void act_bot_details(struct app *app)
{
    struct view *view = &app->view;
    const struct snap_bot *bot = model_selected_bot(&view->model);
    if (bot == NULL)
        return;
    box_open(view, DIALOG_BOT);
    view->shown_bot = bot->id;
}
