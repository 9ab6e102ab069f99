/*
 * Draws what is kept beside connections, IPs and backends: clients and users by name, refusals by
 * IP, the allow and deny lists.
 */
#include "books.h"

#include <string.h>

static const enum book named[] = {BOOK_CLIENTS, BOOK_USERS};
#define NAMED_COUNT (sizeof(named) / sizeof(named[0]))

size_t draw_books_room(const struct ledger *ledger)
{
    size_t room = map_count(ledger->guesses.by_key) * sizeof(struct snap_guess) + DRAW_SLACK;
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        struct visitor_walk walk = {0};
        const struct visitor *at;
        while ((at = visitors_next(&ledger->books[named[i]], &walk)))
            room += sizeof(struct snap_name) + draw_room_of_text(at->key.name);
    }
    unsigned nets = ledger->config->limits.allow_count + ledger->config->limits.deny_count;
    return room + nets * sizeof(struct addr_net) + 2 * DRAW_SLACK;
}

static void draw_name(const struct ledger *ledger, const struct visitor *visitor, struct snap *snap,
                      struct snap_name *to)
{
    struct meter_drawn drawn = draw_meter(ledger, &visitor->meter, snap);
    *to = (struct snap_name){
        .name = draw_text(snap, visitor->key.name),
        .bytes_in = visitor->bytes_in,
        .bytes_out = visitor->bytes_out,
        .messages = visitor->messages,
        .rate_in = drawn.rate_in,
        .rate_out = drawn.rate_out,
        .rate_messages = drawn.rate_messages,
        .connections = visitor->connections,
        .active = visitor->active,
        .ips = visitor->ips ? crowd_count(visitor->ips) : 0,
        .first_seen_ms = visitor->first_ms,
        .last_active_ms = visitor->last_active_ms,
        .history = drawn.history,
    };
}

static struct snap_names draw_names(const struct ledger *ledger, enum book which, struct snap *snap)
{
    const struct visitor_book *book = &ledger->books[which];
    struct snap_names names = {.count = (unsigned)map_count(book->by_key)};
    struct snap_name *rows = draw_take(snap, names.count * sizeof(*rows));
    struct visitor_walk walk = {0};
    for (unsigned i = 0; i < names.count; i++)
        draw_name(ledger, visitors_next(book, &walk), snap, &rows[i]);
    names.rows = rows;
    draw_name(ledger, &book->others, snap, &names.others);
    return names;
}

static const struct addr_net *draw_nets(struct snap *snap, const struct addr_net *nets,
                                        unsigned count)
{
    struct addr_net *copy = draw_take(snap, count * sizeof(*copy));
    if (count > 0)
        memcpy(copy, nets, count * sizeof(*copy));
    return copy;
}

static void draw_guesses(const struct guess_book *book, struct snap *snap)
{
    struct snap_guess *guesses = draw_take(snap, map_count(book->by_key) * sizeof(*guesses));
    unsigned count = 0;
    for (const struct guess *at = book->first; at; at = at->next)
        guesses[count++] = at->counts;
    snap->guesses = guesses;
    snap->guess_count = count;
    snap->other_guesses = book->others;
}

void draw_books(const struct ledger *ledger, struct snap *snap)
{
    const struct config *config = ledger->config;
    snap->clients = draw_names(ledger, BOOK_CLIENTS, snap);
    snap->users = draw_names(ledger, BOOK_USERS, snap);
    draw_guesses(&ledger->guesses, snap);
    snap->allow_count = config->limits.allow_count;
    snap->deny_count = config->limits.deny_count;
    snap->allow = draw_nets(snap, config->limits.allow, snap->allow_count);
    snap->deny = draw_nets(snap, config->limits.deny, snap->deny_count);
}
