/*
 * The list of settings. It is small: the reader takes no unknown keys and no key twice, so a
 * linear search is enough.
 */
#include "conf/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *settings_copy(struct slice text)
{
    char *copy = malloc(text.len + 1);
    if (!copy)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

void settings_wipe(char *text)
{
    if (!text)
        return;
    explicit_bzero(text, strlen(text));
    free(text);
}

void settings_label(char *out, size_t size, const struct schema_entry *entry, unsigned group)
{
    if (schema_is_backend(entry))
        snprintf(out, size, "backends[%u].%s", group, schema_key(entry));
    else
        snprintf(out, size, "%s", entry->path);
}

const struct setting *settings_find(const struct settings *settings,
                                    const struct schema_entry *entry, unsigned group)
{
    for (unsigned i = 0; i < settings->count; i++)
        if (settings->list[i].entry == entry && settings->list[i].group == group)
            return &settings->list[i];
    return NULL;
}

struct setting *settings_add(struct settings *settings, const struct schema_entry *entry,
                             unsigned group, struct place place)
{
    if (settings->count == settings->capacity) {
        unsigned capacity = settings->capacity ? settings->capacity * 2 : 32;
        struct setting *grown = realloc(settings->list, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        settings->list = grown;
        settings->capacity = capacity;
    }
    struct setting *setting = &settings->list[settings->count++];
    *setting = (struct setting){.entry = entry, .group = group, .place = place};
    settings_label(setting->label, sizeof setting->label, entry, group);
    return setting;
}

int settings_add_item(struct setting *setting, struct slice name, struct slice text,
                      struct place place)
{
    if (setting->count >= SETTINGS_ITEMS_MAX)
        return -1;
    /* Room grows at powers of two, so no capacity need be kept. */
    if ((setting->count & (setting->count - 1)) == 0) {
        size_t room = setting->count ? (size_t)setting->count * 2 : 1;
        struct scalar *grown = realloc(setting->items, room * sizeof *grown);
        if (!grown)
            return -1;
        setting->items = grown;
    }
    char *copy = settings_copy(text);
    char *label = settings_copy(name);
    if (!copy || !label) {
        settings_wipe(copy);
        free(label);
        return -1;
    }
    setting->items[setting->count++] = (struct scalar){.text = {.ptr = copy, .len = text.len},
                                                       .name = {.ptr = label, .len = name.len},
                                                       .place = place};
    return 0;
}

void settings_free(struct settings *settings)
{
    for (unsigned i = 0; i < settings->count; i++) {
        struct setting *setting = &settings->list[i];
        for (unsigned k = 0; k < setting->count; k++) {
            struct slice text = setting->items[k].text;
            explicit_bzero((char *)text.ptr, text.len);
            free((char *)text.ptr);
            free((char *)setting->items[k].name.ptr);
        }
        free(setting->items);
    }
    free(settings->list);
    memset(settings, 0, sizeof *settings);
}
