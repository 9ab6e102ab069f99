/*
 * Walks the schema and says of each key whose value changed what it was and what it is now.
 */
#include "conf/diff.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/fleet.h"
#include "conf/schema.h"
#include "conf/value.h"

struct gather {
    struct diff *diff;
    const struct config *from, *to;
};

__attribute__((format(printf, 3, 4))) static void add_line(struct gather *g, bool restart,
                                                           const char *format, ...)
{
    struct diff_line *last = &g->diff->lines[DIFF_LINES_MAX - 1];
    if (++g->diff->total > DIFF_LINES_MAX) {
        snprintf(last->text, sizeof last->text, "and %u more",
                 g->diff->total - (DIFF_LINES_MAX - 1));
        return;
    }
    struct diff_line *line = &g->diff->lines[g->diff->count++];
    va_list args;
    va_start(args, format);
    vsnprintf(line->text, sizeof line->text, format, args);
    va_end(args);
    line->restart = restart;
}

/* What became of one value. Of two that only differ in what is too long to show no more is said
 * than of a secret. */
static void add_change(struct gather *g, const char *label, const struct schema_entry *entry,
                       const void *from, const void *to)
{
    char before[VALUE_TEXT_MAX], after[VALUE_TEXT_MAX];
    value_text(before, from, entry);
    value_text(after, to, entry);
    if (strcmp(before, after) == 0)
        add_line(g, entry->restart, "%s: changed", label);
    else
        add_line(g, entry->restart, "%s: %s -> %s", label, before, after);
}

/* --- backends ------------------------------------------------------------------------------- */

static const struct config_backend *same_node(const struct config *config,
                                              const struct config_backend *backend)
{
    for (unsigned i = 0; i < config->backend_count; i++)
        if (fleet_same_node(&config->backends[i], backend))
            return &config->backends[i];
    return NULL;
}

static void add_presence(struct gather *g, const struct config_backend *backend, const char *what)
{
    char address[VALUE_TEXT_MAX];
    value_text(address, backend, schema_find(SLICE("backends"), SLICE("address")));
    add_line(g, false, "backends: %s %s: v%u, %s", backend->name, what, backend->version, address);
}

/* `first` is the first of the `count` entries that may be of backends. */
static void diff_node(struct gather *g, const struct schema_entry *first, size_t count,
                      const struct config_backend *from, const struct config_backend *to)
{
    for (size_t i = 0; i < count && schema_is_backend(&first[i]); i++) {
        if (value_equal(from, to, &first[i]))
            continue;
        if (first[i].type == SCHEMA_LABEL) {
            add_line(g, false, "backends: %s is now %s", from->name, to->name);
            continue;
        }
        char label[64];
        snprintf(label, sizeof label, "backends: %s %s", to->name, schema_key(&first[i]));
        add_change(g, label, &first[i], from, to);
    }
}

static void diff_backends(struct gather *g, const struct schema_entry *first, size_t count)
{
    for (unsigned i = 0; i < g->from->backend_count; i++)
        if (!same_node(g->to, &g->from->backends[i]))
            add_presence(g, &g->from->backends[i], "removed");
    for (unsigned i = 0; i < g->to->backend_count; i++) {
        const struct config_backend *to = &g->to->backends[i];
        const struct config_backend *from = same_node(g->from, to);
        if (from)
            diff_node(g, first, count, from, to);
        else
            add_presence(g, to, "added");
    }
}

void diff_configs(struct diff *diff, const struct config *from, const struct config *to)
{
    struct gather g = {.diff = diff, .from = from, .to = to};
    size_t count, backends = 0;
    const struct schema_entry *entries = schema_entries(&count);
    diff->count = diff->total = 0;
    for (size_t i = 0; i < count; i++) {
        if (schema_is_backend(&entries[i]))
            continue;
        if (!value_equal(from, to, &entries[i]))
            add_change(&g, entries[i].path, &entries[i], from, to);
    }
    /* Last, since only of them there may be more than there is room for, and none of what changes
     * there waits for a restart. */
    while (!schema_is_backend(&entries[backends]))
        backends++;
    diff_backends(&g, &entries[backends], count - backends);
}
