/*
 * Values that are addresses, names of hosts, and networks.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/config.h"
#include "conf/value.h"
#include "net/addr.h"

#define HOST_NAME_MAX_LEN 253

static int bad(struct err *err, struct slice text, const char *what)
{
    char quoted[PROBLEMS_QUOTE_MAX];
    err_set(err, "%s %s", problems_quote(quoted, text), what);
    return -1;
}

/* An address literal, with or without brackets, or localhost: a listener is never resolved. */
static bool read_literal(struct slice text, struct addr *addr)
{
    if (slice_equal_nocase(text, SLICE("localhost")))
        text = SLICE("127.0.0.1");
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        text = (struct slice){.ptr = text.ptr + 1, .len = text.len - 2};
    return addr_parse(text, addr);
}

int value_read_listener(const struct schema_entry *entry, struct slice text, void *to,
                        struct err *err)
{
    struct addr *addr = to;
    struct addr found;
    struct slice host;
    uint16_t port;
    if (entry->may_be_off && slice_equal(text, SLICE("off"))) {
        *addr = (struct addr){0};
        return 0;
    }
    if (!addr_split(text, &host, &port) || !read_literal(host, &found))
        return bad(err, text,
                   "is not an address and port such as 0.0.0.0:6923, or \"[::]:6923\" in quotes");
    found.port = port;
    *addr = found;
    return 0;
}

int value_read_net(struct slice text, void *to, struct err *err)
{
    if (!addr_net_parse(text, to))
        return bad(err, text,
                   "is not an address or a network such as 10.0.0.0/8 (nothing set behind the /8)");
    return 0;
}

static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

/* A name or a literal, without brackets. Digits and dots that are no address are a slip. */
static bool is_host(struct slice text)
{
    struct addr addr;
    if (addr_parse(text, &addr))
        return true;
    bool has_letter = false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_name_byte(text.ptr[i]))
            return false;
        has_letter |= text.ptr[i] != '.' && !isdigit((unsigned char)text.ptr[i]);
    }
    return text.len > 0 && text.len <= HOST_NAME_MAX_LEN && text.ptr[0] != '.' && has_letter;
}

static struct slice without_brackets(struct slice text)
{
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        return (struct slice){.ptr = text.ptr + 1, .len = text.len - 2};
    return text;
}

static int set_text(char **to, struct slice text, struct err *err)
{
    char *copy = settings_copy(text);
    if (!copy) {
        err_set(err, "out of memory");
        return -1;
    }
    free(*to);
    *to = copy;
    return 0;
}

int value_read_host_name(struct slice text, void *to, struct err *err)
{
    struct slice host = without_brackets(text);
    if (!is_host(host))
        return bad(err, text, "is not the name of a host, without a port");
    return set_text(to, host, err);
}

int value_read_address(void *base, const struct schema_entry *entry, struct slice text,
                       struct err *err)
{
    struct slice host;
    uint16_t port;
    if (!addr_split(text, &host, &port) || !is_host(host))
        return bad(err, text, "is not HOST:PORT, such as 127.0.0.1:2333");
    if (set_text(value_slot(base, entry->at), host, err) != 0)
        return -1;
    memcpy(value_slot(base, entry->also_at), &port, sizeof port);
    return 0;
}

/* The listener that an environment variable changes, made anew from the default where it was off.
 * Of a list only the first stays. */
static struct addr *the_listener(void *base, const struct schema_entry *entry)
{
    if (entry->type == SCHEMA_LISTENERS) {
        unsigned *count = value_slot(base, entry->also_at);
        *count = 1;
        return *(struct addr **)value_slot(base, entry->at);
    }
    struct addr *addr = value_slot(base, entry->at);
    if (addr->family == 0)
        value_read_listener(entry, slice_of(entry->fallback), addr, NULL);
    return addr;
}

int value_set_host(void *base, const struct schema_entry *entry, struct slice host, struct err *err)
{
    if (entry->type == SCHEMA_ADDRESS)
        return value_read_host_name(host, value_slot(base, entry->at), err);
    if (entry->may_be_off && slice_equal(host, SLICE("off")))
        return value_read_listener(entry, host, value_slot(base, entry->at), err);
    struct addr found;
    if (!read_literal(host, &found))
        return bad(err, host, "is not an address such as 0.0.0.0 or ::");
    struct addr *addr = the_listener(base, entry);
    found.port = addr->port;
    *addr = found;
    return 0;
}

int value_set_port(void *base, const struct schema_entry *entry, struct slice port, struct err *err)
{
    uint64_t number;
    if (!slice_to_u64(port, &number) || number < 1 || number > UINT16_MAX)
        return bad(err, port, "is not a port from 1 to 65535");
    if (entry->type == SCHEMA_ADDRESS)
        *(uint16_t *)value_slot(base, entry->also_at) = (uint16_t)number;
    else
        the_listener(base, entry)->port = (uint16_t)number;
    return 0;
}
