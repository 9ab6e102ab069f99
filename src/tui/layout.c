/*
 * Draws the panels where the plan has put them, and around them the tabs, the function bar and the
 * open box.
 */
#include "tui/draw.h"

#include "base/str.h"
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

/* How much the tabs say: counts, those of the shown one alone, or of none. */
enum tab_form { TABS_COUNTS, TABS_OWN_COUNT, TABS_NAMES };

static unsigned backends_down(const struct snap *snap)
{
    unsigned down = 0, role;
    for (unsigned i = 0; i < snap->backend_count; i++) {
        backends_state_word(&snap->backends[i], &role);
        down += role == ROLE_STATE_DOWN;
    }
    return down;
}

static void tab_text(struct str *out, const struct view *view, enum panel panel, bool count,
                     bool full)
{
    const struct snap *snap = view->snap;
    bool bots = view->model.by == GROUP_BOT;
    const struct {
        const char *name;
        unsigned count;
    } tabs[PANEL_COUNT] = {
        [PANEL_CONNECTIONS] = {bots ? "Bots" : "Conns", bots ? snap->bot_count : view->model.count},
        [PANEL_IPS] = {"IPs", snap->ip_count},
        [PANEL_BACKENDS] = {"Backends", snap->backend_count},
        [PANEL_EVENTS] = {"Events", snap->event_count},
        [PANEL_PLAYERS] = {"Players", snap->player_count},
    };
    unsigned down = panel == PANEL_BACKENDS ? backends_down(snap) : 0;
    str_addf(out, "%u %s", (unsigned)panel, tabs[panel].name);
    if (count)
        str_addf(out, " %u", tabs[panel].count);
    if (down > 0 && full)
        str_addf(out, ", %u down", down);
    else if (down > 0)
        str_add_char(out, '!');
}

/* Draws them, or without a grid counts the columns that they take. */
static unsigned draw_tabs_as(struct grid *g, unsigned row, const struct view *view,
                             enum panel shown, enum tab_form form)
{
    unsigned col = 0;
    for (unsigned i = PANEL_CONNECTIONS; i < PANEL_COUNT; i++) {
        enum panel panel = (enum panel)i;
        char memory[64];
        struct str text;
        str_fixed(&text, memory, sizeof(memory));
        tab_text(&text, view, panel,
                 form == TABS_COUNTS || (form == TABS_OWN_COUNT && panel == shown),
                 form == TABS_COUNTS);
        bool bad = panel == PANEL_BACKENDS && backends_down(view->snap) > 0;
        col += g == NULL
                   ? (unsigned)text.len + 2 + (panel == shown)
                   : draw_tab(g, row, col, panel, shown, bad ? ROLE_STATE_DOWN : ROLE_DIM, memory);
    }
    return col;
}

static void draw_tabs(struct grid *g, unsigned row, const struct view *view, enum panel shown)
{
    unsigned form = TABS_COUNTS;
    while (form < TABS_NAMES && draw_tabs_as(NULL, 0, view, shown, (enum tab_form)form) > g->cols)
        form++;
    unsigned col = draw_tabs_as(g, row, view, shown, (enum tab_form)form);
    if (!view->panels.small && col < g->cols)
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
        [PANEL_CONNECTIONS] = connections_draw, [PANEL_IPS] = ips_draw,
        [PANEL_BACKENDS] = backends_draw,       [PANEL_EVENTS] = events_draw,
        [PANEL_PLAYERS] = player_panel_draw,
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
                             .head = header_rows(view, g->rows, g->cols),
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
    panels_fit_players(view);
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
