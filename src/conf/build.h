/*
 * Configurations under construction: what load.c shares with config.c and check.c.
 */
#ifndef CONF_BUILD_H
#define CONF_BUILD_H

#include "conf/config.h"
#include "conf/env.h"
#include "conf/problems.h"
#include "conf/settings.h"

/* The file's, and one of each version that the environment may add. */
#define BUILD_BACKENDS_MAX (SCHEMA_BACKENDS_MAX + 2)

/* A configuration of defaults, with room for BUILD_BACKENDS_MAX backends but none yet, with one
 * reference; NULL when memory is out. */
struct config *build_config(void);

/* A backend with the defaults of the schema, the rest empty. -1 when memory is out. */
int build_backend(struct config_backend *backend);

/* The rules between keys. Those that involve a value with a problem of its own are left out. */
void check_rules(const struct config *config, const struct settings *settings,
                 const struct env *env, struct load_problems *problems);

#endif
