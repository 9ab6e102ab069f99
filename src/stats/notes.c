/*
 * Walking a batch of notes.
 */
#include "stats/notes.h"

static const struct note *note_at(const struct note_batch *batch, size_t at)
{
    return at < batch->len ? (const struct note *)(const void *)(batch->bytes + at) : NULL;
}

const struct note *note_first(const struct note_batch *batch)
{
    return note_at(batch, 0);
}

const struct note *note_next(const struct note_batch *batch, const struct note *note)
{
    return note_at(batch, (size_t)((const char *)note - batch->bytes) + note->size);
}
