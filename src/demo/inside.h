/*
 * What the files of a node share: the node itself. One thread.
 */
#ifndef DEMO_INSIDE_H
#define DEMO_INSIDE_H

#include <ev.h>

#include "base/str.h"
#include "demo/node.h"
#include "http/head.h"

#define NODE_SCRATCH 65536
#define NODE_BULK_PAYLOAD 65536

struct peer;
struct session;
struct reqlog;

struct node {
    struct ev_loop *loop;
    struct node_options options;
    char password[128];
    double started; /* clock_mono */
    uint64_t random;

    int listener;
    ev_io accepting;
    ev_timer rest; /* the listener pauses when the host is out of descriptors */
    ev_prepare reaper;

    struct peer *peers;
    struct peer *dead; /* freed at the end of the loop's turn */
    struct session *sessions;
    struct reqlog *log;
    uint64_t accepted, requests;
    uint64_t strays; /* requests of sessions that are not here */
    unsigned open, websockets;

    /* Reused from call to call, so that answers cost no allocation. */
    struct str json;       /* body under construction */
    struct str wire;       /* whole answer, or frames of one read */
    struct str identifier; /* a decoded query parameter */
    struct head head;

    /* Whole answers to the last `bench:` request seen. */
    struct str bench_target, bench_answer;
    uint8_t *bulk; /* one binary frame of NODE_BULK_PAYLOAD pseudo-random bytes, header first */
    size_t bulk_size;
    char scratch[NODE_SCRATCH];
};

static inline double node_now(const struct node *node)
{
    return ev_now(node->loop);
}

/* "4.0.8" */
const char *node_semver(const struct node *node);

#endif
