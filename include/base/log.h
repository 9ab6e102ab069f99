/*
 * The log: one line per call, level + key=value text, escaped, never a secret. Callers only
 * enqueue; the thread of a sink (base/sink.h) does the write(2), so that a stuck pipe or disk never
 * holds up a worker. When the queue is full, lines are counted and dropped, and the count is logged
 * when there is room again.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* Starts the writer thread. `path` empty: standard error; `quiet` true: no output at all (a TUI
 * owns the terminal and shows events from the snapshot). Main thread, once, after daemonising. 0,
 * or -1 with err. */
int log_start(const char *path, enum log_level level, enum log_format format, bool quiet,
              struct err *err);

/* Writes out what is queued (waits at most 1 s for a stuck sink) and ends the thread. Later lines
 * go straight to standard error again, unless the log was quiet or its sink was stuck: then
 * nowhere. Main thread. Idempotent. */
void log_stop(void);

/* Changes level (a reload). Any thread. */
void log_set_level(enum log_level level);

/* Opens `path` anew before the next line (log rotation). Any thread. */
void log_reopen(void);

/* One line, cut with "..." after about 490 bytes; control and other invisible characters, bad UTF-8
 * and backslashes in it are escaped. Before log_start it goes straight to standard error. Keeps
 * errno. Any thread. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

#endif
