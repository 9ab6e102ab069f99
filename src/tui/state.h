/*
 * The state file: where the screen's saved settings lie, read at the start and written only when
 * somebody asks for it. Blocks on a small file. UI thread.
 */
#ifndef TUI_STATE_H
#define TUI_STATE_H

#include "tui/app.h"

/* $XDG_STATE_HOME/lavaproxy/screen.yaml, or ~/.local/state/lavaproxy/screen.yaml. Returns `out`, or
 * NULL where the environment names neither. */
char *state_path(char *out, size_t size);

/* Sets what the file says; none is fine. What is wrong with it becomes a notice, and the file is
 * kept aside when it is written anew. */
void state_load(struct app *app, double now);

/* Writes the file whole or not at all, readable by its owner only, and says so or why not. */
void state_save(struct app *app, double now);

#endif
