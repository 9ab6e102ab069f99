/*
 * One event in full: the day, and all of a text that its row had to cut.
 */
#include "base/clock.h"
#include "tui/box.h"
#include "tui/draw.h"

#define COLS_MAX 84
#define COLS_MIN 30

static const struct snap_event *find(const struct view *view)
{
    for (unsigned i = 0; view->snap != NULL && i < view->snap->event_count; i++)
        if (view->snap->events[i].seq == view->panels.shown_event)
            return &view->snap->events[i];
    return NULL;
}

static bool draw(struct grid *g, struct view *view)
{
    const struct snap_event *event = find(view);
    char masked[MASK_TEXT_MAX];
    const char *text = event != NULL ? mask_text(&view->mask, masked, sizeof(masked), event->text)
                                     : "It is no longer in the list.";
    char clock[CLOCK_ISO_MAX] = "";
    struct area room;
    unsigned cols = g->cols < COLS_MAX + 4 ? g->cols - 4 : COLS_MAX, rows = 0;
    if (g->cols < COLS_MIN + 4)
        return false;
    for (const char *rest = text; *rest != '\0'; rows++)
        rest += draw_wrap(rest, cols);
    if (!box_frame(g, rows + 3, cols, rows + 3, "Event", &room))
        return false;
    unsigned role = event != NULL ? draw_level_role(event->level) : ROLE_DIALOG, row = room.row;
    if (event != NULL) {
        unsigned used =
            grid_text(g, row, room.col, 10, ROLE_EV_TIME, clock_iso(clock, event->wall_ms));
        used += 1 + grid_text(g, row, room.col + used + 1, 8, ROLE_EV_TIME,
                              clock_hms(clock, event->wall_ms));
        grid_text(g, row, room.col + used + 2, 5, role, event_level_text(event->level));
    }
    for (const char *rest = text; *rest != '\0';) {
        size_t len = draw_wrap(rest, cols);
        grid_textf(g, ++row, room.col, room.cols, role, "%.*s", (int)len, rest);
        rest += len;
    }
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM, "Esc close");
    return true;
}

static void command(struct app *app, enum key_command command, double now)
{
    (void)now;
    if (command == CMD_ANSWER)
        box_close(&app->view);
}

const struct box_ops box_event = {.draw = draw, .command = command};
