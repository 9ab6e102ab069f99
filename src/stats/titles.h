/*
 * What opaque tracks are called: v3 events name a track by its encoded form only, which some nodes
 * make in a way of their own; answers that passed before told its title. Bounded; who was asked for
 * least recently goes first. Control thread only; part of the book of players.
 */
#ifndef STATS_TITLES_H
#define STATS_TITLES_H

#include "base/map.h"
#include "tracks.h"

#define TITLES_MAX 4096

struct title {
    struct title *newer, *older;
    struct track *track;
    uint64_t hash;
};

struct titles {
    struct map *by_hash;
    struct title *newest, *oldest;
    uint64_t learnt; /* grows with every title that is new */
};

/* -1 when out of memory. */
int titles_init(struct titles *titles);
void titles_free(struct titles *titles);

/* Remembers a decoded one, if its hash is not 0; without memory it does not. The newest word
 * counts. */
void titles_learn(struct titles *titles, const struct note_track *note);

/* With a reference of the caller's, or NULL. */
struct track *titles_find(struct titles *titles, uint64_t hash);

#endif
