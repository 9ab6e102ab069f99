/*
 * Ranks of rows. Texts and addresses are ranked by their first bytes; only rows that are equal in
 * these are compared in full.
 */
#include "stats/sort.h"

#include <assert.h>
#include <string.h>

#define NUMBER_DIGITS 18 /* always less than 2^63 */

static const struct {
    const char *word, *name;
    bool descends;
} keys[SORT_COUNT] = {
    [SORT_ID] = {"id", "number", false},
    [SORT_VERSION] = {"version", "version", false},
    [SORT_KIND] = {"kind", "kind", false},
    [SORT_IP] = {"ip", "IP", false},
    [SORT_CLIENT] = {"client", "client", false},
    [SORT_USER] = {"user", "user id", false},
    [SORT_BACKEND] = {"backend", "backend", false},
    [SORT_PATH] = {"path", "path", false},
    [SORT_IN] = {"in", "in per second", true},
    [SORT_OUT] = {"out", "out per second", true},
    [SORT_RATE] = {"rate", "rate, in and out", true},
    [SORT_TOTAL] = {"total", "total", true},
    [SORT_AGE] = {"age", "age", true},
    [SORT_REQUESTS] = {"requests", "requests", true},
    [SORT_MINUTE] = {"minute", "out in 60 s", true},
    [SORT_BOT] = {"bot", "bot", false},
    [SORT_PLAYERS] = {"players", "players", true},
    [SORT_MESSAGES] = {"messages", "messages per second", true},
    [SORT_ERRORS] = {"errors", "errors", true},
};

const char *sort_name(enum sort_key key)
{
    assert(key < SORT_COUNT);
    return keys[key].name;
}

const char *sort_word(enum sort_key key)
{
    assert(key < SORT_COUNT);
    return keys[key].word;
}

bool sort_descends(enum sort_key key)
{
    assert(key < SORT_COUNT);
    return keys[key].descends;
}

const char *sort_client(const struct snap_conn *conn)
{
    if (conn->client_name[0] != '\0')
        return conn->client_name;
    return conn->user_agent[0] != '\0' ? conn->user_agent : "(none)";
}

const char *sort_backend(const struct snap *snap, const struct snap_conn *conn)
{
    return conn->backend < snap->backend_count ? snap->backends[conn->backend].name : "";
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

/* Numbers by their value and before all other texts; one with too many digits for that is the
 * largest, and its digits are compared. */
static uint64_t user_value(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (text[digits] != '\0')
        return first_bytes(text) >> 1 | UINT64_C(1) << 63;
    if (digits > NUMBER_DIGITS)
        return UINT64_MAX >> 1;
    uint64_t value = 0;
    for (; *text != '\0'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

static uint64_t last_minute(const struct snap_history *history)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        sum += history->out[i];
    return sum;
}

static const char *bot_name(const struct snap *snap, const struct snap_conn *conn)
{
    const struct snap_bot *bot = snap_find_bot(snap, conn->bot);
    return bot == NULL ? "" : bot->name;
}

static uint64_t bot_value(const struct sort_order *order, const struct snap_conn *conn)
{
    const struct snap_bot *bot = snap_find_bot(order->snap, conn->bot);
    if (bot == NULL)
        return 0;
    return order->key == SORT_PLAYERS ? bot->players : snap_bot_errors(bot);
}

static uint64_t value_of(const struct sort_order *order, const struct snap_conn *conn)
{
    switch (order->key) {
    case SORT_VERSION:
        return conn->version;
    case SORT_KIND:
        return conn->kind;
    case SORT_IP:
        return address_value(&conn->client);
    case SORT_CLIENT:
        return first_bytes(sort_client(conn));
    case SORT_USER:
        return user_value(conn->user_id);
    case SORT_BACKEND:
        return first_bytes(sort_backend(order->snap, conn));
    case SORT_PATH:
        return first_bytes(conn->path);
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
    case SORT_REQUESTS:
        return conn->requests;
    case SORT_MINUTE:
        return last_minute(conn->history);
    case SORT_BOT:
        return first_bytes(bot_name(order->snap, conn));
    case SORT_PLAYERS:
    case SORT_ERRORS:
        return bot_value(order, conn);
    case SORT_MESSAGES:
        return conn->rate_messages < 0 ? 0 : (uint64_t)(conn->rate_messages * 1000);
    default:
        return conn->id;
    }
}

struct rank sort_rank(const struct sort_order *order, uint32_t index)
{
    return (struct rank){value_of(order, &order->snap->conns[index]), index};
}

/* Shorter numbers are smaller; other texts as they are. */
static int compare_users(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    bool numbers = strspn(a, "0123456789") == a_len && strspn(b, "0123456789") == b_len;
    if (numbers && a_len != b_len)
        return a_len < b_len ? -1 : 1;
    return strcmp(a, b);
}

/* What a column of texts holds; NULL for other columns. */
static const char *text_of(const struct sort_order *order, const struct snap_conn *conn)
{
    switch (order->key) {
    case SORT_CLIENT:
        return sort_client(conn);
    case SORT_USER:
        return conn->user_id;
    case SORT_BACKEND:
        return sort_backend(order->snap, conn);
    case SORT_PATH:
        return conn->path;
    case SORT_BOT:
        return bot_name(order->snap, conn);
    default:
        return NULL;
    }
}

int sort_compare_texts(enum sort_key key, const char *a, const char *b)
{
    return key == SORT_USER ? compare_users(a, b) : strcmp(a, b);
}

/* Rows with equal values: the rest of a text or address. */
static int compare_rest(const struct sort_order *order, const struct snap_conn *a,
                        const struct snap_conn *b)
{
    const char *text = text_of(order, a);
    if (text != NULL)
        return sort_compare_texts(order->key, text, text_of(order, b));
    return order->key == SORT_IP ? memcmp(a->client.bytes, b->client.bytes, sizeof(a->client.bytes))
                                 : 0;
}

int sort_compare(const void *left, const void *right, void *ctx)
{
    const struct rank *a = left, *b = right;
    const struct sort_order *order = ctx;
    int found;
    if (a->value != b->value)
        found = a->value < b->value ? -1 : 1;
    else
        found = compare_rest(order, &order->snap->conns[a->index], &order->snap->conns[b->index]);
    if (found != 0)
        return order->descending ? -found : found;
    /* Indexes follow ids, so equal rows stay where they are. */
    return a->index < b->index ? -1 : a->index > b->index;
}

void sort_place(const struct sort_order *order, uint32_t index, struct sort_place *place)
{
    const struct snap_conn *conn = &order->snap->conns[index];
    const char *text = text_of(order, conn);
    *place = (struct sort_place){.value = value_of(order, conn), .id = conn->id};
    if (text != NULL) {
        place->rest_len = strnlen(text, sizeof(place->rest) - 1);
        memcpy(place->rest, text, place->rest_len);
    } else if (order->key == SORT_IP) {
        place->rest_len = sizeof(conn->client.bytes);
        memcpy(place->rest, conn->client.bytes, place->rest_len);
    }
}

int sort_compare_place(const struct sort_order *order, struct rank rank,
                       const struct sort_place *place)
{
    const struct snap_conn *conn = &order->snap->conns[rank.index];
    const char *text = text_of(order, conn);
    int found = 0;
    if (rank.value != place->value)
        found = rank.value < place->value ? -1 : 1;
    else if (text != NULL)
        found = sort_compare_texts(order->key, text, place->rest);
    else if (order->key == SORT_IP)
        found = memcmp(conn->client.bytes, place->rest, sizeof(conn->client.bytes));
    if (found != 0)
        return order->descending ? -found : found;
    return conn->id < place->id ? -1 : conn->id > place->id;
}

uint64_t sort_text_value(enum sort_key key, const char *text)
{
    return key == SORT_USER ? user_value(text) : first_bytes(text);
}
