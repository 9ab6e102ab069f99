/*
 * loadtracks, decodetrack and decodetracks, and the identifiers with a meaning for tests:
 * modifiers, any number of them, then a word.
 *
 *   size:N      the answer's body has exactly N bytes (at least an empty result)
 *   bench:N     the same from a pre-built answer, only as a whole identifier
 *   delay:MS:   the answer comes after MS; drip:MS: in ten parts, MS apart
 *   chunked:    chunked; close: until the end of the connection
 *   status:N    this status with Lavalink's error JSON
 *   fail:NAME   a fault (demo/node.h)
 */
#ifndef DEMO_LOAD_H
#define DEMO_LOAD_H

#include "base/slice.h"

enum load_kind { LOAD_TRACK, LOAD_SEARCH, LOAD_PLAYLIST, LOAD_EMPTY, LOAD_ERROR };

/* What an identifier without modifiers finds: `...search:` a search, anything with `playlist` a
 * playlist, `empty`, `error`, else a track. */
enum load_kind load_kind(struct slice identifier);

struct request;
void load_tracks(struct request *rq);
void load_decode(struct request *rq);
void load_decode_many(struct request *rq);

#endif
