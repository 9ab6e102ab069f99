/*
 * Names of keys, both ways: as the help shows them, and as the configuration spells them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tui/keys.h"

struct key_name {
    const char *name;
    int key;
};

/* The first name of a key is the one that is shown. */
static const struct key_name names[] = {
    {"Esc", KEYS_ESCAPE},
    {"Enter", '\r'},
    {"Tab", '\t'},
    {"Space", ' '},
    {"Backspace", KEYS_BACKSPACE},
    {"Up", KEYS_UP},
    {"Down", KEYS_DOWN},
    {"Left", KEYS_LEFT},
    {"Right", KEYS_RIGHT},
    {"PgUp", KEYS_PAGE_UP},
    {"PgDn", KEYS_PAGE_DOWN},
    {"Home", KEYS_HOME},
    {"End", KEYS_END},
    {"Shift-Tab", KEYS_BACK_TAB},
    {"Delete", KEYS_DELETE},
    {"Insert", KEYS_INSERT},
    {"Shift-Left", KEYS_SHIFT_LEFT},
    {"Shift-Right", KEYS_SHIFT_RIGHT},
    {"Escape", KEYS_ESCAPE},
    {"Return", '\r'},
    {"PageUp", KEYS_PAGE_UP},
    {"PageDown", KEYS_PAGE_DOWN},
    {"Del", KEYS_DELETE},
    {"Ins", KEYS_INSERT},
};
#define NAMES (sizeof(names) / sizeof(names[0]))

#define F_KEYS 12

char *keys_name(char out[KEYS_NAME_MAX], int key)
{
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].key == key) {
            snprintf(out, KEYS_NAME_MAX, "%s", names[i].name);
            return out;
        }
    if (key >= KEYS_F(1) && key <= KEYS_F(F_KEYS))
        snprintf(out, KEYS_NAME_MAX, "F%d", key - KEYS_F1 + 1);
    else if (key > 0 && key < 0x20)
        snprintf(out, KEYS_NAME_MAX, "Ctrl-%c", key | 0x40);
    else
        snprintf(out, KEYS_NAME_MAX, "%c", key > 0x20 && key < 0x7f ? key : '?');
    return out;
}

/* What stands behind "Ctrl-", "C-" or "^"; an empty slice where it is none of these. */
static struct slice behind_ctrl(struct slice text)
{
    static const struct slice marks[] = {{"ctrl-", 5}, {"ctrl+", 5}, {"c-", 2}, {"^", 1}};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (text.len > marks[i].len && slice_starts_nocase(text, marks[i]))
            return (struct slice){text.ptr + marks[i].len, text.len - marks[i].len};
    return (struct slice){0};
}

int keys_parse(struct slice text)
{
    if (text.len == 1 && text.ptr[0] > ' ' && text.ptr[0] < 0x7f)
        return text.ptr[0];
    for (size_t i = 0; i < NAMES; i++)
        if (slice_equal_nocase(text, slice_of(names[i].name)))
            return names[i].key;
    struct slice letter = behind_ctrl(text);
    if (letter.len == 1 && toupper((unsigned char)letter.ptr[0]) > '@' &&
        toupper((unsigned char)letter.ptr[0]) <= '_')
        return KEYS_CTRL(letter.ptr[0]);
    uint64_t number = 0;
    if (text.len > 1 && (text.ptr[0] == 'F' || text.ptr[0] == 'f') &&
        slice_to_u64((struct slice){text.ptr + 1, text.len - 1}, &number) && number >= 1 &&
        number <= F_KEYS)
        return KEYS_F((int)number);
    return KEYS_NONE;
}
