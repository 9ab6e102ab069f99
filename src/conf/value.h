/*
 * Values: from text to a field of the configuration, as the schema says, and back to nothing.
 * `base` is a struct config, or a struct config_backend for entries of backends.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/err.h"
#include "base/str.h"
#include "conf/problems.h"
#include "conf/schema.h"
#include "conf/settings.h"

#define VALUE_BOUNDS_MAX 64

/* Sets the field; what was there is freed. -1 when something is wrong with it, now or when it was
 * read; what is found now becomes a problem. */
int value_set(void *base, const struct setting *setting, struct load_problems *problems);

/* The same from one text without a place: a default. It must be good. -1 when memory is out. */
int value_set_default(void *base, const struct schema_entry *entry, const char *text);

/* Sets only the host or the port of an address; a list of listeners becomes its first. */
int value_set_host(void *base, const struct schema_entry *entry, struct slice host,
                   struct err *err);
int value_set_port(void *base, const struct schema_entry *entry, struct slice port,
                   struct err *err);

/* Wipes and frees what the field holds, and zeroes it. */
void value_clear(void *base, const struct schema_entry *entry);

/* What values are allowed, for people: "100ms to 24h", "debug, info, warn, error", or "". Returns
 * `out`. */
char *value_bounds(char out[VALUE_BOUNDS_MAX], const struct schema_entry *entry);

#define VALUE_TEXT_MAX 64
/* What the field holds, as the file would say it, cut where it is too long; of a list that is too
 * long how many elements it has; never a secret. Returns `out`. */
char *value_text(char out[VALUE_TEXT_MAX], const void *base, const struct schema_entry *entry);

/* Whether the field holds the same in both. */
bool value_equal(const void *a, const void *b, const struct schema_entry *entry);

/* --- between value.c, value_addr.c, value_keys.c, value_text.c and bounds.c ------------------ */

/* "90s", "2m"; "16KiB", "100KB". */
void value_add_duration(struct str *out, double seconds);
void value_add_size(struct str *out, uint64_t bytes);

/* The field at an offset. */
static inline void *value_slot(void *base, size_t at)
{
    return (char *)base + at;
}

/* Reads one text into one field or one element at `to`. -1 with err. */
int value_read_listener(const struct schema_entry *entry, struct slice text, void *to,
                        struct err *err);
int value_read_net(struct slice text, void *to, struct err *err);
int value_read_host_name(struct slice text, void *to, struct err *err);
int value_read_address(void *base, const struct schema_entry *entry, struct slice text,
                       struct err *err);

/* Whether the text may be a value at all: no control characters, not too long. -1 with err. */
int value_check_text(struct slice text, struct err *err);

/* The same as above for SCHEMA_KEYS. */
int value_set_keys(void *base, const struct setting *setting, struct load_problems *problems);
int value_set_default_keys(void *base, const struct schema_entry *entry, const char *text);
void value_clear_keys(void *base, const struct schema_entry *entry);
bool value_equal_keys(const void *a, const void *b, const struct schema_entry *entry);
void value_add_keys(struct str *out, const void *base, const struct schema_entry *entry);

#endif
