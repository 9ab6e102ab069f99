/*
 * Names of sockets in the file system: taking over what a dead process left, the mode, and removing
 * only what is our own.
 */
#include "net/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/sock.h"

#define BACKLOG 64
#define MODE 0660

static struct sockaddr_un name_of(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path));
    return name;
}

/* Whether nobody can answer on the socket any more. errno says why not. */
static bool is_stale(const struct sockaddr_un *name)
{
    int fd = sock_local();
    if (fd < 0)
        return false;
    /* Not blocking: of a process that lives but does not accept the queue may be full. */
    bool answered = connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0;
    int error = answered || errno == EAGAIN ? EADDRINUSE : errno;
    sock_close(fd);
    errno = error;
    return error == ECONNREFUSED;
}

/* Makes room for the name; -1 with errno. */
static int clear_name(const struct sockaddr_un *name)
{
    struct stat status;
    if (lstat(name->sun_path, &status) < 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(status.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    if (is_stale(name))
        return unlink(name->sun_path);
    return -1;
}

/* -1 with errno. The mode is set before the name is there, so that it is never wider, and once more
 * because the umask narrows it. */
static int bind_name(struct local *local, const struct sockaddr_un *name)
{
    struct stat status;
    (void)fchmod(local->fd, MODE);
    if (bind(local->fd, (const struct sockaddr *)name, sizeof(*name)) < 0)
        return -1;
    if (chmod(local->path, MODE) == 0 && lstat(local->path, &status) == 0 &&
        listen(local->fd, BACKLOG) == 0) {
        local->device = status.st_dev;
        local->inode = status.st_ino;
        return 0;
    }
    int saved = errno;
    (void)unlink(local->path);
    errno = saved;
    return -1;
}

static const char *why_not(int error)
{
    if (error == EADDRINUSE)
        return "another process answers there";
    return error == EEXIST ? "there is a file of that name that is no socket" : strerror(error);
}

int local_listen(struct local *local, const char *path, struct err *err)
{
    if (strlen(path) > LOCAL_PATH_MAX) {
        err_set(err, "cannot listen on a path of more than %d bytes", LOCAL_PATH_MAX);
        return -1;
    }
    struct sockaddr_un name = name_of(path);
    snprintf(local->path, sizeof(local->path), "%s", path);
    local->fd = sock_local();
    if (local->fd >= 0 && clear_name(&name) == 0 && bind_name(local, &name) == 0)
        return 0;
    err_set(err, "cannot listen on %s: %s", path, why_not(errno));
    sock_close(local->fd);
    return -1;
}

void local_close(struct local *local)
{
    struct stat status;
    sock_close(local->fd);
    if (lstat(local->path, &status) == 0 && status.st_dev == local->device &&
        status.st_ino == local->inode)
        (void)unlink(local->path);
}
