/*
 * PROXY headers of both versions: good ones, every way of being wrong, and the property that a
 * header cut anywhere asks for more and never decides early.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "net/proxyproto.h"

#define SIG "\r\n\r\n\0\r\nQUIT\n"
#define V4_BODY "\xcb\x00\x71\x07\x0a\x00\x00\x01\xdc\x04\x01\xbb"
#define V6_BODY                                                                                    \
    "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"                             \
    "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\xdc\x04\x01\xbb"
#define MAPPED_BODY                                                                                \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xcb\x00\x71\x07"                             \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a\x00\x00\x01\xdc\x04\x01\xbb"

struct row {
    const char *name, *bytes;
    size_t len;
    enum proxyproto_result expected;
    const char *client; /* "" for keep the peer's */
};
#define ROW(name, literal, result, client)                                                         \
    {                                                                                              \
        name, literal, sizeof(literal) - 1, result, client                                         \
    }
#define GOOD(name, literal, client) ROW(name, literal, PROXYPROTO_OK, client)
#define BAD(name, literal) ROW(name, literal, PROXYPROTO_BAD, "")

static const struct row rows[] = {
    GOOD("v1 tcp4", "PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n", "203.0.113.7:56324"),
    GOOD("v1 tcp6", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "[2001:db8::1]:56324"),
    GOOD("v1 mapped", "PROXY TCP6 ::ffff:203.0.113.7 ::1 56324 443\r\n", "203.0.113.7:56324"),
    GOOD("v1 port 0", "PROXY TCP4 203.0.113.7 10.0.0.1 0 443\r\n", "203.0.113.7:0"),
    GOOD("v1 unknown", "PROXY UNKNOWN\r\n", ""),
    GOOD("v1 unknown with a tail", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", ""),
    GOOD("v2 tcp4", SIG "\x21\x11\x00\x0c" V4_BODY, "203.0.113.7:56324"),
    GOOD("v2 tcp6", SIG "\x21\x21\x00\x24" V6_BODY, "[2001:db8::1]:56324"),
    GOOD("v2 mapped", SIG "\x21\x21\x00\x24" MAPPED_BODY, "203.0.113.7:56324"),
    GOOD("v2 with an extension", SIG "\x21\x11\x00\x10" V4_BODY "\x04\x00\x01\x00",
         "203.0.113.7:56324"),
    GOOD("v2 local", SIG "\x20\x00\x00\x00", ""),
    GOOD("v2 local ignores addresses", SIG "\x20\x11\x00\x0c" V4_BODY, ""),
    GOOD("v2 unspecified", SIG "\x21\x00\x00\x00", ""),
    GOOD("v2 datagram", SIG "\x21\x12\x00\x0c" V4_BODY, ""),
    BAD("a request", "GET / HTTP/1.1\r\n\r\n"),
    BAD("v1 lower case", "proxy TCP4 203.0.113.7 10.0.0.1 56324 443\r\n"),
    BAD("v1 bare LF", "PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\n"),
    BAD("v1 two spaces", "PROXY  TCP4 203.0.113.7 10.0.0.1 56324 443\r\n"),
    BAD("v1 space inside", "PROXY TCP4 203.0.113.7  10.0.0.1 56324 443\r\n"),
    BAD("v1 trailing space", "PROXY TCP4 203.0.113.7 10.0.0.1 56324 443 \r\n"),
    BAD("v1 one field short", "PROXY TCP4 203.0.113.7 10.0.0.1 56324\r\n"),
    BAD("v1 one field more", "PROXY TCP4 203.0.113.7 10.0.0.1 56324 443 1\r\n"),
    BAD("v1 port too large", "PROXY TCP4 203.0.113.7 10.0.0.1 65536 443\r\n"),
    BAD("v1 leading zero", "PROXY TCP4 203.0.113.7 10.0.0.1 056 443\r\n"),
    BAD("v1 signed port", "PROXY TCP4 203.0.113.7 10.0.0.1 -1 443\r\n"),
    BAD("v1 no address", "PROXY TCP4 name 10.0.0.1 56324 443\r\n"),
    BAD("v1 wrong family", "PROXY TCP4 2001:db8::1 10.0.0.1 56324 443\r\n"),
    BAD("v1 wrong family 6", "PROXY TCP6 203.0.113.7 10.0.0.1 56324 443\r\n"),
    BAD("v1 unknown family", "PROXY TCP5 203.0.113.7 10.0.0.1 56324 443\r\n"),
    BAD("v1 unknown glued", "PROXY UNKNOWNX\r\n"),
    BAD("v1 empty", "PROXY \r\n"),
    BAD("v1 only LF", "PROXY \n"),
    BAD("v1 CR inside", "PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\r\n"),
    BAD("v1 endless", "PROXY UNKNOWN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    BAD("v2 version 1", SIG "\x11\x11\x00\x0c" V4_BODY),
    BAD("v2 unknown command", SIG "\x22\x11\x00\x0c" V4_BODY),
    BAD("v2 unknown family", SIG "\x21\x41\x00\x0c" V4_BODY),
    BAD("v2 unknown transport", SIG "\x21\x13\x00\x0c" V4_BODY),
    BAD("v2 tcp4 too short", SIG "\x21\x11\x00\x0b" V4_BODY),
    BAD("v2 tcp6 too short", SIG "\x21\x21\x00\x0c" V4_BODY),
    BAD("v2 too long", SIG "\x21\x11\x02\x09" V4_BODY),
    BAD("v2 far too long", SIG "\x21\x11\xff\xff" V4_BODY),
    ROW("v2 as long as allowed, not there yet", SIG "\x21\x11\x02\x08" V4_BODY, PROXYPROTO_MORE,
        ""),
    ROW("nothing", "", PROXYPROTO_MORE, ""),
};

static void reads_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        char text[ADDR_TEXT_MAX] = "";
        struct addr client;
        size_t used = 99;
        enum proxyproto_result got = proxyproto_read(row->bytes, row->len, &used, &client);
        if (got != row->expected)
            fail_msg("%s: %d, expected %d", row->name, (int)got, (int)row->expected);
        assert_int_equal(used, got == PROXYPROTO_OK ? row->len : 0);
        if (client.family != 0)
            addr_text(text, &client, true);
        assert_string_equal(text, row->client);
    }
}

/* Cut anywhere, a good header asks for more; with bytes behind it, exactly its own are used. */
static void splits_do_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char memory[200];
        struct str more;
        struct addr client;
        size_t used;
        if (rows[i].expected != PROXYPROTO_OK)
            continue;
        for (size_t cut = 0; cut < rows[i].len; cut++)
            if (proxyproto_read(rows[i].bytes, cut, &used, &client) != PROXYPROTO_MORE)
                fail_msg("%s: decided after %zu of %zu", rows[i].name, cut, rows[i].len);
        str_fixed(&more, memory, sizeof(memory));
        str_add(&more, rows[i].bytes, rows[i].len);
        str_add_text(&more, "GET / HTTP/1.1\r\n");
        assert_int_equal(proxyproto_read(more.ptr, more.len, &used, &client), PROXYPROTO_OK);
        assert_int_equal(used, rows[i].len);
    }
}

static void knows_its_look(void **state)
{
    (void)state;
    assert_true(proxyproto_looks_like("PROXY TCP4", 10));
    assert_true(proxyproto_looks_like("PROXY ", 6));
    assert_true(proxyproto_looks_like(SIG "\x21", 13));
    assert_true(proxyproto_looks_like(SIG, 5));
    assert_false(proxyproto_looks_like("PROXY", 5));
    assert_false(proxyproto_looks_like("\r\n\r\n", 4));
    assert_false(proxyproto_looks_like("\r\n\r\nGET / ", 10));
    assert_false(proxyproto_looks_like("GET / HTTP/1.1", 14));
    assert_false(proxyproto_looks_like("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tables),
        cmocka_unit_test(splits_do_not_matter),
        cmocka_unit_test(knows_its_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
