/*
 * Connections to backends, and the pool of idle kept-alive ones. Worker thread only.
 */
#ifndef PROXY_LINK_H
#define PROXY_LINK_H

#include <ev.h>
#include <stdbool.h>

#include "block.h"
#include "net/addr.h"

struct conn;
struct worker;

/* One socket of a connection, client's or backend's. */
struct side {
    int fd;
    struct ev_io io;
    struct backlog out; /* accepted for this socket, not taken by it yet */
    bool eof;           /* it has sent its last byte */
    bool shut;          /* our last byte has gone to it */
    bool last;          /* CLOSE: nothing follows what is in `out` */
    bool paused;        /* its reader waits until the other side's backlog is low again */
};

struct link {
    struct side side;
    struct worker *worker;
    struct conn *conn;        /* NULL while idle */
    struct link *next, *prev; /* in the idle list, or the free list */
    struct block *in;         /* the start of an answer whose head is not complete */
    double idle_since;
    unsigned backend;    /* slot */
    unsigned generation; /* of that slot when it was dialled */
    bool reused;         /* has carried a request before this one */
    bool connecting;
};

/* Starts a connection to one address of a backend for `conn`. NULL with errno. */
struct link *link_dial(struct worker *worker, unsigned backend, const struct addr *to,
                       struct conn *conn);

/* Takes the most recently used idle connection of a backend that has been idle for at most
 * `max_idle` seconds, or NULL. */
struct link *link_take(struct worker *worker, unsigned backend, double max_idle, struct conn *conn);

/* Puts a clean connection back for reuse. */
void link_keep(struct link *link);

/* Closes; NULL is harmless. */
void link_close(struct link *link);

/* Closes those of one backend that have been idle for longer than `seconds`; 0: all. */
void link_expire_slot(struct worker *worker, unsigned slot, double seconds);
/* Closes those idle for too long, or all. */
void link_expire(struct worker *worker, bool all);

/* Changes what the loop watches on a side; no system call where nothing changes. */
void side_watch(struct worker *worker, struct side *side, int events);

#endif
