/*
 * Events, newest first; alone, with the day and only from a chosen level on.
 */
#include "tui/draw.h"

#include <stdio.h>

#include "base/clock.h"

#define DAY_FROM 80 /* columns from which a panel alone shows the day too */

static void draw_event(struct grid *g, struct area area, const struct view *view,
                       const struct snap_event *event, bool day)
{
    char text[MASK_TEXT_MAX];
    unsigned row = area.row, col = area.col + 1, role = draw_level_role(event->level);
    char clock[CLOCK_ISO_MAX];
    if (day)
        col += grid_text(g, row, col, 10, ROLE_EV_TIME, clock_iso(clock, event->wall_ms)) + 1;
    grid_text(g, row, col, 8, ROLE_EV_TIME, clock_hms(clock, event->wall_ms));
    grid_text(g, row, col + 9, 4, role, event_level_text(event->level));
    grid_text_cut(g, row, col + 14, area.col + area.cols - col - 14, role,
                  mask_text(&view->mask, text, sizeof(text), event->text));
}

static void draw_heads(struct grid *g, struct area area, const struct view *view)
{
    const struct event_list *list = &view->panels.events;
    bool alone = panels_alone(view) == PANEL_EVENTS;
    char title[64] = "Events";
    if (list->show != EVENTS_ALL)
        snprintf(title, sizeof(title), "Events: %s only (%u of %u)", event_show_name(list->show),
                 list->rows.count, view->snap->event_count);
    unsigned from = draw_rule(g, area, view, PANEL_EVENTS, title);
    draw_rule_head(g, area.row, &from, area.col + area.cols - 2,
                   alone ? "newest first, s = level" : "e = full log");
}

void events_draw(struct grid *g, struct area area, struct view *view)
{
    struct event_list *list = &view->panels.events;
    unsigned shown, first = draw_window(area, view, PANEL_EVENTS, &list->rows, &shown);
    bool day = panels_alone(view) == PANEL_EVENTS && area.cols >= DAY_FROM;
    draw_heads(g, area, view);
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_event *event = &view->snap->events[list->order[first + i]];
        struct area row = {area.row + 1 + i, area.col, 1, area.cols};
        draw_event(g, row, view, event, day);
        grid_target(g, row, TARGET_EVENT, event->seq);
        if (list->rows.picked && list->rows.at == first + i)
            draw_picked(g, row, view, PANEL_EVENTS);
    }
    if (list->rows.count == 0)
        grid_text(g, area.row + 1, area.col + 1, area.cols - 1, ROLE_DIM,
                  list->show == EVENTS_ALL ? "nothing has happened yet" : "none of this level");
}
