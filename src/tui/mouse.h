/*
 * What buttons of the mouse do: nothing that has no key. They mean what the frame drawn last says
 * of the place (grid_target). UI thread; pure but for the app's hooks.
 */
#ifndef TUI_MOUSE_H
#define TUI_MOUSE_H

#include "tui/acts.h"
#include "tui/app.h"
#include "tui/grid.h"
#include "tui/input.h"

/* A button at `now`, over the frame `g`. */
void mouse_act(struct app *app, const struct grid *g, const struct mouse *mouse, double now);

/* CMD_MOUSE: takes the mouse, or gives it back to the terminal. */
act act_mouse;

#endif
