/*
 * What is played, told once and shared by reference count: by the book of titles, by players, and
 * by every snapshot that shows them. Any thread may let go of one; nothing in it changes.
 */
#ifndef STATS_TRACKS_H
#define STATS_TRACKS_H

#include <stdatomic.h>

#include "stats/notes.h"
#include "stats/snapshot.h"

#define TRACK_TEXT 136               /* bytes of a title or an author: at most 64 columns */
#define TRACK_SOURCE 24              /* of a source's name */
#define TRACK_LENGTH_MAX 31536000000 /* ms; what is longer, a year, is no length */

struct track {
    struct snap_track shown; /* first: a snapshot points to it */
    atomic_uint refs;
    char texts[];
};

/* Of a decoded note, its text cleaned; one reference. NULL when memory is out. */
struct track *track_new(const struct note_track *note);
struct track *track_ref(struct track *track);
void track_put(struct track *track); /* NULL is harmless */

/* The name of a source as views and metrics have it: small letters, digits, "_" and "-", others
 * left out; may be empty. */
void track_source(char out[TRACK_SOURCE], struct slice raw);

/* A reference of the snapshot's for each of its players' tracks, and back when it is let go of
 * (snap_on_free). */
void tracks_let_go(const struct snap *snap);

#endif
