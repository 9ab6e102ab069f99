/*
 * The command line behind ":": which words there are (words.h and option.h), what Tab makes of a
 * line, what it does, and the lines typed before. UI thread.
 */
#ifndef TUI_COMMAND_LINE_H
#define TUI_COMMAND_LINE_H

#include "base/str.h"
#include "tui/prompt.h"

#define COMMAND_LINE_KEPT 20

/* What was typed before, the newest last. */
struct command_lines {
    char kept[COMMAND_LINE_KEPT][PROMPT_TEXT_MAX];
    unsigned count;
    unsigned at;                 /* which one the prompt shows; count: none of them */
    char draft[PROMPT_TEXT_MAX]; /* what was being typed before looking back */
};

struct app;
struct view;

/* Carries a line out, or says why not. An empty one does nothing. */
void command_line_run(struct app *app, const char *text, double now);

/* Completes the word before the prompt's cursor as far as it is clear. */
void command_line_complete(struct view *view);

/* Appends what that word may become, "drain undrain". */
void command_line_hint(const struct view *view, struct str *out);

/* Shows an older (-1) or newer (1) line in the prompt. */
void command_line_recall(struct view *view, int step);

/* One word with what stands behind it, for the help: "check [NAME]". */
struct command_line_entry {
    const char *word, *args, *help; /* args NULL: nothing */
};
/* The `i`th of all; false behind the last. */
bool command_line_at(size_t i, struct command_line_entry *entry);

#endif
