/*
 * What the digits of a number are worth, for the three kinds of numbers.
 */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "skim_parts.h"

void skim_digits_add(struct skim *s, const char *bytes, size_t len)
{
    size_t room = sizeof s->digits - 1 - s->digits_len;

    if (len > room) {
        s->values[s->field].cut = true;
        len = room;
    }
    memcpy(s->digits + s->digits_len, bytes, len);
    s->digits_len = (uint8_t)(s->digits_len + len);
}

/* Up to 15 digits with a point somewhere, and nothing else: two whole numbers that a double holds
 * exactly, hence the quotient is as good as strtod's. */
static bool short_real(const char *text, size_t len, double *real)
{
    static const double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *point = memchr(text, '.', len);
    size_t fraction = point == NULL ? 0 : len - 1 - (size_t)(point - text);
    int64_t all = 0;

    if (len == 0 || len - (point != NULL) > 15 || point == text || (point != NULL && fraction == 0))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text + i == point)
            continue;
        if (text[i] < '0' || text[i] > '9')
            return false;
        all = all * 10 + (text[i] - '0');
    }
    *real = (double)all / powers[fraction];
    return true;
}

/* Nothing that only C takes for a number: white space, hexadecimal, infinity. */
static bool is_numeric(const char *text)
{
    return text[strspn(text, "+-.0123456789Ee")] == '\0';
}

/* `cut`: the text goes on, and only its front counts. */
static bool long_real(const char *text, bool cut, double *real)
{
    char *end;

    if (!is_numeric(text))
        return false;
    *real = strtod(text, &end);
    if (end == text || (*end != '\0' && !cut))
        return false;
    if (isinf(*real))
        *real = *real > 0 ? DBL_MAX : -DBL_MAX;
    return true;
}

static bool short_whole(const char *text, size_t len, int64_t *whole)
{
    bool minus = len > 0 && *text == '-';
    int64_t value = 0;

    if (len - minus < 1 || len - minus > 18)
        return false;
    for (size_t i = minus; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *whole = minus ? -value : value;
    return true;
}

static bool long_whole(const char *text, bool cut, int64_t *whole)
{
    double real;
    char *end;

    if (!long_real(text, cut, &real))
        return false;
    *whole = strtoll(text, &end, 10); /* out of range, it is the nearest that is in it */
    if (*end == '\0')
        return true;
    if (real >= 0x1p63)
        *whole = INT64_MAX;
    else
        *whole = real < -0x1p63 ? INT64_MIN : (int64_t)real;
    return true;
}

void skim_digits_end(struct skim *s)
{
    struct skim_value *value = &s->values[s->field];
    const char *text = s->digits;
    size_t len = s->digits_len;

    s->digits[len] = '\0';
    switch ((enum skim_kind)s->fields[s->field].kind) {
    case SKIM_WHOLE:
        value->good =
            short_whole(text, len, &value->whole) || long_whole(text, value->cut, &value->whole);
        break;
    case SKIM_REAL:
        value->good =
            short_real(text, len, &value->real) || long_real(text, value->cut, &value->real);
        break;
    case SKIM_ID:
        value->good = !value->cut && slice_to_u64((struct slice){text, len}, &value->id);
        break;
    case SKIM_ANY:
    case SKIM_TEXT:
    case SKIM_BLOB:
        break;
    }
}
