/*
 * IP addresses: text to bytes and back, networks, and the key that stands for one visitor.
 * Everything here is pure; inet_pton(3) and inet_ntop(3) do the reading and writing of literals.
 */
#include "net/addr.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void set_v4(struct addr *addr, const void *bytes)
{
    memset(addr->bytes, 0, sizeof(addr->bytes));
    memcpy(addr->bytes, bytes, 4);
    addr->family = 4;
}

/* Folds ::ffff:a.b.c.d to a.b.c.d, so that one host has one name whatever socket it came through.
 */
static void set_v6(struct addr *addr, const void *bytes)
{
    const uint8_t *raw = bytes;
    if (memcmp(raw, mapped_prefix, sizeof(mapped_prefix)) == 0) {
        set_v4(addr, raw + sizeof(mapped_prefix));
        return;
    }
    memcpy(addr->bytes, raw, sizeof(addr->bytes));
    addr->family = 6;
}

static void text_of(char out[INET6_ADDRSTRLEN], uint8_t family, const uint8_t bytes[16])
{
    if (family == 4) {
        /* Written out here since every request carries it in a header; inet_ntop(3) goes through
         * printf. */
        struct str text;
        str_fixed(&text, out, INET6_ADDRSTRLEN);
        for (int i = 0; i < 4; i++) {
            if (i > 0)
                str_add_char(&text, '.');
            str_add_u64(&text, bytes[i]);
        }
    } else if (family != 6 || inet_ntop(AF_INET6, bytes, out, INET6_ADDRSTRLEN) == NULL) {
        memcpy(out, "?", 2);
    }
}

char *addr_text(char out[ADDR_TEXT_MAX], const struct addr *addr, bool with_port)
{
    char host[INET6_ADDRSTRLEN];
    text_of(host, addr->family, addr->bytes);
    if (!with_port)
        memcpy(out, host, strlen(host) + 1);
    else if (addr->family == 6)
        snprintf(out, ADDR_TEXT_MAX, "[%s]:%u", host, (unsigned)addr->port);
    else
        snprintf(out, ADDR_TEXT_MAX, "%s:%u", host, (unsigned)addr->port);
    return out;
}

char *addr_key_text(char out[ADDR_TEXT_MAX], const struct addr_key *key)
{
    char host[INET6_ADDRSTRLEN];
    text_of(host, key->family, key->bytes);
    snprintf(out, ADDR_TEXT_MAX, "%s%s", host, key->family == 6 ? "/64" : "");
    return out;
}

bool addr_parse(struct slice text, struct addr *addr)
{
    char copy[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    struct addr found = {0};
    if (inet_pton(AF_INET, copy, bytes) == 1)
        set_v4(&found, bytes);
    else if (inet_pton(AF_INET6, copy, bytes) == 1)
        set_v6(&found, bytes);
    else
        return false;
    *addr = found;
    return true;
}

static bool port_of(struct slice text, uint16_t *port)
{
    uint64_t value;
    if (text.len > 5 || !slice_to_u64(text, &value) || value == 0 || value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

bool addr_split(struct slice text, struct slice *host, uint16_t *port)
{
    size_t end;
    struct slice found;

    if (text.len > 0 && text.ptr[0] == '[') {
        end = slice_find(text, ']');
        if (end + 1 >= text.len || text.ptr[end + 1] != ':')
            return false;
        found = (struct slice){text.ptr + 1, end - 1};
        struct addr literal;
        if (!addr_parse(found, &literal) || memchr(found.ptr, ':', found.len) == NULL)
            return false;
        end++;
    } else {
        end = slice_find(text, ':');
        if (end == text.len || end == 0)
            return false;
        found = (struct slice){text.ptr, end};
    }
    /* A second colon makes the rest no number, so an IPv6 literal without brackets is refused. */
    if (!port_of((struct slice){text.ptr + end + 1, text.len - end - 1}, port))
        return false;
    *host = found;
    return true;
}

/* Whether the first `bits` bits agree. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    assert(bits <= 128);
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

char *addr_net_text(char out[ADDR_TEXT_MAX], const struct addr_net *net)
{
    addr_text(out, &net->base, false);
    size_t len = strlen(out);
    if (net->bits < (net->base.family == 4 ? 32U : 128U))
        snprintf(out + len, ADDR_TEXT_MAX - len, "/%u", net->bits);
    return out;
}

bool addr_net_parse(struct slice text, struct addr_net *net)
{
    size_t slash = slice_find(text, '/');
    struct addr base;
    uint64_t bits;

    if (!addr_parse((struct slice){text.ptr, slash}, &base))
        return false;
    unsigned max = base.family == 4 ? 32 : 128;
    if (slash == text.len) {
        bits = max;
    } else {
        struct slice digits = {text.ptr + slash + 1, text.len - slash - 1};
        if (digits.len > 3 || !slice_to_u64(digits, &bits))
            return false;
        bool mapped = base.family == 4 && memchr(text.ptr, ':', slash) != NULL;
        if (mapped && bits < 96)
            return false;
        if (mapped)
            bits -= 96;
        if (bits > max)
            return false;
    }

    struct addr masked = base;
    for (unsigned i = 0; i < 16; i++) {
        unsigned from = i * 8;
        if (from >= bits)
            masked.bytes[i] = 0;
        else if (bits - from < 8)
            masked.bytes[i] &= (uint8_t)(0xff << (8 - (bits - from)));
    }
    if (memcmp(masked.bytes, base.bytes, sizeof(base.bytes)) != 0)
        return false;
    net->base = base;
    net->bits = (unsigned)bits;
    return true;
}

bool addr_net_has(const struct addr_net *net, const struct addr *addr)
{
    return net->base.family != 0 && net->base.family == addr->family &&
           same_bits(net->base.bytes, addr->bytes, net->bits);
}

struct addr_key addr_key_of(const struct addr *addr)
{
    struct addr_key key = {.family = addr->family};
    if (addr->family != 0)
        memcpy(key.bytes, addr->bytes, addr->family == 4 ? 4 : 8);
    return key;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool addr_is_loopback(const struct addr *addr)
{
    if (addr->family == 4)
        return addr->bytes[0] == 127;
    return addr->family == 6 && memcmp(addr->bytes, &in6addr_loopback, 16) == 0;
}

void addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa)
{
    memset(addr, 0, sizeof(*addr));
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof(in));
        set_v4(addr, &in.sin_addr);
        addr->port = ntohs(in.sin_port);
    } else if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof(in6));
        set_v6(addr, &in6.sin6_addr);
        addr->port = ntohs(in6.sin6_port);
    }
}

socklen_t addr_to_sockaddr(const struct addr *addr, struct sockaddr_storage *sa)
{
    memset(sa, 0, sizeof(*sa));
    if (addr->family == 4) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
        memcpy(&in.sin_addr, addr->bytes, 4);
        memcpy(sa, &in, sizeof(in));
        return sizeof(in);
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
    memcpy(&in6.sin6_addr, addr->bytes, 16);
    memcpy(sa, &in6, sizeof(in6));
    return sizeof(in6);
}
