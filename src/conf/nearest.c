/*
 * Which known name a mistyped one most likely means: the least number of letters to insert, drop
 * or change (Levenshtein's distance), if few enough.
 */
#include <ctype.h>

#include "conf/schema.h"

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

/* Keeps the nearer of *best and `name`. */
static void consider(struct slice name, struct slice mistyped, struct slice *best, size_t *score)
{
    if (mistyped.len == 0 || mistyped.len > NAME_MAX_LEN || name.len > NAME_MAX_LEN)
        return;
    size_t found = distance(mistyped, name);
    /* A third of the letters wrong is still a slip; more is another word. */
    if (found > 1 + mistyped.len / 3 || found >= name.len || (best->len > 0 && found >= *score))
        return;
    *best = name;
    *score = found;
}

struct slice schema_nearest(struct slice section, struct slice mistyped)
{
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    struct slice best = {0};
    size_t score = 0;
    for (size_t i = 0; i < count; i++) {
        if (section.len == 0)
            consider(schema_section(&entries[i]), mistyped, &best, &score);
        else if (slice_equal(schema_section(&entries[i]), section))
            consider(slice_of(schema_key(&entries[i])), mistyped, &best, &score);
    }
    return best;
}

struct slice schema_nearest_word(const char *words, struct slice mistyped)
{
    struct slice rest = slice_of(words);
    struct slice word;
    struct slice best = {0};
    size_t score = 0;
    while (slice_next(&rest, ' ', &word))
        consider(word, mistyped, &best, &score);
    return best;
}
