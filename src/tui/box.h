/*
 * Boxes on top of the panels: opening, closing, keys, frames. One file per kind (box_help.c...),
 * one table of kinds in box.c. While a box is open the list holds still. UI thread.
 */
#ifndef TUI_BOX_H
#define TUI_BOX_H

#include "tui/app.h"
#include "tui/grid.h"
#include "tui/keys.h"
#include "tui/question.h"

struct box_ops {
    /* A question: what it asks and offers, anew for every frame and every key. */
    void (*ask)(const struct view *view, struct question *question);
    /* An answer other than the first, which is always the safe one and just closes. The box is
     * closed already; view->dialog stands as it was. Called only for a question that is on the
     * terminal. */
    void (*answered)(struct app *app, unsigned answer, double now);

    /* Any other box. False: there is no room for it. */
    bool (*draw)(struct grid *g, struct view *view);
    /* CMD_ANSWER, CMD_OTHER, movements and all else with a meaning, but for CMD_KEEP, which closes
     * it. */
    void (*command)(struct app *app, enum key_command command, double now);
    /* Before it closes without an answer. */
    void (*left)(struct app *app, double now);
    /* A key that means nothing in a box; with `takes_text` every printable character. */
    void (*type)(struct app *app, int key, double now);
    bool takes_text;
};

extern const struct box_ops box_help, box_sort, box_kill, box_block, box_blocks, box_unblock;
extern const struct box_ops box_drain, box_quit, box_group, box_details, box_copy;
extern const struct box_ops box_alerts, box_ip, box_backend, box_event, box_theme, box_setup,
    box_bot, box_player;

/* Opens an empty box of this kind in place of whatever is open; its fields are then the caller's.
 */
void box_open(struct view *view, enum dialog_kind kind);
void box_close(struct view *view);

/* The `command` of a box whose lines only scroll: its `draw` keeps view->dialog.scroll in bounds.
 */
void box_scroll(struct app *app, enum key_command command, double now);

/* Whether a box of this kind asks something. */
bool box_is_question(enum dialog_kind kind);

/* Closes the open box, if there is one, without an answer. */
void box_leave(struct app *app, double now);

/* A key while a box is open. */
void box_key(struct app *app, int key, double now);

/* The open box on top of everything; false when there is none or no room for it. */
bool box_draw(struct grid *g, struct view *view);

/* Says that the whole width of a row of the open box is one line of its list, or one answer. */
void box_target(struct grid *g, struct area room, unsigned row, enum target_kind kind,
                unsigned number);

/* Draws a frame for `rows` lines of `cols` in the middle; false when the window cannot hold it.
 * Fewer rows than asked for, down to `least`, are fine. */
bool box_frame(struct grid *g, unsigned rows, unsigned cols, unsigned least, const char *title,
               struct area *room);

#endif
