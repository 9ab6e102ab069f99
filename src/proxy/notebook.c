/* Owns the batch of notes under construction, and decides what is dropped when control is behind.
 */
#include "notebook.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(NOTE_BATCH_BYTES <= UINT16_MAX, "any note's size fits into its head");

static size_t rounded(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

bool notebook_is_full(const struct notebook *book, size_t size)
{
    return book->batch != NULL && rounded(size) > NOTE_BATCH_BYTES - book->batch->len;
}

/* A new batch says how many notes were lost before it. */
static bool begin_batch(struct notebook *book)
{
    /* Only its header and the notes are ever written and read. */
    struct note_batch *batch = malloc(sizeof *batch);
    if (batch == NULL)
        return false;
    batch->next = NULL;
    batch->len = 0;
    batch->dropped = book->dropped;
    book->dropped = 0;
    book->batch = batch;
    return true;
}

/* Who a connection is, is said once, and all else hangs on it. */
static unsigned most_of(enum note_kind kind)
{
    switch (kind) {
    case NOTE_HANDSHAKE:
    case NOTE_SESSION:
    case NOTE_RESUMING:
    case NOTE_SHARE:
        return NOTEBOOK_BATCHES_MAX;
    case NOTE_PLAYER:
    case NOTE_FRAMES:
    case NOTE_OTHER:
        return NOTEBOOK_FIGURES_MAX;
    default:
        return NOTEBOOK_EVENTS_MAX;
    }
}

struct note *notebook_add(struct notebook *book, enum note_kind kind, size_t size)
{
    size = rounded(size);
    assert(size <= NOTE_BATCH_BYTES);
    if (book->taken >= most_of(kind) || notebook_is_full(book, size) ||
        (book->batch == NULL && !begin_batch(book))) {
        book->dropped++;
        return NULL;
    }
    struct note *note = (struct note *)(void *)(book->batch->bytes + book->batch->len);
    memset(note, 0, size);
    note->size = (uint16_t)size;
    note->kind = (uint8_t)kind;
    book->batch->len += (uint32_t)size;
    return note;
}

struct note_batch *notebook_take(struct notebook *book)
{
    struct note_batch *batch = book->batch;
    book->batch = NULL;
    book->taken += batch != NULL;
    return batch;
}

void notebook_asked(struct notebook *book)
{
    book->taken = 0;
}

void notebook_clear(struct notebook *book)
{
    free(book->batch);
    *book = (struct notebook){.batch = NULL};
}
