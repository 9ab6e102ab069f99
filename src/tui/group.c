/*
 * One pass over the rows with a hash finds each row's group, a second one lays the rows out group
 * by group. Groups of the snapshot before are put into the table first, so that they keep their
 * places and whether they are open.
 */
#include "tui/group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "tui/group_rank.h"

#define TABLE_FACTOR 4 /* a power of two, so that the table's size is one as well */

const char *group_name(enum group_by by)
{
    static const char *const names[GROUP_BY_COUNT] = {"none",   "bot",     "IP",
                                                      "client", "user id", "backend"};
    assert(by < GROUP_BY_COUNT);
    return names[by];
}

void groups_free(struct groups *groups)
{
    free(groups->list);
    free(groups->rows);
    free(groups->table);
    free(groups->member);
    free(groups->spare);
    free(groups->ranks);
    *groups = (struct groups){.key = {groups->key[0], groups->key[1]}};
}

void groups_clear(struct groups *groups)
{
    groups->count = 0;
}

/* Makes one array larger; what it holds stays. */
static bool grow(void **array, size_t count, size_t size)
{
    void *larger = reallocarray(*array, count, size);
    if (larger == NULL)
        return false;
    *array = larger;
    return true;
}

/* There are never more groups than rows and bots now and groups before. */
static int reserve(struct groups *g, size_t count)
{
    if (count <= g->capacity)
        return 0;
    size_t capacity = g->capacity == 0 ? 256 : g->capacity;
    while (capacity < count)
        capacity *= 2;
    if (!grow((void **)&g->list, capacity, sizeof(*g->list)) ||
        !grow((void **)&g->rows, capacity, sizeof(*g->rows)) ||
        !grow((void **)&g->table, capacity, TABLE_FACTOR * sizeof(*g->table)) ||
        !grow((void **)&g->member, capacity, sizeof(*g->member)) ||
        !grow((void **)&g->spare, capacity, sizeof(*g->spare)) ||
        !grow((void **)&g->ranks, capacity, sizeof(*g->ranks)))
        return -1;
    g->capacity = capacity;
    return 0;
}

uint64_t group_of_bot(uint64_t bot)
{
    return bot << 1 | 1;
}

/* Bots are numbered by us, so there is nothing to hash. */
static uint64_t id_of(const struct groups *g, enum group_by by, const struct snap *snap,
                      const struct snap_conn *conn)
{
    struct addr_key key;
    const char *text;
    switch (by) {
    case GROUP_BOT:
        return group_of_bot(snap_find_bot(snap, conn->bot) != NULL ? conn->bot : 0);
    case GROUP_IP:
        key = addr_key_of(&conn->client);
        return hash_sip(g->key, &key, sizeof(key)) | 1;
    case GROUP_CLIENT:
        text = sort_client(conn);
        break;
    case GROUP_USER:
        text = conn->user_id;
        break;
    default:
        text = sort_backend(snap, conn);
        break;
    }
    return hash_sip(g->key, text, strlen(text)) | 1;
}

/* Where the id stands in the table, or the free place for it. */
static uint32_t *find_place(const struct groups *g, uint64_t id)
{
    size_t mask = g->capacity * TABLE_FACTOR - 1, at = (size_t)(id >> 1) & mask;
    while (g->table[at] != 0 && g->list[g->table[at] - 1].id != id)
        at = (at + 1) & mask;
    return &g->table[at];
}

static void fill_table(struct groups *g)
{
    memset(g->table, 0, g->capacity * TABLE_FACTOR * sizeof(*g->table));
    for (unsigned i = 0; i < g->count; i++)
        *find_place(g, g->list[i].id) = i + 1;
}

static void add_row(struct group *group, const struct snap_conn *conn)
{
    if (group->count == 0 || conn->opened_ms < group->opened_ms)
        group->opened_ms = conn->opened_ms;
    group->count++;
    group->rate_in += conn->rate_in;
    group->rate_out += conn->rate_out;
    group->messages += conn->messages;
    group->rate_messages =
        conn->rate_messages < 0 ? SNAP_UNKNOWN_RATE : group->rate_messages + conn->rate_messages;
    group->bytes_in += conn->bytes_in;
    group->bytes_out += conn->bytes_out;
    group->requests += conn->requests;
}

/* The place in the list of the group of this id, which comes last where it was not there before. */
static uint32_t enter(struct groups *g, uint64_t id)
{
    uint32_t *place = find_place(g, id);
    if (*place == 0) {
        g->list[g->count] = (struct group){.id = id};
        *place = ++g->count;
    }
    return *place - 1;
}

/* What a bot has moved is more than what its open connections have. */
static void take_figures(struct group *group, const struct snap_bot *bot)
{
    group->bot = bot;
    group->rate_in = bot->rate_in;
    group->rate_out = bot->rate_out;
    group->bytes_in = bot->bytes_in;
    group->bytes_out = bot->bytes_out;
    group->messages = bot->messages;
    group->rate_messages = bot->rate_messages;
    group->requests = bot->requests;
    group->opened_ms = bot->gone_ms != 0 ? 0 : bot->connected_ms;
}

/* Finds the group of each row. */
static void gather(struct groups *g, const struct group_source *source, const struct snap *snap)
{
    for (unsigned i = 0; i < g->count; i++)
        g->list[i] = (struct group){.id = g->list[i].id, .open = g->list[i].open};
    fill_table(g);
    for (unsigned i = 0; i < source->count; i++) {
        const struct snap_conn *conn = &snap->conns[source->rows[i]];
        g->member[i] = enter(g, id_of(g, source->by, snap, conn));
        add_row(&g->list[g->member[i]], conn);
    }
    if (source->by != GROUP_BOT)
        return;
    for (unsigned i = 0; i < source->bot_count; i++) {
        const struct snap_bot *bot = &snap->bots[source->bots[i]];
        take_figures(&g->list[enter(g, group_of_bot(bot->id))], bot);
    }
    for (unsigned i = 0; i < g->count; i++) {
        const struct snap_bot *bot = snap_find_bot(snap, g->list[i].id >> 1);
        if (g->list[i].count > 0 && bot != NULL)
            take_figures(&g->list[i], bot);
    }
}

/* Lays the rows out group by group, each in the order given. */
static void lay_out(struct groups *g, const uint32_t *rows, unsigned count)
{
    uint32_t from = 0;
    for (unsigned i = 0; i < g->count; i++) {
        g->list[i].from = from;
        from += g->list[i].count;
        g->ranks[i].group = g->list[i].from;
    }
    for (unsigned i = 0; i < count; i++)
        g->rows[g->ranks[g->member[i]].group++] = rows[i];
}

/* Puts `first` sorted ranks and `fresh` sorted ones behind them together into `spare`. Those before
 * need not be in order: a new one comes before the first that belongs behind it. */
static void merge(struct groups *g, unsigned first, unsigned fresh, struct group_order *order)
{
    unsigned count = 0, taken = first, end = first + fresh;
    for (unsigned i = 0; i < first; i++) {
        while (taken < end && group_rank_compare(&g->ranks[taken], &g->ranks[i], order) < 0)
            g->spare[count++] = g->list[g->ranks[taken++].group];
        g->spare[count++] = g->list[g->ranks[i].group];
    }
    while (taken < end)
        g->spare[count++] = g->list[g->ranks[taken++].group];
}

/* Gives the groups their order; those with neither rows nor a bot leave. */
static void arrange(struct groups *g, unsigned before, struct group_order *order,
                    enum group_move move)
{
    unsigned count = 0, kept = 0;
    for (unsigned i = 0; i < g->count; i++) {
        bool stays = g->list[i].count > 0 || g->list[i].bot != NULL;
        kept += i < before && stays;
        if (stays)
            g->ranks[count++] = group_rank_of(order, i);
    }
    if (move == GROUP_SORT)
        kept = 0;
    if (move != GROUP_HOLD)
        qsort_r(g->ranks + kept, count - kept, sizeof(*g->ranks), group_rank_compare, order);
    if (move == GROUP_HOLD)
        for (unsigned i = 0; i < count; i++)
            g->spare[i] = g->list[g->ranks[i].group];
    else
        merge(g, kept, count - kept, order);
    struct group *list = g->spare;
    g->spare = g->list;
    g->list = list;
    g->count = count;
}

int groups_build(struct groups *g, const struct group_source *source,
                 const struct sort_order *order, enum group_move move)
{
    unsigned before = g->count;
    struct group_order ranked = {g, source->by, *order};
    assert(source->by != GROUP_NONE && source->by < GROUP_BY_COUNT);
    if (reserve(g, (size_t)before + source->count + source->bot_count + 1) < 0) {
        g->count = 0;
        return -1;
    }
    gather(g, source, order->snap);
    lay_out(g, source->rows, source->count);
    arrange(g, before, &ranked, move);
    return 0;
}

struct group *groups_find(const struct groups *g, uint64_t id)
{
    for (unsigned i = 0; i < g->count; i++)
        if (g->list[i].id == id)
            return &g->list[i];
    return NULL;
}

const struct snap_conn *group_first(const struct groups *groups, const struct group *group,
                                    const struct snap *snap)
{
    return group->count == 0 ? NULL : &snap->conns[groups->rows[group->from]];
}

static bool equal_in(const struct snap *snap, enum sort_key column, const struct snap_conn *a,
                     const struct snap_conn *b)
{
    switch (column) {
    case SORT_VERSION:
        return a->version == b->version;
    case SORT_KIND:
        return a->kind == b->kind;
    case SORT_IP:
        return memcmp(a->client.bytes, b->client.bytes, sizeof(a->client.bytes)) == 0;
    case SORT_CLIENT:
        return strcmp(sort_client(a), sort_client(b)) == 0;
    case SORT_USER:
        return strcmp(a->user_id, b->user_id) == 0;
    case SORT_BACKEND:
        return strcmp(sort_backend(snap, a), sort_backend(snap, b)) == 0;
    case SORT_PATH:
        return strcmp(a->path, b->path) == 0;
    default:
        return false;
    }
}

bool group_shares(const struct groups *groups, const struct group *group, const struct snap *snap,
                  enum sort_key column)
{
    const struct snap_conn *first = &snap->conns[groups->rows[group->from]];
    for (uint32_t i = 1; i < group->count; i++)
        if (!equal_in(snap, column, first, &snap->conns[groups->rows[group->from + i]]))
            return false;
    return true;
}

void group_history(const struct groups *groups, const struct group *group, const struct snap *snap,
                   uint32_t out[SERIES_SECONDS])
{
    uint64_t sums[SERIES_SECONDS] = {0};
    if (group->bot != NULL) {
        memcpy(out, group->bot->history->out, sizeof(group->bot->history->out));
        return;
    }
    for (uint32_t i = 0; i < group->count; i++) {
        const uint32_t *row = snap->conns[groups->rows[group->from + i]].history->out;
        for (unsigned second = 0; second < SERIES_SECONDS; second++)
            sums[second] += row[second];
    }
    for (unsigned second = 0; second < SERIES_SECONDS; second++)
        out[second] = sums[second] > UINT32_MAX ? UINT32_MAX : (uint32_t)sums[second];
}
