/*
 * Presets, the configuration's keys on top of them, and looking keys up.
 */
#include "tui/keymap.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/str.h"

#define PROBLEM_MAX 400
#define SHOWN_MAX 40 /* of a word that is wrong */

static const char *const preset_names[KEYMAP_PRESETS] = {"default", "htop", "vim"};

/* What a preset has in the place of the table's keys. */
static const struct {
    enum keymap_preset preset;
    enum key_command command;
    int keys[KEYMAP_KEYS];
} presets[] = {
    {KEYMAP_HTOP, CMD_KILL, {KEYS_F(9), 'k', 'K'}},
    {KEYMAP_HTOP, CMD_PREV, {KEYS_UP}},
    {KEYMAP_HTOP, CMD_NEXT, {KEYS_DOWN}},
    {KEYMAP_HTOP, CMD_FIRST, {KEYS_HOME}},
    {KEYMAP_HTOP, CMD_LAST, {KEYS_END}},
    {KEYMAP_HTOP, CMD_SCROLL_LEFT, {KEYS_LEFT}},
    {KEYMAP_HTOP, CMD_SCROLL_RIGHT, {KEYS_RIGHT}},
    {KEYMAP_HTOP, CMD_HELP, {KEYS_F(1), '?', 'h', 'H'}},

    {KEYMAP_VIM, CMD_PREV, {KEYS_UP, 'k', KEYS_CTRL('P')}},
    {KEYMAP_VIM, CMD_NEXT, {KEYS_DOWN, 'j', KEYS_CTRL('N')}},
    {KEYMAP_VIM, CMD_PANEL_NEXT, {'\t', KEYS_CTRL('W')}},
    {KEYMAP_VIM, CMD_KILL, {KEYS_F(9), 'K', 'x'}},
};

struct build {
    struct keymap *map;
    const char *places[KEYMAP_ROWS][KEYMAP_KEYS]; /* NULL: the preset's */
    bool named[KEYMAP_ROWS];
    keymap_problem *say;
    void *ctx;
    unsigned problems;
};

const char *keymap_preset_name(enum keymap_preset preset)
{
    return preset_names[preset];
}

enum keymap_preset keymap_preset_find(struct slice name)
{
    enum keymap_preset preset = KEYMAP_DEFAULT;
    while (preset < KEYMAP_PRESETS && !slice_equal_nocase(name, slice_of(preset_names[preset])))
        preset++;
    return preset;
}

static size_t row_of(enum key_command command)
{
    size_t row = 0;
    while (row < keys_count && keys_table[row].command != command)
        row++;
    return row;
}

void keymap_init(struct keymap *map, enum keymap_preset preset)
{
    assert(keys_count <= KEYMAP_ROWS);
    *map = (struct keymap){.preset = preset};
    for (size_t row = 0; row < keys_count; row++)
        memcpy(map->keys[row], keys_table[row].keys, sizeof(keys_table[row].keys));
    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
        size_t row = row_of(presets[i].command);
        if (presets[i].preset == preset && row < keys_count)
            memcpy(map->keys[row], presets[i].keys, sizeof(presets[i].keys));
    }
}

__attribute__((format(printf, 3, 4))) static void problem(struct build *build, const char *place,
                                                          const char *format, ...)
{
    char words[PROBLEM_MAX], text[2 * PROBLEM_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    build->problems++;
    snprintf(text, sizeof(text), "%.*s: tui.keys: %s", PROBLEM_MAX - 20, place, words);
    if (build->say != NULL)
        build->say(build->ctx, text);
}

static bool shares_context(size_t a, size_t b)
{
    return keys_table[a].context == keys_table[b].context || keys_table[a].context == CONTEXT_ANY ||
           keys_table[b].context == CONTEXT_ANY;
}

static unsigned key_count(const struct keymap *map, size_t row)
{
    unsigned count = 0;
    while (count < KEYMAP_KEYS && map->keys[row][count] != KEYS_NONE)
        count++;
    return count;
}

static bool has_key(const struct keymap *map, size_t row, int key)
{
    for (unsigned i = 0; i < KEYMAP_KEYS; i++)
        if (map->keys[row][i] == key)
            return true;
    return false;
}

static void add_key(struct build *build, size_t row, int key, const char *place)
{
    unsigned count = key_count(build->map, row);
    if (has_key(build->map, row, key))
        return;
    if (count == KEYMAP_KEYS) {
        problem(build, place == NULL ? "tui.keys" : place, "%s has too many keys",
                keys_table[row].name);
        return;
    }
    build->map->keys[row][count] = key;
    build->places[row][count] = place;
    if (key == '\r') /* the same for people, but not for terminals */
        add_key(build, row, '\n', place);
}

/* What must never happen by one of the keys that people press to take something back. */
static bool is_unsafe(enum key_command command, int key)
{
    bool erases = key == KEYS_DELETE || key == KEYS_BACKSPACE || key == KEYS_CTRL('H') ||
                  key == KEYS_CTRL('K') || key == KEYS_CTRL('D');
    return keys_changes(command) && erases;
}

static const char *nearest_command(struct slice name)
{
    struct nearest nearest = {.mistyped = name};
    for (size_t row = 0; row < keys_count; row++)
        nearest_consider(&nearest, slice_of(keys_table[row].name));
    return nearest.best.ptr;
}

static bool may_be_named(struct build *build, const struct config_key *given, size_t row)
{
    if (row == keys_count) {
        const char *near = nearest_command(slice_of(given->name));
        problem(build, given->place, "%.*s: unknown command%s%s%s", SHOWN_MAX, given->name,
                near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                near != NULL ? "?" : "");
        return false;
    }
    enum key_context context = keys_table[row].context;
    if (context == CONTEXT_DIALOG || context == CONTEXT_PROMPT ||
        keys_table[row].command == CMD_INTERRUPT) {
        problem(build, given->place, "%s keeps its keys: they are the way out", given->name);
        return false;
    }
    return true;
}

static void take(struct build *build, const struct config_key *given)
{
    size_t row = 0;
    while (row < keys_count && strcmp(keys_table[row].name, given->name) != 0)
        row++;
    if (!may_be_named(build, given, row))
        return;
    if (!build->named[row]) {
        bool escape = has_key(build->map, row, KEYS_ESCAPE);
        build->named[row] = true;
        memset(build->map->keys[row], 0, sizeof(build->map->keys[row]));
        if (escape)
            add_key(build, row, KEYS_ESCAPE, NULL);
    }
    if (given->key[0] == '\0' || strcmp(given->key, "off") == 0)
        return;
    int key = keys_parse(slice_of(given->key));
    if (key == KEYS_NONE)
        problem(build, given->place, "%.*s is no key (keys are x, X, Ctrl-X, F5, Space, PgUp...)",
                SHOWN_MAX, given->key);
    else if (is_unsafe(keys_table[row].command, key))
        problem(build, given->place, "%s must not be on %s", given->name, given->key);
    else
        add_key(build, row, key, given->place);
}

/* Says that rows `a` and `b` want the same key. */
static void clash(struct build *build, size_t a, unsigned i, size_t b, unsigned j)
{
    char name[KEYS_NAME_MAX];
    const char *place = build->places[a][i], *other = build->places[b][j];
    if (place == NULL && other != NULL) {
        clash(build, b, j, a, i);
        return;
    }
    keys_name(name, build->map->keys[a][i]);
    if (place == NULL)
        problem(build, "preset", "%s is for %s and for %s", name, keys_table[a].name,
                keys_table[b].name);
    else if (other != NULL)
        problem(build, place, "%s is for %s here and for %s in %.*s", name, keys_table[a].name,
                keys_table[b].name, PROBLEM_MAX / 2, other);
    else
        problem(build, place, "%s is for %s here and for %s by default: give that one another key",
                name, keys_table[a].name, keys_table[b].name);
}

static void find_clashes(struct build *build)
{
    const struct keymap *map = build->map;
    for (size_t a = 0; a < keys_count; a++)
        for (size_t b = a + 1; b < keys_count; b++)
            for (unsigned i = 0; shares_context(a, b) && i < KEYMAP_KEYS * KEYMAP_KEYS; i++) {
                unsigned at = i / KEYMAP_KEYS, other = i % KEYMAP_KEYS;
                int key = map->keys[a][at];
                if (key != KEYS_NONE && key != '\n' && key == map->keys[b][other])
                    clash(build, a, at, b, other);
            }
}

unsigned keymap_load(struct keymap *map, const struct config_key *keys, unsigned count,
                     enum keymap_preset preset, keymap_problem *say, void *ctx)
{
    struct build build = {.map = map, .say = say, .ctx = ctx};
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(keys[i].name, "preset") != 0)
            continue;
        enum keymap_preset named = keymap_preset_find(slice_of(keys[i].key));
        if (named == KEYMAP_PRESETS)
            problem(&build, keys[i].place, "%.*s is none of default, htop, vim", SHOWN_MAX,
                    keys[i].key);
        else if (preset == KEYMAP_PRESETS)
            preset = named;
    }
    preset = preset == KEYMAP_PRESETS ? KEYMAP_DEFAULT : preset;
    keymap_init(map, preset);
    const char *quit_place = "tui.keys";
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(keys[i].name, "preset") != 0)
            take(&build, &keys[i]);
        if (strcmp(keys[i].name, "quit") == 0)
            quit_place = keys[i].place;
    }
    find_clashes(&build);
    if (keymap_key(map, CMD_QUIT) == KEYS_NONE)
        problem(&build, quit_place, "quit must have a key");
    if (build.problems > 0)
        keymap_init(map, preset);
    return build.problems;
}

enum key_command keymap_find(const struct keymap *map, enum key_context context, int key)
{
    bool is_text = context == CONTEXT_PROMPT && key >= ' ' && key < KEYS_BACKSPACE;
    if (key == KEYS_NONE || is_text)
        return CMD_NONE;
    for (size_t row = 0; row < keys_count; row++)
        if ((keys_table[row].context == context || keys_table[row].context == CONTEXT_ANY) &&
            has_key(map, row, key))
            return keys_table[row].command;
    return CMD_NONE;
}

int keymap_key(const struct keymap *map, enum key_command command)
{
    size_t row = row_of(command);
    return row < keys_count ? map->keys[row][0] : KEYS_NONE;
}

char *keymap_names(char *out, size_t size, const struct keymap *map, size_t row)
{
    struct str text;
    char name[KEYS_NAME_MAX];
    str_fixed(&text, out, size);
    for (unsigned i = 0; i < KEYMAP_KEYS && map->keys[row][i] != KEYS_NONE; i++)
        if (map->keys[row][i] != '\n') /* the same key as '\r' for people */
            str_addf(&text, "%s%s", text.len > 0 ? " " : "", keys_name(name, map->keys[row][i]));
    return out;
}
