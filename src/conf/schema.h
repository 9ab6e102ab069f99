/*
 * The schema: the one table of every key. Reading, environment names, bounds, masking, the shipped
 * file and the README's reference all draw from it. Constant; any thread.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "net/local.h"

#define SCHEMA_BACKENDS_MAX 64
#define SCHEMA_TEXT_MAX 512 /* bytes of one value */
#define SCHEMA_SOCKET_MAX LOCAL_PATH_MAX
#define SCHEMA_ENV_MAX 4

enum schema_type {
    SCHEMA_LISTENERS, /* struct addr * and a count: one HOST:PORT or a list */
    SCHEMA_LISTENER,  /* struct addr, family 0 when off */
    SCHEMA_TEXT,      /* char * */
    SCHEMA_CHOICE,    /* an enum, counted as in `words` */
    SCHEMA_NUMBER,    /* unsigned; 0 for auto where `words` names it */
    SCHEMA_COUNT,     /* uint64_t or CONFIG_NO_LIMIT */
    SCHEMA_SIZE,      /* uint64_t, bytes */
    SCHEMA_DURATION,  /* double, seconds or CONFIG_OFF */
    SCHEMA_RATIO,     /* N/duration: uint64_t or CONFIG_NO_LIMIT at `at`, double at `also_at` */
    SCHEMA_NETS,      /* struct addr_net * and a count */
    SCHEMA_HOSTS,     /* char ** and a count */
    SCHEMA_SECRETS,   /* char ** and a count: one text or a list of different ones */
    SCHEMA_KEYS,      /* struct config_key * and a count: names to a key or a list of keys */
    SCHEMA_LABEL,     /* char *, a backend's name */
    SCHEMA_ADDRESS    /* char * host at `at`, uint16_t port at `also_at` */
};

/* What an environment variable holds. */
enum schema_env_form {
    SCHEMA_ENV_VALUE, /* as in the file */
    SCHEMA_ENV_HOST,  /* the host of an address */
    SCHEMA_ENV_PORT,  /* the port of an address */
    SCHEMA_ENV_MS,    /* a whole number of milliseconds */
    SCHEMA_ENV_ALL    /* true: every network; false: none */
};

struct schema_env {
    const char *name; /* NULL: no more */
    enum schema_env_form form;
    unsigned version; /* 3 or 4: of the first backend of this version; 0 elsewhere */
};

struct schema_entry {
    const char *path; /* "section.key"; in backends, of each element */
    enum schema_type type;
    bool secret;
    bool may_be_off;
    bool restart;         /* a reload leaves it as it was */
    size_t at;            /* in struct config, or in struct config_backend */
    size_t also_at;       /* the count of a list, or the second half of a pair */
    const char *fallback; /* as in the file; elements apart by spaces; NULL: must be given */
    const char *words;    /* allowed words, apart by spaces */
    double min, max;      /* seconds, bytes, a number, elements of a list, or bytes of text */
    struct schema_env env[SCHEMA_ENV_MAX];
    const char *help;
};

/* The backends that apply when nothing names any. */
struct schema_backend {
    const char *name, *version, *address;
};

/* The table, its length in *count; entries of a section stand together. */
const struct schema_entry *schema_entries(size_t *count);

/* The two backends of the default. */
const struct schema_backend *schema_backends(size_t *count);

/* "proxy" of "proxy.listen", and "listen". */
struct slice schema_section(const struct schema_entry *entry);
const char *schema_key(const struct schema_entry *entry);

/* Whether the entry belongs to each backend rather than to the whole. */
bool schema_is_backend(const struct schema_entry *entry);
/* Whether a value may be a list. */
bool schema_is_list(const struct schema_entry *entry);

/* The first entry of the section, or NULL. */
const struct schema_entry *schema_find_section(struct slice section);
/* The entry, or NULL. */
const struct schema_entry *schema_find(struct slice section, struct slice key);

/* The name a mistyped one most likely means, or an empty slice: of a section (`section` empty), or
 * of a key in it. */
struct slice schema_nearest(struct slice section, struct slice mistyped);

#endif
