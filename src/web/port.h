/*
 * The web port as its own files see it: listener, connections, and what they share. Control thread
 * only.
 */
#ifndef WEB_PORT_H
#define WEB_PORT_H

#include <ev.h>

#include "web/guard.h"
#include "web/metrics.h"
#include "web/web.h"

#define PORT_CLIENTS_MAX 256
#define PORT_SNAPS_MAX 8     /* snapshots held by answers under way */
#define PORT_CHECK_EVERY 2.0 /* seconds between checks that visitors asked for */

struct client;
struct stream_view;

/* A check on its way. It belongs to the answer, which may come when the port is closed. */
struct port_check {
    struct web *web; /* NULL: closed meanwhile */
};

/* A snapshot that one or more long answers are written from. */
struct port_held {
    const struct snap *snap; /* NULL: free */
    unsigned users;
};

struct web {
    struct ev_loop *loop;
    const struct config *config;
    struct snap_hub *hub;
    struct command_desk *desk;
    int listener; /* -1: web off */
    struct ev_io accept;
    struct ev_timer pause; /* runs while the host is out of descriptors */
    struct ev_timer turn;  /* runs while views wait for their drawing */
    struct client *clients;
    struct stream_view *views;
    unsigned client_count;
    struct guard guard;
    struct port_held held[PORT_SNAPS_MAX];
    struct port_check *check; /* the check under way, or NULL */
    double check_at;          /* clock_mono when the last one began */
    struct metrics_process process;
};

/* The newest snapshot, kept for a long answer until port_release. NULL when there is none yet, or
 * when so many answers are under way on older ones that memory would not stay bounded. */
struct port_held *port_hold(struct web *web);
void port_release(struct port_held *held);

#endif
