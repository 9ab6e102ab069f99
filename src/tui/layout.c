/*
 * Draws the panels where the plan has put them, and around them the tabs, the function bar and the
 * open box.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "tui/box.h"
#include "tui/find.h"
#include "tui/keys.h"
#include "tui/plan.h"
#include "tui/prompts.h"

/* One panel's name, key and number of rows among the others. */
static unsigned draw_tab(struct grid *g, unsigned row, unsigned col, enum panel panel,
                         enum panel shown, unsigned role, const char *text)
{
    unsigned used = grid_textf(g, row, col, g->cols - col, panel == shown ? ROLE_TITLE : role,
                               panel == shown ? " [%s]" : "  %s", text);
    grid_target(g, (struct area){row, col, 1, used}, TARGET_PANEL, panel);
    return used;
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
    if (view->model.by == GROUP_BOT)
        snprintf(text, sizeof(text), "1 Bots %u", view->snap->bot_count);
    else
        snprintf(text, sizeof(text), "1 Conns %u", view->model.count);
    col += draw_tab(g, row, col, PANEL_CONNECTIONS, shown, ROLE_DIM, text);
    snprintf(text, sizeof(text), "2 IPs %u", snap->ip_count);
    col += draw_tab(g, row, col, PANEL_IPS, shown, ROLE_DIM, text);
    snprintf(text, sizeof(text), "3 Backends %u%s", snap->backend_count, more);
    col +=
        draw_tab(g, row, col, PANEL_BACKENDS, shown, down > 0 ? ROLE_STATE_DOWN : ROLE_DIM, text);
    snprintf(text, sizeof(text), "4 Events %u", snap->event_count);
    col += draw_tab(g, row, col, PANEL_EVENTS, shown, ROLE_DIM, text);
    if (!view->panels.small)
        grid_text(g, row, col, g->cols - col, ROLE_DIM, "  Esc all panels");
}

/* The rows that each can use. */
static void count_rows(struct plan_need *need, struct view *view)
{
    const struct snap *snap = view->snap;
    struct panels *panels = &view->panels;
    panels->conns_room = plan_room(panels->conns_room, snap->conn_count);
    panels->ips_room = plan_room(panels->ips_room, snap->ip_count);
    need->counts[PANEL_CONNECTIONS] = panels->conns_room;
    need->counts[PANEL_IPS] = panels->ips_room;
    need->counts[PANEL_BACKENDS] = snap->backend_count;
    need->counts[PANEL_EVENTS] = snap->event_count;
}

static void draw_panels(struct grid *g, const struct plan *plan, struct view *view)
{
    static void (*const draw[PANEL_COUNT])(struct grid *, struct area, struct view *) = {
        [PANEL_CONNECTIONS] = connections_draw,
        [PANEL_IPS] = ips_draw,
        [PANEL_BACKENDS] = backends_draw,
        [PANEL_EVENTS] = events_draw,
    };
    for (unsigned i = PANEL_CONNECTIONS; i < PANEL_COUNT; i++)
        if (plan->panels[i].rows > 0)
            draw[i](g, plan->panels[i], view);
}

static void draw_planned(struct grid *g, struct view *view)
{
    struct plan plan;
    struct plan_need need = {.rows = g->rows,
                             .cols = g->cols,
                             .head = header_rows(view, g->cols),
                             .alone = view->panels.alone,
                             .focus = view->panels.focus};
    count_rows(&need, view);
    plan_make(&plan, &need);
    view->tiny = plan.kind == PLAN_TINY;
    if (view->tiny) {
        header_draw_tiny(g, view);
        return;
    }
    header_draw(g, plan.header, view);
    draw_panels(g, &plan, view);
    if (plan.kind == PLAN_SINGLE)
        draw_tabs(g, plan.tabs.row, view, panels_focused(view));
}

/* A box that takes the keys must be known of. */
static void draw_no_room(struct grid *g)
{
    grid_fill(g, g->rows - 1, 0, g->cols, ROLE_WARNING, ' ', ' ');
    grid_text(g, g->rows - 1, 0, g->cols, ROLE_WARNING, "no room for this box: Esc closes it");
}

void layout_draw(struct grid *g, struct view *view)
{
    grid_erase(g);
    g->style = view->look.theme.style;
    view->cursor_row = 0;
    view->page = 1;
    view->panels.small = plan_is_small(g->rows, g->cols);
    if (view->snap != NULL) {
        draw_planned(g, view);
        find_mark(g, view);
    } else {
        grid_text(g, 0, 0, g->cols, ROLE_TITLE, "lavaproxy");
        grid_text(g, 1, 0, g->cols, ROLE_TEXT, "waiting for the first figures");
    }
    bool open = prompt_is_open(&view->prompt);
    if (open)
        view->cursor_row = g->rows - 1;
    if (view->notice[0] != '\0' || open || (g->cols >= 60 && g->rows >= 12))
        bar_draw(g, g->rows - 1, view);
    bool drawn = box_draw(g, view);
    if (!drawn && view->dialog.kind != DIALOG_NONE)
        draw_no_room(g);
    if (drawn != view->dialog.drawn)
        view->dialog.shown = false;
    view->dialog.drawn = drawn;
}
