/*
 * The reader walks the events with one function per level of the file: root, section, list of
 * backends, value. Each takes the event it begins with as the current one and leaves the last of
 * its own as the current one.
 */
#include "conf/yaml.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 16
#define NAME_MAX_LEN 40
#define SECTIONS_MAX 16

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    bool have_event;
    bool stopped; /* nothing more can be read: a syntax error, or too deep */
    unsigned depth;
    const char *name;
    struct slice text;
    struct settings *settings;
    struct load_problems *problems;
    /* The sections seen (by their first key in the schema), to tell when one comes again. */
    struct {
        const struct schema_entry *section;
        unsigned line;
    } seen[SECTIONS_MAX];
    unsigned seen_count;
};

static struct place place_of(const struct reader *r, yaml_mark_t mark)
{
    return (struct place){
        .source = r->name, .line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
}

static struct place here(const struct reader *r)
{
    return place_of(r, r->event.start_mark);
}

/* Events hold copies of values, passwords among them. */
static void drop_event(struct reader *r)
{
    if (!r->have_event)
        return;
    if (r->event.type == YAML_SCALAR_EVENT)
        explicit_bzero(r->event.data.scalar.value, r->event.data.scalar.length);
    yaml_event_delete(&r->event);
    r->have_event = false;
}

/* The line of the text with this number, from 0. */
static struct slice line_at(struct slice text, size_t number)
{
    struct slice line = {0};
    for (size_t i = 0; i <= number && slice_next(&text, '\n', &line); i++)
        ;
    return line;
}

/* An IPv6 listener without quotes reads as a list to YAML; say so, since nobody guesses it. */
static const char *syntax_hint(const struct reader *r, yaml_mark_t mark)
{
    struct slice line = line_at(r->text, mark.line);
    if (line.len == 0 ||
        (!memmem(line.ptr, line.len, "]:", 2) && !memmem(line.ptr, line.len, "[:", 2)))
        return "";
    return " (IPv6 addresses need quotes: \"[::]:6923\")";
}

static void stop_at_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    r->stopped = true;
    if (p->error == YAML_MEMORY_ERROR) {
        problems_error(r->problems, (struct place){.source = r->name}, NULL, "out of memory");
        return;
    }
    yaml_mark_t mark = p->error == YAML_READER_ERROR ? p->mark : p->problem_mark;
    problems_error(r->problems, place_of(r, mark), NULL, "not valid YAML: %s%s%s%s",
                   p->problem ? p->problem : "cannot be read", p->context ? " " : "",
                   p->context ? p->context : "", syntax_hint(r, mark));
}

static bool has_anchor(const yaml_event_t *e)
{
    return (e->type == YAML_SCALAR_EVENT && e->data.scalar.anchor) ||
           (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.anchor) ||
           (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.anchor);
}

static bool has_tag(const yaml_event_t *e)
{
    return (e->type == YAML_SCALAR_EVENT && e->data.scalar.tag) ||
           (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.tag) ||
           (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.tag);
}

/* Refuses, wherever they stand, the parts of YAML that are not used here. */
static void check_event(struct reader *r)
{
    const yaml_event_t *e = &r->event;
    if (has_anchor(e))
        problems_error(r->problems, here(r), NULL, "anchors (&name) are not supported");
    if (e->type == YAML_ALIAS_EVENT)
        problems_error(r->problems, here(r), NULL,
                       "aliases (*name) are not supported: write the value itself");
    if (has_tag(e))
        problems_error(r->problems, here(r), NULL,
                       "tags (!name) are not supported: put the value in quotes");
    if (e->type == YAML_MAPPING_START_EVENT || e->type == YAML_SEQUENCE_START_EVENT)
        r->depth++;
    if (e->type == YAML_MAPPING_END_EVENT || e->type == YAML_SEQUENCE_END_EVENT)
        r->depth--;
    if (r->depth > DEPTH_MAX) {
        problems_error(r->problems, here(r), NULL, "nested too deeply");
        r->stopped = true;
    }
}

/* Makes the next event the current one; false when reading has stopped. */
static bool advance(struct reader *r)
{
    drop_event(r);
    if (r->stopped)
        return false;
    if (!yaml_parser_parse(&r->parser, &r->event)) {
        stop_at_syntax(r);
        return false;
    }
    r->have_event = true;
    check_event(r);
    return !r->stopped;
}

/* Passes over the node that begins at the current event. */
static bool skip(struct reader *r)
{
    unsigned outside = r->depth;
    if (r->event.type != YAML_MAPPING_START_EVENT && r->event.type != YAML_SEQUENCE_START_EVENT)
        return true;
    while (r->depth >= outside)
        if (!advance(r))
            return false;
    return true;
}

static struct slice scalar_text(const struct reader *r)
{
    return (struct slice){.ptr = (const char *)r->event.data.scalar.value,
                          .len = r->event.data.scalar.length};
}

/* Nothing written, or one of YAML's words for it, without quotes. */
static bool is_null(const struct reader *r)
{
    if (r->event.type != YAML_SCALAR_EVENT || r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    struct slice text = scalar_text(r);
    return text.len == 0 || slice_equal(text, SLICE("~")) ||
           slice_equal_nocase(text, SLICE("null"));
}

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
    struct slice key = scalar_text(r);
    if (problems_are_full(r->problems) || !is_name(key, '<')) {
        problems_error(r->problems, here(r), NULL, "unknown key");
        return;
    }
    const char *dot = section.len > 0 ? "." : "";
    struct slice near = schema_nearest(section, key);
    if (near.len > 0)
        problems_error(r->problems, here(r), NULL, "%.*s%s%.*s: unknown key; did you mean %.*s?",
                       (int)section.len, section.ptr, dot, (int)key.len, key.ptr, (int)near.len,
                       near.ptr);
    else
        problems_error(r->problems, here(r), NULL, "%.*s%s%.*s: unknown key", (int)section.len,
                       section.ptr, dot, (int)key.len, key.ptr);
}

/* Why the current event cannot be a value, or NULL. */
static const char *value_objection(const struct reader *r, const struct setting *setting)
{
    switch (r->event.type) {
    case YAML_MAPPING_START_EVENT:
        return "must be a plain value, not a mapping";
    case YAML_SEQUENCE_START_EVENT:
        return "must be a plain value, not a list";
    default:
        break;
    }
    if (is_null(r))
        return "has no value; leave the key out, or write \"\" for an empty text";
    return setting->count == SETTINGS_ITEMS_MAX ? "has too many elements" : NULL;
}

/* One value of a setting, at the current event; `name` is what it stands behind in a mapping. */
static bool read_item(struct reader *r, struct setting *setting, struct slice name)
{
    if (r->event.type == YAML_ALIAS_EVENT) { /* refused already */
        setting->bad = true;
        return true;
    }
    const char *why = value_objection(r, setting);
    if (!why && settings_add_item(setting, name, scalar_text(r), here(r)) != 0)
        why = "out of memory";
    if (why) {
        problems_error(r->problems, here(r), setting->label, "%s", why);
        setting->bad = true;
    }
    return skip(r);
}

/* The elements of a list, at its start. */
static bool read_items(struct reader *r, struct setting *setting, struct slice name)
{
    while (advance(r)) {
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
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
    struct slice text = scalar_text(r);
    const char *why = NULL;
    if (r->event.type != YAML_SCALAR_EVENT || !is_name(text, '.'))
        why = "a name has letters, digits and . _ -";
    else if ((double)setting->count > setting->entry->max)
        why = "has too many names";
    for (unsigned i = 0; !why && i < setting->count; i++)
        if (slice_equal(setting->items[i].name, text))
            why = "given twice";
    if (why) {
        problems_error(r->problems, here(r), setting->label, "%s", why);
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
    while (advance(r)) {
        if (r->event.type == YAML_MAPPING_END_EVENT)
            return true;
        unsigned before = setting->count;
        bool good = take_name(r, setting, name);
        if ((!good && !skip(r)) || !advance(r))
            break;
        bool list = r->event.type == YAML_SEQUENCE_START_EVENT;
        struct place place = here(r);
        if (!(!good  ? skip(r)
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
    if (r->event.type == YAML_MAPPING_START_EVENT)
        return read_names(r, setting);
    if (!is_null(r)) {
        problems_error(r->problems, here(r), setting->label, "must be a mapping of names");
        setting->bad = true;
    }
    return skip(r);
}

/* The value of a known key, at the current event. */
static bool read_value(struct reader *r, const struct schema_entry *entry, unsigned group)
{
    char label[64];
    settings_label(label, sizeof label, entry, group);
    const struct setting *before = settings_find(r->settings, entry, group);
    if (before) {
        problems_error(r->problems, here(r), label, "given twice; first in line %u",
                       before->place.line);
        return skip(r);
    }
    struct setting *setting = settings_add(r->settings, entry, group, here(r));
    if (!setting) {
        problems_error(r->problems, here(r), label, "out of memory");
        return skip(r);
    }
    if (entry->type == SCHEMA_KEYS)
        return read_mapping(r, setting);
    if (r->event.type != YAML_SEQUENCE_START_EVENT || !schema_is_list(entry))
        return read_item(r, setting, (struct slice){0});
    setting->list = true;
    return read_items(r, setting, (struct slice){0});
}

/* A mapping of the keys of a section, at its start. */
static bool read_keys(struct reader *r, struct slice section, unsigned group)
{
    while (advance(r)) {
        if (r->event.type == YAML_MAPPING_END_EVENT)
            return true;
        const struct schema_entry *entry = NULL;
        if (r->event.type == YAML_SCALAR_EVENT) {
            entry = schema_find(section, scalar_text(r));
            if (!entry)
                unknown_key(r, section);
        } else {
            problems_error(r->problems, here(r), NULL, "a key must be a plain name");
            if (!skip(r))
                return false;
        }
        if (!advance(r) || !(entry ? read_value(r, entry, group) : skip(r)))
            return false;
    }
    return false;
}

static bool read_backend(struct reader *r)
{
    struct settings *settings = r->settings;
    if (r->event.type != YAML_MAPPING_START_EVENT) {
        problems_error(r->problems, here(r), "backends",
                       "each must be a mapping: name, version, address, password");
        return skip(r);
    }
    if (settings->group_count == SCHEMA_BACKENDS_MAX) {
        problems_error(r->problems, here(r), "backends", "more than %d", SCHEMA_BACKENDS_MAX);
        return skip(r);
    }
    settings->groups[settings->group_count++] = here(r);
    return read_keys(r, SLICE("backends"), settings->group_count - 1);
}

static bool read_backends(struct reader *r)
{
    if (r->event.type != YAML_SEQUENCE_START_EVENT) {
        if (!is_null(r))
            problems_error(r->problems, here(r), "backends",
                           "must be a list: each begins with \"- name:\"");
        return skip(r);
    }
    while (advance(r)) {
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
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
            problems_error(r->problems, here(r), NULL, "%.*s: given twice; first in line %u",
                           (int)name.len, name.ptr, r->seen[i].line);
            return;
        }
    assert(r->seen_count < SECTIONS_MAX);
    r->seen[r->seen_count].section = section;
    r->seen[r->seen_count++].line = here(r).line;
}

/* The content of a section, at the current event. */
static bool read_section(struct reader *r, struct slice name)
{
    if (slice_equal(name, SLICE("backends")))
        return read_backends(r);
    if (r->event.type == YAML_MAPPING_START_EVENT)
        return read_keys(r, name, 0);
    /* A section whose keys are all commented out is fine. */
    if (!is_null(r) && r->event.type != YAML_ALIAS_EVENT)
        problems_error(r->problems, here(r), NULL, "%.*s: must be a mapping of keys", (int)name.len,
                       name.ptr);
    return skip(r);
}

/* A key of the root, at the current event, and what belongs to it. */
static bool read_root_key(struct reader *r)
{
    const struct schema_entry *section = NULL;
    if (r->event.type != YAML_SCALAR_EVENT) {
        problems_error(r->problems, here(r), NULL, "a key must be a plain name");
        if (!skip(r))
            return false;
    } else {
        section = schema_find_section(scalar_text(r));
        if (section)
            note_section(r, section);
        else
            unknown_key(r, (struct slice){0});
    }
    if (!advance(r))
        return false;
    return section ? read_section(r, schema_section(section)) : skip(r);
}

static bool read_root(struct reader *r)
{
    if (r->event.type != YAML_MAPPING_START_EVENT) {
        if (!is_null(r))
            problems_error(r->problems, here(r), NULL, "must be a mapping of sections");
        return skip(r);
    }
    while (advance(r)) {
        if (r->event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!read_root_key(r))
            return false;
    }
    return false;
}

/* Passes over the marks that begin or end a stream or a document. */
static bool advance_past(struct reader *r, unsigned marks)
{
    while (marks-- > 0)
        if (!advance(r))
            return false;
    return true;
}

/* Stream start, at most one document, stream end. */
static void read_stream(struct reader *r)
{
    if (!advance_past(r, 2) || r->event.type == YAML_STREAM_END_EVENT)
        return;
    if (!advance(r) || !read_root(r) || !advance_past(r, 2))
        return;
    if (r->event.type != YAML_STREAM_END_EVENT)
        problems_error(r->problems, here(r), NULL, "a second document: only one is read");
}

/* Refuses %YAML and %TAG before libyaml sees them: it compares each %TAG with all before it, which
 * takes minutes for a file full of them. */
static bool has_directive(const char *name, struct slice text, struct load_problems *problems)
{
    struct place place = {.source = name, .line = 1, .column = 1};
    if (slice_starts(text, SLICE("\xEF\xBB\xBF")))
        text = (struct slice){.ptr = text.ptr + 3, .len = text.len - 3};
    for (size_t i = 0; i < text.len; i++) {
        bool begins = i == 0 || text.ptr[i - 1] == '\n' || text.ptr[i - 1] == '\r';
        if (begins && text.ptr[i] == '%') {
            problems_error(problems, place, NULL, "directives (%%YAML, %%TAG) are not supported");
            return true;
        }
        place.line += text.ptr[i] == '\n';
    }
    return false;
}

void yaml_read(const char *name, struct slice text, struct settings *settings,
               struct load_problems *problems)
{
    struct reader r = {.name = name, .text = text, .settings = settings, .problems = problems};
    if (has_directive(name, text, problems))
        return;
    if (!yaml_parser_initialize(&r.parser)) {
        problems_error(problems, (struct place){.source = name}, NULL, "out of memory");
        return;
    }
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.ptr, text.len);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    read_stream(&r);
    settings->cut = r.stopped;
    drop_event(&r);
    yaml_parser_delete(&r.parser);
}
