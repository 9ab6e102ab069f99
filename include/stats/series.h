/*
 * Bytes per second over the last 60 seconds, and the rate shown to people. Pure; owned by the
 * ledger.
 */
#ifndef STATS_SERIES_H
#define STATS_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#define SERIES_SECONDS 60

struct series {
    uint32_t in[SERIES_SECONDS]; /* bytes of one second, saturating; a ring: `at` is the newest */
    uint32_t out[SERIES_SECONDS];
    uint16_t messages[SERIES_SECONDS];
    uint8_t at;
    uint8_t filled; /* seconds recorded so far, at most SERIES_SECONDS */
};

/* Appends one second. */
void series_push(struct series *s, uint64_t in, uint64_t out, uint64_t messages);

/* Mean bytes per second over the last `seconds`, 60 at most. Seconds before it began count as zero,
 * so that the rates of an IP's connections add up to the IP's own, however young they are. */
uint64_t series_rate_in(const struct series *s, unsigned seconds);
uint64_t series_rate_out(const struct series *s, unsigned seconds);
/* Messages per second, likewise; most bots send less than one. */
double series_rate_messages(const struct series *s, unsigned seconds);

/* Oldest first into out[SERIES_SECONDS], zeros in front where it is younger. */
void series_copy(const struct series *s, uint32_t in[SERIES_SECONDS], uint32_t out[SERIES_SECONDS]);

/* Whether all recorded seconds are zero (its memory can go). */
bool series_is_silent(const struct series *s);

enum band { BAND_NORMAL, BAND_MEDIUM, BAND_HIGH };

/* The one place where a rate becomes a band: at or above `high` HIGH, at or above `medium` MEDIUM.
 */
enum band band_of(uint64_t bytes_per_second, uint64_t medium, uint64_t high);

/* "", "!" or "!!": colour is never the only sign. */
const char *band_mark(enum band band);

#endif
