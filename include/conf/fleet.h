/*
 * The backends as they run, each in a slot of its own for as long as anything lives there: those of
 * the present configuration, and those it no longer has that are not empty yet. Workers, health and
 * books count by slot, so a reload that renames, moves or removes a backend mixes nothing up.
 * Immutable, shared by atomic reference count; any thread.
 */
#ifndef CONF_FLEET_H
#define CONF_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/config.h"

#define FLEET_MAX 64 /* slots; bits of a uint64_t */

struct fleet {
    /* By slot, with copies of its own; name NULL: the slot is free. */
    struct config_backend slots[FLEET_MAX];
    uint64_t removed;         /* bit per slot: no longer configured, drains */
    uint8_t order[FLEET_MAX]; /* slots in use: as configured, then the removed ones */
    unsigned count;
};

/* Slots 0, 1, 2... as configured. NULL when out of memory. */
const struct fleet *fleet_new(const struct config *config);

/* The fleet after a reload. A backend keeps its slot while version and address stay the same: a new
 * name, password or weight is news of the same node, a new address is another node. Of those that
 * are gone, the ones with their bit in `keep` stay as removed. A new one takes a slot with its bit
 * in `stale` only where no other is free. NULL with err: out of memory, or more than FLEET_MAX. */
const struct fleet *fleet_next(const struct fleet *old, const struct config *config, uint64_t keep,
                               uint64_t stale, struct err *err);

const struct fleet *fleet_ref(const struct fleet *fleet);
void fleet_unref(const struct fleet *fleet); /* NULL is harmless; passwords are wiped */

/* Whether both are the same node: version and address. */
bool fleet_same_node(const struct config_backend *a, const struct config_backend *b);

/* Whether the slot is in use. */
bool fleet_has(const struct fleet *fleet, unsigned slot);
/* The slot of the backend of this name, configured ones before removed ones; -1. */
int fleet_find(const struct fleet *fleet, const char *name);

#endif
