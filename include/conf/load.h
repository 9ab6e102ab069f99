/*
 * Loading: command line > environment > .env > file > default. All problems are collected, not the
 * first. Main thread, before any port is open; blocks on file reads.
 */
#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/config.h"

#define LOAD_PROBLEMS_MAX 100

struct load_problem {
    char *text; /* "FILE:LINE:COL: key: what is wrong"; "environment: NAME: ..." for the environment
                 */
    bool warning;
};

struct load_problems {
    struct load_problem list[LOAD_PROBLEMS_MAX];
    size_t count;
    size_t errors; /* how many are errors, those beyond the list included */
};

struct load_options {
    const char
        *path;   /* -c; NULL: ./lavaproxy.yaml, then /etc/lavaproxy/lavaproxy.yaml, then none */
    bool filled; /* it held something before: if it is empty now, that is a problem */
    const char *env_file;       /* normally ".env"; NULL: none */
    const char *const *environ; /* NULL-terminated NAME=value */
    bool demo;                  /* a listener that is left at its default is on 127.0.0.1 */
    uint16_t demo_ports[2];     /* the demo's v3 and v4 node on loopback; they replace all backends
                                 * where the first is not 0 */
    const char *demo_password;  /* of both */
    const char *theme;          /* command line; NULL: not given */
    const char *refresh;
    const char *plain; /* "": line mode; else also the time between its summaries */
    const char *color;
    bool ascii, no_mouse, read_only;
};

/* From the first that says it: command line, environment, .env, file, default. An empty variable
 * counts as not set. LAVALINK_V3_* change the first v3 backend, or make one; where neither the file
 * nor LAVALINK_V*_HOST names a backend, the two of the default apply.
 *
 * The configuration with one reference, or NULL with at least one error in `problems`. `problems`
 * must be zeroed; load_problems_free it. A secret never appears in a problem's text. */
const struct config *load_config(const struct load_options *options,
                                 struct load_problems *problems);

/* The same from memory, for tests, fuzzing and the reference; `name` stands for the file in
 * problems. */
const struct config *load_text(const char *name, const char *text, size_t len,
                               const struct load_options *options, struct load_problems *problems);

void load_problems_free(struct load_problems *problems);

/* Which file load_config would read, or NULL. Static or caller's memory. */
const char *load_path(const struct load_options *options);

#endif
