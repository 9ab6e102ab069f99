/*
 * Parameters of a page, the heap of its rows, and cursors: "out.desc.2710..1188", that is column,
 * order, value, rest of the value in hexadecimal digits, id.
 */
#include "web/paging.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/query.h"

#define SINK_STEPS 4 /* what it costs to let a row sink, in looks at a row */
#define CURSOR_MAX (2 * SORT_REST_MAX + 80)

/* --- the lists, in one way --- */

/* An order of any of them. */
struct list_order {
    const struct snap *snap;
    enum paging_list list;
    unsigned key;
    bool descending;
};

static struct sort_order conns(const struct list_order *order)
{
    return (struct sort_order){order->snap, (enum sort_key)order->key, order->descending};
}

static struct usage_order ips(const struct list_order *order)
{
    return (struct usage_order){order->snap, (enum usage_key)order->key, order->descending};
}

static enum roster roster_of(enum paging_list list)
{
    return list == PAGING_BOTS ? ROSTER_BOTS : ROSTER_PLAYERS;
}

static struct roster_order roster(const struct list_order *order)
{
    return (struct roster_order){order->snap, roster_of(order->list), order->key,
                                 order->descending};
}

unsigned paging_columns(enum paging_list list)
{
    return list == PAGING_CONNECTIONS ? (unsigned)SORT_COUNT
           : list == PAGING_IPS       ? (unsigned)USAGE_COUNT
                                      : roster_columns(roster_of(list));
}

static const char *column_word(enum paging_list list, unsigned key)
{
    return list == PAGING_CONNECTIONS ? sort_word((enum sort_key)key)
           : list == PAGING_IPS       ? usage_word((enum usage_key)key)
                                      : roster_word(roster_of(list), key);
}

unsigned paging_column(enum paging_list list, struct slice word)
{
    unsigned key = 0;
    while (key < paging_columns(list) && !slice_equal(word, slice_of(column_word(list, key))))
        key++;
    return key;
}

/* The order in which the whole list comes. */
static unsigned first_column(enum paging_list list)
{
    return list == PAGING_CONNECTIONS ? (unsigned)SORT_ID
           : list == PAGING_IPS       ? (unsigned)USAGE_LAST
           : list == PAGING_BOTS      ? (unsigned)ROSTER_BOT_ID
                                      : (unsigned)ROSTER_PLAYER_BOT;
}

bool paging_descends(enum paging_list list, unsigned key)
{
    return list == PAGING_CONNECTIONS ? sort_descends((enum sort_key)key)
           : list == PAGING_IPS       ? usage_descends((enum usage_key)key)
                                      : roster_descends(roster_of(list), key);
}

unsigned paging_count(const struct snap *snap, enum paging_list list)
{
    return list == PAGING_CONNECTIONS ? snap->conn_count
           : list == PAGING_IPS       ? snap->ip_count
                                      : roster_rows(snap, roster_of(list));
}

static struct rank rank_of(const struct list_order *order, uint32_t index)
{
    struct sort_order c = conns(order);
    struct usage_order u = ips(order);
    struct roster_order r = roster(order);
    return order->list == PAGING_CONNECTIONS ? sort_rank(&c, index)
           : order->list == PAGING_IPS       ? usage_rank(&u, index)
                                             : roster_rank(&r, index);
}

static int compare_ranks(const struct list_order *order, const struct rank *a, const struct rank *b)
{
    struct sort_order c = conns(order);
    struct usage_order u = ips(order);
    struct roster_order r = roster(order);
    return order->list == PAGING_CONNECTIONS ? sort_compare(a, b, &c)
           : order->list == PAGING_IPS       ? usage_compare(a, b, &u)
                                             : roster_compare(a, b, &r);
}

static void place_of(const struct list_order *order, uint32_t index, struct sort_place *place)
{
    struct sort_order c = conns(order);
    struct usage_order u = ips(order);
    struct roster_order r = roster(order);
    if (order->list == PAGING_CONNECTIONS)
        sort_place(&c, index, place);
    else if (order->list == PAGING_IPS)
        usage_place(&u, index, place);
    else
        roster_place(&r, index, place);
}

static int compare_place(const struct list_order *order, struct rank rank,
                         const struct sort_place *place)
{
    struct sort_order c = conns(order);
    struct usage_order u = ips(order);
    struct roster_order r = roster(order);
    return order->list == PAGING_CONNECTIONS ? sort_compare_place(&c, rank, place)
           : order->list == PAGING_IPS       ? usage_compare_place(&u, rank, place)
                                             : roster_compare_place(&r, rank, place);
}

bool paging_filters(enum paging_list list)
{
    return list == PAGING_CONNECTIONS || list == PAGING_IPS;
}

bool paging_finds(enum paging_list list, const struct filter *filter,
                  const struct roster_search *search, const struct snap *snap, uint32_t index)
{
    if (list == PAGING_CONNECTIONS)
        return filter_match(filter, snap, &snap->conns[index], NULL);
    if (list == PAGING_IPS)
        return filter_match_ip(filter, snap, &snap->ips[index]);
    return roster_wants(search, snap, roster_of(list), index);
}

const char *paging_word(const struct paging *paging)
{
    return column_word(paging->list, paging->key);
}

static const char *order_of(const struct paging *paging)
{
    return paging->descending ? "desc" : "asc";
}

/* --- parameters --- */

static bool say_columns(const struct paging *paging, char wrong[PAGING_WRONG_MAX])
{
    struct str out;
    str_fixed(&out, wrong, PAGING_WRONG_MAX);
    str_add_text(&out, "sort=COLUMN is one of");
    for (unsigned i = 0; i < paging_columns(paging->list); i++) {
        str_add_char(&out, ' ');
        str_add_text(&out, column_word(paging->list, i));
    }
    str_add_char(&out, '.');
    return false;
}

static bool say(char wrong[PAGING_WRONG_MAX], const char *text)
{
    snprintf(wrong, PAGING_WRONG_MAX, "%s", text);
    return false;
}

/* Without a column: as the whole list comes, too. */
static bool take_column(struct paging *paging, enum query_result found, struct slice word,
                        char wrong[PAGING_WRONG_MAX])
{
    paging->key = first_column(paging->list);
    if (found != QUERY_ABSENT) {
        paging->key = paging_column(paging->list, word);
        if (found == QUERY_BAD || paging->key == paging_columns(paging->list))
            return say_columns(paging, wrong);
    }
    paging->descending = paging_descends(paging->list, paging->key);
    return true;
}

static bool take_order(struct paging *paging, enum query_result found, struct slice word,
                       char wrong[PAGING_WRONG_MAX])
{
    if (found == QUERY_ABSENT)
        return true;
    paging->descending = slice_equal(word, SLICE("desc"));
    if (found == QUERY_FOUND && (paging->descending || slice_equal(word, SLICE("asc"))))
        return true;
    return say(wrong, "order=ORDER is asc or desc.");
}

static bool take_limit(struct paging *paging, enum query_result found, struct slice word,
                       char wrong[PAGING_WRONG_MAX])
{
    uint64_t number;
    if (found == QUERY_ABSENT)
        return true;
    if (found == QUERY_BAD || !slice_to_u64(word, &number) || number == 0 ||
        number > PAGING_LIMIT_MAX) {
        snprintf(wrong, PAGING_WRONG_MAX, "limit=ROWS is a number from 1 to %d.", PAGING_LIMIT_MAX);
        return false;
    }
    paging->limit = (unsigned)number;
    return true;
}

static int digit_value(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);
    return at == NULL ? -1 : (int)(at - digits);
}

static bool read_rest(struct slice text, struct sort_place *place)
{
    if (text.len % 2 != 0 || text.len / 2 >= sizeof(place->rest))
        return false;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = digit_value(text.ptr[i]), low = digit_value(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return false;
        place->rest[place->rest_len++] = (char)(high << 4 | low);
    }
    return true;
}

/* The part in front of the next dot, or all. */
static struct slice cut_part(struct slice *text)
{
    size_t end = slice_find(*text, '.');
    struct slice part = {text->ptr, end};
    size_t skip = end < text->len ? end + 1 : end;
    *text = (struct slice){text->ptr + skip, text->len - skip};
    return part;
}

static bool take_cursor(struct paging *paging, enum query_result found, struct slice text,
                        char wrong[PAGING_WRONG_MAX])
{
    if (found == QUERY_ABSENT)
        return true;
    struct slice word = cut_part(&text), order = cut_part(&text), value = cut_part(&text),
                 rest = cut_part(&text);
    paging->behind = true;
    if (found == QUERY_FOUND && slice_equal(word, slice_of(paging_word(paging))) &&
        slice_equal(order, slice_of(order_of(paging))) &&
        slice_to_u64(value, &paging->place.value) && read_rest(rest, &paging->place) &&
        slice_to_u64(text, &paging->place.id))
        return true;
    return say(wrong,
               "cursor=CURSOR is not the nextCursor of an answer with the same sort and order.");
}

bool paging_read(struct paging *paging, enum paging_list list, struct slice target,
                 char wrong[PAGING_WRONG_MAX])
{
    static const struct {
        const char *name;
        bool (*take)(struct paging *, enum query_result, struct slice, char *);
    } parameters[] = {{"sort", take_column},
                      {"order", take_order},
                      {"limit", take_limit},
                      {"cursor", take_cursor}};
    *paging = (struct paging){.list = list};
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        char memory[CURSOR_MAX];
        struct str text;
        str_fixed(&text, memory, sizeof(memory));
        enum query_result found = query_value(target, slice_of(parameters[i].name), &text);
        paging->asked = paging->asked || found != QUERY_ABSENT;
        if (!parameters[i].take(paging, found, str_slice(&text), wrong))
            return false;
    }
    return true;
}

/* --- rows --- */

static struct list_order order_in(const struct paging_rows *rows)
{
    const struct paging *paging = rows->paging;
    return (struct list_order){rows->snap, paging->list, paging->key, paging->descending};
}

static bool comes_before(const struct paging_rows *rows, struct rank a, struct rank b)
{
    struct list_order order = order_in(rows);
    return compare_ranks(&order, &a, &b) < 0;
}

/* Lets the row at `at` down to its place: no row comes before the one above it. */
static void sink(struct paging_rows *rows, unsigned at)
{
    struct rank row = rows->heap[at];
    for (;;) {
        unsigned child = 2 * at + 1;
        if (child + 1 < rows->count && comes_before(rows, rows->heap[child + 1], rows->heap[child]))
            child++;
        if (child >= rows->count || !comes_before(rows, rows->heap[child], row))
            break;
        rows->heap[at] = rows->heap[child];
        at = child;
    }
    rows->heap[at] = row;
}

static void make_heap(struct paging_rows *rows)
{
    for (unsigned i = rows->count / 2; i > 0; i--)
        sink(rows, i - 1);
}

int paging_open(struct paging_rows *rows, const struct paging *paging, const struct snap *snap)
{
    unsigned most = paging_count(snap, paging->list);
    *rows = (struct paging_rows){.paging = paging, .snap = snap};
    rows->heap = reallocarray(NULL, (size_t)most + 1, sizeof(*rows->heap));
    return rows->heap == NULL ? -1 : 0;
}

/* One more row of the list, onto the end: the heap is made when all are there. */
static void look(struct paging_rows *rows, const struct paging_filter *filter)
{
    struct list_order order = order_in(rows);
    const struct paging *paging = rows->paging;
    uint32_t index = rows->looked++;
    if (filter != NULL && !filter->wants(filter->ctx, rows->snap, index))
        return;
    struct rank rank = rank_of(&order, index);
    rows->matching++;
    if (!paging->behind || compare_place(&order, rank, &paging->place) > 0)
        rows->heap[rows->count++] = rank;
}

bool paging_gather(struct paging_rows *rows, const struct paging_filter *filter, unsigned steps)
{
    unsigned most = paging_count(rows->snap, rows->paging->list);
    if (rows->looked < most) {
        for (; steps > 0 && rows->looked < most; steps--)
            look(rows, filter);
        if (rows->looked < most)
            return false;
        rows->unsunk = rows->count / 2;
    }
    for (; steps > SINK_STEPS && rows->unsunk > 0; steps -= SINK_STEPS)
        sink(rows, --rows->unsunk);
    return rows->unsunk == 0;
}

int paging_begin(struct paging_rows *rows, const struct paging *paging, const struct snap *snap,
                 const struct paging_filter *filter)
{
    if (paging_open(rows, paging, snap) < 0)
        return -1;
    paging_gather(rows, filter, UINT_MAX);
    return 0;
}

static void swap(struct rank *a, struct rank *b)
{
    struct rank was = *a;
    *a = *b;
    *b = was;
}

/* Puts the row of `first` to `last` that stands in their middle to its place among them, what comes
 * before it in front, the rest behind; returns that place. No two rows are equal. */
static unsigned part(struct paging_rows *rows, unsigned first, unsigned last)
{
    struct rank *heap = rows->heap;
    unsigned place = first;
    swap(&heap[first + (last - first) / 2], &heap[last]);
    for (unsigned i = first; i < last; i++)
        if (comes_before(rows, heap[i], heap[last]))
            swap(&heap[i], &heap[place++]);
    swap(&heap[place], &heap[last]);
    return place;
}

void paging_skip(struct paging_rows *rows, unsigned count)
{
    if (count < rows->count) {
        unsigned first = 0, last = rows->count - 1;
        while (first < last) { /* until the row at `count` is the one that belongs there */
            unsigned place = part(rows, first, last);
            if (place <= count)
                first = place < count ? place + 1 : last;
            else
                last = place - 1;
        }
    } else {
        count = rows->count;
    }
    rows->count -= count;
    memmove(rows->heap, rows->heap + count, rows->count * sizeof(*rows->heap));
    make_heap(rows);
}

void paging_free(struct paging_rows *rows)
{
    free(rows->heap);
    rows->heap = NULL;
}

bool paging_next(struct paging_rows *rows, uint32_t *index)
{
    if (rows->count == 0 || (rows->paging->limit > 0 && rows->given == rows->paging->limit))
        return false;
    rows->last = rows->heap[0].index;
    rows->heap[0] = rows->heap[--rows->count];
    if (rows->count > 0)
        sink(rows, 0);
    rows->given++;
    *index = rows->last;
    return true;
}

bool paging_cursor(const struct paging_rows *rows, struct str *out)
{
    struct sort_place place;
    struct list_order order = order_in(rows);
    if (rows->count == 0 || rows->given == 0)
        return false;
    place_of(&order, rows->last, &place);
    str_addf(out, "%s.%s.%llu.", paging_word(rows->paging), order_of(rows->paging),
             (unsigned long long)place.value);
    for (size_t i = 0; i < place.rest_len; i++)
        str_addf(out, "%02x", (unsigned char)place.rest[i]);
    str_addf(out, ".%llu", (unsigned long long)place.id);
    return true;
}
