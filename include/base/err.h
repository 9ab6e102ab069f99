/*
 * An error with words: what a cold path tells its caller besides -1.
 * Owned by the caller, usually on its stack; nothing in it needs freeing.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
    char text[256]; /* one line, no newline, never a secret */
};

/* Formats the text of `err` (NULL is allowed and does nothing), cutting it to fit. Any thread. */
void err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
