/*
 * The lines that were typed into a prompt before, for Up and Down. Pure. Owned by the UI thread.
 */
#ifndef TUI_RECALL_H
#define TUI_RECALL_H

#include "tui/prompt.h"

#define RECALL_KEPT 20

struct recall {
    char kept[RECALL_KEPT][PROMPT_TEXT_MAX]; /* the newest last */
    unsigned count;
    unsigned at;                 /* which one the prompt shows; count: none of them */
    char draft[PROMPT_TEXT_MAX]; /* what was being typed before looking back */
};

/* The prompt is opened: none of them is shown. */
void recall_begin(struct recall *recall);

/* Keeps a line, the oldest leaves when there are too many; the same again is kept once. */
void recall_keep(struct recall *recall, const char *text);

/* Shows an older (-1) or newer (1) line in the prompt, as far as there is one. */
void recall_step(struct recall *recall, struct prompt *prompt, int step);

#endif
