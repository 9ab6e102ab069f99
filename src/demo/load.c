/*
 * Track loading: identifiers, results in both shapes.
 */
#include "load.h"

#include <string.h>

#include "base/jsonin.h"
#include "answer.h"
#include "inside.h"
#include "lavalink/base64.h"
#include "pace.h"
#include "peer.h"
#include "rest.h"
#include "track.h"

#define SEARCH_HITS 20
#define PLAYLIST_TRACKS 600
#define SIZE_MAX_BYTES 67108864
#define DRIP_PIECES 10

/* An identifier taken apart. */
struct load {
    struct answer answer;
    uint64_t size; /* 0: as it comes */
    bool bench;
    struct slice rest;
};

enum load_kind load_kind(struct slice identifier)
{
    if (identifier.len == 0 || slice_starts(identifier, SLICE("empty")))
        return LOAD_EMPTY;
    if (slice_starts(identifier, SLICE("error")))
        return LOAD_ERROR;
    if (memmem(identifier.ptr, identifier.len, "playlist", 8) != NULL)
        return LOAD_PLAYLIST;
    if (memmem(identifier.ptr, identifier.len, "search:", 7) != NULL)
        return LOAD_SEARCH;
    return LOAD_TRACK;
}

/* Takes `word` and a number behind it, and a colon behind that, off the front. */
static bool take_number(struct slice *rest, struct slice word, uint64_t *number)
{
    struct slice digits, behind;

    if (!slice_starts(*rest, word))
        return false;
    behind = (struct slice){rest->ptr + word.len, rest->len - word.len};
    digits = (struct slice){behind.ptr, slice_find(behind, ':')};
    if (!slice_to_u64(digits, number))
        return false;
    rest->ptr = digits.ptr + digits.len;
    rest->len = behind.len - digits.len;
    if (rest->len > 0) {
        rest->ptr++;
        rest->len--;
    }
    return true;
}

static bool take_word(struct slice *rest, struct slice word)
{
    if (!slice_starts(*rest, word))
        return false;
    rest->ptr += word.len;
    rest->len -= word.len;
    return true;
}

static bool take_modifier(struct load *load)
{
    uint64_t number;

    if (take_number(&load->rest, SLICE("size:"), &load->size))
        return true;
    if (take_number(&load->rest, SLICE("bench:"), &load->size)) {
        load->bench = true;
        return true;
    }
    if (take_number(&load->rest, SLICE("delay:"), &number)) {
        load->answer.delay = (double)number / 1000;
        return true;
    }
    if (take_number(&load->rest, SLICE("drip:"), &number)) {
        load->answer.delay = (double)number / 1000;
        load->answer.pieces = DRIP_PIECES;
        return true;
    }
    if (take_number(&load->rest, SLICE("status:"), &number)) {
        load->answer.status = number >= 200 && number <= 599 ? (unsigned)number : 500;
        return true;
    }
    if (take_word(&load->rest, SLICE("chunked:"))) {
        load->answer.form = ANSWER_CHUNKED;
        return true;
    }
    if (take_word(&load->rest, SLICE("close:"))) {
        load->answer.form = ANSWER_UNTIL_CLOSE;
        return true;
    }
    if (take_word(&load->rest, SLICE("fail:"))) {
        node_fail_parse(load->rest, &load->answer.fail);
        load->rest.len = 0;
    }
    return false;
}

/* Writes one track of the catalogue. */
static void add_track(struct json *j, const char *key, struct node *node, const struct track *track)
{
    char memory[BASE64_TEXT_SIZE(TRACK_BLOB_MAX)];
    struct str encoded;

    str_fixed(&encoded, memory, sizeof memory);
    track_encode(&encoded, track, node->options.version);
    track_json(j, key, track, str_slice(&encoded), (struct slice){NULL, 0}, node->options.version);
}

/* Hits until there are `count` of them or the text has `size` bytes. */
static void add_hits(struct json *j, const char *key, struct node *node, struct slice query,
                     unsigned count, uint64_t size)
{
    struct track track;

    json_array(j, key);
    for (unsigned i = 0; i < count; i++) {
        size_t before = j->out->len;
        track_search(&track, node->options.seed, query, i);
        add_track(j, NULL, node, &track);
        if (size > 0 && j->out->len + (j->out->len - before) + 256 > size)
            break;
    }
    json_array_end(j);
}

static void add_error(struct json *j, const char *key, bool old)
{
    json_object(j, key);
    json_text(j, "message", "Something went wrong while looking up the track");
    json_text(j, "severity", old ? "FAULT" : "fault");
    json_text(j, "cause", "java.io.IOException: read timed out");
    if (!old)
        json_text(j, "causeStackTrace", "java.io.IOException: read timed out\n\tat ...");
    json_object_end(j);
}

static void add_playlist_info(struct json *j, const char *key, struct slice identifier)
{
    char name[96];
    struct str text;

    str_fixed(&text, name, sizeof name);
    str_add_text(&text, "Mix of ");
    if (identifier.len > 64)
        identifier.len = 64;
    str_add_slice(&text, identifier);
    json_object(j, key);
    json_text(j, "name", name);
    json_i64(j, "selectedTrack", -1);
    json_object_end(j);
}

static void write_v4(struct json *j, struct node *node, struct slice identifier,
                     enum load_kind kind, unsigned count, uint64_t size)
{
    static const char *const types[] = {"track", "search", "playlist", "empty", "error"};
    struct track track;

    json_object(j, NULL);
    json_text(j, "loadType", types[kind]);
    switch (kind) {
    case LOAD_TRACK:
        track_identified(&track, node->options.seed, identifier);
        add_track(j, "data", node, &track);
        break;
    case LOAD_SEARCH:
        add_hits(j, "data", node, identifier, count, size);
        break;
    case LOAD_PLAYLIST:
        json_object(j, "data");
        add_playlist_info(j, "info", identifier);
        json_object(j, "pluginInfo");
        json_object_end(j);
        add_hits(j, "tracks", node, identifier, count, size);
        json_object_end(j);
        break;
    case LOAD_EMPTY:
        json_null(j, "data");
        break;
    case LOAD_ERROR:
        add_error(j, "data", false);
        break;
    }
    json_object_end(j);
}

static void write_v3(struct json *j, struct node *node, struct slice identifier,
                     enum load_kind kind, unsigned count, uint64_t size)
{
    static const char *const types[] = {"TRACK_LOADED", "SEARCH_RESULT", "PLAYLIST_LOADED",
                                        "NO_MATCHES", "LOAD_FAILED"};
    struct track track;

    json_object(j, NULL);
    json_text(j, "loadType", types[kind]);
    if (kind == LOAD_PLAYLIST) {
        add_playlist_info(j, "playlistInfo", identifier);
    } else {
        json_object(j, "playlistInfo");
        json_object_end(j);
    }
    if (kind == LOAD_SEARCH || kind == LOAD_PLAYLIST) {
        add_hits(j, "tracks", node, identifier, count, size);
    } else {
        json_array(j, "tracks");
        if (kind == LOAD_TRACK) {
            track_identified(&track, node->options.seed, identifier);
            add_track(j, NULL, node, &track);
        }
        json_array_end(j);
    }
    if (kind == LOAD_ERROR)
        add_error(j, "exception", true);
    json_object_end(j);
}

/* Builds the result in the node's json buffer, filled with spaces to the size asked for. */
static struct slice write_result(struct node *node, const struct load *load)
{
    struct str *out = &node->json;
    enum load_kind kind = load_kind(load->rest);
    unsigned count = kind == LOAD_PLAYLIST ? PLAYLIST_TRACKS : SEARCH_HITS;
    uint64_t size = load->size < SIZE_MAX_BYTES ? load->size : SIZE_MAX_BYTES;
    struct json j;

    if (size > 0) {
        kind = size > 1024 ? LOAD_SEARCH : LOAD_EMPTY;
        count = UINT32_MAX;
    }
    str_reset(out);
    json_begin(&j, out);
    if (node->options.version == 3)
        write_v3(&j, node, load->rest, kind, count, size);
    else
        write_v4(&j, node, load->rest, kind, count, size);
    while (out->len < size && !out->cut)
        str_add_char(out, ' ');
    return str_slice(out);
}

/* Keeps the whole answer for the next requests with this very target. */
static void keep_bench(struct request *rq, struct slice body)
{
    struct node *node = rq->node;

    str_reset(&node->bench_target);
    str_add_slice(&node->bench_target, rq->head->target);
    str_reset(&node->bench_answer);
    str_addf(&node->bench_answer,
             "HTTP/1.1 200 OK\r\nLavalink-Api-Version: %u\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n",
             node->options.version, body.len);
    str_add_slice(&node->bench_answer, body);
}

void load_tracks(struct request *rq)
{
    struct load load = {.answer = {.status = 200, .type = "application/json"}};
    struct str *identifier = &rq->node->identifier;
    unsigned status;

    if (!rest_param(rq, "identifier", identifier)) {
        rest_error(rq, 400, "Required parameter 'identifier' is not present.");
        return;
    }
    load.rest = str_slice(identifier);
    while (take_modifier(&load))
        ;
    status = load.answer.status;
    if (status >= 400) {
        rest_error(rq, status, "As asked for");
        return;
    }
    if (load.answer.delay <= 0 && !load.bench)
        load.answer.delay = pace_search(rq->node);
    load.answer.body = write_result(rq->node, &load);
    if (load.bench && status == 200)
        keep_bench(rq, load.answer.body);
    answer_send(rq->peer, &load.answer);
}

void load_decode(struct request *rq)
{
    struct str *encoded = &rq->node->identifier;
    unsigned version = rq->node->options.version;
    struct track track;
    struct json j;

    if (!rest_param(rq, "encodedTrack", encoded) && !rest_param(rq, "track", encoded)) {
        rest_error(rq, 400, "No track to decode provided");
        return;
    }
    /* A plus that was not escaped has become a space. */
    for (size_t i = 0; i < encoded->len; i++)
        if (encoded->ptr[i] == ' ')
            encoded->ptr[i] = '+';
    if (!track_decode(&track, str_slice(encoded))) {
        rest_error(rq, 500, "Failed to decode the track");
        return;
    }
    str_reset(&rq->node->json);
    json_begin(&j, &rq->node->json);
    if (rq->bare)
        track_info_json(&j, NULL, &track, version);
    else
        track_json(&j, NULL, &track, str_slice(encoded), (struct slice){NULL, 0}, version);
    answer_json(rq->peer, str_slice(&rq->node->json));
}

void load_decode_many(struct request *rq)
{
    struct slice list, element;
    struct track track;
    struct json j;
    unsigned count = 0;

    if (!jsonin_check(rq->body, &list) || jsonin_kind(list) != '[') {
        rest_error(rq, 400, "The body is no JSON array");
        return;
    }
    str_reset(&rq->node->json);
    json_begin(&j, &rq->node->json);
    json_array(&j, NULL);
    while (jsonin_next(&list, &element)) {
        struct slice encoded = {element.ptr + 1, element.len - 2};
        if (jsonin_kind(element) != '"' || !track_decode(&track, encoded)) {
            rest_error(rq, 500, "Failed to decode a track");
            return;
        }
        track_json(&j, NULL, &track, encoded, (struct slice){NULL, 0}, rq->node->options.version);
        count++;
    }
    json_array_end(&j);
    if (count == 0)
        rest_error(rq, 400, "No tracks to decode provided");
    else
        answer_json(rq->peer, str_slice(&rq->node->json));
}
