/*
 * What the schema says, for people: the shipped lavaproxy.yaml and the README's table. Both are
 * checked against the files by a unit test. Pure.
 */
#ifndef CONF_REFERENCE_H
#define CONF_REFERENCE_H

#include "base/str.h"

/* The shipped file: every key with its default and a comment. */
void reference_write(struct str *out);

/* A Markdown table: key, default, what is allowed, environment, what it does. */
void reference_markdown(struct str *out);

#endif
