/*
 * Reading a request's wish off its checked head.
 */
#include "http/route.h"

struct slice route_path(struct slice target)
{
    size_t end = 0;

    while (end < target.len && target.ptr[end] != '?' && target.ptr[end] != '#')
        end++;
    return (struct slice){target.ptr, end};
}

struct slice route_session(struct slice path)
{
    struct slice rest = path;

    if (rest.len > 0 && rest.ptr[0] == '/') {
        rest.ptr++;
        rest.len--;
    }
    for (unsigned i = 0; i < 2; i++) {
        size_t end = slice_find(rest, '/');
        bool found = slice_equal_nocase((struct slice){rest.ptr, end}, SLICE("sessions"));

        if (end == rest.len)
            break;
        rest.ptr += end + 1;
        rest.len -= end + 1;
        if (found)
            return (struct slice){rest.ptr, slice_find(rest, '/')};
    }
    return (struct slice){path.ptr, 0};
}

/* What is hidden is found generously, but a request follows a session only where Lavalink has such
 * paths. */
static struct slice session_of(struct slice path)
{
    struct slice session = route_session(path);
    struct slice front = {path.ptr, (size_t)(session.ptr - path.ptr)};

    if (session.len > 0 &&
        (slice_equal(front, SLICE("/v4/sessions/")) || slice_equal(front, SLICE("/v3/sessions/")) ||
         slice_equal(front, SLICE("/sessions/"))))
        return session;
    return (struct slice){path.ptr, 0};
}

static unsigned version_of(const struct head *head, struct slice path, unsigned default_version)
{
    struct slice asked = head_value(head, HEADER_LAVALINK_VERSION);

    if (path.len >= 3 && path.ptr[1] == 'v' && (path.len == 3 || path.ptr[3] == '/')) {
        if (path.ptr[2] == '3')
            return 3;
        if (path.ptr[2] == '4')
            return 4;
    }
    if (slice_equal(asked, SLICE("3")))
        return 3;
    if (slice_equal(asked, SLICE("4")))
        return 4;
    return default_version;
}

static bool wants_websocket(const struct head *head)
{
    return head->minor == 1 && head->connection_upgrade &&
           slice_equal(head->method, SLICE("GET")) &&
           slice_equal_nocase(head_value(head, HEADER_UPGRADE), SLICE("websocket")) &&
           head_value(head, HEADER_SEC_WEBSOCKET_KEY).len > 0 && !head->chunked &&
           head->content_length == 0;
}

static bool is_idempotent(struct slice method)
{
    return slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD")) ||
           slice_equal(method, SLICE("PUT")) || slice_equal(method, SLICE("DELETE")) ||
           slice_equal(method, SLICE("OPTIONS"));
}

void route_request(struct route *route, const struct head *head, unsigned default_version)
{
    struct slice path = route_path(head->target);
    struct slice session = session_of(path);

    route->path = path;
    route->version = version_of(head, path, default_version);
    route->websocket = wants_websocket(head);
    route->idempotent = !route->websocket && is_idempotent(head->method);
    route->session = session;
    route->session_patch = session.len > 0 && session.ptr + session.len == path.ptr + path.len &&
                           slice_equal(head->method, SLICE("PATCH"));
}
