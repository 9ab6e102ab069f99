/*
 * The password of a request against the configured ones: exactly one Authorization header (head.c
 * refused two), exact, in constant time, a leading "Bearer " dropped. Also HTTP Basic for the web
 * pages (RFC 7617). Pure; any thread.
 */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include "base/slice.h"
#include "http/head.h"

enum auth_result { AUTH_OK, AUTH_MISSING, AUTH_WRONG };

enum auth_result auth_check(const struct head *head, struct slice password);

/* The same against each of a list. All are always compared, so that the time tells neither which of
 * them was right nor how close one came. */
enum auth_result auth_check_any(const struct head *head, char *const *passwords, unsigned count);

/* The same, and `Basic` with any user as well; *basic tells that it was Basic (which may only
 * read). */
enum auth_result auth_check_web(const struct head *head, struct slice password, bool *basic);

#endif
