/*
 * The paths of the web port in one table.
 */
#include "web/api.h"

#include "http/route.h"

#define ALLOW_READ "GET, HEAD"
#define ALLOW_ACT "POST"

static const struct api_path {
    const char *path;
    enum api_what what;
    const char *allow;
} api_paths[] = {
    {"/api/version", API_VERSION, ALLOW_READ},
    {"/api/connections", API_CONNECTIONS, ALLOW_READ},
    {"/api/data-usage", API_DATA_USAGE, ALLOW_READ},
    {"/api/health", API_HEALTH, ALLOW_READ},
    {"/api/backend-health", API_BACKEND_HEALTH, "GET, HEAD, POST"},
    {"/api/block", API_BLOCK, "POST, DELETE"},
    {"/api/blocked", API_BLOCKED, ALLOW_READ},
    {"/api/clients", API_CLIENTS, ALLOW_READ},
    {"/api/bots", API_BOTS, ALLOW_READ},
    {"/api/players", API_PLAYERS, ALLOW_READ},
    {"/api/kill", API_KILL_MANY, ALLOW_ACT},
    {"/api/reload", API_RELOAD, ALLOW_ACT},
    {"/", API_PAGE_MONITOR, ALLOW_READ},
    {"/connections", API_PAGE_CONNECTIONS, ALLOW_READ},
    {"/data-usage", API_PAGE_USAGE, ALLOW_READ},
    {"/health", API_PAGE_HEALTH, ALLOW_READ},
    {"/blocked", API_PAGE_BLOCKED, ALLOW_READ},
    {"/events", API_PAGE_EVENTS, ALLOW_READ},
    {"/bots", API_PAGE_BOTS, ALLOW_READ},
    {"/players", API_PAGE_PLAYERS, ALLOW_READ},
    {"/api/unblock", API_UNBLOCK, ALLOW_ACT},
    {"/login", API_LOGIN, "GET, HEAD, POST"},
    {"/logout", API_LOGOUT, ALLOW_ACT},
    {"/setup", API_SETUP, ALLOW_ACT},
    {"/api/stream", API_STREAM, "GET"},
    {"/metrics", API_METRICS, ALLOW_READ},
    {"/livez", API_LIVEZ, ALLOW_READ},
    {"/readyz", API_READYZ, ALLOW_READ},
    {"/robots.txt", API_ROBOTS, ALLOW_READ},
};

static bool find_fixed(struct api_call *call, struct slice path)
{
    for (size_t i = 0; i < sizeof(api_paths) / sizeof(api_paths[0]); i++) {
        if (!slice_equal(path, slice_of(api_paths[i].path)))
            continue;
        call->what = api_paths[i].what;
        call->allow = api_paths[i].allow;
        return true;
    }
    return false;
}

/* "/api/connections/{id}" is ended by DELETE, "/api/connections/{id}/kill" by POST. */
static void find_kill(struct api_call *call, struct slice path)
{
    struct slice prefix = SLICE("/api/connections/");
    struct slice suffix = SLICE("/kill");
    if (!slice_starts(path, prefix))
        return;
    struct slice id = {path.ptr + prefix.len, path.len - prefix.len};
    const char *allow = "DELETE";
    if (id.len > suffix.len &&
        slice_equal((struct slice){id.ptr + id.len - suffix.len, suffix.len}, suffix)) {
        id.len -= suffix.len;
        allow = ALLOW_ACT;
    }
    if (!slice_to_u64(id, &call->id))
        return;
    call->what = API_KILL;
    call->allow = allow;
}

/* What shows one of its kind: "/connections/{id}". */
static void find_one(struct api_call *call, struct slice path)
{
    static const struct {
        const char *prefix, *suffix;
        enum api_what what;
    } kinds[] = {{"/connections/", "", API_PAGE_CONNECTION},
                 {"/api/bots/", "", API_BOT},
                 {"/bots/", "", API_PAGE_BOT},
                 {"/bots/", "/end", API_PAGE_BOT_END}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct slice prefix = slice_of(kinds[i].prefix), suffix = slice_of(kinds[i].suffix);
        if (!slice_starts(path, prefix) || path.len < prefix.len + suffix.len)
            continue;
        struct slice id = {path.ptr + prefix.len, path.len - prefix.len - suffix.len};
        if (!slice_equal((struct slice){id.ptr + id.len, suffix.len}, suffix) ||
            !slice_to_u64(id, &call->id))
            continue;
        call->what = kinds[i].what;
        call->allow = ALLOW_READ;
    }
}

static void find_asset(struct api_call *call, struct slice path)
{
    struct slice prefix = SLICE("/assets/");
    if (!slice_starts(path, prefix))
        return;
    call->what = API_ASSET;
    call->allow = ALLOW_READ;
    call->name = (struct slice){path.ptr + prefix.len, path.len - prefix.len};
}

/* "/api/backends/{name}/drain" and the like. */
static void find_backend(struct api_call *call, struct slice path)
{
    static const struct {
        const char *name;
        enum api_what what;
    } actions[] = {{"drain", API_DRAIN}, {"undrain", API_UNDRAIN}, {"check", API_CHECK}};
    struct slice prefix = SLICE("/api/backends/");
    if (!slice_starts(path, prefix))
        return;
    struct slice rest = {path.ptr + prefix.len, path.len - prefix.len};
    size_t end = slice_find(rest, '/');
    if (end == 0 || end == rest.len)
        return;
    struct slice action = {rest.ptr + end + 1, rest.len - end - 1};
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (!slice_equal(action, slice_of(actions[i].name)))
            continue;
        call->what = actions[i].what;
        call->allow = ALLOW_ACT;
        call->name = (struct slice){rest.ptr, end};
    }
}

void api_find(struct api_call *call, struct slice method, struct slice target)
{
    *call = (struct api_call){.what = API_NOTHING};
    call->head_only = slice_equal(method, SLICE("HEAD"));
    call->reads = call->head_only || slice_equal(method, SLICE("GET"));
    struct slice path = route_path(target);
    if (!find_fixed(call, path)) {
        find_kill(call, path);
        find_backend(call, path);
        find_asset(call, path);
        find_one(call, path);
    }
    if (!call->allow)
        return;
    struct slice rest = slice_of(call->allow);
    struct slice allowed;
    while (slice_next(&rest, ',', &allowed))
        call->method_ok = call->method_ok || slice_equal(allowed, method);
}

bool api_is_open(enum api_what what)
{
    return what == API_LIVEZ || what == API_READYZ || what == API_ROBOTS || what == API_LOGIN ||
           what == API_ASSET;
}

bool api_is_page(enum api_what what)
{
    return what == API_LOGIN || what >= API_PAGE_NOTHING;
}
