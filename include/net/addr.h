/*
 * IP addresses and ports. IPv4-mapped IPv6 addresses are folded to IPv4, so that one host is one
 * key. Pure; any thread.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/slice.h"

struct addr {
    uint8_t family;    /* 4, 6, or 0 for none */
    uint8_t bytes[16]; /* network order; IPv4 in the first four, the rest zero */
    uint16_t port;     /* host order */
};

/* What counts as one visitor: the IPv4 address, or the /64 of an IPv6 address. No padding: usable
 * as a map key. */
struct addr_key {
    uint8_t family;
    uint8_t bytes[16];
};

struct addr_net {
    struct addr base;
    unsigned bits;
};

#define ADDR_TEXT_MAX 64

/* "203.0.113.7" / "2001:db8::1"; with_port: "203.0.113.7:80" / "[2001:db8::1]:80". Returns `out`.
 */
char *addr_text(char out[ADDR_TEXT_MAX], const struct addr *addr, bool with_port);
/* "203.0.113.7" / "2001:db8:1:2::/64". */
char *addr_key_text(char out[ADDR_TEXT_MAX], const struct addr_key *key);

/* Literal address without a port; false for names. */
bool addr_parse(struct slice text, struct addr *addr);
/* Splits "host:port" / "[v6]:port" without resolving; false when malformed or the port is
 * not 1..65535. */
bool addr_split(struct slice text, struct slice *host, uint16_t *port);
/* "10.0.0.0/8", "::1", "203.0.113.7"; host bits behind the mask are refused. */
bool addr_net_parse(struct slice text, struct addr_net *net);
/* The same text again: "10.0.0.0/8", "203.0.113.7". */
char *addr_net_text(char out[ADDR_TEXT_MAX], const struct addr_net *net);
bool addr_net_has(const struct addr_net *net, const struct addr *addr);

struct addr_key addr_key_of(const struct addr *addr);
/* The same address and port. */
bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_is_loopback(const struct addr *addr);

void addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa);
socklen_t addr_to_sockaddr(const struct addr *addr, struct sockaddr_storage *sa);

#endif
