/*
 * Titles by the hash of the encoded track.
 */
#include "titles.h"

#include <stdlib.h>

int titles_init(struct titles *titles)
{
    titles->by_hash = map_new(sizeof(uint64_t));
    return titles->by_hash ? 0 : -1;
}

static void unlink_title(struct titles *titles, struct title *title)
{
    *(title->newer ? &title->newer->older : &titles->newest) = title->older;
    *(title->older ? &title->older->newer : &titles->oldest) = title->newer;
}

static void link_newest(struct titles *titles, struct title *title)
{
    title->newer = NULL;
    title->older = titles->newest;
    *(titles->newest ? &titles->newest->newer : &titles->oldest) = title;
    titles->newest = title;
}

static void title_free(struct title *title)
{
    track_put(title->track);
    free(title);
}

void titles_free(struct titles *titles)
{
    for (struct title *at = titles->newest, *older; at; at = older) {
        older = at->older;
        title_free(at);
    }
    map_free(titles->by_hash);
}

static void forget_oldest(struct titles *titles)
{
    struct title *title = titles->oldest;
    unlink_title(titles, title);
    map_take(titles->by_hash, &title->hash);
    title_free(title);
}

static struct title *make(struct titles *titles, uint64_t hash)
{
    struct title *title = calloc(1, sizeof(*title));
    if (!title)
        return NULL;
    title->hash = hash;
    if (map_count(titles->by_hash) >= TITLES_MAX)
        forget_oldest(titles);
    if (map_put(titles->by_hash, &hash, title) < 0) {
        free(title);
        return NULL;
    }
    titles->learnt++;
    return title;
}

void titles_learn(struct titles *titles, const struct note_track *note)
{
    if (note->hash == 0 || !note->decoded)
        return;
    struct track *track = track_new(note);
    struct title *title = map_get(titles->by_hash, &note->hash);
    if (title)
        unlink_title(titles, title);
    else if (track)
        title = make(titles, note->hash);
    if (!title) {
        track_put(track);
        return;
    }
    if (track) {
        track_put(title->track);
        title->track = track;
    }
    link_newest(titles, title);
}

struct track *titles_find(struct titles *titles, uint64_t hash)
{
    struct title *title = map_get(titles->by_hash, &hash);
    if (!title)
        return NULL;
    unlink_title(titles, title);
    link_newest(titles, title);
    return track_ref(title->track);
}
