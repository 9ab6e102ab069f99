/*
 * The web port: a small HTTP responder on the control loop and the JSON API of design section 7.
 * Control thread only.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/err.h"
#include "conf/config.h"
#include "stats/command.h"
#include "stats/snapshot.h"

struct ev_loop;
struct web;

/* Opens the port of `config` (web off: returns a web that does nothing). Keeps references. NULL
 * with err. */
struct web *web_open(struct ev_loop *loop, const struct config *config, struct snap_hub *hub,
                     struct command_desk *desk, struct err *err);
/* Closes the port and every connection. Commands it sent may still be answered afterwards. NULL is
 * harmless. */
void web_free(struct web *web);

#endif
