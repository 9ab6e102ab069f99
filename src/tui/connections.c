/*
 * The list of connections: its head and its lines. A line is a connection, or the head of a group
 * of them, which has sums for figures and for texts what all of its rows have in common.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "stats/roster.h"
#include "tui/bot_line.h"
#include "tui/columns.h"

#define VARIOUS ".." /* a text that is not the same in all rows of a group */

/* What one line has to draw. */
struct line {
    const struct view *view;
    const struct snap_conn *conn; /* of a group its first row; NULL: a bot that has none */
    const struct group *group;    /* NULL: a connection on its own */
    bool head;
};

static bool is_sorted_by(const struct model *model, enum sort_key sort)
{
    if (model->key == SORT_RATE)
        return sort == SORT_IN || sort == SORT_OUT;
    return sort == model->key;
}

/* What stands over a column where it is not as ever: rates in units other than bytes, the library
 * of bots. */
static const char *head_of(const struct view *view, enum column_id id)
{
    static const char *const heads[UNITS_COUNT][2] = {
        [UNITS_BITS] = {"INb/s", "OUTb/s"},
        [UNITS_MESSAGES] = {"MSGS", "MSG/s"},
    };
    const char *head = NULL;
    if (id == COL_IN || id == COL_OUT)
        head = heads[view->units][id == COL_OUT];
    else if (id == COL_CLIENT && view->model.by == GROUP_BOT)
        head = "LIBRARY";
    return head != NULL ? head : columns_table[id].head;
}

static void draw_head(struct grid *g, struct area area, const struct view *view,
                      const struct place *place)
{
    const struct column *column = &columns_table[place->id];
    bool sorted = is_sorted_by(&view->model, column->sort);
    unsigned role = sorted ? ROLE_HEADER_SORT : ROLE_HEADER;
    unsigned col = area.col + place->col;
    const char *head = head_of(view, place->id);
    unsigned len = (unsigned)strlen(head);
    if (column->right)
        grid_right(g, area.row, col, place->width, role, head);
    else
        grid_text(g, area.row, col, place->width, role, head);
    grid_target(g, (struct area){area.row, col, 1, place->width}, TARGET_SORT, column->sort);
    if (!sorted)
        return;
    /* Behind the head where there is room, else in the gap between the columns. */
    unsigned mark = place->width;
    if (!column->right && len < place->width)
        mark = len + 2 <= place->width ? len + 1 : len;
    grid_text(g, area.row, col + mark, 1, role, view->model.descending ? "v" : "^");
}

static void draw_heads(struct grid *g, struct area area, const struct view *view,
                       const struct columns *columns)
{
    /* One band from edge to edge, whatever the columns leave free. */
    grid_fill(g, area.row, area.col, area.cols, ROLE_HEADER, ' ', ' ');
    for (unsigned i = 0; i < columns->count; i++)
        draw_head(g, area, view, &columns->places[i]);
    if (columns->skip > 0) {
        grid_text(g, area.row, area.col, 1, ROLE_HEADER, "<");
        grid_target(g, (struct area){area.row, area.col, 1, 1}, TARGET_COMMAND, CMD_SCROLL_LEFT);
    }
    if (columns->more) {
        unsigned end = area.col + area.cols - 1;
        grid_text(g, area.row, end, 1, ROLE_HEADER, ">");
        grid_target(g, (struct area){area.row, end, 1, 1}, TARGET_COMMAND, CMD_SCROLL_RIGHT);
    }
}

static void draw_number(struct grid *g, unsigned row, const struct place *place,
                        const struct line *line)
{
    char text[32];
    if (line->head) {
        grid_text(g, row, place->col, 1, ROLE_TITLE, line->group->open ? "-" : "+");
        snprintf(text, sizeof(text), "%uc", line->group->count);
        grid_right(g, row, place->col + 1, place->width - 1, ROLE_TITLE, text);
        return;
    }
    snprintf(text, sizeof(text), "%llu", (unsigned long long)line->conn->id);
    grid_right(g, row, place->col, place->width, ROLE_TEXT, text);
}

/* The address; in the head of a group of addresses the /64 that they share. */
static const char *ip_text(const struct line *line, char out[ADDR_TEXT_MAX])
{
    if (!line->head || line->view->model.by != GROUP_IP)
        return mask_addr(&line->view->mask, out, &line->conn->client, false);
    struct addr_key key = addr_key_of(&line->conn->client);
    return mask_addr_key(&line->view->mask, out, &key);
}

/* The text of a column and what it means. */
static const char *text_of(const struct line *line, enum column_id id, char out[MASK_TEXT_MAX],
                           unsigned *role)
{
    static const char *const kinds[] = {"new", "REST", "WS"};
    const struct snap_conn *conn = line->conn;
    const struct mask *mask = &line->view->mask;
    const char *text;
    switch (id) {
    case COL_VERSION:
        if (conn->version != 0)
            *role = conn->version == 3 ? ROLE_VERSION_3 : ROLE_VERSION_4;
        return conn->version == 0 ? "-" : conn->version == 3 ? "v3" : "v4";
    case COL_KIND:
    case COL_STATE:
        return kinds[conn->kind <= CONN_WEBSOCKET ? conn->kind : CONN_NEW];
    case COL_IP:
    case COL_BOT:
        return ip_text(line, out);
    case COL_CLIENT:
        if (conn->client_name[0] == '\0' && conn->user_agent[0] == '\0')
            *role = ROLE_DIM;
        return mask_text(mask, out, MASK_TEXT_MAX, sort_client(conn));
    case COL_USER:
        text = mask_id(mask, out, MASK_TEXT_MAX, conn->user_id);
        break;
    case COL_BACKEND:
        text = sort_backend(line->view->snap, conn);
        break;
    default:
        text = mask_path(mask, out, conn->path);
        break;
    }
    return text[0] != '\0' ? text : "-";
}

static void draw_text(struct grid *g, unsigned row, const struct place *place,
                      const struct line *line)
{
    const struct model *model = &line->view->model;
    char memory[MASK_TEXT_MAX];
    bool tree = model->by != GROUP_NONE && place->id == columns_tree(model->by);
    unsigned role = line->head ? ROLE_TITLE : tree ? ROLE_DIM : ROLE_TEXT;
    if (line->head && !tree) {
        role = ROLE_TEXT;
        if (!group_shares(&model->groups, line->group, line->view->snap,
                          columns_table[place->id].sort)) {
            grid_text(g, row, place->col, place->width, ROLE_DIM, VARIOUS);
            return;
        }
    }
    const char *text = text_of(line, place->id, memory, &role);
    grid_text(g, row, place->col, place->width, role, text);
}

static void draw_figure(struct grid *g, unsigned row, const struct place *place,
                        const struct line *line)
{
    const struct snap_conn *conn = line->conn;
    const struct group *group = line->head ? line->group : NULL;
    const struct snap *snap = line->view->snap;
    int64_t age = (snap->wall_ms - (group ? group->opened_ms : conn->opened_ms)) / 1000;
    char figure[HUMAN_MAX];
    switch (place->id) {
    case COL_IN:
        if (line->view->units == UNITS_MESSAGES) /* one rate of both ways; here, how many so far */
            grid_right(g, row, place->col, 5, ROLE_TEXT,
                       draw_size(g, figure, group ? group->messages : conn->messages));
        else
            draw_rate(g, row, place->col, line->view, group ? group->rate_in : conn->rate_in, 0);
        return;
    case COL_OUT:
        draw_rate(g, row, place->col, line->view, group ? group->rate_out : conn->rate_out,
                  group ? group->rate_messages : conn->rate_messages);
        return;
    case COL_TOTAL:
        draw_size(g, figure,
                  group ? group->bytes_in + group->bytes_out : conn->bytes_in + conn->bytes_out);
        break;
    case COL_AGE:
        human_age(figure, age < 0 ? 0 : (uint64_t)age);
        break;
    case COL_MESSAGES:
        draw_messages(figure, conn->rate_messages);
        break;
    default:
        draw_size(g, figure, group ? group->requests : conn->requests);
        break;
    }
    grid_right(g, row, place->col, place->width, ROLE_TEXT, figure);
}

/* The players of its bot at its node, also where another socket shows them as well; a group has no
 * sum of them. */
static void draw_conn_players(struct grid *g, unsigned row, const struct place *place,
                              const struct line *line)
{
    char figure[24];
    uint32_t players = 0, playing;
    if (line->head)
        return;
    bool known = !line->view->model.past &&
                 roster_conn_players(line->view->snap, line->conn, &players, &playing);
    snprintf(figure, sizeof(figure), "%u", players);
    if (players >= 1000) /* three columns; more than 99 999 at one node are nobody's */
        snprintf(figure, sizeof(figure), "%uK", players / 1000 < 99 ? players / 1000 : 99);
    grid_right(g, row, place->col, place->width, known ? ROLE_TEXT : ROLE_DIM,
               known ? figure : "-");
}

static void draw_history(struct grid *g, unsigned row, const struct place *place,
                         const struct line *line)
{
    const struct view *view = line->view;
    uint32_t sums[SERIES_SECONDS];
    const uint32_t *values = sums;
    uint64_t rate, phase;
    if (line->head) {
        group_history(&view->model.groups, line->group, view->snap, sums);
        rate = line->group->rate_out;
        phase = line->group->id;
    } else {
        values = line->conn->history->out;
        rate = line->conn->rate_out;
        phase = line->conn->id;
    }
    draw_spark(g, row, place->col, place->width, draw_band_role(view->snap, rate), values,
               view->snap->second + phase);
}

static void draw_cell(struct grid *g, unsigned row, const struct place *place,
                      const struct line *line)
{
    bool bot = line->head && line->view->model.by == GROUP_BOT;
    switch (place->id) {
    case COL_NUMBER:
        draw_number(g, row, place, line);
        return;
    case COL_SPARK:
        draw_history(g, row, place, line);
        return;
    default:
        break;
    }
    if (bot) {
        bot_line_cell(g, row, place, line->view, line->group);
        return;
    }
    switch (place->id) {
    case COL_PLAYERS: /* these a connection has not */
    case COL_SOCKETS:
    case COL_ERRORS:
        break;
    case COL_CONN_PLAYERS:
        draw_conn_players(g, row, place, line);
        break;
    case COL_IN:
    case COL_OUT:
    case COL_TOTAL:
    case COL_MESSAGES:
    case COL_AGE:
    case COL_REQUESTS:
        draw_figure(g, row, place, line);
        break;
    default:
        draw_text(g, row, place, line);
        break;
    }
}

static void draw_line(struct grid *g, struct area area, const struct line *line,
                      const struct columns *columns)
{
    for (unsigned i = 0; i < columns->count; i++) {
        struct place place = columns->places[i];
        place.col += area.col;
        draw_cell(g, area.row, &place, line);
    }
}

/* What is selected, followed or tagged, in the columns before the first. */
static void draw_marks(struct grid *g, struct area area, struct view *view, const struct line *line)
{
    const struct model *model = &view->model;
    if (!line->head && tags_has(&model->tags, line->conn->id))
        grid_text(g, area.row, area.col + 1, 1, ROLE_TAG, "*");
    if (line->head ? line->group->id != model->selected_group : line->conn->id != model->selected)
        return;
    draw_picked(g, area, view, PANEL_CONNECTIONS);
    if (model->following) {
        grid_text(g, area.row, area.col, 1, ROLE_FOLLOW, "F");
        if (panels_focused(view) == PANEL_CONNECTIONS)
            grid_select(g, area.row, area.col, 1);
    }
}

/* Bytes are never fewer than columns. */
static void need_of_bots(const struct snap *snap, struct columns_need *need)
{
    need->bot = need->ip;
    need->backend += (unsigned)strlen(" +99");
    for (unsigned i = 0; i < snap->bot_count; i++) {
        unsigned name = (unsigned)strlen(snap->bots[i].name);
        need->bot = name > need->bot ? name : need->bot;
    }
}

static struct columns place_columns(struct view *view, unsigned cols)
{
    const struct snap *snap = view->snap;
    struct columns columns;
    struct columns_need need = {.ip = view->model.has_ipv6 ? 39 : 15};
    char text[32];
    if (snap->conn_count > 0)
        need.number = (unsigned)snprintf(text, sizeof(text), "%llu",
                                         (unsigned long long)snap->conns[snap->conn_count - 1].id);
    if (view->model.by != GROUP_NONE) {
        unsigned head = (unsigned)snprintf(text, sizeof(text), "+ %uc", snap->conn_count);
        need.number = head > need.number ? head : need.number;
    }
    for (unsigned i = 0; i < snap->backend_count; i++) {
        unsigned name = grid_columns(snap->backends[i].name);
        need.backend = name > need.backend ? name : need.backend;
    }
    if (view->model.by == GROUP_BOT)
        need_of_bots(snap, &need);
    columns_place(&columns, cols, view->skipped_columns, view->model.by, &need);
    view->skipped_columns = columns.skip;
    view->more_columns = columns.more;
    return columns;
}

void connections_draw(struct grid *g, struct area area, struct view *view)
{
    struct model *model = &view->model;
    if (area.rows == 0)
        return;
    struct columns columns = place_columns(view, area.cols);
    unsigned rows = area.rows - 1;
    draw_heads(g, area, view, &columns);
    if (panels_focused(view) == PANEL_CONNECTIONS) {
        view->page = rows;
        view->cursor_row = area.row;
    }
    model_window(model, rows);
    for (unsigned i = 0; i < rows && model->top + i < model->line_count; i++) {
        struct model_line at = model_line_at(model, model->top + i);
        struct line line = {view, at.conn, at.group, at.conn == NULL};
        struct area row = {area.row + 1 + i, area.col, 1, area.cols};
        if (line.head)
            line.conn = group_first(&model->groups, at.group, view->snap);
        draw_line(g, row, &line, &columns);
        if (line.head)
            grid_target(g, row, TARGET_GROUP, at.group->id);
        else
            grid_target(g, row, TARGET_CONNECTION, at.conn->id);
        draw_marks(g, row, view, &line);
    }
    if (model->line_count == 0 && rows > 0)
        grid_text(g, area.row + 1, area.col + 1, area.cols - 1, ROLE_DIM, finding_empty_text(view));
}
