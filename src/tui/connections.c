/*
 * The list of connections. One table of columns: where there is less room, columns leave by the
 * width at which they begin to be shown, and the client column takes what remains.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"

enum column_id {
    COL_NUMBER,
    COL_VERSION,
    COL_IP,
    COL_CLIENT,
    COL_USER,
    COL_BACKEND,
    COL_IN,
    COL_OUT,
    COL_TOTAL,
    COL_AGE,
    COL_SPARK,
    COL_COUNT
};

static const struct column {
    const char *head;
    unsigned width;
    unsigned from; /* shown when the window has at least so many columns */
    bool right;
    int sort; /* enum sort_key, or -1 */
} columns[COL_COUNT] = {
    [COL_NUMBER] = {"#", 6, 0, true, SORT_ID},
    [COL_VERSION] = {"V", 2, 0, false, SORT_VERSION},
    [COL_IP] = {"IP", 15, 0, false, SORT_IP},
    [COL_CLIENT] = {"CLIENT", 12, 0, false, SORT_CLIENT},
    [COL_USER] = {"USER-ID", 19, 130, false, -1},
    [COL_BACKEND] = {"BACKEND", 8, 70, false, SORT_BACKEND},
    [COL_IN] = {"IN/s", 7, 0, false, SORT_IN},
    [COL_OUT] = {"OUT/s", 7, 0, false, SORT_OUT},
    [COL_TOTAL] = {"TOTAL", 5, 78, true, SORT_TOTAL},
    [COL_AGE] = {"AGE", 5, 66, true, SORT_AGE},
    [COL_SPARK] = {"60 s OUT", 15, 110, false, -1},
};

struct place {
    unsigned col, width; /* width 0: not shown */
};

/* Where each column goes. */
static void place_columns(unsigned cols, struct place places[COL_COUNT])
{
    unsigned fixed = 1;
    for (unsigned i = 0; i < COL_COUNT; i++) {
        places[i].width = cols >= columns[i].from ? columns[i].width : 0;
        if (places[i].width > 0)
            fixed += places[i].width + 1;
    }
    unsigned spare = cols > fixed ? cols - fixed : 0;
    /* What is left over goes first to what is cut most often: client, then long addresses. */
    unsigned more = spare < 20 ? spare : 20;
    places[COL_CLIENT].width += more;
    spare -= more;
    places[COL_IP].width += spare < 24 ? spare : 24;
    unsigned col = 1;
    for (unsigned i = 0; i < COL_COUNT; i++) {
        places[i].col = col;
        if (places[i].width > 0)
            col += places[i].width + 1;
    }
}

static bool is_sorted_by(const struct model *model, int sort)
{
    if (model->key == SORT_RATE)
        return sort == SORT_IN || sort == SORT_OUT;
    return sort == (int)model->key;
}

static void draw_heads(struct grid *g, struct area area, const struct view *view,
                       const struct place places[COL_COUNT])
{
    for (unsigned i = 0; i < COL_COUNT; i++) {
        if (places[i].width == 0)
            continue;
        bool sorted = is_sorted_by(&view->model, columns[i].sort);
        unsigned role = sorted ? ROLE_HEADER_SORT : ROLE_HEADER;
        unsigned col = area.col + places[i].col;
        unsigned len = (unsigned)strlen(columns[i].head);
        if (columns[i].right)
            grid_right(g, area.row, col, places[i].width, role, columns[i].head);
        else
            grid_text(g, area.row, col, places[i].width, role, columns[i].head);
        if (sorted) {
            /* Behind the head where there is room, else in the gap between the columns. */
            bool inside = !columns[i].right && len + 2 <= places[i].width;
            unsigned mark = inside ? len + 1 : places[i].width;
            grid_text(g, area.row, col + mark, 1, role, view->model.descending ? "v" : "^");
        }
        if (columns[i].sort >= 0)
            grid_target(g, (struct area){area.row, col, 1, places[i].width + 1}, TARGET_SORT,
                        (uint64_t)columns[i].sort);
    }
}

static void draw_version(struct grid *g, unsigned row, struct place place,
                         const struct snap_conn *conn)
{
    if (conn->version == 0)
        grid_text(g, row, place.col, place.width, ROLE_DIM, "-");
    else
        grid_textf(g, row, place.col, place.width,
                   conn->version == 3 ? ROLE_VERSION_3 : ROLE_VERSION_4, "v%u", conn->version);
}

static void draw_row(struct grid *g, unsigned row, const struct snap *snap,
                     const struct snap_conn *conn, const struct place p[COL_COUNT])
{
    char text[ADDR_TEXT_MAX], figure[HUMAN_MAX];
    const char *client = sort_client(conn);
    bool named = conn->client_name[0] != '\0' || conn->user_agent[0] != '\0';
    snprintf(text, sizeof(text), "%llu", (unsigned long long)conn->id);
    grid_right(g, row, p[COL_NUMBER].col, p[COL_NUMBER].width, ROLE_TEXT, text);
    draw_version(g, row, p[COL_VERSION], conn);
    grid_text(g, row, p[COL_IP].col, p[COL_IP].width, ROLE_TEXT,
              addr_text(text, &conn->client, false));
    grid_text(g, row, p[COL_CLIENT].col, p[COL_CLIENT].width, named ? ROLE_TEXT : ROLE_DIM, client);
    grid_text(g, row, p[COL_USER].col, p[COL_USER].width, ROLE_TEXT,
              conn->user_id[0] != '\0' ? conn->user_id : "-");
    grid_text(g, row, p[COL_BACKEND].col, p[COL_BACKEND].width, ROLE_TEXT,
              conn->backend < snap->backend_count ? snap->backends[conn->backend].name : "-");
    draw_rate(g, row, p[COL_IN].col, snap, conn->rate_in);
    draw_rate(g, row, p[COL_OUT].col, snap, conn->rate_out);
    grid_right(g, row, p[COL_TOTAL].col, p[COL_TOTAL].width, ROLE_TEXT,
               draw_size(g, figure, conn->bytes_in + conn->bytes_out));
    int64_t age = (snap->wall_ms - conn->opened_ms) / 1000;
    grid_right(g, row, p[COL_AGE].col, p[COL_AGE].width, ROLE_TEXT,
               human_age(figure, age < 0 ? 0 : (uint64_t)age));
    if (p[COL_SPARK].width > 0)
        draw_spark(g, row, p[COL_SPARK].col, p[COL_SPARK].width,
                   draw_band_role(snap, conn->rate_out), conn->history->out, snap->seq + conn->id);
}

void connections_draw(struct grid *g, struct area area, struct view *view)
{
    struct model *model = &view->model;
    const struct snap *snap = view->snap;
    struct place places[COL_COUNT];
    if (area.rows == 0)
        return;
    place_columns(area.cols, places);
    draw_heads(g, area, view, places);
    unsigned rows = area.rows - 1;
    if (panels_focused(view) == PANEL_CONNECTIONS) {
        view->page = rows;
        view->cursor_row = area.row;
    }
    model_window(model, rows);
    for (unsigned i = 0; i < rows && model->top + i < model->count; i++) {
        const struct snap_conn *conn = &snap->conns[model->order[model->top + i]];
        unsigned row = area.row + 1 + i;
        draw_row(g, row, snap, conn, places);
        grid_target(g, (struct area){row, area.col, 1, area.cols}, TARGET_CONNECTION, conn->id);
        if (conn->id == model->selected) {
            draw_picked(g, (struct area){row, area.col, 1, area.cols}, view, PANEL_CONNECTIONS);
        }
    }
    if (model->count == 0 && rows > 0)
        grid_text(g, area.row + 1, area.col + 1, area.cols - 1, ROLE_DIM, finding_empty_text(view));
}
