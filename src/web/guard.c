/*
 * Who may ask the web port for what.
 */
#include "web/guard.h"

#include <string.h>

#include "http/auth.h"

/* Splits "name", "name:port", "[v6]" and "[v6]:port"; *port is empty when there is none. The name
 * comes without brackets. */
static bool host_split(struct slice host, struct slice *name, struct slice *port)
{
    *port = (struct slice){NULL, 0};
    size_t end;
    if (host.len > 0 && host.ptr[0] == '[') {
        end = slice_find(host, ']');
        if (end == host.len)
            return false;
        *name = (struct slice){host.ptr + 1, end - 1};
        end++;
    } else {
        end = slice_find(host, ':');
        *name = (struct slice){host.ptr, end};
    }
    if (end == host.len)
        return name->len > 0;
    if (host.ptr[end] != ':')
        return false;
    *port = (struct slice){host.ptr + end + 1, host.len - end - 1};
    return name->len > 0 && port->len > 0;
}

static bool same_host(const struct addr *a, const struct addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool guard_host_known(const struct config *config, const struct addr *local, struct slice host)
{
    struct slice name;
    struct slice port_text;
    uint64_t port;
    if (!host_split(host, &name, &port_text))
        return false;
    /* A configured name may come with the port of whatever stands in front of us. */
    for (unsigned i = 0; i < config->web.host_count; i++) {
        if (slice_equal_nocase(name, slice_of(config->web.hosts[i])))
            return true;
    }
    if (port_text.ptr && (!slice_to_u64(port_text, &port) || port != local->port))
        return false;
    if (slice_equal_nocase(name, SLICE("localhost")))
        return true;
    /* Rebinding needs a name; the address that this very connection came to is none. */
    struct addr literal;
    if (!addr_parse(name, &literal))
        return false;
    return addr_is_loopback(&literal) || same_host(&literal, local) ||
           same_host(&literal, &config->web.listen);
}

static bool origin_is_host(struct slice origin, struct slice host)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        struct slice scheme = slice_of(schemes[i]);
        if (slice_starts_nocase(origin, scheme) &&
            slice_equal_nocase((struct slice){origin.ptr + scheme.len, origin.len - scheme.len},
                               host))
            return true;
    }
    return false;
}

bool guard_same_site(const struct head *head)
{
    struct slice host = head_value(head, HEADER_HOST);
    for (unsigned i = 0; i < head->count; i++) {
        const struct header *h = &head->headers[i];
        if (slice_equal_nocase(h->name, SLICE("Sec-Fetch-Site")) &&
            !slice_equal_nocase(h->value, SLICE("same-origin")) &&
            !slice_equal_nocase(h->value, SLICE("none")))
            return false;
        if (slice_equal_nocase(h->name, SLICE("Origin")) && !origin_is_host(h->value, host))
            return false;
    }
    return true;
}

static struct guard_verdict check_without_password(const struct guard_request *request)
{
    if (!addr_is_loopback(&request->peer))
        return (struct guard_verdict){
            .status = 403,
            .message = "No web password is set, so only this host itself may ask. Set web.password "
                       "(WEB_PASSWORD) to allow others."};
    if (!request->call->reads && !guard_same_site(request->head))
        return (struct guard_verdict){
            .status = 403,
            .message =
                "Another site asked for this. Actions are accepted only from the same origin."};
    return (struct guard_verdict){.status = 0};
}

static struct guard_verdict check_password(struct throttle *throttle,
                                           const struct guard_request *request)
{
    bool basic = false;
    struct slice password = slice_of(request->config->web.password);
    if (!head_value(request->head, HEADER_AUTHORIZATION).ptr)
        return (struct guard_verdict){.status = 401,
                                      .message =
                                          "The web password is needed: Authorization: Bearer "
                                          "PASSWORD, or Basic for reading.",
                                      .challenge = true};
    unsigned wait = throttle_wait(throttle, &request->peer, request->now);
    if (wait > 0)
        return (struct guard_verdict){.status = 429,
                                      .message = "Too many wrong passwords from this address.",
                                      .retry_after = wait};
    if (auth_check_web(request->head, password, &basic) != AUTH_OK) {
        throttle_failed(throttle, &request->peer, request->now);
        return (struct guard_verdict){
            .status = 401, .message = "Wrong password.", .challenge = true, .wrong = true};
    }
    if (basic && !request->call->reads)
        return (struct guard_verdict){
            .status = 403,
            .message = "Basic may only read, since browsers attach it by themselves. Actions need "
                       "Authorization: Bearer PASSWORD."};
    return (struct guard_verdict){.status = 0};
}

struct guard_verdict guard_check(struct throttle *throttle, const struct guard_request *request)
{
    struct slice host = head_value(request->head, HEADER_HOST);
    if (!host.ptr)
        return (struct guard_verdict){.status = 400, .message = "The Host header is missing."};
    if (!guard_host_known(request->config, &request->local, host))
        return (struct guard_verdict){
            .status = 403,
            .message = "This name is not known here. Ask by the listen address or localhost and "
                       "this port, or add the name to web.hosts."};
    if (api_is_open(request->call->what))
        return (struct guard_verdict){.status = 0};
    if (request->config->web.password[0] == '\0')
        return check_without_password(request);
    return check_password(throttle, request);
}
