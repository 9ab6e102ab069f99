/*
 * Levenshtein's distance in a table of one row, which bounds its cost: names are short.
 */
#include "base/nearest.h"

#include <ctype.h>

#define NAME_MAX_LEN 32 /* no known name is longer */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* One row of the usual table is enough: row[j] is the distance from the letters of `a` so far to
 * the first j of `b`. */
static size_t distance(struct slice a, struct slice b)
{
    size_t row[NAME_MAX_LEN + 1];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 0; i < a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.len; j++) {
            bool same = tolower((unsigned char)a.ptr[i]) == tolower((unsigned char)b.ptr[j]);
            size_t next = least(row[j] + 1, row[j + 1] + 1, diagonal + (same ? 0 : 1));
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    return row[b.len];
}

void nearest_consider(struct nearest *nearest, struct slice name)
{
    struct slice mistyped = nearest->mistyped;
    if (mistyped.len == 0 || mistyped.len > NAME_MAX_LEN || name.len > NAME_MAX_LEN)
        return;
    size_t found = distance(mistyped, name);
    /* A third of the letters wrong is still a slip; more is another word. */
    if (found > 1 + mistyped.len / 3 || found >= name.len ||
        (nearest->best.len > 0 && found >= nearest->score))
        return;
    nearest->best = name;
    nearest->score = found;
}

struct slice nearest_word(const char *words, struct slice mistyped)
{
    struct slice rest = slice_of(words), word;
    struct nearest nearest = {.mistyped = mistyped};
    while (slice_next(&rest, ' ', &word))
        nearest_consider(&nearest, word);
    return nearest.best;
}
