/*
 * Variables: from NAME=value to fields.
 */
#include "conf/env.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/settings.h"
#include "conf/value.h"

#define MS_DIGITS_MAX 12

void env_begin(struct env *env)
{
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    *env = (struct env){0};
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < SCHEMA_ENV_MAX && entries[i].env[k].name; k++) {
            assert(env->count < ENV_MAX);
            env->list[env->count++] =
                (struct env_value){.entry = &entries[i], .variable = &entries[i].env[k]};
        }
}

static void set(struct env *env, struct slice name, struct slice value, struct place place,
                struct load_problems *problems)
{
    if (slice_equal(name, SLICE("NO_COLOR")) && value.len > 0)
        env->no_color = true;
    for (unsigned i = 0; i < env->count; i++) {
        struct env_value *found = &env->list[i];
        if (!slice_equal(name, slice_of(found->variable->name)) || value.len == 0)
            continue;
        settings_wipe(found->text);
        found->text = settings_copy(value);
        found->place = place;
        if (!found->text)
            problems_error(problems, place, found->variable->name, "out of memory");
    }
}

void env_read_list(struct env *env, const char *const *list, struct load_problems *problems)
{
    for (; list && *list; list++) {
        struct slice value = slice_of(*list);
        struct slice name = {.ptr = value.ptr, .len = slice_find(value, '=')};
        if (name.len == value.len)
            continue;
        value.ptr += name.len + 1;
        value.len -= name.len + 1;
        set(env, name, value, (struct place){.source = "environment"}, problems);
    }
}

static bool is_name(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return text.len > 0;
}

/* What stands behind a value: nothing, or a comment. */
static bool is_rest_of_line(struct slice text)
{
    text = slice_trim(text);
    return text.len == 0 || text.ptr[0] == '#';
}

/* Takes a quoted value apart into out (as long as the text at least); false when the quotes do not
 * close. In double quotes \n, \t, \" and \\ are understood. */
static bool unquote(struct slice text, char *out, struct slice *value)
{
    char quote = text.ptr[0];
    size_t len = 0;
    for (size_t i = 1; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == quote) {
            *value = (struct slice){.ptr = out, .len = len};
            return is_rest_of_line((struct slice){text.ptr + i + 1, text.len - i - 1});
        }
        if (c == '\\' && quote == '"' && i + 1 < text.len) {
            c = text.ptr[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        out[len++] = c;
    }
    return false;
}

/* Without quotes a value ends at " #". */
static struct slice bare_value(struct slice text)
{
    for (size_t i = 1; i < text.len; i++)
        if (text.ptr[i] == '#' && (text.ptr[i - 1] == ' ' || text.ptr[i - 1] == '\t'))
            text.len = i;
    if (text.len > 0 && text.ptr[0] == '#')
        text.len = 0;
    return slice_trim(text);
}

static void read_line(struct env *env, struct slice line, struct place place, char *memory,
                      struct load_problems *problems)
{
    const char *start = line.ptr;
    if (is_rest_of_line(line))
        return;
    if (slice_starts(line, SLICE("export ")))
        line = slice_trim((struct slice){line.ptr + 7, line.len - 7});
    struct slice name = {.ptr = line.ptr, .len = slice_find(line, '=')};
    place.column += (unsigned)(line.ptr - start);
    if (name.len == line.len || !is_name(slice_trim(name))) {
        problems_error(problems, place, NULL, "a line must read NAME=value");
        return;
    }
    struct slice value =
        slice_trim((struct slice){line.ptr + name.len + 1, line.len - name.len - 1});
    if (value.len > 0 && (value.ptr[0] == '"' || value.ptr[0] == '\'')) {
        place.column += (unsigned)(value.ptr - line.ptr);
        if (!unquote(value, memory, &value)) {
            problems_error(problems, place, NULL, "the quotes of a value must close in its line");
            return;
        }
    } else {
        value = bare_value(value);
    }
    set(env, slice_trim(name), value, place, problems);
}

void env_read_text(struct env *env, const char *name, struct slice text,
                   struct load_problems *problems)
{
    struct place place = {.source = name};
    if (slice_starts(text, SLICE("\xEF\xBB\xBF")))
        text = (struct slice){text.ptr + 3, text.len - 3};
    size_t size = text.len + 1;
    char *memory = malloc(size);
    if (!memory) {
        problems_error(problems, place, NULL, "out of memory");
        return;
    }
    while (text.len > 0) {
        size_t end = slice_find(text, '\n');
        struct slice line = {.ptr = text.ptr, .len = end};
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        struct slice trimmed = slice_trim(line);
        place.line++;
        place.column = trimmed.len > 0 ? (unsigned)(trimmed.ptr - line.ptr) + 1 : 1;
        read_line(env, trimmed, place, memory, problems);
        size_t used = end < text.len ? end + 1 : end;
        text = (struct slice){text.ptr + used, text.len - used};
    }
    explicit_bzero(memory, size);
    free(memory);
}

bool env_has_backend(const struct env *env, unsigned version)
{
    for (unsigned i = 0; i < env->count; i++)
        if (env->list[i].variable->version == version && env->list[i].text)
            return true;
    return false;
}

bool env_has_host(const struct env *env, unsigned version)
{
    for (unsigned i = 0; i < env->count; i++)
        if (env->list[i].variable->version == version && env->list[i].text &&
            env->list[i].variable->form == SCHEMA_ENV_HOST)
            return true;
    return false;
}

const struct env_value *env_find(const struct env *env, const struct schema_entry *entry,
                                 unsigned version)
{
    for (unsigned i = 0; i < env->count; i++)
        if (env->list[i].entry == entry && env->list[i].variable->version == version &&
            env->list[i].text)
            return &env->list[i];
    return NULL;
}

static bool is_one_of(struct slice text, const char *words)
{
    struct slice rest = slice_of(words);
    struct slice word;
    while (slice_next(&rest, ' ', &word))
        if (slice_equal_nocase(text, word))
            return true;
    return false;
}

/* A value written as in the file. */
static int apply_text(const struct env_value *value, struct slice text, void *base,
                      struct load_problems *problems)
{
    struct scalar item = {.text = text, .place = value->place};
    struct setting setting = {
        .entry = value->entry, .items = &item, .count = 1, .place = value->place};
    snprintf(setting.label, sizeof setting.label, "%s", value->variable->name);
    return value_set(base, &setting, problems);
}

static int apply_ms(const struct env_value *value, struct slice text, void *base,
                    struct load_problems *problems)
{
    char memory[MS_DIGITS_MAX + 4];
    uint64_t ms;
    if (text.len > MS_DIGITS_MAX || !slice_to_u64(text, &ms)) {
        problems_error(problems, value->place, value->variable->name,
                       "must be a whole number of milliseconds");
        return -1;
    }
    snprintf(memory, sizeof memory, "%.*sms", (int)text.len, text.ptr);
    return apply_text(value, slice_of(memory), base, problems);
}

static int apply_all(const struct env_value *value, struct slice text, void *base, struct err *err)
{
    bool all = is_one_of(text, "true yes on 1");
    if (!all && !is_one_of(text, "false no off 0")) {
        err_set(err, "must be true or false");
        return -1;
    }
    if (value_set_default(base, value->entry, all ? "0.0.0.0/0 ::/0" : "") != 0) {
        err_set(err, "out of memory");
        return -1;
    }
    return 0;
}

static int apply(const struct env_value *value, void *base, struct load_problems *problems)
{
    struct slice text = slice_of(value->text);
    struct err err;
    int result = 0;
    switch (value->variable->form) {
    case SCHEMA_ENV_VALUE:
        return apply_text(value, text, base, problems);
    case SCHEMA_ENV_MS:
        return apply_ms(value, text, base, problems);
    case SCHEMA_ENV_HOST:
        result = value_set_host(base, value->entry, text, &err);
        break;
    case SCHEMA_ENV_PORT:
        result = value_set_port(base, value->entry, text, &err);
        break;
    case SCHEMA_ENV_ALL:
        result = apply_all(value, text, base, &err);
        break;
    }
    if (result != 0)
        problems_error(problems, value->place, value->variable->name, "%s", err.text);
    return result;
}

void env_apply(struct env *env, unsigned version, void *base, struct load_problems *problems)
{
    for (unsigned i = 0; i < env->count; i++) {
        struct env_value *value = &env->list[i];
        if (value->text && value->variable->version == version)
            value->bad = apply(value, base, problems) != 0;
    }
}

void env_free(struct env *env)
{
    for (unsigned i = 0; i < env->count; i++)
        settings_wipe(env->list[i].text);
    *env = (struct env){0};
}
