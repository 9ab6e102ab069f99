/*
 * What the workers share: configuration, listeners, gate, and the flag of each backend. Made by
 * proxy_open, immutable afterwards but for the atomics.
 */
#ifndef PROXY_SHARED_H
#define PROXY_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "conf/config.h"
#include "gate.h"
#include "net/mailbox.h"
#include "proxy/proxy.h"
#include "stats/report.h"

struct shared {
    const struct config *config;
    struct gate *gate;
    struct mailbox *control;
    struct proxy_mail_types types;
    int *listeners;
    unsigned listener_count;
    atomic_uint_fast64_t next_id;        /* connection ids, for people: 1, 2, 3... */
    atomic_bool up[REPORT_BACKENDS_MAX]; /* whether new work may go there */
};

#endif
