/*
 * Rules between keys. Each is looked at only where the values it compares are sound by themselves,
 * so that one slip gives one problem.
 */
#include <string.h>

#include "conf/build.h"

struct check {
    const struct config *config;
    const struct settings *settings;
    const struct env *env;
    struct load_problems *problems;
};

/* Where the value in force of a key comes from; false when that value has a problem. */
static bool origin(const struct check *c, const char *path, struct place *place)
{
    struct slice name = slice_of(path);
    size_t dot = slice_find(name, '.');
    const struct schema_entry *entry =
        schema_find((struct slice){name.ptr, dot}, slice_of(path + dot + 1));
    const struct setting *setting = settings_find(c->settings, entry, 0);
    const struct env_value *value = env_find(c->env, entry, 0);
    if (setting)
        *place = setting->place;
    if (value)
        *place = value->place;
    return !(setting && setting->bad) && !(value && value->bad);
}

/* Whether both are sound; the place is that of the second where that is not the default. */
static bool both_sound(const struct check *c, const char *first, const char *second,
                       struct place *place)
{
    *place = (struct place){.source = "default"};
    bool sound = origin(c, first, place);
    return origin(c, second, place) && sound;
}

static bool is_any(const struct addr *addr)
{
    static const uint8_t zeros[16];
    return memcmp(addr->bytes, zeros, sizeof zeros) == 0;
}

/* Whether two listeners would want the same port of the same address. */
static bool overlap(const struct addr *a, const struct addr *b)
{
    if (a->family == 0 || b->family == 0 || a->port != b->port)
        return false;
    if (a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0)
        return true;
    return a->family == b->family && (is_any(a) || is_any(b));
}

static void check_listeners(const struct check *c)
{
    const struct config *config = c->config;
    struct place place;
    if (both_sound(c, "proxy.listen", "proxy.listen", &place))
        for (unsigned i = 0; i < config->proxy.listen_count; i++)
            for (unsigned k = 0; k < i; k++)
                if (overlap(&config->proxy.listen[i], &config->proxy.listen[k]))
                    problems_error(c->problems, place, "proxy.listen",
                                   "two listeners want port %u of the same address",
                                   config->proxy.listen[i].port);
    if (!both_sound(c, "proxy.listen", "web.listen", &place))
        return;
    for (unsigned i = 0; i < config->proxy.listen_count; i++)
        if (config->web.listen.family != 0 &&
            config->proxy.listen[i].port == config->web.listen.port) {
            problems_error(c->problems, place, "web.listen",
                           "port %u is that of proxy.listen already", config->web.listen.port);
            return;
        }
}

/* Where a backend was named. */
static struct place backend_place(const struct check *c, unsigned i)
{
    return i < c->settings->group_count ? c->settings->groups[i]
                                        : (struct place){.source = "environment"};
}

static void check_backends(const struct check *c)
{
    const struct config_backend *list = c->config->backends;
    unsigned count = c->config->backend_count;
    if (count > SCHEMA_BACKENDS_MAX)
        problems_error(c->problems, backend_place(c, count - 1), "backends", "more than %d",
                       SCHEMA_BACKENDS_MAX);
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < i; k++) {
            const struct config_backend *a = &list[k];
            const struct config_backend *b = &list[i];
            if (a->name && b->name && strcmp(a->name, b->name) == 0)
                problems_error(c->problems, backend_place(c, i), "backends",
                               "the name %s is there twice", b->name);
            if (a->host && b->host && strcasecmp(a->host, b->host) == 0 && a->port == b->port)
                problems_error(c->problems, backend_place(c, i), "backends",
                               "two backends have the address %s port %u", b->host, b->port);
        }
}

void check_rules(const struct config *config, const struct settings *settings,
                 const struct env *env, struct load_problems *problems)
{
    struct check c = {.config = config, .settings = settings, .env = env, .problems = problems};
    struct place place;
    check_listeners(&c);
    check_backends(&c);
    if (both_sound(&c, "health.interval", "health.timeout", &place) &&
        config->health.timeout > config->health.interval)
        problems_error(problems, place, "health.timeout", "must not be above health.interval");
    if (both_sound(&c, "rates.high", "rates.medium", &place) &&
        config->rates.medium > config->rates.high)
        problems_error(problems, place, "rates.medium", "must not be above rates.high");
    if (both_sound(&c, "log.file", "events.file", &place) && config->events.file[0] &&
        strcmp(config->log.file, config->events.file) == 0)
        problems_error(problems, place, "events.file", "is log.file already");
}
