/*
 * The sequences after Escape, and where a sequence ends (ECMA-48 section 5.4; SS3 has one byte, or
 * two where an old terminal puts the modifier first; the Linux console sends "[[" and one byte for
 * F1 to F5; rxvt ends a sequence with "$" where Shift is held; the mouse protocol from before
 * SGR has three bytes behind "[M").
 */
#include "tui/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tui/keys.h"

/* Behind Escape. A "[" with a figure may carry a modifier, see key_of(). */
static const struct {
    const char *bytes;
    int key;
} sequences[] = {
    /* Arrows: normal, application, rxvt with Control. */
    {"[A", KEYS_UP},
    {"OA", KEYS_UP},
    {"Oa", KEYS_UP},
    {"[B", KEYS_DOWN},
    {"OB", KEYS_DOWN},
    {"Ob", KEYS_DOWN},
    {"[C", KEYS_RIGHT},
    {"OC", KEYS_RIGHT},
    {"Oc", KEYS_RIGHT},
    {"[D", KEYS_LEFT},
    {"OD", KEYS_LEFT},
    {"Od", KEYS_LEFT},
    /* The same with Shift in rxvt. */
    {"[a", KEYS_UP},
    {"[b", KEYS_DOWN},
    {"[c", KEYS_SHIFT_RIGHT},
    {"[d", KEYS_SHIFT_LEFT},
    /* xterm; linux, screen, tmux, putty; rxvt; putty in its rxvt mode. */
    {"[H", KEYS_HOME},
    {"OH", KEYS_HOME},
    {"[1~", KEYS_HOME},
    {"[7~", KEYS_HOME},
    {"[F", KEYS_END},
    {"OF", KEYS_END},
    {"[4~", KEYS_END},
    {"[8~", KEYS_END},
    {"Ow", KEYS_END},
    {"[2~", KEYS_INSERT},
    {"[3~", KEYS_DELETE},
    {"[5~", KEYS_PAGE_UP},
    {"[6~", KEYS_PAGE_DOWN},
    {"[Z", KEYS_BACK_TAB},
    /* The keypad's Enter where the terminal was left in application mode. */
    {"OM", '\r'},
    /* xterm, vt100; rxvt, putty; linux; xterm without application mode. */
    {"OP", KEYS_F(1)},
    {"[11~", KEYS_F(1)},
    {"[[A", KEYS_F(1)},
    {"[P", KEYS_F(1)},
    {"OQ", KEYS_F(2)},
    {"[12~", KEYS_F(2)},
    {"[[B", KEYS_F(2)},
    {"[Q", KEYS_F(2)},
    {"OR", KEYS_F(3)},
    {"[13~", KEYS_F(3)},
    {"[[C", KEYS_F(3)},
    {"[R", KEYS_F(3)},
    {"OS", KEYS_F(4)},
    {"[14~", KEYS_F(4)},
    {"[[D", KEYS_F(4)},
    {"[S", KEYS_F(4)},
    {"[15~", KEYS_F(5)},
    {"[[E", KEYS_F(5)},
    {"[17~", KEYS_F(6)},
    {"[18~", KEYS_F(7)},
    {"[19~", KEYS_F(8)},
    {"[20~", KEYS_F(9)},
    {"[21~", KEYS_F(10)},
    {"[23~", KEYS_F(11)},
    {"[24~", KEYS_F(12)},
};

#define PASTE_BEGIN "[200~"
#define PASTE_END "[201~"
#define MOUSE_MAX 100000 /* figures beyond this are no place on a screen */

static bool is(const char *bytes, unsigned len, const char *what)
{
    return strlen(what) == len && memcmp(bytes, what, len) == 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Operating system commands and the like: text up to BEL or ST, answers to what nobody asked. */
static bool is_string(char introducer)
{
    return introducer == ']' || introducer == 'P' || introducer == '_' || introducer == '^' ||
           introducer == 'X';
}

/* Whether the bytes behind Escape are a whole sequence. */
static bool is_complete(const char *bytes, unsigned len)
{
    if (len == 0)
        return false;
    char last = bytes[len - 1];
    if (bytes[0] == 'O')
        return len == 3 || (len == 2 && !is_digit(last));
    if (is_string(bytes[0]))
        return last == '\a';
    if (bytes[0] != '[')
        return true; /* Alt and a key */
    if (len >= 2 && bytes[1] == '[')
        return len == 3;
    if (len >= 2 && bytes[1] == 'M')
        return len == 5;
    if (len >= 3 && is_digit(bytes[1]) && last == '$')
        return true;
    return len >= 2 && last >= 0x40 && last <= 0x7e;
}

/* A key held together with a modifier. Only arrows to the sides have a meaning of their own with
 * Shift; keys that act do nothing with a modifier rather than what they do without. */
static int modified(int key, unsigned modifier)
{
    if (modifier <= 1)
        return key;
    bool shift = ((modifier - 1) & 1) != 0;
    if (shift && key == KEYS_LEFT)
        return KEYS_SHIFT_LEFT;
    if (shift && key == KEYS_RIGHT)
        return KEYS_SHIFT_RIGHT;
    return key >= KEYS_UP && key <= KEYS_END ? key : KEYS_NONE;
}

static int look_up(const char *bytes, unsigned len)
{
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
        if (is(bytes, len, sequences[i].bytes))
            return sequences[i].key;
    return KEYS_NONE;
}

/* "[1;2A", "[5;2~" (xterm and most), "O2A" (old ones), "[7$", "[7^", "[7@" (rxvt). */
static int key_of(const char *bytes, unsigned len)
{
    char plain[8];
    int key = look_up(bytes, len);
    if (key != KEYS_NONE || len < 3 || !is_digit(bytes[1]))
        return key;
    if (bytes[0] == 'O')
        return modified(look_up((char[]){'O', bytes[2]}, 2), (unsigned)(bytes[1] - '0'));
    char last = bytes[len - 1];
    const char *semicolon = memchr(bytes, ';', len);
    if (semicolon == NULL) {
        if (len > sizeof(plain) || (last != '$' && last != '^' && last != '@'))
            return KEYS_NONE;
        memcpy(plain, bytes, len);
        plain[len - 1] = '~';
        return modified(look_up(plain, len), last == '^' ? 5 : last == '@' ? 6 : 2);
    }
    unsigned figure = (unsigned)(semicolon - bytes);
    if (figure + 1 > sizeof(plain) || semicolon + 1 == bytes + len - 1)
        return KEYS_NONE;
    for (const char *at = semicolon + 1; at < bytes + len - 1; at++)
        if (!is_digit(*at))
            return KEYS_NONE;
    unsigned modifier = (unsigned)strtoul(semicolon + 1, NULL, 10);
    memcpy(plain, bytes, figure);
    plain[figure] = last;
    if (last == '~')
        return modified(look_up(plain, figure + 1), modifier);
    return is(bytes, figure, "[1") ? modified(look_up((char[]){'[', last}, 2), modifier)
                                   : KEYS_NONE;
}

/* What the code of a button means; Shift, Alt and Control do not change it. Movement and releases
 * mean nothing. */
static bool button_of(unsigned code, enum mouse_button *button)
{
    code &= ~(4u | 8u | 16u);
    if (code & 32u || code == 3)
        return false;
    *button = code == 0    ? MOUSE_LEFT
              : code == 64 ? MOUSE_WHEEL_UP
              : code == 65 ? MOUSE_WHEEL_DOWN
                           : MOUSE_OTHER;
    return true;
}

static int take_mouse(struct input *in, unsigned code, unsigned col, unsigned row)
{
    if (col == 0 || row == 0 || col > MOUSE_MAX || row > MOUSE_MAX ||
        !button_of(code, &in->mouse.button))
        return KEYS_NONE;
    in->mouse.row = row - 1;
    in->mouse.col = col - 1;
    return KEYS_MOUSE;
}

/* "[<0;12;5M" */
static int sgr_mouse(struct input *in, const char *bytes, unsigned len)
{
    unsigned figures[3] = {0}, at = 0;
    if (bytes[len - 1] != 'M')
        return KEYS_NONE;
    for (unsigned i = 2; i < len - 1; i++) {
        if (bytes[i] == ';' && is_digit(bytes[i - 1]) && at < 2)
            at++;
        else if (is_digit(bytes[i]) && figures[at] <= MOUSE_MAX)
            figures[at] = figures[at] * 10 + (unsigned)(bytes[i] - '0');
        else
            return KEYS_NONE;
    }
    return at == 2 ? take_mouse(in, figures[0], figures[1], figures[2]) : KEYS_NONE;
}

/* Three bytes, each 32 above what it means. */
static int old_mouse(struct input *in, const char *bytes)
{
    unsigned figures[3];
    for (unsigned i = 0; i < 3; i++) {
        unsigned byte = (unsigned char)bytes[i];
        if (byte < 32)
            return KEYS_NONE;
        figures[i] = byte - 32;
    }
    return take_mouse(in, figures[0], figures[1], figures[2]);
}

/* The sequence is whole. */
static int finish(struct input *in)
{
    const char *bytes = in->pending + 1;
    unsigned len = in->len - 1;
    in->len = 0;
    if (is(bytes, len, PASTE_BEGIN) || is(bytes, len, PASTE_END)) {
        in->pasting = is(bytes, len, PASTE_BEGIN);
        return KEYS_NONE;
    }
    if (in->pasting)
        return KEYS_NONE;
    if (len > 2 && bytes[0] == '[' && bytes[1] == '<')
        return sgr_mouse(in, bytes, len);
    if (len == 5 && bytes[0] == '[' && bytes[1] == 'M')
        return old_mouse(in, bytes + 2);
    return key_of(bytes, len);
}

/* A byte of a character beyond ASCII. What is not to be shown is not taken in either. */
static int wide_byte(struct input *in, unsigned char byte)
{
    if (byte >= 0xc0) {
        in->utf8_whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        in->utf8_len = 0;
    } else if (in->utf8_len == 0) {
        return KEYS_NONE;
    }
    in->utf8[in->utf8_len++] = (char)byte;
    if (in->utf8_len < in->utf8_whole)
        return KEYS_NONE;
    size_t at = 0;
    uint32_t ch = 0;
    bool decoded = text_decode((struct slice){in->utf8, in->utf8_len}, &at, &ch);
    bool whole = decoded && at == in->utf8_len && ch != 0xfffd && text_width(ch) >= 0;
    in->utf8_len = 0;
    return whole ? KEYS_CHAR((int)ch) : KEYS_NONE;
}

int input_byte(struct input *in, unsigned char byte)
{
    if (byte == KEYS_ESCAPE) {
        /* Escape twice is Escape; in the midst of a sequence it begins a new one. */
        bool twice = in->len == 1 && !in->pasting;
        in->pending[0] = KEYS_ESCAPE;
        in->len = 1;
        in->utf8_len = 0;
        return twice ? KEYS_ESCAPE : KEYS_NONE;
    }
    if (in->len > 0) {
        if (in->len < sizeof(in->pending))
            in->pending[in->len++] = (char)byte;
        else
            in->pending[in->len - 1] = (char)byte; /* too long to be ours; its end still counts */
        return is_complete(in->pending + 1, in->len - 1) ? finish(in) : KEYS_NONE;
    }
    if (byte >= 0x80)
        return wide_byte(in, byte);
    in->utf8_len = 0;
    if (!in->pasting)
        return byte;
    if (byte == '\t' || byte == '\r' || byte == '\n')
        byte = ' ';
    return byte >= ' ' && byte < KEYS_BACKSPACE ? KEYS_CHAR(byte) : KEYS_NONE;
}

int input_timeout(struct input *in)
{
    int key = in->len == 1 && !in->pasting ? KEYS_ESCAPE : KEYS_NONE;
    in->len = in->utf8_len = 0;
    in->pasting = false;
    return key;
}

double input_patience(const struct input *in)
{
    if (in->pasting)
        return INPUT_PASTE_SECONDS;
    return in->len > 0 || in->utf8_len > 0 ? INPUT_ESCAPE_SECONDS : 0;
}
