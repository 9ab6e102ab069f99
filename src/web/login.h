/*
 * Who is logged in with a browser: a bounded table of random cookies, each with a form token that a
 * foreign page cannot know. Nothing of it is written anywhere. Control thread only; time comes in.
 */
#ifndef WEB_LOGIN_H
#define WEB_LOGIN_H

#include <stdbool.h>

#include "base/slice.h"
#include "http/head.h"

#define LOGIN_MAX 64
#define LOGIN_SECONDS (12 * 3600.0)
#define LOGIN_TEXT 65 /* 256 random bits in hexadecimal digits, and NUL */
#define LOGIN_COOKIE "lavaproxy_session"

struct login {
    char cookie[LOGIN_TEXT]; /* "": free */
    char token[LOGIN_TEXT];
    double until; /* monotonic */
};

struct logins {
    struct login table[LOGIN_MAX];
};

/* A new login; the oldest one makes room. Valid until the next login_new. */
struct login *login_new(struct logins *logins, double now);

/* The login that the request's cookie names, or NULL. Takes the same time for every cookie of the
 * same length. */
struct login *login_find(struct logins *logins, const struct head *head, double now);

/* The same by the cookie's value. */
struct login *login_of(struct logins *logins, struct slice cookie, double now);

void login_end(struct login *login); /* NULL is harmless */
/* The password has changed: everybody logs in again. */
void login_end_all(struct logins *logins);

/* Whether `token` is the login's form token, in constant time. */
bool login_token_is(const struct login *login, struct slice token);

/* The value of a cookie of the request, or an empty slice (RFC 6265 section 5.4; several Cookie
 * headers are fine, the first that has it counts). */
struct slice login_cookie(const struct head *head, struct slice name);

#endif
