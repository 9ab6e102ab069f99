/*
 * The data plane: W worker threads, each with its own loop, sharing only the listeners, the gate
 * and the backend states. Control's handle on them. All functions: control thread.
 */
#ifndef PROXY_PROXY_H
#define PROXY_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/config.h"
#include "net/mailbox.h"

struct proxy;

/* Mail the proxy posts to control's mailbox (types given at start). */
struct proxy_mail_types {
    int report;         /* struct report */
    int killed;         /* struct proxy_killed */
    int backend_failed; /* struct proxy_backend_failed */
    int drained;        /* struct mail: a worker has no connections left */
};

struct proxy_killed {
    struct mail mail;
    uint64_t id;
    bool found;
    uint64_t token;
};

/* A connect to this backend failed just now (its own fault, not ours). */
struct proxy_backend_failed {
    struct mail mail;
    unsigned backend;
    int error; /* errno */
};

/* Opens the listeners (nothing is accepted yet). NULL with err: port taken and so on. */
struct proxy *proxy_open(const struct config *config, struct err *err);
/* Starts the workers. */
int proxy_start(struct proxy *proxy, struct mailbox *control, const struct proxy_mail_types *types,
                struct err *err);

/* Asks every worker for a report that answers `tick`. */
void proxy_collect(struct proxy *proxy, uint64_t tick);
unsigned proxy_workers(const struct proxy *proxy);

/* Ends a connection by TCP reset; a proxy_killed mail follows. */
void proxy_kill(struct proxy *proxy, uint64_t id, uint64_t token);

/* Refuses (403 with the time left) an IP from now on for `seconds`, and resets its connections.
 * False: it is on the allow list. */
bool proxy_block(struct proxy *proxy, const struct addr *addr, double seconds);
bool proxy_unblock(struct proxy *proxy, const struct addr *addr);

/* Whether new work may go to this backend, and its resolved addresses (copied). Up wakes waiting
 * handshakes. */
void proxy_backend_set(struct proxy *proxy, unsigned backend, bool up, const struct addr *addrs,
                       unsigned count);

/* Stops accepting, finishes requests, gives tunnels `seconds`; one `drained` mail per worker
 * follows. */
void proxy_drain(struct proxy *proxy, double seconds);

/* Ends and joins the workers at once and frees everything. NULL is harmless. */
void proxy_free(struct proxy *proxy);

#endif
