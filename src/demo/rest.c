/*
 * Requests: password, version, path. Sessions and players have a file of their own.
 */
#include "rest.h"

#include <string.h>

#include "answer.h"
#include "base/hash.h"
#include "control.h"
#include "handshake.h"
#include "inside.h"
#include "load.h"
#include "peer.h"
#include "reqlog.h"
#include "session.h"
#include "sessions_rest.h"

bool rest_is(const struct request *rq, const char *method)
{
    struct slice asked = rq->head->method;

    /* HEAD is a GET without the body. */
    if (slice_equal(asked, SLICE("HEAD")))
        asked = SLICE("GET");
    return slice_equal(asked, slice_of(method));
}

void rest_error(struct request *rq, unsigned status, const char *message)
{
    answer_error(rq->peer, status, message, rq->path);
}

struct slice rest_header(const struct head *head, const char *name)
{
    for (unsigned i = 0; i < head->count; i++)
        if (slice_equal_nocase(head->headers[i].name, slice_of(name)))
            return head->headers[i].value;
    return (struct slice){NULL, 0};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode(struct slice text, struct str *out)
{
    str_reset(out);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && i + 2 < text.len) {
            int high = hex_value(text.ptr[i + 1]), low = hex_value(text.ptr[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high * 16 + low);
                i += 2;
            }
        }
        str_add_char(out, c);
    }
}

bool rest_param(const struct request *rq, const char *name, struct str *out)
{
    struct slice rest = rq->query, pair;

    while (slice_next(&rest, '&', &pair)) {
        size_t equals = slice_find(pair, '=');
        if (!slice_equal((struct slice){pair.ptr, equals}, slice_of(name)))
            continue;
        if (equals == pair.len)
            equals--;
        decode((struct slice){pair.ptr + equals + 1, pair.len - equals - 1}, out);
        return true;
    }
    return false;
}

uint64_t rest_param_u64(const struct request *rq, const char *name, uint64_t otherwise)
{
    char memory[32];
    struct str text;
    uint64_t value;

    str_fixed(&text, memory, sizeof memory);
    if (rest_param(rq, name, &text) && slice_to_u64(str_slice(&text), &value))
        return value;
    return otherwise;
}

static void version(struct request *rq)
{
    answer_text(rq->peer, 200, node_semver(rq->node));
}

static void info(struct request *rq)
{
    static const char *const filters[] = {"volume",     "equalizer", "karaoke",    "timescale",
                                          "tremolo",    "vibrato",   "distortion", "rotation",
                                          "channelMix", "lowPass"};
    struct slice semver = slice_of(node_semver(rq->node)), rest = semver, part;
    static const char *const names[] = {"major", "minor", "patch"};
    struct str *out = &rq->node->json;
    struct json j;

    str_reset(out);
    json_begin(&j, out);
    json_object(&j, NULL);
    json_object(&j, "version");
    json_slice(&j, "semver", semver);
    for (unsigned i = 0; i < 3 && slice_next(&rest, '.', &part); i++) {
        uint64_t number = 0;
        slice_to_u64(part, &number);
        json_u64(&j, names[i], number);
    }
    json_null(&j, "preRelease");
    if (rq->node->options.version == 4)
        json_null(&j, "build");
    json_object_end(&j);
    json_u64(&j, "buildTime", 1725184811000);
    json_object(&j, "git");
    json_text(&j, "branch", "HEAD");
    json_text(&j, "commit", "e9ee7e2");
    json_u64(&j, "commitTime", 1725184511000);
    json_object_end(&j);
    json_text(&j, "jvm", "17.0.12");
    json_text(&j, "lavaplayer", rq->node->options.version == 4 ? "2.2.1" : "1.5.3");
    json_array(&j, "sourceManagers");
    json_text(&j, NULL, "youtube");
    json_text(&j, NULL, "soundcloud");
    json_text(&j, NULL, "http");
    json_array_end(&j);
    json_array(&j, "filters");
    for (unsigned i = 0; i < sizeof filters / sizeof *filters; i++)
        json_text(&j, NULL, filters[i]);
    json_array_end(&j);
    json_array(&j, "plugins");
    json_array_end(&j);
    json_object_end(&j);
    answer_json(rq->peer, str_slice(out));
}

static void stats(struct request *rq)
{
    struct str *out = &rq->node->json;
    struct json j;

    str_reset(out);
    json_begin(&j, out);
    json_object(&j, NULL);
    session_stats(&j, rq->node, NULL);
    json_object_end(&j);
    answer_json(rq->peer, str_slice(out));
}

static void plugins(struct request *rq)
{
    answer_json(rq->peer, SLICE("[]"));
}

static void planner_status(struct request *rq)
{
    if (rq->node->options.version == 3)
        answer_json(rq->peer, SLICE("{\"class\":null,\"details\":null}"));
    else
        answer_empty(rq->peer, 204);
}

static void planner_free(struct request *rq)
{
    rest_error(rq, 500, "Can't access disabled route planner");
}

/* Version 4 keeps plain handlers on the paths of old WebSockets. */
static void nothing(struct request *rq)
{
    answer_empty(rq->peer, 200);
}

static void not_upgraded(struct request *rq)
{
    answer_text(rq->peer, 400, "Can \"Upgrade\" only to \"WebSocket\".");
}

enum where { WITH_VERSION = 1, BARE = 2, BARE_V3 = 4 };

static const struct route_row {
    const char *method;
    const char *parts[3];
    unsigned where;
    void (*handler)(struct request *rq);
} routes[] = {
    {"GET", {"version"}, BARE, version},
    {"GET", {"info"}, WITH_VERSION, info},
    {"GET", {"stats"}, WITH_VERSION, stats},
    {"GET", {"loadtracks"}, WITH_VERSION | BARE_V3, load_tracks},
    {"GET", {"decodetrack"}, WITH_VERSION | BARE_V3, load_decode},
    {"POST", {"decodetracks"}, WITH_VERSION | BARE_V3, load_decode_many},
    {"GET", {"plugins"}, BARE_V3, plugins},
    {"GET", {"routeplanner", "status"}, WITH_VERSION | BARE_V3, planner_status},
    {"POST", {"routeplanner", "free", "address"}, WITH_VERSION | BARE_V3, planner_free},
    {"POST", {"routeplanner", "free", "all"}, WITH_VERSION | BARE_V3, planner_free},
};

static bool row_matches(const struct route_row *row, const struct request *rq)
{
    unsigned have = rq->bare ? BARE | (rq->node->options.version == 3 ? BARE_V3 : 0) : WITH_VERSION;
    unsigned count = 0;

    if ((row->where & have) == 0)
        return false;
    while (count < 3 && row->parts[count] != NULL) {
        if (count >= rq->count || !slice_equal(rq->parts[count], slice_of(row->parts[count])))
            return false;
        count++;
    }
    return count == rq->count;
}

static void dispatch(struct request *rq)
{
    bool known = false;
    bool root = slice_equal(rq->path, SLICE("/"));

    if (rest_is(rq, "GET") && rq->node->options.version == 4 &&
        (root || slice_equal(rq->path, SLICE("/v3/websocket")))) {
        nothing(rq);
        return;
    }
    if (handshake_path(rq)) {
        not_upgraded(rq);
        return;
    }
    if (!rq->bare && rq->count >= 2 && slice_equal(rq->parts[0], SLICE("sessions"))) {
        sessions_rest(rq);
        return;
    }
    if (rq->bare && rq->count >= 1 && slice_equal(rq->parts[0], SLICE("test"))) {
        control_request(rq);
        return;
    }
    for (unsigned i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!row_matches(&routes[i], rq))
            continue;
        known = true;
        if (rest_is(rq, routes[i].method)) {
            routes[i].handler(rq);
            return;
        }
    }
    rest_error(rq, known ? 405 : 404, known ? "Method not allowed" : "Not found");
}

static void take_path_apart(struct request *rq)
{
    struct slice target = rq->head->target, rest, part;
    size_t mark = slice_find(target, '?');
    const char *own = rq->node->options.version == 3 ? "v3" : "v4";

    rq->path = (struct slice){target.ptr, mark};
    if (mark < target.len)
        rq->query = (struct slice){target.ptr + mark + 1, target.len - mark - 1};
    rq->bare = true;
    rest = rq->path;
    for (bool first = true; slice_next(&rest, '/', &part);) {
        if (part.len == 0)
            continue;
        if (first && slice_equal(part, slice_of(own)))
            rq->bare = false;
        else if (rq->count < REQUEST_PARTS_MAX)
            rq->parts[rq->count++] = part;
        first = false;
    }
}

/* Lavalink wants the very password, nothing in front of it. */
static bool has_password(const struct node *node, struct slice given)
{
    return given.ptr != NULL &&
           hash_equal_secret(node->password, strlen(node->password), given.ptr, given.len);
}

/* The pre-built answer to a benchmark's request; false when it is not one. */
static bool quick(struct peer *peer, const struct head *head)
{
    struct node *node = peer->node;

    if (node->bench_target.len == 0 || !slice_equal(head->target, str_slice(&node->bench_target)) ||
        !slice_equal(head->method, SLICE("GET")) || peer->close_after || peer->http10 ||
        node->options.fail != NODE_FAIL_NONE)
        return false;
    peer_send(peer, node->bench_answer.ptr, node->bench_answer.len);
    peer_answered(peer);
    return true;
}

void rest_request(struct peer *peer, const struct head *head, struct slice body)
{
    struct node *node = peer->node;
    struct request rq = {.node = node, .peer = peer, .head = head, .body = body};
    struct slice given = head_value(head, HEADER_AUTHORIZATION);
    bool allowed = has_password(node, given);
    bool upgrade;

    if (allowed && quick(peer, head))
        return;
    take_path_apart(&rq);
    upgrade = handshake_wanted(&rq);
    if (!rq.bare || rq.count == 0 || !slice_equal(rq.parts[0], SLICE("test")))
        reqlog_add(node->log, &rq, allowed, upgrade);
    if (slice_equal(rq.path, SLICE("/metrics")) && rest_is(&rq, "GET")) {
        control_metrics(&rq);
    } else if (!allowed) {
        answer_empty(peer, given.ptr == NULL || upgrade ? 401 : 403);
    } else if (node->options.fail != NODE_FAIL_NONE && node->options.fail != NODE_FAIL_REFUSEWS &&
               !(rq.bare && rq.count > 0 && slice_equal(rq.parts[0], SLICE("test"))) && !upgrade) {
        answer_send(peer, &(struct answer){.status = 200,
                                           .type = "application/json",
                                           .body = SLICE("{\"fault\":true}"),
                                           .fail = node->options.fail});
    } else if (upgrade) {
        handshake(&rq);
    } else {
        dispatch(&rq);
    }
}
