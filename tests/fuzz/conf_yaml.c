/*
 * Any bytes as a configuration file: no crash, no leak, and either a configuration or an error,
 * never both or neither. What is said of its difference to the default fits the log: printable, and
 * without its passwords.
 */
#include "conf/diff.h"
#include "conf/load.h"
#include "fuzz.h"

static void check_diff(const struct config *config)
{
    static const struct config *usual;
    static struct diff diff;
    struct load_problems none = {0};
    if (!usual)
        usual = load_text("default", "", 0, NULL, &none);
    diff_configs(&diff, config, config);
    require(diff.count == 0);
    diff_configs(&diff, usual, config);
    require(diff.count <= DIFF_LINES_MAX);
    for (unsigned i = 0; i < diff.count; i++) {
        const char *text = diff.lines[i].text;
        require(memchr(text, '\0', DIFF_TEXT_MAX) && strlen(text) > 0);
        for (; *text; text++)
            require((unsigned char)*text >= 0x20 && *text != 0x7F);
        text = diff.lines[i].text;
        if (strncmp(text, "proxy.password", 14) == 0 || strncmp(text, "web.password", 12) == 0)
            require(strcmp(strchr(text, ':'), ": changed") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct load_problems problems = {0};
    const struct config *config = load_text("fuzz", (const char *)data, size, NULL, &problems);
    require((config != NULL) == (problems.errors == 0));
    if (config) {
        require(config->backend_count > 0 && config->proxy.listen_count > 0 &&
                config->proxy.workers > 0 && config->proxy.default_version >= 3 &&
                config->proxy.password_count > 0 &&
                config->proxy.password_count <= CONFIG_PASSWORDS_MAX);
        check_diff(config);
    }
    config_unref(config);
    load_problems_free(&problems);
    return 0;
}
