/*
 * Times of the legs, counted in grades. Five slices of a minute turn over: the one in use is the
 * present minute's, so what is drawn covers between four and five minutes. Percentiles are worked
 * out again only when something was counted or a minute went by, since thousands of bots are drawn
 * each second.
 */
#include "flows.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLICES 5
#define SLICE_SECONDS 60

/* Upper ends of the grades in seconds. Those of the targets are among them, so that "later than the
 * target" is not a matter of rounding. */
static const double bounds[] = {
    0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03,
    0.04,  0.05,   0.07,  0.1,   0.15,  0.2,   0.3,   0.4,  0.5,   0.7,  1,
    1.5,   2,      3,     4,     5,     7,     10,    20,   30,    60,
};
#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))
#define GRADES (BOUNDS + 1) /* the last one is without end */
#define MOST 60.0           /* seconds: longer is drawn as this */

/* The shortest and the longest of some times, in seconds. */
struct range {
    float least, most;
};

struct flows {
    uint32_t minutes[SLICES]; /* whose each slice is */
    uint32_t drawn_minute;
    bool changed[FLOW_COUNT]; /* since it was drawn */
    struct snap_flow drawn[FLOW_COUNT];
    struct range ranges[SLICES][FLOW_COUNT]; /* where there are counts */
    uint32_t counts[SLICES][FLOW_COUNT][GRADES];
};

static unsigned grade_of(double seconds)
{
    unsigned low = 0, high = BOUNDS;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (seconds <= bounds[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static const struct range no_range = {.least = FLT_MAX, .most = 0};

static void range_add(struct range *range, const struct range *more)
{
    if (more->least < range->least)
        range->least = more->least;
    if (more->most > range->most)
        range->most = more->most;
}

static void slice_begin(struct flows *flows, unsigned slice, uint32_t minute)
{
    memset(flows->counts[slice], 0, sizeof(flows->counts[slice]));
    for (unsigned leg = 0; leg < FLOW_COUNT; leg++)
        flows->ranges[slice][leg] = no_range;
    flows->minutes[slice] = minute;
}

/* Empties the slices whose minute is over by now. */
static void turn(struct flows *flows, uint32_t minute)
{
    for (unsigned i = 0; i < SLICES; i++)
        if (minute - flows->minutes[i] >= SLICES)
            slice_begin(flows, i, minute);
}

static struct flows *flows_new(uint32_t minute)
{
    struct flows *flows = calloc(1, sizeof(*flows));
    if (!flows)
        return NULL;
    for (unsigned i = 0; i < SLICES; i++)
        slice_begin(flows, i, minute);
    flows->drawn_minute = minute;
    return flows;
}

void flows_add(struct flows **flows, enum flow_leg leg, double seconds, uint32_t second)
{
    uint32_t minute = second / SLICE_SECONDS;
    unsigned slice = minute % SLICES;

    if (!*flows)
        *flows = flows_new(minute);
    struct flows *to = *flows;
    if (!to)
        return;
    if (to->minutes[slice] != minute)
        slice_begin(to, slice, minute);
    double took = !(seconds > 0) ? 0 : seconds < MOST ? seconds : MOST;
    const struct range just_this = {(float)took, (float)took};
    to->counts[slice][leg][took > 0 ? grade_of(seconds) : 0]++;
    range_add(&to->ranges[slice][leg], &just_this);
    to->changed[leg] = true;
}

/* Where the `part`th of all lies: in the grade in which as many are reached, as far into it as is
 * still missing; the outermost grades reach no further than the times that there were. */
static float percentile(const uint64_t sums[GRADES], uint64_t count, const struct range *range,
                        double part)
{
    double wanted = part * (double)count, before = 0;
    for (unsigned i = 0; i < BOUNDS; i++) {
        double here = (double)sums[i];
        if (here > 0 && before + here >= wanted) {
            double low = i == 0 ? 0 : bounds[i - 1], high = bounds[i];
            low = fmax(low, (double)range->least);
            high = fmin(high, (double)range->most);
            return (float)(low + (high - low) * (wanted - before) / here);
        }
        before += here;
    }
    return range->most;
}

static void draw_leg(const struct flows *flows, enum flow_leg leg, struct snap_flow *to)
{
    uint64_t sums[GRADES] = {0}, count = 0;
    struct range range = no_range;
    for (unsigned i = 0; i < SLICES; i++)
        range_add(&range, &flows->ranges[i][leg]);
    for (unsigned i = 0; i < SLICES; i++)
        for (unsigned grade = 0; grade < GRADES; grade++)
            sums[grade] += flows->counts[i][leg][grade];
    for (unsigned grade = 0; grade < GRADES; grade++)
        count += sums[grade];
    *to = (struct snap_flow){0};
    if (count == 0)
        return;
    to->count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    to->p50 = percentile(sums, count, &range, 0.50);
    to->p95 = percentile(sums, count, &range, 0.95);
    to->p99 = percentile(sums, count, &range, 0.99);
}

void flows_draw(struct flows *flows, uint32_t second, struct snap_flow out[FLOW_COUNT])
{
    uint32_t minute = second / SLICE_SECONDS;

    if (!flows) {
        memset(out, 0, FLOW_COUNT * sizeof(*out));
        return;
    }
    bool over = flows->drawn_minute != minute;
    if (over)
        turn(flows, minute);
    flows->drawn_minute = minute;
    for (unsigned leg = 0; leg < FLOW_COUNT; leg++) {
        if (!over && !flows->changed[leg])
            continue;
        draw_leg(flows, (enum flow_leg)leg, &flows->drawn[leg]);
        flows->changed[leg] = false;
    }
    memcpy(out, flows->drawn, sizeof(flows->drawn));
}

void flows_free(struct flows *flows)
{
    free(flows);
}

void flow_book_add(struct flow_book *book, struct flow_place place, enum flow_leg leg,
                   double seconds, uint32_t second)
{
    enum report_version version = REPORT_VERSION_NONE;
    if (place.version == 3)
        version = REPORT_VERSION_3;
    else if (place.version == 4)
        version = REPORT_VERSION_4;

    if (place.flows)
        flows_add(place.flows, leg, seconds, second);
    flows_add(&book->versions[version], leg, seconds, second);
    if (place.backend >= FLEET_MAX)
        return;
    flows_add(&book->backends[place.backend], leg, seconds, second);
    snap_histogram_add(&book->ever[place.backend][leg], seconds > 0 ? seconds : 0);
}

void flow_book_clear(struct flow_book *book, unsigned slot)
{
    flows_free(book->backends[slot]);
    book->backends[slot] = NULL;
    memset(book->ever[slot], 0, sizeof(book->ever[slot]));
}

void flow_book_free(struct flow_book *book)
{
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        flow_book_clear(book, slot);
    for (unsigned i = 0; i < REPORT_VERSIONS; i++)
        flows_free(book->versions[i]);
    memset(book->versions, 0, sizeof(book->versions));
}

void flow_book_draw(struct flow_book *book, uint32_t second, const struct fleet *fleet,
                    struct snap_backend_flows *to,
                    struct snap_flow versions[REPORT_VERSIONS][FLOW_COUNT])
{
    for (unsigned i = 0; i < fleet->count; i++) {
        unsigned slot = fleet->order[i];
        flows_draw(book->backends[slot], second, to[i].flows);
        memcpy(to[i].times, book->ever[slot], sizeof(to[i].times));
    }
    for (unsigned i = 0; i < REPORT_VERSIONS; i++)
        flows_draw(book->versions[i], second, versions[i]);
}
