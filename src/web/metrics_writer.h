/*
 * Families of metrics and their samples onto a str, in either format. Labels are given as names and
 * values in turn; values are escaped here. Pure.
 */
#ifndef WEB_METRICS_WRITER_H
#define WEB_METRICS_WRITER_H

#include <stdbool.h>

#include "base/str.h"
#include "stats/snapshot.h"

struct metrics_writer {
    struct str *out;
    const struct snap *snap;
    bool open;        /* OpenMetrics */
    const char *name; /* of the family under way */
};

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

/* Counters end in _total, which is left out of `name` here. */
void metrics_begin(struct metrics_writer *w, enum metrics_kind kind, const char *name,
                   const char *help);

/* Samples of the family under way, with `count` labels. */
void metrics_gauge(struct metrics_writer *w, const char *const *labels, unsigned count,
                   double value);
void metrics_counter(struct metrics_writer *w, const char *const *labels, unsigned count,
                     uint64_t value);
void metrics_histogram(struct metrics_writer *w, const char *const *labels, unsigned count,
                       const struct snap_histogram *histogram);
/* OpenMetrics: since when something is counted. */
void metrics_created(struct metrics_writer *w, const char *const *labels, unsigned count);

/* "v3" "v4" "none" */
const char *metrics_protocol(unsigned version);

/* metrics_bots.c: all families of bots, players and tracks. */
void metrics_bots(struct metrics_writer *w);

#endif
