/*
 * The ports in service: which sockets proxy and web accept on, at the start and when a reload moves
 * them. Nobody who began to connect is lost: new ports open before anything else happens; then old
 * ones are hidden from new clients, accepted on a little longer, since handshakes may be under way,
 * and closed once no worker looks at them. Control thread only.
 */
#ifndef CTL_PORTS_H
#define CTL_PORTS_H

#include "listen.h"

struct ev_loop;
struct ports;
struct proxy;
struct web;

/* Opens the ports of `config`, or takes over those that were passed. NULL with err. */
struct ports *ports_open(struct ev_loop *loop, const struct config *config,
                         const struct service_sockets *passed, struct err *err);
/* Closes everything. To be called after proxy and web have ended. NULL is harmless. */
void ports_free(struct ports *ports);

/* What is listened on now. */
const struct listeners *ports_now(const struct ports *ports);

/* Hands the sockets to these two (who get none before); before proxy_start. */
void ports_serve(struct ports *ports, struct proxy *proxy, struct web *web);

/* Goes over to the ports of `config`. -1 with err: nothing has changed. */
int ports_change(struct ports *ports, const struct config *config, struct err *err);

/* The proxy's `listening` mail has come from a worker. */
void ports_listening(struct ports *ports);

/* A drain begins; see listeners_refuse. */
void ports_refuse(struct ports *ports);

#endif
