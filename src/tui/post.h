/*
 * Where answers to commands wait for the UI thread. Counted by references, since an answer may
 * come after the screen has ended. Any thread.
 */
#ifndef TUI_POST_H
#define TUI_POST_H

#include <stdbool.h>
#include <stddef.h>

#include "stats/command.h"

struct post;

/* `wake` (an eventfd, the caller's) is written when there is an answer. NULL: out of memory. */
struct post *post_new(int wake);
void post_ref(struct post *post);
void post_unref(struct post *post); /* NULL is harmless */
/* No more answers wanted: `wake` may be closed. */
void post_close(struct post *post);

/* A command_answer; takes over one reference. */
void post_answer(void *ctx, const struct command_result *result);

/* The newest answer not yet taken. */
bool post_take(struct post *post, struct command_result *result);

/* How many are still to come. */
unsigned post_owed(struct post *post);

#endif
