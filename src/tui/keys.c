/*
 * The key table.
 */
#include "tui/keys.h"

#include <stdio.h>

#include "base/str.h"

const struct key_binding keys_table[] = {
    {CONTEXT_LIST, {KEYS_F1, '?', 'H'}, CMD_HELP, "help", "this help", "Help"},
    {CONTEXT_LIST, {KEYS_F6, 's'}, CMD_SORT, "sort", "choose the column to sort by", "Sort"},
    {CONTEXT_LIST, {KEYS_F7, 'c'}, CMD_CHECK, "check", "check all backends now", "Check"},
    {CONTEXT_LIST, {KEYS_F9, 'K'}, CMD_KILL, "kill", "cut the selected connection; asks", "Kill"},
    {CONTEXT_LIST, {KEYS_F10, 'q'}, CMD_QUIT, "quit", "end lavaproxy; asks", "Quit"},

    {CONTEXT_LIST, {KEYS_UP, 'k'}, CMD_PREV, "row.prev", "one row up", NULL},
    {CONTEXT_LIST, {KEYS_DOWN, 'j'}, CMD_NEXT, "row.next", "one row down", NULL},
    {CONTEXT_LIST, {KEYS_PAGE_UP, KEYS_CTRL('B')}, CMD_PAGE_UP, "page.up", "one page up", NULL},
    {CONTEXT_LIST,
     {KEYS_PAGE_DOWN, KEYS_CTRL('F')},
     CMD_PAGE_DOWN,
     "page.down",
     "one page down",
     NULL},
    {CONTEXT_LIST, {KEYS_CTRL('U')}, CMD_HALF_UP, "half.up", "half a page up", NULL},
    {CONTEXT_LIST, {KEYS_CTRL('D')}, CMD_HALF_DOWN, "half.down", "half a page down", NULL},
    {CONTEXT_LIST, {KEYS_HOME, 'g'}, CMD_FIRST, "row.first", "first row", NULL},
    {CONTEXT_LIST, {KEYS_END, 'G'}, CMD_LAST, "row.last", "last row", NULL},
    {CONTEXT_LIST,
     {KEYS_ESCAPE},
     CMD_UNSELECT,
     "row.none",
     "select nothing, back to the top",
     NULL},

    {CONTEXT_LIST, {'r'}, CMD_REVERSE, "sort.reverse", "reverse the order", NULL},
    {CONTEXT_LIST, {'R'}, CMD_SORT_RATE, "sort.rate", "sort by rate", NULL},
    {CONTEXT_LIST, {'T'}, CMD_SORT_TOTAL, "sort.total", "sort by total", NULL},
    {CONTEXT_LIST, {'A'}, CMD_SORT_AGE, "sort.age", "sort by age", NULL},
    {CONTEXT_LIST, {'I'}, CMD_SORT_IP, "sort.ip", "sort by IP", NULL},
    {CONTEXT_LIST, {'B'}, CMD_SORT_BACKEND, "sort.backend", "sort by backend", NULL},

    {CONTEXT_ANY, {KEYS_CTRL('L')}, CMD_REDRAW, "redraw", "draw the screen anew", NULL},
    {CONTEXT_ANY,
     {KEYS_CTRL('Z')},
     CMD_SUSPEND,
     "suspend",
     "does nothing: it would stop the proxy",
     NULL},
    {CONTEXT_ANY,
     {KEYS_CTRL('C')},
     CMD_INTERRUPT,
     "interrupt",
     "end lavaproxy; twice: at once",
     NULL},

    {CONTEXT_DIALOG, {'\r', '\n'}, CMD_ANSWER, "dialog.answer", "give the marked answer", NULL},
    {CONTEXT_DIALOG,
     {KEYS_ESCAPE, 'n', 'N', 'q'},
     CMD_KEEP,
     "dialog.keep",
     "change nothing, close",
     NULL},
    {CONTEXT_DIALOG, {'Y'}, CMD_ACT, "dialog.act", "do it", NULL},
    {CONTEXT_DIALOG,
     {'\t', KEYS_LEFT, KEYS_RIGHT, KEYS_BACK_TAB},
     CMD_OTHER,
     "dialog.other",
     "mark the other answer",
     NULL},
    {CONTEXT_DIALOG, {KEYS_UP, 'k'}, CMD_PREV, "dialog.prev", "line up", NULL},
    {CONTEXT_DIALOG, {KEYS_DOWN, 'j'}, CMD_NEXT, "dialog.next", "line down", NULL},
    {CONTEXT_DIALOG, {KEYS_PAGE_UP}, CMD_PAGE_UP, "dialog.page.up", "page up", NULL},
    {CONTEXT_DIALOG, {KEYS_PAGE_DOWN, ' '}, CMD_PAGE_DOWN, "dialog.page.down", "page down", NULL},
    {CONTEXT_DIALOG, {'R'}, CMD_SORT_RATE, "dialog.rate", "in the sort menu: rate", NULL},
    {CONTEXT_DIALOG, {'T'}, CMD_SORT_TOTAL, "dialog.total", "in the sort menu: total", NULL},
    {CONTEXT_DIALOG, {'A'}, CMD_SORT_AGE, "dialog.age", "in the sort menu: age", NULL},
    {CONTEXT_DIALOG, {'I'}, CMD_SORT_IP, "dialog.ip", "in the sort menu: IP", NULL},
    {CONTEXT_DIALOG, {'B'}, CMD_SORT_BACKEND, "dialog.backend", "in the sort menu: backend", NULL},
};
const size_t keys_count = sizeof(keys_table) / sizeof(keys_table[0]);

enum key_command keys_find(enum key_context context, int key)
{
    if (key == KEYS_NONE)
        return CMD_NONE;
    for (size_t i = 0; i < keys_count; i++) {
        const struct key_binding *binding = &keys_table[i];
        if (binding->context != context && binding->context != CONTEXT_ANY)
            continue;
        for (unsigned j = 0; j < KEYS_PER_COMMAND; j++)
            if (binding->keys[j] == key)
                return binding->command;
    }
    return CMD_NONE;
}

char *keys_name(char out[KEYS_NAME_MAX], int key)
{
    static const char *const names[] = {"Up",   "Down", "Left", "Right",    "PgUp",
                                        "PgDn", "Home", "End",  "Shift-Tab"};
    if (key >= KEYS_F1 && key <= KEYS_F10)
        snprintf(out, KEYS_NAME_MAX, "F%d", key - KEYS_F1 + 1);
    else if (key >= KEYS_UP && key <= KEYS_BACK_TAB)
        snprintf(out, KEYS_NAME_MAX, "%s", names[key - KEYS_UP]);
    else if (key == KEYS_ESCAPE || key == '\r' || key == '\t' || key == ' ')
        snprintf(out, KEYS_NAME_MAX, "%s",
                 key == KEYS_ESCAPE ? "Esc"
                 : key == '\r'      ? "Enter"
                 : key == '\t'      ? "Tab"
                                    : "Space");
    else if (key > 0 && key < 0x20)
        snprintf(out, KEYS_NAME_MAX, "Ctrl-%c", key | 0x40);
    else
        snprintf(out, KEYS_NAME_MAX, "%c", key > 0x20 && key < 0x7f ? key : '?');
    return out;
}

char *keys_names(char *out, size_t size, const struct key_binding *binding)
{
    struct str text;
    char name[KEYS_NAME_MAX];
    str_fixed(&text, out, size);
    for (unsigned i = 0; i < KEYS_PER_COMMAND && binding->keys[i] != KEYS_NONE; i++) {
        if (binding->keys[i] == '\n') /* the same key as '\r' for people */
            continue;
        str_addf(&text, "%s%s", i > 0 ? " " : "", keys_name(name, binding->keys[i]));
    }
    return out;
}
