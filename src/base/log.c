/*
 * The log: a bounded queue in front of one writer thread. All of this file's state is the one
 * `logger` below, because a process has one log; its mutex guards everything but the atomics.
 * The writer copies a line out, lets the mutex go, and only then formats and writes: no caller ever
 * waits for the sink.
 */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "base/text.h"

#define QUEUE_LINES 1024
#define LINE_BYTES 512
#define PATH_BYTES 4096
#define WRITTEN_BYTES (LINE_BYTES * 6 + 128) /* every byte may become \u00XX */
#define STACK_BYTES (256 * 1024)
/* What log_stop grants: to the queue, then to a writer that is asked to give up, several times
 * because the asking is lost on one that is just about to call write(2). */
#define STOP_MS 900
#define GIVE_UP_MS 10
#define GIVE_UP_TRIES 10
#define GIVE_UP_SIGNAL (SIGRTMIN + 3)

struct line {
    int64_t wall_ms;
    enum log_level level;
    char text[LINE_BYTES - 16];
};

enum phase { PHASE_DIRECT, PHASE_RUNNING, PHASE_QUIET };

static struct {
    atomic_int level;
    atomic_bool give_up; /* the writer is to drop everything and end */
    pthread_mutex_t lock;
    pthread_cond_t work; /* valid while running. For the writer: a line, a reopening, the end */
    pthread_cond_t done; /* for log_stop: the writer has finished */
    enum phase phase;
    pthread_t writer;
    bool stopping;
    bool finished;
    bool reopen;
    uint64_t dropped;
    size_t head; /* oldest line */
    size_t count;
    struct line queue[QUEUE_LINES];
    /* Written by log_start only; then the writer's until it has ended. */
    enum log_format format;
    int fd;
    char path[PATH_BYTES]; /* empty: standard error */
} logger = {.level = LOG_INFO, .lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO};

/* Writes what a terminal could take for a command, or a reader for another line, as an escape. */
static void add_escaped(struct str *out, struct slice text)
{
    size_t at = 0;
    for (;;) {
        size_t start = at;
        uint32_t c;
        if (!text_decode(text, &at, &c))
            return;
        struct slice form = {text.ptr + start, at - start};
        bool malformed = c == 0xFFFD && !slice_equal(form, SLICE("\xEF\xBF\xBD"));
        if (c == '\n')
            str_add_text(out, "\\n");
        else if (c == '\t')
            str_add_text(out, "\\t");
        else if (c == '\\')
            str_add_text(out, "\\\\");
        else if (malformed)
            for (size_t i = 0; i < form.len; i++)
                str_addf(out, "\\x%02x", (unsigned char)form.ptr[i]);
        else if (text_width(c) < 0)
            str_addf(out, c < 0x80 ? "\\x%02" PRIx32 : "\\u{%" PRIx32 "}", c);
        else
            str_add_slice(out, form);
    }
}

static void format_line(struct str *out, const struct line *line, enum log_format format)
{
    static const char *const shouted[] = {"DEBUG", "INFO", "WARN", "ERROR"};
    static const char *const named[] = {"debug", "info", "warn", "error"};
    char time[CLOCK_ISO_MAX];
    clock_iso(time, line->wall_ms);
    if (format == LOG_JSON) {
        struct json j;
        json_begin(&j, out);
        json_object(&j, NULL);
        json_text(&j, "time", time);
        json_text(&j, "level", named[line->level]);
        json_text(&j, "message", line->text);
        json_object_end(&j);
    } else {
        str_addf(out, "%s %-5s ", time, shouted[line->level]);
        add_escaped(out, slice_of(line->text));
    }
    str_add_char(out, '\n');
    assert(!out->cut);
}

/* Writes all of it, waiting where the sink is full. What a broken sink refuses is lost. */
static void write_all(int fd, struct slice text)
{
    while (text.len && !atomic_load(&logger.give_up)) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n > 0) {
            text.ptr += n;
            text.len -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd full = {.fd = fd, .events = POLLOUT};
            poll(&full, 1, -1);
        } else if (n == 0 || errno != EINTR) {
            return;
        }
    }
}

static void write_line(int fd, const struct line *line, enum log_format format)
{
    char memory[WRITTEN_BYTES];
    struct str out;
    str_fixed(&out, memory, sizeof memory);
    format_line(&out, line, format);
    write_all(fd, str_slice(&out));
}

__attribute__((format(printf, 3, 0))) static void line_set(struct line *line, enum log_level level,
                                                           const char *format, va_list args)
{
    line->wall_ms = clock_wall_ms();
    line->level = level;
    int n = vsnprintf(line->text, sizeof line->text, format, args);
    if (n < 0)
        line->text[0] = '\0';
    else if ((size_t)n >= sizeof line->text)
        memcpy(line->text + sizeof line->text - 4, "...", 4);
}

/* What the writer has to do next, in this order. */
struct job {
    bool reopen;
    bool has_line;
    uint64_t dropped; /* lines to report as lost */
    struct line line;
};

/* Waits for work; false when log_stop wants the end and all is written. */
static bool job_take(struct job *job)
{
    pthread_mutex_lock(&logger.lock);
    while (logger.count == 0 && !logger.reopen && !logger.stopping)
        pthread_cond_wait(&logger.work, &logger.lock);
    job->reopen = logger.reopen;
    logger.reopen = false;
    job->has_line = logger.count > 0;
    if (job->has_line) {
        job->line = logger.queue[logger.head];
        logger.head = --logger.count ? (logger.head + 1) % QUEUE_LINES : 0;
    }
    job->dropped = logger.count <= QUEUE_LINES / 2 ? logger.dropped : 0;
    logger.dropped -= job->dropped;
    bool more = (job->reopen || job->has_line) && !atomic_load(&logger.give_up);
    if (!more) {
        /* A line that comes now is not lost. A stuck log was made quiet by log_stop. */
        if (logger.phase == PHASE_RUNNING)
            logger.phase = PHASE_DIRECT;
        logger.finished = true;
        pthread_cond_signal(&logger.done);
    }
    pthread_mutex_unlock(&logger.lock);
    return more;
}

static void sink_line(const struct line *line)
{
    write_line(logger.fd, line, logger.format);
}

__attribute__((format(printf, 1, 2))) static void sink_warning(const char *format, ...)
{
    struct line line;
    va_list args;
    va_start(args, format);
    line_set(&line, LOG_WARN, format, args);
    va_end(args);
    sink_line(&line);
}

/* Not blocking: a FIFO without a reader is an error instead of a wait. */
static int sink_open(void)
{
    return open(logger.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                0640);
}

static void sink_reopen(void)
{
    int fd = sink_open();
    if (fd < 0) {
        sink_warning("log reopen failed path=%s errno=%d", logger.path, errno);
        return;
    }
    close(logger.fd);
    logger.fd = fd;
}

static void *writer_main(void *unused)
{
    struct job job;
    (void)unused;
    while (job_take(&job)) {
        if (job.reopen)
            sink_reopen();
        if (job.has_line)
            sink_line(&job.line);
        if (job.dropped)
            sink_warning("log queue was full dropped=%" PRIu64, job.dropped);
    }
    return NULL;
}

static void woken(int signal)
{
    (void)signal; /* having a handler is what makes write(2) return */
}

/* Starts the writer with every signal blocked but its own: they are for the loops, and SIGPIPE is
 * for nobody. */
static int writer_start(void)
{
    pthread_condattr_t clock;
    pthread_attr_t attr;
    sigset_t all;
    sigset_t before;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&logger.work, NULL);
    pthread_cond_init(&logger.done, &clock);
    pthread_condattr_destroy(&clock);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all);
    sigdelset(&all, GIVE_UP_SIGNAL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&logger.writer, &attr, writer_main, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return failed ? -1 : 0;
}

static void sink_close(void)
{
    if (logger.path[0])
        close(logger.fd);
    logger.fd = STDERR_FILENO;
}

static void phase_set(enum phase phase)
{
    pthread_mutex_lock(&logger.lock);
    logger.phase = phase;
    pthread_mutex_unlock(&logger.lock);
}

int log_start(const char *path, enum log_level level, enum log_format format, bool quiet,
              struct err *err)
{
    log_set_level(level);
    if (quiet) {
        phase_set(PHASE_QUIET);
        return 0;
    }
    if (strlen(path) >= sizeof logger.path) {
        err_set(err, "the path of the log file is too long");
        return -1;
    }
    memcpy(logger.path, path, strlen(path) + 1);
    logger.format = format;
    logger.fd = path[0] ? sink_open() : STDERR_FILENO;
    if (logger.fd < 0) {
        int why = errno;
        char reason[128];
        err_set(err, "cannot open log file %s: %s", path, strerror_r(why, reason, sizeof reason));
        return -1;
    }
    atomic_store(&logger.give_up, false);
    logger.stopping = logger.finished = logger.reopen = false;
    logger.head = logger.count = 0;
    logger.dropped = 0;
    if (writer_start() < 0) {
        sink_close();
        err_set(err, "cannot start the thread of the log");
        return -1;
    }
    phase_set(PHASE_RUNNING);
    return 0;
}

/* With the lock held: whether the writer ended within so many milliseconds. */
static bool wait_finished(unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!logger.finished &&
           pthread_cond_timedwait(&logger.done, &logger.lock, &until) != ETIMEDOUT)
        ;
    return logger.finished;
}

void log_stop(void)
{
    pthread_mutex_lock(&logger.lock);
    if (logger.phase != PHASE_RUNNING) {
        pthread_mutex_unlock(&logger.lock);
        return;
    }
    logger.stopping = true;
    pthread_cond_signal(&logger.work);
    bool ended = wait_finished(STOP_MS);
    if (!ended) {
        /* Nothing may follow into a stuck sink, least of all the caller. */
        struct sigaction wake = {.sa_handler = woken};
        logger.phase = PHASE_QUIET;
        atomic_store(&logger.give_up, true);
        sigaction(GIVE_UP_SIGNAL, &wake, NULL);
        for (int i = 0; !ended && i < GIVE_UP_TRIES; i++) {
            pthread_kill(logger.writer, GIVE_UP_SIGNAL);
            ended = wait_finished(GIVE_UP_MS);
        }
    }
    pthread_mutex_unlock(&logger.lock);
    if (!ended) {
        /* A disk that hangs holds the thread whatever it is told; it goes with the process. */
        pthread_detach(logger.writer);
        return;
    }
    pthread_join(logger.writer, NULL);
    pthread_cond_destroy(&logger.work);
    pthread_cond_destroy(&logger.done);
    sink_close();
}

void log_set_level(enum log_level level)
{
    assert(level >= LOG_DEBUG && level <= LOG_ERROR);
    atomic_store_explicit(&logger.level, (int)level, memory_order_relaxed);
}

void log_reopen(void)
{
    pthread_mutex_lock(&logger.lock);
    if (logger.phase == PHASE_RUNNING && logger.path[0]) {
        logger.reopen = true;
        pthread_cond_signal(&logger.work);
    }
    pthread_mutex_unlock(&logger.lock);
}

void log_line(enum log_level level, const char *format, ...)
{
    struct line line;
    va_list args;
    int kept_errno = errno;
    assert(level >= LOG_DEBUG && level <= LOG_ERROR);
    if ((int)level < atomic_load_explicit(&logger.level, memory_order_relaxed))
        return;
    va_start(args, format);
    line_set(&line, level, format, args);
    va_end(args);
    pthread_mutex_lock(&logger.lock);
    enum phase phase = logger.phase;
    if (phase == PHASE_RUNNING && logger.count < QUEUE_LINES) {
        logger.queue[(logger.head + logger.count++) % QUEUE_LINES] = line;
        pthread_cond_signal(&logger.work);
    } else if (phase == PHASE_RUNNING) {
        logger.dropped++;
    }
    pthread_mutex_unlock(&logger.lock);
    if (phase == PHASE_DIRECT)
        write_line(STDERR_FILENO, &line, LOG_TEXT);
    errno = kept_errno;
}
