/*
 * YAML to settings. Nothing deeper than the schema is kept, and whatever it does not name is a
 * problem, so no input costs more memory or time than its own length (conf/walk.h).
 */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include "conf/settings.h"

/* Appends the settings of the text, in its order; whatever is wrong becomes a problem, and reading
 * goes on where it can. `name` stands for the file and must outlive the settings. */
void yaml_read(const char *name, struct slice text, struct settings *settings,
               struct load_problems *problems);

#endif
