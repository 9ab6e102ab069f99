/*
 * What each kind of prompt is for: one table of what happens on typing, Enter, Escape and Tab, and
 * how the bottom row shows it. UI thread.
 */
#ifndef TUI_PROMPTS_H
#define TUI_PROMPTS_H

#include "base/str.h"
#include "tui/app.h"
#include "tui/grid.h"
#include "tui/keys.h"

/* NULL members: nothing happens. */
struct prompt_ops {
    const char *label;                            /* ":" */
    void (*changed)(struct app *app, double now); /* after each change of the text */
    void (*run)(struct app *app, double now);     /* Enter: closed, the text still stands */
    void (*left)(struct app *app, double now);    /* left by Escape or by erasing more */
    void (*complete)(struct app *app);            /* Tab */
    void (*recall)(struct app *app, int step);    /* Up (-1) and Down (1) */
    void (*hint)(const struct view *view, struct str *out); /* drawn dim behind the text */
    /* Draws the row below, where the window has room for one; the text begins at `col` (< 0: left
     * of the window). */
    void (*below)(struct grid *g, unsigned row, int col, const struct view *view);
};

extern const struct prompt_ops prompt_command, prompt_filter, prompt_find, prompt_write;

/* A key while a prompt is open. */
void prompts_key(struct app *app, enum key_command command, int key, double now);

/* The bottom row while a prompt is open. */
void prompts_draw(struct grid *g, unsigned row, const struct view *view);

#endif
