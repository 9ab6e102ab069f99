/*
 * A walk through one YAML document, event by event, with libyaml. Anchors, aliases, tags,
 * directives, deep nesting and further documents are refused, so no input costs more memory or time
 * than its own length. A reader has one function per level of its file; each takes the event that
 * it begins with as the current one and leaves the last of its own as the current one. One thread
 * at a time.
 */
#ifndef CONF_WALK_H
#define CONF_WALK_H

#include <stdbool.h>
#include <yaml.h>

#include "base/slice.h"
#include "conf/problems.h"

struct walk {
    yaml_event_t event; /* the current one */
    bool stopped;       /* nothing more can be read, and a problem says why */

    /* Its own. */
    yaml_parser_t parser;
    bool have_event;
    unsigned depth;
    const char *name;
    struct slice text;
    struct load_problems *problems;
};

/* Begins; `name` stands for the file. `name`, `text` and `problems` must outlive the walk. False,
 * with a problem, when there is nothing to walk through; then there is nothing to end either. */
bool walk_begin(struct walk *w, const char *name, struct slice text,
                struct load_problems *problems);
/* Frees everything; the last event is wiped. */
void walk_end(struct walk *w);

/* Makes the root of the document the current event; false when there is none. */
bool walk_open(struct walk *w);
/* After the last event of the root: a problem if anything follows. */
void walk_close(struct walk *w);

/* Makes the next event the current one; false when reading has stopped. */
bool walk_next(struct walk *w);

/* Passes over the node that begins at the current event. */
bool walk_skip(struct walk *w);

/* Where the current event begins. */
struct place walk_here(const struct walk *w);

/* The text of the current event, which must be a scalar; until the next event. */
struct slice walk_text(const struct walk *w);

/* Nothing written, or one of YAML's words for it, without quotes. */
bool walk_is_null(const struct walk *w);

#endif
