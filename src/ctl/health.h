/*
 * The health of the backends: a TCP connect to each at start, every health.interval, and at once
 * after a worker's connect failed. Names are resolved at start, after a failure, and every minute.
 * Control thread only.
 */
#ifndef CTL_HEALTH_H
#define CTL_HEALTH_H

#include "conf/config.h"
#include "net/mailbox.h"
#include "net/resolver.h"
#include "stats/snapshot.h"

struct ev_loop;
struct health;

/* What a check found. */
struct health_news {
    unsigned backend;
    enum backend_state state;
    double response_ms; /* < 0: not answered */
    const char *reason; /* plain words, "" when online */
    const struct addr *addrs;
    unsigned addr_count; /* the one that answered is the first */
};
typedef void health_handler(void *ctx, const struct health_news *news);

/* `resolved` is the type of the resolver's answers in `box`; they are to be handed to
 * health_resolved. NULL when out of memory. */
struct health *health_new(struct ev_loop *loop, const struct config *config, struct mailbox *box,
                          int resolved, health_handler *handler, void *ctx);
void health_free(struct health *health);

/* Checks all backends now and from now on. */
void health_start(struct health *health);

/* A worker could not connect: checks at once, unless that is under way. */
void health_failed(struct health *health, unsigned backend);

/* Takes in an answer of the resolver (which stays the caller's). */
void health_resolved(struct health *health, const struct resolver_answer *answer);

/* A person asks for a check of one backend, or of all (REPORT_NO_BACKEND). `done` is called once
 * they are through. False: one was asked for less than two seconds ago, or is still running. */
typedef void health_done(void *ctx);
bool health_check(struct health *health, unsigned backend, health_done *done, void *ctx);

#endif
