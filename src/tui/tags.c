/*
 * An ascending array. New connections have the largest ids, but any row may be tagged at any time;
 * moving a few thousand numbers once per key press is nothing.
 */
#include "tui/tags.h"

#include <stdlib.h>
#include <string.h>

void tags_free(struct tags *tags)
{
    free(tags->ids);
    *tags = (struct tags){0};
}

void tags_clear(struct tags *tags)
{
    tags->count = 0;
}

/* The place of the id, or where it belongs. */
static unsigned place_of(const struct tags *tags, uint64_t id)
{
    unsigned low = 0, high = tags->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (tags->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool tags_has(const struct tags *tags, uint64_t id)
{
    unsigned at = place_of(tags, id);
    return at < tags->count && tags->ids[at] == id;
}

int tags_add(struct tags *tags, uint64_t id)
{
    unsigned at = place_of(tags, id);
    if (at < tags->count && tags->ids[at] == id)
        return 0;
    if (tags->count == tags->capacity) {
        size_t capacity = tags->capacity == 0 ? 64 : tags->capacity * 2;
        uint64_t *ids = reallocarray(tags->ids, capacity, sizeof(*ids));
        if (ids == NULL)
            return -1;
        tags->ids = ids;
        tags->capacity = capacity;
    }
    memmove(&tags->ids[at + 1], &tags->ids[at], (tags->count - at) * sizeof(*tags->ids));
    tags->ids[at] = id;
    tags->count++;
    return 0;
}

void tags_remove(struct tags *tags, uint64_t id)
{
    unsigned at = place_of(tags, id);
    if (at == tags->count || tags->ids[at] != id)
        return;
    tags->count--;
    memmove(&tags->ids[at], &tags->ids[at + 1], (tags->count - at) * sizeof(*tags->ids));
}

void tags_keep(struct tags *tags, const struct snap *snap)
{
    unsigned kept = 0, j = 0;
    for (unsigned i = 0; i < tags->count; i++) {
        while (j < snap->conn_count && snap->conns[j].id < tags->ids[i])
            j++;
        if (j < snap->conn_count && snap->conns[j].id == tags->ids[i])
            tags->ids[kept++] = tags->ids[i];
    }
    tags->count = kept;
}
