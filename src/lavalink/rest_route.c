/*
 * Which endpoint a request asks (Lavalink docs, "REST API"; before 3.7 the paths had no version).
 */
#include "lavalink/rest.h"

struct segments {
    struct slice rest;
};

/* The next segment of the path; empty at its end. */
static struct slice next(struct segments *path)
{
    struct slice part;

    if (path->rest.len == 0 || path->rest.ptr[0] != '/')
        return (struct slice){"", 0};
    path->rest.ptr++;
    path->rest.len--;
    part = (struct slice){path->rest.ptr, slice_find(path->rest, '/')};
    path->rest.ptr += part.len;
    path->rest.len -= part.len;
    return part;
}

/* A closing slash does not count. */
static bool at_end(const struct segments *path)
{
    return path->rest.len == 0 || slice_equal(path->rest, SLICE("/"));
}

static enum rest_route session_route(struct slice method, struct segments path, uint64_t *guild)
{
    bool patch = slice_equal(method, SLICE("PATCH"));
    struct slice part;

    if (next(&path).len == 0)
        return ROUTE_OTHER;
    if (at_end(&path))
        return patch ? ROUTE_SESSION_PATCH : ROUTE_OTHER;
    if (!slice_equal(next(&path), SLICE("players")))
        return ROUTE_OTHER;
    if (!at_end(&path)) {
        part = next(&path);
        if (!at_end(&path))
            return ROUTE_OTHER; /* a plugin's */
        if (!slice_to_u64(part, guild))
            *guild = 0;
        if (patch)
            return ROUTE_PLAYER_PATCH;
        if (slice_equal(method, SLICE("DELETE")))
            return ROUTE_PLAYER_DELETE;
    }
    return slice_equal(method, SLICE("GET")) ? ROUTE_PLAYER_GET : ROUTE_OTHER;
}

enum rest_route rest_route_of(struct slice method, struct slice path, uint64_t *guild)
{
    static const struct {
        const char *name;
        size_t len;
        const char *method; /* NULL: any, and whatever follows */
        enum rest_route route;
    } plain[] = {
#define NAME(text) (text), sizeof(text) - 1
        {NAME("loadtracks"), "GET", ROUTE_LOADTRACKS}, {NAME("decodetrack"), "GET", ROUTE_DECODE},
        {NAME("decodetracks"), "POST", ROUTE_DECODE},  {NAME("info"), "GET", ROUTE_INFO},
        {NAME("stats"), "GET", ROUTE_STATS},           {NAME("version"), "GET", ROUTE_VERSION},
        {NAME("routeplanner"), NULL, ROUTE_PLANNER},
#undef NAME
    };
    struct segments rest = {path};
    struct slice name = next(&rest);

    *guild = 0;
    if (slice_equal(name, SLICE("v4")) || slice_equal(name, SLICE("v3")))
        name = next(&rest);
    if (slice_equal(name, SLICE("sessions")))
        return session_route(method, rest, guild);
    for (unsigned i = 0; i < sizeof plain / sizeof *plain; i++)
        if (slice_equal(name, (struct slice){plain[i].name, plain[i].len}) &&
            (plain[i].method == NULL ||
             (at_end(&rest) && slice_equal(method, slice_of(plain[i].method)))))
            return plain[i].route;
    return ROUTE_OTHER;
}
