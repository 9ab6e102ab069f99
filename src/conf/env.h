/*
 * The environment and .env: the values of the variables that the schema names. All others are
 * ignored.
 */
#ifndef CONF_ENV_H
#define CONF_ENV_H

#include "conf/config.h"
#include "conf/problems.h"
#include "conf/schema.h"

#define ENV_MAX 32

struct env_value {
    const struct schema_entry *entry;
    const struct schema_env *variable;
    char *text; /* NULL: not set, or empty */
    struct place place;
    bool bad; /* a problem was found in it */
};

struct env {
    struct env_value list[ENV_MAX]; /* one for each variable of the schema */
    unsigned count;
    bool no_color; /* NO_COLOR is set (no-color.org) */
};

/* Starts with all variables unset. */
void env_begin(struct env *env);

/* Reads KEY=value lines; `name` stands for the file and must outlive `env`. */
void env_read_text(struct env *env, const char *name, struct slice text,
                   struct load_problems *problems);

/* Reads a NULL-terminated list of NAME=value; what it sets wins over what was read before. */
void env_read_list(struct env *env, const char *const *list, struct load_problems *problems);

/* Whether any variable of this backend version is set, and whether its host is. */
bool env_has_backend(const struct env *env, unsigned version);
bool env_has_host(const struct env *env, unsigned version);

/* A value that is set for this entry and version (0 for entries outside backends), or NULL. */
const struct env_value *env_find(const struct env *env, const struct schema_entry *entry,
                                 unsigned version);

/* Applies the variables of `version` to `base`, a backend of it; or those of version 0 to a struct
 * config. */
void env_apply(struct env *env, unsigned version, void *base, struct load_problems *problems);

/* Wipes and frees. */
void env_free(struct env *env);

#endif
