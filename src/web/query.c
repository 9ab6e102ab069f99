/*
 * Parameters in the query of a target.
 */
#include "web/query.h"

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
        return (byte | 0x20) - 'a' + 10;
    return -1;
}

static bool decode(struct slice text, bool plus, struct str *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (byte == '+' && plus) {
            byte = ' ';
        } else if (byte == '%') {
            int high = i + 2 < text.len ? hex_value(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_value(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            byte = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)byte < ' ')
            return false;
        str_add_char(out, byte);
    }
    return !out->cut;
}

bool query_decode(struct slice text, struct str *out)
{
    return decode(text, false, out);
}

enum query_result query_field(struct slice form, struct slice name, struct str *out)
{
    struct slice pair;
    while (slice_next(&form, '&', &pair)) {
        size_t equals = slice_find(pair, '=');
        if (equals < pair.len && slice_equal((struct slice){pair.ptr, equals}, name))
            return decode((struct slice){pair.ptr + equals + 1, pair.len - equals - 1}, true, out)
                       ? QUERY_FOUND
                       : QUERY_BAD;
    }
    return QUERY_ABSENT;
}

enum query_result query_value(struct slice target, struct slice name, struct str *out)
{
    size_t start = slice_find(target, '?');
    if (start == target.len)
        return QUERY_ABSENT;
    struct slice rest = {target.ptr + start + 1, target.len - start - 1};
    rest.len = slice_find(rest, '#');
    return query_field(rest, name, out);
}
