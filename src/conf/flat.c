/*
 * Names and values, one after the other.
 */
#include "conf/flat.h"

#include <string.h>

#include "base/text.h"
#include "conf/file.h"
#include "conf/load.h"
#include "conf/walk.h"

static void error(const struct walk *w, const char *what)
{
    problems_error(w->problems, walk_here(w), NULL, "%s", what);
}

/* Whether every character may be shown; those that escapes hide in quotes included. */
static bool is_printable(struct slice text)
{
    size_t at = 0;
    uint32_t c;
    while (text_decode(text, &at, &c))
        if (text_width(c) < 0)
            return false;
    return true;
}

/* Copies the text of the current event; false after a problem. */
static bool take(const struct walk *w, char *to, size_t size)
{
    struct slice text = walk_text(w);
    if (text.len >= size || !is_printable(text)) {
        error(w, text.len >= size ? "is too long" : "holds a character that cannot be shown");
        return false;
    }
    memcpy(to, text.ptr, text.len);
    to[text.len] = '\0';
    return true;
}

/* The name at the current event, or NULL after a problem. */
static struct flat_entry *take_name(struct flat *flat, const struct walk *w)
{
    struct flat_entry *entry = &flat->list[flat->count];
    if (flat->count == FLAT_MAX) {
        error(w, "more names than this file has");
        return NULL;
    }
    *entry = (struct flat_entry){.place = walk_here(w)};
    if (!take(w, entry->name, sizeof(entry->name)))
        return NULL;
    for (unsigned i = 0; i < flat->count; i++)
        if (strcmp(flat->list[i].name, entry->name) == 0) {
            error(w, "is there twice");
            return NULL;
        }
    return entry;
}

/* A mapping, at its start. */
static void read_mapping(struct flat *flat, struct walk *w)
{
    while (walk_next(w) && w->event.type != YAML_MAPPING_END_EVENT) {
        if (w->event.type != YAML_SCALAR_EVENT) {
            error(w, "must be a name");
            return;
        }
        struct flat_entry *entry = take_name(flat, w);
        if (entry == NULL || !walk_next(w))
            return;
        if (w->event.type != YAML_SCALAR_EVENT) {
            error(w, "must be a plain value");
            return;
        }
        if (!take(w, entry->value, sizeof(entry->value)))
            return;
        flat->count++;
    }
}

void flat_read(struct flat *flat, const char *source, struct slice text,
               struct load_problems *problems)
{
    struct walk w;
    size_t before = problems->errors;
    flat->count = 0;
    if (!file_is_text(source, text, problems) || !walk_begin(&w, source, text, problems))
        return;
    if (walk_open(&w)) {
        if (w.event.type == YAML_MAPPING_START_EVENT)
            read_mapping(flat, &w);
        else if (!walk_is_null(&w))
            error(&w, "must be a mapping of names to values");
        if (problems->errors == before)
            walk_close(&w);
    }
    walk_end(&w);
    if (problems->errors != before)
        flat->count = 0;
}
