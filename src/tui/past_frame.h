/*
 * How a second of the past is kept. Private to past.c (recording), past_draw.c and past_bots.c.
 */
#ifndef TUI_PAST_FRAME_H
#define TUI_PAST_FRAME_H

#include "tui/past.h"

/* What a connection moved in the second that left its history when this second was over. */
struct past_sample {
    uint64_t id;
    uint32_t in, out;
};

struct past_frame {
    uint32_t second;
    uint64_t top_id; /* no connection above it was open yet */
    uint64_t event_seq;
    struct snap *kept; /* figures, backends; as connections those that ended with this second */
    struct past_sample *samples; /* by id */
    unsigned sample_count;
    size_t bytes;
};

#define PAST_RING (2 * PAST_SECONDS + 10)

struct past {
    struct past_frame frames[PAST_RING]; /* one second after the other, from `first` */
    unsigned first, count;
    size_t bytes;
    const struct snap *newest; /* NULL: recording begins with the next one */
    const struct snap *held;
    uint64_t top_id;
    struct past_sample *samples; /* scratch, with room for `room` of the newest's connections */
    uint32_t *ended;
    unsigned room;
};

static inline const struct past_frame *past_frame_at(const struct past *past, unsigned i)
{
    return &past->frames[(past->first + i) % PAST_RING];
}

/* --- past_draw.c --- */

uint64_t past_sum_of_last(const uint32_t values[SERIES_SECONDS], unsigned last);
uint64_t past_rate_of(const uint32_t values[SERIES_SECONDS], unsigned window);
/* A history as of `back` seconds before, its beginning still empty; of the picture's memory. */
struct snap_history *past_moved_back(struct snap *to, const struct snap_history *from,
                                     unsigned back);
/* Adds what `from` has in its first seconds to *history, which is made where it is NULL. */
void past_add_first(struct snap *to, struct snap_history **history, const struct snap_history *from,
                    unsigned seconds);

/* --- past_bots.c --- */

/* Memory that the bots of a past picture need. */
size_t past_bots_room(const struct snap *held);
/* The bots that were there, with the figures that follow from the connections of the picture and
 * from what the bots have moved since. Their players, errors, requests and messages are of the
 * present only: none stand there. -1 when out of memory. */
int past_draw_bots(struct snap *to, const struct snap *held, unsigned back);

/* Sets what is plain figures and differs from second to second. */
void past_copy_figures(struct snap *to, const struct snap *from);

#endif
