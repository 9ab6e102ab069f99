/*
 * Data usage by client, user and backend: see the header.
 */
#include "web/groups.h"

static const char *const words[GROUP_COUNT] = {[GROUP_IP] = "ip",
                                               [GROUP_CLIENT] = "client",
                                               [GROUP_USER] = "user",
                                               [GROUP_BACKEND] = "backend"};

const char *group_word(enum group group)
{
    return words[group];
}

enum group group_of_word(struct slice word)
{
    for (unsigned i = 0; i < GROUP_COUNT; i++)
        if (slice_equal(word, slice_of(words[i])))
            return (enum group)i;
    return GROUP_COUNT;
}

static const struct snap_names *names_of(const struct snap *snap, enum group group)
{
    return group == GROUP_CLIENT ? &snap->clients : &snap->users;
}

unsigned group_count(const struct snap *snap, enum group group)
{
    return group == GROUP_BACKEND ? snap->backend_count : names_of(snap, group)->count;
}

struct snap_name group_row(const struct snap *snap, enum group group, unsigned row)
{
    if (group != GROUP_BACKEND)
        return names_of(snap, group)->rows[row];
    const struct snap_backend *backend = &snap->backends[row];
    return (struct snap_name){
        .name = backend->name,
        .bytes_in = backend->bytes_in,
        .bytes_out = backend->bytes_out,
        .messages = backend->messages,
        .rate_in = backend->rate_in,
        .rate_out = backend->rate_out,
        .rate_messages = backend->rate_messages,
        .connections = backend->connections_ever,
        .active = backend->connections,
        .last_active_ms = backend->last_active_ms,
        .history = backend->history,
    };
}

/* Rates are rounded row by row, and a backend may be booked a moment before its connection. */
static uint64_t rest(uint64_t all, uint64_t part)
{
    return all > part ? all - part : 0;
}

static struct snap_name without_backend(const struct snap *snap)
{
    struct snap_name others = {
        .name = "",
        .bytes_in = snap->bytes_in,
        .bytes_out = snap->bytes_out,
        .messages = snap->messages,
        .rate_in = snap->rate_in,
        .rate_out = snap->rate_out,
        .rate_messages = snap->rate_messages,
        .connections = snap->opened,
        .active = snap->conn_count,
    };
    for (unsigned i = 0; i < snap->backend_count; i++) {
        struct snap_name row = group_row(snap, GROUP_BACKEND, i);
        others.bytes_in = rest(others.bytes_in, row.bytes_in);
        others.bytes_out = rest(others.bytes_out, row.bytes_out);
        others.messages = rest(others.messages, row.messages);
        others.rate_in = rest(others.rate_in, row.rate_in);
        others.rate_out = rest(others.rate_out, row.rate_out);
        others.rate_messages -=
            row.rate_messages < others.rate_messages ? row.rate_messages : others.rate_messages;
        others.connections = rest(others.connections, row.connections);
        others.active = (uint32_t)rest(others.active, row.active);
    }
    return others;
}

struct snap_name group_others(const struct snap *snap, enum group group)
{
    return group == GROUP_BACKEND ? without_backend(snap) : names_of(snap, group)->others;
}
