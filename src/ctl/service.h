/*
 * What a service manager offers (systemd; others speak the same two protocols): sockets it opened
 * for us (LISTEN_FDS), and an ear for how we are (NOTIFY_SOCKET). Without one every function does
 * nothing. Control thread only.
 */
#ifndef CTL_SERVICE_H
#define CTL_SERVICE_H

#include "base/err.h"

struct service_socket {
    int fd;
    char *name; /* LISTEN_FDNAMES; "unknown" where it says nothing */
};

struct service_sockets {
    struct service_socket *list;
    unsigned count;
};

/* Takes note of the sockets passed to this process and clears the environment of them. To be called
 * before a fork: they are for the process whose id the manager wrote down, and the descriptors stay
 * with its child. 0, or -1 with err. The descriptors are the caller's. */
int service_sockets(struct service_sockets *sockets, struct err *err);
/* Frees the list, not the descriptors. */
void service_sockets_free(struct service_sockets *sockets);

/* Tells the manager: the start or a reload is through, with one line of what is going on; a reload
 * begins; the end begins. */
void service_ready(const char *status);
void service_reloading(void);
void service_stopping(void);

#endif
