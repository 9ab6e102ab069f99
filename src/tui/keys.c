/*
 * The key table.
 */
#include "tui/keys.h"

#include <stdio.h>

#include "base/str.h"

const struct key_binding keys_table[] = {
    {SECTION_ACT, CONTEXT_LIST, {KEYS_F(1), '?', 'H'}, CMD_HELP, "help", "this help", "Help"},
    {SECTION_ACT,
     CONTEXT_LIST,
     {KEYS_F(6), 's'},
     CMD_SORT,
     "sort",
     "choose the column to sort by",
     "Sort"},
    {SECTION_ACT,
     CONTEXT_LIST,
     {KEYS_F(7), 'c'},
     CMD_CHECK,
     "check",
     "check all backends now",
     "Check"},
    {SECTION_ACT,
     CONTEXT_LIST,
     {KEYS_F(9), 'K'},
     CMD_KILL,
     "kill",
     "cut the selected connection; asks",
     "Kill"},
    {SECTION_ACT, CONTEXT_LIST, {KEYS_F(10), 'q'}, CMD_QUIT, "quit", "end lavaproxy; asks", "Quit"},
    {SECTION_ACT,
     CONTEXT_LIST,
     {':'},
     CMD_PROMPT,
     "prompt",
     "reload, check, drain, undrain, quit",
     NULL},

    {SECTION_MOVE, CONTEXT_ANY, {KEYS_UP, 'k'}, CMD_PREV, "row.prev", "one row up", NULL},
    {SECTION_MOVE, CONTEXT_ANY, {KEYS_DOWN, 'j'}, CMD_NEXT, "row.next", "one row down", NULL},
    {SECTION_MOVE,
     CONTEXT_ANY,
     {KEYS_PAGE_UP, KEYS_CTRL('B')},
     CMD_PAGE_UP,
     "page.up",
     "one page up",
     NULL},
    {SECTION_MOVE,
     CONTEXT_ANY,
     {KEYS_PAGE_DOWN, KEYS_CTRL('F'), ' '},
     CMD_PAGE_DOWN,
     "page.down",
     "one page down",
     NULL},
    {SECTION_MOVE, CONTEXT_LIST, {KEYS_CTRL('U')}, CMD_HALF_UP, "half.up", "half a page up", NULL},
    {SECTION_MOVE,
     CONTEXT_LIST,
     {KEYS_CTRL('D')},
     CMD_HALF_DOWN,
     "half.down",
     "half a page down",
     NULL},
    {SECTION_MOVE, CONTEXT_LIST, {KEYS_HOME, 'g'}, CMD_FIRST, "row.first", "first row", NULL},
    {SECTION_MOVE, CONTEXT_LIST, {KEYS_END, 'G'}, CMD_LAST, "row.last", "last row", NULL},
    {SECTION_MOVE,
     CONTEXT_LIST,
     {KEYS_ESCAPE},
     CMD_UNSELECT,
     "row.none",
     "select nothing, show all panels",
     NULL},

    {SECTION_PANEL,
     CONTEXT_LIST,
     {'1'},
     CMD_PANEL_CONNECTIONS,
     "panel.connections",
     "connections alone; again: back",
     NULL},
    {SECTION_PANEL,
     CONTEXT_LIST,
     {'2'},
     CMD_PANEL_IPS,
     "panel.ips",
     "IPs alone; again: back",
     NULL},
    {SECTION_PANEL,
     CONTEXT_LIST,
     {'3'},
     CMD_PANEL_BACKENDS,
     "panel.backends",
     "backends alone; again: back",
     NULL},
    {SECTION_PANEL,
     CONTEXT_LIST,
     {'4'},
     CMD_PANEL_EVENTS,
     "panel.events",
     "events alone; again: back",
     NULL},
    {SECTION_PANEL, CONTEXT_LIST, {'\t'}, CMD_PANEL_NEXT, "panel.next", "next panel", NULL},
    {SECTION_PANEL,
     CONTEXT_LIST,
     {KEYS_BACK_TAB},
     CMD_PANEL_PREV,
     "panel.prev",
     "panel before",
     NULL},

    {SECTION_ORDER, CONTEXT_LIST, {'r'}, CMD_REVERSE, "sort.reverse", "reverse the order", NULL},
    {SECTION_ORDER, CONTEXT_ANY, {'R'}, CMD_SORT_RATE, "sort.rate", "sort by rate", NULL},
    {SECTION_ORDER, CONTEXT_ANY, {'O'}, CMD_SORT_TOTAL, "sort.total", "sort by total", NULL},
    {SECTION_ORDER, CONTEXT_ANY, {'A'}, CMD_SORT_AGE, "sort.age", "sort by age", NULL},
    {SECTION_ORDER, CONTEXT_ANY, {'I'}, CMD_SORT_IP, "sort.ip", "sort by IP", NULL},
    {SECTION_ORDER, CONTEXT_ANY, {'B'}, CMD_SORT_BACKEND, "sort.backend", "sort by backend", NULL},

    {SECTION_BOX,
     CONTEXT_DIALOG,
     {'\r', '\n'},
     CMD_ANSWER,
     "dialog.answer",
     "give the marked answer",
     NULL},
    {SECTION_BOX,
     CONTEXT_DIALOG,
     {KEYS_ESCAPE, 'n', 'N', 'q'},
     CMD_KEEP,
     "dialog.keep",
     "change nothing, close",
     NULL},
    {SECTION_BOX,
     CONTEXT_DIALOG,
     {'\t', KEYS_RIGHT},
     CMD_OTHER,
     "dialog.next",
     "mark the next answer",
     NULL},
    {SECTION_BOX,
     CONTEXT_DIALOG,
     {KEYS_BACK_TAB, KEYS_LEFT},
     CMD_OTHER_BACK,
     "dialog.prev",
     "mark the answer before",
     NULL},

    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {'\r', '\n'},
     CMD_RUN,
     "prompt.run",
     "carry the command out",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {'\t'},
     CMD_COMPLETE,
     "prompt.complete",
     "complete a command or a backend",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_BACKSPACE, KEYS_CTRL('H')},
     CMD_ERASE,
     "prompt.erase",
     "take back a character",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_DELETE},
     CMD_ERASE_NEXT,
     "prompt.delete",
     "take back the character at the cursor",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_LEFT},
     CMD_CURSOR_LEFT,
     "prompt.left",
     "cursor one to the left",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_RIGHT},
     CMD_CURSOR_RIGHT,
     "prompt.right",
     "cursor one to the right",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_HOME, KEYS_CTRL('A')},
     CMD_CURSOR_FIRST,
     "prompt.first",
     "cursor to the beginning",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_END, KEYS_CTRL('E')},
     CMD_CURSOR_LAST,
     "prompt.last",
     "cursor to the end",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_CTRL('U')},
     CMD_CLEAR,
     "prompt.clear",
     "take back the line",
     NULL},
    {SECTION_PROMPT,
     CONTEXT_PROMPT,
     {KEYS_ESCAPE},
     CMD_LEAVE,
     "prompt.leave",
     "leave it, nothing happens",
     NULL},

    {SECTION_ANYWHERE,
     CONTEXT_ANY,
     {KEYS_CTRL('L')},
     CMD_REDRAW,
     "redraw",
     "draw the screen anew",
     NULL},
    {SECTION_ANYWHERE,
     CONTEXT_ANY,
     {KEYS_CTRL('C')},
     CMD_INTERRUPT,
     "interrupt",
     "end lavaproxy; twice: at once",
     NULL},
    {SECTION_ANYWHERE,
     CONTEXT_ANY,
     {KEYS_CTRL('Z')},
     CMD_SUSPEND,
     "suspend",
     "does nothing: it would stop the proxy",
     NULL},
};
const size_t keys_count = sizeof(keys_table) / sizeof(keys_table[0]);

bool keys_changes(enum key_command command)
{
    return command == CMD_KILL || command == CMD_CHECK;
}

const char *keys_section_title(enum key_section section)
{
    static const char *const titles[] = {
        [SECTION_ACT] = "What to do",          [SECTION_MOVE] = "Moving in a list or box",
        [SECTION_PANEL] = "One panel alone",   [SECTION_ORDER] = "Order of the connections",
        [SECTION_BOX] = "Questions and boxes", [SECTION_PROMPT] = "The command line behind :",
        [SECTION_ANYWHERE] = "Anywhere"};
    return titles[section];
}

enum key_command keys_find(enum key_context context, int key)
{
    bool is_text = context == CONTEXT_PROMPT && key >= ' ' && key < KEYS_BACKSPACE;
    if (key == KEYS_NONE || is_text)
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
    static const char *const names[] = {"Up",     "Down",       "Left",       "Right",     "PgUp",
                                        "PgDn",   "Home",       "End",        "Shift-Tab", "Delete",
                                        "Insert", "Shift-Left", "Shift-Right"};
    if (key >= KEYS_F(1) && key <= KEYS_F(12))
        snprintf(out, KEYS_NAME_MAX, "F%d", key - KEYS_F1 + 1);
    else if (key >= KEYS_UP && key < KEYS_F1)
        snprintf(out, KEYS_NAME_MAX, "%s", names[key - KEYS_UP]);
    else if (key == KEYS_ESCAPE || key == '\r' || key == '\t' || key == ' ')
        snprintf(out, KEYS_NAME_MAX, "%s",
                 key == KEYS_ESCAPE ? "Esc"
                 : key == '\r'      ? "Enter"
                 : key == '\t'      ? "Tab"
                                    : "Space");
    else if (key == KEYS_BACKSPACE)
        snprintf(out, KEYS_NAME_MAX, "Backspace");
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
