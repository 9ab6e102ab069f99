/*
 * Lines into a file through a thread. Two blocks of memory change hands: callers fill one, the
 * writer empties the other without holding the lock. The lock guards all that both sides touch; the
 * descriptor and what is under way are the writer's alone until it has ended.
 */
#include "base/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES (256 * 1024)
/* What sink_stop grants: to the queue, then to a writer that is asked to give up, several times
 * because the asking is lost on one that is just about to call write(2). */
#define STOP_MS 900
#define GIVE_UP_MS 10
#define GIVE_UP_TRIES 10
#define GIVE_UP_SIGNAL (SIGRTMIN + 3)
#define WORDS_BYTES 4096

struct sink {
    pthread_mutex_t lock;
    pthread_cond_t work; /* for the writer: lines, a reopening, the end */
    pthread_cond_t done; /* for sink_stop: the writer has finished */
    char *queue;         /* `room` bytes, of which `queued` wait */
    size_t queued;
    uint64_t untold; /* lines dropped that the file does not know of yet */
    struct sink_counts counts;
    bool reopen, stopping, finished, stuck;
    bool orphan; /* nobody waits for the writer: it releases everything */

    atomic_bool give_up; /* the writer is to drop everything and end */
    pthread_t writer;
    size_t room;
    sink_words *words;
    char *path; /* empty: standard error */
    /* The writer's. */
    char *batch; /* as `queue` */
    int fd;
    bool torn;    /* the file ends within a line */
    int unopened; /* why the path could not be opened anew: lines go into the file from before */
};

/* Writes as much as goes, waiting where the descriptor is full, and says how much that was; less
 * than all after an error or when it is to give up (may be NULL). */
static size_t write_until(int fd, struct slice text, const atomic_bool *give_up)
{
    size_t at = 0;
    while (at < text.len && !(give_up && atomic_load(give_up))) {
        ssize_t n = write(fd, text.ptr + at, text.len - at);
        if (n > 0) {
            at += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd full = {.fd = fd, .events = POLLOUT};
            poll(&full, 1, -1);
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    return at;
}

void sink_write(int fd, struct slice text)
{
    (void)write_until(fd, text, NULL);
}

static uint64_t count_lines(struct slice text)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

/* Lines that were not written whole count as dropped, but nothing tells of them: the file would not
 * take that either. */
static void write_lines(struct sink *sink, struct slice lines)
{
    size_t written = 0;
    errno = 0;
    if (sink->torn && write_until(sink->fd, SLICE("\n"), &sink->give_up) == 1)
        sink->torn = false;
    if (!sink->torn)
        written = write_until(sink->fd, lines, &sink->give_up);
    int error = errno;
    bool failed = written < lines.len;
    if (written > 0)
        sink->torn = lines.ptr[written - 1] != '\n';
    pthread_mutex_lock(&sink->lock);
    sink->counts.error = failed ? error : sink->unopened;
    sink->counts.errors += failed;
    sink->counts.dropped += count_lines((struct slice){lines.ptr + written, lines.len - written});
    pthread_mutex_unlock(&sink->lock);
}

static void tell(struct sink *sink, enum sink_trouble what, uint64_t number)
{
    char memory[WORDS_BYTES];
    struct str line;
    str_fixed(&line, memory, sizeof memory);
    sink->words(&line, what, number, sink->path);
    if (line.len > 0)
        write_lines(sink, str_slice(&line));
}

/* Not blocking: a FIFO without a reader is an error instead of a wait. */
static int file_open(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
}

static void file_reopen(struct sink *sink)
{
    int fd = file_open(sink->path);
    if (fd >= 0) {
        close(sink->fd);
        sink->fd = fd;
        sink->torn = false;
        sink->unopened = 0;
        return;
    }
    int error = errno;
    sink->unopened = error;
    tell(sink, SINK_REOPEN_FAILED, (uint64_t)error);
    pthread_mutex_lock(&sink->lock);
    sink->counts.error = error;
    sink->counts.errors++;
    pthread_mutex_unlock(&sink->lock);
}

/* What the writer has to do next, in this order. */
struct job {
    bool reopen;
    bool orphan;
    size_t len; /* of the batch */
    uint64_t dropped;
};

/* Waits for work; false when sink_stop wants the end and all is written. */
static bool job_take(struct sink *sink, struct job *job)
{
    pthread_mutex_lock(&sink->lock);
    while (sink->queued == 0 && !sink->reopen && !sink->stopping)
        pthread_cond_wait(&sink->work, &sink->lock);
    char *empty = sink->batch;
    *job = (struct job){sink->reopen, sink->orphan, sink->queued, sink->untold};
    sink->batch = sink->queue;
    sink->queue = empty;
    sink->queued = 0;
    sink->untold = 0;
    sink->reopen = false;
    bool more = (job->reopen || job->len > 0) && !atomic_load(&sink->give_up);
    if (!more) {
        sink->finished = true;
        pthread_cond_signal(&sink->done);
    }
    pthread_mutex_unlock(&sink->lock);
    return more;
}

static void release(struct sink *sink)
{
    if (sink->path && sink->path[0] && sink->fd >= 0)
        close(sink->fd);
    pthread_mutex_destroy(&sink->lock);
    pthread_cond_destroy(&sink->work);
    pthread_cond_destroy(&sink->done);
    free(sink->queue);
    free(sink->batch);
    free(sink->path);
    free(sink);
}

static void *writer_main(void *arg)
{
    struct sink *sink = arg;
    struct job job;
    while (job_take(sink, &job)) {
        if (job.reopen)
            file_reopen(sink);
        if (job.len > 0)
            write_lines(sink, (struct slice){sink->batch, job.len});
        if (job.dropped > 0)
            tell(sink, SINK_DROPPED, job.dropped);
    }
    if (job.orphan)
        release(sink);
    return NULL;
}

static void woken(int signal)
{
    (void)signal; /* having a handler is what makes write(2) return */
}

/* Starts the writer with every signal blocked but its own: they are for the loops, and SIGPIPE is
 * for nobody. */
static int writer_start(struct sink *sink)
{
    pthread_attr_t attr;
    sigset_t all;
    sigset_t before;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all);
    sigdelset(&all, GIVE_UP_SIGNAL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&sink->writer, &attr, writer_main, sink);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return failed ? -1 : 0;
}

static struct sink *sink_new(const struct sink_options *options)
{
    pthread_condattr_t clock;
    struct sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return NULL;
    pthread_mutex_init(&sink->lock, NULL);
    pthread_cond_init(&sink->work, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&sink->done, &clock);
    pthread_condattr_destroy(&clock);
    sink->room = options->room;
    sink->words = options->words;
    sink->queue = malloc(options->room);
    sink->batch = malloc(options->room);
    sink->path = strdup(options->path);
    sink->fd = STDERR_FILENO;
    if (sink->queue && sink->batch && sink->path)
        return sink;
    release(sink);
    return NULL;
}

struct sink *sink_start(const struct sink_options *options, struct err *err)
{
    struct sink *sink = sink_new(options);
    if (!sink) {
        err_set(err, "out of memory");
        return NULL;
    }
    if (sink->path[0])
        sink->fd = file_open(sink->path);
    if (sink->fd < 0) {
        int why = errno;
        char reason[128];
        err_set(err, "cannot open %s %s: %s", options->what, options->path,
                strerror_r(why, reason, sizeof reason));
    } else if (writer_start(sink) < 0) {
        err_set(err, "cannot start the thread of the %s", options->what);
    } else {
        return sink;
    }
    release(sink);
    return NULL;
}

enum sink_state sink_put(struct sink *sink, struct slice lines)
{
    pthread_mutex_lock(&sink->lock);
    enum sink_state state = sink->stuck ? SINK_STUCK : sink->finished ? SINK_ENDED : SINK_RUNS;
    if (state == SINK_RUNS && lines.len <= sink->room - sink->queued) {
        memcpy(sink->queue + sink->queued, lines.ptr, lines.len);
        sink->queued += lines.len;
        pthread_cond_signal(&sink->work);
    } else if (state == SINK_RUNS) {
        uint64_t lost = count_lines(lines);
        sink->untold += lost;
        sink->counts.dropped += lost;
    }
    pthread_mutex_unlock(&sink->lock);
    return state;
}

const char *sink_path(const struct sink *sink)
{
    return sink->path;
}

void sink_reopen(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    sink->reopen = sink->path[0] != '\0';
    pthread_cond_signal(&sink->work);
    pthread_mutex_unlock(&sink->lock);
}

struct sink_counts sink_count(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    struct sink_counts counts = sink->counts;
    pthread_mutex_unlock(&sink->lock);
    return counts;
}

/* With the lock held: whether the writer ended within so many milliseconds. */
static bool wait_finished(struct sink *sink, unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!sink->finished && pthread_cond_timedwait(&sink->done, &sink->lock, &until) != ETIMEDOUT)
        ;
    return sink->finished;
}

bool sink_stop(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    sink->stopping = true;
    pthread_cond_signal(&sink->work);
    bool ended = wait_finished(sink, STOP_MS);
    if (!ended) {
        /* Nothing may follow into a stuck file, least of all the caller. */
        struct sigaction wake = {.sa_handler = woken};
        sink->stuck = true;
        atomic_store(&sink->give_up, true);
        sigaction(GIVE_UP_SIGNAL, &wake, NULL);
        for (int i = 0; !ended && i < GIVE_UP_TRIES; i++) {
            pthread_kill(sink->writer, GIVE_UP_SIGNAL);
            ended = wait_finished(sink, GIVE_UP_MS);
        }
    }
    bool stuck = sink->stuck;
    pthread_mutex_unlock(&sink->lock);
    return !stuck;
}

void sink_leave(struct sink *sink)
{
    pthread_t writer = sink->writer;
    pthread_mutex_lock(&sink->lock);
    sink->orphan = sink->stopping = true;
    pthread_cond_signal(&sink->work);
    pthread_mutex_unlock(&sink->lock);
    pthread_detach(writer);
}

void sink_free(struct sink *sink)
{
    if (!sink)
        return;
    pthread_mutex_lock(&sink->lock);
    bool ended = sink->finished;
    pthread_mutex_unlock(&sink->lock);
    if (!ended) {
        /* A disk that hangs holds the thread whatever it is told; it goes with the process. */
        pthread_detach(sink->writer);
        return;
    }
    pthread_join(sink->writer, NULL);
    release(sink);
}
