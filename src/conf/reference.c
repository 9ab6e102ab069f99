/*
 * Writing the schema out. Comments of the shipped file stand in one column behind the keys.
 */
#include "conf/reference.h"

#include <string.h>

#include "conf/schema.h"
#include "conf/value.h"

#define COMMENT_COLUMN 34

static const char head[] =
    "# lavaproxy: every key with its default. All of them may be left out.\n"
    "#\n"
    "# What counts is, from the first that says it: command line, environment, .env, this file, "
    "the\n"
    "# default. Names in capitals are environment variables; an empty one counts as not set.\n"
    "# Times take ms, s, m or h (a bare number is seconds); sizes and rates B, KB, MB, GB "
    "(decimal)\n"
    "# or KiB, MiB, GiB. off switches a limit or a timer off. `lavaproxy --check` says what is "
    "wrong.\n"
    "#\n"
    "# LAVALINK_V3_* and LAVALINK_V4_* change the first backend of their version, or make one.\n"
    "# Without a list of backends and without a LAVALINK_V3_HOST or LAVALINK_V4_HOST, the two "
    "below\n"
    "# apply.\n";

/* Whether YAML would read the text as something else than the text. */
static bool needs_quotes(struct slice text)
{
    return text.len == 0 || strchr(":[]{}#&*!|>'\"%@`,?-", text.ptr[0]);
}

static void add_scalar(struct str *out, struct slice text)
{
    const char *quote = needs_quotes(text) ? "\"" : "";
    str_add_text(out, quote);
    str_add_slice(out, text);
    str_add_text(out, quote);
}

/* A default as it stands in the file. */
static void add_value(struct str *out, const struct schema_entry *entry, const char *text)
{
    struct slice rest = slice_of(text);
    struct slice item;
    if (entry->type == SCHEMA_KEYS) {
        struct slice name = {rest.ptr, slice_find(rest, '=')};
        str_addf(out, "{%.*s: %s}", (int)name.len, name.ptr, name.ptr + name.len + 1);
        return;
    }
    if (!schema_is_list(entry) || entry->type == SCHEMA_LISTENERS ||
        (entry->type == SCHEMA_SECRETS && rest.len > 0)) {
        add_scalar(out, rest);
        return;
    }
    str_add_char(out, '[');
    for (bool first = true; slice_next(&rest, ' ', &item); first = false) {
        str_add_text(out, first ? "" : ", ");
        add_scalar(out, item);
    }
    str_add_char(out, ']');
}

static const char *form_note(enum schema_env_form form)
{
    if (form == SCHEMA_ENV_MS)
        return " (ms)";
    return form == SCHEMA_ENV_ALL ? "=true: all" : "";
}

/* The variables of an entry, of one version of backend or (0) of all. */
static void add_variables(struct str *out, const struct schema_entry *entry, unsigned version,
                          const char *before)
{
    for (unsigned i = 0; i < SCHEMA_ENV_MAX && entry->env[i].name; i++) {
        if (version != 0 && entry->env[i].version != version)
            continue;
        str_addf(out, "%s%s%s", before, entry->env[i].name, form_note(entry->env[i].form));
        before = ", ";
    }
}

static void add_line(struct str *out, const struct schema_entry *entry, const char *indent,
                     const char *value, unsigned version, bool with_help)
{
    size_t start = out->len;
    str_addf(out, "%s%s: ", indent, schema_key(entry));
    add_value(out, entry, value);
    size_t end = out->len;
    size_t width = end - start;
    str_addf(out, "%*s# %s", width < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - width) : 1, "",
             with_help ? entry->help : "");
    size_t comment = out->len;
    add_variables(out, entry, version, with_help ? "; " : "");
    /* Without anything to say there is no comment. */
    if (!with_help && out->len == comment && out->ptr) {
        out->len = end;
        out->ptr[end] = '\0';
    }
    str_add_char(out, '\n');
}

/* What a key of one of the default's backends holds. */
static const char *backend_value(const struct schema_backend *backend,
                                 const struct schema_entry *entry)
{
    if (strcmp(schema_key(entry), "name") == 0)
        return backend->name;
    if (strcmp(schema_key(entry), "version") == 0)
        return backend->version;
    if (strcmp(schema_key(entry), "address") == 0)
        return backend->address;
    return entry->fallback;
}

/* The backends: what a key means is said at the first of them. */
static void add_backends(struct str *out, const struct schema_entry *first, size_t count)
{
    size_t backend_count;
    const struct schema_backend *backends = schema_backends(&backend_count);
    for (size_t i = 0; i < backend_count; i++)
        for (size_t k = 0; k < count && schema_is_backend(&first[k]); k++)
            add_line(out, &first[k], k == 0 ? "  - " : "    ",
                     backend_value(&backends[i], &first[k]), 3 + (unsigned)i, i == 0);
}

void reference_write(struct str *out)
{
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    str_add_text(out, head);
    for (size_t i = 0; i < count; i++) {
        struct slice section = schema_section(&entries[i]);
        bool begins = i == 0 || !slice_equal(section, schema_section(&entries[i - 1]));
        if (begins)
            str_addf(out, "\n%.*s:\n", (int)section.len, section.ptr);
        if (!schema_is_backend(&entries[i]))
            add_line(out, &entries[i], "  ", entries[i].fallback, 0, true);
        else if (begins)
            add_backends(out, &entries[i], count - i);
    }
}

/* Text in a cell: a bar would end it. */
static void add_cell(struct str *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            str_add_char(out, '\\');
        str_add_char(out, *text);
    }
}

void reference_markdown(struct str *out)
{
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    str_add_text(out, "| key | default | allowed | environment | what it is |\n"
                      "|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        const struct schema_entry *entry = &entries[i];
        char bounds[VALUE_BOUNDS_MAX];
        str_addf(out, "| `%s` | ", entry->path);
        if (entry->fallback) {
            str_add_char(out, '`');
            add_value(out, entry, entry->fallback);
            str_add_char(out, '`');
        } else {
            str_add_text(out, "must be given");
        }
        str_add_text(out, " | ");
        add_cell(out, value_bounds(bounds, entry));
        str_add_text(out, " | ");
        add_variables(out, entry, 0, "");
        str_add_text(out, " | ");
        add_cell(out, entry->help);
        str_add_text(out, entry->restart ? "; applies after a restart" : "");
        str_add_text(out, " |\n");
    }
}
