/*
 * What a check makes of an answer: a table of answers as they come off the wire, each also in
 * pieces, and the words for the rest.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "ctl/probe_answer.h"
#include "ctl/probe_verdict.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define OK "HTTP/1.1 200 OK\r\n"
#define LENGTH(n) "Content-Length: " #n "\r\n"
#define STRANGE "does not answer like Lavalink; health.check: tcp checks only the connection"
#define REFUSES "refuses the password configured for it"

static const struct answer_row {
    const char *name;
    const char *bytes;
    unsigned want;
    enum backend_state state; /* UNKNOWN: not whole when the bytes end and the connection stays */
    const char *reason;
    bool stays_open;
    bool closes; /* the backend closes behind the bytes */
} answers[] = {
    {"v4 by the header", OK "Lavalink-Api-Version: 4\r\n" LENGTH(2) "\r\nhm", 4, BACKEND_ONLINE, "",
     true, false},
    {"v4 by the body", OK LENGTH(5) "\r\n4.0.8", 4, BACKEND_ONLINE, "", true, false},
    {"v3 by the body", OK LENGTH(7) "\r\n3.7.13\n", 3, BACKEND_ONLINE, "", true, false},
    {"a pre-release", OK LENGTH(12) "\r\n4.0.0-beta.1", 4, BACKEND_ONLINE, "", true, false},
    {"NodeLink", OK "Nodelink-Api-Version: 4\r\nIamNodelink: true\r\n" LENGTH(0) "\r\n", 4,
     BACKEND_ONLINE, "", true, false},
    {"3.0", OK "lavalink-major-version: 3\r\n" LENGTH(0) "\r\n", 3, BACKEND_ONLINE, "", true,
     false},
    {"the first header rules",
     OK "Lavalink-Major-Version: 3\r\nLavalink-Api-Version: 4\r\n" LENGTH(5) "\r\n3.7.1", 4,
     BACKEND_ONLINE, "", true, false},
    {"a header that is no number", OK "Lavalink-Api-Version: four\r\n" LENGTH(5) "\r\n4.0.8", 4,
     BACKEND_ONLINE, "", true, false},
    {"chunked", OK "Transfer-Encoding: chunked\r\n\r\n2\r\n4.\r\n3;x=y\r\n0.8\r\n0\r\nT: t\r\n\r\n",
     4, BACKEND_ONLINE, "", true, false},
    {"until close", OK "Connection: close\r\n\r\n4.0.8", 4, BACKEND_ONLINE, "", false, true},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\n" LENGTH(5) "\r\n4.0.8", 4, BACKEND_ONLINE, "", false, false},
    {"Connection: close", OK "Connection: close\r\n" LENGTH(5) "\r\n4.0.8", 4, BACKEND_ONLINE, "",
     false, false},
    {"bytes behind it", OK LENGTH(5) "\r\n4.0.8HTTP/1.1 200 OK\r\n\r\n", 4, BACKEND_ONLINE, "",
     false, false},
    {"an interim answer first",
     "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK LENGTH(5) "\r\n4.0.8", 4, BACKEND_ONLINE, "",
     true, false},

    {"v3 for v4", OK LENGTH(6) "\r\n3.7.13", 4, BACKEND_MISMATCH, "answers as Lavalink v3, not v4",
     true, false},
    {"v4 for v3", OK "Lavalink-Api-Version: 4\r\n" LENGTH(5) "\r\n4.0.8", 3, BACKEND_MISMATCH,
     "answers as Lavalink v4, not v3", true, false},
    {"v3 for v4 with a wrong password",
     "HTTP/1.1 403 Forbidden\r\nLavalink-Api-Version: 3\r\n" LENGTH(0) "\r\n", 4, BACKEND_MISMATCH,
     "answers as Lavalink v3, not v4", false, false},
    {"wrong password", "HTTP/1.1 403 Forbidden\r\nLavalink-Api-Version: 4\r\n" LENGTH(0) "\r\n", 4,
     BACKEND_UNAUTHORIZED, REFUSES, false, false},
    {"401 without a version", "HTTP/1.1 401 x\r\n" LENGTH(0) "\r\n", 4, BACKEND_UNAUTHORIZED,
     REFUSES, false, false},
    {"the body of a refusal need not come", "HTTP/1.1 401 x\r\n" LENGTH(9) "\r\n", 4,
     BACKEND_UNAUTHORIZED, REFUSES, false, false},
    {"503", "HTTP/1.1 503 Service Unavailable\r\n" LENGTH(5) "\r\n4.0.8", 4, BACKEND_OFFLINE,
     "answers 503 to GET /version", false, false},
    {"404 of the right version",
     "HTTP/1.1 404 Not Found\r\nLavalink-Api-Version: 4\r\n" LENGTH(0) "\r\n", 4, BACKEND_OFFLINE,
     "answers 404 to GET /version", false, false},
    {"204", "HTTP/1.1 204 No Content\r\n\r\n", 4, BACKEND_OFFLINE, "answers 204 to GET /version",
     false, false},

    {"a page", OK LENGTH(16) "\r\n<html>4.0</html>", 4, BACKEND_MISMATCH, STRANGE, true, false},
    {"an empty 200", OK LENGTH(0) "\r\n", 4, BACKEND_MISMATCH, STRANGE, true, false},
    {"a number alone", OK LENGTH(1) "\r\n4", 4, BACKEND_MISMATCH, STRANGE, true, false},
    {"a huge number", OK LENGTH(12) "\r\n4294967300.0", 4, BACKEND_MISMATCH, STRANGE, true, false},
    {"SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", 4, BACKEND_MISMATCH, STRANGE, false, false},
    {"a TLS alert", "\x15\x03\x01", 4, BACKEND_MISMATCH, STRANGE, false, false},
    {"101", "HTTP/1.1 101 x\r\nUpgrade: y\r\nConnection: Upgrade\r\n\r\n", 4, BACKEND_MISMATCH,
     STRANGE, false, false},
    {"broken chunks", OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 4, BACKEND_MISMATCH, STRANGE,
     true, false},
    {"two lengths", OK LENGTH(1) LENGTH(2) "\r\nab", 4, BACKEND_MISMATCH, STRANGE, false, false},

    {"half a head", "HTTP/1.1 200 OK\r\nContent-Le", 4, BACKEND_UNKNOWN, "", false, false},
    {"half a body", OK LENGTH(5) "\r\n4.0", 4, BACKEND_UNKNOWN, "", true, false},
    {"half a body, then closed", OK LENGTH(5) "\r\n4.0", 4, BACKEND_OFFLINE,
     "ends the connection amid its answer to GET /version", true, true},
    {"closed at once", "", 4, BACKEND_OFFLINE,
     "ends the connection without an answer to GET /version", false, true},
};

static void judge(struct probe_verdict *v, const struct probe_answer *answer, unsigned want,
                  enum probe_answer_result result)
{
    *v = (struct probe_verdict){.state = BACKEND_UNKNOWN};
    switch (result) {
    case PROBE_ANSWER_MORE:
        return;
    case PROBE_ANSWER_WHOLE:
        if (probe_verdict_answer(v, answer, want))
            probe_verdict_up(v, 1, 250);
        return;
    case PROBE_ANSWER_BAD:
        probe_verdict_strange(v);
        return;
    case PROBE_ANSWER_CUT:
        probe_verdict_broken(v, PROBE_VERSION, 0, answer->begun);
        return;
    }
}

static void check_row(const struct answer_row *row, struct probe_answer *answer, size_t piece)
{
    enum probe_answer_result result = PROBE_ANSWER_MORE;
    size_t len = strlen(row->bytes);
    struct probe_verdict v;

    probe_answer_init(answer);
    for (size_t at = 0; at < len && result == PROBE_ANSWER_MORE; at += piece)
        result = probe_answer_feed(answer, row->bytes + at, len - at < piece ? len - at : piece);
    if (result == PROBE_ANSWER_MORE && row->closes)
        result = probe_answer_end(answer);
    judge(&v, answer, row->want, result);
    if (v.state != row->state || strcmp(v.reason, row->reason) != 0)
        fail_msg("%s, by %zu: state %d, \"%s\"", row->name, piece, v.state, v.reason);
    /* What lies behind the answer is seen only when it comes along with it. */
    if (piece >= len && answer->stays_open != row->stays_open)
        fail_msg("%s: stays_open is %d", row->name, answer->stays_open);
}

static void test_answers(void **state)
{
    struct probe_answer *answer = malloc(sizeof(*answer));

    (void)state;
    assert_non_null(answer);
    for (size_t i = 0; i < COUNT(answers); i++) {
        check_row(&answers[i], answer, SIZE_MAX / 2);
        check_row(&answers[i], answer, 1);
        check_row(&answers[i], answer, 7);
    }
    free(answer);
}

/* Feeds `before`, then `count` times the byte, then `after`, in reads of 16 KB. */
static enum probe_answer_result feed_many(struct probe_answer *answer, const char *before,
                                          char byte, size_t count, const char *after)
{
    enum probe_answer_result result = PROBE_ANSWER_MORE;
    struct str bytes;

    str_growing(&bytes);
    str_add_text(&bytes, before);
    for (size_t i = 0; i < count; i++)
        str_add_char(&bytes, byte);
    str_add_text(&bytes, after);
    assert_false(bytes.cut);
    probe_answer_init(answer);
    for (size_t at = 0; at < bytes.len && result == PROBE_ANSWER_MORE; at += 16384)
        result = probe_answer_feed(answer, bytes.ptr + at,
                                   bytes.len - at < 16384 ? bytes.len - at : 16384);
    str_free(&bytes);
    return result;
}

static void test_bounds(void **state)
{
    struct probe_answer *answer = malloc(sizeof(*answer));

    (void)state;
    assert_non_null(answer);
    assert_int_equal(feed_many(answer, OK "X: ", 'x', 16000, "\r\n" LENGTH(0) "\r\n"),
                     PROBE_ANSWER_WHOLE);
    assert_int_equal(feed_many(answer, OK "X: ", 'x', 1 << 20, "\r\n\r\n"), PROBE_ANSWER_BAD);
    assert_int_equal(feed_many(answer, OK LENGTH(65536) "\r\n", ' ', 65536, ""),
                     PROBE_ANSWER_WHOLE);
    assert_int_equal(probe_answer_body(answer).len, 65536);
    assert_true(answer->stays_open);
    assert_int_equal(feed_many(answer, OK LENGTH(65537) "\r\n", ' ', 65537, ""), PROBE_ANSWER_BAD);
    assert_int_equal(feed_many(answer, OK "\r\n", ' ', 65536, ""), PROBE_ANSWER_MORE);
    assert_int_equal(feed_many(answer, OK "\r\n", ' ', 65537, ""), PROBE_ANSWER_BAD);
    free(answer);
}

static void test_major(void **state)
{
    static const struct {
        const char *text;
        unsigned major;
    } rows[] = {{"4.0.8", 4}, {"3.7.13", 3}, {"10.0", 10}, {"", 0},        {"4", 0},
                {"4.", 0},    {"4.x", 0},    {".4", 0},    {"v4.0", 0},    {" 4.0", 0},
                {"4 .0", 0},  {"0.1", 0},    {"-4.0", 0},  {"999.1", 999}, {"1000.1", 0}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (probe_answer_major(slice_of(rows[i].text)) != rows[i].major)
            fail_msg("\"%s\" is not %u", rows[i].text, rows[i].major);
}

static void test_words(void **state)
{
    struct probe_verdict v;

    (void)state;
    probe_verdict_up(&v, 250, 250);
    assert_int_equal(v.state, BACKEND_ONLINE);
    assert_string_equal(v.reason, "");
    probe_verdict_up(&v, 250.1, 250);
    assert_int_equal(v.state, BACKEND_SLOW);
    assert_string_equal(v.reason, "251 ms, over 250 ms");
    probe_verdict_silent(&v, PROBE_CONNECT, 3, false);
    assert_int_equal(v.state, BACKEND_TIMEOUT);
    assert_string_equal(v.reason, "no answer within 3 s to the connect");
    probe_verdict_silent(&v, PROBE_VERSION, 0.3, false);
    assert_string_equal(v.reason, "no answer within 0.3 s to GET /version");
    probe_verdict_silent(&v, PROBE_VERSION, 3, true);
    assert_string_equal(v.reason, "only part of an answer within 3 s to GET /version");
    probe_verdict_broken(&v, PROBE_CONNECT, ECONNREFUSED, false);
    assert_int_equal(v.state, BACKEND_OFFLINE);
    assert_string_equal(v.reason, "Connection refused");
    probe_verdict_broken(&v, PROBE_CONNECT, EADDRNOTAVAIL, false);
    assert_int_equal(v.state, BACKEND_UNKNOWN);
    probe_verdict_broken(&v, PROBE_VERSION, ECONNRESET, false);
    assert_int_equal(v.state, BACKEND_OFFLINE);
    assert_string_equal(v.reason, "ends the connection without an answer to GET /version");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_major),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
