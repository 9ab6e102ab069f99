/*
 * A listening stream socket with a name in the file system, for programs on this host whose user or
 * group may write to it (mode 0660). What a process that died left behind is replaced; a socket
 * that somebody answers on is not. One owner; sockets count as those of sock.h, which accepts,
 * sends, receives and closes what comes of it.
 */
#ifndef NET_LOCAL_H
#define NET_LOCAL_H

#include <sys/types.h>

#include "base/err.h"

#define LOCAL_PATH_MAX 107 /* bytes; what the kernel takes */

struct local {
    int fd;
    dev_t device; /* of the file, to know it again */
    ino_t inode;
    char path[LOCAL_PATH_MAX + 1];
};

/* -1 with err; `local` needs no closing then. */
int local_listen(struct local *local, const char *path, struct err *err);

/* Closes it and removes the file, unless it is another one by now. */
void local_close(struct local *local);

#endif
