/*
 * Parameters of a page, the heap of its rows, and cursors: "out.desc.2710..1188", that is column,
 * order, value, rest of the value in hexadecimal digits, id.
 */
#include "web/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/query.h"

#define CURSOR_MAX (2 * SORT_REST_MAX + 80)

static const char *word_of(const struct paging *paging)
{
    return paging->ips ? usage_word(paging->ip_key) : sort_word(paging->key);
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
    for (unsigned i = 0; i < (paging->ips ? (unsigned)USAGE_COUNT : (unsigned)SORT_COUNT); i++) {
        str_add_char(&out, ' ');
        str_add_text(&out,
                     paging->ips ? usage_word((enum usage_key)i) : sort_word((enum sort_key)i));
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
    paging->key = SORT_ID;
    paging->ip_key = USAGE_LAST;
    if (found != QUERY_ABSENT) {
        paging->key = sort_of_word(word);
        paging->ip_key = usage_of_word(word);
        if (found == QUERY_BAD ||
            (paging->ips ? paging->ip_key == USAGE_COUNT : paging->key == SORT_COUNT))
            return say_columns(paging, wrong);
    }
    paging->descending = paging->ips ? usage_descends(paging->ip_key) : sort_descends(paging->key);
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
    if (found == QUERY_FOUND && slice_equal(word, slice_of(word_of(paging))) &&
        slice_equal(order, slice_of(order_of(paging))) &&
        slice_to_u64(value, &paging->place.value) && read_rest(rest, &paging->place) &&
        slice_to_u64(text, &paging->place.id))
        return true;
    return say(wrong,
               "cursor=CURSOR is not the nextCursor of an answer with the same sort and order.");
}

bool paging_read(struct paging *paging, bool ips, struct slice target, char wrong[PAGING_WRONG_MAX])
{
    static const struct {
        const char *name;
        bool (*take)(struct paging *, enum query_result, struct slice, char *);
    } parameters[] = {{"sort", take_column},
                      {"order", take_order},
                      {"limit", take_limit},
                      {"cursor", take_cursor}};
    *paging = (struct paging){.ips = ips};
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

static struct sort_order conn_order(const struct paging_rows *rows)
{
    return (struct sort_order){rows->snap, rows->paging->key, rows->paging->descending};
}

static struct usage_order ip_order(const struct paging_rows *rows)
{
    return (struct usage_order){rows->snap, rows->paging->ip_key, rows->paging->descending};
}

static bool comes_before(const struct paging_rows *rows, struct rank a, struct rank b)
{
    struct sort_order order = conn_order(rows);
    struct usage_order ips = ip_order(rows);
    return (rows->paging->ips ? usage_compare(&a, &b, &ips) : sort_compare(&a, &b, &order)) < 0;
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

static void gather_conns(struct paging_rows *rows, const struct filter *filter)
{
    const struct paging *paging = rows->paging;
    struct sort_order order = conn_order(rows);
    for (unsigned i = 0; i < rows->snap->conn_count; i++) {
        if (filter != NULL && !filter_match(filter, rows->snap, &rows->snap->conns[i], NULL))
            continue;
        struct rank rank = sort_rank(&order, i);
        rows->matching++;
        if (!paging->behind || sort_compare_place(&order, rank, &paging->place) > 0)
            rows->heap[rows->count++] = rank;
    }
}

static void gather_ips(struct paging_rows *rows)
{
    const struct paging *paging = rows->paging;
    struct usage_order order = ip_order(rows);
    for (unsigned i = 0; i < rows->snap->ip_count; i++) {
        struct rank rank = usage_rank(&order, i);
        rows->matching++;
        if (!paging->behind || usage_compare_place(&order, rank, &paging->place) > 0)
            rows->heap[rows->count++] = rank;
    }
}

int paging_begin(struct paging_rows *rows, const struct paging *paging, const struct snap *snap,
                 const struct filter *filter)
{
    size_t most = paging->ips ? snap->ip_count : snap->conn_count;
    *rows = (struct paging_rows){.paging = paging, .snap = snap};
    rows->heap = reallocarray(NULL, most + 1, sizeof(*rows->heap));
    if (rows->heap == NULL)
        return -1;
    if (paging->ips)
        gather_ips(rows);
    else
        gather_conns(rows, filter);
    for (unsigned i = rows->count / 2; i > 0; i--)
        sink(rows, i - 1);
    return 0;
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
    struct sort_order order = conn_order(rows);
    struct usage_order ips = ip_order(rows);
    if (rows->count == 0 || rows->given == 0)
        return false;
    if (rows->paging->ips)
        usage_place(&ips, rows->last, &place);
    else
        sort_place(&order, rows->last, &place);
    str_addf(out, "%s.%s.%llu.", word_of(rows->paging), order_of(rows->paging),
             (unsigned long long)place.value);
    for (size_t i = 0; i < place.rest_len; i++)
        str_addf(out, "%02x", (unsigned char)place.rest[i]);
    str_addf(out, ".%llu", (unsigned long long)place.id);
    return true;
}
