/*
 * The head of an answer made here: what a small responder needs and no more. Pure; any thread.
 */
#ifndef HTTP_RESPOND_H
#define HTTP_RESPOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* As `length`: no Content-Length, the body ends with the connection (server-sent events). */
#define RESPOND_UNTIL_CLOSE SIZE_MAX

/* Appends status line, Content-Type, Content-Length, the extra headers and the empty line. `type`
 * NULL: no Content-Type (there is no body). `extra_headers`: NULL, or whole lines, each ended by
 * CRLF; they come from this program only. 204 and 304 answers get no Content-Length. */
void respond_head(struct str *out, unsigned status, const char *type, size_t length,
                  const char *extra_headers, bool close);

#endif
