/*
 * Books of visitors: see the header.
 */
#include "visitors.h"

#include <assert.h>
#include <stdlib.h>

static bool is_listed(const struct visitor_book *book, const struct visitor *visitor)
{
    return visitor != &book->others;
}

static struct visitor_list *list_of(struct visitor_book *book, const struct visitor *visitor)
{
    return visitor->active > 0 ? &book->busy : &book->quiet;
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

static void visitor_free(struct visitor *visitor)
{
    meter_clear(&visitor->meter);
    free(visitor->ips);
    free(visitor);
}

static void forget(struct visitor_book *book, struct visitor *visitor)
{
    struct visitor *others = &book->others;
    assert(visitor->active == 0);
    others->bytes_in += visitor->bytes_in;
    others->bytes_out += visitor->bytes_out;
    others->messages += visitor->messages;
    others->connections += visitor->connections;
    others->meter.in += visitor->meter.in;
    others->meter.out += visitor->meter.out;
    others->meter.messages += visitor->meter.messages;
    list_take(&book->quiet, visitor);
    map_take(book->by_key, &visitor->key);
    visitor_free(visitor);
}

struct visitor *visitor_get(struct visitor_book *book, const union visitor_key *key,
                            uint32_t second, int64_t wall_ms)
{
    struct visitor *visitor = map_get(book->by_key, key);
    if (visitor)
        return visitor;
    if (map_count(book->by_key) >= book->most) {
        if (!book->quiet.last)
            return &book->others;
        forget(book, book->quiet.last);
    }
    visitor = calloc(1, sizeof(*visitor));
    if (!visitor)
        return &book->others;
    visitor->key = *key;
    visitor->first_ms = wall_ms;
    if (map_put(book->by_key, key, visitor) < 0) {
        free(visitor);
        return &book->others;
    }
    meter_init(&visitor->meter, second);
    list_put_first(&book->quiet, visitor);
    return visitor;
}

/* Goes to the front of the list it belongs to now, having been in that of `active` before. */
static void relist(struct visitor_book *book, struct visitor *visitor, uint32_t active,
                   int64_t wall_ms)
{
    visitor->last_active_ms = wall_ms;
    if (!is_listed(book, visitor)) {
        visitor->active = active;
        return;
    }
    list_take(list_of(book, visitor), visitor);
    visitor->active = active;
    visitor->stamp = ++book->stamp;
    list_put_first(list_of(book, visitor), visitor);
}

void visitor_moved(struct visitor_book *book, struct visitor *visitor, uint64_t in, uint64_t out,
                   uint64_t messages, int64_t wall_ms)
{
    visitor->bytes_in += in;
    visitor->bytes_out += out;
    visitor->messages += messages;
    visitor->meter.in += in;
    visitor->meter.out += out;
    visitor->meter.messages += (uint32_t)messages;
    relist(book, visitor, visitor->active, wall_ms);
}

void visitor_enter(struct visitor_book *book, struct visitor *visitor, int64_t wall_ms)
{
    relist(book, visitor, visitor->active + 1, wall_ms);
}

void visitor_leave(struct visitor_book *book, struct visitor *visitor, int64_t wall_ms)
{
    assert(visitor->active > 0);
    relist(book, visitor, visitor->active - 1, wall_ms);
}

void visitor_from(struct visitor_book *book, struct visitor *visitor, uint64_t ip_hash)
{
    if (!is_listed(book, visitor))
        return;
    if (!visitor->ips)
        visitor->ips = calloc(1, sizeof(*visitor->ips));
    if (visitor->ips)
        crowd_add(visitor->ips, ip_hash);
}

void visitors_tick(struct visitor_book *book, uint32_t second)
{
    for (struct visitor *at = book->busy.first; at; at = at->next)
        meter_tick(&at->meter, second);
    for (struct visitor *at = book->quiet.first; at; at = at->next)
        meter_tick(&at->meter, second);
    meter_tick(&book->others.meter, second);
}

/* Both lists have the most recently active first; so has their merging. */
const struct visitor *visitors_next(const struct visitor_book *book, struct visitor_walk *walk)
{
    if (!walk->begun)
        *walk = (struct visitor_walk){true, book->busy.first, book->quiet.first};
    const struct visitor **from = &walk->busy;
    if (!walk->busy || (walk->quiet && walk->quiet->stamp > walk->busy->stamp))
        from = &walk->quiet;
    const struct visitor *visitor = *from;
    if (visitor)
        *from = visitor->next;
    return visitor;
}

size_t visitors_meter_room(const struct visitor_book *book)
{
    size_t room = meter_room(&book->others.meter);
    for (const struct visitor *at = book->busy.first; at; at = at->next)
        room += meter_room(&at->meter);
    for (const struct visitor *at = book->quiet.first; at; at = at->next)
        room += meter_room(&at->meter);
    return room;
}

static void list_free(struct visitor_list *list)
{
    struct visitor *next;
    for (struct visitor *at = list->first; at; at = next) {
        next = at->next;
        visitor_free(at);
    }
    *list = (struct visitor_list){NULL, NULL};
}

int visitors_init(struct visitor_book *book, size_t most)
{
    *book = (struct visitor_book){.by_key = map_new(sizeof(union visitor_key)), .most = most};
    return book->by_key ? 0 : -1;
}

void visitors_free(struct visitor_book *book)
{
    list_free(&book->busy);
    list_free(&book->quiet);
    meter_clear(&book->others.meter);
    map_free(book->by_key);
}
