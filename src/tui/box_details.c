/*
 * One connection in full, alive while one looks at it. Its bottom line says what can be done with
 * it; these keys work as they do in the list.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tui/acts.h"
#include "tui/bot_line.h"
#include "tui/box.h"
#include "tui/draw.h"

#define COLS_MAX 76
#define COLS_MIN 48
#define COLS_WIDE 72 /* from here on two fields stand side by side */
#define LABEL 9
#define RIGHT 32 /* columns of the right field */
#define LINES 10
#define FLOW_SPARK 20

/* Where the next field goes. */
struct form {
    struct grid *g;
    struct area room;
    unsigned row;
    bool wide, half; /* two fields in a row; the left one is there */
};

/* What the bottom line offers; the first is the way back. */
static const struct offer {
    enum key_command command;
    const char *text;
} offers[] = {
    {CMD_KEEP, "back"},           {CMD_KILL, "kill"},     {CMD_BLOCK, "block IP"},
    {CMD_DRAIN, "drain backend"}, {CMD_COPY_ROW, "copy"}, {CMD_FILTER, "filter on this"},
};
#define OFFERS ((unsigned)(sizeof(offers) / sizeof(offers[0])))

/* The key of an offer; KEYS_NONE where there is none, or where only reading is allowed. */
static int offer_key(const struct view *view, unsigned i)
{
    if (i == 0)
        return KEYS_ESCAPE;
    if (view->details.ended || (keys_changes(offers[i].command) && view_read_only(view)))
        return KEYS_NONE;
    return keymap_key(&view->keymap, offers[i].command);
}

static void field_at(const struct form *form, unsigned col, unsigned cols, const char *label,
                     const char *text)
{
    grid_text(form->g, form->row, col, LABEL, ROLE_DIM, label);
    grid_text_cut(form->g, form->row, col + LABEL, cols - LABEL, ROLE_DIALOG, text);
}

/* A field of the left or, where there is room for two, the right half. */
static void draw_field(struct form *form, const char *label, const char *text)
{
    unsigned left = form->room.cols - RIGHT;
    if (!form->wide)
        field_at(form, form->room.col, form->room.cols, label, text);
    else if (form->half)
        field_at(form, form->room.col + left, RIGHT, label, text);
    else
        field_at(form, form->room.col, left - 1, label, text);
    form->row += !form->wide || form->half;
    form->half = form->wide && !form->half;
}

static void draw_origin(struct form *form, const struct view *view)
{
    const struct details *d = &view->details;
    struct details_ip ip = details_ip(d, view->snap);
    char addr[ADDR_TEXT_MAX], rate[HUMAN_MAX], age[HUMAN_MAX], day[CLOCK_ISO_MAX], text[160];
    int64_t until = d->ended ? d->ended_ms : view->snap->wall_ms;
    int64_t seconds = (until - d->conn.opened_ms) / 1000;
    snprintf(text, sizeof(text), "%s (%u conn%s, %s%s)",
             mask_addr(&view->mask, addr, &d->conn.client, true), ip.connections,
             ip.connections == 1 ? "" : "s", draw_rate_text(rate, view, ip.rate),
             draw_mark(form->g, view->snap, ip.rate));
    draw_field(form, "from", text);
    snprintf(text, sizeof(text), "%s (%s)", clock_day(day, d->conn.opened_ms),
             human_age(age, seconds < 0 ? 0 : (uint64_t)seconds));
    draw_field(form, "opened", text);
}

static void draw_names(struct form *form, const struct view *view)
{
    static const char *const kinds[] = {"no request yet", "HTTP", "WebSocket"};
    const struct snap_conn *conn = &view->details.conn;
    char text[MASK_TEXT_MAX], figure[HUMAN_MAX];
    draw_field(form, "client", mask_text(&view->mask, text, sizeof(text), sort_client(conn)));
    mask_id(&view->mask, text, sizeof(text), conn->user_id);
    draw_field(form, "user-id", text[0] != '\0' ? text : "-");
    mask_path(&view->mask, text, conn->path);
    draw_field(form, "path", text[0] != '\0' ? text : "-");
    if (conn->kind == CONN_NEW)
        snprintf(text, sizeof(text), "%s", kinds[CONN_NEW]);
    else
        snprintf(text, sizeof(text), "%s, %s request%s",
                 kinds[conn->kind <= CONN_WEBSOCKET ? conn->kind : CONN_NEW],
                 human_size(figure, conn->requests), conn->requests == 1 ? "" : "s");
    draw_field(form, "kind", text);
    if (!form->wide)
        return;
    if (conn->client_name[0] != '\0' && conn->user_agent[0] != '\0')
        field_at(form, form->room.col, form->room.cols, "agent",
                 mask_text(&view->mask, text, sizeof(text), conn->user_agent));
    form->row++;
}

static void draw_backend(struct form *form, const struct view *view)
{
    const struct snap_backend *backend = details_backend(&view->details, view->snap);
    unsigned role;
    char text[MASK_TEXT_MAX], url[MASK_TEXT_MAX], answer[HUMAN_MAX] = "";
    if (backend == NULL) {
        field_at(form, form->room.col, form->room.cols, "backend", "none yet");
        form->row++;
        return;
    }
    const char *word = backends_state_word(backend, &role);
    if (backend->response_ms >= 0 && role != ROLE_STATE_DOWN)
        snprintf(answer, sizeof(answer), " %.1f ms", backend->response_ms);
    snprintf(text, sizeof(text), "%s v%u %.100s ", backend->name, backend->version,
             mask_text(&view->mask, url, sizeof(url), backend->url));
    field_at(form, form->room.col, form->room.cols, "backend", text);
    unsigned col = LABEL + grid_columns(text);
    if (col < form->room.cols)
        grid_textf(form->g, form->row, form->room.col + col, form->room.cols - col, role, "%s%s",
                   word, answer);
    form->row++;
}

/* In the row between, where there is one: whose connection it is. */
static void draw_bot(struct form *form, const struct view *view)
{
    const struct snap_bot *bot = snap_find_bot(view->snap, view->details.conn.bot);
    char name[MASK_TEXT_MAX], state[BOT_STATE_MAX], players[60] = "", text[MASK_TEXT_MAX + 100];
    if (!form->wide)
        return;
    if (bot != NULL) {
        if (!view->model.past)
            snprintf(players, sizeof(players), ", %u of %u players playing", bot->playing,
                     bot->players);
        snprintf(text, sizeof(text), "%s, %s%s", bot_name_text(name, &view->mask, bot),
                 bot_state_text(state, view->snap, bot), players);
        field_at(form, form->room.col, form->room.cols, "bot", text);
    }
    form->row++;
}

/* "OUT  612K/s !  max 1.10M/s  total 9.81G  60 s" and the line of these. */
static void draw_flow(struct form *form, const struct view *view, bool out)
{
    struct grid *g = form->g;
    const struct snap_conn *conn = &view->details.conn;
    const uint32_t *values = out ? conn->history->out : conn->history->in;
    uint64_t rate = out ? conn->rate_out : conn->rate_in;
    unsigned row = form->row++, col = form->room.col, role = draw_band_role(view->snap, rate);
    char text[HUMAN_MAX];
    grid_text(g, row, col, LABEL, ROLE_TITLE, out ? "OUT" : "IN");
    grid_textf(g, row, col + LABEL, 10, role, "%s%s", draw_rate_text(text, view, rate),
               draw_mark(g, view->snap, rate));
    grid_textf(g, row, col + LABEL + 11, 13, ROLE_DIALOG, "max %s",
               draw_rate_text(text, view, details_peak(values)));
    grid_textf(g, row, col + LABEL + 25, 12, ROLE_DIALOG, "total %s",
               human_size(text, out ? conn->bytes_out : conn->bytes_in));
    unsigned from = LABEL + 38;
    if (form->room.cols < from + 5 + FLOW_SPARK)
        return;
    grid_text(g, row, col + from, 5, ROLE_DIM, "60 s");
    draw_spark(g, row, col + from + 5, FLOW_SPARK, role, values, view->snap->second + out);
}

/* What it carried, and where it is its bot's only socket the session behind it. */
static void draw_carried(struct form *form, const struct view *view)
{
    const struct snap_conn *conn = &view->details.conn;
    const struct snap_bot *bot = snap_find_bot(view->snap, conn->bot);
    char rate[HUMAN_MAX], all[HUMAN_MAX], text[80];
    snprintf(text, sizeof(text), "%s/s, %s in all", draw_messages(rate, conn->rate_messages),
             human_size(all, conn->messages));
    draw_field(form, "messages", text);
    if (bot == NULL || conn->kind != CONN_WEBSOCKET || bot->sockets != 1 || bot->session[0] == '\0')
        return;
    snprintf(text, sizeof(text), "%.20s%s", view->mask.on ? "(masked)" : bot->session,
             bot->resuming == 1   ? ", resumes"
             : bot->resuming == 0 ? ", no resume"
                                  : "");
    draw_field(form, "session", text);
}

static void draw_offers(struct grid *g, struct area room, unsigned line, const struct view *view)
{
    unsigned row = room.row + line, col = room.col, end = room.col + room.cols;
    for (unsigned n = 1; n <= OFFERS; n++) { /* the way back stands last */
        unsigned i = n % OFFERS;
        char name[KEYS_NAME_MAX];
        int key = offer_key(view, i);
        if (key == KEYS_NONE)
            continue;
        unsigned from = col;
        bool marked = view->dialog.choice == i;
        col += grid_text(g, row, col, end - col, marked ? ROLE_DIALOG_DEFAULT : ROLE_KEY_NAME,
                         keys_name(name, key));
        col += grid_textf(g, row, col, end - col, marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG, " %s",
                          offers[i].text);
        grid_target(g, (struct area){row, from, 1, col - from}, TARGET_ANSWER, i);
        col = col + 2 < end ? col + 2 : end;
    }
}

static bool draw(struct grid *g, struct view *view)
{
    const struct details *d = &view->details;
    struct area room;
    char title[60], clock[CLOCK_ISO_MAX];
    unsigned cols = g->cols < COLS_MAX + 4 ? g->cols - 4 : COLS_MAX;
    if (g->cols < COLS_MIN + 4)
        return false;
    if (d->ended)
        snprintf(title, sizeof(title), "Connection #%llu, ended %s", (unsigned long long)d->conn.id,
                 clock_hms(clock, d->ended_ms));
    else
        snprintf(title, sizeof(title), "Connection #%llu", (unsigned long long)d->conn.id);
    bool wide = cols >= COLS_WIDE;
    unsigned lines = wide && g->rows > LINES + 2 ? LINES + 1 : LINES;
    if (!box_frame(g, lines, cols, lines, title, &room))
        return false;
    struct form form = {g, room, room.row, wide, false};
    draw_origin(&form, view);
    draw_names(&form, view);
    draw_backend(&form, view);
    draw_bot(&form, view);
    draw_flow(&form, view, true);
    draw_flow(&form, view, false);
    if (lines > LINES)
        draw_carried(&form, view);
    draw_offers(g, room, lines - 1, view);
    return true;
}

/* Ending or blocking means this connection, whatever is tagged. */
static void aim_at_this(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    const struct snap *newest = view_newest(view);
    const struct snap_conn *conn = snap_find_conn(newest, view->details.conn.id);
    if (app_refuses(app, command == CMD_KILL ? "kill" : "block", now))
        return;
    if (conn == NULL)
        app_notice(app, EVENT_INFO, "it has ended, only the picture of it is left", now);
    else if (aim_at_connection(&view->acting.aim, newest, conn) < 0)
        app_notice(app, EVENT_ERROR, "out of memory", now);
    else
        box_open(view, command == CMD_KILL ? DIALOG_KILL : DIALOG_BLOCK);
}

static void take_offer(struct app *app, unsigned i, double now)
{
    struct view *view = &app->view;
    char filter[ADDR_TEXT_MAX + 8], addr[ADDR_TEXT_MAX];
    bool possible = offer_key(view, i) != KEYS_NONE;
    if (i != 0 && !possible)
        return;
    box_close(view);
    if (i == 0) {
        details_close(&view->details);
        return;
    }
    if (offers[i].command == CMD_KILL || offers[i].command == CMD_BLOCK) {
        aim_at_this(app, offers[i].command, now);
        return;
    }
    if (offers[i].command != CMD_FILTER) {
        app_do(app, offers[i].command, now);
        return;
    }
    snprintf(filter, sizeof(filter), "ip:%s", addr_text(addr, &view->details.conn.client, false));
    finding_filter(view, filter);
}

static void command(struct app *app, enum key_command command, double now)
{
    unsigned *choice = &app->view.dialog.choice;
    if (command == CMD_ANSWER) {
        take_offer(app, *choice, now);
        return;
    }
    if (command != CMD_OTHER && command != CMD_OTHER_BACK)
        return;
    do
        *choice = (*choice + (command == CMD_OTHER ? 1 : OFFERS - 1)) % OFFERS;
    while (offer_key(&app->view, *choice) == KEYS_NONE);
}

/* Keys of the list that mean one of the offers. */
static void type(struct app *app, int key, double now)
{
    enum key_command command = keymap_find(&app->view.keymap, CONTEXT_LIST, key);
    if (command == CMD_FILTER_TOGGLE) /* its key is the word's first letter */
        command = CMD_FILTER;
    if (command == CMD_COPY_FIELD)
        command = CMD_COPY_ROW;
    for (unsigned i = 1; i < OFFERS; i++)
        if (offers[i].command == command)
            take_offer(app, i, now);
}

static void left(struct app *app, double now)
{
    (void)now;
    details_close(&app->view.details);
}

const struct box_ops box_details = {.draw = draw, .command = command, .type = type, .left = left};

void act_details(struct app *app, enum key_command command_, double now)
{
    struct view *view = &app->view;
    const struct snap_conn *conn = model_selected(&view->model);
    const struct group *group = model_selected_group(&view->model);
    if (act_in_panel(app, command_, now))
        return;
    if (group != NULL && group->bot != NULL) {
        act_bot_details(app);
    } else if (group != NULL) {
        model_open(&view->model, !group->open, now);
    } else if (conn != NULL) {
        box_open(view, DIALOG_DETAILS);
        details_open(&view->details, view->snap, conn);
    }
}
