/*
 * The listening sockets of a configuration, as sets: opened here or passed by a service manager,
 * kept across reloads. ports.h says when a change does what. Control thread only.
 */
#ifndef CTL_LISTEN_H
#define CTL_LISTEN_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/config.h"
#include "service.h"

#define LISTENERS_MAX 64 /* proxy ports */

struct listener {
    int fd; /* -1: none */
    struct addr addr;
    bool inherited; /* the service manager listens on it too and goes on when we end */
};

struct listeners {
    struct listener web;
    unsigned count;
    struct listener proxy[LISTENERS_MAX];
};
#define LISTENERS_NONE                                                                             \
    {                                                                                              \
        .web = {.fd = -1 }                                                                         \
    }

/* Opens the ports of `config`. Passed sockets take the place of those of the same kind: one named
 * "web" or "proxy" is that; of the others, one on the address of web.listen is the web port, the
 * rest proxy ports. Their descriptors are the set's from here on. NULL with err: nothing is open,
 * passed ones included. */
struct listeners *listeners_open(const struct config *config, const struct service_sockets *passed,
                                 struct err *err);

/* The set for another configuration: an address that stays keeps its socket, others are opened
 * beside those of `old` and `leaving`, inherited sockets stay whatever the configuration says. NULL
 * with err: nothing has changed. */
struct listeners *listeners_next(const struct listeners *old, const struct listeners *leaving,
                                 const struct config *config, struct err *err);

/* Frees `old`. Its proxy ports that are not in `now` move to `leaving`, and new clients do not find
 * them any more; a web port that is not in `now` is closed. Returns whether any moved. */
bool listeners_leave(struct listeners *leaving, struct listeners *old, const struct listeners *now);

/* Closes all; the set is empty then. */
void listeners_close(struct listeners *set);

/* The proxy's descriptors, and those of `leaving` (may be NULL) as far as there is room; returns
 * how many. */
unsigned listeners_fds(const struct listeners *now, const struct listeners *leaving,
                       int fds[LISTENERS_MAX]);

/* A drain begins: clients of the proxy are refused from here on, unless a service manager keeps
 * them for whoever comes next. */
void listeners_refuse(const struct listeners *set);

/* One line for each socket that is not in `old` (may be NULL), and one where the configuration asks
 * for something else than what the service manager passed. */
void listeners_log(const struct listeners *set, const struct listeners *old,
                   const struct config *config);

/* "0.0.0.0:6923 [::]:6923": the proxy's addresses. */
void listeners_text(const struct listeners *set, char *out, size_t size);

#endif
