/*
 * The table of connections: found by id, walked in the order they opened. A row that ended stays in
 * the array until the second is over, so that ending one does not search for it.
 */
#include "books.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "base/str.h"
#include "base/text.h"
#include "http/route.h"

#define SESSION_SHOWN 4 /* characters of a session id that may be seen */

struct row *row_get(const struct ledger *ledger, uint64_t id)
{
    return map_get(ledger->by_id, &id);
}

static int rows_grow(struct ledger *ledger)
{
    unsigned room = ledger->row_room ? ledger->row_room * 2 : 64;
    struct row **rows = realloc(ledger->rows, room * sizeof(struct row *));
    if (!rows)
        return -1;
    ledger->rows = rows;
    ledger->row_room = room;
    return 0;
}

struct row *row_new(struct ledger *ledger, uint64_t id)
{
    if (ledger->row_count == ledger->row_room && rows_grow(ledger) < 0)
        return NULL;
    struct row *row = calloc(1, sizeof(*row));
    if (!row)
        return NULL;
    if (map_put(ledger->by_id, &id, row) < 0) {
        free(row);
        return NULL;
    }
    row->id = id;
    row->backend = REPORT_NO_BACKEND;
    meter_init(&row->meter, ledger->second);
    ledger->rows[ledger->row_count++] = row;
    return row;
}

static void row_clear(struct row *row)
{
    meter_clear(&row->meter);
    free(row->text);
    row->text = NULL;
    row->text_len = 0;
}

void row_end(struct ledger *ledger, struct row *row)
{
    map_take(ledger->by_id, &row->id);
    row_clear(row);
    row->ended = true;
}

static int by_id(const void *a, const void *b)
{
    const struct row *const *left = a, *const *right = b;
    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

/* Workers tell of their connections in turn, so new rows may be slightly out of order; only the end
 * of the array that they touch is sorted anew. */
static void rows_sort(struct ledger *ledger)
{
    struct row **rows = ledger->rows;
    if (ledger->sorted == ledger->row_count)
        return;
    uint64_t lowest = rows[ledger->sorted]->id;
    for (unsigned i = ledger->sorted; i < ledger->row_count; i++)
        if (rows[i]->id < lowest)
            lowest = rows[i]->id;
    unsigned from = ledger->sorted;
    while (from > 0 && rows[from - 1]->id > lowest)
        from--;
    qsort(rows + from, ledger->row_count - from, sizeof(struct row *), by_id);
    ledger->sorted = ledger->row_count;
}

void rows_settle(struct ledger *ledger)
{
    unsigned kept = 0, kept_sorted = 0;
    for (unsigned i = 0; i < ledger->row_count; i++) {
        struct row *row = ledger->rows[i];
        if (row->ended) {
            free(row);
            continue;
        }
        if (i < ledger->sorted)
            kept_sorted++;
        ledger->rows[kept++] = row;
    }
    ledger->row_count = kept;
    ledger->sorted = kept_sorted;
    rows_sort(ledger);

    /* A burst that is over gives its memory back, by halves so that the array does not flutter;
     * what was freed of it lies below what lives, where the heap would keep it. */
    if (ledger->row_room > 256 && kept < ledger->row_room / 4) {
        unsigned room = ledger->row_room / 2;
        struct row **rows = realloc(ledger->rows, room * sizeof(struct row *));
        if (rows) {
            ledger->rows = rows;
            ledger->row_room = room;
        }
        malloc_trim(0);
    }
}

void rows_free(struct ledger *ledger)
{
    for (unsigned i = 0; i < ledger->row_count; i++) {
        row_clear(ledger->rows[i]);
        free(ledger->rows[i]);
    }
    free(ledger->rows);
    map_free(ledger->by_id);
}

/* The path as it may be seen: a session id is a key to the session, so only its beginning shows. */
static void mask_path(struct str *out, struct slice path)
{
    struct slice session = route_session(path);
    size_t front = (size_t)(session.ptr - path.ptr), behind = front + session.len;
    size_t shown = session.len / 2 < SESSION_SHOWN ? session.len / 2 : SESSION_SHOWN;

    if (session.len == 0) {
        str_add_slice(out, path);
        return;
    }
    str_add(out, path.ptr, front + shown);
    str_add_text(out, "..");
    str_add(out, path.ptr + behind, path.len - behind);
}

static struct slice raw_of(const struct report_text *text)
{
    size_t len = text->len < REPORT_TEXT_MAX ? text->len : REPORT_TEXT_MAX;
    return (struct slice){text->bytes, len};
}

void row_set_text(struct row *row, const struct report_info *info)
{
    char path[REPORT_TEXT_MAX + 3], packed[4 * SNAP_TEXT];
    struct str masked;

    str_fixed(&masked, path, sizeof(path));
    mask_path(&masked, raw_of(&info->path));
    struct slice raw[4] = {
        raw_of(&info->user_id),
        raw_of(&info->client_name),
        raw_of(&info->user_agent),
        str_slice(&masked),
    };
    size_t len = 0;
    for (unsigned i = 0; i < 4; i++) {
        text_display(packed + len, SNAP_TEXT, raw[i], TEXT_COLUMNS_MAX);
        len += strlen(packed + len) + 1;
    }
    if (len == row->text_len && memcmp(row->text, packed, len) == 0)
        return;
    free(row->text);
    row->text = NULL;
    row->text_len = 0;
    if (len == 4)
        return;
    row->text = malloc(len);
    if (!row->text)
        return;
    memcpy(row->text, packed, len);
    row->text_len = (uint16_t)len;
}
