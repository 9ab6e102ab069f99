/*
 * Which known name a mistyped one most likely means: the least number of letters to insert, drop
 * or change (Levenshtein's distance), if few enough. Pure; any thread.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

#include "base/slice.h"

/* Begins with `mistyped` alone; `best` is empty until a name is near enough. */
struct nearest {
    struct slice mistyped, best;
    size_t score;
};

/* Keeps the nearer of `best` and `name`, which must stay as long as `best` is used. */
void nearest_consider(struct nearest *nearest, struct slice name);

/* The nearest of words apart by spaces, or an empty slice. */
struct slice nearest_word(const char *words, struct slice mistyped);

#endif
