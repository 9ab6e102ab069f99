/*
 * Detaching, so that `lavaproxy --daemon && next` is right: the parent's exit status is the start's
 * outcome. The working directory stays, because configuration, log and pid file may be given
 * relative to it and the log is opened again later.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for_child(int pipe_end, pid_t child)
{
    char byte;
    ssize_t got;
    int status = 0;

    do {
        got = read(pipe_end, &byte, 1);
    } while (got < 0 && errno == EINTR);
    if (got == 1)
        return 0;
    /* The child said itself why it ends, unless it was killed. */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        fprintf(stderr, "lavaproxy: ended by signal %d before it was ready\n", WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1;
}

enum daemon_side daemon_detach(int *ready, int *status, struct err *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0) {
        err_set(err, "cannot make a pipe: %s", strerror(errno));
        return DAEMON_FAILED;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        err_set(err, "cannot fork: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return DAEMON_FAILED;
    }
    if (child > 0) {
        close(ends[1]);
        *status = wait_for_child(ends[0], child);
        close(ends[0]);
        return DAEMON_PARENT;
    }
    close(ends[0]);
    /* Cannot fail: a fresh child leads no process group. */
    (void)setsid();
    *ready = ends[1];
    return DAEMON_CHILD;
}

void daemon_ready(int ready)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        for (int fd = 0; fd <= 2; fd++)
            (void)dup2(null, fd);
        if (null > 2)
            close(null);
    }
    /* Without a reader any more there is nobody to tell; SIGPIPE is ignored by now. */
    ssize_t told = write(ready, "R", 1);
    (void)told;
    close(ready);
}

int daemon_write_pid(const char *path, struct err *err)
{
    char text[32];
    struct stat status;
    /* O_NONBLOCK: a pipe nobody reads must not hold up the start. */
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
    if (fd < 0) {
        err_set(err, "cannot write the pid file %s: %s", path, strerror(errno));
        return -1;
    }
    /* What is removed in the end must be a file: root would remove devices too. */
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || ftruncate(fd, 0) < 0) {
        err_set(err, "cannot write the pid file %s: it is no ordinary file", path);
        close(fd);
        return -1;
    }
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    ssize_t written = write(fd, text, (size_t)len);
    int failed = written != len ? errno : 0;
    if (close(fd) < 0 && failed == 0)
        failed = errno;
    if (written == len && failed == 0)
        return 0;
    err_set(err, "cannot write the pid file %s: %s", path, strerror(failed));
    (void)unlink(path);
    return -1;
}

void daemon_remove_pid(const char *path)
{
    char text[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (got > 0 && strtol(text, NULL, 10) == (long)getpid())
        (void)unlink(path);
}
