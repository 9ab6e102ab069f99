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

void events_draw(struct grid *g, struct area area, const struct view *view)
{
    const struct snap *snap = view->snap;
    if (area.rows == 0)
        return;
    draw_rule(g, area, "Events");
    for (unsigned i = 0; i + 1 < area.rows && view->scroll + i < snap->event_count; i++) {
        const struct snap_event *event = &snap->events[snap->event_count - 1 - view->scroll - i];
        unsigned row = area.row + 1 + i, role = level_role(event->level);
        char clock[CLOCK_ISO_MAX];
        grid_text(g, row, area.col + 1, 8, ROLE_EV_TIME, clock_hms(clock, event->wall_ms));
        grid_text(g, row, area.col + 10, 4, role, event_level_text(event->level));
        if (area.cols > 16)
            grid_text(g, row, area.col + 15, area.cols - 15, role, event->text);
    }
}
