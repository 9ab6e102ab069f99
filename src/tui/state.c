/*
 * The file on disk. A new one is written beside the old one and takes its place in one step.
 */
#include "tui/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/file.h"
#include "tui/saved.h"

#define FILE_MAX_SIZE (64 * 1024)
#define PATH_SIZE 4096

char *state_path(char *out, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int len = -1;
    if (state != NULL && state[0] == '/')
        len = snprintf(out, size, "%s/lavaproxy/screen.yaml", state);
    else if (home != NULL && home[0] == '/')
        len = snprintf(out, size, "%s/.local/state/lavaproxy/screen.yaml", home);
    return len < 0 || (size_t)len >= size ? NULL : out;
}

void state_load(struct app *app, double now)
{
    char path[PATH_SIZE];
    struct file_text text;
    struct load_problems problems = {0};
    app->state_broken = false;
    if (state_path(path, sizeof(path)) == NULL)
        return;
    if (file_read(path, FILE_MAX_SIZE, &text, &problems) == FILE_READ)
        saved_read(app, "screen.yaml", (struct slice){text.ptr, text.len}, now, &problems);
    file_free(&text);
    if (problems.errors > 0) {
        char notice[VIEW_LINE];
        snprintf(notice, sizeof(notice), "saved settings: %s%s",
                 problems.count > 0 ? problems.list[0].text : "out of memory",
                 problems.errors > 1 ? ", and more" : "");
        app_notice(app, EVENT_WARN, notice, now);
        app->state_broken = true;
    }
    load_problems_free(&problems);
}

/* Makes the directories of a path that are not there. */
static int make_directories(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        int made = mkdir(path, 0700);
        int error = errno;
        *at = '/';
        if (made < 0 && error != EEXIST)
            return -1;
    }
    return 0;
}

static int write_all(int fd, struct slice text)
{
    while (text.len > 0) {
        ssize_t wrote = write(fd, text.ptr, text.len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return -1;
        text = (struct slice){text.ptr + wrote, text.len - (size_t)wrote};
    }
    return fsync(fd);
}

/* The rename itself outlives a power cut only once the directory is written too. */
static void sync_directory(const char *path)
{
    char directory[PATH_SIZE];
    snprintf(directory, sizeof(directory), "%s", path);
    *strrchr(directory, '/') = '\0';
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* -1 with errno. */
static int replace(char *path, struct slice text, bool keep_old)
{
    char fresh[PATH_SIZE + 8], aside[PATH_SIZE + 8];
    snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path);
    snprintf(aside, sizeof(aside), "%s.bad", path);
    if (make_directories(path) < 0)
        return -1;
    int fd = mkostemp(fresh, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        return -1;
    int failed = write_all(fd, text);
    int error = errno;
    close(fd);
    if (failed == 0 && keep_old && rename(path, aside) < 0 && errno != ENOENT) {
        failed = -1;
        error = errno;
    }
    if (failed == 0 && rename(fresh, path) < 0) {
        failed = -1;
        error = errno;
    }
    if (failed != 0) {
        unlink(fresh);
        errno = error;
        return -1;
    }
    sync_directory(path);
    return 0;
}

void state_save(struct app *app, double now)
{
    char path[PATH_SIZE], notice[PATH_SIZE + 200];
    struct str text;
    str_growing(&text);
    saved_write(app, &text);
    if (text.cut)
        snprintf(notice, sizeof(notice), "not saved: out of memory");
    else if (state_path(path, sizeof(path)) == NULL)
        snprintf(notice, sizeof(notice), "not saved: neither XDG_STATE_HOME nor HOME is set");
    else if (replace(path, str_slice(&text), app->state_broken) < 0)
        snprintf(notice, sizeof(notice), "not saved: %s: %s", strerror(errno), path);
    else {
        snprintf(notice, sizeof(notice), "saved in %s", path);
        app->state_broken = false;
        app_notice(app, EVENT_INFO, notice, now);
        str_free(&text);
        return;
    }
    app_notice(app, EVENT_ERROR, notice, now);
    str_free(&text);
}
