/*
 * Bots that are refused for a time, by User-Id: a bounded list, all of it by hand. Part of the gate
 * and shared by all workers: one mutex, touched only by handshakes while anybody is blocked.
 */
#ifndef PROXY_USERS_H
#define PROXY_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "proxy/proxy.h"
#include "stats/snapshot.h"
#include "stats/user.h"

/* Nobody blocks this many bots by hand; a program that does is told that there is no room. */
#define USERS_BLOCKED_MAX 1024

struct users;

struct users *users_new(void); /* NULL: out of memory */
void users_free(struct users *users);

/* Whether this value of the header is blocked now, and for how long still. Any thread. */
bool users_blocked(struct users *users, struct slice user_id, double now, double *left);

/* The rest: control thread. Blocks anew, or for another time than before. */
enum proxy_block users_block(struct users *users, const struct user_name *user, double now,
                             double seconds);
/* False: it was not blocked. */
bool users_unblock(struct users *users, const struct user_name *user);
/* Calls `add` for every block in force and forgets those that are over. The text each has stays
 * until the next call of these three. */
typedef void users_add(void *ctx, const char *user, double left);
void users_walk(struct users *users, double now, users_add *add, void *ctx);

#endif
