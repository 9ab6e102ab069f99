/*
 * Browser sessions: found by their cookie alone, gone after their time, bounded in number.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/login.h"

static void read_head(struct head *head, char *bytes, size_t size, const char *headers)
{
    int len = snprintf(bytes, size, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", headers);
    assert_true(len > 0 && (size_t)len < size);
    assert_int_equal(head_request(head, bytes, (size_t)len), HEAD_OK);
}

static void cookies(void **state)
{
    static const struct {
        const char *headers, *value;
    } rows[] = {
        {"", ""},
        {"Cookie: a=1\r\n", "1"},
        {"Cookie: b=2; a=1\r\n", "1"},
        {"cookie: b=2;a=1;c=3\r\n", "1"},
        {"Cookie: b=2\r\nCookie: a=x=y\r\n", "x=y"},
        {"Cookie: a\r\n", ""},
        {"Cookie: aa=1; A=2\r\n", ""},
        {"Cookie: a=1; a=2\r\n", "1"},
        {"Cookie: =;;;a=\r\n", ""},
    };
    struct head *head = malloc(sizeof(*head));
    char bytes[400];
    (void)state;
    assert_non_null(head);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        read_head(head, bytes, sizeof(bytes), rows[i].headers);
        assert_true(slice_equal(login_cookie(head, SLICE("a")), slice_of(rows[i].value)));
    }
    free(head);
}

static struct login *find(struct logins *sessions, const char *cookie, double now)
{
    struct head *head = malloc(sizeof(*head));
    char bytes[400], line[200];
    assert_non_null(head);
    snprintf(line, sizeof(line), "Cookie: " LOGIN_COOKIE "=%s\r\n", cookie);
    read_head(head, bytes, sizeof(bytes), line);
    struct login *found = login_find(sessions, head, now);
    free(head);
    return found;
}

static void a_session_lives_its_time(void **state)
{
    static struct logins sessions;
    (void)state;
    const struct login *one = login_new(&sessions, 100);
    assert_int_equal(strlen(one->cookie), LOGIN_TEXT - 1);
    assert_string_not_equal(one->cookie, one->token);
    assert_ptr_equal(find(&sessions, one->cookie, 100), one);
    assert_ptr_equal(find(&sessions, one->cookie, 99 + LOGIN_SECONDS), one);
    assert_null(find(&sessions, one->cookie, 100 + LOGIN_SECONDS));

    char almost[LOGIN_TEXT], longer[LOGIN_TEXT + 1];
    memcpy(almost, one->cookie, sizeof(almost));
    almost[LOGIN_TEXT - 2] = almost[LOGIN_TEXT - 2] == '0' ? '1' : '0';
    snprintf(longer, sizeof(longer), "%s0", one->cookie);
    assert_null(find(&sessions, almost, 100));
    assert_null(find(&sessions, longer, 100));
    assert_null(find(&sessions, "", 100));
    assert_null(find(&sessions, one->token, 100));

    assert_true(login_token_is(one, slice_of(one->token)));
    assert_false(login_token_is(one, slice_of(one->cookie)));
    assert_false(login_token_is(one, SLICE("")));

    login_end(find(&sessions, one->cookie, 100));
    login_end(NULL);
    assert_int_equal(one->cookie[0], '\0');
    /* A free place is nobody's, whatever a cookie of zeros says. */
    char zeros[LOGIN_TEXT];
    memset(zeros, '0', sizeof(zeros) - 1);
    zeros[sizeof(zeros) - 1] = '\0';
    assert_null(find(&sessions, zeros, 100));
}

static void the_oldest_makes_room(void **state)
{
    static struct logins sessions;
    char first[LOGIN_TEXT], second[LOGIN_TEXT];
    (void)state;
    memcpy(first, login_new(&sessions, 1)->cookie, LOGIN_TEXT);
    memcpy(second, login_new(&sessions, 2)->cookie, LOGIN_TEXT);
    for (unsigned i = 2; i < LOGIN_MAX; i++)
        login_new(&sessions, 3 + i);
    assert_non_null(find(&sessions, first, 200));
    login_new(&sessions, 200);
    assert_null(find(&sessions, first, 200));
    assert_non_null(find(&sessions, second, 200));
    login_end_all(&sessions);
    assert_null(find(&sessions, second, 200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies),
        cmocka_unit_test(a_session_lives_its_time),
        cmocka_unit_test(the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
