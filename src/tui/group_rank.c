/*
 * A group's figure in the sorted column. Bots have figures and texts of their own; what belongs to
 * no bot comes last whatever the order.
 */
#include "tui/group_rank.h"

#include <string.h>

static uint64_t minute_of(const struct group_order *order, const struct group *group)
{
    uint32_t seconds[SERIES_SECONDS];
    uint64_t sum = 0;
    group_history(order->groups, group, order->rows.snap, seconds);
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        sum += seconds[i];
    return sum;
}

/* Figures that every group has. False: the column is another. */
static bool figure_of(const struct group_order *order, const struct group *group, uint64_t *value)
{
    switch (order->rows.key) {
    case SORT_ID:
        *value = group->count;
        return true;
    case SORT_IN:
        *value = group->rate_in;
        return true;
    case SORT_OUT:
        *value = group->rate_out;
        return true;
    case SORT_RATE:
        *value = group->rate_in + group->rate_out;
        return true;
    case SORT_TOTAL:
        *value = group->bytes_in + group->bytes_out;
        return true;
    case SORT_AGE: /* older is larger; who is not here has no age */
        *value = group->opened_ms == 0 ? 0 : UINT64_MAX - (uint64_t)group->opened_ms;
        return true;
    case SORT_REQUESTS:
        *value = group->requests;
        return true;
    case SORT_MESSAGES:
        *value = group->rate_messages < 0 ? 0 : (uint64_t)(group->rate_messages * 1000);
        return true;
    case SORT_MINUTE:
        *value = minute_of(order, group);
        return true;
    default:
        return false;
    }
}

static uint64_t bot_figure(enum sort_key key, const struct snap_bot *bot)
{
    switch (key) {
    case SORT_VERSION:
        return bot->versions;
    case SORT_KIND: /* the state: those that are gone behind the others */
        return bot->gone_ms != 0;
    case SORT_PLAYERS:
        return bot->players;
    case SORT_ERRORS:
        return snap_bot_errors(bot);
    default:
        return 0;
    }
}

struct group_rank group_rank_of(const struct group_order *order, uint32_t at)
{
    const struct group *group = &order->groups->list[at];
    struct group_rank rank = {.group = at};
    if (group->count > 0)
        rank.rank.index = order->groups->rows[group->from];
    if (figure_of(order, group, &rank.rank.value))
        return rank;
    if (order->by == GROUP_BOT)
        rank.rank.value = group->bot == NULL ? 0 : bot_figure(order->rows.key, group->bot);
    else
        rank.rank = sort_rank(&order->rows, rank.rank.index);
    return rank;
}

static const char *first_backend(const struct snap *snap, const struct snap_bot *bot)
{
    for (unsigned i = 0; i < snap->backend_count && i < 64; i++)
        if (bot->backends >> i & 1)
            return snap->backends[i].name;
    return "";
}

static int compare_ips(const struct snap_bot *a, const struct snap_bot *b)
{
    if (a->ip_count == 0 || b->ip_count == 0)
        return (a->ip_count > 0) - (b->ip_count > 0);
    if (a->ips[0].family != b->ips[0].family)
        return a->ips[0].family < b->ips[0].family ? -1 : 1;
    return memcmp(a->ips[0].bytes, b->ips[0].bytes, sizeof(a->ips[0].bytes));
}

static int compare_texts(const struct sort_order *order, const struct snap_bot *a,
                         const struct snap_bot *b)
{
    switch (order->key) {
    case SORT_BOT:
        return strcmp(a->name, b->name);
    case SORT_CLIENT:
        return strcmp(a->library, b->library);
    case SORT_USER:
        return sort_compare_texts(SORT_USER, a->user_id, b->user_id);
    case SORT_BACKEND:
        return strcmp(first_backend(order->snap, a), first_backend(order->snap, b));
    case SORT_IP:
        return compare_ips(a, b);
    default:
        return 0;
    }
}

int group_rank_compare(const void *left, const void *right, void *ctx)
{
    const struct group_rank *a = left, *b = right;
    struct group_order *order = ctx;
    if (order->by != GROUP_BOT)
        return sort_compare(&a->rank, &b->rank, &order->rows);
    const struct snap_bot *x = order->groups->list[a->group].bot,
                          *y = order->groups->list[b->group].bot;
    if (x == NULL || y == NULL)
        return (x == NULL) - (y == NULL);
    int found = a->rank.value != b->rank.value ? (a->rank.value < b->rank.value ? -1 : 1)
                                               : compare_texts(&order->rows, x, y);
    if (found != 0)
        return order->rows.descending ? -found : found;
    return x->id < y->id ? -1 : x->id > y->id;
}
