/*
 * Figures for people and back. Whole numbers only until the last step, so that neither the locale
 * nor rounding of floating point shows.
 */
#include "base/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PLACES_MAX 9 /* digits read behind a decimal point */

static uint64_t divide_rounded(uint64_t value, uint64_t by)
{
    return value / by + (value % by >= by - by / 2);
}

char *human_size(char out[HUMAN_MAX], uint64_t bytes)
{
    if (bytes < 1000) {
        snprintf(out, HUMAN_MAX, "%" PRIu64, bytes);
        return out;
    }
    uint64_t unit = 1000;
    for (const char *letter = "KMGTPE"; *letter; letter++, unit *= 1000) {
        /* Three digits: try two of them behind the point, then one, then none. */
        uint64_t n = divide_rounded(bytes, unit / 100);
        if (n < 1000) {
            snprintf(out, HUMAN_MAX, "%" PRIu64 ".%02" PRIu64 "%c", n / 100, n % 100, *letter);
            return out;
        }
        n = divide_rounded(bytes, unit / 10);
        if (n < 1000) {
            snprintf(out, HUMAN_MAX, "%" PRIu64 ".%" PRIu64 "%c", n / 10, n % 10, *letter);
            return out;
        }
        n = divide_rounded(bytes, unit);
        if (n < 1000) {
            snprintf(out, HUMAN_MAX, "%" PRIu64 "%c", n, *letter);
            return out;
        }
    }
    return out; /* not reached: 2^64 is 18.4E */
}

/* "1.42 KB" and `suffix`. */
static char *size_long(char out[HUMAN_MAX], uint64_t bytes, const char *suffix)
{
    static const char *const names[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        snprintf(out, HUMAN_MAX, "%" PRIu64 " Bytes%s", bytes, suffix);
        return out;
    }
    size_t i = 0;
    uint64_t unit = 1000;
    uint64_t n = divide_rounded(bytes, unit / 100);
    while (n >= 100000 && i + 1 < sizeof names / sizeof names[0]) {
        i++;
        unit *= 1000;
        n = divide_rounded(bytes, unit / 100);
    }
    unsigned whole = (unsigned)(n / 100);
    unsigned part = (unsigned)(n % 100);
    if (part == 0)
        snprintf(out, HUMAN_MAX, "%u %s%s", whole, names[i], suffix);
    else if (part % 10 == 0)
        snprintf(out, HUMAN_MAX, "%u.%u %s%s", whole, part / 10, names[i], suffix);
    else
        snprintf(out, HUMAN_MAX, "%u.%02u %s%s", whole, part, names[i], suffix);
    return out;
}

char *human_size_coarse(char out[HUMAN_MAX], uint64_t bytes)
{
    uint64_t step = 1;
    while (bytes / step >= 100)
        step *= 10;
    human_size(out, divide_rounded(bytes, step) * step);
    size_t len = strlen(out);
    const char *point = strchr(out, '.');
    if (point == NULL)
        return out;
    /* "1.40K" and "84.0K": what is always zero goes. */
    size_t drop = point == out + 1 ? 1 : 2;
    out[len - 1 - drop] = out[len - 1];
    out[len - drop] = '\0';
    return out;
}

char *human_size_long(char out[HUMAN_MAX], uint64_t bytes)
{
    return size_long(out, bytes, "");
}

char *human_rate_long(char out[HUMAN_MAX], uint64_t bytes_per_second)
{
    return size_long(out, bytes_per_second, "/s");
}

char *human_age(char out[HUMAN_MAX], uint64_t seconds)
{
    uint64_t hours = seconds / 3600;
    uint64_t days = hours / 24;
    if (seconds < 60)
        snprintf(out, HUMAN_MAX, "%" PRIu64 "s", seconds);
    else if (hours == 0)
        snprintf(out, HUMAN_MAX, "%" PRIu64 "m", seconds / 60);
    else if (days == 0)
        snprintf(out, HUMAN_MAX, "%" PRIu64 "h", hours);
    else if (days < 100)
        snprintf(out, HUMAN_MAX, "%" PRIu64 "d%02" PRIu64, days, hours % 24);
    else
        snprintf(out, HUMAN_MAX, "%" PRIu64 "d", days < 9999 ? days : 9999);
    return out;
}

char *human_uptime(char out[HUMAN_MAX], uint64_t seconds)
{
    uint64_t days = seconds / 86400;
    unsigned hour = (unsigned)(seconds / 3600 % 24);
    unsigned minute = (unsigned)(seconds / 60 % 60);
    unsigned second = (unsigned)(seconds % 60);
    if (days > 0)
        snprintf(out, HUMAN_MAX, "%" PRIu64 "d%02u:%02u:%02u", days < 999999 ? days : 999999, hour,
                 minute, second);
    else
        snprintf(out, HUMAN_MAX, "%02u:%02u:%02u", hour, minute, second);
    return out;
}

static size_t digits_at(struct slice text, size_t at)
{
    size_t n = 0;
    while (at + n < text.len && text.ptr[at + n] >= '0' && text.ptr[at + n] <= '9')
        n++;
    return n;
}

bool human_read_quantity(struct slice text, struct human_quantity *q)
{
    text = slice_trim(text);
    *q = (struct human_quantity){.scale = 1};
    size_t at = digits_at(text, 0);
    if (!slice_to_u64((struct slice){text.ptr, at}, &q->whole))
        return false;
    if (at < text.len && text.ptr[at] == '.') {
        size_t places = digits_at(text, ++at);
        if (places > PLACES_MAX || !slice_to_u64((struct slice){text.ptr + at, places}, &q->part))
            return false;
        at += places;
        while (places--)
            q->scale *= 10;
    }
    q->unit = slice_trim((struct slice){text.ptr + at, text.len - at});
    return true;
}

bool human_quantity_times(const struct human_quantity *q, uint64_t unit, uint64_t *value)
{
    uint64_t sum;
    /* Fewer than 2^30 parts of a scale that is a power of ten. */
    uint64_t part = (uint64_t)((unsigned __int128)q->part * unit / q->scale);
    if (__builtin_mul_overflow(q->whole, unit, &sum) || __builtin_add_overflow(sum, part, &sum))
        return false;
    *value = sum;
    return true;
}

int human_parse_duration(struct slice text, double *seconds, struct err *err)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
    struct human_quantity q;
    if (human_read_quantity(text, &q))
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if (slice_equal(q.unit, slice_of(units[i].name))) {
                double number = (double)q.whole + (double)q.part / (double)q.scale;
                *seconds = number * units[i].seconds;
                return 0;
            }
    err_set(err, "not a duration; write it like 250ms, 3s, 10m or 1h");
    return -1;
}

int human_parse_size(struct slice text, uint64_t *bytes, struct err *err)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"", 1},
                 {"B", 1},
                 {"KB", 1000},
                 {"MB", 1000000},
                 {"GB", 1000000000},
                 {"KiB", UINT64_C(1) << 10},
                 {"MiB", UINT64_C(1) << 20},
                 {"GiB", UINT64_C(1) << 30}};
    struct human_quantity q;
    if (human_read_quantity(text, &q))
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if (slice_equal_nocase(q.unit, slice_of(units[i].name))) {
                if (!human_quantity_times(&q, units[i].bytes, bytes))
                    break;
                return 0;
            }
    err_set(err, "not a size; write it like 500B, 100KB, 1MB or 16KiB");
    return -1;
}
