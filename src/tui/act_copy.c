/*
 * y and Y: the selected row's address, name or text, or all of it as JSON, into the clipboard of
 * whoever sits at the terminal; where that cannot be, on the screen for selecting by hand.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/box.h"
#include "tui/export_view.h"

/* False when nothing is selected. */
static bool take_text(const struct view *view, bool row, struct str *text)
{
    struct export_walk walk;
    struct export_rows rows;
    unsigned at;
    str_reset(text);
    if (row ? export_group_row(text, view) : export_group_field(text, view))
        return true;
    if (!export_selected(view, &walk, &rows, &at))
        return false;
    if (row)
        export_row(text, &rows, at);
    else
        export_field(text, &rows, at);
    return true;
}

void act_copy(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    struct copying *copying = &view->copying;
    char notice[VIEW_LINE];
    bool row = command == CMD_COPY_ROW;
    if (!take_text(view, row, &copying->text)) {
        app_notice(app, EVENT_INFO, "nothing is selected that could be copied (arrow keys)", now);
        return;
    }
    if (copying->text.cut) {
        app_notice(app, EVENT_ERROR, "not copied: out of memory", now);
        return;
    }
    if (copying->way == CLIP_SHOW || copying->text.len > CLIP_TEXT_MAX) {
        box_open(view, DIALOG_COPY);
        return;
    }
    copying->send = true;
    snprintf(notice, sizeof(notice), "sent to the terminal's clipboard: %s",
             row ? "the row as JSON" : copying->text.ptr);
    app_notice(app, EVENT_INFO, notice, now);
}
