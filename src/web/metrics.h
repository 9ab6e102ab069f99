/*
 * The snapshot for Prometheus: text format 0.0.4, or OpenMetrics 1.0. Label values are names from
 * the configuration or words of ours, never text from the network, so their number is bounded.
 */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include <stdbool.h>

#include "base/str.h"
#include "stats/snapshot.h"

#define METRICS_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* What is known of the process itself. */
struct metrics_process {
    double cpu_seconds;
    uint64_t virtual_bytes, open_fds, max_fds;
    double counted_at; /* monotonic: `open_fds`, where the kernel has to be asked for each */
};
/* Brings it up to `now` (monotonic); zeroed at first. Thousands of descriptors take milliseconds to
 * count on kernels before 6.2, so there that is done every ten seconds at most. */
void metrics_process(struct metrics_process *process, double now);

/* Whether the Accept header asks for OpenMetrics. */
bool metrics_wants_open(struct slice accept);

/* Pure. */
void metrics_write(struct str *out, const struct snap *snap, const struct snap_frames *frames,
                   const struct metrics_process *process, bool open);

#endif
