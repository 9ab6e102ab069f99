/*
 * Tracks and titles: text cleaned and cut, hostile lengths, the newest word counts, the book is
 * bounded, references outlive it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "stats/titles.h"

/* The caller frees it. */
static struct note_track *note_of(uint64_t hash, const char *title, const char *author,
                                  const char *source, int64_t length_ms)
{
    size_t sizes[3] = {strlen(title), strlen(author), strlen(source)};
    struct note_track *note = calloc(1, sizeof(*note) + sizes[0] + sizes[1] + sizes[2] + 3);
    note->hash = hash;
    note->decoded = true;
    note->length_ms = length_ms;
    note->title_len = (uint8_t)sizes[0];
    note->author_len = (uint8_t)sizes[1];
    note->source_len = (uint8_t)sizes[2];
    memcpy(note->texts, title, sizes[0] + 1);
    memcpy(note->texts + sizes[0] + 1, author, sizes[1] + 1);
    memcpy(note->texts + sizes[0] + sizes[1] + 2, source, sizes[2] + 1);
    return note;
}

static void learn(struct titles *titles, uint64_t hash, const char *title)
{
    struct note_track *note = note_of(hash, title, "", "", 1000);
    titles_learn(titles, note);
    free(note);
}

static void tracks_are_cleaned(void **state)
{
    (void)state;
    static char hundreds[256];
    memset(hundreds, 'x', 255);
    static const struct {
        const char *title, *source;
        int64_t length_ms;
        bool is_stream;
        const char *shown, *shown_source;
        int64_t shown_ms;
    } rows[] = {
        {"Rick", "youtube", 212000, false, "Rick", "youtube", 212000},
        {"a\x1b[31mb", "YouTube Music!", 1, false, "a\xef\xbf\xbd[31mb", "youtubemusic", 1},
        {"\xff\xfe", "\"}\n", INT64_MAX, false, "\xef\xbf\xbd\xef\xbf\xbd", "", 0},
        {"", "", -5, false, "", "", 0},
        {"live", "http", 5000, true, "live", "http", 0},
        {hundreds, hundreds, 31536000001, false,
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         "xxxxxxxxxxxxxxxxxxxxxxx", 0},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct note_track *note =
            note_of(1, rows[i].title, rows[i].title, rows[i].source, rows[i].length_ms);
        note->is_stream = rows[i].is_stream;
        struct track *track = track_new(note);
        free(note);
        assert_string_equal(track->shown.title, rows[i].shown);
        assert_string_equal(track->shown.author, rows[i].shown);
        assert_string_equal(track->shown.source, rows[i].shown_source);
        assert_int_equal(track->shown.length_ms, rows[i].shown_ms);
        track_put(track);
    }
    track_put(NULL);
}

static void the_newest_word_counts(void **state)
{
    (void)state;
    struct titles titles = {0};
    assert_int_equal(titles_init(&titles), 0);
    assert_null(titles_find(&titles, 7));
    learn(&titles, 0, "nobody");
    assert_null(titles_find(&titles, 0));
    learn(&titles, 7, "one");
    struct track *one = titles_find(&titles, 7);
    learn(&titles, 7, "two");
    struct track *two = titles_find(&titles, 7);
    assert_int_equal(titles.learnt, 1);
    titles_free(&titles);
    assert_string_equal(one->shown.title, "one");
    assert_string_equal(two->shown.title, "two");
    track_put(one);
    track_put(two);
}

static void the_book_is_bounded(void **state)
{
    (void)state;
    struct titles titles = {0};
    assert_int_equal(titles_init(&titles), 0);
    for (uint64_t hash = 1; hash <= TITLES_MAX; hash++)
        learn(&titles, hash, "title");
    track_put(titles_find(&titles, 1)); /* asked for: it stays */
    learn(&titles, TITLES_MAX + 1, "one more");
    assert_int_equal(map_count(titles.by_hash), TITLES_MAX);
    assert_null(titles_find(&titles, 2));
    struct track *track = titles_find(&titles, 1);
    assert_non_null(track);
    track_put(track);
    titles_free(&titles);
}

/* Whoever lets go of a snapshot last lets go of its tracks. */
static void snapshots_let_go(void **state)
{
    (void)state;
    struct note_track *note = note_of(1, "kept", "", "", 1);
    struct track *track = track_new(note);
    free(note);
    struct snap *snap = snap_alloc(2 * sizeof(struct snap_player));
    struct snap_player *players = snap_take(snap, 2 * sizeof(*players));
    memset(players, 0, 2 * sizeof(*players));
    players[1].track = &track_ref(track)->shown;
    snap->players = players;
    snap->player_count = 2;
    snap_on_free(snap, tracks_let_go);
    snap_ref(snap);
    assert_int_equal(atomic_load(&track->refs), 2);
    snap_put(snap);
    assert_int_equal(atomic_load(&track->refs), 2);
    snap_put(snap);
    assert_int_equal(atomic_load(&track->refs), 1);
    track_put(track);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tracks_are_cleaned),
        cmocka_unit_test(the_newest_word_counts),
        cmocka_unit_test(the_book_is_bounded),
        cmocka_unit_test(snapshots_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
