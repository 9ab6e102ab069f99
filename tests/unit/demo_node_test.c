/*
 * A node over real sockets: the loop runs in a thread, the test is a blocking client.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>
#include <ev.h>
#include <pthread.h>

#include "base/str.h"
#include "demo/node.h"
#include "lavalink/ws.h"

#define PASS "Authorization: youshallnotpass\r\n"
#define HANDSHAKE                                                                                  \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                   \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

struct stage {
    struct ev_loop *loop;
    struct node *nodes[2];
    unsigned short ports[2];
    ev_async stop;
    pthread_t thread;
};

static void on_stop(struct ev_loop *loop, ev_async *async, int events)
{
    (void)async;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void *run(void *arg)
{
    ev_run(arg, 0);
    return NULL;
}

static int begin(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct node_options options;
    struct err err = {.text = ""};

    stage->loop = ev_loop_new(EVFLAG_AUTO);
    for (unsigned i = 0; i < 2; i++) {
        node_defaults(&options);
        options.version = 3 + i;
        options.player_update = 0.05;
        options.seed = 1;
        stage->nodes[i] = node_new(stage->loop, &options, &err);
        if (stage->nodes[i] == NULL)
            fail_msg("%s", err.text);
        stage->ports[i] = node_port(stage->nodes[i]);
    }
    ev_async_init(&stage->stop, on_stop);
    ev_async_start(stage->loop, &stage->stop);
    pthread_create(&stage->thread, NULL, run, stage->loop);
    *state = stage;
    return 0;
}

static int end(void **state)
{
    struct stage *stage = *state;

    ev_async_send(stage->loop, &stage->stop);
    pthread_join(stage->thread, NULL);
    node_free(stage->nodes[0]);
    node_free(stage->nodes[1]);
    ev_loop_destroy(stage->loop);
    free(stage);
    return 0;
}

static int dial(const struct stage *stage, unsigned version)
{
    struct addr addr = {.family = 4, .bytes = {127, 0, 0, 1}, .port = stage->ports[version - 3]};
    struct sockaddr_storage to;
    struct timeval limit = {.tv_sec = 5};
    socklen_t len = addr_to_sockaddr(&addr, &to);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&to, len), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void put(int fd, const void *bytes, size_t len)
{
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Reads until the connection ends; fails when that takes too long. */
static void read_all(int fd, struct str *out)
{
    char bytes[65536];
    ssize_t got;

    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        str_add(out, bytes, (size_t)got);
    assert_int_equal(got, 0);
}

/* One request on a connection of its own. */
static void ask(const struct stage *stage, unsigned version, const char *request, struct str *out)
{
    int fd = dial(stage, version);

    put(fd, request, strlen(request));
    str_reset(out);
    read_all(fd, out);
    close(fd);
}

#define GET(path, headers)                                                                         \
    "GET " path " HTTP/1.1\r\nHost: n\r\nConnection: close\r\n" headers "\r\n"
#define WS(path, headers) "GET " path " HTTP/1.1\r\nHost: n\r\n" HANDSHAKE headers "\r\n"

static const struct {
    const char *name;
    unsigned version;
    const char *request;
    const char *start, *has; /* of the answer */
} rows[] = {
    {"no password", 4, GET("/version", ""), "HTTP/1.1 401 ", "Lavalink-Api-Version: 4\r\n"},
    {"wrong password", 4, GET("/version", "Authorization: x\r\n"), "HTTP/1.1 403 ",
     "Lavalink-Api-Version: 4\r\n"},
    {"bearer is no password", 4, GET("/version", "Authorization: Bearer youshallnotpass\r\n"),
     "HTTP/1.1 403 ", "Content-Length: 0\r\n"},
    {"version 4", 4, GET("/version", PASS), "HTTP/1.1 200 ", "\r\n\r\n4.0.8"},
    {"version 3", 3, GET("/version", PASS), "HTTP/1.1 200 ", "\r\n\r\n3.7.13"},
    {"info", 4, GET("/v4/info", PASS), "HTTP/1.1 200 ", "\"sourceManagers\":[\"youtube\""},
    {"stats of 3", 3, GET("/v3/stats", PASS), "HTTP/1.1 200 ", "\"playingPlayers\":0"},
    {"other version", 4, GET("/v3/stats", PASS), "HTTP/1.1 404 ", "\"path\":\"/v3/stats\""},
    {"old root of 4", 4, GET("/", PASS), "HTTP/1.1 200 ", "Content-Length: 0\r\n"},
    {"old socket of 4", 4, GET("/v3/websocket", PASS), "HTTP/1.1 200 ", "Content-Length: 0\r\n"},
    {"search 4", 4, GET("/v4/loadtracks?identifier=ytsearch%3Ax", PASS), "HTTP/1.1 200 ",
     "{\"loadType\":\"search\",\"data\":[{\"encoded\":\"Q"},
    {"search 3", 3, GET("/v3/loadtracks?identifier=ytsearch%3Ax", PASS), "HTTP/1.1 200 ",
     "{\"loadType\":\"SEARCH_RESULT\",\"playlistInfo\":{},\"tracks\":[{\"encoded\":\"Q"},
    {"bare search", 3, GET("/loadtracks?identifier=ytsearch%3Ax", PASS), "HTTP/1.1 200 ",
     "SEARCH_RESULT"},
    {"no bare search in 4", 4, GET("/loadtracks?identifier=ytsearch%3Ax", PASS), "HTTP/1.1 404 ",
     "Not found"},
    {"empty", 4, GET("/v4/loadtracks?identifier=empty", PASS), "HTTP/1.1 200 ",
     "{\"loadType\":\"empty\",\"data\":null}"},
    {"error", 3, GET("/v3/loadtracks?identifier=error", PASS), "HTTP/1.1 200 ",
     "\"severity\":\"FAULT\""},
    {"no identifier", 4, GET("/v4/loadtracks", PASS), "HTTP/1.1 400 ", "identifier"},
    {"asked-for status", 4, GET("/v4/loadtracks?identifier=status:503", PASS), "HTTP/1.1 503 ",
     "\"error\":\"Service Unavailable\""},
    {"chunked", 4, GET("/v4/loadtracks?identifier=chunked:empty", PASS), "HTTP/1.1 200 ",
     "\r\n\r\n20\r\n{\"loadType\":\"empty\",\"data\":null}\r\n0\r\n\r\n"},
    {"until close", 4, GET("/v4/loadtracks?identifier=close:empty", PASS), "HTTP/1.1 200 ",
     "Connection: close\r\n\r\n{\"loadType\""},
    {"late", 4, GET("/v4/loadtracks?identifier=delay:30:empty", PASS), "HTTP/1.1 200 ",
     "\"data\":null}"},
    {"drip", 4, GET("/v4/loadtracks?identifier=drip:2:empty", PASS), "HTTP/1.1 200 ",
     "\"data\":null}"},
    {"session of nobody", 4, GET("/v4/sessions/abc/players", PASS), "HTTP/1.1 404 ",
     "\"message\":\"Session not found\""},
    {"planner of 3", 3, GET("/v3/routeplanner/status", PASS), "HTTP/1.1 200 ", "\"class\":null"},
    {"planner of 4", 4, GET("/v4/routeplanner/status", PASS), "HTTP/1.1 204 ", "\r\n\r\n"},
    {"wrong method", 4, GET("/v4/decodetracks", PASS), "HTTP/1.1 405 ", "Method not allowed"},
    {"bad blob", 4, GET("/v4/decodetrack?encodedTrack=AAAA", PASS), "HTTP/1.1 500 ", "decode"},
    {"malformed", 4, "GET / HTTP/1.1\nHost: n\r\n\r\n", "HTTP/1.1 400 ", "Connection: close\r\n"},
    {"socket without password", 4, WS("/v4/websocket", "Connection: close\r\n"), "HTTP/1.1 401 ",
     "Lavalink-Api-Version: 4\r\n"},
    {"socket without user", 4, WS("/v4/websocket", PASS "Connection: close\r\n"), "HTTP/1.1 400 ",
     "Content-Length: 0\r\n"},
    {"socket of page", 4,
     WS("/v4/websocket", PASS "User-Id: 1\r\nOrigin: http://x\r\nConnection: close\r\n"),
     "HTTP/1.1 403 ", "Content-Length: 0\r\n"},
    {"user that is no number", 4, WS("/v4/websocket", PASS "User-Id: me\r\n"), "HTTP/1.1 101 ",
     "\x88\x02\x03\xf3"},
    {"bulk", 4, WS("/v4/websocket?bulk=5", PASS), "HTTP/1.1 101 ",
     "\x88\x06\x03\xe8"
     "done"},
};

static void test_answers(void **state)
{
    struct str out;

    str_growing(&out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ask(*state, rows[i].version, rows[i].request, &out);
        if (strncmp(out.ptr, rows[i].start, strlen(rows[i].start)) != 0 ||
            memmem(out.ptr, out.len, rows[i].has, strlen(rows[i].has)) == NULL)
            fail_msg("%s: %.300s", rows[i].name, out.ptr);
    }
    str_free(&out);
}

static size_t body_length(const struct str *answer)
{
    const char *body = strstr(answer->ptr, "\r\n\r\n");

    assert_non_null(body);
    return answer->len - (size_t)(body + 4 - answer->ptr);
}

static void test_sizes(void **state)
{
    static const struct {
        unsigned version;
        const char *request;
        size_t least, most;
    } sizes[] = {
        {4, GET("/v4/loadtracks?identifier=ytsearch:size", PASS), 11000, 13500},
        {3, GET("/v3/loadtracks?identifier=ytsearch:size", PASS), 11000, 15500},
        {4, GET("/v4/loadtracks?identifier=playlist", PASS), 340000, 400000},
        {4, GET("/v4/loadtracks?identifier=size:1500000", PASS), 1500000, 1500000},
        {4, GET("/v4/loadtracks?identifier=size:300", PASS), 300, 300},
        {4, GET("/v4/loadtracks?identifier=bench:2048", PASS), 2048, 2048},
        {3, GET("/v3/loadtracks?identifier=bench:2048", PASS), 2048, 2048},
    };
    struct str out;

    str_growing(&out);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ask(*state, sizes[i].version, sizes[i].request, &out);
        assert_in_range(body_length(&out), sizes[i].least, sizes[i].most);
    }
    str_free(&out);
}

/* The same bytes, however they are cut, get the same answers. */
static void test_pieces(void **state)
{
    static const char requests[] =
        "POST /test/echo HTTP/1.1\r\nHost: n\r\n" PASS "Content-Length: 5\r\n\r\nhello"
        "POST /test/echo HTTP/1.1\r\nHost: n\r\n" PASS "Transfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        "GET /v4/loadtracks?identifier=delay:1:empty HTTP/1.1\r\nHost: n\r\n" PASS "\r\n"
        "GET /version HTTP/1.1\r\nHost: n\r\nConnection: close\r\n" PASS "\r\n";
    struct str whole, pieces;

    str_growing(&whole);
    str_growing(&pieces);
    ask(*state, 4, requests, &whole);
    assert_non_null(strstr(whole.ptr, "hello"));
    assert_non_null(strstr(whole.ptr, "abcde"));
    for (size_t step = 1; step < 200; step = step * 3 + 1) {
        int fd = dial(*state, 4);
        for (size_t at = 0; at < sizeof requests - 1; at += step)
            put(fd, requests + at,
                sizeof requests - 1 - at < step ? sizeof requests - 1 - at : step);
        str_reset(&pieces);
        read_all(fd, &pieces);
        close(fd);
        assert_int_equal(pieces.len, whole.len);
        assert_memory_equal(pieces.ptr, whole.ptr, whole.len);
    }
    str_free(&whole);
    str_free(&pieces);
}

/* A WebSocket of the test's: text frames one by one. */
struct socket {
    int fd;
    struct str in;
};

static void fill(struct socket *ws)
{
    char bytes[65536];
    ssize_t got = recv(ws->fd, bytes, sizeof bytes, 0);

    assert_true(got > 0);
    str_add(&ws->in, bytes, (size_t)got);
}

static void cut(struct socket *ws, size_t bytes)
{
    memmove(ws->in.ptr, ws->in.ptr + bytes, ws->in.len - bytes);
    ws->in.len -= bytes;
}

/* Connects and takes the answer's head into *head. */
static void upgrade(struct socket *ws, const struct stage *stage, unsigned version,
                    const char *request, char head[512])
{
    const char *end;

    ws->fd = dial(stage, version);
    str_growing(&ws->in);
    put(ws->fd, request, strlen(request));
    do {
        fill(ws);
        end = memmem(ws->in.ptr, ws->in.len, "\r\n\r\n", 4);
    } while (end == NULL);
    snprintf(head, 512, "%.*s", (int)(end + 4 - ws->in.ptr), ws->in.ptr);
    cut(ws, (size_t)(end + 4 - ws->in.ptr));
}

/* The payload of the next frame, in `text`. */
static enum ws_opcode next_frame(struct socket *ws, char text[4096])
{
    struct ws_header header;

    while (ws_decode(&header, ws->in.ptr, ws->in.len) == WS_MORE ||
           ws->in.len < header.size + header.length)
        fill(ws);
    assert_false(header.masked);
    assert_true(header.length < 4096);
    memcpy(text, ws->in.ptr + header.size, (size_t)header.length);
    text[header.length] = '\0';
    cut(ws, header.size + (size_t)header.length);
    return header.opcode;
}

/* Reads frames until one holds `word`. */
static void await(struct socket *ws, const char *word, char text[4096])
{
    for (unsigned i = 0; i < 200; i++) {
        next_frame(ws, text);
        if (strstr(text, word) != NULL)
            return;
    }
    fail_msg("no frame with %s", word);
}

static void hang_up(struct socket *ws)
{
    close(ws->fd);
    str_free(&ws->in);
}

static void send_masked(struct socket *ws, enum ws_opcode opcode, const char *text)
{
    struct ws_header header = {.opcode = opcode,
                               .fin = true,
                               .masked = true,
                               .mask = {1, 2, 3, 4},
                               .length = strlen(text)};
    uint8_t frame[1024];
    size_t size = ws_encode(frame, &header);

    memcpy(frame + size, text, (size_t)header.length);
    ws_mask(frame + size, (size_t)header.length, header.mask, 0);
    put(ws->fd, frame, size + (size_t)header.length);
}

static void patch(const struct stage *stage, const char *where, const char *body, const char *has)
{
    char request[1024];
    struct str out;

    snprintf(request, sizeof request,
             "PATCH /v4/sessions/%s HTTP/1.1\r\nHost: n\r\nConnection: close\r\n" PASS
             "Content-Length: %zu\r\n\r\n%s",
             where, strlen(body), body);
    str_growing(&out);
    ask(stage, 4, request, &out);
    if (strstr(out.ptr, has) == NULL)
        fail_msg("%s %s: %s", where, body, out.ptr);
    str_free(&out);
}

/* The value of "sessionId" in a ready frame. */
static void take_id(const char *ready, char id[17])
{
    const char *at = strstr(ready, "\"sessionId\":\"");

    assert_non_null(at);
    snprintf(id, 17, "%.16s", at + 13);
}

static void test_session(void **state)
{
    struct socket ws;
    char head[512], text[4096], id[17], where[64], request[512];

    upgrade(&ws, *state, 4, WS("/v4/websocket", PASS "User-Id: 1\r\n"), head);
    assert_non_null(strstr(head, "Session-Resumed: false\r\n"));
    assert_non_null(strstr(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_non_null(strstr(head, "Upgrade: WebSocket\r\n"));
    next_frame(&ws, text);
    assert_non_null(strstr(text, "\"op\":\"ready\",\"resumed\":false"));
    take_id(text, id);
    next_frame(&ws, text);
    assert_non_null(strstr(text, "\"op\":\"stats\""));
    snprintf(where, sizeof where, "%s/players/42", id);
    patch(*state, where, "{\"track\":{\"identifier\":\"stream:x\",\"userData\":{\"a\":1}}}",
          "\"userData\":{\"a\":1}");
    await(&ws, "TrackStartEvent", text);
    await(&ws, "\"op\":\"playerUpdate\",\"guildId\":\"42\"", text);
    patch(*state, where, "{\"volume\":1001}", "HTTP/1.1 400 ");
    patch(*state, where, "{\"voice\":{\"token\":\"t\"}}", "Partial");
    patch(*state, where, "{\"paused\":true,\"position\":5000,\"filters\":{\"x\":[1]}}",
          "\"filters\":{\"x\":[1]}");
    patch(*state, where, "{\"track\":{\"encoded\":null}}", "\"track\":null");
    await(&ws, "\"reason\":\"stopped\"", text);
    patch(*state, where, "{\"track\":{\"identifier\":\"fail:x\"},\"paused\":false}", "fail:x");
    await(&ws, "TrackExceptionEvent", text);
    await(&ws, "\"reason\":\"loadFailed\"", text);
    patch(*state, id, "{\"resuming\":true,\"timeout\":5}", "{\"resuming\":true,\"timeout\":5}");
    patch(*state, where, "{\"track\":{\"identifier\":\"short:60\"}}", "short:60");
    hang_up(&ws);
    do { /* until the node has seen the end, and the track's */
        struct str out;
        bool away;
        str_growing(&out);
        snprintf(request, sizeof request,
                 "GET /v4/sessions/%s/players HTTP/1.1\r\nHost: n\r\nConnection: close\r\n" PASS
                 "\r\n",
                 id);
        ask(*state, 4, request, &out);
        away = strstr(out.ptr, "Session not found") != NULL;
        str_free(&out);
        if (away)
            break;
    } while (true);
    snprintf(request, sizeof request, WS("/v4/websocket", PASS "User-Id: 1\r\nSession-Id: %s\r\n"),
             id);
    upgrade(&ws, *state, 4, request, head);
    assert_non_null(strstr(head, "Session-Resumed: true\r\n"));
    next_frame(&ws, text);
    assert_non_null(strstr(text, "\"resumed\":true"));
    assert_non_null(strstr(text, id));
    await(&ws, "\"reason\":\"finished\"", text);
    send_masked(&ws, WS_PING, "p");
    while (next_frame(&ws, text) != WS_PONG)
        ;
    assert_string_equal(text, "p");
    send_masked(&ws, WS_CLOSE, "\x03\xe8");
    while (next_frame(&ws, text) != WS_CLOSE)
        ;
    hang_up(&ws);
}

static void test_ops(void **state)
{
    struct socket ws;
    char head[512], text[4096];

    upgrade(&ws, *state, 3, WS("/", PASS "User-Id: 1\r\n"), head);
    next_frame(&ws, text);
    assert_non_null(strstr(text, "\"op\":\"ready\""));
    send_masked(&ws, WS_TEXT,
                "{\"op\":\"voiceUpdate\",\"guildId\":\"7\",\"sessionId\":\"s\","
                "\"event\":{\"token\":\"t\",\"endpoint\":\"e\",\"guild_id\":\"7\"}}");
    send_masked(
        &ws, WS_TEXT,
        "{\"op\":\"play\",\"guildId\":\"7\",\"track\":\"QAAAjQIAJVJpY2sgQXN0bGV5IC0gTmV2ZXIg"
        "R29ubmEgR2l2ZSBZb3UgVXAADlJpY2tBc3RsZXlWRVZPAAAAAAADPCAAC2RRdzR3OVdnWGNRAAEAK2h0"
        "dHBzOi8vd3d3LnlvdXR1YmUuY29tL3dhdGNoP3Y9ZFF3NHc5V2dYY1EAB3lvdXR1YmUAAAAAAAAAAA=="
        "\",\"startTime\":\"1000\"}");
    await(&ws, "TrackStartEvent", text);
    assert_non_null(strstr(text, "\"encodedTrack\":\"QAAAjQIA"));
    await(&ws, "\"connected\":true", text);
    send_masked(&ws, WS_TEXT, "{\"op\":\"seek\",\"guildId\":\"7\",\"position\":90000}");
    await(&ws, "\"position\":900", text);
    send_masked(&ws, WS_TEXT, "not json");
    send_masked(&ws, WS_TEXT, "{\"op\":\"unknown\",\"guildId\":\"7\"}");
    send_masked(&ws, WS_TEXT, "{\"op\":\"stop\",\"guildId\":\"7\"}");
    await(&ws, "\"reason\":\"STOPPED\"", text);
    send_masked(&ws, WS_TEXT, "{\"op\":\"destroy\",\"guildId\":\"7\"}");
    hang_up(&ws);
}

static void test_log(void **state)
{
    struct str out;

    str_growing(&out);
    ask(*state, 4, GET("/version", PASS "X-Seen: 1\r\n"), &out);
    ask(*state, 4, GET("/test/log", PASS), &out);
    assert_non_null(strstr(out.ptr, "[\"X-Seen\",\"1\"]"));
    assert_non_null(strstr(out.ptr, "[\"Authorization\",\"ok\"]"));
    assert_null(strstr(out.ptr, "youshallnotpass"));
    str_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers), cmocka_unit_test(test_sizes), cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_session), cmocka_unit_test(test_ops),   cmocka_unit_test(test_log),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
