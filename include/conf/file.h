/*
 * Reading a small text file whole, and checking that it is text.
 */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/problems.h"

struct file_text {
    char *ptr; /* NUL-terminated; NULL when there is none */
    size_t len;
    bool is_public; /* readable by everybody on this machine */
};

enum file_result { FILE_READ, FILE_MISSING, FILE_BAD };

/* Reads at most `max` bytes. FILE_BAD comes with a problem, FILE_MISSING without. Blocks. */
enum file_result file_read(const char *path, size_t max, struct file_text *text,
                           struct load_problems *problems);

/* Wipes and frees. */
void file_free(struct file_text *text);

/* Whether the bytes are UTF-8 without control characters; adds a problem with its place. */
bool file_is_text(const char *name, struct slice text, struct load_problems *problems);

#endif
