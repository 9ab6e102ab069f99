/*
 * A hash map from fixed-size keys to pointers: open addressing, keyed hash (base/hash.h), grows by
 * doubling. The map copies keys; values belong to the caller. Owned by one thread, or guarded by
 * its owner's mutex.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map;

/* NULL when memory is out. `key_size` in bytes, every key has it. */
struct map *map_new(size_t key_size);

/* The same for keys that are uint64_t numbers of our own making, which nobody outside chooses:
 * their hash costs a fraction. */
struct map *map_new_numbers(void);

/* Frees the map, not the values; NULL is harmless. */
void map_free(struct map *map);

/* The value, or NULL. */
void *map_get(const struct map *map, const void *key);

/* Sets or replaces; `value` must not be NULL. -1 when memory is out, the map unchanged. */
int map_put(struct map *map, const void *key, void *value);

/* Removes and returns the value, or NULL if there was none. */
void *map_take(struct map *map, const void *key);

size_t map_count(const struct map *map);

/* Walks all entries in no order: start with *at = 0; false at the end. map_take of the entry just
 * returned is allowed during a walk (no entry is skipped by it); map_put is not. */
bool map_next(const struct map *map, size_t *at, const void **key, void **value);

#endif
