/*
 * Bytes to requests on the web port: bodies bounded, pipelining, any split gives the
 * same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/inbox.h"

/* Feeds `text` in pieces of `piece` bytes and writes what came out: targets, or the status of the
 * refusal, and how many bytes are left over. */
static void feed(char *out, size_t size, const char *text, size_t len, size_t piece)
{
    struct inbox *inbox = malloc(sizeof(*inbox));
    assert_non_null(inbox);
    inbox_init(inbox);
    size_t at = 0;
    size_t used = 0;
    out[0] = '\0';
    for (;;) {
        switch (inbox_check(inbox)) {
        case INBOX_READY:
            used += (size_t)snprintf(out + used, size - used, "%.*s%s", (int)inbox->head.target.len,
                                     inbox->head.target.ptr, inbox->unread ? "(unread)" : "");
            if (!inbox->unread && inbox->body > 0 && inbox->body < 16)
                used += (size_t)snprintf(out + used, size - used, "<%.*s>", (int)inbox->body,
                                         inbox->text);
            used += (size_t)snprintf(out + used, size - used, " ");
            if (inbox->unread)
                goto done;
            inbox_next(inbox);
            continue;
        case INBOX_BAD:
            assert_non_null(inbox->message);
            snprintf(out + used, size - used, "%u", inbox->status);
            goto done;
        case INBOX_MORE:
            break;
        }
        size_t room = sizeof(inbox->bytes) - inbox->len;
        size_t step = len - at < piece ? len - at : piece;
        if (step > room)
            step = room;
        if (step == 0) {
            assert_int_equal(at, len); /* a full inbox must never ask for more */
            snprintf(out + used, size - used, "+%zu", inbox->len);
            goto done;
        }
        memcpy(inbox->bytes + inbox->len, text + at, step);
        inbox->len += step;
        at += step;
    }
done:
    free(inbox);
}

static size_t put(char *to, struct slice bytes)
{
    memcpy(to, bytes.ptr, bytes.len);
    return bytes.len;
}

#define HEAD(method, target, more) method " " target " HTTP/1.1\r\nHost: a\r\n" more "\r\n"

static void sequences(void **state)
{
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        {"one", HEAD("GET", "/a", ""), "/a +0"},
        {"pipelined", HEAD("GET", "/a", "") HEAD("GET", "/b", "") "GET", "/a /b +3"},
        {"length", HEAD("POST", "/a", "Content-Length: 5\r\n") "01234" HEAD("GET", "/b", ""),
         "/a<01234> /b +0"},
        {"length to come", HEAD("POST", "/a", "Content-Length: 5\r\n") "012", NULL},
        {"length zero", HEAD("POST", "/a", "Content-Length: 0\r\n") HEAD("GET", "/b", ""),
         "/a /b +0"},
        {"chunks",
         HEAD("POST", "/a", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: "
                                                              "y\r\n\r\n" HEAD("GET", "/b", ""),
         "/a<abcde> /b +0"},
        {"broken chunks", HEAD("POST", "/a", "Transfer-Encoding: chunked\r\n") "3\r\nabcd\r\n",
         "400"},
        {"too large", HEAD("POST", "/a", "Content-Length: 4097\r\n"), "413"},
        {"both framings", HEAD("POST", "/a", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
         "400"},
        {"other coding", HEAD("POST", "/a", "Transfer-Encoding: gzip\r\n"), "501"},
        {"bare line feed", "GET / HTTP/1.1\nHost: a\n\n", "400"},
        {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"},
        {"not waited for", HEAD("POST", "/a", "Content-Length: 5\r\nExpect: 100-continue\r\n"),
         "/a(unread) "},
    };
    char whole[256];
    char split[256];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].text);
        print_message("%s\n", rows[i].name);
        feed(whole, sizeof(whole), rows[i].text, len, len);
        if (rows[i].expected)
            assert_string_equal(whole, rows[i].expected);
        else
            assert_int_equal(whole[0], '+'); /* not ready */
        for (size_t piece = 1; piece < len && rows[i].expected; piece++) {
            feed(split, sizeof(split), rows[i].text, len, piece);
            assert_string_equal(split, whole);
        }
    }
}

static void bodies_at_the_bound(void **state)
{
    struct slice head = SLICE(HEAD("POST", "/a", "Content-Length: 4096\r\n"));
    struct slice chunked = SLICE(HEAD("POST", "/a", "Transfer-Encoding: chunked\r\n"));
    const size_t chunks = 3000;
    char *text = malloc(chunked.len + 6 * chunks);
    char out[64];
    (void)state;
    assert_non_null(text);
    put(text, head);
    memset(text + head.len, 'x', INBOX_BODY_MAX);
    feed(out, sizeof(out), text, head.len + INBOX_BODY_MAX, 1000);
    assert_string_equal(out, "/a +0");

    /* Chunks of one byte: the framing alone must not go on for ever. */
    size_t len = put(text, chunked);
    for (size_t i = 0; i < chunks; i++)
        len += put(text + len, SLICE("1\r\nx\r\n"));
    feed(out, sizeof(out), text, len, 777);
    assert_string_equal(out, "413");
    free(text);
}

static void heads_at_the_bound(void **state)
{
    size_t len = 40000;
    char *text = malloc(len);
    char out[64];
    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    put(text, SLICE("GET / HTTP/1.1\r\nX: "));
    feed(out, sizeof(out), text, len, 5000);
    assert_string_equal(out, "431");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences),
        cmocka_unit_test(bodies_at_the_bound),
        cmocka_unit_test(heads_at_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
