/*
 * The IP table: bounded, because strangers choose the keys. Who is forgotten leaves totals in
 * `others`, so that the sum over the table and the others is always the sum of everything.
 */
#include "books.h"

#include <assert.h>
#include <stdlib.h>

static bool is_listed(const struct ledger *ledger, const struct visitor *visitor)
{
    return visitor != &ledger->others;
}

static struct visitor_list *list_of(struct ledger *ledger, const struct visitor *visitor)
{
    return visitor->active > 0 ? &ledger->busy : &ledger->quiet;
}

static void list_take(struct visitor_list *list, struct visitor *visitor)
{
    if (visitor->prev)
        visitor->prev->next = visitor->next;
    else
        list->first = visitor->next;
    if (visitor->next)
        visitor->next->prev = visitor->prev;
    else
        list->last = visitor->prev;
    visitor->prev = visitor->next = NULL;
}

static void list_put_first(struct visitor_list *list, struct visitor *visitor)
{
    visitor->prev = NULL;
    visitor->next = list->first;
    if (list->first)
        list->first->prev = visitor;
    else
        list->last = visitor;
    list->first = visitor;
}

static void forget(struct ledger *ledger, struct visitor *visitor)
{
    struct visitor *others = &ledger->others;
    assert(visitor->active == 0);
    others->bytes_in += visitor->bytes_in;
    others->bytes_out += visitor->bytes_out;
    others->messages += visitor->messages;
    others->connections += visitor->connections;
    list_take(&ledger->quiet, visitor);
    map_take(ledger->by_key, &visitor->key);
    meter_clear(&visitor->meter);
    free(visitor);
}

struct visitor *visitor_get(struct ledger *ledger, const struct addr *client)
{
    struct addr_key key = addr_key_of(client);
    struct visitor *visitor = map_get(ledger->by_key, &key);
    if (visitor)
        return visitor;
    if (map_count(ledger->by_key) >= LEDGER_IPS_MAX) {
        if (!ledger->quiet.last)
            return &ledger->others;
        forget(ledger, ledger->quiet.last);
    }
    visitor = calloc(1, sizeof(*visitor));
    if (!visitor)
        return &ledger->others;
    visitor->key = key;
    if (map_put(ledger->by_key, &key, visitor) < 0) {
        free(visitor);
        return &ledger->others;
    }
    meter_init(&visitor->meter, ledger->second);
    list_put_first(&ledger->quiet, visitor);
    return visitor;
}

/* Goes to the front of the list it belongs to now, having been in that of `active` before. */
static void relist(struct ledger *ledger, struct visitor *visitor, uint32_t active, int64_t wall_ms)
{
    visitor->last_active_ms = wall_ms;
    if (!is_listed(ledger, visitor)) {
        visitor->active = active;
        return;
    }
    list_take(list_of(ledger, visitor), visitor);
    visitor->active = active;
    visitor->stamp = ++ledger->stamp;
    list_put_first(list_of(ledger, visitor), visitor);
}

void visitor_active(struct ledger *ledger, struct visitor *visitor, int64_t wall_ms)
{
    relist(ledger, visitor, visitor->active, wall_ms);
}

void visitor_enter(struct ledger *ledger, struct visitor *visitor, int64_t wall_ms)
{
    relist(ledger, visitor, visitor->active + 1, wall_ms);
}

void visitor_leave(struct ledger *ledger, struct visitor *visitor, int64_t wall_ms)
{
    assert(visitor->active > 0);
    relist(ledger, visitor, visitor->active - 1, wall_ms);
}

void visitors_tick(struct ledger *ledger)
{
    for (struct visitor *at = ledger->busy.first; at; at = at->next)
        meter_tick(&at->meter, ledger->second);
    for (struct visitor *at = ledger->quiet.first; at; at = at->next)
        meter_tick(&at->meter, ledger->second);
}

static void list_free(struct visitor_list *list)
{
    struct visitor *next;
    for (struct visitor *at = list->first; at; at = next) {
        next = at->next;
        meter_clear(&at->meter);
        free(at);
    }
    *list = (struct visitor_list){NULL, NULL};
}

void visitors_free(struct ledger *ledger)
{
    list_free(&ledger->busy);
    list_free(&ledger->quiet);
    meter_clear(&ledger->others.meter);
    map_free(ledger->by_key);
}
