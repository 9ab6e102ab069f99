/*
 * Rows of the connection list. Between two sorts the order is carried over to the next snapshot by
 * one walk through two ascending lists of ids, so that a frame costs time in proportion to the
 * connections and no search.
 */
#include "tui/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX

/* A row's sort value: a figure, or the first eight bytes of a text. */
struct rank {
    uint64_t value;
    uint32_t index;
};

void model_init(struct model *m)
{
    *m = (struct model){.key = SORT_RATE, .descending = true, .stale = true};
}

void model_free(struct model *m)
{
    free(m->order);
    free(m->ids);
    free(m->map);
    free(m->ranks);
    *m = (struct model){0};
}

const char *model_client(const struct snap_conn *conn)
{
    if (conn->client_name[0] != '\0')
        return conn->client_name;
    return conn->user_agent[0] != '\0' ? conn->user_agent : "(none)";
}

static const char *backend_name(const struct snap *snap, const struct snap_conn *conn)
{
    return conn->backend < snap->backend_count ? snap->backends[conn->backend].name : "";
}

const char *model_sort_name(enum sort_key key)
{
    static const char *const names[SORT_COUNT] = {
        [SORT_ID] = "number",
        [SORT_VERSION] = "version",
        [SORT_IP] = "IP",
        [SORT_CLIENT] = "client",
        [SORT_BACKEND] = "backend",
        [SORT_IN] = "in per second",
        [SORT_OUT] = "out per second",
        [SORT_RATE] = "rate, in and out",
        [SORT_TOTAL] = "total",
        [SORT_AGE] = "age",
    };
    assert(key < SORT_COUNT);
    return names[key];
}

static uint64_t first_bytes(const char *text)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++) {
        value = value << 8 | (unsigned char)*text;
        if (*text != '\0')
            text++;
    }
    return value;
}

static uint64_t address_value(const struct addr *addr)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | addr->bytes[i];
    /* IPv4 before IPv6; the last bit lost here is settled by the bytes themselves. */
    return addr->family == 4 ? value >> 32 : value >> 1 | UINT64_C(1) << 63;
}

static uint64_t rank_value(const struct model *m, const struct snap_conn *conn)
{
    switch (m->key) {
    case SORT_VERSION:
        return conn->version;
    case SORT_IP:
        return address_value(&conn->client);
    case SORT_CLIENT:
        return first_bytes(model_client(conn));
    case SORT_BACKEND:
        return first_bytes(backend_name(m->snap, conn));
    case SORT_IN:
        return conn->rate_in;
    case SORT_OUT:
        return conn->rate_out;
    case SORT_RATE:
        return conn->rate_in + conn->rate_out;
    case SORT_TOTAL:
        return conn->bytes_in + conn->bytes_out;
    case SORT_AGE: /* older is larger */
        return UINT64_MAX - (uint64_t)conn->opened_ms;
    default:
        return conn->id;
    }
}

/* Rows with equal values: the rest of a text or address. */
static int compare_rest(const struct model *m, const struct snap_conn *a, const struct snap_conn *b)
{
    if (m->key == SORT_CLIENT)
        return strcmp(model_client(a), model_client(b));
    if (m->key == SORT_BACKEND)
        return strcmp(backend_name(m->snap, a), backend_name(m->snap, b));
    if (m->key == SORT_IP)
        return memcmp(a->client.bytes, b->client.bytes, sizeof(a->client.bytes));
    return 0;
}

static int compare_ranks(const void *left, const void *right, void *ctx)
{
    const struct rank *a = left, *b = right;
    const struct model *m = ctx;
    int order;
    if (a->value != b->value)
        order = a->value < b->value ? -1 : 1;
    else
        order = compare_rest(m, &m->snap->conns[a->index], &m->snap->conns[b->index]);
    if (order != 0)
        return m->descending ? -order : order;
    /* Indexes follow ids, so equal rows stay where they are. */
    return a->index < b->index ? -1 : a->index > b->index;
}

static int reserve(struct model *m, size_t count)
{
    if (count <= m->capacity)
        return 0;
    size_t capacity = m->capacity == 0 ? 256 : m->capacity;
    while (capacity < count)
        capacity *= 2;
    uint32_t *order = reallocarray(m->order, capacity, sizeof(*order));
    if (order != NULL)
        m->order = order;
    uint64_t *ids = reallocarray(m->ids, capacity, sizeof(*ids));
    if (ids != NULL)
        m->ids = ids;
    uint32_t *map = reallocarray(m->map, capacity, sizeof(*map));
    if (map != NULL)
        m->map = map;
    struct rank *ranks = reallocarray(m->ranks, capacity, sizeof(*ranks));
    if (ranks != NULL)
        m->ranks = ranks;
    if (order == NULL || ids == NULL || map == NULL || ranks == NULL)
        return -1;
    m->capacity = capacity;
    return 0;
}

static bool wanted(const struct model *m, const struct snap_conn *conn)
{
    return m->filter == NULL || m->filter(m->filter_ctx, m->snap, conn);
}

static void sort_rows(struct model *m, double now)
{
    const struct snap *snap = m->snap;
    unsigned count = 0;
    for (unsigned i = 0; i < snap->conn_count; i++)
        if (wanted(m, &snap->conns[i]))
            m->ranks[count++] = (struct rank){rank_value(m, &snap->conns[i]), i};
    qsort_r(m->ranks, count, sizeof(*m->ranks), compare_ranks, m);
    for (unsigned i = 0; i < count; i++)
        m->order[i] = m->ranks[i].index;
    m->count = count;
    m->sorted_at = now;
    m->stale = false;
}

/* Puts new rows, sorted in `ranks`, before the first row that belongs behind them. */
static void merge_rows(struct model *m, unsigned fresh)
{
    unsigned count = 0, taken = 0;
    for (unsigned i = 0; i < m->count; i++) {
        uint32_t index = m->order[i];
        struct rank rank = {rank_value(m, &m->snap->conns[index]), index};
        while (taken < fresh && compare_ranks(&m->ranks[taken], &rank, m) < 0)
            m->map[count++] = m->ranks[taken++].index;
        m->map[count++] = index;
    }
    while (taken < fresh)
        m->map[count++] = m->ranks[taken++].index;
    uint32_t *merged = m->map;
    m->map = m->order;
    m->order = merged;
    m->count = count;
}

/* Brings the held order over to a new snapshot: the ended rows leave, new ones come to their
 * place, or last while nothing may move. */
static void carry_rows(struct model *m, bool hold)
{
    const struct snap *snap = m->snap;
    unsigned fresh = 0, j = 0;
    for (unsigned i = 0; i < m->id_count; i++) {
        for (; j < snap->conn_count && snap->conns[j].id < m->ids[i]; j++)
            m->ranks[fresh++].index = j;
        bool same = j < snap->conn_count && snap->conns[j].id == m->ids[i];
        m->map[i] = same ? j++ : NOWHERE;
    }
    for (; j < snap->conn_count; j++)
        m->ranks[fresh++].index = j;
    unsigned count = 0, shown = 0;
    for (unsigned i = 0; i < m->count; i++)
        if (m->map[m->order[i]] != NOWHERE)
            m->order[count++] = m->map[m->order[i]];
    m->count = count;
    for (unsigned i = 0; i < fresh; i++) {
        const struct snap_conn *conn = &snap->conns[m->ranks[i].index];
        if (wanted(m, conn))
            m->ranks[shown++] = (struct rank){rank_value(m, conn), m->ranks[i].index};
    }
    if (!hold && shown > 0) {
        qsort_r(m->ranks, shown, sizeof(*m->ranks), compare_ranks, m);
        merge_rows(m, shown);
        return;
    }
    for (unsigned i = 0; i < shown; i++)
        m->order[m->count++] = m->ranks[i].index;
}

/* Finds the selection anew; where it ended, its neighbour at the same place is selected. */
static void find_selection(struct model *m)
{
    if (m->selected == 0)
        return;
    for (unsigned i = 0; i < m->count; i++) {
        if (m->snap->conns[m->order[i]].id == m->selected) {
            m->selected_at = i;
            return;
        }
    }
    if (m->count == 0) {
        model_unselect(m);
        return;
    }
    if (m->selected_at >= m->count)
        m->selected_at = m->count - 1;
    m->selected = m->snap->conns[m->order[m->selected_at]].id;
}

int model_update(struct model *m, const struct snap *snap, double now)
{
    bool moved = snap != m->snap;
    m->snap = snap;
    /* One at least, so that there is always something to sort. */
    if (reserve(m, (size_t)snap->conn_count + 1) < 0) {
        m->count = m->id_count = 0;
        m->stale = true;
        return -1;
    }
    bool hold = m->held || now < m->held_until;
    bool due = m->stale || (moved && now - m->sorted_at >= MODEL_SORT_SECONDS && !hold);
    if (due)
        sort_rows(m, now);
    else if (moved)
        carry_rows(m, hold);
    for (unsigned i = 0; moved && i < snap->conn_count; i++)
        m->ids[i] = snap->conns[i].id;
    m->id_count = snap->conn_count;
    find_selection(m);
    return 0;
}

void model_sort(struct model *m, enum sort_key key)
{
    m->key = key;
    m->descending = key >= SORT_IN;
    m->stale = true;
}

void model_reverse(struct model *m)
{
    m->descending = !m->descending;
    m->stale = true;
}

static void select_row(struct model *m, unsigned row, double now)
{
    m->held_until = now + MODEL_HOLD_SECONDS;
    if (m->count == 0)
        return;
    m->selected_at = row < m->count ? row : m->count - 1;
    m->selected = m->snap->conns[m->order[m->selected_at]].id;
}

void model_move(struct model *m, int rows, double now)
{
    if (m->selected == 0) {
        select_row(m, m->top, now);
        return;
    }
    unsigned back = rows < 0 ? (unsigned)-rows : 0;
    if (back > m->selected_at)
        back = m->selected_at;
    select_row(m, m->selected_at - back + (rows > 0 ? (unsigned)rows : 0), now);
}

void model_first(struct model *m, double now)
{
    select_row(m, 0, now);
}

void model_last(struct model *m, double now)
{
    select_row(m, m->count == 0 ? 0 : m->count - 1, now);
}

void model_unselect(struct model *m)
{
    m->selected = 0;
    m->selected_at = 0;
    m->top = 0;
}

void model_window(struct model *m, unsigned rows)
{
    if (rows == 0)
        return;
    if (m->selected != 0 && m->selected_at < m->top)
        m->top = m->selected_at;
    if (m->selected != 0 && m->selected_at >= m->top + rows)
        m->top = m->selected_at - rows + 1;
    if (m->top + rows > m->count)
        m->top = m->count > rows ? m->count - rows : 0;
}

const struct snap_conn *model_find(const struct snap *snap, uint64_t id)
{
    unsigned low = 0, high = snap->conn_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (snap->conns[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < snap->conn_count && snap->conns[low].id == id ? &snap->conns[low] : NULL;
}

const struct snap_conn *model_selected(const struct model *m)
{
    return m->snap == NULL || m->selected == 0 ? NULL : model_find(m->snap, m->selected);
}
