/*
 * Wrong passwords on the web port: at most five a minute from one visitor, then its passwords are
 * not even looked at. A bounded table, the visitor whose last failure is oldest makes room. Control
 * thread only; no clock of its own.
 */
#ifndef WEB_THROTTLE_H
#define WEB_THROTTLE_H

#include "net/addr.h"

#define THROTTLE_FAILURES 5
#define THROTTLE_WINDOW 60.0 /* seconds */
#define THROTTLE_VISITORS 256

struct throttle_visitor {
    struct addr_key key; /* family 0: free */
    double failures[THROTTLE_FAILURES];
    unsigned next; /* where the next failure goes; its old content is the oldest one */
};

struct throttle {
    struct throttle_visitor visitors[THROTTLE_VISITORS];
};

/* Seconds (rounded up) until a password of this visitor is looked at again; 0: at once. */
unsigned throttle_wait(const struct throttle *t, const struct addr *peer, double now);

/* Remembers one wrong password. */
void throttle_failed(struct throttle *t, const struct addr *peer, double now);

#endif
