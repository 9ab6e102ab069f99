/*
 * One line of text being typed in the bottom row, with a cursor. What it is for is its kind's
 * affair (prompts.h). Pure. Owned by the UI thread.
 */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#define PROMPT_TEXT_MAX 200

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_COMMAND,
    PROMPT_FILTER,
    PROMPT_FIND,
    PROMPT_WRITE,
    PROMPT_COUNT
};

struct prompt {
    enum prompt_kind kind; /* NONE: closed; the text then still stands */
    char text[PROMPT_TEXT_MAX];
    size_t at; /* the cursor, in bytes */
};

/* Opens with this text, the cursor behind it; what does not fit is left out. */
void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text);
void prompt_close(struct prompt *prompt);
bool prompt_is_open(const struct prompt *prompt);

/* Puts clean UTF-8 in at the cursor, as many whole characters as there is room for. */
void prompt_add(struct prompt *prompt, const char *bytes, size_t len);
/* A key without a meaning of its own: characters join the line, KEYS_CHAR ones too. */
void prompt_type(struct prompt *prompt, int key);
/* Takes the character before the cursor back; an empty line is left. */
void prompt_erase(struct prompt *prompt);
/* Takes the character at the cursor back. */
void prompt_erase_next(struct prompt *prompt);
void prompt_clear(struct prompt *prompt);
/* Replaces the text, the cursor behind it. */
void prompt_set(struct prompt *prompt, const char *text);
void prompt_left(struct prompt *prompt);
void prompt_right(struct prompt *prompt);
void prompt_first(struct prompt *prompt);
void prompt_last(struct prompt *prompt);

#endif
