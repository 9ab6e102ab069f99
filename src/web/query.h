/*
 * Parameters in the query of a target. Pure.
 */
#ifndef WEB_QUERY_H
#define WEB_QUERY_H

#include "base/slice.h"
#include "base/str.h"

enum query_result {
    QUERY_ABSENT,
    QUERY_BAD, /* badly escaped, with a control byte, or it does not fit */
    QUERY_FOUND
};

/* Appends the decoded value (%XX and +) of the first parameter `name` to `out`. */
enum query_result query_value(struct slice target, struct slice name, struct str *out);

#endif
