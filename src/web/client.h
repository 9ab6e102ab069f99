/*
 * One connection of the web port: READ -> (WAIT ->) WRITE -> READ ..., WRITE -> LINGER -> DEAD,
 * READ
 * -> STREAM -> DEAD.
 * Control thread only.
 */
#ifndef WEB_CLIENT_H
#define WEB_CLIENT_H

#include <ev.h>

#include "base/str.h"
#include "net/addr.h"
#include "stats/command.h"
#include "stats/user.h"
#include "web/api.h"
#include "web/feed.h"
#include "web/inbox.h"
#include "web/port.h"

enum client_state {
    CLIENT_READ,   /* a request to come */
    CLIENT_WAIT,   /* control has been asked something */
    CLIENT_WRITE,  /* an answer to go */
    CLIENT_STREAM, /* events to come, one after each snapshot */
    CLIENT_LINGER, /* answered for good; what still comes is thrown away, so that no reset eats the
                      answer */
    CLIENT_DEAD
};

/* A command on its way. It belongs to the answer that will come, which may be later than the end of
 * the connection that asked. */
struct client_ask {
    struct client *client; /* NULL: gone meanwhile */
};

struct client {
    struct web *web;
    struct client *next, *prev;
    int fd;
    struct addr peer, local;
    enum client_state state;
    struct ev_io io;
    struct ev_timer timer;
    bool readable;       /* the loop said so; one recv */
    bool again;          /* READ: the next request may be here already; it waits for its turn */
    struct inbox *inbox; /* NULL while nothing has come */
    struct api_call call;
    struct login *login; /* of the browser that asked, or NULL; the guard's */
    struct str out;      /* the answer, or the piece of it that is under way */
    size_t sent;
    bool close;        /* behind this answer */
    bool chunked;      /* pieces of `feed` go out as chunks */
    struct feed *feed; /* NULL: the answer is all in `out` */
    struct port_held *held;
    struct stream_view *view;      /* STREAM: what it looks at */
    bool behind;                   /* it has missed an event, or had none yet */
    struct command command;        /* what control was asked for, */
    struct user_name user;         /* about this bot, */
    struct client_ask *ask;        /* until it answers, */
    struct command_result outcome; /* and what it said */
    double wait_until;             /* WAIT: give up then */
};

/* Takes over `fd`; closes it when memory is out. */
void client_open(struct web *web, int fd, const struct addr *peer);
void client_end(struct client *client);

/* The only writer of `state`; restarts its timer. */
void client_to(struct client *client, enum client_state state);

/* Has the client looked at again from the loop: its answer came. */
void client_wake(struct client *client);

#endif
