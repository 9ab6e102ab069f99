/*
 * Parameters in the query of a target. Pure.
 */
#ifndef WEB_QUERY_H
#define WEB_QUERY_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"

/* Appends the decoded value (%XX and +) of the first parameter `name` to `out`. False when it is
 * absent, badly escaped, holds a control byte, or does not fit. */
bool query_value(struct slice target, struct slice name, struct str *out);

#endif
