/*
 * The language of the command line behind ":": what Tab makes of a line, and what a line means.
 * Pure. Owned by the UI thread.
 */
#ifndef TUI_COMMAND_LINE_H
#define TUI_COMMAND_LINE_H

#include "base/str.h"
#include "stats/command.h"
#include "stats/snapshot.h"
#include "tui/prompt.h"

#define COMMAND_LINE_WRONG_MAX 160

/* Completes the last word, a command or the name of a backend, as far as it is clear. `snap` may be
 * NULL here and below. */
void command_line_complete(struct prompt *prompt, const struct snap *snap);

/* Appends what the last word may become, "drain undrain". */
void command_line_hint(const struct prompt *prompt, const struct snap *snap, struct str *out);

/* The command that the line means, and its word as the result. NULL when it means none: then
 * `wrong` says why, or is "" because nothing was typed. */
const char *command_line_read(const struct prompt *prompt, const struct snap *snap,
                              struct command *command, char wrong[COMMAND_LINE_WRONG_MAX]);

/* The words there are, until NULL. */
const char *command_line_word(size_t i);

#endif
