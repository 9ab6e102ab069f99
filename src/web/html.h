/*
 * HTML onto a str. Text from outside gets into a page only through html_text, which escapes it for
 * element content and for quoted attributes alike. Pure.
 */
#ifndef WEB_HTML_H
#define WEB_HTML_H

#include "base/slice.h"
#include "base/str.h"

/* Appends `text` with & < > " ' escaped. */
void html_text(struct str *out, const char *text);
void html_slice(struct str *out, struct slice text);

/* Formatted markup of our own, whose arguments are figures and words of our own. Never for remote
 * text. */
#define html_add str_addf

/* Appends " name=\"value\"", the value escaped. */
void html_attr(struct str *out, const char *name, const char *value);

/* Appends `text` escaped for the query of a link (RFC 3986 section 2.3; everything but unreserved
 * characters as %XX). */
void html_query(struct str *out, struct slice text);

#endif
