/*
 * The newest events, newest first.
 */
#include "tui/draw.h"

#include "base/clock.h"

static unsigned level_role(enum event_level level)
{
    switch (level) {
    case EVENT_WARN:
        return ROLE_EV_WARN;
    case EVENT_ERROR:
        return ROLE_EV_ERR;
    case EVENT_AUTH:
        return ROLE_EV_AUTH;
    default:
        return ROLE_EV_INFO;
    }
}

static void draw_event(struct grid *g, struct area area, const struct snap_event *event)
{
    unsigned row = area.row, role = level_role(event->level);
    char clock[CLOCK_ISO_MAX];
    grid_text(g, row, area.col + 1, 8, ROLE_EV_TIME, clock_hms(clock, event->wall_ms));
    grid_text(g, row, area.col + 10, 4, role, event_level_text(event->level));
    grid_text(g, row, area.col + 15, area.cols - 15, role, event->text);
}

void events_draw(struct grid *g, struct area area, struct view *view)
{
    struct event_list *list = &view->panels.events;
    unsigned shown, first = draw_window(area, view, PANEL_EVENTS, &list->rows, &shown);
    draw_rule(g, area, view, PANEL_EVENTS, "Events");
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_event *event = &view->snap->events[list->order[first + i]];
        struct area row = {area.row + 1 + i, area.col, 1, area.cols};
        draw_event(g, row, event);
        grid_target(g, row, TARGET_EVENT, event->seq);
        if (list->rows.picked && list->rows.at == first + i)
            draw_picked(g, row, view, PANEL_EVENTS);
    }
}
