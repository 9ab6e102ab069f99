/*
 * A file that lines go into. Callers only enqueue; a thread of the sink's own does the write(2), so
 * that a stuck pipe or disk never holds anybody up. What finds no room is dropped and counted, and
 * the count is told in the file when there is room again. What the file refuses is lost, and
 * counted too; a line that was begun is ended before the next one.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "base/str.h"

struct sink;

/* What a sink has to say in its own file. */
enum sink_trouble {
    SINK_DROPPED,      /* `number` lines found no room */
    SINK_REOPEN_FAILED /* `number` is the errno; the file from before stays */
};
/* Adds one line, or nothing. The sink's thread. */
typedef void sink_words(struct str *out, enum sink_trouble what, uint64_t number, const char *path);

struct sink_options {
    const char *path; /* empty: standard error */
    const char *what; /* for messages: "log file" */
    size_t room;      /* bytes that may wait, besides as many under way */
    sink_words *words;
};

/* Opens (mode 0640, at its end) and starts the thread. NULL with err. */
struct sink *sink_start(const struct sink_options *options, struct err *err);

enum sink_state {
    SINK_RUNS,
    SINK_ENDED, /* all was written, this is not */
    SINK_STUCK  /* it was given up */
};
/* Whole lines, all or none of them: they are queued, or dropped for want of room. Any thread, but
 * none while sink_free runs. */
enum sink_state sink_put(struct sink *sink, struct slice lines);

/* As it was given. */
const char *sink_path(const struct sink *sink);

/* Opens the path anew before the next lines (rotation). Any thread. */
void sink_reopen(struct sink *sink);

struct sink_counts {
    uint64_t dropped; /* lines, ever: no room, or refused by the file */
    uint64_t errors;  /* writes and reopenings that failed, ever */
    int error;        /* errno of the newest attempt, 0 when it went well; a path that could not be
                         opened anew stays one until it can */
};
struct sink_counts sink_count(struct sink *sink);

/* Writes out what is queued (waits at most 1 s for a stuck file) and ends the thread. False: it was
 * stuck, and may be for ever. */
bool sink_stop(struct sink *sink);
/* Ends it without waiting: what is queued is written out, as far as the process lasts. The sink is
 * not the caller's any more. */
void sink_leave(struct sink *sink);
/* After sink_stop; a thread that is stuck keeps its memory. NULL is harmless. */
void sink_free(struct sink *sink);

/* Writes all of it here and now, waiting where the descriptor takes nothing; errors are ignored. */
void sink_write(int fd, struct slice text);

#endif
