/*
 * How a second of the past is kept. Private to past.c (recording) and past_draw.c.
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

/* Sets what is plain figures and differs from second to second. */
void past_copy_figures(struct snap *to, const struct snap *from);

#endif
