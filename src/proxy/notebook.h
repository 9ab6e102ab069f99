/*
 * Notes of one worker for the books, gathered into batches of NOTE_BATCH_BYTES: one allocation for
 * hundreds of notes. Memory is bounded although control may be behind: between two of its questions
 * only so many batches are handed over, and of what one node may say without end, fewer still: it
 * must not hide who comes. What does not fit is dropped and counted. Worker thread only.
 */
#ifndef PROXY_NOTEBOOK_H
#define PROXY_NOTEBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/notes.h"

#define NOTEBOOK_BATCHES_MAX 64 /* between two questions of control: 2 MB */
#define NOTEBOOK_EVENTS_MAX 56  /* of them, how many may take what happens to players */
#define NOTEBOOK_FIGURES_MAX 48 /* likewise, figures that come again */

/* Zeroed is empty. */
struct notebook {
    struct note_batch *batch; /* under construction, or NULL */
    uint32_t dropped;         /* since the batch before this one */
    unsigned taken;           /* batches since control last asked */
};

/* Whether a note of `size` bytes has to wait until the batch has been taken. */
bool notebook_is_full(const struct notebook *book, size_t size);

/* Room for a note of `size` bytes, zeroed, its kind and size filled in; NULL: it is dropped. */
struct note *notebook_add(struct notebook *book, enum note_kind kind, size_t size);

/* Takes the batch out, the caller's from now on; NULL: there is none. */
struct note_batch *notebook_take(struct notebook *book);

/* Control has asked: it has entered what it had been sent before. */
void notebook_asked(struct notebook *book);

void notebook_clear(struct notebook *book);

#endif
