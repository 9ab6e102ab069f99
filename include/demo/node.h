/*
 * A scripted Lavalink node (v3.7 or v4) on an event loop of the caller's: REST, WebSocket, players
 * that "play" by the clock, resuming, and deliberate faults for tests. Everything here belongs to
 * the loop's thread, or to whoever runs before and after the loop.
 */
#ifndef DEMO_NODE_H
#define DEMO_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "net/addr.h"

struct ev_loop;
struct node;

/* How a node misbehaves, towards every request or one (identifier `fail:NAME`). */
enum node_fail {
    NODE_FAIL_NONE,
    NODE_FAIL_SILENT,     /* takes the request and never answers */
    NODE_FAIL_CLOSE,      /* closes instead of answering */
    NODE_FAIL_RESET,      /* resets instead of answering */
    NODE_FAIL_GARBAGE,    /* a status line that is none */
    NODE_FAIL_LENGTHS,    /* two different Content-Length */
    NODE_FAIL_SMUGGLE,    /* Content-Length and Transfer-Encoding */
    NODE_FAIL_CHUNK,      /* broken chunk framing behind a good head */
    NODE_FAIL_CUT,        /* closes in the middle of the body */
    NODE_FAIL_EXTRA,      /* bytes behind the answer */
    NODE_FAIL_UNASKED101, /* 101 to a request that did not ask for an upgrade */
    NODE_FAIL_INTERIM,    /* no fault: 100 and 103 before the answer */
    NODE_FAIL_BIGHEAD,    /* a head of more than 16 KB */
    NODE_FAIL_REFUSEWS,   /* 503 to every handshake, REST works */
    NODE_FAIL_COUNT
};

/* By its name in lower case; false when there is none such. */
bool node_fail_parse(struct slice name, enum node_fail *fail);

/* Seconds that something takes: evenly between the two. */
struct node_span {
    double least, most;
};

/* All zero: as fast as it can, and nothing goes wrong on its own. */
struct node_pace {
    struct node_span search; /* loadtracks, to its answer */
    struct node_span patch;  /* PATCH of a player, to its answer */
    struct node_span voice;  /* voice update, to connected */
    struct node_span start;  /* told to play, to TrackStartEvent */
    unsigned late_in;        /* one search in so many takes more than a second; 0: none */
    unsigned mishap_in;      /* one track in so many fails or gets stuck; 0: none */
};

struct node_options {
    unsigned version; /* 3 or 4 */
    struct addr listen;
    const char *password; /* copied */
    double stats_interval;
    double player_update;
    double idle; /* keep-alive connections without a request are closed after this; 0: never */
    uint64_t seed;
    enum node_fail fail;
    struct node_pace pace;
    bool needs_channel; /* 400 to a voice update without channelId, as Lavalink 4.2 answers */
};

/* Version 4 on 127.0.0.1, a port of the kernel's choosing, Lavalink's own intervals and password,
 * a random seed, no pace. */
void node_defaults(struct node_options *options);

/* Listens and answers once the loop runs. NULL with err. */
struct node *node_new(struct ev_loop *loop, const struct node_options *options, struct err *err);
unsigned short node_port(const struct node *node);
/* Version 4 says goodbye (1001) to its WebSockets, version 3 just goes. NULL is harmless. */
void node_free(struct node *node);

#endif
