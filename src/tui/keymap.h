/*
 * Which keys mean what just now: the key table, or one of its presets, with the configuration's own
 * keys on top. Rows are those of the table. Pure. Owned by the UI thread.
 */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include "conf/config.h"
#include "tui/keys.h"

#define KEYMAP_ROWS 160
#define KEYMAP_KEYS 6 /* of one command */

enum keymap_preset { KEYMAP_DEFAULT, KEYMAP_HTOP, KEYMAP_VIM, KEYMAP_PRESETS };

struct keymap {
    int keys[KEYMAP_ROWS][KEYMAP_KEYS]; /* by row of keys_table; KEYS_NONE behind the last */
    enum keymap_preset preset;
};

/* "default", "htop", "vim". */
const char *keymap_preset_name(enum keymap_preset preset);
/* The preset of this name, or KEYMAP_PRESETS. */
enum keymap_preset keymap_preset_find(struct slice name);

void keymap_init(struct keymap *map, enum keymap_preset preset);

/* Something is wrong with a key of the configuration: one line, with its place. */
typedef void keymap_problem(void *ctx, const char *text);

/* The map of a configuration's tui.keys; `preset` KEYMAP_PRESETS: the one it names. `say` (may be
 * NULL) hears of every problem; with any of them the keys are those of the preset alone. Returns
 * how many there were. The way out is always left: Ctrl-C and Escape stay what they are, quit keeps
 * a key, and boxes and prompts keep theirs. */
unsigned keymap_load(struct keymap *map, const struct config_key *keys, unsigned count,
                     enum keymap_preset preset, keymap_problem *say, void *ctx);

/* What a key does in a context; keys of CONTEXT_ANY work in all others, but characters are text in
 * a prompt. CMD_NONE if nothing. */
enum key_command keymap_find(const struct keymap *map, enum key_context context, int key);

/* The first key of a command, the one that is shown alone; KEYS_NONE if it has none. */
int keymap_key(const struct keymap *map, enum key_command command);

/* "K F9": all keys of a row. Returns `out`. */
char *keymap_names(char *out, size_t size, const struct keymap *map, size_t row);

#endif
