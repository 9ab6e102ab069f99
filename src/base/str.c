/*
 * A string under construction, on memory of the caller's or on the heap. A fixed string is filled
 * to its last byte and cut; a growing one that finds no memory keeps what it had.
 */
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

void str_fixed(struct str *s, char *memory, size_t capacity)
{
    assert(memory && capacity >= 1);
    *s = (struct str){.ptr = memory, .cap = capacity};
    memory[0] = '\0';
}

void str_growing(struct str *s)
{
    *s = (struct str){.growing = true};
}

void str_free(struct str *s)
{
    if (!s->growing)
        return;
    free(s->ptr);
    str_growing(s);
}

/* Bytes that may still be added, after trying to make it `want`. */
static size_t room(struct str *s, size_t want)
{
    size_t have = s->cap ? s->cap - 1 - s->len : 0;
    if (have >= want || !s->growing)
        return have < want ? have : want;
    size_t need;
    if (__builtin_add_overflow(s->len, want, &need) || need >= SIZE_MAX / 2)
        return 0;
    size_t cap = s->cap ? s->cap : FIRST_CAPACITY;
    while (cap <= need)
        cap *= 2;
    char *grown = realloc(s->ptr, cap);
    if (!grown)
        return 0;
    s->ptr = grown;
    s->cap = cap;
    return want;
}

void str_add(struct str *s, const char *bytes, size_t len)
{
    size_t fit = room(s, len);
    if (fit < len)
        s->cut = true;
    if (fit == 0)
        return;
    memcpy(s->ptr + s->len, bytes, fit);
    s->len += fit;
    s->ptr[s->len] = '\0';
}

void str_add_slice(struct str *s, struct slice text)
{
    str_add(s, text.ptr, text.len);
}

void str_add_text(struct str *s, const char *text)
{
    str_add(s, text, strlen(text));
}

void str_add_char(struct str *s, char byte)
{
    str_add(s, &byte, 1);
}

void str_add_u64(struct str *s, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    str_add(s, digits + at, sizeof digits - at);
}

void str_addf(struct str *s, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    /* The first pass goes straight into the room there is; only a growing string that was too
     * small needs the second. */
    size_t have = s->cap ? s->cap - s->len : 0;
    int n = vsnprintf(have ? s->ptr + s->len : NULL, have, format, args);
    size_t want = n < 0 ? 0 : (size_t)n;
    if (n < 0) {
        s->cut = true;
        if (have)
            s->ptr[s->len] = '\0';
    } else if (want < have) {
        s->len += want;
    } else {
        size_t fit = room(s, want);
        if (fit < want)
            s->cut = true;
        if (fit == want && s->growing)
            vsnprintf(s->ptr + s->len, fit + 1, format, again);
        else if (s->growing)
            fit = 0;
        s->len += fit;
        if (s->cap)
            s->ptr[s->len] = '\0';
    }
    va_end(again);
    va_end(args);
}

void str_reset(struct str *s)
{
    str_shorten(s, 0);
}

void str_shorten(struct str *s, size_t len)
{
    assert(len <= s->len);
    s->len = len;
    s->cut = false;
    if (s->cap)
        s->ptr[len] = '\0';
}

struct slice str_slice(const struct str *s)
{
    return (struct slice){s->ptr ? s->ptr : "", s->len};
}
