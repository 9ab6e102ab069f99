/*
 * Sessions: one per bot, alive with its WebSocket and, when it asked for resuming, for its timeout
 * after that. Events and stats queue while nobody listens. One thread.
 */
#ifndef DEMO_SESSION_H
#define DEMO_SESSION_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/slice.h"
#include "base/str.h"

struct node;
struct peer;

#define SESSION_ID_LEN 16

struct session {
    struct session *next;
    struct node *node;
    struct peer *peer; /* NULL: away, waits to be resumed */
    char id[SESSION_ID_LEN + 1];
    char user_id[32];
    char resume_key[128]; /* version 3; empty: off */
    bool resuming;
    bool greeted; /* ready was sent on this WebSocket */
    bool resumed;
    unsigned timeout; /* seconds */
    ev_timer hello;   /* ready, shortly after the 101 */
    ev_timer stats;
    ev_timer expiry;
    struct map *players; /* by guild id (uint64_t) */
    struct str queue;    /* whole frames */
};

/* The session to resume: away, with this id (version 4) or resume key (version 3). Its timer is
 * stopped. NULL: none such. */
struct session *session_resume(struct node *node, struct slice key);
/* A new one; NULL when memory is out. */
struct session *session_new(struct node *node, struct slice user_id);
void session_free(struct session *session);

/* The WebSocket stands: ready, what queued, player updates and stats follow on their own. */
void session_attach(struct session *session, struct peer *peer, bool resumed);
/* The WebSocket is gone: kept for resuming, or freed. */
void session_lost(struct session *session);

/* A live session, as REST finds it; NULL also while it is away. */
struct session *session_find(struct node *node, struct slice id);

/* Sends a text frame; queued while away. */
void session_event(struct session *session, struct slice text);
/* Sends a text frame; dropped while away. */
void session_update(struct session *session, struct slice text);

/* Applies a new setting; in version 3 `key` counts (empty: off), in version 4 `resuming`. */
void session_configure(struct session *session, bool resuming, const char *key, unsigned timeout);

/* Writes the stats object's members; `session` NULL: as REST has them, without frameStats. */
struct json;
void session_stats(struct json *j, struct node *node, const struct session *session);

#endif
