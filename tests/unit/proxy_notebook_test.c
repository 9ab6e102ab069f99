/* Notes of a worker: they come out as they went in, batch by batch, and no more of them than
 * control can be expected to take. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "proxy/notebook.h"

static bool add(struct notebook *book, enum note_kind kind, size_t size, uint64_t conn)
{
    struct note *note = notebook_add(book, kind, size);
    if (note == NULL)
        return false;
    assert_int_equal((uintptr_t)note % 8, 0);
    assert_int_equal(note->conn, 0);
    note->conn = conn;
    return true;
}

/* Sizes that are no multiple of 8 are rounded up; the walk finds every note. */
static void in_order(void **state)
{
    struct notebook book = {0};
    (void)state;
    size_t count = 0;
    for (size_t size = sizeof(struct note); !notebook_is_full(&book, size); size++, count++)
        assert_true(add(&book, NOTE_OTHER, size, count + 1));
    assert_in_range(count, 100, 1000);
    struct note_batch *batch = notebook_take(&book);
    assert_non_null(batch);
    assert_int_equal(batch->dropped, 0);
    assert_null(notebook_take(&book));
    size_t seen = 0;
    for (const struct note *note = note_first(batch); note != NULL; note = note_next(batch, note)) {
        assert_int_equal(note->conn, ++seen);
        assert_int_equal(note->kind, NOTE_OTHER);
        assert_int_equal(note->size, (sizeof(struct note) + seen - 1 + 7) / 8 * 8);
    }
    assert_int_equal(seen, count);
    free(batch);
}

/* Whatever is lost is told by the batch that comes next. */
static void full_is_dropped(void **state)
{
    struct notebook book = {0};
    (void)state;
    while (!notebook_is_full(&book, 512))
        assert_true(add(&book, NOTE_SESSION, 512, 1));
    assert_false(add(&book, NOTE_SESSION, 512, 1));
    assert_false(add(&book, NOTE_SESSION, 512, 1));
    free(notebook_take(&book));
    assert_true(add(&book, NOTE_SESSION, 512, 1));
    struct note_batch *batch = notebook_take(&book);
    assert_int_equal(batch->dropped, 2);
    free(batch);
    assert_true(add(&book, NOTE_SESSION, 512, 1));
    batch = notebook_take(&book);
    assert_int_equal(batch->dropped, 0);
    free(batch);
}

/* Batches that one note each is worth, until the book refuses. */
static unsigned take_all(struct notebook *book, enum note_kind kind)
{
    unsigned count = 0;
    while (count < 1000 && add(book, kind, sizeof(struct note_player), 1)) {
        free(notebook_take(book));
        count++;
    }
    return count;
}

/* Figures that come again leave room for what happens once, and both for who comes. */
static void control_is_behind(void **state)
{
    struct notebook book = {0};
    (void)state;
    assert_int_equal(take_all(&book, NOTE_PLAYER), NOTEBOOK_FIGURES_MAX);
    assert_int_equal(take_all(&book, NOTE_FRAMES), 0);
    assert_int_equal(take_all(&book, NOTE_TRACK_START), NOTEBOOK_EVENTS_MAX - NOTEBOOK_FIGURES_MAX);
    assert_int_equal(take_all(&book, NOTE_OTHER), 0);
    assert_int_equal(take_all(&book, NOTE_HANDSHAKE), NOTEBOOK_BATCHES_MAX - NOTEBOOK_EVENTS_MAX);
    assert_int_equal(take_all(&book, NOTE_PLAYER), 0);
    assert_int_equal(book.dropped, 2); /* the others were told by the first of the next kind */
    notebook_asked(&book);
    assert_int_equal(take_all(&book, NOTE_SESSION), NOTEBOOK_BATCHES_MAX);
    notebook_asked(&book);
    assert_true(add(&book, NOTE_PLAYER, sizeof(struct note_player), 1));
    notebook_clear(&book);
    assert_null(book.batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(full_is_dropped),
        cmocka_unit_test(control_is_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
