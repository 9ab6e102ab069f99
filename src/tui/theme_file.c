/*
 * Reads a theme file in one walk, word for word: palette and extended theme may stand anywhere in
 * the file, so words become colours only afterwards.
 */
#include "tui/theme_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/str.h"
#include "conf/file.h"
#include "conf/walk.h"

#define KEY_MAX 40

struct reader {
    struct walk walk;
    struct load_problems *problems;
    struct theme_raw *raw;
    enum role role; /* whose fields are being read */
};

typedef bool read_value(struct reader *r, const char *key, struct place place);

/* Warns of a name that is none of `words`. */
static void unknown(struct reader *r, struct place place, const char *what, struct slice name,
                    const char *words)
{
    char quoted[PROBLEMS_QUOTE_MAX];
    struct slice near = nearest_word(words, name);
    if (near.len > 0)
        problems_warning(r->problems, place, NULL, "unknown %s %s; did you mean %.*s?", what,
                         problems_quote(quoted, name), (int)near.len, near.ptr);
    else
        problems_warning(r->problems, place, NULL, "unknown %s %s", what,
                         problems_quote(quoted, name));
}

static void not_a(struct reader *r, const char *key, const char *what)
{
    char quoted[PROBLEMS_QUOTE_MAX];
    problems_error(r->problems, walk_here(&r->walk), key, "%s is not %s",
                   problems_quote(quoted, walk_text(&r->walk)), what);
}

/* Copies the scalar at the current event; false with an error when there is none, or when it is too
 * long. */
static bool take_text(struct reader *r, const char *key, char *out, size_t size)
{
    if (r->walk.event.type != YAML_SCALAR_EVENT || walk_is_null(&r->walk)) {
        problems_error(r->problems, walk_here(&r->walk), key, "must have a plain value");
        return false;
    }
    struct slice text = walk_text(&r->walk);
    if (text.len >= size || memchr(text.ptr, '\0', text.len) != NULL) {
        problems_error(r->problems, walk_here(&r->walk), key, "is longer than %zu bytes", size - 1);
        return false;
    }
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

/* A mapping at the current event; `read` takes each value and leaves its last event current. */
static bool read_mapping(struct reader *r, const char *what, read_value *read)
{
    char key[KEY_MAX];
    if (r->walk.event.type != YAML_MAPPING_START_EVENT) {
        if (!walk_is_null(&r->walk))
            problems_error(r->problems, walk_here(&r->walk), what, "must be a mapping of names");
        return walk_skip(&r->walk);
    }
    while (walk_next(&r->walk)) {
        if (r->walk.event.type == YAML_MAPPING_END_EVENT)
            return true;
        struct place place = walk_here(&r->walk);
        bool good = take_text(r, NULL, key, sizeof(key));
        if (!good && !walk_skip(&r->walk))
            return false;
        if (!walk_next(&r->walk) || !(good ? read(r, key, place) : walk_skip(&r->walk)))
            return false;
    }
    return false;
}

static bool read_palette_entry(struct reader *r, const char *key, struct place place)
{
    struct theme_raw *raw = r->raw;
    struct theme_raw_palette *entry = &raw->palette[raw->palette_count];
    if (raw->palette_count == THEME_PALETTE_MAX || strlen(key) >= THEME_COLOR_NAME_MAX) {
        problems_error(r->problems, place, NULL,
                       "a palette has at most %d colours, with names of at most %d letters",
                       THEME_PALETTE_MAX, THEME_COLOR_NAME_MAX - 1);
        return walk_skip(&r->walk);
    }
    if (take_text(r, key, entry->value.text, sizeof(entry->value.text))) {
        memcpy(entry->name, key, strlen(key) + 1);
        entry->value.place = walk_here(&r->walk);
        raw->palette_count++;
    }
    return walk_skip(&r->walk);
}

static void take_color(struct reader *r, const char *key, struct theme_raw_color *color)
{
    if (take_text(r, key, color->text, sizeof(color->text)))
        color->place = walk_here(&r->walk);
}

/* A colour's number up to `most`. */
static void take_number(struct reader *r, const char *key, unsigned most, int *out)
{
    char text[16];
    if (!take_text(r, key, text, sizeof(text)))
        return;
    int color = most == 15 ? theme_raw_16(text) : THEME_UNSET;
    uint64_t figure;
    if (strcmp(text, "default") == 0)
        color = THEME_DEFAULT;
    else if (color == THEME_UNSET && slice_to_u64(slice_of(text), &figure) && figure <= most)
        color = (int)figure;
    if (color == THEME_UNSET)
        not_a(r, key,
              most == 15 ? "default, a colour's name such as cyan or cyan+, or 0 to 15"
                         : "default, or 0 to 255");
    else
        *out = color;
}

static void take_flags(struct reader *r, const char *key, int *out)
{
    static const struct {
        const char *word;
        int flag;
    } words[] = {{"normal", 0},
                 {"bold", THEME_BOLD},
                 {"dim", THEME_DIM},
                 {"reverse", THEME_REVERSE},
                 {"underline", THEME_UNDERLINE}};
    const size_t count = sizeof(words) / sizeof(words[0]);
    char text[48], *rest = NULL;
    int flags = 0;
    if (!take_text(r, key, text, sizeof(text)))
        return;
    for (char *word = strtok_r(text, " ,+", &rest); word; word = strtok_r(NULL, " ,+", &rest)) {
        size_t i = 0;
        while (i < count && strcmp(words[i].word, word) != 0)
            i++;
        if (i == count) {
            not_a(r, key, "normal, or some of bold, dim, reverse and underline");
            return;
        }
        flags |= words[i].flag;
    }
    *out = flags;
}

/* What stands beside a rate of its band: it is never empty, since colour is never the only sign. */
static void take_mark(struct reader *r, const char *key)
{
    char text[THEME_MARK_MAX];
    if (r->role != ROLE_RATE_MID && r->role != ROLE_RATE_HIGH) {
        problems_warning(r->problems, walk_here(&r->walk), key,
                         "only rate.mid and rate.high have marks");
        return;
    }
    if (!take_text(r, key, text, sizeof(text)))
        return;
    bool good = text[0] != '\0';
    for (const char *at = text; *at != '\0'; at++)
        good = good && *at > ' ' && *at < 0x7f;
    if (good)
        memcpy(r->raw->marks[r->role == ROLE_RATE_HIGH], text, strlen(text) + 1);
    else
        not_a(r, key, "one or two visible ASCII characters");
}

static bool read_role_field(struct reader *r, const char *key, struct place place)
{
    struct theme_raw_role *role = &r->raw->roles[r->role];
    if (strcmp(key, "fg") == 0)
        take_color(r, key, &role->fg);
    else if (strcmp(key, "bg") == 0)
        take_color(r, key, &role->bg);
    else if (strcmp(key, "c256") == 0)
        take_number(r, key, 255, &role->fg.c256);
    else if (strcmp(key, "c16") == 0)
        take_number(r, key, 15, &role->fg.c16);
    else if (strcmp(key, "bg256") == 0)
        take_number(r, key, 255, &role->bg.c256);
    else if (strcmp(key, "bg16") == 0)
        take_number(r, key, 15, &role->bg.c16);
    else if (strcmp(key, "attr") == 0)
        take_flags(r, key, &role->flags);
    else if (strcmp(key, "mono") == 0)
        take_flags(r, key, &role->mono);
    else if (strcmp(key, "mark") == 0)
        take_mark(r, key);
    else
        unknown(r, place, "key", slice_of(key), "fg bg c256 c16 bg256 bg16 attr mono mark");
    return walk_skip(&r->walk);
}

/* The meaning of that name, or ROLE_COUNT after a warning. */
static enum role find_role(struct reader *r, const char *name, struct place place)
{
    char text[1024];
    struct str words;
    enum role role = theme_role_find(name);
    if (role != ROLE_COUNT)
        return role;
    str_fixed(&words, text, sizeof(text));
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        str_addf(&words, "%s ", theme_role_name((enum role)i));
    unknown(r, place, "role", slice_of(name), text);
    return ROLE_COUNT;
}

static bool read_role(struct reader *r, const char *key, struct place place)
{
    r->role = find_role(r, key, place);
    if (r->role == ROLE_COUNT)
        return walk_skip(&r->walk);
    if (r->raw->roles[r->role].given)
        problems_warning(r->problems, place, key, "given twice; both apply");
    r->raw->roles[r->role].given = true;
    return read_mapping(r, key, read_role_field);
}

static bool read_gradient(struct reader *r)
{
    char name[KEY_MAX];
    struct theme_raw *raw = r->raw;
    if (r->walk.event.type != YAML_SEQUENCE_START_EVENT) {
        problems_error(r->problems, walk_here(&r->walk), "gradient", "must be a list of roles");
        return walk_skip(&r->walk);
    }
    raw->step_count = 0;
    while (walk_next(&r->walk)) {
        if (r->walk.event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        struct place place = walk_here(&r->walk);
        enum role role = ROLE_COUNT;
        if (take_text(r, "gradient", name, sizeof(name)))
            role = find_role(r, name, place);
        if (role != ROLE_COUNT && raw->step_count == THEME_STEPS_MAX)
            problems_error(r->problems, place, "gradient", "has at most %d roles", THEME_STEPS_MAX);
        else if (role != ROLE_COUNT)
            raw->steps[raw->step_count++] = (uint8_t)role;
        if (!walk_skip(&r->walk))
            return false;
    }
    return false;
}

static bool read_spark(struct reader *r, const char *key, struct place place)
{
    if (strcmp(key, "gradient") == 0)
        return read_gradient(r);
    unknown(r, place, "key", slice_of(key), "gradient");
    return walk_skip(&r->walk);
}

static void take_appearance(struct reader *r, const char *key)
{
    char text[16];
    if (!take_text(r, key, text, sizeof(text)))
        return;
    if (strcmp(text, "dark") == 0 || strcmp(text, "any") == 0)
        r->raw->light = 0;
    else if (strcmp(text, "light") == 0)
        r->raw->light = 1;
    else
        not_a(r, key, "dark, light or any");
}

static bool read_root_key(struct reader *r, const char *key, struct place place)
{
    char text[16];
    if (strcmp(key, "palette") == 0)
        return read_mapping(r, key, read_palette_entry);
    if (strcmp(key, "roles") == 0)
        return read_mapping(r, key, read_role);
    if (strcmp(key, "spark") == 0)
        return read_mapping(r, key, read_spark);
    if (strcmp(key, "theme") == 0) {
        char name[THEME_NAME_MAX]; /* for the reader; it goes by the name of its file */
        take_text(r, key, name, sizeof(name));
    } else if (strcmp(key, "version") == 0) {
        if (take_text(r, key, text, sizeof(text)) && strcmp(text, "1") != 0)
            not_a(r, key, "1, the only version there is");
    } else if (strcmp(key, "appearance") == 0) {
        take_appearance(r, key);
    } else if (strcmp(key, "extends") == 0) {
        if (take_text(r, key, r->raw->extends, sizeof(r->raw->extends)))
            r->raw->extends_place = walk_here(&r->walk);
    } else {
        unknown(r, place, "key", slice_of(key),
                "theme version appearance extends palette roles spark");
    }
    return walk_skip(&r->walk);
}

bool theme_file_read(const char *file, struct slice text, theme_base *base, void *ctx,
                     struct theme_raw *out, struct load_problems *problems)
{
    size_t errors = problems->errors;
    struct theme_raw raw;
    struct reader r = {.problems = problems, .raw = &raw};
    theme_raw_init(&raw);
    if (!file_is_text(file, text, problems) || !walk_begin(&r.walk, file, text, problems))
        return false;
    if (walk_open(&r.walk) && read_mapping(&r, NULL, read_root_key))
        walk_close(&r.walk);
    walk_end(&r.walk);
    struct place place = raw.extends_place.source != NULL
                             ? raw.extends_place
                             : (struct place){.source = file, .line = 1, .column = 1};
    /* Only looked for in a good file, so that a broken one is not read over and over. */
    return problems->errors == errors && base(ctx, raw.extends, raw.light == 1, place, out) &&
           theme_raw_overlay(out, &raw, problems);
}
