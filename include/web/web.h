/*
 * The web port: a small HTTP responder on the control loop and the JSON API of design section 7.
 * Control thread only.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "conf/config.h"
#include "stats/command.h"
#include "stats/snapshot.h"

struct ev_loop;
struct web;

/* Accepts nothing yet. Keeps references. NULL when out of memory. */
struct web *web_open(struct ev_loop *loop, const struct config *config, struct snap_hub *hub,
                     struct command_desk *desk);
/* The socket to accept on from now on, -1: none; it stays the caller's. Who waits in the queue of
 * the one before is accepted first, and that one may be closed then. */
void web_listen(struct web *web, int fd);
/* A reload: what is asked from now on follows this. */
void web_apply(struct web *web, const struct config *config);
/* A snapshot has been published. */
void web_published(struct web *web);
/* Closes every connection. Commands it sent may still be answered afterwards. NULL is harmless. */
void web_free(struct web *web);

#endif
