/*
 * A sink: rotation without a line lost or doubled, files that refuse, lines that were torn, a full
 * queue, and lines that come too late. The log's tests show the rest, since the log is one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sink.h"

#define ROOM 4096

static char folder[] = "/tmp/base_sink_test.XXXXXX";
static char path[64], rotated[64];

static void words(struct str *out, enum sink_trouble what, uint64_t number, const char *name)
{
    (void)name;
    if (what == SINK_DROPPED)
        str_addf(out, "dropped %llu\n", (unsigned long long)number);
}

static struct sink *start(const char *name)
{
    const struct sink_options options = {
        .path = name, .what = "test file", .room = ROOM, .words = words};
    struct err err = {""};
    struct sink *sink = sink_start(&options, &err);
    if (!sink)
        fail_msg("%s", err.text);
    return sink;
}

static enum sink_state put(struct sink *sink, const char *text)
{
    return sink_put(sink, slice_of(text));
}

/* Waits until so many lines were lost or so many attempts failed. */
static struct sink_counts wait_for(struct sink *sink, uint64_t dropped, uint64_t errors)
{
    for (;;) {
        struct sink_counts counts = sink_count(sink);
        if (counts.dropped >= dropped && counts.errors >= errors)
            return counts;
        usleep(1000);
    }
}

static void wait_for_size(const char *name, off_t size)
{
    struct stat status;
    while (stat(name, &status) < 0 || status.st_size < size)
        usleep(1000);
}

static void take_file(const char *name, struct str *out)
{
    char chunk[4096];
    size_t n;
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        str_add(out, chunk, n);
    fclose(file);
    unlink(name);
}

static void test_rotation(void **state)
{
    (void)state;
    struct str got;
    char line[32];
    struct stat status;
    struct sink *sink = start(path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0137, 0);
    for (int i = 0; i < 3000; i++) {
        snprintf(line, sizeof line, "line %d\n", i);
        put(sink, line);
        /* Within a piece of the queue, and so that it never overflows. */
        if (i % 200 == 0) {
            char name[80];
            snprintf(name, sizeof name, "%s%04d", rotated, i);
            assert_int_equal(rename(path, name), 0);
            sink_reopen(sink);
            while (access(path, F_OK) != 0)
                usleep(1000);
        }
    }
    assert_true(sink_stop(sink));
    assert_int_equal(sink_count(sink).dropped, 0);
    assert_int_equal(put(sink, "too late\n"), SINK_ENDED);
    sink_free(sink);
    str_growing(&got);
    for (int i = 0; i < 3000; i += 200) {
        char name[80];
        snprintf(name, sizeof name, "%s%04d", rotated, i);
        take_file(name, &got);
    }
    take_file(path, &got);
    int next = 0;
    for (char *at = strtok(got.ptr, "\n"); at; at = strtok(NULL, "\n")) {
        snprintf(line, sizeof line, "line %d", next++);
        assert_string_equal(at, line);
    }
    assert_int_equal(next, 3000);
    str_free(&got);
}

static void test_full_disk(void **state)
{
    (void)state;
    struct sink *sink = start("/dev/full");
    put(sink, "one\ntwo\n");
    struct sink_counts counts = wait_for(sink, 2, 1);
    assert_int_equal(counts.dropped, 2);
    assert_int_equal(counts.errors, 1);
    assert_int_equal(counts.error, ENOSPC);
    assert_int_equal(put(sink, "three\n"), SINK_RUNS);
    assert_int_equal(wait_for(sink, 3, 2).errors, 2);
    assert_true(sink_stop(sink));
    sink_free(sink);
}

/* A file that may not grow takes a part of a line; when it may again, that is a line by itself. */
static void test_torn_line(void **state)
{
    (void)state;
    struct str got;
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 10;
    struct sink *sink = start(path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    put(sink, "first\nsecond\nthird\n");
    struct sink_counts counts = wait_for(sink, 2, 1);
    assert_int_equal(counts.error, EFBIG);
    put(sink, "lost\n");
    wait_for(sink, 3, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    put(sink, "fourth\n");
    assert_true(sink_stop(sink));
    assert_int_equal(sink_count(sink).error, 0);
    sink_free(sink);
    str_growing(&got);
    take_file(path, &got);
    assert_string_equal(got.ptr, "first\nseco\nfourth\n");
    str_free(&got);
}

/* The file that cannot be opened anew stays as it is. */
static void test_reopen_fails(void **state)
{
    (void)state;
    struct str got;
    struct sink *sink = start(path);
    assert_int_equal(rename(path, rotated), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    sink_reopen(sink);
    struct sink_counts counts = wait_for(sink, 0, 1);
    assert_int_equal(counts.error, EISDIR);
    put(sink, "after\n");
    wait_for_size(rotated, 6);
    put(sink, "too\n");
    wait_for_size(rotated, 10); /* what the first came to is entered by then */
    str_growing(&got);
    take_file(rotated, &got);
    assert_string_equal(got.ptr, "after\ntoo\n");
    assert_int_equal(sink_count(sink).error, EISDIR); /* that went into the wrong file */
    rmdir(path);
    sink_reopen(sink);
    put(sink, "new\n");
    assert_true(sink_stop(sink));
    assert_int_equal(sink_count(sink).error, 0);
    sink_free(sink);
    str_free(&got);
    str_growing(&got);
    take_file(path, &got);
    assert_string_equal(got.ptr, "new\n");
    str_free(&got);
}

/* Nobody reads the pipe behind it: what finds no room is counted at once, and told behind what
 * did. */
static void test_no_room(void **state)
{
    (void)state;
    struct str got;
    char chunk[4096], line[1001];
    uint64_t lost = 0;
    unsigned sent = 0;
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    struct sink *sink = start(path);
    memset(line, 'x', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    for (; lost < 20; sent++) {
        assert_int_equal(put(sink, line), SINK_RUNS);
        lost = sink_count(sink).dropped;
    }
    str_growing(&got);
    char expected[32];
    while (!got.ptr || !strstr(got.ptr, "dropped ")) {
        ssize_t n = read(reader, chunk, sizeof chunk);
        if (n > 0)
            str_add(&got, chunk, (size_t)n);
    }
    close(reader);
    assert_int_equal(got.len, (sent - lost) * strlen(line) + strlen("dropped 20\n"));
    snprintf(expected, sizeof expected, "dropped %d\n", (int)lost);
    assert_string_equal(strstr(got.ptr, "dropped"), expected);
    assert_true(sink_stop(sink));
    sink_free(sink);
    unlink(path);
    str_free(&got);
}

static void test_start_fails(void **state)
{
    (void)state;
    const struct sink_options options = {
        .path = "/nowhere/at/all", .what = "test file", .room = ROOM, .words = words};
    struct err err = {""};
    assert_null(sink_start(&options, &err));
    assert_string_equal(err.text,
                        "cannot open test file /nowhere/at/all: No such file or directory");
    sink_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotation),  cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_torn_line), cmocka_unit_test(test_reopen_fails),
        cmocka_unit_test(test_no_room),   cmocka_unit_test(test_start_fails),
    };
    alarm(60); /* a writer that hangs must not hang the run */
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/lines", folder);
    snprintf(rotated, sizeof rotated, "%s/rotated", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
