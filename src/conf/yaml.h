/*
 * YAML to settings, by libyaml's events: the one file that knows libyaml. Only what the schema
 * needs is understood; anchors, aliases, tags and further documents are refused, and nothing deeper
 * than the schema is kept, so no input costs more memory or time than its own length.
 */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include "conf/settings.h"

/* Appends the settings of the text, in its order; whatever is wrong becomes a problem, and reading
 * goes on where it can. `name` stands for the file and must outlive the settings. */
void yaml_read(const char *name, struct slice text, struct settings *settings,
               struct load_problems *problems);

#endif
