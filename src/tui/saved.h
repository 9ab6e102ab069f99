/*
 * What the screen keeps for the next time, as text: every option of option.h, one a line. Pure. UI
 * thread.
 */
#ifndef TUI_SAVED_H
#define TUI_SAVED_H

#include "conf/load.h"
#include "tui/app.h"

/* The state file that would make the screen as it is. */
void saved_write(const struct app *app, struct str *out);

/* Sets what a state file says, but for what the command line has said (app->config). A file that
 * cannot be read sets nothing, a value that cannot be is left out, each with an error in
 * `problems`. `source` stands for the file. */
void saved_read(struct app *app, const char *source, struct slice text, double now,
                struct load_problems *problems);

#endif
