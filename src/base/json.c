/*
 * A streaming JSON writer: punctuation, escaping, numbers.
 */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LEVELS_MAX 32

void json_begin(struct json *j, struct str *out)
{
    *j = (struct json){.out = out};
}

/* The comma between elements and the name of this one. */
static void element(struct json *j, const char *key)
{
    if (j->depth > 0) {
        uint32_t bit = UINT32_C(1) << (j->depth - 1);
        if (j->comma & bit)
            str_add_char(j->out, ',');
        j->comma |= bit;
    }
    if (key) {
        str_add_char(j->out, '"');
        json_escape(j->out, slice_of(key));
        str_add(j->out, "\":", 2);
    }
}

static void open_level(struct json *j, const char *key, char bracket)
{
    assert(j->depth < LEVELS_MAX);
    element(j, key);
    str_add_char(j->out, bracket);
    j->comma &= ~(UINT32_C(1) << j->depth);
    j->depth++;
}

static void close_level(struct json *j, char bracket)
{
    assert(j->depth > 0);
    j->depth--;
    str_add_char(j->out, bracket);
}

void json_object(struct json *j, const char *key)
{
    open_level(j, key, '{');
}

void json_object_end(struct json *j)
{
    close_level(j, '}');
}

void json_array(struct json *j, const char *key)
{
    open_level(j, key, '[');
}

void json_array_end(struct json *j)
{
    close_level(j, ']');
}

void json_text(struct json *j, const char *key, const char *text)
{
    if (text)
        json_slice(j, key, slice_of(text));
    else
        json_null(j, key);
}

void json_slice(struct json *j, const char *key, struct slice text)
{
    element(j, key);
    str_add_char(j->out, '"');
    json_escape(j->out, text);
    str_add_char(j->out, '"');
}

void json_u64(struct json *j, const char *key, uint64_t value)
{
    element(j, key);
    str_add_u64(j->out, value);
}

void json_i64(struct json *j, const char *key, int64_t value)
{
    element(j, key);
    str_addf(j->out, "%" PRId64, value);
}

void json_real(struct json *j, const char *key, double value)
{
    char digits[40];
    if (!isfinite(value)) {
        json_null(j, key);
        return;
    }
    /* The shorter form where it reads back as the same number. */
    snprintf(digits, sizeof digits, "%.15g", value);
    if (strtod(digits, NULL) < value || strtod(digits, NULL) > value)
        snprintf(digits, sizeof digits, "%.17g", value);
    element(j, key);
    /* A locale may have its own decimal separator, of one byte or more. */
    for (const char *c = digits; *c; c++) {
        if (strchr("0123456789+-e", *c))
            str_add_char(j->out, *c);
        else if (strchr("0123456789", c[1]))
            str_add_char(j->out, '.');
    }
}

void json_bool(struct json *j, const char *key, bool value)
{
    element(j, key);
    str_add_text(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
    element(j, key);
    str_add_text(j->out, "null");
}

static bool is_markup(uint32_t c)
{
    return c == '<' || c == '>' || c == '&';
}

static void escape_one(struct str *out, uint32_t c)
{
    static const char *const shorts[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
    };
    if (c < sizeof shorts / sizeof shorts[0] && shorts[c]) {
        str_add_text(out, shorts[c]);
    } else if (is_markup(c) || text_width(c) < 0) {
        if (c > 0xFFFF) {
            c -= 0x10000;
            str_addf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xD800 + (c >> 10),
                     0xDC00 + (c & 0x3FF));
        } else {
            str_addf(out, "\\u%04" PRIx32, c);
        }
    } else {
        char form[4];
        str_add(out, form, text_encode(form, c));
    }
}

static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7F && c != '"' && c != '\\' && !is_markup((unsigned char)c);
}

void json_escape(struct str *out, struct slice text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t start = at;
        while (at < text.len && is_plain(text.ptr[at]))
            at++;
        str_add(out, text.ptr + start, at - start);
        uint32_t c;
        if (text_decode(text, &at, &c))
            escape_one(out, c);
    }
}

void json_markup(struct json *j, const char *key, struct slice html)
{
    element(j, key);
    str_add_char(j->out, '"');
    for (size_t at = 0, start = 0; at <= html.len; at++) {
        if (at < html.len && !is_markup((unsigned char)html.ptr[at]))
            continue;
        json_escape(j->out, (struct slice){html.ptr + start, at - start});
        if (at < html.len)
            str_add_char(j->out, html.ptr[at]);
        start = at + 1;
    }
    str_add_char(j->out, '"');
}
