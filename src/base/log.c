/*
 * The log: what a line looks like, and where it goes: through a sink while the log runs, straight
 * to standard error before and after. All of this file's state is the one `logger` below, because a
 * process has one log; its mutex guards everything but the level.
 */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/sink.h"
#include "base/str.h"
#include "base/text.h"

#define QUEUE_BYTES (256 * 1024)
#define LINE_BYTES 512
#define WRITTEN_BYTES (LINE_BYTES * 6 + 128) /* every byte may become \u00XX */

struct line {
    int64_t wall_ms;
    enum log_level level;
    char text[LINE_BYTES - 16];
};

enum phase { PHASE_DIRECT, PHASE_RUNNING, PHASE_QUIET };

static struct {
    atomic_int level;
    pthread_mutex_t lock;
    enum phase phase;
    enum log_format format;
    struct sink *sink; /* while running */
} logger = {.level = LOG_INFO, .lock = PTHREAD_MUTEX_INITIALIZER};

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

__attribute__((format(printf, 2, 3))) static void words_set(struct line *line, const char *format,
                                                            ...)
{
    va_list args;
    va_start(args, format);
    line_set(line, LOG_WARN, format, args);
    va_end(args);
}

/* The format is what it was when the sink started. */
static void add_words(struct str *out, enum sink_trouble what, uint64_t number, const char *path)
{
    struct line line;
    if (what == SINK_DROPPED)
        words_set(&line, "log queue was full dropped=%" PRIu64, number);
    else
        words_set(&line, "log reopen failed path=%s errno=%" PRIu64, path, number);
    format_line(out, &line, logger.format);
}

int log_start(const char *path, enum log_level level, enum log_format format, bool quiet,
              struct err *err)
{
    const struct sink_options options = {
        .path = path, .what = "log file", .room = QUEUE_BYTES, .words = add_words};
    log_set_level(level);
    pthread_mutex_lock(&logger.lock);
    logger.format = format;
    if (!quiet)
        logger.sink = sink_start(&options, err);
    bool failed = !quiet && !logger.sink;
    if (!failed)
        logger.phase = quiet ? PHASE_QUIET : PHASE_RUNNING;
    pthread_mutex_unlock(&logger.lock);
    return failed ? -1 : 0;
}

void log_stop(void)
{
    pthread_mutex_lock(&logger.lock);
    struct sink *sink = logger.sink;
    pthread_mutex_unlock(&logger.lock);
    if (!sink)
        return;
    bool ended = sink_stop(sink);
    pthread_mutex_lock(&logger.lock);
    logger.phase = ended ? PHASE_DIRECT : PHASE_QUIET;
    logger.sink = NULL;
    pthread_mutex_unlock(&logger.lock);
    sink_free(sink);
}

void log_set_level(enum log_level level)
{
    assert(level >= LOG_DEBUG && level <= LOG_ERROR);
    atomic_store_explicit(&logger.level, (int)level, memory_order_relaxed);
}

void log_reopen(void)
{
    pthread_mutex_lock(&logger.lock);
    if (logger.sink)
        sink_reopen(logger.sink);
    pthread_mutex_unlock(&logger.lock);
}

/* Where the line went or has to go: PHASE_DIRECT is left to the caller. */
static enum phase enqueue(const struct line *line)
{
    char memory[WRITTEN_BYTES];
    struct str text;
    pthread_mutex_lock(&logger.lock);
    enum phase phase = logger.phase;
    enum log_format format = logger.format;
    pthread_mutex_unlock(&logger.lock);
    if (phase != PHASE_RUNNING)
        return phase;
    str_fixed(&text, memory, sizeof memory);
    format_line(&text, line, format);
    pthread_mutex_lock(&logger.lock);
    phase = logger.phase;
    /* A line that comes while the log ends is not lost. */
    if (logger.sink && sink_put(logger.sink, str_slice(&text)) == SINK_ENDED)
        phase = PHASE_DIRECT;
    pthread_mutex_unlock(&logger.lock);
    return phase;
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
    if (enqueue(&line) == PHASE_DIRECT) {
        char memory[WRITTEN_BYTES];
        struct str text;
        str_fixed(&text, memory, sizeof memory);
        format_line(&text, &line, LOG_TEXT);
        sink_write(STDERR_FILENO, str_slice(&text));
    }
    errno = kept_errno;
}
