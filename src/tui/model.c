/*
 * Lines of the connection list. Between two sorts the order is carried over to the next snapshot by
 * one walk through two ascending lists of ids, so that a frame costs time in proportion to the
 * connections and no search. Groups are built anew from the rows in their order.
 */
#include "tui/model.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX
#define HEAD                                                                                       \
    UINT32_C(0x80000000) /* a line that is a group's head: its place in the list of groups */

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
    free(m->bots);
    free(m->lines);
    groups_free(&m->groups);
    tags_free(&m->tags);
    *m = (struct model){0};
}

static struct sort_order order_of(const struct model *m)
{
    return (struct sort_order){m->snap, m->key, m->descending};
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
    uint32_t *bots = reallocarray(m->bots, capacity, sizeof(*bots));
    if (bots != NULL)
        m->bots = bots;
    uint32_t *lines = reallocarray(m->lines, capacity, 2 * sizeof(*lines)); /* rows and heads */
    if (lines != NULL)
        m->lines = lines;
    if (order == NULL || ids == NULL || map == NULL || ranks == NULL || bots == NULL ||
        lines == NULL)
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
    struct sort_order order = order_of(m);
    unsigned count = 0;
    for (unsigned i = 0; i < m->snap->conn_count; i++)
        if (wanted(m, &m->snap->conns[i]))
            m->ranks[count++] = sort_rank(&order, i);
    qsort_r(m->ranks, count, sizeof(*m->ranks), sort_compare, &order);
    for (unsigned i = 0; i < count; i++)
        m->order[i] = m->ranks[i].index;
    m->count = count;
    m->sorted_at = now;
    m->stale = false;
}

/* Puts new rows, sorted in `ranks`, before the first row that belongs behind them. */
static void merge_rows(struct model *m, unsigned fresh, struct sort_order *order)
{
    unsigned count = 0, taken = 0;
    for (unsigned i = 0; i < m->count; i++) {
        struct rank rank = sort_rank(order, m->order[i]);
        while (taken < fresh && sort_compare(&m->ranks[taken], &rank, order) < 0)
            m->map[count++] = m->ranks[taken++].index;
        m->map[count++] = rank.index;
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
    struct sort_order order = order_of(m);
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
    for (unsigned i = 0; i < fresh; i++)
        if (wanted(m, &snap->conns[m->ranks[i].index]))
            m->ranks[shown++] = sort_rank(&order, m->ranks[i].index);
    if (!hold && shown > 0) {
        qsort_r(m->ranks, shown, sizeof(*m->ranks), sort_compare, &order);
        merge_rows(m, shown, &order);
        return;
    }
    for (unsigned i = 0; i < shown; i++)
        m->order[m->count++] = m->ranks[i].index;
}

struct model_line model_line_at(const struct model *m, unsigned line)
{
    if (m->by == GROUP_NONE)
        return (struct model_line){&m->snap->conns[m->order[line]], NULL};
    if (m->lines[line] & HEAD)
        return (struct model_line){NULL, &m->groups.list[m->lines[line] & ~HEAD]};
    /* The group is the last one whose head stands before the row. */
    unsigned low = 0, high = m->groups.count;
    while (high - low > 1) {
        unsigned middle = low + (high - low) / 2;
        if (m->groups.list[middle].line < line)
            low = middle;
        else
            high = middle;
    }
    return (struct model_line){&m->snap->conns[m->lines[line]], &m->groups.list[low]};
}

/* The group that has this connection, or NULL. */
static struct group *group_around(const struct model *m, uint64_t id)
{
    const struct snap_conn *conn = snap_find_conn(m->snap, id);
    if (conn == NULL || m->by == GROUP_NONE)
        return NULL;
    uint32_t index = (uint32_t)(conn - m->snap->conns);
    for (unsigned i = 0; i < m->groups.count; i++) {
        struct group *group = &m->groups.list[i];
        for (uint32_t row = 0; row < group->count; row++)
            if (m->groups.rows[group->from + row] == index)
                return group;
    }
    return NULL;
}

static void build_lines(struct model *m)
{
    m->line_count = 0;
    for (unsigned i = 0; i < m->groups.count; i++) {
        struct group *group = &m->groups.list[i];
        group->line = m->line_count;
        m->lines[m->line_count++] = HEAD | i;
        if (!group->open)
            continue;
        memcpy(&m->lines[m->line_count], &m->groups.rows[group->from],
               group->count * sizeof(*m->lines));
        m->line_count += group->count;
    }
}

/* A filter is asked about a bot without connections as if it had one. */
static bool wants_bot(const struct model *m, const struct snap_bot *bot)
{
    if (m->filter == NULL)
        return true;
    struct snap_conn conn = snap_bot_conn(m->snap, bot);
    return wanted(m, &conn);
}

static unsigned list_bots(struct model *m)
{
    unsigned count = 0;
    for (unsigned i = 0; m->by == GROUP_BOT && i < m->snap->bot_count; i++)
        if (m->snap->bots[i].connections == 0 && wants_bot(m, &m->snap->bots[i]))
            m->bots[count++] = i;
    return count;
}

static int group_rows(struct model *m, enum group_move move)
{
    struct sort_order order = order_of(m);
    if (m->by == GROUP_NONE) {
        m->line_count = m->count;
        return 0;
    }
    struct group_source source = {m->by, m->order, m->count, m->bots, list_bots(m)};
    int result = groups_build(&m->groups, &source, &order, move);
    struct group *around = m->reveal ? group_around(m, m->selected) : NULL;
    if (around != NULL)
        around->open = true;
    build_lines(m);
    return result;
}

/* The line of a connection or of a group's head, line_count if there is none. */
static unsigned line_of(const struct model *m, uint64_t conn, uint64_t group)
{
    for (unsigned i = 0; i < m->line_count; i++) {
        uint32_t line = m->by == GROUP_NONE ? m->order[i] : m->lines[i];
        bool head = m->by != GROUP_NONE && (line & HEAD) != 0;
        if (head ? m->groups.list[line & ~HEAD].id == group : m->snap->conns[line].id == conn)
            return i;
    }
    return m->line_count;
}

/* Notes what stands at a line as the selection. */
static void take_selection(struct model *m, unsigned at)
{
    struct model_line line = model_line_at(m, at);
    m->selected_at = at;
    m->selected = m->selected_group = 0;
    if (line.conn != NULL)
        m->selected = line.conn->id;
    else if (line.group != NULL)
        m->selected_group = line.group->id;
}

/* Whether the selection is among the lines; then selected_at is its place. */
static bool search_selection(struct model *m)
{
    unsigned line = line_of(m, m->selected, m->selected_group);
    if (line < m->line_count)
        m->selected_at = line;
    return line < m->line_count;
}

/* Finds the selection anew. A row in a closed group is stood for by the group's head; where it
 * ended, its neighbour at the same place is selected. */
static void find_selection(struct model *m)
{
    if (!model_has_selection(m) || search_selection(m))
        return;
    if (m->past) /* it was not there yet; back in the present it is */
        return;
    if (m->following) {
        m->following = false;
        m->lost_id = m->selected;
        m->lost = m->selected != 0 && snap_find_conn(m->snap, m->selected) != NULL
                      ? MODEL_LOST_HIDDEN
                      : MODEL_LOST_ENDED;
    }
    const struct group *around = m->selected != 0 ? group_around(m, m->selected) : NULL;
    if (around != NULL) {
        m->selected = 0;
        m->selected_group = around->id;
        if (search_selection(m))
            return;
    }
    if (m->line_count == 0) {
        model_unselect(m);
        return;
    }
    take_selection(m, m->selected_at < m->line_count ? m->selected_at : m->line_count - 1);
}

/* What is needed of the snapshot when the next one comes, and of all rows together. */
static void note_conns(struct model *m)
{
    m->has_ipv6 = false;
    for (unsigned i = 0; i < m->snap->conn_count; i++) {
        m->ids[i] = m->snap->conns[i].id;
        m->has_ipv6 |= m->snap->conns[i].client.family == 6;
    }
}

int model_update(struct model *m, const struct snap *snap, double now)
{
    bool moved = snap != m->snap;
    m->snap = snap;
    /* One at least, so that there is always something to sort. */
    if (reserve(m, (size_t)snap->conn_count + snap->bot_count + 1) < 0) {
        m->count = m->id_count = m->line_count = 0;
        groups_clear(&m->groups);
        m->stale = true;
        return -1;
    }
    bool hold = m->held || now < m->held_until;
    bool due = m->stale || (moved && now - m->sorted_at >= MODEL_SORT_SECONDS && !hold);
    int result = 0;
    if (due)
        sort_rows(m, now);
    else if (moved)
        carry_rows(m, hold);
    if (moved)
        note_conns(m);
    m->id_count = snap->conn_count;
    if (moved && !m->past)
        tags_keep(&m->tags, snap);
    if (moved || due || m->regroup)
        result = group_rows(m, due ? GROUP_SORT : hold ? GROUP_HOLD : GROUP_PLACE);
    m->regroup = m->reveal = false;
    find_selection(m);
    return result;
}

void model_sort(struct model *m, enum sort_key key)
{
    m->key = key;
    m->descending = sort_descends(key);
    m->stale = true;
}

void model_reverse(struct model *m)
{
    m->descending = !m->descending;
    m->stale = true;
}

void model_group(struct model *m, enum group_by by)
{
    groups_clear(&m->groups);
    m->by = by;
    m->stale = m->regroup = m->reveal = true;
    if (m->selected == 0)
        model_unselect(m);
}

bool model_open(struct model *m, bool open, double now)
{
    struct group *group = m->selected_group != 0      ? groups_find(&m->groups, m->selected_group)
                          : m->selected != 0 && !open ? group_around(m, m->selected)
                                                      : NULL;
    if (group == NULL || group->open == open)
        return false;
    group->open = open;
    m->held_until = now + MODEL_HOLD_SECONDS;
    build_lines(m);
    find_selection(m);
    return true;
}

void model_open_all(struct model *m, bool open)
{
    if (m->by == GROUP_NONE)
        return;
    for (unsigned i = 0; i < m->groups.count; i++)
        m->groups.list[i].open = open;
    build_lines(m);
    find_selection(m);
}

void model_select(struct model *m, unsigned line, double now)
{
    m->held_until = now + MODEL_HOLD_SECONDS;
    m->following = false;
    if (m->line_count > 0)
        take_selection(m, line < m->line_count ? line : m->line_count - 1);
}

void model_select_bot(struct model *m, uint64_t bot, double now)
{
    unsigned line = line_of(m, 0, group_of_bot(bot));
    if (line < m->line_count)
        model_select(m, line, now);
}

void model_move(struct model *m, int lines, double now)
{
    if (!model_has_selection(m)) {
        model_select(m, m->top, now);
        return;
    }
    unsigned back = lines < 0 ? (unsigned)-lines : 0;
    if (back > m->selected_at)
        back = m->selected_at;
    model_select(m, m->selected_at - back + (lines > 0 ? (unsigned)lines : 0), now);
}

void model_first(struct model *m, double now)
{
    model_select(m, 0, now);
}

void model_last(struct model *m, double now)
{
    model_select(m, m->line_count == 0 ? 0 : m->line_count - 1, now);
}

void model_unselect(struct model *m)
{
    m->selected = m->selected_group = 0;
    m->selected_at = 0;
    m->top = 0;
    m->following = false;
}

bool model_has_selection(const struct model *m)
{
    return m->selected != 0 || m->selected_group != 0;
}

bool model_follow(struct model *m)
{
    if (!model_has_selection(m))
        return false;
    m->following = !m->following;
    return true;
}

int model_tag(struct model *m)
{
    const struct group *group = model_selected_group(m);
    bool all = true;
    if (group == NULL) {
        if (m->selected == 0)
            return 0;
        if (!tags_has(&m->tags, m->selected))
            return tags_add(&m->tags, m->selected);
        tags_remove(&m->tags, m->selected);
        return 0;
    }
    const uint32_t *rows = m->groups.rows + group->from;
    for (uint32_t i = 0; i < group->count && all; i++)
        all = tags_has(&m->tags, m->snap->conns[rows[i]].id);
    for (uint32_t i = 0; i < group->count; i++) {
        uint64_t id = m->snap->conns[rows[i]].id;
        if (all)
            tags_remove(&m->tags, id);
        else if (tags_add(&m->tags, id) < 0)
            return -1;
    }
    return 0;
}

void model_window(struct model *m, unsigned lines)
{
    bool selected = model_has_selection(m);
    if (lines == 0)
        return;
    if (selected && m->selected_at < m->top)
        m->top = m->selected_at;
    if (selected && m->selected_at >= m->top + lines)
        m->top = m->selected_at - lines + 1;
    if (m->top + lines > m->line_count)
        m->top = m->line_count > lines ? m->line_count - lines : 0;
}

const struct snap_conn *model_selected(const struct model *m)
{
    return m->snap == NULL || m->selected == 0 ? NULL : snap_find_conn(m->snap, m->selected);
}

const struct group *model_selected_group(const struct model *m)
{
    return m->selected_group == 0 ? NULL : groups_find(&m->groups, m->selected_group);
}

const struct snap_bot *model_selected_bot(const struct model *m)
{
    const struct group *group = model_selected_group(m);
    return group == NULL ? NULL : group->bot;
}
