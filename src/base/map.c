/*
 * Open addressing with linear probing. A taken entry leaves a tombstone, so that a walk may take
 * entries without any other entry moving; tombstones at the end of a run are cleared at once, and
 * the rest whenever the table is rebuilt.
 */
#include "base/map.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_SLOTS 16

struct map {
    size_t key_size;
    size_t slots; /* a power of two */
    size_t count;
    size_t tombs;
    void **values; /* NULL: never used; &tomb: taken */
    unsigned char *keys;
    uint64_t secret[2];
    bool numbers; /* keys are numbers of our own */
};

static char tomb; /* only its address is used */

static unsigned char *key_at(const struct map *map, size_t slot)
{
    return map->keys + slot * map->key_size;
}

static int table_new(struct map *map, size_t slots)
{
    void **values = calloc(slots, sizeof *values);
    unsigned char *keys = calloc(slots, map->key_size);
    if (!values || !keys) {
        free(values);
        free(keys);
        return -1;
    }
    map->values = values;
    map->keys = keys;
    map->slots = slots;
    map->count = 0;
    map->tombs = 0;
    return 0;
}

struct map *map_new(size_t key_size)
{
    assert(key_size > 0);
    struct map *map = calloc(1, sizeof *map);
    if (!map)
        return NULL;
    map->key_size = key_size;
    hash_random(map->secret, sizeof map->secret);
    if (table_new(map, FIRST_SLOTS) < 0) {
        free(map);
        return NULL;
    }
    return map;
}

void map_free(struct map *map)
{
    if (!map)
        return;
    free(map->values);
    free(map->keys);
    free(map);
}

struct map *map_new_numbers(void)
{
    struct map *map = map_new(sizeof(uint64_t));
    if (map)
        map->numbers = true;
    return map;
}

static uint64_t hash_of(const struct map *map, const void *key)
{
    uint64_t word;
    if (!map->numbers)
        return hash_sip(map->secret, key, map->key_size);
    memcpy(&word, key, sizeof word);
    word = (word ^ map->secret[0]) * (map->secret[1] | 1);
    word = (word ^ word >> 32) * 0x9e3779b97f4a7c15;
    return word ^ word >> 29;
}

/* The slot that holds `key`, or else the first one on its way that is free to take it. There always
 * is a slot never used, so the walk ends. */
static size_t find(const struct map *map, const void *key)
{
    size_t mask = map->slots - 1;
    size_t slot = (size_t)hash_of(map, key) & mask;
    size_t open = SIZE_MAX;
    for (;; slot = (slot + 1) & mask) {
        if (!map->values[slot])
            return open != SIZE_MAX ? open : slot;
        if (map->values[slot] == &tomb) {
            if (open == SIZE_MAX)
                open = slot;
        } else if (memcmp(key_at(map, slot), key, map->key_size) == 0) {
            return slot;
        }
    }
}

static bool live(const struct map *map, size_t slot)
{
    return map->values[slot] && map->values[slot] != &tomb;
}

static void fill(struct map *map, size_t slot, const void *key, void *value)
{
    if (map->values[slot] == &tomb)
        map->tombs--;
    memcpy(key_at(map, slot), key, map->key_size);
    map->values[slot] = value;
    map->count++;
}

/* Keeps at least a quarter of the slots never used. */
static int make_room(struct map *map)
{
    if (map->count + map->tombs + 1 <= map->slots / 4 * 3)
        return 0;
    struct map old = *map;
    size_t slots = map->count >= map->slots / 2 ? map->slots * 2 : map->slots;
    if (table_new(map, slots) < 0)
        return -1;
    for (size_t i = 0; i < old.slots; i++)
        if (live(&old, i))
            fill(map, find(map, key_at(&old, i)), key_at(&old, i), old.values[i]);
    free(old.values);
    free(old.keys);
    return 0;
}

void *map_get(const struct map *map, const void *key)
{
    if (map->count == 0)
        return NULL; /* the hash is what costs */
    size_t slot = find(map, key);
    return live(map, slot) ? map->values[slot] : NULL;
}

int map_put(struct map *map, const void *key, void *value)
{
    assert(value);
    size_t slot = find(map, key);
    if (live(map, slot)) {
        map->values[slot] = value;
        return 0;
    }
    if (make_room(map) < 0)
        return -1;
    fill(map, find(map, key), key, value);
    return 0;
}

void *map_take(struct map *map, const void *key)
{
    size_t mask = map->slots - 1;
    size_t slot = find(map, key);
    if (!live(map, slot))
        return NULL;
    void *value = map->values[slot];
    map->values[slot] = &tomb;
    map->count--;
    map->tombs++;
    /* A tombstone with nothing behind it serves no probe. */
    if (!map->values[(slot + 1) & mask])
        for (; map->values[slot] == &tomb; slot = (slot - 1) & mask) {
            map->values[slot] = NULL;
            map->tombs--;
        }
    return value;
}

size_t map_count(const struct map *map)
{
    return map->count;
}

bool map_next(const struct map *map, size_t *at, const void **key, void **value)
{
    while (*at < map->slots && !live(map, *at))
        ++*at;
    if (*at >= map->slots)
        return false;
    *key = key_at(map, *at);
    *value = map->values[(*at)++];
    return true;
}
