/*
 * What is wrong now, in full sentences; it follows the snapshot while it is open.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/alerts.h"
#include "tui/box.h"
#include "tui/draw.h"

#define COLS_MAX 96
#define COLS_MIN 30
#define MARK_COLS 5 /* "WARN " */

/* Draws the lines from `first` on, as far as there are rows; without a grid it only counts. */
static unsigned draw_lines(struct grid *g, struct area room, const struct alerts *alerts,
                           unsigned first)
{
    unsigned line = 0;
    for (unsigned i = 0; i < alerts->count; i++) {
        const struct alert *alert = &alerts->list[i];
        unsigned role = draw_level_role(alert->level);
        const char *rest = alert->text;
        do {
            size_t len = draw_wrap(rest, room.cols - MARK_COLS);
            bool seen = g != NULL && line >= first && line - first < room.rows;
            if (seen && rest == alert->text)
                grid_text(g, room.row + line - first, room.col, MARK_COLS, role,
                          event_level_text(alert->level));
            if (seen)
                grid_textf(g, room.row + line - first, room.col + MARK_COLS, room.cols - MARK_COLS,
                           role, "%.*s", (int)len, rest);
            rest += len;
            line++;
        } while (*rest != '\0');
    }
    return line;
}

static bool draw(struct grid *g, struct view *view)
{
    struct alerts alerts;
    struct area room;
    char title[40];
    unsigned cols = g->cols < COLS_MAX + 4 ? g->cols - 4 : COLS_MAX;
    if (g->cols < COLS_MIN + 4 || view->snap == NULL)
        return false;
    alerts_make(&alerts, view);
    unsigned all = draw_lines(NULL, (struct area){0, 0, 0, cols}, &alerts, 0);
    snprintf(title, sizeof(title), "Alerts (%u)", alerts.wrong);
    if (!box_frame(g, (all > 0 ? all : 1) + 2, cols, 4, title, &room))
        return false;
    struct area lines = {room.row, room.col, room.rows - 2, room.cols};
    unsigned most = all > lines.rows ? all - lines.rows : 0;
    if (view->dialog.scroll > most)
        view->dialog.scroll = most;
    draw_lines(g, lines, &alerts, view->dialog.scroll);
    if (alerts.count == 0)
        grid_text(g, room.row, room.col, room.cols, ROLE_DIALOG, "Nothing is wrong.");
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              most > 0 ? "Up Down PgUp PgDn scroll   Esc close" : "Esc close");
    return true;
}

const struct box_ops box_alerts = {.draw = draw, .command = box_scroll};

void act_alerts(struct app *app, enum key_command command_, double now)
{
    (void)command_;
    (void)now;
    box_open(&app->view, DIALOG_ALERTS);
}
