/*
 * Borrowed runs of bytes: comparing, trimming, cutting at separators, reading numbers.
 * Nothing here allocates or looks beyond the length it is given.
 */
#include "base/slice.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct slice front(struct slice text, size_t len)
{
    return (struct slice){text.ptr, len};
}

struct slice slice_of(const char *text)
{
    return (struct slice){text ? text : "", text ? strlen(text) : 0};
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool slice_starts(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && slice_equal(front(text, prefix.len), prefix);
}

bool slice_starts_nocase(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && slice_equal_nocase(front(text, prefix.len), prefix);
}

size_t slice_find(struct slice text, char byte)
{
    const char *at = text.len ? memchr(text.ptr, byte, text.len) : NULL;
    return at ? (size_t)(at - text.ptr) : text.len;
}

size_t slice_search_nocase(struct slice text, struct slice part)
{
    if (part.len == 0)
        return 0;
    char first = lower(part.ptr[0]);
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (lower(text.ptr[i]) == first &&
            slice_equal_nocase((struct slice){text.ptr + i, part.len}, part))
            return i;
    return SLICE_NOWHERE;
}

struct slice slice_trim(struct slice text)
{
    while (text.len && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

bool slice_next(struct slice *rest, char separator, struct slice *part)
{
    if (rest->len == 0)
        return false;
    size_t end = slice_find(*rest, separator);
    size_t used = end < rest->len ? end + 1 : end;
    *part = slice_trim(front(*rest, end));
    rest->ptr += used;
    rest->len -= used;
    return true;
}

bool slice_list_has(struct slice list, struct slice token)
{
    struct slice part;
    while (slice_next(&list, ',', &part))
        if (slice_equal_nocase(part, token))
            return true;
    return false;
}

bool slice_to_u64(struct slice text, uint64_t *value)
{
    uint64_t sum = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text.ptr[i] - '0'), &sum))
            return false;
    }
    *value = sum;
    return true;
}
