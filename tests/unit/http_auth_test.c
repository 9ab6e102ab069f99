/*
 * Passwords of requests: every form in which they may come, one password and a list of them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "http/auth.h"

static struct head head;

/* A request with these header lines. */
static void parse(const char *headers)
{
    static char bytes[4096];
    int len = snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\nHost: v4\r\n%s\r\n", headers);

    assert_int_equal(head_request(&head, bytes, (size_t)len), HEAD_OK);
}

static void test_auth(void **state)
{
    static const struct {
        const char *header; /* NULL: none */
        const char *password;
        enum auth_result proxy;
        enum auth_result web;
        bool basic;
    } rows[] = {
        {NULL, "pw", AUTH_MISSING, AUTH_MISSING, false},
        {"pw", "pw", AUTH_OK, AUTH_OK, false},
        {" pw\t", "pw", AUTH_OK, AUTH_OK, false},
        {"Bearer pw", "pw", AUTH_OK, AUTH_OK, false},
        {"bearer  pw", "pw", AUTH_OK, AUTH_OK, false},
        {"Bearer pw", "Bearer pw", AUTH_OK, AUTH_OK, false},
        {"Bearer Bearer pw", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"Bearerpw", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"Bearer", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"p", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"pwx", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"PW", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"pw, pw", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"", "", AUTH_WRONG, AUTH_WRONG, false},
        {"Bearer ", "", AUTH_WRONG, AUTH_WRONG, false},
        {"Basic dTpwdw==", "pw", AUTH_WRONG, AUTH_OK, true},    /* u:pw */
        {"basic dTpwdw", "pw", AUTH_WRONG, AUTH_OK, true},      /* without padding */
        {"Basic OnB3", "pw", AUTH_WRONG, AUTH_OK, true},        /* :pw */
        {"Basic dTpwOnc=", "p:w", AUTH_WRONG, AUTH_OK, true},   /* u:p:w */
        {"Basic dTo=", "", AUTH_WRONG, AUTH_WRONG, true},       /* u: */
        {"Basic cHc=", "pw", AUTH_WRONG, AUTH_WRONG, true},     /* pw, no colon */
        {"Basic dTpwdwA=", "pw", AUTH_WRONG, AUTH_WRONG, true}, /* u:pw NUL */
        {"Basic dTpw!w==", "pw", AUTH_WRONG, AUTH_WRONG, true},
        {"Basic dTpwd", "pw", AUTH_WRONG, AUTH_WRONG, true},
        {"Basic =", "pw", AUTH_WRONG, AUTH_WRONG, true},
        {"Basic dTpwdw===", "pw", AUTH_WRONG, AUTH_WRONG, true},
        {"Basic", "pw", AUTH_WRONG, AUTH_WRONG, false},
        {"Basic dTpwdw==", "Basic dTpwdw==", AUTH_OK, AUTH_OK, false},
    };
    char header[256];
    bool basic;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice password = slice_of(rows[i].password);

        header[0] = '\0';
        if (rows[i].header)
            snprintf(header, sizeof(header), "Authorization: %s\r\n", rows[i].header);
        parse(header);
        basic = !rows[i].basic;
        if (auth_check(&head, password) != rows[i].proxy ||
            auth_check_web(&head, password, &basic) != rows[i].web || basic != rows[i].basic)
            fail_msg("\"%s\" for \"%s\"", rows[i].header ? rows[i].header : "none",
                     rows[i].password);
    }
}

/* Credentials longer than anything sensible are wrong, and stay inside the decoder's buffer. */
static void test_long_basic(void **state)
{
    char header[4000] = "Authorization: Basic OnB3";
    bool basic;

    (void)state;
    for (size_t len = 1364; len <= 1372; len += 4) {
        memset(header + 25, 'A', len);
        memcpy(header + 25 + len, "\r\n", 3);
        parse(header);
        assert_int_equal(auth_check_web(&head, SLICE("pw"), &basic), AUTH_WRONG);
        assert_true(basic);
    }
}

/* Whichever of the list was sent, and whatever is said of one is said of each. */
static void test_list(void **state)
{
    char *passwords[] = {"old", "new", "", "Bearer x", "older"};
    static const struct {
        const char *header; /* NULL: none */
        unsigned count;     /* of the list, from its start */
        enum auth_result result;
    } rows[] = {
        {NULL, 5, AUTH_MISSING},
        {NULL, 0, AUTH_MISSING},
        {"old", 0, AUTH_WRONG},
        {"old", 1, AUTH_OK},
        {"new", 1, AUTH_WRONG},
        {"old", 5, AUTH_OK},
        {"new", 5, AUTH_OK},
        {"older", 5, AUTH_OK},
        {"Bearer old", 5, AUTH_OK},
        {"bearer older", 5, AUTH_OK},
        {"Bearer x", 5, AUTH_OK},
        {"x", 5, AUTH_WRONG},
        {"", 5, AUTH_WRONG},
        {"Bearer ", 5, AUTH_WRONG},
        {"oldnew", 5, AUTH_WRONG},
        {"old, new", 5, AUTH_WRONG},
        {"olde", 5, AUTH_WRONG},
        {"NEW", 5, AUTH_WRONG},
        {"Basic Om5ldw==", 5, AUTH_WRONG},
    };
    char header[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        header[0] = '\0';
        if (rows[i].header)
            snprintf(header, sizeof(header), "Authorization: %s\r\n", rows[i].header);
        parse(header);
        if (auth_check_any(&head, passwords, rows[i].count) != rows[i].result)
            fail_msg("\"%s\" for the first %u", rows[i].header ? rows[i].header : "none",
                     rows[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth),
        cmocka_unit_test(test_long_basic),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
