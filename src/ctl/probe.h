/*
 * One check of one backend: a connect to its addresses in turn, then GET /version with its
 * password, then GET /vN/stats on the same connection. A small state machine on the control loop;
 * one check at a time per probe. Never sends anything that belongs to a client.
 */
#ifndef CTL_PROBE_H
#define CTL_PROBE_H

#include <ev.h>

#include "conf/config.h"
#include "net/addr.h"
#include "net/resolver.h"
#include "probe_verdict.h"

struct probe_plan {
    const struct config_backend *backend; /* stays until the check has ended */
    const struct addr *addrs;             /* copied */
    unsigned addr_count;                  /* 1..RESOLVER_ADDRS_MAX */
    enum config_check check;
    double timeout; /* seconds, of the whole check */
    double slow;    /* seconds */
};

struct probe_result {
    enum backend_state
        state; /* UNKNOWN: it could not be checked, and `reason` is a fault of ours */
    const char *reason;
    double response_ms;      /* < 0: it did not answer as it should */
    unsigned addr;           /* the one that was tried last, or answered */
    struct node_stats stats; /* as far as the node said */
};
typedef void probe_done(void *ctx, const struct probe_result *result);

struct probe {
    struct ev_loop *loop;
    probe_done *done;
    void *ctx;
    bool running;
    /* The check. */
    struct probe_plan plan;
    struct addr addrs[RESOLVER_ADDRS_MAX];
    double deadline; /* clock_mono */
    struct probe_verdict verdict;
    double response_ms;
    struct node_stats stats;
    struct probe_answer *answer;
    /* The try of one address. */
    unsigned at;
    enum probe_step step;
    int fd;
    double began; /* clock_mono */
    struct ev_io io;
    struct ev_timer timer;
};

/* `done` is called once per check that was started and not stopped, maybe before probe_start
 * returns. */
void probe_init(struct probe *probe, struct ev_loop *loop, probe_done *done, void *ctx);

/* Starts a check; none is running. */
void probe_start(struct probe *probe, const struct probe_plan *plan);

/* Ends a check without a word; harmless when none is running. */
void probe_stop(struct probe *probe);

#endif
