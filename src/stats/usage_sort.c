/*
 * Ranks of IPs. An address is never equal to another, so it settles every tie.
 */
#include "stats/usage_sort.h"

#include <assert.h>
#include <string.h>

static const char *const words[USAGE_COUNT] = {
    [USAGE_IP] = "ip",     [USAGE_ACTIVE] = "active", [USAGE_EVER] = "connections",
    [USAGE_IN] = "in",     [USAGE_OUT] = "out",       [USAGE_TOTAL] = "total",
    [USAGE_RATE] = "rate", [USAGE_LAST] = "last",
};

const char *usage_word(enum usage_key key)
{
    assert(key < USAGE_COUNT);
    return words[key];
}

bool usage_descends(enum usage_key key)
{
    return key != USAGE_IP;
}

static uint64_t value_of(enum usage_key key, const struct snap_ip *ip)
{
    switch (key) {
    case USAGE_ACTIVE:
        return ip->active;
    case USAGE_EVER:
        return ip->connections;
    case USAGE_IN:
        return ip->bytes_in;
    case USAGE_OUT:
        return ip->bytes_out;
    case USAGE_TOTAL:
        return ip->bytes_in + ip->bytes_out;
    case USAGE_RATE:
        return ip->rate_in + ip->rate_out;
    case USAGE_LAST:
        return (uint64_t)ip->last_active_ms;
    default:
        return 0; /* the address itself decides */
    }
}

struct rank usage_rank(const struct usage_order *order, uint32_t index)
{
    return (struct rank){value_of(order->key, &order->snap->ips[index]), index};
}

/* Two values, and where these are equal how the addresses compare. */
static int compare(const struct usage_order *order, uint64_t a, uint64_t b, int addresses)
{
    int found = a != b ? (a < b ? -1 : 1) : addresses;
    return order->descending && (a != b || order->key == USAGE_IP) ? -found : found;
}

int usage_compare(const void *left, const void *right, void *ctx)
{
    const struct rank *a = left, *b = right;
    const struct usage_order *order = ctx;
    const struct snap_ip *ips = order->snap->ips;
    return compare(order, a->value, b->value,
                   memcmp(&ips[a->index].key, &ips[b->index].key, sizeof(ips->key)));
}

void usage_place(const struct usage_order *order, uint32_t index, struct sort_place *place)
{
    const struct snap_ip *ip = &order->snap->ips[index];
    *place = (struct sort_place){.value = value_of(order->key, ip), .rest_len = sizeof(ip->key)};
    memcpy(place->rest, &ip->key, sizeof(ip->key));
}

int usage_compare_place(const struct usage_order *order, struct rank rank,
                        const struct sort_place *place)
{
    return compare(order, rank.value, place->value,
                   memcmp(&order->snap->ips[rank.index].key, place->rest, sizeof(struct addr_key)));
}
