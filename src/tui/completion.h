/*
 * What Tab makes of the word before a prompt's cursor: all that may stand there is shown to it, and
 * it puts in what they have in common. Pure.
 */
#ifndef TUI_COMPLETION_H
#define TUI_COMPLETION_H

#include <stdbool.h>

#include "base/slice.h"
#include "tui/prompt.h"

#define COMPLETION_MAX 80 /* bytes of a candidate, the NUL included; more are cut */

struct completion {
    struct slice typed; /* borrowed from the prompt, up to its cursor */
    char common[COMPLETION_MAX];
    unsigned count; /* candidates that begin with what was typed */
};

void completion_begin(struct completion *completion, struct slice typed);
void completion_consider(struct completion *completion, const char *candidate);

/* Puts the rest of the word in at the cursor. True when only one candidate was left and all of it
 * had room. */
bool completion_insert(const struct completion *completion, struct prompt *prompt);

#endif
