/* The only file that knows libsystemd. */
#include "service.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"

int service_sockets(struct service_sockets *sockets, struct err *err)
{
    char **names = NULL;
    int count = sd_listen_fds_with_names(1, &names);

    *sockets = (struct service_sockets){.list = NULL};
    if (count < 0) {
        err_set(err, "cannot take the sockets that LISTEN_FDS speaks of: %s", strerror(-count));
        return -1;
    }
    if (count > 0) {
        sockets->list = calloc((size_t)count, sizeof(*sockets->list));
        if (!sockets->list)
            goto memory;
    }
    for (; sockets->count < (unsigned)count; sockets->count++) {
        struct service_socket *socket = &sockets->list[sockets->count];
        socket->fd = SD_LISTEN_FDS_START + (int)sockets->count;
        socket->name = names[sockets->count];
    }
    free(names);
    return 0;

memory:
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    err_set(err, "out of memory");
    return -1;
}

void service_sockets_free(struct service_sockets *sockets)
{
    for (unsigned i = 0; i < sockets->count; i++)
        free(sockets->list[i].name);
    free(sockets->list);
    *sockets = (struct service_sockets){.list = NULL};
}

/* A manager that cannot be told will notice by itself, if it cares; nothing here depends on it. */
static void look(int told)
{
    if (told < 0)
        log_warn("cannot tell the service manager: %s", strerror(-told));
}

void service_ready(const char *status)
{
    look(sd_notifyf(0, "READY=1\nSTATUS=%s", status));
}

void service_reloading(void)
{
    look(sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reloading.",
                    (uint64_t)(clock_mono() * 1e6)));
}

void service_stopping(void)
{
    look(
        sd_notify(0, "STOPPING=1\nSTATUS=No new connections; ending when the open ones are done."));
}
