/*
 * A recursive check of the grammar first; afterwards the walkers may trust the text and only look
 * for ends.
 */
#include "base/jsonin.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LEVELS_MAX 32

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static void skip_space(struct slice *rest)
{
    while (rest->len > 0 && is_one_of(*rest->ptr, " \t\r\n")) {
        rest->ptr++;
        rest->len--;
    }
}

static bool take(struct slice *rest, char byte)
{
    if (rest->len == 0 || *rest->ptr != byte)
        return false;
    rest->ptr++;
    rest->len--;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hexadecimal digits at `at`, or -1. */
static int hex4(struct slice text, size_t at)
{
    int value = 0;

    if (text.len < at + 4)
        return -1;
    for (size_t i = at; i < at + 4; i++) {
        int digit = hex_value(text.ptr[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static bool skip_string(struct slice *rest)
{
    if (!take(rest, '"'))
        return false;
    for (size_t i = 0; i < rest->len; i++) {
        unsigned char c = (unsigned char)rest->ptr[i];
        if (c == '"') {
            rest->ptr += i + 1;
            rest->len -= i + 1;
            return true;
        }
        if (c < 0x20)
            return false;
        if (c != '\\')
            continue;
        i++;
        if (i == rest->len || !is_one_of(rest->ptr[i], "\"\\/bfnrtu"))
            return false;
        if (rest->ptr[i] == 'u') {
            if (hex4(*rest, i + 1) < 0)
                return false;
            i += 4;
        }
    }
    return false;
}

static bool skip_digits(struct slice *rest)
{
    size_t n = 0;

    while (n < rest->len && is_digit(rest->ptr[n]))
        n++;
    rest->ptr += n;
    rest->len -= n;
    return n > 0;
}

static bool skip_number(struct slice *rest)
{
    take(rest, '-');
    if (!take(rest, '0') && !skip_digits(rest))
        return false;
    if (take(rest, '.') && !skip_digits(rest))
        return false;
    if (take(rest, 'e') || take(rest, 'E')) {
        if (!take(rest, '+'))
            take(rest, '-');
        return skip_digits(rest);
    }
    return true;
}

static bool skip_word(struct slice *rest, struct slice word)
{
    if (!slice_starts(*rest, word))
        return false;
    rest->ptr += word.len;
    rest->len -= word.len;
    return true;
}

static bool skip_value(struct slice *rest, unsigned level);

/* The members of an object or array, the opening bracket being gone. */
static bool skip_members(struct slice *rest, bool object, unsigned level)
{
    char end = object ? '}' : ']';

    skip_space(rest);
    if (take(rest, end))
        return true;
    do {
        skip_space(rest);
        if (object) {
            if (!skip_string(rest))
                return false;
            skip_space(rest);
            if (!take(rest, ':'))
                return false;
        }
        if (!skip_value(rest, level))
            return false;
        skip_space(rest);
    } while (take(rest, ','));
    return take(rest, end);
}

static bool skip_value(struct slice *rest, unsigned level)
{
    skip_space(rest);
    if (rest->len == 0 || level == LEVELS_MAX)
        return false;
    switch (*rest->ptr) {
    case '{':
        take(rest, '{');
        return skip_members(rest, true, level + 1);
    case '[':
        take(rest, '[');
        return skip_members(rest, false, level + 1);
    case '"':
        return skip_string(rest);
    case 't':
        return skip_word(rest, SLICE("true"));
    case 'f':
        return skip_word(rest, SLICE("false"));
    case 'n':
        return skip_word(rest, SLICE("null"));
    default:
        return skip_number(rest);
    }
}

bool jsonin_check(struct slice text, struct slice *value)
{
    struct slice rest = text;

    skip_space(&rest);
    value->ptr = rest.ptr;
    if (!skip_value(&rest, 0))
        return false;
    value->len = (size_t)(rest.ptr - value->ptr);
    skip_space(&rest);
    return rest.len == 0;
}

char jsonin_kind(struct slice value)
{
    assert(value.len > 0);
    return is_digit(*value.ptr) || *value.ptr == '-' ? '0' : *value.ptr;
}

/* Cuts the next value off *rest. */
static struct slice cut_value(struct slice *rest)
{
    struct slice value;
    bool good;

    skip_space(rest);
    value.ptr = rest->ptr;
    good = skip_value(rest, 0);
    assert(good);
    (void)good;
    value.len = (size_t)(rest->ptr - value.ptr);
    return value;
}

bool jsonin_get(struct slice object, const char *key, struct slice *value)
{
    struct slice rest = object;

    if (!take(&rest, '{'))
        return false;
    skip_space(&rest);
    while (!take(&rest, '}')) {
        struct slice name = cut_value(&rest), found;
        char text[64];

        skip_space(&rest);
        take(&rest, ':');
        found = cut_value(&rest);
        if (jsonin_text(name, text, sizeof text) && strcmp(text, key) == 0) {
            *value = found;
            return true;
        }
        skip_space(&rest);
        if (take(&rest, ','))
            skip_space(&rest);
    }
    return false;
}

bool jsonin_next(struct slice *rest, struct slice *element)
{
    if (!take(rest, '[') && !take(rest, ','))
        return false;
    skip_space(rest);
    if (rest->len == 0 || *rest->ptr == ']')
        return false;
    *element = cut_value(rest);
    skip_space(rest);
    return true;
}

/* Decodes the escape at text.ptr[*at] (behind the backslash) into out; returns its bytes. */
static size_t unescape(struct slice text, size_t *at, char out[4])
{
    static const char names[] = "bfnrt";
    static const char bytes[] = "\b\f\n\r\t";
    char c = text.ptr[(*at)++];
    const char *name = strchr(names, c);
    uint32_t codepoint;

    if (c != 'u') {
        out[0] = name != NULL ? bytes[name - names] : c;
        return 1;
    }
    codepoint = (uint32_t)hex4(text, *at);
    *at += 4;
    if (codepoint >= 0xd800 && codepoint < 0xdc00 && *at + 6 <= text.len && text.ptr[*at] == '\\' &&
        text.ptr[*at + 1] == 'u') {
        int low = hex4(text, *at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            codepoint = 0x10000 + ((codepoint - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
            *at += 6;
        }
    }
    if (codepoint >= 0xd800 && codepoint < 0xe000)
        codepoint = 0xfffd;
    return text_encode(out, codepoint);
}

bool jsonin_text(struct slice value, char *out, size_t size)
{
    size_t used = 0;
    struct slice text;

    if (value.len < 2 || *value.ptr != '"')
        return false;
    text = (struct slice){value.ptr + 1, value.len - 2};
    for (size_t at = 0; at < text.len;) {
        char piece[4];
        size_t count = 1;

        piece[0] = text.ptr[at++];
        if (piece[0] == '\\')
            count = unescape(text, &at, piece);
        if (used + count >= size || piece[0] == '\0')
            return false;
        memcpy(out + used, piece, count);
        used += count;
    }
    out[used] = '\0';
    return true;
}

/* The text of a number, or of a string that holds one; nothing that only C takes for a number
 * (white space, hexadecimal, infinity). */
static bool number_text(struct slice value, char *text, size_t size)
{
    if (value.len == 0 || value.len >= size)
        return false;
    if (!jsonin_text(value, text, size)) {
        if (jsonin_kind(value) != '0')
            return false;
        memcpy(text, value.ptr, value.len);
        text[value.len] = '\0';
    }
    return text[strspn(text, "+-.0123456789Ee")] == '\0';
}

bool jsonin_f64(struct slice value, double *number)
{
    char text[40];
    char *end;
    double parsed;

    if (!number_text(value, text, sizeof text))
        return false;
    parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed))
        return false;
    *number = parsed;
    return true;
}

bool jsonin_i64(struct slice value, int64_t *number)
{
    char text[40];
    char *end;
    double parsed;
    long long whole;

    if (!number_text(value, text, sizeof text))
        return false;
    errno = 0;
    whole = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0) {
        *number = whole; /* guild ids need more digits than a double holds */
        return true;
    }
    if (!jsonin_f64(value, &parsed) || !(parsed > -9e18 && parsed < 9e18))
        return false;
    *number = (int64_t)parsed;
    return true;
}

bool jsonin_bool(struct slice value, bool *truth)
{
    *truth = slice_equal(value, SLICE("true"));
    return *truth || slice_equal(value, SLICE("false"));
}

void jsonin_copy(struct json *j, const char *key, struct slice value)
{
    /* The writer takes care of comma and key; its placeholder then makes way for the value. */
    json_null(j, key);
    if (j->out->cut || j->out->len < 4)
        return;
    j->out->len -= 4;
    str_add_slice(j->out, value);
}
