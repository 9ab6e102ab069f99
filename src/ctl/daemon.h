/*
 * Leaving the terminal: the fork with its readiness pipe, and the file with the process id. Before
 * any thread or loop exists.
 */
#ifndef CTL_DAEMON_H
#define CTL_DAEMON_H

#include "base/err.h"

enum daemon_side { DAEMON_CHILD, DAEMON_PARENT, DAEMON_FAILED };

/* Forks. The child goes on in a session of its own, with the terminal still its standard streams,
 * so that it can say what is wrong; *ready is its end of the pipe. The parent waits until the child
 * is ready or gone, and gets the *status to exit with. */
enum daemon_side daemon_detach(int *ready, int *status, struct err *err);

/* The ports are open: lets go of the terminal and tells the parent. */
void daemon_ready(int ready);

/* Writes the process id into the file `path`, which is made or written anew; -1 with err. */
int daemon_write_pid(const char *path, struct err *err);

/* Removes that file, unless a successor has written its own id there by now. */
void daemon_remove_pid(const char *path);

#endif
