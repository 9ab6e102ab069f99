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

static unsigned version_of(const struct head *head, unsigned default_version)
{
    struct slice path = route_path(head->target);
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
    route->version = version_of(head, default_version);
    route->websocket = wants_websocket(head);
    route->idempotent = !route->websocket && is_idempotent(head->method);
}
