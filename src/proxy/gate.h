/*
 * Who may come in: connection limits, per-IP limits, wrong passwords, the block list, allow and
 * deny lists. Shared by all workers: sharded maps under mutexes, touched when a connection opens
 * and closes, never per byte. Per visitor means per IPv4 address or IPv6 /64. Times are
 * clock_mono() seconds. All functions: any thread.
 */
#ifndef PROXY_GATE_H
#define PROXY_GATE_H

#include <stdbool.h>

#include "conf/config.h"
#include "net/addr.h"
#include "proxy/proxy.h"
#include "stats/snapshot.h"
#include "stats/user.h"

struct gate;

enum gate_verdict {
    GATE_OPEN,
    GATE_FULL,    /* limits.connections: 503 */
    GATE_IP_FULL, /* limits.connections_per_ip: 429 */
    GATE_BLOCKED, /* blocked for a time: 403, with the time left */
    GATE_DENIED,  /* limits.deny: 403 */
};

/* NULL when out of memory. The limits and lists that count are those of the `config` each call is
 * given, so a reload changes them without a word to the gate. */
struct gate *gate_new(void);
void gate_free(struct gate *gate);

/* What gate_leave has to know of a connection: zeroed, it is not counted. */
struct gate_ticket {
    bool counted;
    bool per_ip; /* also among those of its visitor; not so where memory for one more was out */
};

/* A connection opens. GATE_OPEN: it is counted and gate_leave must follow. *left: seconds a block
 * still lasts. */
enum gate_verdict gate_enter(struct gate *gate, const struct config *config,
                             const struct addr *client, double now, struct gate_ticket *ticket,
                             double *left);
/* A connection ends; one that was not counted does not matter. */
void gate_leave(struct gate *gate, const struct addr *client, const struct gate_ticket *ticket);

/* Changes whenever the block list grows; a connection that has seen this value needs no
 * gate_blocked. */
unsigned gate_epoch(const struct gate *gate);
/* Whether the visitor is blocked now, and for how long still. */
bool gate_blocked(struct gate *gate, const struct config *config, const struct addr *client,
                  double now, double *left);

/* A wrong or missing password. Returns true when this one made the block begin. */
bool gate_auth_failed(struct gate *gate, const struct config *config, const struct addr *client,
                      double now);

/* Blocks for `seconds`, by hand. Who is on the allow list is never blocked. */
enum proxy_block gate_block(struct gate *gate, const struct config *config,
                            const struct addr *client, double now, double seconds);
/* False: it was not blocked. */
bool gate_unblock(struct gate *gate, const struct addr *client);

/* Bots blocked by User-Id, for everybody who uses it: limits.allow knows addresses, and a bot that
 * was blocked by hand is meant wherever it comes from. A handshake alone asks for it, which costs
 * nothing while no bot is blocked; requests carry no User-Id. */
bool gate_user_blocked(struct gate *gate, struct slice user_id, double now, double *left);
/* Control thread; see proxy_block_user. */
enum proxy_block gate_block_user(struct gate *gate, const struct user_name *user, double now,
                                 double seconds);
bool gate_unblock_user(struct gate *gate, const struct user_name *user);

/* See proxy_blocks; `wall_ms` is `now` by the wall clock. Looks at one shard after the other, so a
 * block that begins meanwhile may be missing. */
unsigned gate_blocks(struct gate *gate, double now, int64_t wall_ms,
                     struct snap_block out[SNAP_BLOCKS_MAX]);

#endif
