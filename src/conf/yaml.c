/*
 * The reader walks the events with one function per level of the file: root, section, list of
 * backends, value. Each takes the event it begins with as the current one and leaves the last of
 * its own as the current one.
 */
#include "conf/yaml.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "conf/walk.h"

#define NAME_MAX_LEN 40
#define SECTIONS_MAX 16

struct reader {
    struct walk walk;
    struct settings *settings;
    struct load_problems *problems;
    /* The sections seen (by their first key in the schema), to tell when one comes again. */
    struct {
        const struct schema_entry *section;
        unsigned line;
    } seen[SECTIONS_MAX];
    unsigned seen_count;
};

static bool is_name(struct slice name, char separator)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_' && name.ptr[i] != '-' &&
            name.ptr[i] != separator)
            return false;
    return name.len > 0 && name.len <= NAME_MAX_LEN;
}

/* What is no plain name is not shown: it may be a password that ended up in front of a colon. */
static void unknown_key(struct reader *r, struct slice section)
{
    struct slice key = walk_text(&r->walk);
    if (problems_are_full(r->problems) || !is_name(key, '<')) {
        problems_error(r->problems, walk_here(&r->walk), NULL, "unknown key");
        return;
    }
    const char *dot = section.len > 0 ? "." : "";
    struct slice near = schema_nearest(section, key);
    if (near.len > 0)
        problems_error(r->problems, walk_here(&r->walk), NULL,
                       "%.*s%s%.*s: unknown key; did you mean %.*s?", (int)section.len, section.ptr,
                       dot, (int)key.len, key.ptr, (int)near.len, near.ptr);
    else
        problems_error(r->problems, walk_here(&r->walk), NULL, "%.*s%s%.*s: unknown key",
                       (int)section.len, section.ptr, dot, (int)key.len, key.ptr);
}

/* Why the current event cannot be a value, or NULL. */
static const char *value_objection(const struct reader *r, const struct setting *setting)
{
    switch (r->walk.event.type) {
    case YAML_MAPPING_START_EVENT:
        return "must be a plain value, not a mapping";
    case YAML_SEQUENCE_START_EVENT:
        return "must be a plain value, not a list";
    default:
        break;
    }
    if (walk_is_null(&r->walk))
        return "has no value; leave the key out, or write \"\" for an empty text";
    return setting->count == SETTINGS_ITEMS_MAX ? "has too many elements" : NULL;
}

/* One value of a setting, at the current event; `name` is what it stands behind in a mapping. */
static bool read_item(struct reader *r, struct setting *setting, struct slice name)
{
    if (r->walk.event.type == YAML_ALIAS_EVENT) { /* refused already */
        setting->bad = true;
        return true;
    }
    const char *why = value_objection(r, setting);
    if (!why && settings_add_item(setting, name, walk_text(&r->walk), walk_here(&r->walk)) != 0)
        why = "out of memory";
    if (why) {
        problems_error(r->problems, walk_here(&r->walk), setting->label, "%s", why);
        setting->bad = true;
    }
    return walk_skip(&r->walk);
}

/* The elements of a list, at its start. */
static bool read_items(struct reader *r, struct setting *setting, struct slice name)
{
    while (walk_next(&r->walk)) {
        if (r->walk.event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        if (!read_item(r, setting, name))
            break;
    }
    setting->bad = true; /* cut short by what has been reported already */
    return false;
}

/* Takes the name at the current event, of which the setting must have none yet. */
static bool take_name(struct reader *r, struct setting *setting, char name[NAME_MAX_LEN + 1])
{
    struct slice text = walk_text(&r->walk);
    const char *why = NULL;
    if (r->walk.event.type != YAML_SCALAR_EVENT || !is_name(text, '.'))
        why = "a name has letters, digits and . _ -";
    else if ((double)setting->count > setting->entry->max)
        why = "has too many names";
    for (unsigned i = 0; !why && i < setting->count; i++)
        if (slice_equal(setting->items[i].name, text))
            why = "given twice";
    if (why) {
        problems_error(r->problems, walk_here(&r->walk), setting->label, "%s", why);
        setting->bad = true;
        return false;
    }
    memcpy(name, text.ptr, text.len);
    name[text.len] = '\0';
    return true;
}

/* A mapping of names to a value or a list of values, an empty one included; at its start. */
static bool read_names(struct reader *r, struct setting *setting)
{
    char name[NAME_MAX_LEN + 1];
    while (walk_next(&r->walk)) {
        if (r->walk.event.type == YAML_MAPPING_END_EVENT)
            return true;
        unsigned before = setting->count;
        bool good = take_name(r, setting, name);
        if ((!good && !walk_skip(&r->walk)) || !walk_next(&r->walk))
            break;
        bool list = r->walk.event.type == YAML_SEQUENCE_START_EVENT;
        struct place place = walk_here(&r->walk);
        if (!(!good  ? walk_skip(&r->walk)
              : list ? read_items(r, setting, slice_of(name))
                     : read_item(r, setting, slice_of(name))))
            break;
        if (good && list && setting->count == before &&
            settings_add_item(setting, slice_of(name), SLICE(""), place) != 0)
            break;
    }
    setting->bad = true;
    return false;
}

static bool read_mapping(struct reader *r, struct setting *setting)
{
    if (r->walk.event.type == YAML_MAPPING_START_EVENT)
        return read_names(r, setting);
    if (!walk_is_null(&r->walk)) {
        problems_error(r->problems, walk_here(&r->walk), setting->label,
                       "must be a mapping of names");
        setting->bad = true;
    }
    return walk_skip(&r->walk);
}

/* The value of a known key, at the current event. */
static bool read_value(struct reader *r, const struct schema_entry *entry, unsigned group)
{
    char label[64];
    settings_label(label, sizeof label, entry, group);
    const struct setting *before = settings_find(r->settings, entry, group);
    if (before) {
        problems_error(r->problems, walk_here(&r->walk), label, "given twice; first in line %u",
                       before->place.line);
        return walk_skip(&r->walk);
    }
    struct setting *setting = settings_add(r->settings, entry, group, walk_here(&r->walk));
    if (!setting) {
        problems_error(r->problems, walk_here(&r->walk), label, "out of memory");
        return walk_skip(&r->walk);
    }
    if (entry->type == SCHEMA_KEYS)
        return read_mapping(r, setting);
    if (r->walk.event.type != YAML_SEQUENCE_START_EVENT || !schema_is_list(entry))
        return read_item(r, setting, (struct slice){0});
    setting->list = true;
    return read_items(r, setting, (struct slice){0});
}

/* A mapping of the keys of a section, at its start. */
static bool read_keys(struct reader *r, struct slice section, unsigned group)
{
    while (walk_next(&r->walk)) {
        if (r->walk.event.type == YAML_MAPPING_END_EVENT)
            return true;
        const struct schema_entry *entry = NULL;
        if (r->walk.event.type == YAML_SCALAR_EVENT) {
            entry = schema_find(section, walk_text(&r->walk));
            if (!entry)
                unknown_key(r, section);
        } else {
            problems_error(r->problems, walk_here(&r->walk), NULL, "a key must be a plain name");
            if (!walk_skip(&r->walk))
                return false;
        }
        if (!walk_next(&r->walk) || !(entry ? read_value(r, entry, group) : walk_skip(&r->walk)))
            return false;
    }
    return false;
}

static bool read_backend(struct reader *r)
{
    struct settings *settings = r->settings;
    if (r->walk.event.type != YAML_MAPPING_START_EVENT) {
        problems_error(r->problems, walk_here(&r->walk), "backends",
                       "each must be a mapping: name, version, address, password");
        return walk_skip(&r->walk);
    }
    if (settings->group_count == SCHEMA_BACKENDS_MAX) {
        problems_error(r->problems, walk_here(&r->walk), "backends", "more than %d",
                       SCHEMA_BACKENDS_MAX);
        return walk_skip(&r->walk);
    }
    settings->groups[settings->group_count++] = walk_here(&r->walk);
    return read_keys(r, SLICE("backends"), settings->group_count - 1);
}

static bool read_backends(struct reader *r)
{
    if (r->walk.event.type != YAML_SEQUENCE_START_EVENT) {
        if (!walk_is_null(&r->walk))
            problems_error(r->problems, walk_here(&r->walk), "backends",
                           "must be a list: each begins with \"- name:\"");
        return walk_skip(&r->walk);
    }
    while (walk_next(&r->walk)) {
        if (r->walk.event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        if (!read_backend(r))
            return false;
    }
    return false;
}

/* Notes the section at the current event, or says that it was there before. */
static void note_section(struct reader *r, const struct schema_entry *section)
{
    for (unsigned i = 0; i < r->seen_count; i++)
        if (r->seen[i].section == section) {
            struct slice name = schema_section(section);
            problems_error(r->problems, walk_here(&r->walk), NULL,
                           "%.*s: given twice; first in line %u", (int)name.len, name.ptr,
                           r->seen[i].line);
            return;
        }
    assert(r->seen_count < SECTIONS_MAX);
    r->seen[r->seen_count].section = section;
    r->seen[r->seen_count++].line = walk_here(&r->walk).line;
}

/* The content of a section, at the current event. */
static bool read_section(struct reader *r, struct slice name)
{
    if (slice_equal(name, SLICE("backends")))
        return read_backends(r);
    if (r->walk.event.type == YAML_MAPPING_START_EVENT)
        return read_keys(r, name, 0);
    /* A section whose keys are all commented out is fine. */
    if (!walk_is_null(&r->walk) && r->walk.event.type != YAML_ALIAS_EVENT)
        problems_error(r->problems, walk_here(&r->walk), NULL, "%.*s: must be a mapping of keys",
                       (int)name.len, name.ptr);
    return walk_skip(&r->walk);
}

/* A key of the root, at the current event, and what belongs to it. */
static bool read_root_key(struct reader *r)
{
    const struct schema_entry *section = NULL;
    if (r->walk.event.type != YAML_SCALAR_EVENT) {
        problems_error(r->problems, walk_here(&r->walk), NULL, "a key must be a plain name");
        if (!walk_skip(&r->walk))
            return false;
    } else {
        section = schema_find_section(walk_text(&r->walk));
        if (section)
            note_section(r, section);
        else
            unknown_key(r, (struct slice){0});
    }
    if (!walk_next(&r->walk))
        return false;
    return section ? read_section(r, schema_section(section)) : walk_skip(&r->walk);
}

static bool read_root(struct reader *r)
{
    if (r->walk.event.type != YAML_MAPPING_START_EVENT) {
        if (!walk_is_null(&r->walk))
            problems_error(r->problems, walk_here(&r->walk), NULL, "must be a mapping of sections");
        return walk_skip(&r->walk);
    }
    while (walk_next(&r->walk)) {
        if (r->walk.event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!read_root_key(r))
            return false;
    }
    return false;
}

void yaml_read(const char *name, struct slice text, struct settings *settings,
               struct load_problems *problems)
{
    struct reader r = {.settings = settings, .problems = problems};
    if (!walk_begin(&r.walk, name, text, problems))
        return;
    if (walk_open(&r.walk) && read_root(&r))
        walk_close(&r.walk);
    settings->cut = r.walk.stopped;
    walk_end(&r.walk);
}
