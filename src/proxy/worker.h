/*
 * One worker: a thread with a loop, the connections it accepted, and everything they share without
 * locks. Only `worker_post` may be called from outside.
 */
#ifndef PROXY_WORKER_H
#define PROXY_WORKER_H

#include <ev.h>
#include <pthread.h>

#include "block.h"
#include "http/head.h"
#include "lavalink/op.h"
#include "net/addr.h"
#include "net/mailbox.h"
#include "notebook.h"
#include "shared.h"
#include "stats/report.h"

#define WORKER_SCRATCH 65536
#define WORKER_OUT (HEAD_BYTES_MAX + 4096)
#define WORKER_ADDRS_MAX 8
#define RETRY_AFTER_SECONDS 5 /* what we tell clients to wait */

struct conn;
struct link;
struct reading;

#define WORKER_LISTENERS_MAX 64
/* Suspicions of one backend are told at most this often, so that the end of ten thousand tunnels is
 * one. */
#define SUSPECT_SECONDS 0.1

/* A worker's own copy of what it needs to know of a backend. */
struct worker_backend {
    struct addr addrs[WORKER_ADDRS_MAX];
    unsigned addr_count;
    struct link *idle; /* kept-alive connections, most recently used first */
    unsigned idle_count;
    unsigned generation;          /* counts the backends and addresses this slot has had */
    double suspected;             /* worker->now when control was last told */
    struct report_backend counts; /* since the last report */
};

struct worker {
    struct shared *shared;
    const struct config *config;
    const struct fleet *fleet;
    uint32_t turns; /* counts REST requests that any backend may serve */
    unsigned index;
    pthread_t thread;
    struct ev_loop *loop;
    struct mailbox *mailbox;
    struct ev_check turn;     /* first of each turn: reads the clock */
    struct ev_prepare reaper; /* last of each turn: ended connections become reusable */
    double now; /* clock_mono() at the start of this turn: a clock nobody can set back */
    struct ev_timer accept_pause;
    struct ev_timer drain_timer;
    struct ev_timer pool_timer;
    struct ev_io listeners[WORKER_LISTENERS_MAX];
    unsigned listener_count;
    bool running; /* the thread exists */
    bool accepting;
    bool draining;
    bool stopping;
    struct worker_backend backends[FLEET_MAX]; /* by slot */

    struct conn *conns; /* all living ones, a list */
    unsigned conn_count;
    struct conn *waiting; /* WebSocket handshakes held for a backend */
    struct conn *dead_conns, *free_conns;
    unsigned free_conn_count;
    struct link *free_links;
    unsigned free_link_count;
    struct block_pool blocks;
    struct reading *free_readings;
    unsigned free_reading_count;

    /* Report under construction: what cannot be read off a living connection. */
    struct report_counts counts;
    bool track_began; /* since the last collection */
    struct report_closed *closed;
    unsigned closed_count;
    struct report_event events[64];
    unsigned event_count;
    struct notebook notes;

    struct op_reader reader; /* of a message that comes whole */
    struct head head;        /* of the message being handled */
    char scratch[WORKER_SCRATCH];
    char out[WORKER_OUT];
};

enum worker_mail {
    WORKER_COLLECT,
    WORKER_KILL,
    WORKER_BACKEND,
    WORKER_APPLY,
    WORKER_LISTEN,
    WORKER_DRAIN,
    WORKER_STOP,
};

struct worker_collect {
    struct mail mail;
    uint64_t tick; /* 0: only whether there is news */
    double posted; /* clock_mono */
};

struct kill_job;
struct worker_kill {
    struct mail mail;
    struct kill_job *job;
    uint64_t below; /* what is left to look at: connections with smaller ids */
};
struct worker_backend_news {
    struct mail mail;
    unsigned slot;
    unsigned addr_count;
    struct addr addrs[WORKER_ADDRS_MAX];
};
/* A reload; the mail has a reference on each. */
struct worker_apply {
    struct mail mail;
    uint64_t number;
    const struct config *config;
    const struct fleet *fleet;
};
struct worker_listen {
    struct mail mail;
    unsigned count;
    int fds[WORKER_LISTENERS_MAX];
};
struct worker_drain {
    struct mail mail;
    double seconds;
};

/* Makes a worker that is not running yet, with references of its own; NULL when out of memory. */
struct worker *worker_new(struct shared *shared, const struct config *config,
                          const struct fleet *fleet, unsigned index);
int worker_start(struct worker *worker);
/* Asks it to end and joins it, if it ran; frees it. NULL is harmless. */
void worker_free(struct worker *worker);
/* Takes the mail. Any thread. */
void worker_post(struct worker *worker, struct mail *mail);

/* --- for the worker's own files
 * ---------------------------------------------------------------------------------- */

/* Stops accepting for a moment: no descriptors or memory left. */
void worker_pause_accept(struct worker *worker);
/* Something about this backend is not as it should be: control looks into it. `error`: errno of a
 * connect, or 0. */
void worker_suspect(struct worker *worker, unsigned slot, int error);
/* Tells control that no connection is left while draining. */
void worker_check_drained(struct worker *worker);

/* Takes a dead connection's memory for the next one. */
void worker_recycle(struct worker *worker, struct conn *c);
/* Frees all recycled memory. The thread has ended. */
void worker_forget(struct worker *worker);

/* Counts an event for the next report; many of one kind and client become one. */
void worker_event(struct worker *worker, enum report_event_kind kind, const struct addr *client,
                  unsigned backend, unsigned status, const char *text, size_t len);
/* Books an ended connection for the next report. */
void worker_closed(struct worker *worker, const struct report_closed *closed);
/* Builds and posts the report that answers `tick`. */
void worker_report(struct worker *worker, uint64_t tick, double lag);
/* Posts that a track began since that report, if one did. */
void worker_tell_news(struct worker *worker);

#endif
