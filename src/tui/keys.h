/*
 * One table: every key, where it works, the command's name, its help line and its label in the
 * function bar. Look-up (through keymap.h), help and bar all come from it. Pure.
 */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* ASCII keys are themselves (control keys too); these are the others. */
enum key {
    KEYS_NONE = 0,
    KEYS_ESCAPE = 27,
    KEYS_BACKSPACE = 127,
    KEYS_UP = 256,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_HOME,
    KEYS_END,
    KEYS_BACK_TAB,
    KEYS_DELETE,
    KEYS_INSERT,
    KEYS_SHIFT_LEFT,
    KEYS_SHIFT_RIGHT,
    KEYS_F1,
    KEYS_MOUSE = 0x1000 /* a button, see input.h; never in the table */
};
#define KEYS_F(number) (KEYS_F1 + (number)-1)
#define KEYS_CTRL(letter) ((letter)&0x1f)

/* A character that is text and nothing else: beyond ASCII, or pasted. Never in the table. */
#define KEYS_CHAR(codepoint) (0x1000000 + (codepoint))
#define KEYS_IS_CHAR(key) ((key) >= KEYS_CHAR(0))

enum key_context { CONTEXT_ANY, CONTEXT_LIST, CONTEXT_DIALOG, CONTEXT_PROMPT };

/* A heading of the help; bindings of one section stand together in the table. */
enum key_section {
    SECTION_ACT,
    SECTION_MOVE,
    SECTION_PANEL,
    SECTION_ROW,
    SECTION_ORDER,
    SECTION_LOOK,
    SECTION_BOX,
    SECTION_PROMPT,
    SECTION_ANYWHERE,
    SECTION_COUNT
};

enum key_command {
    CMD_NONE,
    CMD_PREV,
    CMD_NEXT,
    CMD_PAGE_UP,
    CMD_PAGE_DOWN,
    CMD_HALF_UP,
    CMD_HALF_DOWN,
    CMD_FIRST,
    CMD_LAST,
    CMD_UNSELECT,
    CMD_SORT,
    CMD_REVERSE,
    CMD_SORT_RATE,
    CMD_SORT_TOTAL,
    CMD_SORT_AGE,
    CMD_SORT_IP,
    CMD_SORT_BACKEND,
    CMD_PANEL_CONNECTIONS,
    CMD_PANEL_IPS,
    CMD_PANEL_BACKENDS,
    CMD_PANEL_EVENTS,
    CMD_PANEL_NEXT,
    CMD_PANEL_PREV,
    CMD_SCROLL_LEFT,
    CMD_SCROLL_RIGHT,
    CMD_DETAILS,
    CMD_TAG,
    CMD_UNTAG,
    CMD_FOLLOW,
    CMD_GROUP,
    CMD_FIND,
    CMD_FIND_NEXT,
    CMD_FIND_PREV,
    CMD_FILTER,
    CMD_FILTER_TOGGLE,
    CMD_PAUSE,
    CMD_PAST_BACK,
    CMD_PAST_ON,
    CMD_KILL,
    CMD_BLOCK,
    CMD_UNDO,
    CMD_BLOCKS,
    CMD_CHECK,
    CMD_DRAIN,
    CMD_COPY_FIELD,
    CMD_COPY_ROW,
    CMD_WRITE,
    CMD_REFRESH_SLOWER,
    CMD_REFRESH_FASTER,
    CMD_ALERTS,
    CMD_MASK,
    CMD_UNITS,
    CMD_MOUSE,
    CMD_THEME,
    CMD_SETUP,
    CMD_HELP,
    CMD_REDRAW,
    CMD_SUSPEND,
    CMD_QUIT,
    CMD_INTERRUPT,
    CMD_PROMPT,
    /* In a box. */
    CMD_ANSWER,
    CMD_KEEP,
    CMD_OTHER,
    CMD_OTHER_BACK,
    /* In a prompt. */
    CMD_RUN,
    CMD_COMPLETE,
    CMD_ERASE,
    CMD_ERASE_NEXT,
    CMD_CLEAR,
    CMD_LEAVE,
    CMD_CURSOR_LEFT,
    CMD_CURSOR_RIGHT,
    CMD_CURSOR_FIRST,
    CMD_CURSOR_LAST,
    CMD_COUNT
};

#define KEYS_PER_COMMAND 4

struct key_binding {
    enum key_section section;
    enum key_context context;
    int keys[KEYS_PER_COMMAND]; /* 0: none; the first is the one shown in the bar */
    enum key_command command;
    const char *name;  /* "row.next" */
    const char *help;  /* one line */
    const char *label; /* in the bar, or NULL */
};

extern const struct key_binding keys_table[];
extern const size_t keys_count;

/* Whether a command is refused where only reading is allowed. */
bool keys_changes(enum key_command command);

const char *keys_section_title(enum key_section section);

#define KEYS_NAME_MAX 16
/* "F9", "K", "PgUp", "Ctrl-C", "Space". Returns `out`. */
char *keys_name(char out[KEYS_NAME_MAX], int key);

/* The key of such a name, or of another usual one ("pageup", "^X", "ctrl+x", "Return"); KEYS_NONE
 * if there is none. */
int keys_parse(struct slice text);

#endif
