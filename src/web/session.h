/*
 * Who is logged in with a browser: a bounded table of random cookies, each with a form token that a
 * foreign page cannot know. Nothing of it is written anywhere. Control thread only; time comes in.
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include <stdbool.h>

#include "base/slice.h"
#include "http/head.h"

#define SESSION_MAX 64
#define SESSION_SECONDS (12 * 3600.0)
#define SESSION_TEXT 65 /* 256 random bits in hexadecimal digits, and NUL */
#define SESSION_COOKIE "lavaproxy_session"

struct session {
    char cookie[SESSION_TEXT]; /* "": free */
    char token[SESSION_TEXT];
    double until; /* monotonic */
};

struct sessions {
    struct session table[SESSION_MAX];
};

/* A new session; the oldest one makes room. Valid until the next session_new. */
struct session *session_new(struct sessions *sessions, double now);

/* The session that the request's cookie names, or NULL. Takes the same time for every cookie of the
 * same length. */
struct session *session_find(struct sessions *sessions, const struct head *head, double now);

void session_end(struct session *session); /* NULL is harmless */
/* The password has changed: everybody logs in again. */
void session_end_all(struct sessions *sessions);

/* Whether `token` is the session's form token, in constant time. */
bool session_token_is(const struct session *session, struct slice token);

/* The value of a cookie of the request, or an empty slice (RFC 6265 section 5.4; several Cookie
 * headers are fine, the first that has it counts). */
struct slice session_cookie(const struct head *head, struct slice name);

#endif
