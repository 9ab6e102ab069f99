/*
 * The words of the command line that do something: one table. (Those that set something are the
 * options.) Pure but for what is sent. UI thread.
 */
#ifndef TUI_WORDS_H
#define TUI_WORDS_H

#include "tui/option.h"

/* `args` are trimmed, and there where they must be. */
typedef void word_run(struct app *app, struct slice args, double now);

struct word {
    const char *word;
    const char *args; /* for the help: "IP [TIME]"; NULL: it stands alone; in brackets: or does */
    const char *help; /* one line */
    word_run *run;
    option_choice *choice; /* of the arguments; may be NULL */
    enum key_command key;  /* where `run` is NULL: does what this command's key does */
    bool changes;          /* refused where only reading is allowed */
};

/* The `i`th, or NULL. */
const struct word *word_at(size_t i);
/* By name, or NULL. */
const struct word *word_find(struct slice name);

/* A notice that something is wrong. */
void words_say(struct app *app, double now, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- words_act.c: what changes the outside world --- */

word_run words_kill, words_block, words_unblock, words_check, words_drain, words_undrain;
option_choice words_kill_choice, words_block_choice, words_blocked_choice, words_backend_choice;

#endif
