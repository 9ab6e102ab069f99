/*
 * The last sixty seconds as a ring, and what a rate means to people: its mean and its band.
 */
#include "stats/series.h"

#include <assert.h>
#include <string.h>

static uint32_t saturate(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void series_push(struct series *s, uint64_t in, uint64_t out, uint64_t messages)
{
    assert(s->at < SERIES_SECONDS && s->filled <= SERIES_SECONDS);
    s->at = (uint8_t)((s->at + 1) % SERIES_SECONDS);
    s->in[s->at] = saturate(in);
    s->out[s->at] = saturate(out);
    s->messages[s->at] = messages > UINT16_MAX ? UINT16_MAX : (uint16_t)messages;
    if (s->filled < SERIES_SECONDS)
        s->filled++;
}

static uint64_t mean(const struct series *s, const uint32_t ring[SERIES_SECONDS], unsigned seconds)
{
    uint64_t sum = 0;
    unsigned window = seconds < SERIES_SECONDS ? seconds : SERIES_SECONDS;
    unsigned at = s->at, count = window < s->filled ? window : s->filled;
    if (count == 0)
        return 0;
    for (unsigned i = 0; i < count; i++) {
        sum += ring[at];
        at = at == 0 ? SERIES_SECONDS - 1 : at - 1;
    }
    return sum / window;
}

uint64_t series_rate_in(const struct series *s, unsigned seconds)
{
    return mean(s, s->in, seconds);
}

uint64_t series_rate_out(const struct series *s, unsigned seconds)
{
    return mean(s, s->out, seconds);
}

double series_rate_messages(const struct series *s, unsigned seconds)
{
    uint64_t sum = 0;
    unsigned window = seconds < SERIES_SECONDS ? seconds : SERIES_SECONDS, at = s->at;
    for (unsigned i = 0; i < window && i < s->filled; i++) {
        sum += s->messages[at];
        at = at == 0 ? SERIES_SECONDS - 1 : at - 1;
    }
    return window == 0 ? 0 : (double)sum / window;
}

/* The slot behind the newest is the oldest one; a slot never written is zero, which is what stands
 * in front of a young series. */
static void unroll(const struct series *s, const uint32_t ring[SERIES_SECONDS],
                   uint32_t to[SERIES_SECONDS])
{
    unsigned oldest = s->at + 1u;
    unsigned tail = SERIES_SECONDS - oldest;
    memcpy(to, ring + oldest, tail * sizeof(ring[0]));
    memcpy(to + tail, ring, oldest * sizeof(ring[0]));
}

void series_copy(const struct series *s, uint32_t in[SERIES_SECONDS], uint32_t out[SERIES_SECONDS])
{
    unroll(s, s->in, in);
    unroll(s, s->out, out);
}

bool series_is_silent(const struct series *s)
{
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        if (s->in[i] != 0 || s->out[i] != 0)
            return false;
    return true;
}

enum band band_of(uint64_t bytes_per_second, uint64_t medium, uint64_t high)
{
    if (bytes_per_second >= high)
        return BAND_HIGH;
    return bytes_per_second >= medium ? BAND_MEDIUM : BAND_NORMAL;
}

const char *band_mark(enum band band)
{
    switch (band) {
    case BAND_HIGH:
        return "!!";
    case BAND_MEDIUM:
        return "!";
    case BAND_NORMAL:
        break;
    }
    return "";
}
