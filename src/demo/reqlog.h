/*
 * The last requests a node saw, for tests: what reached the backend, and how. One thread.
 */
#ifndef DEMO_REQLOG_H
#define DEMO_REQLOG_H

#include <stdbool.h>

#include "base/json.h"
#include "rest.h"

struct reqlog;

/* NULL when memory is out. */
struct reqlog *reqlog_new(void);
void reqlog_free(struct reqlog *log);

/* Keeps the request as JSON; the oldest one is forgotten. Passwords are not kept. */
void reqlog_add(struct reqlog *log, const struct request *rq, bool allowed, bool websocket);
/* Writes an array of those with a number above `since`, oldest first. */
void reqlog_write(struct json *j, const char *key, const struct reqlog *log, uint64_t since);
void reqlog_clear(struct reqlog *log);

#endif
