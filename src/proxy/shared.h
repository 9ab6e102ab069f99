/*
 * What the workers share: the gate, where sessions live, and the gauges of each backend. Made by
 * proxy_open, immutable afterwards but for the atomics. Configuration and fleet are each worker's
 * own reference, so that a reload needs no lock.
 */
#ifndef PROXY_SHARED_H
#define PROXY_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "affinity.h"
#include "choice.h"
#include "gate.h"
#include "net/mailbox.h"
#include "proxy/proxy.h"

struct shared {
    struct gate *gate;
    struct affinity *affinity;
    struct mailbox *control;
    struct proxy_mail_types types;
    atomic_uint_fast64_t next_id;   /* connection ids, for people: 1, 2, 3... */
    uint64_t seed;                  /* of the hashes of tracks */
    struct gauge gauges[FLEET_MAX]; /* by slot */
};

#endif
