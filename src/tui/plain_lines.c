/*
 * A line goes in whole or not at all; the remark about those left out goes in before the next one
 * that fits, or when the queue has run empty.
 */
#include "tui/plain_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define REMARK_MAX 40

void lines_init(struct lines *lines, bool ascii)
{
    lines->len = 0;
    lines->left_out = 0;
    lines->ascii = ascii;
}

/* Puts the remark behind what waits, without counting it in; returns its length. */
static size_t put_remark(struct lines *lines)
{
    char remark[REMARK_MAX];
    if (lines->left_out == 0)
        return 0;
    int made = snprintf(remark, sizeof(remark), "(%u line%s left out)\n", lines->left_out,
                        lines->left_out == 1 ? "" : "s");
    size_t len = made < 0 ? 0 : (size_t)made;
    if (lines->len + len > LINES_MAX)
        return LINES_MAX;
    memcpy(lines->bytes + lines->len, remark, len);
    return len;
}

/* Puts a cleaned line and its end at `at`; false when it does not fit. */
static bool put_line(struct lines *lines, size_t at, struct slice line)
{
    uint32_t codepoint;
    for (size_t from = 0; text_decode(line, &from, &codepoint);) {
        char bytes[4] = {'?'};
        bool fit = text_width(codepoint) >= 0 && !(lines->ascii && codepoint >= 0x80);
        size_t len = fit ? text_encode(bytes, codepoint) : 1;
        if (at + len >= LINES_MAX)
            return false;
        memcpy(lines->bytes + at, bytes, len);
        at += len;
    }
    if (at >= LINES_MAX)
        return false;
    lines->bytes[at++] = '\n';
    lines->len = at;
    return true;
}

void lines_add(struct lines *lines, struct slice text)
{
    struct slice line;
    while (slice_next(&text, '\n', &line)) {
        if (put_line(lines, lines->len + put_remark(lines), line))
            lines->left_out = 0;
        else
            lines->left_out++;
    }
}

struct slice lines_waiting(const struct lines *lines)
{
    return (struct slice){lines->bytes, lines->len};
}

void lines_sent(struct lines *lines, size_t len)
{
    lines->len -= len;
    memmove(lines->bytes, lines->bytes + len, lines->len);
    if (lines->len == 0 && lines->left_out > 0) {
        lines->len = put_remark(lines);
        lines->left_out = 0;
    }
}
