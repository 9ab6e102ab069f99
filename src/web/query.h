/*
 * Parameters in the query of a target. Pure.
 */
#ifndef WEB_QUERY_H
#define WEB_QUERY_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"

enum query_result {
    QUERY_ABSENT,
    QUERY_BAD, /* badly escaped, with a control byte, or it does not fit */
    QUERY_FOUND
};

/* Appends `text` with %XX decoded; false when it is badly escaped, has a control byte, or does not
 * fit. */
bool query_decode(struct slice text, struct str *out);

/* Appends the decoded value (%XX and +) of the first parameter `name` to `out`. */
enum query_result query_value(struct slice target, struct slice name, struct str *out);

/* The same in the body of a form (application/x-www-form-urlencoded). */
enum query_result query_field(struct slice form, struct slice name, struct str *out);

#endif
