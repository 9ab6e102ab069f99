/*
 * Order of the players. Snapshots list them by identity, so what was known of the ones before is
 * found again by walking both lists side by side.
 */
#include "tui/playerlist.h"

#include <assert.h>
#include <stdlib.h>

#include "stats/roster.h"

#define HIDDEN UINT32_MAX

struct player_place {
    struct player_id id;
    uint32_t row; /* or HIDDEN */
};

static const struct {
    const char *name;
    enum roster_player_key column; /* of the same order, where the roster has it */
    bool descending;               /* begins with the largest */
} sorts[PLAYER_SORT_COUNT] = {
    [PLAYER_SORT_BOT] = {"bot", ROSTER_PLAYER_COUNT, false},
    [PLAYER_SORT_GUILD] = {"guild", ROSTER_PLAYER_GUILD, false},
    [PLAYER_SORT_BACKEND] = {"backend", ROSTER_PLAYER_BACKEND, false},
    [PLAYER_SORT_STATE] = {"state", ROSTER_PLAYER_PLAYING, true},
    [PLAYER_SORT_TITLE] = {"title", ROSTER_PLAYER_TITLE, false},
    [PLAYER_SORT_POSITION] = {"position", ROSTER_PLAYER_POSITION, true},
    [PLAYER_SORT_LEFT] = {"time left", ROSTER_PLAYER_COUNT, false},
    [PLAYER_SORT_PING] = {"voice ping", ROSTER_PLAYER_PING, true},
    [PLAYER_SORT_VOLUME] = {"volume", ROSTER_PLAYER_VOLUME, true},
    [PLAYER_SORT_SINCE] = {"since", ROSTER_PLAYER_AGE, true},
};

const char *player_sort_name(enum player_sort key)
{
    assert(key < PLAYER_SORT_COUNT);
    return sorts[key].name;
}

void player_list_init(struct player_list *list)
{
    *list = (struct player_list){.key = PLAYER_SORT_BOT, .stale = true};
}

void player_list_free(struct player_list *list)
{
    free(list->order);
    free(list->places);
    free(list->places_before);
    free(list->ranks);
    *list = (struct player_list){0};
}

static bool grow(void *array, size_t capacity, size_t size)
{
    void **at = array;
    void *bigger = reallocarray(*at, capacity, size);
    if (bigger != NULL)
        *at = bigger;
    return bigger != NULL;
}

/* Larger than the count, so that there is always something to sort. */
static size_t enough_for(size_t count, size_t capacity)
{
    capacity = capacity == 0 ? 64 : capacity;
    while (capacity <= count)
        capacity *= 2;
    return capacity;
}

/* Room for so many rows, those of players who left included. */
static int reserve_rows(struct player_list *list, size_t count)
{
    size_t capacity = enough_for(count, list->order_capacity);
    if (capacity == list->order_capacity)
        return 0;
    if (!grow(&list->order, capacity, sizeof(*list->order)))
        return -1;
    list->order_capacity = capacity;
    return 0;
}

/* Room for so many players. */
static int reserve(struct player_list *list, size_t count)
{
    size_t capacity = enough_for(count, list->capacity);
    if (reserve_rows(list, count) < 0)
        return -1;
    if (capacity == list->capacity)
        return 0;
    if (!grow(&list->places, capacity, sizeof(*list->places)) ||
        !grow(&list->places_before, capacity, sizeof(*list->places_before)) ||
        !grow(&list->ranks, capacity, sizeof(*list->ranks)))
        return -1;
    list->capacity = capacity;
    return 0;
}

/* --- order --- */

static int compare_ids(struct player_id a, struct player_id b)
{
    if (a.bot != b.bot)
        return a.bot < b.bot ? -1 : 1;
    return (a.guild > b.guild) - (a.guild < b.guild);
}

static struct player_id id_of(const struct snap_player *player)
{
    return (struct player_id){player->bot, player->guild};
}

/* Who plays nothing, or nobody knows how much of it, is behind all others. */
static uint64_t time_left(const struct snap *snap, const struct snap_player *player)
{
    int64_t at = snap_player_position(player, snap->wall_ms);
    const struct snap_track *track = player->track;
    if (!player->has_track || track == NULL || track->length_ms <= 0 || at < 0)
        return UINT64_MAX;
    return at < track->length_ms ? (uint64_t)(track->length_ms - at) : 0;
}

static const char *bot_name(const struct snap *snap, const struct snap_player *player)
{
    const struct snap_bot *bot = snap_find_bot(snap, player->bot);
    return bot != NULL ? bot->name : "";
}

static struct roster_order order_of(const struct player_list *list)
{
    return (struct roster_order){list->snap, ROSTER_PLAYERS, sorts[list->key].column,
                                 list->descending};
}

static struct rank rank_of(const struct player_list *list, uint32_t index)
{
    const struct snap_player *player = &list->snap->players[index];
    struct roster_order order = order_of(list);
    if (list->key == PLAYER_SORT_LEFT)
        return (struct rank){time_left(list->snap, player), index};
    if (list->key == PLAYER_SORT_BOT)
        return (struct rank){sort_text_value(SORT_CLIENT, bot_name(list->snap, player)), index};
    return roster_rank(&order, index);
}

/* Rows that are alike stand as the snapshot has them, in either direction. */
static int compare_ranks(const void *left, const void *right, void *ctx)
{
    const struct rank *a = left, *b = right;
    const struct player_list *list = ctx;
    const struct snap_player *players = list->snap->players;
    struct roster_order order = order_of(list);
    if (sorts[list->key].column != ROSTER_PLAYER_COUNT)
        return roster_compare(a, b, &order);
    int found = (a->value > b->value) - (a->value < b->value);
    if (found == 0 && list->key == PLAYER_SORT_BOT &&
        players[a->index].bot != players[b->index].bot)
        found = sort_compare_texts(SORT_CLIENT, bot_name(list->snap, &players[a->index]),
                                   bot_name(list->snap, &players[b->index]));
    if (found != 0)
        return list->descending ? -found : found;
    return (a->index > b->index) - (a->index < b->index);
}

/* --- rows --- */

static bool is_wanted(const struct player_list *list, const struct snap_player *player)
{
    return list->wants == NULL || list->wants(list->wants_ctx, list->snap, player);
}

static unsigned sort_rows(struct player_list *list, double now)
{
    const struct snap *snap = list->snap;
    unsigned count = 0;
    for (unsigned i = 0; i < snap->player_count; i++) {
        list->places[i] = (struct player_place){id_of(&snap->players[i]), HIDDEN};
        if (is_wanted(list, &snap->players[i]))
            list->ranks[count++] = rank_of(list, i);
    }
    qsort_r(list->ranks, count, sizeof(*list->ranks), compare_ranks, list);
    for (unsigned row = 0; row < count; row++) {
        list->order[row] = list->ranks[row].index;
        list->places[list->order[row]].row = row;
    }
    list->place_count = snap->player_count;
    list->sorted_at = now;
    list->stale = false;
    return count;
}

/* What was known of the ones before goes over to those of the snapshot; returns the rows that there
 * are then, the empty ones of those who have left included. */
static unsigned carry_places(struct player_list *list)
{
    const struct snap *snap = list->snap;
    struct player_place *before = list->places;
    unsigned rows = list->rows.count, at = 0, count = list->place_count;
    list->places = list->places_before;
    list->places_before = before;
    for (unsigned i = 0; i < snap->player_count; i++) {
        struct player_place place = {id_of(&snap->players[i]), HIDDEN};
        while (at < count && compare_ids(before[at].id, place.id) < 0)
            at++;
        if (at < count && compare_ids(before[at].id, place.id) == 0)
            place.row = before[at++].row;
        else if (is_wanted(list, &snap->players[i]))
            place.row = rows++;
        list->places[i] = place;
    }
    list->place_count = snap->player_count;
    return rows;
}

/* Each to the row that it has, new ones behind the last; then those who have left close up. */
static int carry_rows(struct player_list *list, unsigned *count)
{
    if (reserve_rows(list, (size_t)list->rows.count + list->snap->player_count) < 0)
        return -1;
    unsigned rows = carry_places(list);
    *count = 0;
    for (unsigned row = 0; row < rows; row++)
        list->order[row] = HIDDEN;
    for (unsigned i = 0; i < list->place_count; i++)
        if (list->places[i].row != HIDDEN)
            list->order[list->places[i].row] = i;
    for (unsigned row = 0; row < rows; row++) {
        uint32_t index = list->order[row];
        if (index == HIDDEN)
            continue;
        list->places[index].row = *count;
        list->order[(*count)++] = index;
    }
    return 0;
}

const struct snap_player *player_list_find(const struct snap *snap, struct player_id id)
{
    unsigned low = 0, high = snap->player_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        int order = compare_ids(id_of(&snap->players[middle]), id);
        if (order == 0)
            return &snap->players[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The row of a player that is listed, else UINT32_MAX. */
static uint32_t row_of(const struct player_list *list, struct player_id id)
{
    const struct snap_player *player = list->snap != NULL ? player_list_find(list->snap, id) : NULL;
    return player != NULL ? list->places[player - list->snap->players].row : HIDDEN;
}

static void find_picked(struct player_list *list, unsigned count)
{
    uint32_t at = list->rows.picked ? row_of(list, list->picked) : 0;
    picker_update(&list->rows, count, at < count ? at : count);
    if (list->rows.picked)
        list->picked = id_of(player_list_row(list, list->rows.at));
}

int player_list_update(struct player_list *list, const struct snap *snap, bool hold, double now)
{
    assert(snap != NULL);
    bool moved = snap != list->snap;
    unsigned count = 0;
    hold = hold || now < list->held_until;
    bool due = list->stale || list->snap == NULL ||
               (moved && now - list->sorted_at >= PLAYER_LIST_SORT_SECONDS && !hold);
    list->snap = snap;
    if (!moved && !due)
        return 0;
    int failed = reserve(list, snap->player_count);
    if (failed == 0 && due)
        count = sort_rows(list, now);
    else if (failed == 0)
        failed = carry_rows(list, &count);
    if (failed < 0) {
        picker_update(&list->rows, 0, 0);
        list->place_count = 0;
        list->stale = true;
        return -1;
    }
    find_picked(list, count);
    return 0;
}

void player_list_rest(struct player_list *list)
{
    list->snap = NULL;
    list->rows.count = 0; /* what is picked is looked for again */
}

void player_list_sort(struct player_list *list, enum player_sort key)
{
    list->descending = key == list->key ? !list->descending : sorts[key].descending;
    list->key = key;
    list->stale = true;
}

static void keep_picked(struct player_list *list, double now)
{
    list->held_until = now + PLAYER_LIST_HOLD_SECONDS;
    if (list->rows.picked)
        list->picked = id_of(player_list_row(list, list->rows.at));
}

void player_list_move(struct player_list *list, int rows, double now)
{
    if (list->snap == NULL)
        return;
    picker_move(&list->rows, rows);
    keep_picked(list, now);
}

bool player_list_pick(struct player_list *list, struct player_id id, double now)
{
    uint32_t row = row_of(list, id);
    if (row >= list->rows.count)
        return false;
    picker_pick(&list->rows, row);
    keep_picked(list, now);
    return true;
}

const struct snap_player *player_list_row(const struct player_list *list, unsigned row)
{
    assert(list->snap != NULL && row < list->rows.count);
    return &list->snap->players[list->order[row]];
}

const struct snap_player *player_list_picked(const struct player_list *list)
{
    return list->snap != NULL && list->rows.picked ? player_list_row(list, list->rows.at) : NULL;
}
