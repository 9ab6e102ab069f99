/*
 * ESC ] 52 ; c ; BASE64 BEL. The base64 alphabet keeps whatever was copied from being anything but
 * data to the terminal.
 */
#include "tui/clip.h"

#include <stdint.h>
#include <string.h>

#include "lavalink/base64.h"

#define PIECE 75 /* bytes encoded at a time: whole groups of three */
#define WRAP 200 /* GNU screen takes strings of 256 bytes at most */
#define BEGIN "\033]52;c;"

enum clip_way clip_way_of(const char *type, bool in_screen)
{
    static const char *const without[] = {"linux", "vt",   "cons", "ansi",   "pcansi", "sun",
                                          "wsvt",  "dumb", "hurd", "cygwin", "putty",  "unknown"};
    if (in_screen)
        return CLIP_WRAPPED;
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        if (strncmp(type, without[i], strlen(without[i])) == 0 &&
            !(strcmp(without[i], "vt") == 0 && strncmp(type, "vte", 3) == 0))
            return CLIP_SHOW;
    return CLIP_PLAIN;
}

static void add_base64(struct str *out, struct slice text)
{
    char piece[PIECE / 3 * 4 + 1];
    for (size_t at = 0; at < text.len; at += PIECE) {
        size_t len = text.len - at < PIECE ? text.len - at : PIECE;
        str_add(out, piece, base64_encode(piece, text.ptr + at, len));
    }
}

/* Each piece between DCS and ST is handed to the terminal outside as it is. */
static void add_wrapped(struct str *out, struct slice sequence)
{
    for (size_t at = 0; at < sequence.len; at += WRAP) {
        size_t len = sequence.len - at < WRAP ? sequence.len - at : WRAP;
        str_add_text(out, "\033P");
        str_add(out, sequence.ptr + at, len);
        str_add_text(out, "\033\\");
    }
}

bool clip_sequence(struct str *out, enum clip_way way, struct slice text)
{
    if (way == CLIP_SHOW || text.len > CLIP_TEXT_MAX)
        return false;
    if (way == CLIP_PLAIN) {
        str_add_text(out, BEGIN);
        add_base64(out, text);
        str_add_char(out, '\a');
        return true;
    }
    struct str sequence;
    str_growing(&sequence);
    clip_sequence(&sequence, CLIP_PLAIN, text);
    bool whole = !sequence.cut;
    if (whole)
        add_wrapped(out, str_slice(&sequence));
    str_free(&sequence);
    return whole;
}
