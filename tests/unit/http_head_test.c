/*
 * The strict head check: what passes, what is refused and how, and that where the bytes are cut
 * makes no difference. Rows marked "lenient" are heads that Debian's http_parser lets through.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/head.h"

#define BYTES(text) (text), sizeof(text) - 1
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST /v4/x HTTP/1.1\r\nHost: a\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\n"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    enum head_result result;
    const char *reason; /* part of it */
};

static const struct row requests[] = {
    {"plain", BYTES(GET "\r\n"), HEAD_OK, NULL},
    {"one empty line first", BYTES("\r\n" GET "\r\n"), HEAD_OK, NULL},
    {"two empty lines first", BYTES("\r\n\r\n" GET "\r\n"), HEAD_BAD, "not an HTTP request"},
    {"LF first", BYTES("\n" GET "\r\n"), HEAD_BAD, "not an HTTP request"},
    {"1.0 without Host", BYTES("GET / HTTP/1.0\r\n\r\n"), HEAD_OK, NULL},
    {"1.1 without Host", BYTES("GET / HTTP/1.1\r\n\r\n"), HEAD_BAD, "no Host"},
    {"empty Host", BYTES("GET / HTTP/1.1\r\nHost:\r\n\r\n"), HEAD_OK, NULL},
    {"IPv6 Host", BYTES("GET / HTTP/1.1\r\nhost: [::1]:6923\r\n\r\n"), HEAD_OK, NULL},
    {"Host with a space", BYTES("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), HEAD_BAD, "Host is not"},
    {"Host with a user", BYTES("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), HEAD_BAD, "Host is not"},
    {"Host with a path", BYTES("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), HEAD_BAD, "Host is not"},
    {"GET with length 0", BYTES(GET "Content-Length: 0\r\n\r\n"), HEAD_OK, NULL},
    {"chunked", BYTES(POST "Transfer-Encoding: Chunked\r\n\r\n"), HEAD_OK, NULL},
    {"no space behind the colon", BYTES(GET "X:y\r\n\r\n"), HEAD_OK, NULL},
    {"empty value", BYTES(GET "X:\r\n\r\n"), HEAD_OK, NULL},
    {"OPTIONS *", BYTES("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_OK, NULL},
    {"leading zeros of a length", BYTES(POST "Content-Length: 007\r\n\r\n"), HEAD_OK, NULL},
    {"largest length", BYTES(POST "Content-Length: 9223372036854775807\r\n\r\n"), HEAD_OK, NULL},
    {"h2c", BYTES(GET "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"), HEAD_OK,
     NULL},
    {"8-bit value", BYTES(GET "Client-Name: J\xc3\xb6rg \xff\r\n\r\n"), HEAD_OK, NULL},
    {"8-bit, #, broken escape in the target",
     BYTES("GET /x?a=100%%20#\xc3\xa4&u=https://y?v=\"<\\^`{|}> HTTP/1.1\r\nHost: a\r\n\r\n"),
     HEAD_OK, NULL},

    {"TE behind CL", BYTES(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
     HEAD_BAD, "together"},
    {"CL behind TE", BYTES(POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"),
     HEAD_BAD, "together"},
    {"CL twice, same", BYTES(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\n"), HEAD_BAD,
     "two Content-Length"},
    {"CL twice, different", BYTES(POST "Content-Length: 3\r\ncontent-length: 4\r\n\r\n"), HEAD_BAD,
     "two Content-Length"},
    {"CL a list", BYTES(POST "Content-Length: 3, 3\r\n\r\n"), HEAD_BAD, "not a number"},
    {"CL with plus", BYTES(POST "Content-Length: +3\r\n\r\n"), HEAD_BAD, "not a number"},
    {"CL negative", BYTES(POST "Content-Length: -1\r\n\r\n"), HEAD_BAD, "not a number"},
    {"CL hex", BYTES(POST "Content-Length: 0x3\r\n\r\n"), HEAD_BAD, "not a number"},
    {"CL empty", BYTES(POST "Content-Length: \r\n\r\n"), HEAD_BAD, "not a number"},
    {"CL over 63 bits", BYTES(POST "Content-Length: 9223372036854775808\r\n\r\n"), HEAD_BAD,
     "not a number"},
    {"CL over 64 bits", BYTES(POST "Content-Length: 18446744073709551617\r\n\r\n"), HEAD_BAD,
     "not a number"},
    {"TE xchunked", BYTES(POST "Transfer-Encoding: xchunked\r\n\r\n"), HEAD_UNKNOWN, "coding"},
    {"TE identity", BYTES(POST "Transfer-Encoding: identity\r\n\r\n"), HEAD_UNKNOWN, "coding"},
    {"TE chunked, identity", BYTES(POST "Transfer-Encoding: chunked, identity\r\n\r\n"),
     HEAD_UNKNOWN, "coding"},
    {"TE chunked, chunked", BYTES(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), HEAD_UNKNOWN,
     "coding"},
    {"TE gzip, chunked (lenient)", BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
     HEAD_UNKNOWN, "coding"},
    {"TE vertical tab", BYTES(POST "Transfer-Encoding: \vchunked\r\n\r\n"), HEAD_BAD, "forbidden"},
    {"TE empty", BYTES(POST "Transfer-Encoding:\r\n\r\n"), HEAD_BAD, "empty Transfer"},
    {"TE twice (lenient)",
     BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), HEAD_BAD,
     "two Transfer"},
    {"TE chunked, then another",
     BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"), HEAD_BAD,
     "two Transfer"},
    {"TE on 1.0 (lenient)", BYTES("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
     HEAD_BAD, "on HTTP/1.0"},
    {"space before the colon (lenient)", BYTES(POST "Content-Length : 3\r\n\r\n"), HEAD_BAD,
     "token"},
    {"the same, Authorization (lenient)", BYTES(GET "Authorization : x\r\n\r\n"), HEAD_BAD,
     "token"},
    {"tab before the colon (lenient)", BYTES(GET "Authorization\t: x\r\n\r\n"), HEAD_BAD, "token"},
    {"space inside a name (lenient)", BYTES(GET "Content Length: 3\r\n\r\n"), HEAD_BAD, "token"},
    {"first header starts with a space (lenient)", BYTES("GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
     HEAD_BAD, "folded"},
    {"no colon", BYTES(GET "Content-Length\r\n\r\n"), HEAD_BAD, "token"},
    {"no name", BYTES(GET ": x\r\n\r\n"), HEAD_BAD, "token"},
    {"8-bit name", BYTES(GET "\xc3\xa4: x\r\n\r\n"), HEAD_BAD, "token"},
    {"obs-fold (lenient)", BYTES(GET "X: a\r\n b\r\n\r\n"), HEAD_BAD, "folded"},
    {"obs-fold with tab (lenient)", BYTES(GET "X: a\r\n\tb\r\n\r\n"), HEAD_BAD, "folded"},
    {"folded coding (lenient)", BYTES(POST "Transfer-Encoding:\r\n chunked\r\n\r\n"), HEAD_BAD,
     "empty Transfer"},
    {"bare LF, request line (lenient)", BYTES("GET / HTTP/1.1\nHost: a\r\n\r\n"), HEAD_BAD,
     "without CR"},
    {"bare LF, header (lenient)", BYTES("GET / HTTP/1.1\r\nHost: a\n\r\n"), HEAD_BAD, "without CR"},
    {"bare LF, last line (lenient)", BYTES(GET "\n"), HEAD_BAD, "token"},
    {"bare LF inside a value (lenient)", BYTES(GET "X: a\nAuthorization: b\r\n\r\n"), HEAD_BAD,
     "without CR"},
    {"bare CR inside a value", BYTES(GET "X: a\rAuthorization: b\r\n\r\n"), HEAD_BAD,
     "CR without LF"},
    {"CR CR LF", BYTES(GET "X: a\r\r\n\r\n"), HEAD_BAD, "CR without LF"},
    {"NUL in a value", BYTES(GET "Authorization: a\0b\r\n\r\n"), HEAD_BAD, "forbidden"},
    {"NUL in a name", BYTES(GET "a\0b: x\r\n\r\n"), HEAD_BAD, "token"},
    {"control byte in a value", BYTES(GET "X: \x1b[2J\r\n\r\n"), HEAD_BAD, "forbidden"},
    {"DEL in a value", BYTES(GET "X: \x7f\r\n\r\n"), HEAD_BAD, "forbidden"},
    {"control byte in the target", BYTES("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD,
     "request line"},
    {"tab in the request line", BYTES("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD,
     "request line"},
    {"0.9 (lenient)", BYTES("GET /\r\n\r\n"), HEAD_BAD, "request line"},
    {"HTTP/0.9 (lenient)", BYTES("GET / HTTP/0.9\r\n\r\n"), HEAD_BAD, "not HTTP/1.0"},
    {"1.2 (lenient)", BYTES("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), HEAD_BAD, "not HTTP/1.0"},
    {"9.9 (lenient)", BYTES("GET / HTTP/9.9\r\nHost: a\r\n\r\n"), HEAD_BAD, "not HTTP/1.0"},
    {"1.10", BYTES("GET / HTTP/1.10\r\nHost: a\r\n\r\n"), HEAD_BAD, "forbidden"},
    {"lower case version", BYTES("GET / http/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD, "not HTTP/1.0"},
    {"two spaces before the target (lenient)", BYTES("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
     HEAD_BAD, "not a path"},
    {"two spaces behind the target (lenient)", BYTES("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
     HEAD_BAD, "not HTTP/1.0"},
    {"space behind the version", BYTES("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), HEAD_BAD,
     "forbidden"},
    {"space in the target", BYTES("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD,
     "not HTTP/1.0"},
    {"two Host (lenient)", BYTES(GET "host: b\r\n\r\n"), HEAD_BAD, "two Host"},
    {"two Authorization (lenient)", BYTES(GET "Authorization: a\r\nauthorization: a\r\n\r\n"),
     HEAD_BAD, "two Authorization"},
    {"absolute-form", BYTES("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD, "not a path"},
    {"* for GET", BYTES("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD, "not a path"},
    {"*x for OPTIONS", BYTES("OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD, "not a path"},
    {"CONNECT", BYTES("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_UNKNOWN, "CONNECT"},
    {"TRACE", BYTES("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_UNKNOWN, "TRACE"},
    {"HTTP/2 preface", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HEAD_BAD, "HTTP/2"},
    {"no method", BYTES(" / HTTP/1.1\r\nHost: a\r\n\r\n"), HEAD_BAD, "not an HTTP request"},
};

static const struct row responses[] = {
    {"plain", BYTES(ANSWER "\r\n"), HEAD_OK, NULL},
    {"no phrase", BYTES("HTTP/1.1 200\r\n\r\n"), HEAD_OK, NULL},
    {"empty phrase", BYTES("HTTP/1.1 200 \r\n\r\n"), HEAD_OK, NULL},
    {"8-bit phrase and value", BYTES("HTTP/1.0 404 Pas trouv\xe9\r\nX: \xe9\r\n\r\n"), HEAD_OK,
     NULL},
    {"two Host", BYTES(ANSWER "Host: a b\r\nHost: c\r\n\r\n"), HEAD_OK, NULL},
    {"two Authorization", BYTES(ANSWER "Authorization: a\r\nAuthorization: b\r\n\r\n"), HEAD_OK,
     NULL},
    {"status 999", BYTES("HTTP/1.1 999 x\r\n\r\n"), HEAD_OK, NULL},
    {"empty line first", BYTES("\r\n" ANSWER "\r\n"), HEAD_BAD, "not HTTP/1.0"},
    {"status 099", BYTES("HTTP/1.1 099 x\r\n\r\n"), HEAD_BAD, "three digits"},
    {"status of two digits", BYTES("HTTP/1.1 20 x\r\n\r\n"), HEAD_BAD, "three digits"},
    {"status of four digits", BYTES("HTTP/1.1 2000 x\r\n\r\n"), HEAD_BAD, "forbidden"},
    {"status in words", BYTES("HTTP/1.1 abc x\r\n\r\n"), HEAD_BAD, "three digits"},
    {"not HTTP", BYTES("SSH-2.0-OpenSSH_9.2\r\n"), HEAD_BAD, "not HTTP/1.0"},
    {"2.0", BYTES("HTTP/2.0 200 OK\r\n\r\n"), HEAD_BAD, "not HTTP/1.0"},
    {"CL and TE", BYTES(ANSWER "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), HEAD_BAD,
     "together"},
    {"CL twice", BYTES(ANSWER "Content-Length: 3\r\nContent-Length: 3\r\n\r\n"), HEAD_BAD,
     "two Content-Length"},
    {"TE twice", BYTES(ANSWER "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
     HEAD_BAD, "two Transfer"},
    {"TE gzip", BYTES(ANSWER "Transfer-Encoding: gzip, chunked\r\n\r\n"), HEAD_UNKNOWN, "coding"},
    {"TE on 1.0", BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), HEAD_BAD,
     "on HTTP/1.0"},
    {"fold", BYTES(ANSWER "X: a\r\n b\r\n\r\n"), HEAD_BAD, "folded"},
    {"bare LF", BYTES("HTTP/1.1 200 OK\nX: a\n\n"), HEAD_BAD, "without CR"},
    {"control byte", BYTES(ANSWER "X: a\x01\r\n\r\n"), HEAD_BAD, "forbidden"},
};

typedef enum head_result check(struct head *, const char *, size_t);

/* Reads a copy of just these bytes, so that the sanitizers see every look beyond them. */
static enum head_result read_copy(check *read, struct head *head, const char *bytes, size_t len)
{
    char *copy = malloc(len + 1);
    enum head_result result;

    assert_non_null(copy);
    memcpy(copy + 1, bytes, len);
    memset(head, 0xa5, sizeof(*head)); /* nothing may rest on what was there before */
    result = read(head, copy + 1, len);
    free(copy);
    return result;
}

/* The whole, with junk behind it, and every prefix. */
static void check_row(check *read, const struct row *row)
{
    static struct head head;
    char longer[1024];
    size_t length = 0;
    enum head_result result = read_copy(read, &head, row->bytes, row->len);
    const char *reason = head.reason;

    if (result != row->result || (row->reason && !(reason && strstr(reason, row->reason))) ||
        (result == HEAD_OK && (reason != NULL || head.length != row->len)))
        fail_msg("%s: result %d, reason %s, length %zu", row->name, (int)result,
                 reason ? reason : "none", head.length);
    if (result == HEAD_OK)
        length = head.length;
    for (size_t cut = 0; cut < row->len; cut++) {
        enum head_result part = read_copy(read, &head, row->bytes, cut);

        if (part != HEAD_MORE && (part != row->result || part == HEAD_OK || head.reason != reason))
            fail_msg("%s: cut at %zu gives %d", row->name, cut, (int)part);
    }
    assert_true(row->len + 4 < sizeof(longer));
    memcpy(longer, row->bytes, row->len);
    memset(longer + row->len, '\r', 4);
    assert_int_equal(read_copy(read, &head, longer, row->len + 4), row->result);
    if (row->result == HEAD_OK)
        assert_int_equal(head.length, length);
}

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        check_row(head_request, &requests[i]);
}

static void test_responses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
        check_row(head_response, &responses[i]);
}

/* What is refused before the head is complete: bytes up to where it shows, the last one too. */
static void test_refused_at_once(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t len;
        const char *reason;
    } rows[] = {
        {"TLS", BYTES("\x16"), "TLS"},
        {"HTTP/2", BYTES("PRI "), "HTTP/2"},
        {"NUL", BYTES("\0"), "not an HTTP request"},
        {"8-bit", BYTES("\xff"), "not an HTTP request"},
        {"a word", BYTES("hello\n"), "not an HTTP request"},
        {"a PROXY line", BYTES("PROXY T"), "not a path"},
        {"an endless word", BYTES("AAAAAAAAAAAAAAAAAAAAA"), "too long"},
        {"a wrong version", BYTES("GET / HTTQ"), "not HTTP/1.0"},
        {"a second length", BYTES(POST "Content-Length: 1\r\nContent-Length: 1\r\n"),
         "two Content"},
    };
    static struct head head;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(read_copy(head_request, &head, rows[i].bytes, rows[i].len - 1), HEAD_MORE);
        if (read_copy(head_request, &head, rows[i].bytes, rows[i].len) != HEAD_BAD ||
            !strstr(head.reason, rows[i].reason))
            fail_msg("%s: %s", rows[i].name, head.reason ? head.reason : "not refused");
    }
}

/* A head of exactly `len` bytes: one long header fills it. */
static void fill(char *bytes, size_t len)
{
    static const char start[] = GET "X: ";
    static const char end[] = {'\r', '\n', '\r', '\n'};

    memset(bytes, 'a', len);
    memcpy(bytes, start, sizeof(start) - 1);
    memcpy(bytes + len - sizeof(end), end, sizeof(end));
}

static void test_size_limit(void **state)
{
    static char bytes[90000];
    static struct head head;

    (void)state;
    fill(bytes, HEAD_BYTES_MAX);
    assert_int_equal(read_copy(head_request, &head, bytes, HEAD_BYTES_MAX), HEAD_OK);
    assert_int_equal(head.length, HEAD_BYTES_MAX);
    fill(bytes, HEAD_BYTES_MAX + 1);
    assert_int_equal(read_copy(head_request, &head, bytes, HEAD_BYTES_MAX - 1), HEAD_MORE);
    assert_int_equal(read_copy(head_request, &head, bytes, HEAD_BYTES_MAX), HEAD_TOO_LARGE);
    assert_int_equal(read_copy(head_request, &head, bytes, HEAD_BYTES_MAX + 1), HEAD_TOO_LARGE);
    fill(bytes, sizeof(bytes)); /* http_parser with a limit of 8 KB notices after 90 019 bytes */
    assert_int_equal(read_copy(head_request, &head, bytes, sizeof(bytes)), HEAD_TOO_LARGE);
    assert_string_equal(head.reason, "the head is larger than 16 KB");
}

static void test_count_limit(void **state)
{
    static char bytes[4096];
    static struct head head;
    size_t len;

    (void)state;
    for (unsigned headers = 99; headers <= 101; headers++) {
        len = (size_t)snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\nHost: a\r\n");
        for (unsigned i = 1; i < headers; i++)
            len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "X-%u: y\r\n", i);
        len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "\r\n");
        assert_int_equal(read_copy(head_request, &head, bytes, len),
                         headers > HEAD_HEADERS_MAX ? HEAD_TOO_LARGE : HEAD_OK);
    }
}

static void assert_slice(struct slice slice, const char *text)
{
    if (!slice_equal(slice, slice_of(text)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)slice.len, slice.ptr, text);
}

static void test_index(void **state)
{
    static const char bytes[] =
        "\r\nGET /v4/websocket?x HTTP/1.1\r\nhost: n:1\r\nAUTHORIZATION: \t pw x\t \r\n"
        "User-Id: 1\r\nClient-Name: me\r\nX-Other: o\r\nconnection: keep-alive , UPGRADE\r\n"
        "Upgrade: a\r\nUpgrade: websocket\r\nConnection: X-Other\r\nSec-WebSocket-Key: k\r\n"
        "Sec-WebSocket-Extensions: e\r\nSession-Id: s\r\nResume-Key: r\r\nUser-Agent: u\r\n"
        "Lavalink-Version: 3\r\nX-Forwarded-For: f\r\nExpect: 100-continue\r\nTE: t\r\n"
        "Trailer: l\r\nKeep-Alive: 5\r\nProxy-Connection: p\r\nHTTP2-Settings: h\r\n\r\nrest";
    static const struct {
        enum header_id id;
        const char *value;
    } expected[] = {
        {HEADER_HOST, "n:1"},
        {HEADER_AUTHORIZATION, "pw x"},
        {HEADER_USER_ID, "1"},
        {HEADER_CLIENT_NAME, "me"},
        {HEADER_CONNECTION, "X-Other"},
        {HEADER_UPGRADE, "websocket"},
        {HEADER_SEC_WEBSOCKET_KEY, "k"},
        {HEADER_SEC_WEBSOCKET_EXTENSIONS, "e"},
        {HEADER_SESSION_ID, "s"},
        {HEADER_RESUME_KEY, "r"},
        {HEADER_USER_AGENT, "u"},
        {HEADER_LAVALINK_VERSION, "3"},
        {HEADER_X_FORWARDED_FOR, "f"},
        {HEADER_EXPECT, "100-continue"},
        {HEADER_TE, "t"},
        {HEADER_TRAILER, "l"},
        {HEADER_KEEP_ALIVE, "5"},
        {HEADER_PROXY_OTHER, "p"},
        {HEADER_HTTP2_SETTINGS, "h"},
    };
    static struct head head;

    (void)state;
    memset(&head, 0xa5, sizeof(head));
    assert_int_equal(head_request(&head, bytes, sizeof(bytes) - 1), HEAD_OK);
    assert_slice(head.method, "GET");
    assert_slice(head.target, "/v4/websocket?x");
    assert_int_equal(head.minor, 1);
    assert_int_equal(head.length, sizeof(bytes) - 1 - 4);
    assert_int_equal(head.count, 22);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_slice(head_value(&head, expected[i].id), expected[i].value);
    assert_null(head_value(&head, HEADER_CONTENT_LENGTH).ptr);
    assert_slice(head.headers[4].name, "X-Other");
    assert_int_equal(head.headers[4].id, HEADER_OTHER);
    assert_true(head.connection_upgrade && head.connection_keep_alive && head.connection_names);
    assert_false(head.connection_close || head.chunked || head.has_length);
}

/* Names that look like ours in all but one byte. */
static void test_near_names(void **state)
{
    static const char *const names[] = {
        "hos",
        "hosts",
        "h\x4fs7",
        "content_length",
        "content-lengti",
        "connection2",
        "conneCtiom",
        "transfer-encodin",
        "authorizatioN-",
        "user-ie",
        "proxy",
        "proxi-x",
        "t3",
        "upgrades",
        "session_id",
        "HTTP3-Settings",
        "x-forwarded-fo",
        "sec-websocket-kez",
    };
    static struct head head;
    char bytes[128];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int len = snprintf(bytes, sizeof(bytes), "GET / HTTP/1.0\r\n%s: x\r\n\r\n", names[i]);

        assert_int_equal(read_copy(head_request, &head, bytes, (size_t)len), HEAD_OK);
        if (head.headers[0].id != HEADER_OTHER)
            fail_msg("%s taken for %d", names[i], (int)head.headers[0].id);
    }
}

static void test_numbers(void **state)
{
    static struct head head;

    (void)state;
    assert_int_equal(read_copy(head_response, &head,
                               BYTES("HTTP/1.0 503 Not now\r\nContent-Length: 1234567890123\r\n"
                                     "Connection: close\r\n\r\n")),
                     HEAD_OK);
    assert_int_equal(head.status, 503);
    assert_int_equal(head.minor, 0);
    assert_true(head.has_length && head.connection_close && !head.connection_names);
    assert_int_equal(head.content_length, 1234567890123);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_refused_at_once), cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_count_limit),     cmocka_unit_test(test_index),
        cmocka_unit_test(test_near_names),      cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
