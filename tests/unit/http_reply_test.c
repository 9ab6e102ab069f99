/*
 * Answers made here, byte for byte.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/framing.h"
#include "http/head.h"
#include "http/reply.h"
#include "http/respond.h"

static char memory[16384];

static const char *write_reply(const struct reply *reply)
{
    struct str out;

    str_fixed(&out, memory, sizeof(memory));
    reply_write(&out, reply);
    assert_false(out.cut);
    return memory;
}

static void test_whole(void **state)
{
    const struct reply reply = {.status = 503,
                                .message = "No backend is up",
                                .path = SLICE("/v4/loadtracks?identifier=secret#x"),
                                .wall_ms = 1700000000123,
                                .retry_after = 5,
                                .close = true};

    (void)state;
    assert_string_equal(
        write_reply(&reply),
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
        "Content-Length: 123\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
        "{\"timestamp\":1700000000123,\"status\":503,\"error\":\"Service Unavailable\","
        "\"message\":\"No backend is up\",\"path\":\"/v4/loadtracks\"}");
}

static void test_head_only(void **state)
{
    const struct reply reply = {
        .status = 404, .message = "no", .path = SLICE("/x"), .wall_ms = 1, .head_only = true};

    (void)state;
    assert_string_equal(write_reply(&reply),
                        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                        "Content-Length: 75\r\n\r\n");
}

/* Whatever the path and the message hold, head and length stay true and the body stays text. */
static void test_hostile(void **state)
{
    static char junk[20000];
    static struct head head;
    struct framing framing;
    char message[2000];

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        struct reply reply = {.status = 400, .message = message, .path = {junk, sizeof(junk)}};
        const char *text;
        const char *body;

        memset(junk, byte, sizeof(junk));
        memset(message, byte, sizeof(message) - 1);
        message[sizeof(message) - 1] = '\0';
        text = write_reply(&reply);
        assert_int_equal(head_response(&head, text, strlen(text)), HEAD_OK);
        assert_int_equal(framing_response(&framing, &head, text, false), 0);
        assert_int_equal(head.content_length, strlen(text) - head.length);
        body = text + head.length;
        assert_int_equal(body[0], '{');
        assert_int_equal(body[strlen(body) - 1], '}');
        for (const char *at = body; *at != '\0'; at++)
            assert_true((unsigned char)*at >= ' ' && *at != '<' && *at != '>');
    }
}

static void test_phrases(void **state)
{
    static const struct {
        unsigned status;
        const char *phrase;
    } rows[] = {{200, "OK"},
                {400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {408, "Request Timeout"},
                {501, "Not Implemented"},
                {502, "Bad Gateway"},
                {504, "Gateway Timeout"},
                {413, "Content Too Large"},
                {429, "Too Many Requests"},
                {299, "Unknown"},
                {431, "Request Header Fields Too Large"},
                {0, "Unknown"},
                {1000, "Unknown"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(reply_phrase(rows[i].status), rows[i].phrase);
}

static void test_respond(void **state)
{
    static const struct {
        unsigned status;
        bool close;
        const char *type;
        size_t length;
        const char *extra;
        const char *expected;
    } rows[] = {
        {200, false, "text/plain", 2, NULL,
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n"},
        {303, true, NULL, 0, "Location: /\r\nA: b\r\n",
         "HTTP/1.1 303 See Other\r\nContent-Length: 0\r\nLocation: /\r\nA: b\r\n"
         "Connection: close\r\n\r\n"},
        {204, false, NULL, 0, NULL, "HTTP/1.1 204 No Content\r\n\r\n"},
        {200, false, "text/event-stream", RESPOND_UNTIL_CLOSE, NULL,
         "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"},
    };
    struct str out;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str_fixed(&out, memory, sizeof(memory));
        respond_head(&out, rows[i].status, rows[i].type, rows[i].length, rows[i].extra,
                     rows[i].close);
        assert_string_equal(memory, rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),   cmocka_unit_test(test_head_only),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_respond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
