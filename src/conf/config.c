/*
 * The life of a configuration: made of defaults, shared by count, wiped at the end. The schema says
 * which fields hold memory.
 */
#include "conf/config.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "conf/build.h"
#include "conf/schema.h"
#include "conf/value.h"

struct counted {
    struct config config; /* first, so that a pointer to it is one to the whole */
    atomic_uint references;
};

struct config *build_config(void)
{
    struct counted *counted = calloc(1, sizeof *counted);
    struct config_backend *backends = calloc(BUILD_BACKENDS_MAX, sizeof *backends);
    if (!counted || !backends) {
        free(counted);
        free(backends);
        return NULL;
    }
    atomic_init(&counted->references, 1);
    counted->config.backends = backends;
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    for (size_t i = 0; i < count; i++)
        if (!schema_is_backend(&entries[i]) &&
            value_set_default(&counted->config, &entries[i], entries[i].fallback) != 0) {
            config_unref(&counted->config);
            return NULL;
        }
    return &counted->config;
}

int build_backend(struct config_backend *backend)
{
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    *backend = (struct config_backend){0};
    for (size_t i = 0; i < count; i++)
        if (schema_is_backend(&entries[i]) && entries[i].fallback &&
            value_set_default(backend, &entries[i], entries[i].fallback) != 0)
            return -1;
    return 0;
}

const struct config *config_ref(const struct config *config)
{
    struct counted *counted = (struct counted *)config;
    unsigned before = atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
    assert(before > 0);
    return config;
}

void config_unref(const struct config *config)
{
    struct counted *counted = (struct counted *)config;
    if (!counted || atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel) != 1)
        return;
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    for (size_t i = 0; i < count; i++) {
        if (!schema_is_backend(&entries[i])) {
            value_clear(&counted->config, &entries[i]);
            continue;
        }
        for (unsigned k = 0; k < counted->config.backend_count; k++)
            value_clear(&counted->config.backends[k], &entries[i]);
    }
    free(counted->config.backends);
    free(counted);
}
