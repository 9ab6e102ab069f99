/*
 * The command line behind ":": one line of text, what Tab makes of it, and what it means. Pure.
 * Owned by the UI thread.
 */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "stats/command.h"
#include "stats/snapshot.h"

#define PROMPT_TEXT_MAX 80
#define PROMPT_WRONG_MAX 160

struct prompt {
    bool open;
    char text[PROMPT_TEXT_MAX];
};

void prompt_open(struct prompt *prompt); /* empty */
void prompt_close(struct prompt *prompt);

/* A key without a meaning of its own: characters join the line as far as there is room. */
void prompt_type(struct prompt *prompt, int key);
/* Takes the last character back; an empty line is left. */
void prompt_erase(struct prompt *prompt);
void prompt_clear(struct prompt *prompt);

/* Completes the last word, a command or the name of a backend, as far as it is clear. `snap` may be
 * NULL here and below. */
void prompt_complete(struct prompt *prompt, const struct snap *snap);

/* Appends what the last word may become, "drain undrain". */
void prompt_hint(const struct prompt *prompt, const struct snap *snap, struct str *out);

/* The command that the line means, and its word as the result. NULL when it means none: then
 * `wrong` says why, or is "" because nothing was typed. */
const char *prompt_read(const struct prompt *prompt, const struct snap *snap,
                        struct command *command, char wrong[PROMPT_WRONG_MAX]);

/* The words there are, until NULL. */
const char *prompt_word(size_t i);

#endif
