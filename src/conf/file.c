/*
 * Files: read whole, with a bound, since whatever the path names must not hold up or fill the
 * program.
 */
#include "conf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* Reads up to `room` bytes; the count, or -1 with errno. */
static ssize_t read_all(int fd, char *to, size_t room)
{
    size_t len = 0;
    while (len < room) {
        ssize_t n = read(fd, to + len, room - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

enum file_result file_read(const char *path, size_t max, struct file_text *text,
                           struct load_problems *problems)
{
    struct place place = {.source = path};
    struct stat status;
    size_t capacity = max + 1;
    *text = (struct file_text){0};

    /* O_NONBLOCK: opening a pipe nobody writes to must not wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FILE_MISSING;
    if (fd < 0 || fstat(fd, &status) != 0) {
        problems_error(problems, place, NULL, "cannot be opened: %s", strerror(errno));
        goto fail;
    }
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
        problems_error(problems, place, NULL, "%s, not a file",
                       S_ISDIR(status.st_mode) ? "is a directory" : "is a pipe or a device");
        goto fail;
    }
    text->ptr = malloc(capacity + 1);
    if (!text->ptr) {
        problems_error(problems, place, NULL, "out of memory");
        goto fail;
    }
    ssize_t len = read_all(fd, text->ptr, capacity);
    if (len < 0) {
        problems_error(problems, place, NULL, "cannot be read: %s", strerror(errno));
        goto fail;
    }
    text->len = (size_t)len;
    text->ptr[len] = '\0';
    if (text->len > max) {
        problems_error(problems, place, NULL, "is larger than %zu KiB", max / 1024);
        goto fail;
    }
    text->is_public = S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
    close(fd);
    return FILE_READ;

fail:
    file_free(text);
    if (fd >= 0)
        close(fd);
    return FILE_BAD;
}

void file_free(struct file_text *text)
{
    if (text->ptr)
        explicit_bzero(text->ptr, text->len);
    free(text->ptr);
    *text = (struct file_text){0};
}

/* Why a character has no place in a text file, or NULL. */
static const char *objection(uint32_t c, struct slice form)
{
    if (c == 0)
        return "holds a NUL byte: is this a text file?";
    if (c == 0xFFFD && !slice_equal(form, SLICE("\xEF\xBF\xBD")))
        return "is not valid UTF-8 here";
    bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    if (control && c != '\t' && c != '\n' && c != '\r' && c != 0x85)
        return "holds a control character here";
    return NULL;
}

bool file_is_text(const char *name, struct slice text, struct load_problems *problems)
{
    struct place place = {.source = name, .line = 1, .column = 1};
    size_t at = 0;
    size_t start = 0;
    uint32_t c;
    while (text_decode(text, &at, &c)) {
        const char *why = objection(c, (struct slice){.ptr = text.ptr + start, .len = at - start});
        if (why) {
            problems_error(problems, place, NULL, "%s", why);
            return false;
        }
        start = at;
        place.column++;
        if (c == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return true;
}
