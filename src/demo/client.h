/*
 * A client's TCP connection for the bots: dials from a source address, keeps what the socket does
 * not take, gathers what comes. Its sockets are not counted with the proxy's own. One thread.
 */
#ifndef DEMO_CLIENT_H
#define DEMO_CLIENT_H

#include <ev.h>
#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"
#include "net/addr.h"

struct client {
    struct ev_loop *loop;
    int fd; /* -1: closed */
    bool connecting;
    ev_io io;
    struct str in; /* read; the owner cuts off what it used with client_used */
    struct str out;
    void *ctx;
    /* More is in `in`. May close the client. */
    void (*on_input)(void *ctx);
    /* The other side, or an error, closed it. Not called for client_close. */
    void (*on_closed)(void *ctx);
};

void client_init(struct client *client, struct ev_loop *loop, void *ctx,
                 void (*on_input)(void *ctx), void (*on_closed)(void *ctx));
/* Starts to connect; `source` (no port) is bound first unless its family is 0. -1 with errno. */
int client_dial(struct client *client, const struct addr *to, const struct addr *source);
bool client_is_open(const struct client *client);
void client_send(struct client *client, struct slice bytes);
void client_used(struct client *client, size_t bytes);
void client_close(struct client *client);
/* Closes and frees the buffers. */
void client_free(struct client *client);

#endif
