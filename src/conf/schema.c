/*
 * The table of every key, and finding one's way in it. To add a key: a row here and a field in
 * include/conf/config.h; then `make` the shipped file anew (tests/unit/conf_reference_test.c says
 * how).
 */
#include "conf/schema.h"

#include <string.h>

#include "base/nearest.h"
#include "conf/config.h"

#define AT(field) .at = offsetof(struct config, field)
#define ALSO_AT(field) .also_at = offsetof(struct config, field)
#define BACKEND_AT(field) .at = offsetof(struct config_backend, field)
#define BACKEND_ALSO_AT(field) .also_at = offsetof(struct config_backend, field)
#define MS 1e-3
#define HOUR 3600.0
#define DAY 86400.0

static const struct schema_entry entries[] = {
    {.path = "proxy.listen",
     .type = SCHEMA_LISTENERS,
     AT(proxy.listen),
     ALSO_AT(proxy.listen_count),
     .fallback = "0.0.0.0:6923",
     .min = 1,
     .max = 16,
     .env = {{"PROXY_HOST", SCHEMA_ENV_HOST, 0}, {"PROXY_PORT", SCHEMA_ENV_PORT, 0}},
     .help = "one, or a list; IPv6 in quotes: \"[::]:6923\""},
    {.path = "proxy.password",
     .type = SCHEMA_SECRETS,
     .secret = true,
     AT(proxy.passwords),
     ALSO_AT(proxy.password_count),
     .fallback = CONFIG_DEFAULT_PASSWORD,
     .min = 1,
     .max = CONFIG_PASSWORDS_MAX,
     .env = {{"PROXY_PASSWORD", SCHEMA_ENV_VALUE, 0}},
     .help = "what bots send, or [new, old]; the default lets only this host in"},
    {.path = "proxy.default_version",
     .type = SCHEMA_NUMBER,
     AT(proxy.default_version),
     .fallback = "auto",
     .words = "auto",
     .min = 3,
     .max = 4,
     .help = "of paths without one; auto: 3 where a v3 backend is configured, else 4"},
    {.path = "proxy.workers",
     .type = SCHEMA_NUMBER,
     .restart = true,
     AT(proxy.workers),
     .fallback = "auto",
     .words = "auto",
     .min = 1,
     .max = 64,
     .help = "threads that carry traffic; auto: one per core, at most 8"},
    {.path = "proxy.proxy_protocol",
     .type = SCHEMA_NETS,
     AT(proxy.proxy_protocol),
     ALSO_AT(proxy.proxy_protocol_count),
     .fallback = "",
     .max = 1024,
     .env = {{"ENABLE_PROXY_PROTOCOL", SCHEMA_ENV_ALL, 0}},
     .help = "peers (CIDR) that must send a PROXY v1/v2 header"},

    {.path = "web.listen",
     .type = SCHEMA_LISTENER,
     .may_be_off = true,
     AT(web.listen),
     .fallback = "127.0.0.1:6980",
     .env = {{"WEB_HOST", SCHEMA_ENV_HOST, 0}, {"WEB_PORT", SCHEMA_ENV_PORT, 0}},
     .help = "off: no web"},
    {.path = "web.password",
     .type = SCHEMA_TEXT,
     .secret = true,
     AT(web.password),
     .fallback = "",
     .max = SCHEMA_TEXT_MAX,
     .env = {{"WEB_PASSWORD", SCHEMA_ENV_VALUE, 0}},
     .help = "empty: only the host itself may look"},
    {.path = "web.tokens",
     .type = SCHEMA_SECRETS,
     .secret = true,
     AT(web.tokens),
     ALSO_AT(web.token_count),
     .fallback = "",
     .max = 16,
     .help = "[one, another]: as Bearer they read and cannot act, for Prometheus and the like"},
    {.path = "web.hosts",
     .type = SCHEMA_HOSTS,
     AT(web.hosts),
     ALSO_AT(web.host_count),
     .fallback = "",
     .max = 64,
     .help = "extra names accepted in Host"},

    {.path = "backends.name",
     .type = SCHEMA_LABEL,
     BACKEND_AT(name),
     .min = 1,
     .max = 32,
     .help = "unique; letters, digits and . _ -"},
    {.path = "backends.version",
     .type = SCHEMA_NUMBER,
     BACKEND_AT(version),
     .min = 3,
     .max = 4,
     .help = "of Lavalink: 3 or 4"},
    {.path = "backends.address",
     .type = SCHEMA_ADDRESS,
     BACKEND_AT(host),
     BACKEND_ALSO_AT(port),
     .env = {{"LAVALINK_V3_HOST", SCHEMA_ENV_HOST, 3},
             {"LAVALINK_V3_PORT", SCHEMA_ENV_PORT, 3},
             {"LAVALINK_V4_HOST", SCHEMA_ENV_HOST, 4},
             {"LAVALINK_V4_PORT", SCHEMA_ENV_PORT, 4}},
     .help = "a name or an address, and the port"},
    {.path = "backends.password",
     .type = SCHEMA_TEXT,
     .secret = true,
     BACKEND_AT(password),
     .fallback = "youshallnotpass",
     .min = 1,
     .max = SCHEMA_TEXT_MAX,
     .env = {{"LAVALINK_V3_PASSWORD", SCHEMA_ENV_VALUE, 3},
             {"LAVALINK_V4_PASSWORD", SCHEMA_ENV_VALUE, 4}},
     .help = "of the Lavalink server"},
    {.path = "backends.weight",
     .type = SCHEMA_NUMBER,
     BACKEND_AT(weight),
     .fallback = "1",
     .min = 1,
     .max = 1000,
     .help = "share of new sessions and searches among the backends of its version"},

    {.path = "health.interval",
     .type = SCHEMA_DURATION,
     AT(health.interval),
     .fallback = "60s",
     .min = 100 * MS,
     .max = DAY,
     .env = {{"HEALTH_CHECK_INTERVAL", SCHEMA_ENV_MS, 0}},
     .help = "between checks of a backend"},
    {.path = "health.timeout",
     .type = SCHEMA_DURATION,
     AT(health.timeout),
     .fallback = "3s",
     .min = 10 * MS,
     .max = 60,
     .env = {{"HEALTH_CHECK_TIMEOUT", SCHEMA_ENV_MS, 0}},
     .help = "of one check; at most the interval"},
    {.path = "health.slow",
     .type = SCHEMA_DURATION,
     AT(health.slow),
     .fallback = "250ms",
     .min = 1 * MS,
     .max = 60,
     .help = "from this response time on a backend is slow: new sessions only where no other is"},
    {.path = "health.check",
     .type = SCHEMA_CHOICE,
     AT(health.check),
     .fallback = "http",
     .words = "http tcp",
     .help = "http asks for /version and /vN/stats as well; tcp for what is not Lavalink"},

    {.path = "rates.interval",
     .type = SCHEMA_DURATION,
     AT(rates.interval),
     .fallback = "5s",
     .min = 1,
     .max = 60,
     .env = {{"RATE_TRACKING_INTERVAL", SCHEMA_ENV_MS, 0}},
     .help = "window of the displayed rate"},
    {.path = "rates.history",
     .type = SCHEMA_DURATION,
     AT(rates.history),
     .fallback = "60s",
     .min = 60,
     .max = 60,
     .help = "kept per second, for each connection and IP"},
    {.path = "rates.medium",
     .type = SCHEMA_SIZE,
     AT(rates.medium),
     .fallback = "100KB",
     .min = 1,
     .max = 1e12,
     .help = "per second: at or above, orange"},
    {.path = "rates.high",
     .type = SCHEMA_SIZE,
     AT(rates.high),
     .fallback = "1MB",
     .min = 1,
     .max = 1e12,
     .help = "per second: at or above, red"},

    {.path = "timeouts.header",
     .type = SCHEMA_DURATION,
     .may_be_off = true,
     AT(timeouts.header),
     .fallback = "10s",
     .min = 10 * MS,
     .max = HOUR,
     .help = "the whole request head"},
    {.path = "timeouts.connect",
     .type = SCHEMA_DURATION,
     .may_be_off = true,
     AT(timeouts.connect),
     .fallback = "3s",
     .min = 10 * MS,
     .max = HOUR,
     .help = "to a backend, per try"},
    {.path = "timeouts.response",
     .type = SCHEMA_DURATION,
     .may_be_off = true,
     AT(timeouts.response),
     .fallback = "60s",
     .min = 10 * MS,
     .max = DAY,
     .help = "to the first byte of the answer"},
    {.path = "timeouts.idle",
     .type = SCHEMA_DURATION,
     .may_be_off = true,
     AT(timeouts.idle),
     .fallback = "75s",
     .min = 10 * MS,
     .max = DAY,
     .help = "between requests, and between bytes of a body"},
    {.path = "timeouts.tunnel",
     .type = SCHEMA_DURATION,
     .may_be_off = true,
     AT(timeouts.tunnel),
     .fallback = "off",
     .min = 10 * MS,
     .max = 30 * DAY,
     .help = "a WebSocket without a byte; quiet bots send nothing for days"},
    {.path = "timeouts.drain",
     .type = SCHEMA_DURATION,
     AT(timeouts.drain),
     .fallback = "10s",
     .min = 0,
     .max = DAY,
     .help = "what open WebSockets get when the program ends"},
    {.path = "timeouts.backend_wait",
     .type = SCHEMA_DURATION,
     .may_be_off = true,
     AT(timeouts.backend_wait),
     .fallback = "5s",
     .min = 0,
     .max = HOUR,
     .help = "how long a WebSocket handshake waits for a backend"},

    {.path = "limits.connections",
     .type = SCHEMA_COUNT,
     .may_be_off = true,
     AT(limits.connections),
     .fallback = "off",
     .min = 1,
     .max = 1e7,
     .env = {{"MAX_CONNECTIONS_TOTAL", SCHEMA_ENV_VALUE, 0}},
     .help = "open at once"},
    {.path = "limits.connections_per_ip",
     .type = SCHEMA_COUNT,
     .may_be_off = true,
     AT(limits.connections_per_ip),
     .fallback = "off",
     .min = 1,
     .max = 1e7,
     .env = {{"MAX_CONNECTIONS_PER_IP", SCHEMA_ENV_VALUE, 0}},
     .help = "open at once from one IP"},
    {.path = "limits.auth_failures",
     .type = SCHEMA_RATIO,
     .may_be_off = true,
     AT(limits.auth_failures),
     ALSO_AT(limits.auth_window),
     .fallback = "10/60s",
     .min = 1,
     .max = 1e6,
     .help = "wrong passwords per IP, then blocked for `block`"},
    {.path = "limits.block",
     .type = SCHEMA_DURATION,
     AT(limits.block),
     .fallback = "10m",
     .min = 100 * MS,
     .max = 30 * DAY,
     .help = "how long a block lasts"},
    {.path = "limits.allow",
     .type = SCHEMA_NETS,
     AT(limits.allow),
     ALSO_AT(limits.allow_count),
     .fallback = "127.0.0.0/8 ::1",
     .max = 1024,
     .help = "never limited or blocked"},
    {.path = "limits.deny",
     .type = SCHEMA_NETS,
     AT(limits.deny),
     ALSO_AT(limits.deny_count),
     .fallback = "",
     .max = 1024,
     .help = "always refused"},

    {.path = "log.file",
     .type = SCHEMA_TEXT,
     AT(log.file),
     .fallback = "",
     .max = SCHEMA_TEXT_MAX,
     .restart = true,
     .help = "empty: standard error; nowhere while the terminal UI is on"},
    {.path = "log.level",
     .type = SCHEMA_CHOICE,
     AT(log.level),
     .fallback = "info",
     .words = "debug info warn error",
     .env = {{"LOG_LEVEL", SCHEMA_ENV_VALUE, 0}},
     .help = "debug, info, warn or error"},
    {.path = "log.format",
     .type = SCHEMA_CHOICE,
     AT(log.format),
     .fallback = "text",
     .words = "text json",
     .restart = true,
     .help = "text or json"},

    {.path = "events.file",
     .type = SCHEMA_TEXT,
     AT(events.file),
     .fallback = "",
     .max = SCHEMA_TEXT_MAX,
     .help = "what happens as JSON lines, for other programs; empty: no file"},
    {.path = "events.unix",
     .type = SCHEMA_TEXT,
     AT(events.unix_path),
     .fallback = "",
     .max = SCHEMA_SOCKET_MAX,
     .help = "the same for up to 64 readers of this stream socket; empty: none"},

    {.path = "tui.theme",
     .type = SCHEMA_TEXT,
     .restart = true,
     AT(tui.theme),
     .fallback = "dark",
     .min = 1,
     .max = SCHEMA_TEXT_MAX,
     .help = "a name such as light or nord-like, or the path of a file"},
    {.path = "tui.color",
     .type = SCHEMA_CHOICE,
     .restart = true,
     AT(tui.color),
     .fallback = "auto",
     .words = "auto never always 16 256 true",
     .help = "auto: as the terminal says and NO_COLOR allows"},
    {.path = "tui.refresh",
     .type = SCHEMA_DURATION,
     .restart = true,
     AT(tui.refresh),
     .fallback = "1s",
     .min = 100 * MS,
     .max = 10,
     .help = "between two pictures"},
    {.path = "tui.clipboard",
     .type = SCHEMA_CHOICE,
     .restart = true,
     AT(tui.clipboard),
     .fallback = "auto",
     .words = "auto off",
     .help = "auto: y and Y copy through the terminal (OSC 52); off: they show the text"},
    {.path = "tui.summary",
     .type = SCHEMA_DURATION,
     .may_be_off = true,
     .restart = true,
     AT(tui.summary),
     .fallback = "10s",
     .min = 1,
     .max = 3600,
     .help = "line mode: between two summaries in words"},
    {.path = "tui.keys",
     .type = SCHEMA_KEYS,
     .restart = true,
     AT(tui.keys),
     ALSO_AT(tui.key_count),
     .fallback = "preset=default",
     .max = 256,
     .help = "preset: default, htop or vim; a command: its key, or [keys]"},
};

static const struct schema_backend default_backends[] = {
    {"v3", "3", "127.0.0.1:2333"},
    {"v4", "4", "127.0.0.1:2334"},
};

const struct schema_entry *schema_entries(size_t *count)
{
    *count = sizeof entries / sizeof entries[0];
    return entries;
}

const struct schema_backend *schema_backends(size_t *count)
{
    *count = sizeof default_backends / sizeof default_backends[0];
    return default_backends;
}

struct slice schema_section(const struct schema_entry *entry)
{
    return (struct slice){.ptr = entry->path, .len = slice_find(slice_of(entry->path), '.')};
}

const char *schema_key(const struct schema_entry *entry)
{
    return entry->path + schema_section(entry).len + 1;
}

bool schema_is_backend(const struct schema_entry *entry)
{
    return slice_equal(schema_section(entry), SLICE("backends"));
}

bool schema_is_list(const struct schema_entry *entry)
{
    return entry->type == SCHEMA_LISTENERS || entry->type == SCHEMA_NETS ||
           entry->type == SCHEMA_HOSTS || entry->type == SCHEMA_SECRETS;
}

const struct schema_entry *schema_find_section(struct slice section)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (slice_equal(schema_section(&entries[i]), section))
            return &entries[i];
    return NULL;
}

const struct schema_entry *schema_find(struct slice section, struct slice key)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (slice_equal(schema_section(&entries[i]), section) &&
            slice_equal(slice_of(schema_key(&entries[i])), key))
            return &entries[i];
    return NULL;
}

struct slice schema_nearest(struct slice section, struct slice mistyped)
{
    struct nearest nearest = {.mistyped = mistyped};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (section.len == 0)
            nearest_consider(&nearest, schema_section(&entries[i]));
        else if (slice_equal(schema_section(&entries[i]), section))
            nearest_consider(&nearest, slice_of(schema_key(&entries[i])));
    }
    return nearest.best;
}
