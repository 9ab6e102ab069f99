/*
 * The two clocks and their written forms.
 */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

double clock_mono(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int64_t clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whole seconds and the milliseconds above them, also before 1970. */
static time_t split(int64_t wall_ms, int *ms)
{
    int64_t rest = wall_ms % 1000;
    bool before = rest < 0;
    *ms = (int)(before ? rest + 1000 : rest);
    return (time_t)(wall_ms / 1000 - before);
}

char *clock_iso(char out[CLOCK_ISO_MAX], int64_t wall_ms)
{
    int ms;
    time_t seconds = split(wall_ms, &ms);
    struct tm tm;
    size_t n = 0;
    if (gmtime_r(&seconds, &tm))
        n = strftime(out, CLOCK_ISO_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, CLOCK_ISO_MAX - n, ".%03dZ", ms);
    return out;
}

static bool local_time(struct tm *tm, int64_t wall_ms)
{
    int ms;
    time_t seconds = split(wall_ms, &ms);
    return localtime_r(&seconds, tm) != NULL;
}

char *clock_hms(char out[CLOCK_ISO_MAX], int64_t wall_ms)
{
    struct tm tm;
    if (!local_time(&tm, wall_ms) || strftime(out, CLOCK_ISO_MAX, "%H:%M:%S", &tm) == 0)
        out[0] = '\0';
    return out;
}

char *clock_day(char out[CLOCK_ISO_MAX], int64_t wall_ms)
{
    struct tm tm;
    if (!local_time(&tm, wall_ms) || strftime(out, CLOCK_ISO_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
        out[0] = '\0';
    return out;
}
