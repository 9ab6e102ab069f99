/*
 * The catalogue, blobs and JSON of tracks.
 */
#include "track.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonin.h"
#include "lavalink/base64.h"

#define BLOB_VERSIONED 0x40000000U

static const char *const adjectives[] = {
    "Neon",   "Silent",  "Golden", "Broken", "Midnight", "Velvet",  "Café",    "Electric",
    "Lonely", "Crimson", "Faded",  "Été",    "Paper",    "Distant", "Endless", "Hollow"};
static const char *const nouns[] = {
    "Harbour", "Skyline", "Summer",    "Letters", "Machines", "River", "Empire",  "Signals",
    "東京",    "Garden",  "Satellite", "Winter",  "Mirrors",  "Señal", "Thunder", "Parade"};
static const char *const artists[] = {"The Quiet Cars", "Ana Lindqvist",  "Motel Alpha",
                                      "DJ Kastanie",    "Hours & Hours",  "Paper Tigers",
                                      "Sofía Marín",    "Glass Elevator", "Northbound",
                                      "夜のバス",       "Low Ceiling",    "Static Bloom"};
static const char *const suffixes[] = {"(Official Music Video)",
                                       "(Lyrics)",
                                       "[Audio]",
                                       "(Live at Studio 9)",
                                       "(Remix)",
                                       "- Extended Version",
                                       "(Acoustic Session)",
                                       "(Official Visualizer)"};

#define PICK(list, number) (list)[(number) % (sizeof(list) / sizeof *(list))]

uint64_t track_hash(uint64_t seed, struct slice text)
{
    uint64_t hash = 0xcbf29ce484222325ULL ^ seed; /* FNV-1a; only a name for a seed is needed */

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3ULL;
    return hash;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t track_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static void fill(struct track *track, uint64_t state)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint64_t words = track_random(&state);
    uint64_t id = track_random(&state);

    memset(track, 0, sizeof *track);
    snprintf(track->title, sizeof track->title, "%s %s %s", PICK(adjectives, words),
             PICK(nouns, words >> 8), PICK(suffixes, words >> 16));
    snprintf(track->author, sizeof track->author, "%s", PICK(artists, words >> 24));
    for (unsigned i = 0; i < 11; i++)
        track->identifier[i] = letters[id >> (5 * i) & 63];
    track->length = 120000 + (int64_t)(words >> 32) % 240000;
    strcpy(track->source, "youtube");
}

static void link_up(struct track *track)
{
    snprintf(track->uri, sizeof track->uri, "https://www.youtube.com/watch?v=%.64s",
             track->identifier);
    snprintf(track->artwork, sizeof track->artwork,
             "https://i.ytimg.com/vi/%.64s/maxresdefault.jpg", track->identifier);
}

void track_search(struct track *track, uint64_t seed, struct slice query, unsigned index)
{
    fill(track, track_hash(seed, query) + index);
    link_up(track);
}

void track_identified(struct track *track, uint64_t seed, struct slice identifier)
{
    static const char mark[] = "v=";
    const char *id = NULL;
    uint64_t length;
    size_t room;

    if (identifier.len > 0)
        id = memmem(identifier.ptr, identifier.len, mark, 2);
    if (id != NULL) {
        identifier.len -= (size_t)(id + 2 - identifier.ptr);
        identifier.ptr = id + 2;
        identifier.len = slice_find(identifier, '&');
    }
    fill(track, track_hash(seed, identifier));
    room =
        identifier.len < sizeof track->identifier ? identifier.len : sizeof track->identifier - 1;
    memset(track->identifier, 0, sizeof track->identifier);
    memcpy(track->identifier, identifier.ptr, room);
    link_up(track);
    if (slice_starts(identifier, SLICE("short:")) &&
        slice_to_u64((struct slice){identifier.ptr + 6, identifier.len - 6}, &length) &&
        length < INT32_MAX)
        track->length = (int64_t)length;
    if (slice_starts(identifier, SLICE("stream:"))) {
        track->stream = true;
        track->length = INT64_MAX;
        strcpy(track->source, "http");
    }
}

/* A blob being written or read. */
struct blob {
    uint8_t bytes[TRACK_BLOB_MAX];
    size_t len, at;
    bool bad;
};

static void put(struct blob *blob, uint64_t value, unsigned bytes)
{
    if (blob->len + bytes > sizeof blob->bytes) {
        blob->bad = true;
        return;
    }
    for (unsigned i = 0; i < bytes; i++)
        blob->bytes[blob->len++] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static void put_text(struct blob *blob, const char *text)
{
    size_t len = strlen(text);

    put(blob, len, 2);
    if (blob->len + len > sizeof blob->bytes) {
        blob->bad = true;
        return;
    }
    memcpy(blob->bytes + blob->len, text, len);
    blob->len += len;
}

static void put_optional(struct blob *blob, const char *text)
{
    put(blob, *text != '\0', 1);
    if (*text != '\0')
        put_text(blob, text);
}

void track_encode(struct str *out, const struct track *track, unsigned lavalink)
{
    struct blob blob = {.len = 4};
    char text[BASE64_TEXT_SIZE(TRACK_BLOB_MAX)];
    uint32_t word;

    put(&blob, lavalink == 3 ? 2 : 3, 1);
    put_text(&blob, track->title);
    put_text(&blob, track->author);
    put(&blob, (uint64_t)track->length, 8);
    put_text(&blob, track->identifier);
    put(&blob, track->stream, 1);
    put_optional(&blob, track->uri);
    if (lavalink != 3) {
        put_optional(&blob, track->artwork);
        put_optional(&blob, "");
    }
    put_text(&blob, track->source);
    put(&blob, (uint64_t)track->position, 8);
    word = BLOB_VERSIONED | (uint32_t)(blob.len - 4);
    for (unsigned i = 0; i < 4; i++)
        blob.bytes[i] = (uint8_t)(word >> (24 - 8 * i));
    str_add(out, text, base64_encode(text, blob.bytes, blob.len));
}

static uint64_t get(struct blob *blob, unsigned bytes)
{
    uint64_t value = 0;

    if (blob->len - blob->at < bytes) {
        blob->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | blob->bytes[blob->at++];
    return value;
}

static void get_text(struct blob *blob, char *out, size_t size)
{
    size_t len = (size_t)get(blob, 2);

    *out = '\0';
    /* Java writes a NUL as two bytes, so a bare one belongs to no text. */
    if (blob->bad || blob->len - blob->at < len || len >= size ||
        memchr(blob->bytes + blob->at, '\0', len) != NULL) {
        blob->bad = true;
        return;
    }
    memcpy(out, blob->bytes + blob->at, len);
    out[len] = '\0';
    blob->at += len;
}

static void get_optional(struct blob *blob, char *out, size_t size)
{
    *out = '\0';
    if (get(blob, 1) != 0)
        get_text(blob, out, size);
}

bool track_decode(struct track *track, struct slice encoded)
{
    struct blob blob = {.len = 0};
    char isrc[64];
    ptrdiff_t len = base64_decode(blob.bytes, sizeof blob.bytes, encoded);
    uint64_t word, version;

    memset(track, 0, sizeof *track);
    if (len < 5)
        return false;
    blob.len = (size_t)len;
    word = get(&blob, 4);
    version = get(&blob, 1);
    if ((word & BLOB_VERSIONED) == 0 || (word & ~(3ULL << 30)) != blob.len - 4 ||
        (version != 2 && version != 3))
        return false;
    get_text(&blob, track->title, sizeof track->title);
    get_text(&blob, track->author, sizeof track->author);
    track->length = (int64_t)get(&blob, 8);
    get_text(&blob, track->identifier, sizeof track->identifier);
    track->stream = get(&blob, 1) != 0;
    get_optional(&blob, track->uri, sizeof track->uri);
    if (version == 3) {
        get_optional(&blob, track->artwork, sizeof track->artwork);
        get_optional(&blob, isrc, sizeof isrc);
    }
    get_text(&blob, track->source, sizeof track->source);
    /* Some sources keep fields of their own here; the position is always last. */
    if (!blob.bad && blob.len - blob.at >= 8) {
        blob.at = blob.len - 8;
        track->position = (int64_t)get(&blob, 8);
    }
    return !blob.bad && track->length >= 0;
}

static void optional(struct json *j, const char *key, const char *text)
{
    json_text(j, key, *text != '\0' ? text : NULL);
}

void track_info_json(struct json *j, const char *key, const struct track *track, unsigned lavalink)
{
    json_object(j, key);
    json_text(j, "identifier", track->identifier);
    json_bool(j, "isSeekable", !track->stream);
    json_text(j, "author", track->author);
    json_i64(j, "length", track->length);
    json_bool(j, "isStream", track->stream);
    json_i64(j, "position", track->position);
    json_text(j, "title", track->title);
    optional(j, "uri", track->uri);
    json_text(j, "sourceName", track->source);
    if (lavalink != 3) {
        optional(j, "artworkUrl", track->artwork);
        json_null(j, "isrc");
    }
    json_object_end(j);
}

void track_json(struct json *j, const char *key, const struct track *track, struct slice encoded,
                struct slice user_data, unsigned lavalink)
{
    json_object(j, key);
    json_slice(j, "encoded", encoded);
    if (lavalink == 3)
        json_slice(j, "track", encoded);
    track_info_json(j, "info", track, lavalink);
    if (lavalink != 3) {
        json_object(j, "pluginInfo");
        json_object_end(j);
        jsonin_copy(j, "userData", user_data.len > 0 ? user_data : SLICE("{}"));
    }
    json_object_end(j);
}
