/*
 * Choosing a backend: first the candidates, all of the best rank there is, then one of them. Gauges
 * change at any time, so each is read once and the rest works on what was read.
 */
#include "choice.h"

#include <stdbool.h>

/* From the best on. */
enum rank { RANK_GOOD, RANK_SLOW, RANK_DRAINING, RANK_NONE };

struct candidates {
    unsigned count;
    uint8_t slots[FLEET_MAX]; /* in the order of the fleet */
};

static enum rank rank_of(unsigned flags, bool removed)
{
    if (removed || !(flags & GAUGE_UP))
        return RANK_NONE;
    if (flags & GAUGE_DRAINING)
        return RANK_DRAINING;
    return flags & GAUGE_SLOW ? RANK_SLOW : RANK_GOOD;
}

/* The backends of the best rank there is, `worst` being the last that counts. */
static void gather(struct candidates *found, const struct fleet *fleet, const struct gauge *gauges,
                   unsigned version, uint64_t tried, enum rank worst)
{
    found->count = 0;
    for (unsigned i = 0; i < fleet->count; i++) {
        unsigned slot = fleet->order[i];
        if (fleet->slots[slot].version != version || (tried >> slot & 1))
            continue;
        unsigned flags = atomic_load_explicit(&gauges[slot].flags, memory_order_relaxed);
        enum rank rank = rank_of(flags, fleet->removed >> slot & 1);
        if (rank == RANK_NONE || rank > worst)
            continue;
        if (rank < worst) {
            worst = rank;
            found->count = 0;
        }
        found->slots[found->count++] = (uint8_t)slot;
    }
}

struct load {
    uint32_t playing;
    uint32_t sockets;
    uint32_t weight;
};

/* Less per weight? Multiplied crosswise, since a quotient would round small loads to equal ones. */
static bool is_lighter(const struct load *a, const struct load *b, bool by_playing)
{
    if (by_playing) {
        uint64_t left = (uint64_t)a->playing * b->weight;
        uint64_t right = (uint64_t)b->playing * a->weight;
        if (left != right)
            return left < right;
    }
    return (uint64_t)a->sockets * b->weight < (uint64_t)b->sockets * a->weight;
}

int choice_socket(const struct fleet *fleet, const struct gauge gauges[FLEET_MAX], unsigned version,
                  uint64_t tried)
{
    struct candidates found;
    struct load loads[FLEET_MAX];
    bool by_playing = true;
    unsigned best = 0;

    gather(&found, fleet, gauges, version, tried, RANK_SLOW);
    if (found.count == 0)
        return -1;
    for (unsigned i = 0; i < found.count; i++) {
        const struct gauge *gauge = &gauges[found.slots[i]];
        loads[i].playing = atomic_load_explicit(&gauge->playing, memory_order_relaxed);
        loads[i].sockets = atomic_load_explicit(&gauge->sockets, memory_order_relaxed);
        loads[i].weight = fleet->slots[found.slots[i]].weight;
        if (loads[i].playing == GAUGE_NO_STATS)
            by_playing = false;
    }
    for (unsigned i = 1; i < found.count; i++)
        if (is_lighter(&loads[i], &loads[best], by_playing))
            best = i;
    return found.slots[best];
}

int choice_request(const struct fleet *fleet, const struct gauge gauges[FLEET_MAX],
                   unsigned version, uint64_t tried, uint32_t turn)
{
    struct candidates found;
    uint32_t total = 0;
    bool equal = true;

    gather(&found, fleet, gauges, version, tried, RANK_DRAINING);
    if (found.count <= 1)
        return found.count ? found.slots[0] : -1;
    for (unsigned i = 0; i < found.count; i++) {
        uint32_t weight = fleet->slots[found.slots[i]].weight;
        total += weight;
        equal = equal && weight == fleet->slots[found.slots[0]].weight;
    }
    if (equal)
        return found.slots[turn % found.count];

    /* Multiples of the golden ratio, modulo one, lie evenly at any time: scaled to the sum of the
     * weights, each backend's stretch is hit in proportion and in between the others. */
    uint32_t at = (uint32_t)((uint64_t)(turn * 0x9e3779b9u) * total >> 32);
    unsigned i = 0;
    while (i + 1 < found.count && at >= fleet->slots[found.slots[i]].weight)
        at -= fleet->slots[found.slots[i++]].weight;
    return found.slots[i];
}
