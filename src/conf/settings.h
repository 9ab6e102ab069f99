/*
 * Settings as written: which key, where, and the text of its values. The file is read into a list
 * of them, in the order of the file; env.c makes them one by one. Texts are wiped when freed.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/problems.h"
#include "conf/schema.h"

#define SETTINGS_ITEMS_MAX 4096 /* elements of one list */

struct scalar {
    struct slice text; /* also NUL-terminated; may hold any byte */
    struct slice name; /* what stands before the colon, in a mapping; else empty */
    struct place place;
};

struct setting {
    const struct schema_entry *entry;
    unsigned group; /* which backend, from 0; 0 elsewhere */
    bool list;      /* written as a list */
    bool bad;       /* a problem was found in its value */
    struct scalar *items;
    unsigned count;
    struct place place;
    char label[64]; /* what problems call it: "proxy.listen", "backends[1].name", "PROXY_PORT" */
};

struct settings {
    struct setting *list;
    unsigned count;
    unsigned capacity;
    struct place groups[SCHEMA_BACKENDS_MAX]; /* where each backend begins */
    unsigned group_count;
    bool cut; /* the file could not be read to its end: the last backend may lack keys */
};

/* The setting of this key and backend, or NULL. */
const struct setting *settings_find(const struct settings *settings,
                                    const struct schema_entry *entry, unsigned group);

/* A new, empty setting at the end, or NULL when memory is out; valid until the next one. */
struct setting *settings_add(struct settings *settings, const struct schema_entry *entry,
                             unsigned group, struct place place);

/* Appends copies of the texts (of a mapping `name` and one of its values, else `name` is empty); -1
 * when memory is out or the list is at its maximum. */
int settings_add_item(struct setting *setting, struct slice name, struct slice text,
                      struct place place);

/* Wipes and frees all texts and the list itself; leaves it empty. */
void settings_free(struct settings *settings);

/* A name for problems: "proxy.listen", "backends[1].name". */
void settings_label(char *out, size_t size, const struct schema_entry *entry, unsigned group);

/* A NUL-terminated copy, and the wiping of one; NULL is harmless. */
char *settings_copy(struct slice text);
void settings_wipe(char *text);

#endif
