/*
 * The base64 text that stands for a track (lavaplayer's message format): a word of flags and
 * length, a version, then the fields in a fixed order. Versions 2 and 3 are read, others are
 * opaque. Pure; any thread.
 */
#ifndef LAVALINK_BLOB_H
#define LAVALINK_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define OP_TEXT_MAX                                                                                \
    128 /* of a title, author or message with its NUL; longer ones are cut between                 \
           characters */
#define OP_SOURCE_MAX 24 /* "youtube" */

/* Texts are UTF-8 from the network: well-formed, but not fit to show. */
struct op_track {
    bool known;   /* there is a track, whatever is known of it */
    bool decoded; /* title and so on are set, be it from `info` or from the blob */
    bool is_stream;
    int64_t length_ms; /* 0 of a stream */
    uint64_t hash;     /* of the encoded text, 0: none was said; stands for the track in other
                          messages */
    char title[OP_TEXT_MAX], author[OP_TEXT_MAX];
    char source[OP_SOURCE_MAX];
};

/* Sets title, author, source, length and is_stream, and says so in `decoded`; leaves the rest
 * alone. `cut`: `encoded` is only the front of the text; what then lies behind it is unset, but
 * title, author and length have to be there. False: it is none that is known. */
bool blob_read(struct op_track *track, struct slice encoded, bool cut);

#endif
