/*
 * One reader per type of the schema. A reader leaves the field alone unless the text is good, and
 * never repeats a secret.
 */
#include "conf/value.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/nearest.h"
#include "base/str.h"
#include "conf/config.h"
#include "net/addr.h"

static_assert(sizeof(enum log_level) == sizeof(unsigned) &&
                  sizeof(enum log_format) == sizeof(unsigned) &&
                  sizeof(enum config_check) == sizeof(unsigned) &&
                  sizeof(enum config_color) == sizeof(unsigned),
              "a choice is stored as an unsigned");

static int out_of_bounds(struct err *err, const struct schema_entry *entry)
{
    char bounds[VALUE_BOUNDS_MAX];
    err_set(err, "must be %s", value_bounds(bounds, entry));
    return -1;
}

static int bad_word(struct err *err, const struct schema_entry *entry, struct slice text)
{
    char quoted[PROBLEMS_QUOTE_MAX];
    char bounds[VALUE_BOUNDS_MAX];
    struct slice near = nearest_word(entry->words, text);
    err_set(err, "%s is none of %s%s%.*s%s", problems_quote(quoted, text),
            value_bounds(bounds, entry), near.len > 0 ? "; did you mean " : "", (int)near.len,
            near.ptr ? near.ptr : "", near.len > 0 ? "?" : "");
    return -1;
}

static bool is_off(const struct schema_entry *entry, struct slice text)
{
    return entry->may_be_off && slice_equal(text, SLICE("off"));
}

/* A whole number within the bounds. */
static int read_whole(const struct schema_entry *entry, struct slice text, uint64_t *number,
                      struct err *err)
{
    uint64_t found;
    if (!slice_to_u64(text, &found) || (double)found < entry->min || (double)found > entry->max)
        return out_of_bounds(err, entry);
    *number = found;
    return 0;
}

static int read_text(const struct schema_entry *entry, struct slice text, char **to,
                     struct err *err)
{
    if ((double)text.len < entry->min) {
        err_set(err, "must not be empty");
        return -1;
    }
    if (entry->type == SCHEMA_TEXT && (double)text.len > entry->max) {
        err_set(err, "is longer than %.0f bytes", entry->max);
        return -1;
    }
    /* A header's value is trimmed by whoever reads it, so such a password would never match. */
    if (entry->secret && slice_trim(text).len < text.len) {
        err_set(err, "must not begin or end with a space");
        return -1;
    }
    char *copy = settings_copy(text);
    if (!copy) {
        err_set(err, "out of memory");
        return -1;
    }
    settings_wipe(*to);
    *to = copy;
    return 0;
}

static int read_label(const struct schema_entry *entry, struct slice text, char **to,
                      struct err *err)
{
    bool good = (double)text.len >= entry->min && (double)text.len <= entry->max;
    for (size_t i = 0; i < text.len; i++)
        good = good && (isalnum((unsigned char)text.ptr[i]) || strchr("._-", text.ptr[i]));
    if (!good) {
        err_set(err, "must be 1 to 32 letters, digits or . _ -");
        return -1;
    }
    return read_text(entry, text, to, err);
}

static int read_word(const struct schema_entry *entry, struct slice text, void *to, struct err *err)
{
    struct slice rest = slice_of(entry->words);
    struct slice word;
    for (unsigned i = 0; slice_next(&rest, ' ', &word); i++) {
        if (!slice_equal_nocase(word, text))
            continue;
        memcpy(to, &i, sizeof i);
        return 0;
    }
    return bad_word(err, entry, text);
}

static int read_number(const struct schema_entry *entry, struct slice text, unsigned *to,
                       struct err *err)
{
    uint64_t number = 0;
    bool is_auto = entry->words && slice_equal(text, SLICE("auto"));
    if (!is_auto && read_whole(entry, text, &number, err) != 0)
        return -1;
    *to = (unsigned)number;
    return 0;
}

static int read_count(const struct schema_entry *entry, struct slice text, uint64_t *to,
                      struct err *err)
{
    if (is_off(entry, text)) {
        *to = CONFIG_NO_LIMIT;
        return 0;
    }
    return read_whole(entry, text, to, err);
}

static int read_size(const struct schema_entry *entry, struct slice text, uint64_t *to,
                     struct err *err)
{
    struct err why;
    char quoted[PROBLEMS_QUOTE_MAX];
    uint64_t size;
    if (human_parse_size(text, &size, &why) != 0) {
        err_set(err, "%s is %s", problems_quote(quoted, text), why.text);
        return -1;
    }
    if ((double)size < entry->min || (double)size > entry->max)
        return out_of_bounds(err, entry);
    *to = size;
    return 0;
}

static int read_duration(const struct schema_entry *entry, struct slice text, double *to,
                         struct err *err)
{
    struct err why;
    char quoted[PROBLEMS_QUOTE_MAX];
    double seconds;
    if (is_off(entry, text)) {
        *to = CONFIG_OFF;
        return 0;
    }
    if (slice_equal(text, SLICE("off"))) {
        err_set(err, "cannot be off");
        return -1;
    }
    if (human_parse_duration(text, &seconds, &why) != 0) {
        err_set(err, "%s is %s", problems_quote(quoted, text), why.text);
        return -1;
    }
    if (seconds < entry->min || seconds > entry->max)
        return out_of_bounds(err, entry);
    *to = seconds;
    return 0;
}

/* "10/60s": so many in so long. */
static int read_ratio(const struct schema_entry *entry, struct slice text, void *base,
                      struct err *err)
{
    static const struct schema_entry window = {.min = 0.1, .max = 86400};
    uint64_t *count = value_slot(base, entry->at);
    double *seconds = value_slot(base, entry->also_at);
    if (is_off(entry, text)) {
        *count = CONFIG_NO_LIMIT;
        *seconds = 60;
        return 0;
    }
    size_t slash = slice_find(text, '/');
    struct slice span = {.ptr = text.ptr + slash + 1,
                         .len = slash < text.len ? text.len - slash - 1 : 0};
    uint64_t number;
    double length;
    if (slash == text.len ||
        read_whole(entry, (struct slice){.ptr = text.ptr, .len = slash}, &number, NULL) != 0 ||
        read_duration(&window, span, &length, NULL) != 0)
        return out_of_bounds(err, entry);
    *count = number;
    *seconds = length;
    return 0;
}

/* Holds for every value, since most of them can reach a header or a line of the log. */
int value_check_text(struct slice text, struct err *err)
{
    if (text.len > SCHEMA_TEXT_MAX) {
        err_set(err, "is longer than %d bytes", SCHEMA_TEXT_MAX);
        return -1;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        unsigned char next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
        if (c < 0x20 || c == 0x7F || (c == 0xC2 && next >= 0x80 && next < 0xA0)) {
            err_set(err, "must not hold control characters, such as a line break");
            return -1;
        }
    }
    return 0;
}

static int read_single(void *base, const struct schema_entry *entry, struct slice text,
                       struct err *err)
{
    void *to = value_slot(base, entry->at);
    if (value_check_text(text, err) != 0)
        return -1;
    switch (entry->type) {
    case SCHEMA_LISTENER:
        return value_read_listener(entry, text, to, err);
    case SCHEMA_TEXT:
        return read_text(entry, text, to, err);
    case SCHEMA_CHOICE:
        return read_word(entry, text, to, err);
    case SCHEMA_NUMBER:
        return read_number(entry, text, to, err);
    case SCHEMA_COUNT:
        return read_count(entry, text, to, err);
    case SCHEMA_SIZE:
        return read_size(entry, text, to, err);
    case SCHEMA_DURATION:
        return read_duration(entry, text, to, err);
    case SCHEMA_RATIO:
        return read_ratio(entry, text, base, err);
    case SCHEMA_LABEL:
        return read_label(entry, text, to, err);
    case SCHEMA_ADDRESS:
        return value_read_address(base, entry, text, err);
    case SCHEMA_LISTENERS:
    case SCHEMA_NETS:
    case SCHEMA_HOSTS:
    case SCHEMA_SECRETS:
    case SCHEMA_KEYS:
        break;
    }
    err_set(err, "is a list");
    return -1;
}

static size_t element_size(const struct schema_entry *entry)
{
    switch (entry->type) {
    case SCHEMA_LISTENERS:
        return sizeof(struct addr);
    case SCHEMA_NETS:
        return sizeof(struct addr_net);
    default:
        return sizeof(char *);
    }
}

static int read_element(const struct schema_entry *entry, struct slice text, void *to,
                        struct err *err)
{
    if (value_check_text(text, err) != 0)
        return -1;
    if (entry->type == SCHEMA_LISTENERS)
        return value_read_listener(entry, text, to, err);
    if (entry->type == SCHEMA_NETS)
        return value_read_net(text, to, err);
    if (entry->type == SCHEMA_SECRETS)
        return read_text(entry, text, to, err);
    return value_read_host_name(text, to, err);
}

/* Whether an element before this one says the same: one of two equal secrets was meant to be
 * another. */
static bool is_repeated(const struct setting *setting, unsigned item)
{
    for (unsigned i = 0; i < item; i++)
        if (slice_equal(setting->items[i].text, setting->items[item].text))
            return true;
    return false;
}

static int read_list(void *base, const struct setting *setting, struct load_problems *problems)
{
    const struct schema_entry *entry = setting->entry;
    size_t size = element_size(entry);
    if ((double)setting->count < entry->min || (double)setting->count > entry->max) {
        problems_error(problems, setting->place, setting->label, "must have %.0f to %.0f elements",
                       entry->min, entry->max);
        return -1;
    }
    value_clear(base, entry);
    if (setting->count == 0)
        return 0;
    char *list = calloc(setting->count, size);
    if (!list) {
        problems_error(problems, setting->place, setting->label, "out of memory");
        return -1;
    }
    void **at = value_slot(base, entry->at);
    unsigned *count = value_slot(base, entry->also_at);
    *at = list;
    for (unsigned i = 0; i < setting->count; i++) {
        const struct scalar *item = &setting->items[i];
        struct err err;
        if (entry->type == SCHEMA_SECRETS && is_repeated(setting, i))
            problems_error(problems, item->place, setting->label, "is in the list already");
        else if (read_element(entry, item->text, list + *count * size, &err) != 0)
            problems_error(problems, item->place, setting->label, "%s", err.text);
        else
            ++*count;
    }
    return *count == setting->count ? 0 : -1;
}

int value_set(void *base, const struct setting *setting, struct load_problems *problems)
{
    if (setting->bad)
        return -1;
    if (setting->entry->type == SCHEMA_KEYS)
        return value_set_keys(base, setting, problems);
    if (schema_is_list(setting->entry))
        return read_list(base, setting, problems);
    assert(setting->count == 1);
    struct err err;
    if (read_single(base, setting->entry, setting->items[0].text, &err) == 0)
        return 0;
    problems_error(problems, setting->items[0].place, setting->label, "%s", err.text);
    return -1;
}

int value_set_default(void *base, const struct schema_entry *entry, const char *text)
{
    if (entry->type == SCHEMA_KEYS)
        return value_set_default_keys(base, entry, text);
    if (!schema_is_list(entry))
        return read_single(base, entry, slice_of(text), NULL);
    value_clear(base, entry);
    struct slice rest = slice_of(text);
    struct slice item;
    void **at = value_slot(base, entry->at);
    unsigned *count = value_slot(base, entry->also_at);
    size_t size = element_size(entry);
    while (slice_next(&rest, ' ', &item)) {
        char *grown = realloc(*at, (*count + 1) * size);
        if (!grown)
            return -1;
        *at = grown;
        memset(grown + *count * size, 0, size);
        if (read_element(entry, item, grown + *count * size, NULL) != 0)
            return -1;
        ++*count;
    }
    return 0;
}

void value_clear(void *base, const struct schema_entry *entry)
{
    void *to = value_slot(base, entry->at);
    if (entry->type == SCHEMA_HOSTS || entry->type == SCHEMA_SECRETS)
        for (unsigned i = 0; i < *(unsigned *)value_slot(base, entry->also_at); i++)
            settings_wipe((*(char ***)to)[i]);
    if (entry->type == SCHEMA_KEYS) {
        value_clear_keys(base, entry);
    } else if (schema_is_list(entry)) {
        free(*(void **)to);
        *(void **)to = NULL;
        *(unsigned *)value_slot(base, entry->also_at) = 0;
    } else if (entry->type == SCHEMA_TEXT || entry->type == SCHEMA_LABEL ||
               entry->type == SCHEMA_ADDRESS) {
        settings_wipe(*(char **)to);
        *(char **)to = NULL;
    }
}
