/*
 * Figures for people and back: sizes, rates, ages, durations. Decimal SI (100K = 100 000 B), so
 * that the rate thresholds mean one thing everywhere. Pure; any thread.
 */
#ifndef BASE_HUMAN_H
#define BASE_HUMAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define HUMAN_MAX 24 /* room for any text below, the NUL included */

/* At most 5 columns: "0", "999", "1.42K", "84.2K", "612K", "9.81G". Returns `out`. */
char *human_size(char out[HUMAN_MAX], uint64_t bytes);

/* The same with two digits: "999" is "1.0K", "1.4K", "84K", "610K". */
char *human_size_coarse(char out[HUMAN_MAX], uint64_t bytes);

/* The long form of the JSON fields: "0 Bytes", "1.42 KB", "612 MB" (decimal, at most 2 digits
 * behind the point). */
char *human_size_long(char out[HUMAN_MAX], uint64_t bytes);

/* The long form per second: "1.42 KB/s". */
char *human_rate_long(char out[HUMAN_MAX], uint64_t bytes_per_second);

/* At most 5 columns: "42s", "41m", "19h", "2d07", "123d". Whole seconds in. */
char *human_age(char out[HUMAN_MAX], uint64_t seconds);

/* "3d04:12:55" or "04:12:55". */
char *human_uptime(char out[HUMAN_MAX], uint64_t seconds);

/* A decimal number and the unit behind it: whole + part / scale. */
struct human_quantity {
    uint64_t whole, part, scale;
    struct slice unit; /* whatever stands behind the number, trimmed */
};

/* False when the text does not begin with a number, or it has too many digits. */
bool human_read_quantity(struct slice text, struct human_quantity *q);

/* The quantity in units of `unit` (at most 2^60), cut to a whole number; false on overflow. */
bool human_quantity_times(const struct human_quantity *q, uint64_t unit, uint64_t *value);

/* "250ms" "3s" "10m" "1h", a bare number is seconds; fractions allowed. 0 with *seconds, or -1 with
 * err. */
int human_parse_duration(struct slice text, double *seconds, struct err *err);

/* "100KB" "1MB" "16KiB", a bare number is bytes; B KB MB GB decimal, KiB MiB GiB binary, case
 * ignored. */
int human_parse_size(struct slice text, uint64_t *bytes, struct err *err);

#endif
