/*
 * Collecting what is wrong, with its place. Texts from the file are cleaned and cut before they
 * are shown; callers never pass a secret.
 */
#ifndef CONF_PROBLEMS_H
#define CONF_PROBLEMS_H

#include <stdbool.h>

#include "base/slice.h"
#include "conf/load.h"

/* Where something was written. */
struct place {
    const char *source; /* a file's name, "environment" or "command line" */
    unsigned line;      /* from 1; 0: not a file, or no line in it */
    unsigned column;
};

/* Adds "SOURCE:LINE:COL: LABEL: TEXT"; `label` NULL leaves it out. Past the end of the list it only
 * counts. */
void problems_error(struct load_problems *problems, struct place place, const char *label,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
void problems_warning(struct load_problems *problems, struct place place, const char *label,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether more would only be counted: then the words need not be looked for. */
bool problems_are_full(const struct load_problems *problems);

#define PROBLEMS_QUOTE_MAX 192
/* `text` in quotes, fit to show; "that value" when it looks as if it holds credentials. Returns
 * `out`. */
char *problems_quote(char out[PROBLEMS_QUOTE_MAX], struct slice text);

#endif
