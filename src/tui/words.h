/*
 * The words of the command line that do something: one table. (Those that set something are the
 * options.) Pure but for what is sent. UI thread.
 */
#ifndef TUI_WORDS_H
#define TUI_WORDS_H

#include "tui/app.h"

struct word {
    const char *word;
    const char *args; /* for the help: "IP [TIME]"; NULL: it stands alone; in brackets: or does */
    const char *help; /* one line */
    bool changes;     /* refused where only reading is allowed */
    /* `args` are trimmed, and there where they must be. */
    void (*run)(struct app *app, struct slice args, double now);
    /* The `i`th of the words that may stand behind `before`, the arguments so far; NULL behind the
     * last. May be NULL itself. */
    const char *(*choice)(const struct view *view, struct slice before, size_t i);
    enum key_command key; /* where `run` is NULL: does what this command's key does */
};

/* The `i`th, or NULL. */
const struct word *word_at(size_t i);
/* By name, or NULL. */
const struct word *word_find(struct slice name);

#endif
