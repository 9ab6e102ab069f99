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
#include "conf/fleet.h"
#include "net/mailbox.h"
#include "stats/command.h"
#include "stats/report.h"
#include "stats/snapshot.h"
#include "stats/user.h"

struct proxy;

/* Mail the proxy posts to control's mailbox (types given at start). */
struct proxy_mail_types {
    int report;    /* struct report */
    int killed;    /* struct proxy_killed */
    int suspect;   /* struct proxy_suspect */
    int listening; /* struct mail: a worker has taken over the last proxy_listen */
    int applied;   /* struct proxy_applied */
    int drained;   /* struct mail: a worker has no connections left */
};

struct proxy_killed {
    struct mail mail;
    uint64_t token;
    unsigned ended; /* connections; with KILL_CLOSE some may take a moment still */
};

struct proxy_applied {
    struct mail mail;
    uint64_t number; /* of the proxy_apply */
};

/* A worker met something odd with this backend just now: a failed connect (its own fault, not
 * ours), an answer that broke off, a tunnel it ended. */
struct proxy_suspect {
    struct mail mail;
    unsigned slot;
    int error; /* errno of a connect, or 0 */
};

/* Nothing is accepted yet. Keeps references. NULL when out of memory. */
struct proxy *proxy_open(const struct config *config, const struct fleet *fleet);
/* The sockets to accept on from now on, copied; they stay the caller's, who may close those that
 * went once a `listening` mail of every worker has come (without memory for the news none comes,
 * and the old sockets stay in use). What waits in their queues is accepted
 * first. At most PROXY_LISTENERS_MAX. */
#define PROXY_LISTENERS_MAX 64
void proxy_listen(struct proxy *proxy, const int *fds, unsigned count);
/* A reload: each worker follows these once its `applied` mail with the number returned has come. 0:
 * without memory not every worker could be told; those keep what they have until the same is
 * applied once more. */
uint64_t proxy_apply(struct proxy *proxy, const struct config *config, const struct fleet *fleet);
/* Starts the workers. */
int proxy_start(struct proxy *proxy, struct mailbox *control, const struct proxy_mail_types *types,
                struct err *err);

/* Asks every worker for a report that answers `tick`; 0: whether a track began, and nothing else.
 */
void proxy_collect(struct proxy *proxy, uint64_t tick);
unsigned proxy_workers(const struct proxy *proxy);

/* Whom to end: the connections with these ids, all of these IPs, and all of this bot, if any.
 * Borrowed for the call. */
struct proxy_kill {
    const uint64_t *ids;
    size_t id_count;
    const struct addr_key *keys;
    size_t key_count;
    const struct user_name *user;
    enum kill_mode mode;
    enum close_reason reason; /* KILLED, or with KILL_RESET also BLOCKED */
};
/* One proxy_killed mail with the token follows. -1 when out of memory: then none does. */
int proxy_kill(struct proxy *proxy, const struct proxy_kill *kill, uint64_t token);

/* Refuses (403 with the time left) an IP from now on for `seconds`; what it has open stays. */
enum proxy_block {
    PROXY_BLOCKED,
    PROXY_BLOCK_ALLOWED /* on the allow list */,
    PROXY_BLOCK_NO_ROOM
};
enum proxy_block proxy_block(struct proxy *proxy, const struct addr *addr, double seconds);
bool proxy_unblock(struct proxy *proxy, const struct addr *addr);
/* The same for handshakes of a bot. Never PROXY_BLOCK_ALLOWED. */
enum proxy_block proxy_block_user(struct proxy *proxy, const struct user_name *user,
                                  double seconds);
bool proxy_unblock_user(struct proxy *proxy, const struct user_name *user);
/* The blocks in force, those that last longest first, at most SNAP_BLOCKS_MAX in `out`; returns how
 * many there are. Cheap while there is none. The names of bots stay until the next block or
 * unblock. */
unsigned proxy_blocks(struct proxy *proxy, struct snap_block out[SNAP_BLOCKS_MAX], int64_t wall_ms);

/* What health knows of a backend. Up wakes waiting handshakes. */
struct proxy_backend_news {
    bool up, slow;
    const struct addr *addrs; /* resolved, copied; none: those known before stay */
    unsigned addr_count;
    const struct node_stats *stats; /* of the node itself; NULL: not asked */
};
void proxy_backend_set(struct proxy *proxy, unsigned slot, const struct proxy_backend_news *news);
/* No new sessions go there; those that live there go on. */
void proxy_backend_drain(struct proxy *proxy, unsigned slot, bool drain);
/* Sessions without a socket that may still resume, by slot. */
void proxy_waiting(struct proxy *proxy, uint32_t waiting[FLEET_MAX]);

/* Stops accepting (the sockets stay the caller's), finishes requests, gives tunnels `seconds`; one
 * `drained` mail per worker follows. */
void proxy_drain(struct proxy *proxy, double seconds);

/* Ends and joins the workers at once and frees everything. NULL is harmless. */
void proxy_free(struct proxy *proxy);

#endif
