/*
 * Tracks: an invented but steady catalogue (the same words give the same track), the base64 blob
 * that stands for a track (lavaplayer's message format: a word of flags and length, version 2 or 3,
 * then the fields), and both JSON shapes. Pure; any thread.
 */
#ifndef DEMO_TRACK_H
#define DEMO_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/slice.h"
#include "base/str.h"

#define TRACK_BLOB_MAX 2048

struct track {
    char title[256];
    char author[128];
    char identifier[256];
    char uri[256];     /* empty: none */
    char artwork[256]; /* empty: none; blobs of version 2 have none */
    char source[32];
    int64_t length; /* ms */
    int64_t position;
    bool stream;
};

/* The hash that picks titles, and the next pseudo-random number of a sequence. */
uint64_t track_hash(uint64_t seed, struct slice text);
uint64_t track_random(uint64_t *state);

/* The `index`-th hit for a query. */
void track_search(struct track *track, uint64_t seed, struct slice query, unsigned index);
/* The track behind an identifier or URL. `short:MS` lasts MS, `stream:` never ends. */
void track_identified(struct track *track, uint64_t seed, struct slice identifier);

/* Appends the blob: version 2 for Lavalink 3, version 3 for Lavalink 4. */
void track_encode(struct str *out, const struct track *track, unsigned lavalink);
/* Reads a blob of version 2 or 3; false when it is none, or a text does not fit. */
bool track_decode(struct track *track, struct slice encoded);

/* {encoded, info, pluginInfo, userData} for Lavalink 4, {encoded, track, info} for 3. `user_data`
 * is JSON as it came, or empty. */
void track_json(struct json *j, const char *key, const struct track *track, struct slice encoded,
                struct slice user_data, unsigned lavalink);
/* Only the info object. */
void track_info_json(struct json *j, const char *key, const struct track *track, unsigned lavalink);

#endif
