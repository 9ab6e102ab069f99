/*
 * Ending connections by hand. One order goes to all workers, since neither an id nor an address
 * nor a User-Id says whose it is; each walks its connections once, and the last to look tells
 * control.
 */
#ifndef PROXY_KILL_H
#define PROXY_KILL_H

#include "proxy/proxy.h"

struct shared;
struct worker;
struct worker_kill;

/* Sends the order to these workers. -1: no memory, nothing was sent. Control thread. */
int kill_send(struct shared *shared, struct worker *const *workers, unsigned count,
              const struct proxy_kill *kill, uint64_t token);

/* Carries it out among this worker's connections. False: it met many, and is to be called again
 * after others had their turn. Worker thread. */
bool kill_take(struct worker *worker, struct worker_kill *mail);

#endif
