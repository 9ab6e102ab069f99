/*
 * Any bytes as a configuration file: no crash, no leak, and either a configuration or an error,
 * never both or neither.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "conf/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct load_problems problems = {0};
    const struct config *config = load_text("fuzz", (const char *)data, size, NULL, &problems);
    if ((config != NULL) != (problems.errors == 0))
        abort();
    if (config && (config->backend_count == 0 || config->proxy.listen_count == 0 ||
                   config->proxy.workers == 0 || config->proxy.default_version < 3))
        abort();
    config_unref(config);
    load_problems_free(&problems);
    return 0;
}
