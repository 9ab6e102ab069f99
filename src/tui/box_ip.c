/*
 * One address: what it moves and has moved, whether it is blocked, and its connections.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "tui/box.h"
#include "tui/draw.h"
#include "tui/offers.h"

#define COLS_MAX 76
#define COLS_MIN 56
#define HEAD_ROWS 5 /* figures, a blank line, heads */

static const struct offer offers[] = {
    {CMD_KILL, "end all"}, {CMD_BLOCK, "block"}, {CMD_FILTER_TOGGLE, "filter on it"}};
#define OFFERS (sizeof(offers) / sizeof(offers[0]))

static const struct snap_ip *find(const struct view *view)
{
    const struct snap *snap = view->snap;
    for (unsigned i = 0; snap != NULL && i < snap->ip_count; i++)
        if (memcmp(&snap->ips[i].key, &view->panels.shown_ip, sizeof(snap->ips[i].key)) == 0)
            return &snap->ips[i];
    return NULL;
}

static bool is_of(const struct view *view, const struct snap_conn *conn)
{
    struct addr_key key = addr_key_of(&conn->client);
    return memcmp(&key, &view->panels.shown_ip, sizeof(key)) == 0;
}

/* "blocked for 9m by hand", or how many there were. */
static void draw_past(struct grid *g, struct area row, const struct view *view,
                      const struct snap_ip *ip)
{
    const struct snap *snap = view->snap;
    char age[HUMAN_MAX];
    int64_t idle = (snap->wall_ms - ip->last_active_ms) / 1000;
    unsigned used = grid_textf(g, row.row, row.col, row.cols, ROLE_DIALOG,
                               "%u connection%s now, %llu ever, last active %s ago", ip->active,
                               ip->active == 1 ? "" : "s", (unsigned long long)ip->connections,
                               human_age(age, idle < 0 ? 0 : (uint64_t)idle));
    for (unsigned i = 0; i < snap->block_count; i++) {
        int64_t left = (snap->blocks[i].until_ms - snap->wall_ms) / 1000;
        if (memcmp(&snap->blocks[i].key, &ip->key, sizeof(ip->key)) == 0)
            grid_textf(g, row.row, row.col + used, row.cols - used, ROLE_DIALOG_DANGER,
                       "   blocked for %s",
                       snap_block_is_for_good(snap, &snap->blocks[i])
                           ? "good"
                           : human_age(age, left < 0 ? 0 : (uint64_t)left));
    }
}

static void draw_conn(struct grid *g, struct area row, const struct view *view,
                      const struct snap_conn *conn)
{
    const struct snap *snap = view->snap;
    char text[40], name[MASK_TEXT_MAX];
    int64_t age = (snap->wall_ms - conn->opened_ms) / 1000;
    unsigned end = row.col + row.cols, client = row.cols > 62 ? row.cols - 45 : row.cols - 36;
    snprintf(text, sizeof(text), "#%llu", (unsigned long long)conn->id);
    grid_right(g, row.row, row.col, 7, ROLE_DIALOG, text);
    if (conn->version != 0)
        grid_textf(g, row.row, row.col + 8, 2, conn->version == 3 ? ROLE_VERSION_3 : ROLE_VERSION_4,
                   "v%u", conn->version);
    grid_text_cut(g, row.row, row.col + 11, client, ROLE_DIALOG,
                  mask_text(&view->mask, name, sizeof(name), sort_client(conn)));
    if (row.cols > 62 && conn->backend < snap->backend_count)
        grid_text_cut(g, row.row, end - 33, 8, ROLE_DIALOG, snap->backends[conn->backend].name);
    draw_rate(g, row.row, end - 24, view, conn->rate_in + conn->rate_out, conn->rate_messages);
    grid_right(g, row.row, end - 12, 5, ROLE_DIALOG,
               human_size(text, conn->bytes_in + conn->bytes_out));
    grid_right(g, row.row, end - 6, 5, ROLE_DIALOG, human_age(text, age < 0 ? 0 : (uint64_t)age));
}

/* The connections from the scrolled one on. */
static void draw_list(struct grid *g, struct area area, struct view *view, unsigned count)
{
    unsigned at = 0, most = count > area.rows ? count - area.rows : 0;
    unsigned *first = &view->dialog.scroll;
    if (*first > most)
        *first = most;
    for (unsigned i = 0; i < view->snap->conn_count; i++) {
        const struct snap_conn *conn = &view->snap->conns[i];
        if (!is_of(view, conn))
            continue;
        if (at >= *first && at - *first < area.rows)
            draw_conn(g, (struct area){area.row + at - *first, area.col, 1, area.cols}, view, conn);
        at++;
    }
}

static bool draw(struct grid *g, struct view *view)
{
    const struct snap_ip *ip = find(view);
    char title[ADDR_TEXT_MAX + 8], text[ADDR_TEXT_MAX];
    unsigned cols = g->cols < COLS_MAX + 4 ? g->cols - 4 : COLS_MAX, count = 0;
    struct area room;
    if (g->cols < COLS_MIN + 4 || view->snap == NULL)
        return false;
    for (unsigned i = 0; i < view->snap->conn_count; i++)
        count += is_of(view, &view->snap->conns[i]);
    snprintf(title, sizeof(title), "IP %s",
             mask_addr_key(&view->mask, text, &view->panels.shown_ip));
    unsigned rows = HEAD_ROWS + (count > 0 ? count : 1) + 2;
    if (!box_frame(g, rows, cols, HEAD_ROWS + 3, title, &room))
        return false;
    if (ip == NULL) {
        grid_text(g, room.row, room.col, cols, ROLE_DIALOG, "It was inactive for long: forgotten.");
    } else {
        struct area line = {room.row, room.col, 1, cols};
        draw_past(g, line, view, ip);
        line.row++;
        draw_flow_line(g, line, view, "OUT", ip->rate_out, ip->bytes_out, ip->history->out);
        line.row++;
        draw_flow_line(g, line, view, "IN", ip->rate_in, ip->bytes_in, ip->history->in);
    }
    struct area list = {room.row + HEAD_ROWS, room.col, room.rows - HEAD_ROWS - 2, cols};
    grid_textf(g, list.row - 1, room.col, cols, ROLE_DIM, "%s",
               count == 0 ? "no connection at present" : "its connections, oldest first");
    draw_list(g, list, view, count);
    offers_draw(g, (struct area){room.row + room.rows - 1, room.col, 1, cols}, view, offers,
                OFFERS);
    return true;
}

static void type(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    enum key_command command = offers_find(view, offers, OFFERS, key);
    char filter[ADDR_TEXT_MAX + 8], text[ADDR_TEXT_MAX];
    if (command == CMD_NONE)
        return;
    box_close(view);
    if (command != CMD_FILTER_TOGGLE) {
        /* The keys act on what is picked, which may have changed behind the box. */
        if (panels_pick_ip(view, panels_ip_id(&view->panels.shown_ip), now))
            app_do(app, command, now);
        return;
    }
    snprintf(filter, sizeof(filter), "ip:%s", addr_key_text(text, &view->panels.shown_ip));
    if (finding_filter(view, filter))
        panels_focus(view, PANEL_CONNECTIONS);
}

const struct box_ops box_ip = {.draw = draw, .command = box_scroll, .type = type};
