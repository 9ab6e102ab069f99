/*
 * The health of the backends: each is checked at start, every health.interval, again and again
 * while it is down, and at once when a worker suspects it. Names are resolved at start, after a
 * failure, and every minute. Counts by slot (conf/fleet.h). Control thread only.
 */
#ifndef CTL_HEALTH_H
#define CTL_HEALTH_H

#include "conf/config.h"
#include "conf/fleet.h"
#include "net/mailbox.h"
#include "net/resolver.h"
#include "stats/snapshot.h"

struct ev_loop;
struct health;

/* What a check found; told after each of them, also when nothing has changed. */
struct health_news {
    unsigned slot;
    enum backend_state state; /* never UNKNOWN or DRAINING */
    double response_ms;       /* < 0: it did not answer as it should */
    const char *reason;       /* plain words, "" when online */
    const struct addr *addrs;
    unsigned addr_count;     /* the one that answered is the first */
    struct node_stats stats; /* of GET /vN/stats; not known when it did not say */
};
typedef void health_handler(void *ctx, const struct health_news *news);

/* `resolved` is the type of the resolver's answers in `box`; they are to be handed to
 * health_resolved. NULL when out of memory. */
struct health *health_new(struct ev_loop *loop, const struct config *config,
                          const struct fleet *fleet, struct mailbox *box, int resolved,
                          health_handler *handler, void *ctx);
void health_free(struct health *health);

/* Checks all backends now and from now on. */
void health_start(struct health *health);

/* After a reload: what is new in the fleet is checked at once, what is gone is not checked any
 * more, and the others go on as they are with the new settings. There may be news before this
 * returns, so whoever takes them in has to know the new fleet. */
void health_apply(struct health *health, const struct config *config, const struct fleet *fleet);

/* A worker could not connect, or a tunnel broke on the backend's side: checks at once. Many of
 * these make one check, and when they go on, one each 0.2 s to 0.8 s. A slot that is not in use is
 * harmless: the news of a worker may be older than a reload. */
void health_suspect(struct health *health, unsigned slot);

/* Takes in an answer of the resolver (which stays the caller's). */
void health_resolved(struct health *health, const struct resolver_answer *answer);

/* A person asks for a check of one backend, or of all (REPORT_NO_BACKEND). `done` is called once
 * they are through, maybe before this returns. False: one was asked for less than two seconds ago,
 * or is still running, or the slot is not in use. */
typedef void health_done(void *ctx);
bool health_check(struct health *health, unsigned slot, health_done *done, void *ctx);

#endif
