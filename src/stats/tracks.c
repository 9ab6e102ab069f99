/*
 * Tracks: one allocation each, with its texts behind it.
 */
#include "tracks.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "base/text.h"

#define AHEAD 8 /* tracks lie all over the heap: they are fetched before they are needed */

void track_source(char out[TRACK_SOURCE], struct slice raw)
{
    size_t len = 0;
    for (size_t i = 0; i < raw.len && len < TRACK_SOURCE - 1; i++) {
        char ch = raw.ptr[i];
        if (ch >= 'A' && ch <= 'Z')
            ch = (char)(ch - 'A' + 'a');
        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '-')
            out[len++] = ch;
    }
    out[len] = '\0';
}

static const char *pack(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *to = *at;
    memcpy(to, text, size);
    *at += size;
    return to;
}

struct track *track_new(const struct note_track *note)
{
    char title[TRACK_TEXT], author[TRACK_TEXT], source[TRACK_SOURCE];
    const char *raw = note->texts;

    text_display(title, sizeof(title), (struct slice){raw, note->title_len}, TEXT_COLUMNS_MAX);
    raw += note->title_len + 1;
    text_display(author, sizeof(author), (struct slice){raw, note->author_len}, TEXT_COLUMNS_MAX);
    raw += note->author_len + 1;
    track_source(source, (struct slice){raw, note->source_len});

    size_t len = strlen(title) + strlen(author) + strlen(source) + 3;
    struct track *track = malloc(sizeof(*track) + len);
    if (!track)
        return NULL;
    bool known = !note->is_stream && note->length_ms > 0 && note->length_ms <= TRACK_LENGTH_MAX;
    char *at = track->texts;
    atomic_init(&track->refs, 1);
    track->shown = (struct snap_track){
        .length_ms = known ? note->length_ms : 0,
        .is_stream = note->is_stream,
        .title = pack(&at, title),
        .author = pack(&at, author),
        .source = pack(&at, source),
    };
    return track;
}

struct track *track_ref(struct track *track)
{
    atomic_fetch_add_explicit(&track->refs, 1, memory_order_relaxed);
    return track;
}

void track_put(struct track *track)
{
    if (track && atomic_fetch_sub_explicit(&track->refs, 1, memory_order_acq_rel) == 1)
        free(track);
}

/* The reference count is the one thing in it that changes. */
static struct track *track_of(const struct snap_track *shown)
{
    return (struct track *)(uintptr_t)shown;
}

void tracks_let_go(const struct snap *snap)
{
    for (unsigned i = 0; i < snap->player_count; i++) {
        if (i + AHEAD < snap->player_count && snap->players[i + AHEAD].track)
            __builtin_prefetch(&track_of(snap->players[i + AHEAD].track)->refs, 1);
        if (snap->players[i].track)
            track_put(track_of(snap->players[i].track));
    }
}
