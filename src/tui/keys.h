/*
 * One table: every key, where it works, the command's name, its help line and its label in the
 * function bar. Look-up (through keymap.h), help and bar all come from it. Pure.
 */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "tui/key_command.h"

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
