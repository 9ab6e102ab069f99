/*
 * The two clocks. Monotonic seconds for every interval and timer; wall-clock milliseconds for what
 * people read. Loops read the clock once per turn and pass it down; pure code never asks. Any
 * thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Seconds since an arbitrary start, CLOCK_MONOTONIC: the same clock as ev_now() on no loop, so do
 * not mix the two. */
double clock_mono(void);

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_wall_ms(void);

#define CLOCK_ISO_MAX 32
/* "2026-11-21T12:41:07.123Z" (RFC 3339, UTC). Returns `out`. */
char *clock_iso(char out[CLOCK_ISO_MAX], int64_t wall_ms);

/* "12:41:07" in the local time zone. Returns `out`. */
char *clock_hms(char out[CLOCK_ISO_MAX], int64_t wall_ms);

/* "2026-11-21 12:41" in the local time zone. Returns `out`. */
char *clock_day(char out[CLOCK_ISO_MAX], int64_t wall_ms);

#endif
