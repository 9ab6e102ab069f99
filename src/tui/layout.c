/*
 * Which panel goes where at which size: panels from 80x24, two of them side by side from 130
 * columns; one panel
 * alone below that or on demand; below 60x12 a few lines of status.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "tui/box.h"
#include "tui/keys.h"
#include "tui/prompts.h"

static unsigned clamp(unsigned value, unsigned low, unsigned high)
{
    return value < low ? low : value > high ? high : value;
}

/* One panel's name, key and number of rows among the others. */
static unsigned draw_tab(struct grid *g, unsigned row, unsigned col, bool shown, unsigned role,
                         const char *text)
{
    return grid_textf(g, row, col, g->cols - col, shown ? ROLE_TITLE : role,
                      shown ? " [%s]" : "  %s", text);
}

static void draw_tabs(struct grid *g, unsigned row, const struct view *view, enum panel shown)
{
    const struct snap *snap = view->snap;
    unsigned down = 0, col = 0;
    char text[64], more[32] = "";
    for (unsigned i = 0; i < snap->backend_count; i++) {
        unsigned role;
        backends_state_word(&snap->backends[i], &role);
        down += role == ROLE_STATE_DOWN;
    }
    if (down > 0)
        snprintf(more, sizeof(more), ", %u down", down);
    snprintf(text, sizeof(text), "1 Conns %u", view->model.count);
    col += draw_tab(g, row, col, shown == PANEL_CONNECTIONS, ROLE_DIM, text);
    snprintf(text, sizeof(text), "2 IPs %u", snap->ip_count);
    col += draw_tab(g, row, col, shown == PANEL_IPS, ROLE_DIM, text);
    snprintf(text, sizeof(text), "3 Backends %u%s", snap->backend_count, more);
    col +=
        draw_tab(g, row, col, shown == PANEL_BACKENDS, down > 0 ? ROLE_STATE_DOWN : ROLE_DIM, text);
    snprintf(text, sizeof(text), "4 Events %u", snap->event_count);
    col += draw_tab(g, row, col, shown == PANEL_EVENTS, ROLE_DIM, text);
    if (!view->small)
        grid_text(g, row, col, g->cols - col, ROLE_DIM, "  Esc all panels");
}

/* Rows that there are of a panel. */
static unsigned panel_rows(const struct view *view, enum panel panel)
{
    switch (panel) {
    case PANEL_IPS:
        return view->ips.rows.count;
    case PANEL_BACKENDS:
        return view->snap->backend_count;
    case PANEL_EVENTS:
        return view->snap->event_count;
    default:
        return 0;
    }
}

/* One panel, and what the others would say. */
static void draw_single(struct grid *g, struct view *view)
{
    enum panel panel = view->panel == PANEL_ALL ? PANEL_CONNECTIONS : view->panel;
    unsigned head = header_rows(view, g->cols), all = panel_rows(view, panel);
    struct area area = {head, 0, g->rows - head - 2, g->cols};
    header_draw(g, (struct area){0, 0, head, g->cols}, view);
    view->page = area.rows - 1;
    view->cursor_row = area.row;
    if (view->scroll + view->page > all)
        view->scroll = all > view->page ? all - view->page : 0;
    if (panel == PANEL_IPS)
        ips_draw(g, area, view);
    else if (panel == PANEL_BACKENDS)
        backends_draw(g, area, view);
    else if (panel == PANEL_EVENTS)
        events_draw(g, area, view);
    else
        connections_draw(g, area, view);
    draw_tabs(g, g->rows - 2, view, panel);
}

/* One column: connections, IPs, backends, events. Room for more goes mostly to connections. */
static void draw_stacked(struct grid *g, struct view *view)
{
    unsigned head = header_rows(view, g->cols);
    unsigned rest = g->rows - head - 1 - 4; /* rows of data: without bar, column heads and rules */
    unsigned fifth = rest / 5;
    unsigned ips = clamp(fifth, 3, 10);
    unsigned backends = clamp(clamp(fifth, 3, 10), 1, clamp(view->snap->backend_count, 1, 10));
    unsigned events = clamp(fifth, 3, 12);
    unsigned conns = rest - ips - backends - events;
    unsigned row = head;
    header_draw(g, (struct area){0, 0, head, g->cols}, view);
    connections_draw(g, (struct area){row, 0, conns + 1, g->cols}, view);
    row += conns + 1;
    ips_draw(g, (struct area){row, 0, ips + 1, g->cols}, view);
    row += ips + 1;
    backends_draw(g, (struct area){row, 0, backends + 1, g->cols}, view);
    row += backends + 1;
    events_draw(g, (struct area){row, 0, events + 1, g->cols}, view);
}

/* IPs and backends side by side. */
static void draw_wide(struct grid *g, struct view *view)
{
    unsigned head = header_rows(view, g->cols);
    unsigned rest = g->rows - head - 1 - 3;
    unsigned lower = clamp(rest / 5, 3, 12);
    unsigned events = clamp(rest / 4, 3, 16);
    unsigned conns = rest - lower - events;
    unsigned left = g->cols / 2, row = head;
    header_draw(g, (struct area){0, 0, head, g->cols}, view);
    connections_draw(g, (struct area){row, 0, conns + 1, g->cols}, view);
    row += conns + 1;
    ips_draw(g, (struct area){row, 0, lower + 1, left}, view);
    backends_draw(g, (struct area){row, left + 1, lower + 1, g->cols - left - 1}, view);
    row += lower + 1;
    events_draw(g, (struct area){row, 0, events + 1, g->cols}, view);
}

void layout_draw(struct grid *g, struct view *view)
{
    grid_erase(g);
    view->cursor_row = 0;
    view->page = 1;
    view->small = g->cols < 80 || g->rows < 24;
    if (view->snap == NULL) {
        grid_text(g, 0, 0, g->cols, ROLE_TITLE, "lavaproxy");
        if (g->rows > 1)
            grid_text(g, 1, 0, g->cols, ROLE_TEXT, "waiting for the first figures");
    } else if (g->cols < 60 || g->rows < 12) {
        header_draw_tiny(g, view);
    } else if (view->small || view->panel != PANEL_ALL) {
        draw_single(g, view);
    } else if (g->cols < 130) {
        draw_stacked(g, view);
    } else {
        draw_wide(g, view);
    }
    if (prompt_is_open(&view->prompt))
        view->cursor_row = g->rows - 1;
    if (view->notice[0] != '\0' || prompt_is_open(&view->prompt) ||
        (g->cols >= 60 && g->rows >= 12))
        bar_draw(g, g->rows - 1, view);
    bool drawn = box_draw(g, view);
    if (drawn != view->dialog.drawn)
        view->dialog.shown = false;
    view->dialog.drawn = drawn;
}
