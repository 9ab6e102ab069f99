/*
 * The sequences after Escape, and where a sequence ends (ECMA-48 section 5.4; SS3 has one byte;
 * the Linux console sends "[[" and one byte for F1 to F5).
 */
#include "tui/input.h"

#include <string.h>

#include "tui/keys.h"

static const struct {
    const char *bytes; /* behind Escape */
    int key;
} sequences[] = {
    {"[A", KEYS_UP},       {"OA", KEYS_UP},         {"[B", KEYS_DOWN},     {"OB", KEYS_DOWN},
    {"[C", KEYS_RIGHT},    {"OC", KEYS_RIGHT},      {"[D", KEYS_LEFT},     {"OD", KEYS_LEFT},
    {"[H", KEYS_HOME},     {"OH", KEYS_HOME},       {"[1~", KEYS_HOME},    {"[7~", KEYS_HOME},
    {"[F", KEYS_END},      {"OF", KEYS_END},        {"[4~", KEYS_END},     {"[8~", KEYS_END},
    {"[5~", KEYS_PAGE_UP}, {"[6~", KEYS_PAGE_DOWN}, {"[Z", KEYS_BACK_TAB}, {"OP", KEYS_F(1)},
    {"OQ", KEYS_F(2)},     {"OR", KEYS_F(3)},       {"OS", KEYS_F(4)},     {"[11~", KEYS_F(1)},
    {"[12~", KEYS_F(2)},   {"[13~", KEYS_F(3)},     {"[14~", KEYS_F(4)},   {"[15~", KEYS_F(5)},
    {"[17~", KEYS_F(6)},   {"[18~", KEYS_F(7)},     {"[19~", KEYS_F(8)},   {"[20~", KEYS_F(9)},
    {"[21~", KEYS_F(10)},  {"[[A", KEYS_F(1)},      {"[[B", KEYS_F(2)},    {"[[C", KEYS_F(3)},
    {"[[D", KEYS_F(4)},    {"[[E", KEYS_F(5)},      {"[P", KEYS_F(1)},     {"[Q", KEYS_F(2)},
    {"[R", KEYS_F(3)},     {"[S", KEYS_F(4)},
};

/* Whether the bytes behind Escape are a whole sequence. */
static bool is_complete(const char *bytes, unsigned len)
{
    if (len == 0)
        return false;
    if (bytes[0] == 'O')
        return len == 2;
    if (bytes[0] != '[')
        return true; /* Alt and a key */
    if (len >= 2 && bytes[1] == '[')
        return len == 3;
    return len >= 2 && bytes[len - 1] >= 0x40 && bytes[len - 1] <= 0x7e;
}

static int key_of(const char *bytes, unsigned len)
{
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
        if (strlen(sequences[i].bytes) == len && memcmp(sequences[i].bytes, bytes, len) == 0)
            return sequences[i].key;
    return KEYS_NONE;
}

int input_byte(struct input *in, unsigned char byte)
{
    if (byte == KEYS_ESCAPE) {
        /* Escape twice is Escape; in the midst of a sequence it begins a new one. */
        bool twice = in->len == 1;
        in->pending[0] = KEYS_ESCAPE;
        in->len = 1;
        return twice ? KEYS_ESCAPE : KEYS_NONE;
    }
    if (in->len == 0) {
        if (byte >= 0x80)
            return KEYS_NONE;
        return byte;
    }
    if (in->len < sizeof(in->pending))
        in->pending[in->len++] = (char)byte;
    else
        in->pending[in->len - 1] = (char)byte; /* too long to be ours; its end still counts */
    if (!is_complete(in->pending + 1, in->len - 1))
        return KEYS_NONE;
    int key = key_of(in->pending + 1, in->len - 1);
    in->len = 0;
    return key;
}

int input_timeout(struct input *in)
{
    int key = in->len == 1 ? KEYS_ESCAPE : KEYS_NONE;
    in->len = 0;
    return key;
}

bool input_is_waiting(const struct input *in)
{
    return in->len > 0;
}
