/*
 * Which backend runs in which slot, and how a reload changes that.
 */
#include "conf/fleet.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "conf/schema.h"
#include "conf/value.h"

struct counted {
    struct fleet fleet; /* first, so that a pointer to it is one to the whole */
    atomic_uint references;
};

#define NO_SLOT FLEET_MAX

static uint64_t bit(unsigned slot)
{
    assert(slot < FLEET_MAX);
    return UINT64_C(1) << slot;
}

static struct counted *counted_new(void)
{
    struct counted *counted = calloc(1, sizeof *counted);
    if (counted)
        atomic_init(&counted->references, 1);
    return counted;
}

static void clear_slot(struct config_backend *slot)
{
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    for (size_t i = 0; i < count; i++)
        if (schema_is_backend(&entries[i]))
            value_clear(slot, &entries[i]);
}

/* Puts a copy into the slot, which becomes the last in order. -1 when out of memory. */
static int take_slot(struct fleet *fleet, unsigned slot, const struct config_backend *from)
{
    struct config_backend *to = &fleet->slots[slot];
    assert(!to->name);
    to->name = strdup(from->name);
    to->host = strdup(from->host);
    to->password = strdup(from->password);
    to->version = from->version;
    to->port = from->port;
    to->weight = from->weight;
    fleet->order[fleet->count++] = (uint8_t)slot;
    return to->name && to->host && to->password ? 0 : -1;
}

bool fleet_same_node(const struct config_backend *a, const struct config_backend *b)
{
    return a->version == b->version && a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* The slot of the same node in `old` that is not in `taken` yet, one of the same name before any
 * other; NO_SLOT. */
static unsigned same_slot(const struct fleet *old, const struct config_backend *backend,
                          uint64_t taken)
{
    unsigned found = NO_SLOT;
    for (unsigned i = 0; i < old->count; i++) {
        unsigned slot = old->order[i];
        if ((taken & bit(slot)) || !fleet_same_node(&old->slots[slot], backend))
            continue;
        if (strcmp(old->slots[slot].name, backend->name) == 0)
            return slot;
        if (found == NO_SLOT)
            found = slot;
    }
    return found;
}

static unsigned free_slot(uint64_t taken)
{
    unsigned slot = 0;
    while (slot < FLEET_MAX && (taken & bit(slot)))
        slot++;
    return slot;
}

const struct fleet *fleet_new(const struct config *config)
{
    static const struct fleet none;
    return fleet_next(&none, config, 0, 0, NULL);
}

/* Where each configured backend goes; of `taken` and `stale` nothing is used while something else
 * is free. -1: no slot is left. */
static int assign(const struct fleet *old, const struct config *config, uint64_t keep,
                  uint64_t stale, unsigned slots[FLEET_MAX])
{
    uint64_t taken = 0, held = 0;
    for (unsigned i = 0; i < config->backend_count; i++) {
        slots[i] = same_slot(old, &config->backends[i], taken);
        if (slots[i] != NO_SLOT)
            taken |= bit(slots[i]);
    }
    for (unsigned i = 0; i < old->count; i++)
        held |= bit(old->order[i]);
    held = (held & keep) | taken;
    for (unsigned i = 0; i < config->backend_count; i++) {
        if (slots[i] != NO_SLOT)
            continue;
        slots[i] = free_slot(held | stale);
        if (slots[i] == NO_SLOT)
            slots[i] = free_slot(held);
        if (slots[i] == NO_SLOT)
            return -1;
        held |= bit(slots[i]);
    }
    return 0;
}

static int fill(struct fleet *fleet, const struct fleet *old, const struct config *config,
                uint64_t keep, const unsigned slots[FLEET_MAX])
{
    for (unsigned i = 0; i < config->backend_count; i++)
        if (take_slot(fleet, slots[i], &config->backends[i]) < 0)
            return -1;
    for (unsigned i = 0; i < old->count; i++) {
        unsigned slot = old->order[i];
        if (!(keep & bit(slot)) || fleet->slots[slot].name)
            continue;
        if (take_slot(fleet, slot, &old->slots[slot]) < 0)
            return -1;
        fleet->removed |= bit(slot);
    }
    return 0;
}

const struct fleet *fleet_next(const struct fleet *old, const struct config *config, uint64_t keep,
                               uint64_t stale, struct err *err)
{
    unsigned slots[FLEET_MAX];
    if (assign(old, config, keep, stale, slots) < 0) {
        err_set(err, "more than %d backends, those that still drain included", FLEET_MAX);
        return NULL;
    }
    struct counted *counted = counted_new();
    if (counted && fill(&counted->fleet, old, config, keep, slots) == 0)
        return &counted->fleet;
    fleet_unref(counted ? &counted->fleet : NULL);
    err_set(err, "out of memory");
    return NULL;
}

const struct fleet *fleet_ref(const struct fleet *fleet)
{
    struct counted *counted = (struct counted *)fleet;
    unsigned before = atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
    assert(before > 0);
    return fleet;
}

void fleet_unref(const struct fleet *fleet)
{
    struct counted *counted = (struct counted *)fleet;
    if (!counted || atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        clear_slot(&counted->fleet.slots[slot]);
    free(counted);
}

bool fleet_has(const struct fleet *fleet, unsigned slot)
{
    return slot < FLEET_MAX && fleet->slots[slot].name;
}

int fleet_find(const struct fleet *fleet, const char *name)
{
    for (unsigned i = 0; i < fleet->count; i++)
        if (strcmp(fleet->slots[fleet->order[i]].name, name) == 0)
            return fleet->order[i];
    return -1;
}
