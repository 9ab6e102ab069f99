/*
 * Escaping for HTML.
 */
#include "web/html.h"

static const char *escape_of(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_slice(struct str *out, struct slice text)
{
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *escape = escape_of(text.ptr[i]);
        if (escape == NULL)
            continue;
        str_add(out, text.ptr + start, i - start);
        str_add_text(out, escape);
        start = i + 1;
    }
    str_add(out, text.ptr + start, text.len - start);
}

void html_text(struct str *out, const char *text)
{
    html_slice(out, slice_of(text));
}

void html_attr(struct str *out, const char *name, const char *value)
{
    str_addf(out, " %s=\"", name);
    html_text(out, value);
    str_add_char(out, '"');
}

static bool is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void html_query(struct str *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_unreserved(text.ptr[i]))
            str_add_char(out, text.ptr[i]);
        else
            str_addf(out, "%%%02X", (unsigned char)text.ptr[i]);
    }
}
