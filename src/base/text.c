/*
 * Strict UTF-8, the width of characters, and the cleaning of strangers' text.
 */
#include "base/text.h"

#include <assert.h>
#include <string.h>

#include "base/text_table.h"

#define REPLACEMENT 0xFFFD
#define MARKS_MAX 2 /* combining marks kept on one base character */

/* What a first byte promises: how many bytes follow, and the range of the first of them, which
 * excludes overlong forms, surrogates and everything above U+10FFFF. */
struct lead {
    unsigned char first, last;
    unsigned char follow;
    unsigned char low, high;
};

static const struct lead *lead_of(unsigned char byte)
{
    static const struct lead leads[] = {
        {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF}, {0xE1, 0xEC, 2, 0x80, 0xBF},
        {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF}, {0xF0, 0xF0, 3, 0x90, 0xBF},
        {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
    };
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

bool text_decode(struct slice text, size_t *at, uint32_t *codepoint)
{
    if (*at >= text.len)
        return false;
    unsigned char first = (unsigned char)text.ptr[(*at)++];
    *codepoint = first;
    if (first < 0x80)
        return true;
    *codepoint = REPLACEMENT;
    const struct lead *lead = lead_of(first);
    if (!lead)
        return true;
    uint32_t value = first & (0x3Fu >> lead->follow);
    unsigned char low = lead->low;
    unsigned char high = lead->high;
    for (unsigned i = 0; i < lead->follow; i++) {
        unsigned char byte = *at < text.len ? (unsigned char)text.ptr[*at] : 0;
        /* The byte that does not belong here is left for the next call. */
        if (byte < low || byte > high)
            return true;
        value = value << 6 | (byte & 0x3Fu);
        ++*at;
        low = 0x80;
        high = 0xBF;
    }
    *codepoint = value;
    return true;
}

size_t text_encode(char out[4], uint32_t codepoint)
{
    if (codepoint > 0x10FFFF || (codepoint >= 0xD800 && codepoint <= 0xDFFF))
        codepoint = REPLACEMENT;
    if (codepoint < 0x80) {
        out[0] = (char)codepoint;
        return 1;
    }
    size_t len = codepoint < 0x800 ? 2 : codepoint < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (codepoint & 0x3F));
        codepoint >>= 6;
    }
    out[0] = (char)((0xF00u >> len & 0xF0) | codepoint);
    return len;
}

int text_width(uint32_t codepoint)
{
    if (codepoint >= 0x20 && codepoint < 0x7F)
        return 1;
    if (codepoint > 0x10FFFF)
        return -1;
    size_t low = 0;
    size_t high = TEXT_TABLE_LEN;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (text_table[middle] >> 4 <= codepoint)
            low = middle;
        else
            high = middle;
    }
    unsigned width = text_table[low] & 0xF;
    return width == 0xF ? -1 : (int)width;
}

/* U+FE00..FE0F choose between the forms of a character, such as the coloured heart; without them it
 * still reads, so they go without a trace. */
static bool is_selector(uint32_t codepoint)
{
    return codepoint >= 0xFE00 && codepoint <= 0xFE0F;
}

unsigned text_display(char *out, size_t size, struct slice raw, unsigned columns)
{
    assert(size >= 1);
    if (columns > TEXT_COLUMNS_MAX)
        columns = TEXT_COLUMNS_MAX;
    size_t at = 0;
    size_t len = 0;
    unsigned used = 0;
    unsigned marks = 0;
    uint32_t c;
    while (text_decode(raw, &at, &c)) {
        if (is_selector(c))
            continue;
        if (c == '\t' || c == '\n')
            c = ' ';
        int width = text_width(c);
        if (width < 0 || (width == 0 && used == 0)) {
            c = REPLACEMENT;
            width = 1;
        }
        if (width == 0 && marks++ >= MARKS_MAX)
            continue;
        char form[4];
        size_t form_len = text_encode(form, c);
        if (used + (unsigned)width > columns || form_len >= size - len)
            break;
        if (width > 0)
            marks = 0;
        memcpy(out + len, form, form_len);
        len += form_len;
        used += (unsigned)width;
    }
    out[len] = '\0';
    return used;
}
