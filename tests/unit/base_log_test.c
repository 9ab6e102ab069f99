/*
 * The log: what a line looks like, rotation, many threads, and sinks that do not take anything.
 * Standard error is replaced by a pipe where a test needs it, and put back at the end of that test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TIME_LEN 24 /* "2026-11-21T12:41:07.123Z" */

static char folder[] = "/tmp/base_log_test.XXXXXX";

static char *path_of(const char *name)
{
    static char paths[4][64];
    static unsigned turn;
    char *path = paths[turn++ % COUNT(paths)];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void read_all(int fd, struct str *out)
{
    char chunk[4096];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        str_add(out, chunk, (size_t)n);
}

/* The content of a file, which is then deleted. */
static void take_file(const char *path, struct str *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    str_growing(out);
    read_all(fd, out);
    close(fd);
    unlink(path);
}

/* Standard error becomes a pipe; what it was is in saved. */
struct capture {
    int saved;
    int reader;
};

static struct capture capture_start(void)
{
    struct capture c;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fflush(stderr);
    c.saved = dup(STDERR_FILENO);
    c.reader = ends[0];
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
    return c;
}

static void capture_end(struct capture *c)
{
    dup2(c->saved, STDERR_FILENO);
    close(c->saved);
}

/* Fills the pipe behind standard error to the last byte; returns the bytes it took. */
static size_t fill_pipe(void)
{
    size_t filled = 0;
    char x[4096];
    memset(x, 'x', sizeof x);
    int flags = fcntl(STDERR_FILENO, F_GETFL);
    fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
    for (size_t size = sizeof x; size; size /= 2) {
        ssize_t n;
        while ((n = write(STDERR_FILENO, x, size)) > 0)
            filled += (size_t)n;
    }
    fcntl(STDERR_FILENO, F_SETFL, flags);
    return filled;
}

static void start(const char *path, enum log_level level, enum log_format format)
{
    struct err err = {""};
    if (log_start(path, level, format, false, &err) < 0)
        fail_msg("%s", err.text);
}

static void test_text_lines(void **state)
{
    (void)state;
    static const struct {
        enum log_level level;
        const char *text, *out; /* NULL: not logged */
    } rows[] = {
        {LOG_INFO, "listening port=2333", " INFO  listening port=2333\n"},
        {LOG_DEBUG, "detail", NULL},
        {LOG_WARN, "a\nb\tc\rd", " WARN  a\\nb\\tc\\x0dd\n"},
        {LOG_ERROR, "\x1B[31m\x7F", " ERROR \\x1b[31m\\x7f\n"},
        {LOG_INFO, "back\\slash", " INFO  back\\\\slash\n"},
        {LOG_INFO, "\xE6\x97\xA5\xC3\xA4", " INFO  \xE6\x97\xA5\xC3\xA4\n"},
        {LOG_INFO, "\xE2\x80\xAE\xC2\x9B", " INFO  \\u{202e}\\u{9b}\n"},
        {LOG_INFO, "\xFF\xE2\x82.", " INFO  \\xff\\xe2\\x82.\n"},
        {LOG_INFO, "\xEF\xBF\xBD", " INFO  \xEF\xBF\xBD\n"},
        {LOG_INFO, "", " INFO  \n"},
    };
    struct str got;
    start(path_of("text"), LOG_INFO, LOG_TEXT);
    for (size_t i = 0; i < COUNT(rows); i++)
        log_line(rows[i].level, "%s", rows[i].text);
    log_stop();
    take_file(path_of("text"), &got);
    const char *at = got.ptr;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!rows[i].out)
            continue;
        assert_true(strlen(at) > TIME_LEN && at[10] == 'T' && at[TIME_LEN - 1] == 'Z');
        at += TIME_LEN;
        if (strncmp(at, rows[i].out, strlen(rows[i].out)) != 0)
            fail_msg("row %zu: %.60s", i, at);
        at += strlen(rows[i].out);
    }
    assert_string_equal(at, "");
    str_free(&got);
}

static void test_json_lines(void **state)
{
    (void)state;
    struct str got;
    start(path_of("json"), LOG_DEBUG, LOG_JSON);
    log_debug("a\"b\n<%d>", 5);
    log_error("x");
    log_stop();
    take_file(path_of("json"), &got);
    const char *second = strchr(got.ptr, '\n') + 1;
    assert_memory_equal(got.ptr, "{\"time\":\"2", 10);
    assert_memory_equal(got.ptr + 9 + TIME_LEN,
                        "\",\"level\":\"debug\",\"message\":\"a\\\"b\\n\\u003c5\\u003e\"}\n",
                        (size_t)(second - got.ptr) - 9 - TIME_LEN);
    assert_string_equal(second + 9 + TIME_LEN, "\",\"level\":\"error\",\"message\":\"x\"}\n");
    str_free(&got);
}

static void test_level_cut_and_errno(void **state)
{
    (void)state;
    struct str got;
    char longer[3000];
    memset(longer, '\x01', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    start(path_of("cut"), LOG_ERROR, LOG_TEXT);
    log_warn("not yet");
    log_set_level(LOG_DEBUG);
    errno = EXDEV;
    log_debug("%s", longer);
    assert_int_equal(errno, EXDEV);
    log_set_level(LOG_INFO);
    log_debug("no more");
    log_stop();
    take_file(path_of("cut"), &got);
    assert_null(strstr(got.ptr, "not yet"));
    assert_null(strstr(got.ptr, "no more"));
    assert_in_range(got.len, 4 * 400, 4 * 512);
    assert_string_equal(got.ptr + got.len - 8, "\\x01...\n");
    str_free(&got);
}

static void test_reopen(void **state)
{
    (void)state;
    struct str old;
    struct str new;
    start(path_of("rotated"), LOG_INFO, LOG_TEXT);
    log_info("first");
    log_stop();
    start(path_of("rotated"), LOG_INFO, LOG_TEXT); /* appends */
    assert_int_equal(rename(path_of("rotated"), path_of("rotated.1")), 0);
    log_reopen();
    log_info("second");
    log_stop();
    take_file(path_of("rotated.1"), &old);
    take_file(path_of("rotated"), &new);
    assert_non_null(strstr(old.ptr, "first"));
    assert_null(strstr(old.ptr, "second"));
    assert_non_null(strstr(new.ptr, "second"));
    str_free(&old);
    str_free(&new);
}

/* A reopening that fails keeps the file there is, and says so in it. */
static void test_reopen_fails(void **state)
{
    (void)state;
    struct str got;
    start(path_of("kept"), LOG_INFO, LOG_TEXT);
    assert_int_equal(rename(path_of("kept"), path_of("kept.1")), 0);
    assert_int_equal(mkdir(path_of("kept"), 0700), 0);
    log_reopen();
    log_info("after");
    log_stop();
    rmdir(path_of("kept"));
    take_file(path_of("kept.1"), &got);
    assert_non_null(strstr(got.ptr, "WARN  log reopen failed"));
    assert_non_null(strstr(got.ptr, "INFO  after\n"));
    str_free(&got);
}

static void test_start_fails(void **state)
{
    (void)state;
    struct err err = {""};
    char *fifo = path_of("fifo");
    char longer[5000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(log_start("/nowhere/at/all", LOG_INFO, LOG_TEXT, false, &err), -1);
    assert_non_null(strstr(err.text, "/nowhere/at/all: No such file"));
    assert_int_equal(log_start(longer, LOG_INFO, LOG_TEXT, false, &err), -1);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(log_start(fifo, LOG_INFO, LOG_TEXT, false, &err), -1);
    unlink(fifo);
    log_stop();
}

static void test_direct_and_quiet(void **state)
{
    (void)state;
    struct str got;
    struct capture c = capture_start();
    log_set_level(LOG_INFO);
    log_info("direct");
    int writer = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    errno = EXDEV;
    log_info("the write fails");
    assert_int_equal(errno, EXDEV);
    dup2(writer, STDERR_FILENO);
    close(writer);
    log_start("", LOG_INFO, LOG_TEXT, true, NULL);
    log_error("unheard");
    log_stop();
    log_error("unheard");
    log_start("", LOG_INFO, LOG_TEXT, false, NULL);
    log_info("queued");
    log_stop();
    log_stop();
    log_info("direct again");
    capture_end(&c);
    str_growing(&got);
    read_all(c.reader, &got);
    close(c.reader);
    assert_non_null(strstr(got.ptr, "INFO  direct\n"));
    assert_null(strstr(got.ptr, "unheard"));
    assert_non_null(strstr(got.ptr, "INFO  queued\n"));
    assert_non_null(strstr(got.ptr, "INFO  direct again\n"));
    str_free(&got);
}

#define THREADS 4
#define LINES_EACH 200

static void *say_much(void *which)
{
    for (int i = 0; i < LINES_EACH; i++)
        log_info("thread=%d line=%d end", *(int *)which, i);
    return NULL;
}

/* Every line of every thread, whole and in the order of its thread. */
static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int names[THREADS];
    struct str got;
    start(path_of("threads"), LOG_INFO, LOG_TEXT);
    for (int i = 0; i < THREADS; i++) {
        names[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, say_much, &names[i]), 0);
    }
    log_set_level(LOG_INFO);
    log_reopen();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    log_stop();
    take_file(path_of("threads"), &got);
    int next[THREADS] = {0};
    int lines = 0;
    for (char *line = strtok(got.ptr, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        char expected[64];
        const char *name = strstr(line, "thread=");
        assert_non_null(name);
        int which = name[7] - '0';
        assert_in_range(which, 0, THREADS - 1);
        snprintf(expected, sizeof expected, " INFO  thread=%d line=%d end", which, next[which]++);
        assert_string_equal(line + TIME_LEN, expected);
    }
    assert_int_equal(lines, THREADS * LINES_EACH);
    str_free(&got);
}

/* Nobody reads the pipe: callers never wait, the end waits a second, and nothing follows. */
static void stuck_pipe(bool nonblocking)
{
    struct capture c = capture_start();
    fill_pipe();
    if (nonblocking)
        fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
    log_start("", LOG_INFO, LOG_TEXT, false, NULL);
    double began = clock_mono();
    for (int i = 0; i < 3000; i++)
        log_info("line %d", i);
    double queued = clock_mono();
    log_stop();
    double stopped = clock_mono();
    log_stop();
    log_error("goes nowhere");
    double ended = clock_mono();
    capture_end(&c);
    close(c.reader);
    assert_true(queued - began < 0.5);
    assert_true(stopped - queued > 0.5 && stopped - queued < 1.8); /* 1 s and a busy machine */
    assert_true(ended - stopped < 0.3);
}

static void test_stuck_pipe(void **state)
{
    (void)state;
    stuck_pipe(false);
    stuck_pipe(true);
}

/* Reads until the lines there are and the count of those lost make up what was said. */
static void read_until_told(int reader, size_t filled, int said, struct str *got)
{
    static const char told[] = "WARN  log queue was full dropped=";
    char chunk[4096];
    int known = 0;
    while (known != said) {
        ssize_t n = read(reader, chunk, sizeof chunk);
        assert_true(n > 0);
        str_add(got, chunk, (size_t)n);
        known = 0;
        for (const char *c = got->ptr; got->len > filled && *c; c++)
            known += *c == '\n';
        const char *count = strstr(got->ptr, told);
        if (count && strchr(count, '\n'))
            known += (int)strtol(count + sizeof told - 1, NULL, 10) - 1;
    }
}

#define QUEUE_BYTES (256 * 1024)
#define SHORTEST (TIME_LEN + sizeof(" INFO  line=0"))
#define LONGEST (TIME_LEN + sizeof(" INFO  line=30000"))

/* What did not fit into the queue is counted, and the count is told once, when the sink takes
 * again. */
static void test_dropped(void **state)
{
    (void)state;
    const int said = 30000;
    struct str got;
    struct capture c = capture_start();
    size_t filled = fill_pipe();
    start("", LOG_INFO, LOG_TEXT);
    for (int i = 0; i < said; i++)
        log_info("line=%d", i);
    str_growing(&got);
    read_until_told(c.reader, filled, said, &got);
    log_stop();
    capture_end(&c);
    read_all(c.reader, &got);
    close(c.reader);
    int lines = 0;
    int counts = 0;
    for (char *line = strtok(got.ptr + filled, "\n"); line; line = strtok(NULL, "\n")) {
        char expected[32];
        if (strstr(line, "dropped=")) {
            counts++;
            continue;
        }
        snprintf(expected, sizeof expected, " INFO  line=%d", lines++);
        assert_string_equal(line + TIME_LEN, expected);
    }
    assert_int_equal(counts, 1);
    /* The queue, and what the writer had in hand. */
    assert_in_range(lines, QUEUE_BYTES / LONGEST, 2 * QUEUE_BYTES / SHORTEST);
    str_free(&got);
}

/* The reader is gone: neither a signal nor a spinning writer. */
static void test_broken_pipe(void **state)
{
    (void)state;
    struct capture c = capture_start();
    close(c.reader);
    log_start("", LOG_INFO, LOG_TEXT, false, NULL);
    double began = clock_mono();
    log_info("into the void");
    log_stop();
    capture_end(&c);
    assert_true(clock_mono() - began < 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_lines),          cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_level_cut_and_errno), cmocka_unit_test(test_reopen),
        cmocka_unit_test(test_reopen_fails),        cmocka_unit_test(test_start_fails),
        cmocka_unit_test(test_direct_and_quiet),    cmocka_unit_test(test_threads),
        cmocka_unit_test(test_stuck_pipe),          cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_broken_pipe),
    };
    alarm(60); /* a writer that hangs must not hang the run */
    if (!mkdtemp(folder))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
