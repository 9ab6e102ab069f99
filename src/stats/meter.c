/*
 * Meters: see the header. A series that could not be allocated costs its history only; totals are
 * kept elsewhere and stay exact.
 */
#include "meter.h"

#include <assert.h>
#include <stdlib.h>

void meter_init(struct meter *meter, uint32_t second)
{
    *meter = (struct meter){.born = second};
}

void meter_clear(struct meter *meter)
{
    free(meter->series);
    meter->series = NULL;
}

/* A series that begins after silence has the silent seconds on record, or its rate would be taken
 * over too short a time. */
static struct series *series_after(uint32_t silent)
{
    struct series *series = calloc(1, sizeof(*series));
    if (series)
        series->filled = silent < SERIES_SECONDS ? (uint8_t)silent : SERIES_SECONDS;
    return series;
}

void meter_tick(struct meter *meter, uint32_t second)
{
    if (meter->in == 0 && meter->out == 0) {
        if (!meter->series)
            return;
        meter->quiet++;
    } else {
        meter->quiet = 0;
        if (!meter->series)
            meter->series = series_after(second - meter->born);
    }
    if (meter->series)
        series_push(meter->series, meter->in, meter->out, meter->messages);
    meter->in = meter->out = 0;
    meter->messages = 0;
    if (meter->quiet >= SERIES_SECONDS) {
        assert(!meter->series || series_is_silent(meter->series));
        meter_clear(meter);
        meter->quiet = 0;
    }
}

bool meter_draw(const struct meter *meter, struct snap *snap, const struct snap_history *zeros,
                unsigned window, struct meter_drawn *drawn)
{
    const struct series *series = meter->series;
    *drawn = (struct meter_drawn){.history = zeros};
    if (!series)
        return true;
    struct snap_history *copy = snap_take(snap, sizeof(*copy));
    if (!copy)
        return false;
    series_copy(series, copy->in, copy->out);
    drawn->rate_in = series_rate_in(series, window);
    drawn->rate_out = series_rate_out(series, window);
    drawn->rate_messages = series_rate_messages(series, window);
    drawn->history = copy;
    return true;
}

size_t meter_room(const struct meter *meter)
{
    return meter->series ? sizeof(struct snap_history) : 0;
}
