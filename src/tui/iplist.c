/*
 * Order of the addresses. Snapshots list them by activity, so that an index means another address
 * every second; what is held is a place for each address, in a map that is made anew whenever they
 * are sorted.
 */
#include "tui/iplist.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

#define NOWHERE UINT32_MAX
#define FREE_PLACES 256

struct ip_rank {
    uint64_t value;
    uint32_t index;
};

const char *ip_sort_name(enum ip_sort key)
{
    static const char *const names[IP_SORT_COUNT] = {[IP_SORT_RATE] = "rate",
                                                     [IP_SORT_TOTAL] = "total",
                                                     [IP_SORT_CONNS] = "connections",
                                                     [IP_SORT_ADDRESS] = "address"};
    assert(key < IP_SORT_COUNT);
    return names[key];
}

void ip_list_init(struct ip_list *list)
{
    *list = (struct ip_list){.key = IP_SORT_RATE, .descending = true, .stale = true};
}

void ip_list_free(struct ip_list *list)
{
    map_free(list->places);
    free(list->order);
    free(list->ranks);
    *list = (struct ip_list){0};
}

static int reserve(struct ip_list *list, size_t count)
{
    if (count <= list->capacity)
        return 0;
    size_t capacity = list->capacity == 0 ? 64 : list->capacity;
    while (capacity < count)
        capacity *= 2;
    uint32_t *order = reallocarray(list->order, capacity, sizeof(*order));
    if (order != NULL)
        list->order = order;
    struct ip_rank *ranks = reallocarray(list->ranks, capacity, sizeof(*ranks));
    if (ranks != NULL)
        list->ranks = ranks;
    if (order == NULL || ranks == NULL)
        return -1;
    list->capacity = capacity;
    return 0;
}

static uint64_t rank_value(enum ip_sort key, const struct snap_ip *ip)
{
    switch (key) {
    case IP_SORT_RATE:
        return ip->rate_in + ip->rate_out;
    case IP_SORT_TOTAL:
        return ip->bytes_in + ip->bytes_out;
    case IP_SORT_CONNS:
        return ip->active;
    default: /* the key's own bytes decide */
        return 0;
    }
}

/* What decides between equal values: more connections, more bytes, then the address. */
static int compare_rest(const struct ip_list *list, const struct snap_ip *a,
                        const struct snap_ip *b)
{
    if (list->key != IP_SORT_ADDRESS && a->active != b->active)
        return a->active < b->active ? -1 : 1;
    uint64_t total_a = a->bytes_in + a->bytes_out, total_b = b->bytes_in + b->bytes_out;
    if (list->key != IP_SORT_ADDRESS && total_a != total_b)
        return total_a < total_b ? -1 : 1;
    int order = memcmp(&a->key, &b->key, sizeof(a->key));
    /* Lists that begin with the largest go on with the smallest address. */
    return list->key == IP_SORT_ADDRESS || !list->descending ? order : -order;
}

static int compare_ranks(const void *left, const void *right, void *ctx)
{
    const struct ip_rank *a = left, *b = right;
    const struct ip_list *list = ctx;
    int order;
    if (a->value != b->value)
        order = a->value < b->value ? -1 : 1;
    else
        order = compare_rest(list, &list->snap->ips[a->index], &list->snap->ips[b->index]);
    return list->descending ? -order : order;
}

/* Gives an address the next free place. */
static int add_place(struct ip_list *list, uint32_t index)
{
    uintptr_t place = list->place_base + list->place_count + 1;
    if (map_put(list->places, &list->snap->ips[index].key, (void *)place) < 0)
        return -1;
    list->place_count++;
    return 0;
}

/* Makes the present order the one that is held. Places of before are below the new base: they are
 * as good as none, and cost only room, up to a point. */
static int keep_places(struct ip_list *list, unsigned count)
{
    list->place_base += list->place_count;
    list->place_count = 0;
    if (list->places == NULL || map_count(list->places) > 2 * (size_t)count + FREE_PLACES) {
        map_free(list->places);
        list->places = map_new(sizeof(struct addr_key));
    }
    if (list->places == NULL)
        return -1;
    for (unsigned i = 0; i < count; i++)
        if (add_place(list, list->order[i]) < 0)
            return -1;
    return 0;
}

static int sort_rows(struct ip_list *list, unsigned *count, double now)
{
    const struct snap *snap = list->snap;
    for (unsigned i = 0; i < snap->ip_count; i++)
        list->ranks[i] = (struct ip_rank){rank_value(list->key, &snap->ips[i]), i};
    qsort_r(list->ranks, snap->ip_count, sizeof(*list->ranks), compare_ranks, list);
    for (unsigned i = 0; i < snap->ip_count; i++)
        list->order[i] = list->ranks[i].index;
    *count = snap->ip_count;
    list->sorted_at = now;
    list->stale = false;
    return keep_places(list, *count);
}

/* The place of each address goes into `ranks`; new ones take the next ones. */
static int find_places(struct ip_list *list)
{
    const struct snap *snap = list->snap;
    for (unsigned i = 0; i < snap->ip_count; i++) {
        uintptr_t place = (uintptr_t)map_get(list->places, &snap->ips[i].key);
        if (place <= list->place_base) {
            if (add_place(list, i) < 0)
                return -1;
            place = list->place_base + list->place_count;
        }
        list->ranks[i].value = place - list->place_base - 1;
    }
    return 0;
}

/* Every address to the place that it has; new ones behind the last. One that is there twice has one
 * place: `count` is what the order then has. */
static int carry_rows(struct ip_list *list, unsigned *count)
{
    const struct snap *snap = list->snap;
    *count = 0;
    if (find_places(list) < 0 || reserve(list, list->place_count) < 0)
        return -1;
    for (size_t i = 0; i < list->place_count; i++)
        list->order[i] = NOWHERE;
    for (unsigned i = 0; i < snap->ip_count; i++)
        list->order[list->ranks[i].value] = i;
    for (size_t i = 0; i < list->place_count; i++)
        if (list->order[i] != NOWHERE)
            list->order[(*count)++] = list->order[i];
    /* Places of addresses that have gone are given up before they are many. */
    return list->place_count > 2 * (size_t)*count + FREE_PLACES ? keep_places(list, *count) : 0;
}

/* What is known of all of them together. */
static void sum_up(struct ip_list *list)
{
    list->active = 0;
    list->top_rate = 0;
    for (unsigned i = 0; i < list->snap->ip_count; i++) {
        const struct snap_ip *ip = &list->snap->ips[i];
        uint64_t rate = ip->rate_in + ip->rate_out;
        list->active += ip->active > 0;
        list->top_rate = rate > list->top_rate ? rate : list->top_rate;
    }
}

/* Finds the picked address anew. */
static void find_picked(struct ip_list *list, unsigned count)
{
    unsigned at = 0;
    while (list->rows.picked && at < count &&
           memcmp(&ip_list_row(list, at)->key, &list->picked, sizeof(list->picked)) != 0)
        at++;
    picker_update(&list->rows, count, at);
    if (list->rows.picked)
        list->picked = ip_list_row(list, list->rows.at)->key;
}

int ip_list_update(struct ip_list *list, const struct snap *snap, bool hold, double now)
{
    bool moved = snap != list->snap;
    unsigned count;
    list->snap = snap;
    hold = hold || now < list->held_until;
    bool due = list->stale || list->places == NULL ||
               (moved && now - list->sorted_at >= IP_LIST_SORT_SECONDS && !hold);
    if (!moved && !due)
        return 0;
    /* One at least, so that there is always something to sort. */
    if (reserve(list, (size_t)snap->ip_count + 1) < 0 ||
        (due ? sort_rows(list, &count, now) : carry_rows(list, &count)) < 0) {
        picker_update(&list->rows, 0, 0);
        list->stale = true;
        return -1;
    }
    sum_up(list);
    find_picked(list, count);
    return 0;
}

void ip_list_sort(struct ip_list *list, enum ip_sort key)
{
    /* Figures begin with the largest, addresses with the lowest. */
    list->descending = key == list->key ? !list->descending : key != IP_SORT_ADDRESS;
    list->key = key;
    list->stale = true;
}

static void keep_picked(struct ip_list *list, double now)
{
    list->held_until = now + IP_LIST_HOLD_SECONDS;
    if (list->rows.picked)
        list->picked = ip_list_row(list, list->rows.at)->key;
}

void ip_list_move(struct ip_list *list, int rows, double now)
{
    picker_move(&list->rows, rows);
    keep_picked(list, now);
}

void ip_list_pick(struct ip_list *list, unsigned row, double now)
{
    picker_pick(&list->rows, row);
    keep_picked(list, now);
}

const struct snap_ip *ip_list_row(const struct ip_list *list, unsigned row)
{
    return &list->snap->ips[list->order[row]];
}

const struct snap_ip *ip_list_picked(const struct ip_list *list)
{
    return list->rows.picked ? ip_list_row(list, list->rows.at) : NULL;
}
