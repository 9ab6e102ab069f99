/*
 * O_EXCL also refuses a link in the last place, dangling or not; O_NOFOLLOW says so once more.
 */
#include "tui/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int export_path(struct str *out, struct slice path, struct err *err)
{
    const char *home = getenv("HOME");
    if (!slice_starts(path, SLICE("~/"))) {
        str_add_slice(out, path);
        return 0;
    }
    if (home == NULL || home[0] == '\0') {
        err_set(err, "HOME is not set, so ~ means nothing");
        return -1;
    }
    str_add_text(out, home);
    str_add(out, path.ptr + 1, path.len - 1);
    return 0;
}

static const char *words_of(int error)
{
    return error == EEXIST    ? "there is such a file already, and nothing is overwritten"
           : error == ENOENT  ? "there is no such directory"
           : error == ENOTDIR ? "there is no such directory"
                              : strerror(error);
}

int export_save(const char *path, struct slice bytes, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = fd < 0 ? errno : 0;
    for (size_t at = 0; failed == 0 && at < bytes.len;) {
        ssize_t sent = write(fd, bytes.ptr + at, bytes.len - at);
        if (sent >= 0)
            at += (size_t)sent;
        else if (errno != EINTR)
            failed = errno;
    }
    if (fd >= 0 && close(fd) < 0 && failed == 0)
        failed = errno;
    /* Half a file is worse than none. */
    if (fd >= 0 && failed != 0)
        unlink(path);
    if (failed != 0)
        err_set(err, "not written: %s", words_of(failed));
    return failed == 0 ? 0 : -1;
}
