/*
 * The connections that the operator has tagged: a set of ids. Those that ended leave it, so it
 * never has more ids than there are connections. Pure; owned by the model.
 */
#ifndef TUI_TAGS_H
#define TUI_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/snapshot.h"

/* Zeroed is empty. */
struct tags {
    uint64_t *ids; /* ascending */
    unsigned count;
    size_t capacity;
};

void tags_free(struct tags *tags);
void tags_clear(struct tags *tags);

bool tags_has(const struct tags *tags, uint64_t id);

/* Both do nothing where there is nothing to do. -1 when out of memory, the set then unchanged. */
int tags_add(struct tags *tags, uint64_t id);
void tags_remove(struct tags *tags, uint64_t id);

/* Drops the ids of connections that the snapshot does not have. */
void tags_keep(struct tags *tags, const struct snap *snap);

#endif
