/*
 * Loading: defaults first, then the file, the environment and the command line on top, each
 * overwriting what was there; then the rules between keys. Everything is looked at, whatever was
 * wrong before it.
 */
#include "conf/load.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/build.h"
#include "conf/file.h"
#include "conf/value.h"
#include "conf/yaml.h"

#define FILE_MAX_SIZE (1024 * 1024)
#define ENV_FILE_MAX_SIZE (64 * 1024)
#define AUTO_WORKERS_MAX 8

static const struct load_options no_options;

struct load {
    const struct load_options *options;
    struct load_problems *problems;
    struct config *config;
    struct settings settings;
    struct env env;
};

static void out_of_memory(struct load *l)
{
    problems_error(l->problems, (struct place){.source = "configuration"}, NULL, "out of memory");
}

/* Entries of backends go to their backend, the others to the whole. */
static void apply_settings(struct load *l, bool of_backends)
{
    for (unsigned i = 0; i < l->settings.count; i++) {
        struct setting *setting = &l->settings.list[i];
        if (schema_is_backend(setting->entry) != of_backends)
            continue;
        void *base = of_backends ? (void *)&l->config->backends[setting->group] : l->config;
        setting->bad = value_set(base, setting, l->problems) != 0;
    }
}

/* The demo is not for strangers: a listener that nobody chose is on loopback. The shipped file
 * spells out the defaults, so writing the default there chooses nothing. */
static void choose_demo_listener(struct load *l)
{
    const struct schema_entry *entry = schema_find(SLICE("proxy"), SLICE("listen"));
    struct addr usual;
    if (value_read_listener(entry, slice_of(entry->fallback), &usual, NULL) != 0 ||
        l->config->proxy.listen_count != 1 ||
        memcmp(l->config->proxy.listen[0].bytes, usual.bytes, sizeof usual.bytes) != 0 ||
        l->config->proxy.listen[0].family != usual.family ||
        l->config->proxy.listen[0].port != usual.port)
        return;
    if (value_set_default(l->config, entry, "127.0.0.1:6923") != 0)
        out_of_memory(l);
}

/* Nobody could be blocked in the demo, whose bots have addresses of loopback: left at its default,
 * the list is this machine's own address there, from which one tries things. */
static void choose_demo_allowed(struct load *l)
{
    const struct schema_entry *entry = schema_find(SLICE("limits"), SLICE("allow"));
    char memory[200], net[ADDR_TEXT_MAX];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    for (unsigned i = 0; i < l->config->limits.allow_count && !text.cut; i++)
        str_addf(&text, "%s%s", i > 0 ? " " : "", addr_net_text(net, &l->config->limits.allow[i]));
    if (strcmp(memory, entry->fallback) == 0 &&
        value_set_default(l->config, entry, "127.0.0.1 ::1") != 0)
        out_of_memory(l);
}

/* --- backends ------------------------------------------------------------------------------- */

static int set_key(struct config_backend *backend, const char *key, const char *text)
{
    return value_set_default(backend, schema_find(SLICE("backends"), slice_of(key)), text);
}

/* Appends one of the default's backends; there is room. */
static void add_default(struct load *l, const struct schema_backend *from)
{
    struct config_backend *backend = &l->config->backends[l->config->backend_count++];
    if (build_backend(backend) != 0 || set_key(backend, "name", from->name) != 0 ||
        set_key(backend, "version", from->version) != 0 ||
        set_key(backend, "address", from->address) != 0)
        out_of_memory(l);
}

/* Without backends in the file: those whose host the environment names, with any other the
 * environment speaks of; or, where it names none, both. */
static void add_defaults(struct load *l)
{
    size_t count;
    const struct schema_backend *list = schema_backends(&count);
    bool named = env_has_host(&l->env, 3) || env_has_host(&l->env, 4);
    for (size_t i = 0; i < count; i++)
        if (!named || env_has_backend(&l->env, 3 + (unsigned)i))
            add_default(l, &list[i]);
}

/* The keys that a backend of the file must have. */
static void check_complete(struct load *l, unsigned group)
{
    size_t count;
    const struct schema_entry *entries = schema_entries(&count);
    for (size_t i = 0; i < count; i++) {
        if (!schema_is_backend(&entries[i]) || entries[i].fallback ||
            settings_find(&l->settings, &entries[i], group))
            continue;
        char label[64];
        settings_label(label, sizeof label, &entries[i], group);
        problems_error(l->problems, l->settings.groups[group], label, "is missing");
    }
}

static struct config_backend *first_of_version(struct load *l, unsigned version)
{
    for (unsigned i = 0; i < l->config->backend_count; i++)
        if (l->config->backends[i].version == version)
            return &l->config->backends[i];
    return NULL;
}

/* The environment speaks of the first backend of a version, and makes one where there is none. */
static void apply_backend_env(struct load *l)
{
    size_t count;
    const struct schema_backend *list = schema_backends(&count);
    for (size_t i = 0; i < count; i++) {
        unsigned version = 3 + (unsigned)i;
        if (!env_has_backend(&l->env, version))
            continue;
        if (!first_of_version(l, version))
            add_default(l, &list[i]);
        struct config_backend *backend = first_of_version(l, version);
        if (backend)
            env_apply(&l->env, version, backend, l->problems);
    }
}

/* Replaces all backends by the nodes of the demo. */
static void use_demo_nodes(struct load *l)
{
    size_t count;
    const struct schema_backend *list = schema_backends(&count);
    size_t entry_count;
    const struct schema_entry *entries = schema_entries(&entry_count);
    for (unsigned i = 0; i < l->config->backend_count; i++)
        for (size_t k = 0; k < entry_count; k++)
            if (schema_is_backend(&entries[k]))
                value_clear(&l->config->backends[i], &entries[k]);
    l->config->backend_count = 0;
    for (size_t i = 0; i < count; i++) {
        add_default(l, &list[i]);
        struct config_backend *backend = &l->config->backends[i];
        backend->port = l->options->demo_ports[i];
        if (set_key(backend, "password", l->options->demo_password) != 0)
            out_of_memory(l);
    }
}

static void load_backends(struct load *l)
{
    unsigned groups = l->settings.group_count;
    for (unsigned i = 0; i < groups; i++) {
        if (build_backend(&l->config->backends[l->config->backend_count++]) != 0)
            out_of_memory(l);
        if (!l->settings.cut || i + 1 < groups)
            check_complete(l, i);
    }
    apply_settings(l, true);
    if (groups == 0)
        add_defaults(l);
    apply_backend_env(l);
}

/* --- the whole ------------------------------------------------------------------------------ */

static bool holds_secret(const struct setting *setting)
{
    for (unsigned i = 0; setting->entry->secret && i < setting->count; i++)
        if (setting->items[i].text.len > 0 &&
            !slice_equal(setting->items[i].text, slice_of(setting->entry->fallback)))
            return true;
    return false;
}

static bool has_file_secret(const struct settings *settings)
{
    for (unsigned i = 0; i < settings->count; i++)
        if (holds_secret(&settings->list[i]))
            return true;
    return false;
}

static bool has_env_secret(const struct env *env)
{
    for (unsigned i = 0; i < env->count; i++)
        if (env->list[i].entry->secret && env->list[i].text)
            return true;
    return false;
}

static void warn_public(struct load *l, const char *path)
{
    problems_warning(l->problems, (struct place){.source = path}, NULL,
                     "holds a password and everybody on this machine can read it; chmod o-r it");
}

static void load_env(struct load *l)
{
    const char *path = l->options->env_file;
    struct file_text text = {0};
    env_begin(&l->env);
    if (path && file_read(path, ENV_FILE_MAX_SIZE, &text, l->problems) == FILE_READ) {
        struct slice whole = {.ptr = text.ptr, .len = text.len};
        if (file_is_text(path, whole, l->problems))
            env_read_text(&l->env, path, whole, l->problems);
        if (text.is_public && has_env_secret(&l->env))
            warn_public(l, path);
    }
    file_free(&text);
    env_read_list(&l->env, l->options->environ, l->problems);
}

static void apply_option(struct load *l, const char *option, const char *key, const char *text)
{
    if (!text)
        return;
    struct place place = {.source = "command line"};
    struct scalar item = {.text = slice_of(text), .place = place};
    struct setting setting = {.entry = schema_find(SLICE("tui"), slice_of(key)),
                              .items = &item,
                              .count = 1,
                              .place = place};
    snprintf(setting.label, sizeof setting.label, "%s", option);
    value_set(l->config, &setting, l->problems);
}

static void apply_options(struct load *l)
{
    const struct load_options *options = l->options;
    apply_option(l, "--theme", "theme", options->theme);
    apply_option(l, "--color", "color", options->color);
    apply_option(l, "--refresh", "refresh", options->refresh);
    l->config->tui.theme_given = options->theme != NULL;
    l->config->tui.refresh_given = options->refresh != NULL;
    if (options->plain && options->plain[0])
        apply_option(l, "--plain", "summary", options->plain);
    l->config->tui.plain = options->plain != NULL;
    l->config->tui.ascii = options->ascii;
    if (l->env.no_color && l->config->tui.color == CONFIG_COLOR_AUTO)
        l->config->tui.color = CONFIG_COLOR_NEVER;
    l->config->tui.mouse = !options->no_mouse;
    l->config->tui.read_only = options->read_only;
    l->config->demo = options->demo;
}

/* Cores this process may use. */
static unsigned core_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}

/* What follows from the rest. */
static void resolve(struct load *l)
{
    struct config *config = l->config;
    if (config->proxy.workers == 0) {
        unsigned cores = core_count();
        config->proxy.workers = cores < AUTO_WORKERS_MAX ? cores : AUTO_WORKERS_MAX;
    }
    if (config->proxy.default_version == 0)
        config->proxy.default_version = first_of_version(l, 3) ? 3 : 4;
    for (unsigned i = 0; i < config->proxy.password_count; i++)
        config->protected_proxy |= strcmp(config->proxy.passwords[i], CONFIG_DEFAULT_PASSWORD) == 0;
    config->protected_web = config->web.password[0] == '\0';
}

static const struct config *load(const char *name, const struct file_text *text,
                                 const struct load_options *options, struct load_problems *problems)
{
    struct load l = {.options = options, .problems = problems, .config = build_config()};
    struct slice whole = {.ptr = text->ptr, .len = text->len};
    if (!l.config) {
        out_of_memory(&l);
        return NULL;
    }
    if (text->len > 0 && file_is_text(name, whole, problems))
        yaml_read(name, whole, &l.settings, problems);
    apply_settings(&l, false);
    if (options->demo) {
        choose_demo_listener(&l);
        choose_demo_allowed(&l);
    }
    load_env(&l);
    env_apply(&l.env, 0, l.config, problems);
    load_backends(&l);
    apply_options(&l);
    check_rules(l.config, &l.settings, &l.env, problems);
    if (options->demo_ports[0] != 0)
        use_demo_nodes(&l);
    resolve(&l);
    if (text->is_public && has_file_secret(&l.settings))
        warn_public(&l, name);
    settings_free(&l.settings);
    env_free(&l.env);
    if (problems->errors > 0) {
        config_unref(l.config);
        return NULL;
    }
    return l.config;
}

const char *load_path(const struct load_options *options)
{
    static const char *const usual[] = {"lavaproxy.yaml", "/etc/lavaproxy/lavaproxy.yaml"};
    if (options->path)
        return options->path;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        /* One that is there but cannot be read is a problem, not a reason to pass it over. */
        if (access(usual[i], F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
            return usual[i];
    return NULL;
}

const struct config *load_config(const struct load_options *options, struct load_problems *problems)
{
    const char *path = load_path(options);
    struct file_text text = {0};
    enum file_result result = FILE_MISSING;
    if (path)
        result = file_read(path, FILE_MAX_SIZE, &text, problems);
    if (result == FILE_MISSING && options->path)
        problems_error(problems, (struct place){.source = path}, NULL, "there is no such file");
    if (result == FILE_READ && text.len == 0 && options->filled)
        problems_error(problems, (struct place){.source = path}, NULL,
                       "is empty by now: is it being written, is the disk full?");
    const struct config *config = load(path ? path : "default", &text, options, problems);
    file_free(&text);
    return config;
}

const struct config *load_text(const char *name, const char *text, size_t len,
                               const struct load_options *options, struct load_problems *problems)
{
    if (len > FILE_MAX_SIZE) {
        problems_error(problems, (struct place){.source = name}, NULL, "is larger than %d KiB",
                       FILE_MAX_SIZE / 1024);
        return NULL;
    }
    /* Only read: the cast lets one type serve for this and for files. */
    struct file_text whole = {.ptr = (char *)text, .len = len};
    return load(name, &whole, options ? options : &no_options, problems);
}
