/*
 * Rewritten heads, byte for byte, and that what comes out passes the head check and stays the same
 * when it goes through again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "http/rewrite.h"

#define OURS "Authorization: secret\r\nX-Forwarded-For: "
#define PEER "192.0.2.7"

static void request(struct str *out, const char *bytes, bool append, bool websocket)
{
    static struct head head;
    struct framing framing;
    struct rewrite_request how = {.password = SLICE("secret"),
                                  .peer = SLICE(PEER),
                                  .append_forwarded = append,
                                  .websocket = websocket,
                                  .framing = &framing};

    assert_int_equal(head_request(&head, bytes, strlen(bytes)), HEAD_OK);
    assert_int_equal(framing_request(&framing, &head, bytes), 0);
    rewrite_request(out, &head, &how);
    assert_false(out->cut);
}

struct request_row {
    const char *name;
    const char *bytes;
    const char *expected;
    bool append;
    bool websocket;
};

static const struct request_row requests[] = {
    {"plain", "GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: pw\r\nUser-Agent: u\r\n\r\n",
     "GET /x HTTP/1.1\r\nHost: a\r\nUser-Agent: u\r\n" OURS PEER "\r\n\r\n", false, false},
    {"the target as it came",
     "\r\nGET /?a=100%%20&u=https://y#\xc3\xa4 HTTP/1.1\r\nhost:a\r\nAuthorization: pw\r\n\r\n",
     "GET /?a=100%%20&u=https://y#\xc3\xa4 HTTP/1.1\r\nhost:a\r\n" OURS PEER "\r\n\r\n", false,
     false},
    {"hop-by-hop",
     "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop, te\r\nKeep-Alive: 5\r\nX-Hop: "
     "1\r\n"
     "x-HOP: 2\r\nProxy-Connection: x\r\nProxy-Authorization: x\r\nTE: trailers\r\nTrailer: x\r\n"
     "Kept: 1\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\nKept: 1\r\n" OURS PEER "\r\n\r\n", false, false},
    {"h2c",
     "PATCH / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 2\r\nHost: a\r\n"
     "HTTP2-Settings: AAE\r\nUpgrade: h2c\r\nUser-Id: 1\r\n\r\n",
     "PATCH / HTTP/1.1\r\nHost: a\r\nUser-Id: 1\r\n" OURS PEER "\r\nContent-Length: 2\r\n\r\n",
     false, false},
    {"what Connection cannot take away",
     "GET / HTTP/1.1\r\nHost: a\r\nConnection: Host, User-Id, Client-Name, Session-Id, "
     "Resume-Key\r\n"
     "User-Id: 1\r\nClient-Name: c\r\nSession-Id: s\r\nResume-Key: r\r\n"
     "Connection: Content-Type, Sec-WebSocket-Version, Lavalink-Version, Authorization, Expect\r\n"
     "Content-Type: t\r\nSec-WebSocket-Version: 13\r\nLavalink-Version: 4\r\n"
     "Expect: 100-continue\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\nUser-Id: 1\r\nClient-Name: c\r\nSession-Id: s\r\nResume-Key: "
     "r\r\n"
     "Content-Type: t\r\nSec-WebSocket-Version: 13\r\nLavalink-Version: 4\r\n"
     "Expect: 100-continue\r\n" OURS PEER "\r\n\r\n",
     false, false},
    {"length as a number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n",
     "POST / HTTP/1.1\r\nHost: a\r\n" OURS PEER "\r\nContent-Length: 7\r\n\r\n", false, false},
    {"length 0 stays", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n" OURS PEER "\r\nContent-Length: 0\r\n\r\n", false, false},
    {"chunked", "PATCH / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n",
     "PATCH / HTTP/1.1\r\nHost: a\r\n" OURS PEER "\r\nTransfer-Encoding: chunked\r\n\r\n", false,
     false},
    {"forwarded, set", "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n" OURS PEER "\r\n\r\n", false, false},
    {"forwarded, appended",
     "GET / HTTP/1.1\r\nx-forwarded-for: 1.1.1.1, 2.2.2.2\r\nX-Forwarded-For:\r\nHost: a\r\n"
     "Connection: X-Forwarded-For\r\nX-Forwarded-For: 3.3.3.3\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n" OURS "1.1.1.1, 2.2.2.2, 3.3.3.3, " PEER "\r\n\r\n", true,
     false},
    {"forwarded, nothing to append to", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n" OURS PEER "\r\n\r\n", true, false},
    {"1.0", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
     "POST / HTTP/1.1\r\nHost: \r\n" OURS PEER "\r\nContent-Length: 1\r\n\r\n", false, false},
    {"websocket",
     "GET /v4/websocket HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: k==\r\n"
     "Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\nAuthorization: pw\r\nUser-Id: 1\r\n"
     "Client-Name: c/1\r\nSession-Id: s\r\nHost: a:1\r\n"
     "Sec-WebSocket-Extensions: permessage-deflate\r\nOrigin: o\r\n\r\n",
     "GET /v4/websocket HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: k==\r\n"
     "User-Id: 1\r\nClient-Name: c/1\r\nSession-Id: s\r\nHost: a:1\r\nOrigin: o\r\n" OURS PEER
     "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
     false, true},
};

static void test_requests(void **state)
{
    char first[4096];
    char second[4096];
    struct str out;

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        str_fixed(&out, first, sizeof(first));
        request(&out, requests[i].bytes, requests[i].append, requests[i].websocket);
        if (strcmp(first, requests[i].expected) != 0)
            fail_msg("%s:\n%s", requests[i].name, first);
        str_fixed(&out, second, sizeof(second));
        request(&out, first, false, requests[i].websocket);
        if (!requests[i].append)
            assert_string_equal(second, first);
    }
}

/* A framing that has been walked, as when the request is sent a second time. */
static void test_walked_framing(void **state)
{
    static const char bytes[] = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    static struct head head;
    char memory[512];
    struct str out;
    struct framing framing;
    struct slice payload;
    struct rewrite_request how = {.password = SLICE("p"), .framing = &framing};

    (void)state;
    assert_int_equal(head_request(&head, bytes, sizeof(bytes) - 1), HEAD_OK);
    assert_int_equal(framing_request(&framing, &head, bytes), 0);
    assert_int_equal(framing_walk(&framing, "hello", 5, &payload), 5);
    str_fixed(&out, memory, sizeof(memory));
    rewrite_request(&out, &head, &how);
    assert_non_null(strstr(memory, "\r\nContent-Length: 5\r\n"));
}

static void test_cut(void **state)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    static struct head head;
    char memory[40];
    struct str out;
    struct framing framing;
    struct rewrite_request how = {.password = SLICE("p"), .framing = &framing};

    (void)state;
    assert_int_equal(head_request(&head, bytes, sizeof(bytes) - 1), HEAD_OK);
    assert_int_equal(framing_request(&framing, &head, bytes), 0);
    str_fixed(&out, memory, sizeof(memory));
    rewrite_request(&out, &head, &how);
    assert_true(out.cut);
}

#define OK11 "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

enum flag { CLOSE = 1, WEBSOCKET = 2, INTERIM = 4, CLIENT10 = 8, TO_HEAD = 16 };

struct response_row {
    const char *name;
    unsigned flags;
    const char *bytes;
    const char *expected;
};

static const struct response_row responses[] = {
    {"length", 0, OK11 "Date: d\r\nContent-Length: 05\r\nContent-Type: t\r\n\r\n",
     OK11 "Date: d\r\nContent-Type: t\r\nContent-Length: 5\r\n\r\n"},
    {"length, close", CLOSE, OK11 "Content-Length: 5\r\n\r\n",
     OK11 "Content-Length: 5\r\nConnection: close\r\n\r\n"},
    {"length, 1.0 client", CLIENT10, OK11 "Content-Length: 5\r\n\r\n",
     OK11 "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n"},
    {"chunked", 0, OK11 CHUNKED "Content-Encoding: br\r\n\r\n",
     OK11 "Content-Encoding: br\r\n" CHUNKED "\r\n"},
    {"chunked, 1.0 client", CLIENT10, OK11 CHUNKED "\r\n", OK11 "Connection: close\r\n\r\n"},
    {"until close", 0, "HTTP/1.0 200 OK\r\n\r\n", OK11 "Connection: close\r\n\r\n"},
    {"hop-by-hop", 0,
     OK11 "Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: x\r\nServer: s\r\n"
          "Lavalink-Api-Version: 4\r\nTrailer: t\r\nProxy-Authenticate: p\r\nContent-Length: 0\r\n"
          "Upgrade: h2c\r\n\r\n",
     OK11 "Server: s\r\nLavalink-Api-Version: 4\r\nContent-Length: 0\r\n\r\n"},
    {"what Connection cannot take away", 0,
     OK11 "Connection: Lavalink-Api-Version, Session-Resumed, Content-Length, Content-Type\r\n"
          "Lavalink-Api-Version: 4\r\nSession-Resumed: true\r\nContent-Type: t\r\n"
          "Content-Length: 1\r\n\r\n",
     OK11 "Lavalink-Api-Version: 4\r\nSession-Resumed: true\r\nContent-Type: t\r\n"
          "Content-Length: 1\r\n\r\n"},
    {"HEAD", TO_HEAD, OK11 "Content-Length: 05\r\n\r\n", OK11 "Content-Length: 05\r\n\r\n"},
    {"HEAD without length", TO_HEAD, OK11 "X: y\r\n\r\n", OK11 "X: y\r\n\r\n"},
    {"304", 0, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"},
    {"204", 0, "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\nX: y\r\n\r\n",
     "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n"},
    {"100", INTERIM, "HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\n",
     "HTTP/1.1 100 Continue\r\n\r\n"},
    {"no phrase", 0, "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n",
     "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n"},
    {"101", WEBSOCKET,
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Accept: k=\r\nSec-WebSocket-Protocol: p\r\nSession-Resumed: false\r\n"
     "Lavalink-Api-Version: 4\r\nContent-Length: 0\r\n\r\n",
     "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: k=\r\nSec-WebSocket-Protocol: p\r\n"
     "Session-Resumed: false\r\nLavalink-Api-Version: 4\r\nUpgrade: WebSocket\r\n"
     "Connection: Upgrade\r\n\r\n"},
};

static void response(struct str *out, const char *bytes, unsigned flags)
{
    static struct head head;
    struct framing framing;
    struct rewrite_response how = {.close = (flags & CLOSE) != 0,
                                   .websocket = (flags & WEBSOCKET) != 0,
                                   .interim = (flags & INTERIM) != 0,
                                   .client_http10 = (flags & CLIENT10) != 0,
                                   .framing = &framing};

    assert_int_equal(head_response(&head, bytes, strlen(bytes)), HEAD_OK);
    assert_int_equal(framing_response(&framing, &head, bytes, (flags & TO_HEAD) != 0), 0);
    rewrite_response(out, &head, &how);
    assert_false(out->cut);
}

static void test_responses(void **state)
{
    char first[4096];
    char second[4096];
    struct str out;

    (void)state;
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        str_fixed(&out, first, sizeof(first));
        response(&out, responses[i].bytes, responses[i].flags);
        if (strcmp(first, responses[i].expected) != 0)
            fail_msg("%s:\n%s", responses[i].name, first);
        str_fixed(&out, second, sizeof(second));
        response(&out, first, responses[i].flags);
        assert_string_equal(second, first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_walked_framing),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_responses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
