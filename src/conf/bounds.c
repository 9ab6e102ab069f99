/*
 * What values a key takes, in words: for problems and for the README.
 */
#include <stdint.h>

#include "base/str.h"
#include "conf/value.h"

static void add_size(struct str *out, double bytes)
{
    value_add_size(out, (uint64_t)bytes);
}

static void add_words(struct str *out, const char *words)
{
    struct slice rest = slice_of(words);
    struct slice word;
    for (bool first = true; slice_next(&rest, ' ', &word); first = false) {
        str_add_text(out, first ? "" : ", ");
        str_add_slice(out, word);
    }
}

static void add_range(struct str *out, const struct schema_entry *entry,
                      void (*add)(struct str *, double))
{
    add(out, entry->min);
    if (entry->max > entry->min) {
        str_add_text(out, " to ");
        add(out, entry->max);
    }
}

static void add_number(struct str *out, double number)
{
    str_addf(out, "%.0f", number);
}

char *value_bounds(char out[VALUE_BOUNDS_MAX], const struct schema_entry *entry)
{
    struct str text;
    str_fixed(&text, out, VALUE_BOUNDS_MAX);
    switch (entry->type) {
    case SCHEMA_CHOICE:
        add_words(&text, entry->words);
        break;
    case SCHEMA_NUMBER:
    case SCHEMA_COUNT:
        if (entry->words)
            str_add_text(&text, "auto, or ");
        add_range(&text, entry, add_number);
        break;
    case SCHEMA_SIZE:
        add_range(&text, entry, add_size);
        break;
    case SCHEMA_DURATION:
        add_range(&text, entry, value_add_duration);
        break;
    case SCHEMA_RATIO:
        str_add_text(&text, "a number and a time, such as 10/60s");
        break;
    default:
        break;
    }
    if (entry->may_be_off && entry->type != SCHEMA_LISTENER)
        str_add_text(&text, ", or off");
    return out;
}
