/*
 * The command line behind ":": which words there are (words.h and option.h), what Tab makes of a
 * line, and what it does. UI thread.
 */
#ifndef TUI_COMMAND_LINE_H
#define TUI_COMMAND_LINE_H

#include "base/str.h"

struct app;
struct view;

/* Carries a line out, or says why not. An empty one does nothing. */
void command_line_run(struct app *app, const char *text, double now);

/* Completes the word before the prompt's cursor as far as it is clear. */
void command_line_complete(struct view *view);

/* Appends what that word may become, "drain undrain". */
void command_line_hint(const struct view *view, struct str *out);

/* One word with what stands behind it, for the help: "check [NAME]". */
struct command_line_entry {
    const char *word, *args, *help; /* args NULL: nothing */
};
/* The `i`th of all; false behind the last. */
bool command_line_at(size_t i, struct command_line_entry *entry);

#endif
