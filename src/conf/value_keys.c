/*
 * Keys of the screen: a mapping of names to keys, kept as pairs with their place. Which names and
 * keys there are only the screen knows; it looks at them later and needs the place to speak of
 * them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/config.h"
#include "conf/value.h"

#define PLACE_MAX 512

static struct config_key **list_of(void *base, const struct schema_entry *entry)
{
    return value_slot(base, entry->at);
}

static unsigned *count_of(void *base, const struct schema_entry *entry)
{
    return value_slot(base, entry->also_at);
}

void value_clear_keys(void *base, const struct schema_entry *entry)
{
    struct config_key *list = *list_of(base, entry);
    unsigned *count = count_of(base, entry);
    for (unsigned i = 0; i < *count; i++) {
        free(list[i].name);
        free(list[i].key);
        free(list[i].place);
    }
    free(list);
    *list_of(base, entry) = NULL;
    *count = 0;
}

/* Appends a pair; -1 when memory is out. */
static int add(void *base, const struct schema_entry *entry, struct slice name, struct slice key,
               const char *place)
{
    struct config_key **list = list_of(base, entry);
    unsigned *count = count_of(base, entry);
    struct config_key *grown = realloc(*list, (*count + 1) * sizeof *grown);
    if (!grown)
        return -1;
    *list = grown;
    struct config_key *added = &grown[(*count)++];
    *added = (struct config_key){settings_copy(name), settings_copy(key), strdup(place)};
    return added->name && added->key && added->place ? 0 : -1;
}

int value_set_keys(void *base, const struct setting *setting, struct load_problems *problems)
{
    const struct schema_entry *entry = setting->entry;
    if ((double)setting->count > entry->max) {
        problems_error(problems, setting->place, setting->label, "must have at most %.0f keys",
                       entry->max);
        return -1;
    }
    value_clear_keys(base, entry);
    for (unsigned i = 0; i < setting->count; i++) {
        const struct scalar *item = &setting->items[i];
        char place[PLACE_MAX];
        struct err err;
        snprintf(place, sizeof place, "%s:%u:%u", item->place.source, item->place.line,
                 item->place.column);
        if (value_check_text(item->text, &err) != 0) {
            problems_error(problems, item->place, setting->label, "%s", err.text);
            return -1;
        }
        if (add(base, entry, item->name, item->text, place) != 0) {
            problems_error(problems, item->place, setting->label, "out of memory");
            return -1;
        }
    }
    return 0;
}

int value_set_default_keys(void *base, const struct schema_entry *entry, const char *text)
{
    struct slice rest = slice_of(text);
    struct slice pair;
    value_clear_keys(base, entry);
    while (slice_next(&rest, ' ', &pair)) {
        struct slice name = {pair.ptr, slice_find(pair, '=')};
        struct slice key = {pair.ptr + name.len + 1, pair.len - name.len - 1};
        if (add(base, entry, name, key, "default") != 0)
            return -1;
    }
    return 0;
}

bool value_equal_keys(const void *a, const void *b, const struct schema_entry *entry)
{
    /* Only read: the casts let one way to the fields serve for both. */
    const struct config_key *left = *list_of((void *)a, entry);
    const struct config_key *right = *list_of((void *)b, entry);
    unsigned count = *count_of((void *)a, entry);
    if (count != *count_of((void *)b, entry))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (strcmp(left[i].name, right[i].name) != 0 || strcmp(left[i].key, right[i].key) != 0)
            return false;
    return true;
}

void value_add_keys(struct str *out, const void *base, const struct schema_entry *entry)
{
    const struct config_key *list = *list_of((void *)base, entry);
    unsigned count = *count_of((void *)base, entry);
    str_add_char(out, '{');
    for (unsigned i = 0; i < count && !out->cut; i++)
        str_addf(out, "%s%s: %s", i > 0 ? ", " : "", list[i].name,
                 list[i].key[0] == '\0' ? "[]" : list[i].key);
    str_add_char(out, '}');
    if (!out->cut)
        return;
    str_reset(out);
    str_addf(out, "%u keys", count);
}
