/*
 * Who may ask the web port for what.
 */
#include "web/guard.h"

#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "http/auth.h"
#include "web/query.h"

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

struct slice guard_host_name(struct slice host)
{
    struct slice name, port;
    if (!host_split(host, &name, &port))
        return (struct slice){NULL, 0};
    return (struct slice){host.ptr, name.len + (host.ptr[0] == '[' ? strlen("[]") : 0)};
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
    bool fetched = false, hidden = false;
    for (unsigned i = 0; i < head->count; i++) {
        const struct header *h = &head->headers[i];
        if (slice_equal_nocase(h->name, SLICE("Sec-Fetch-Site"))) {
            fetched = true;
            if (!slice_equal_nocase(h->value, SLICE("same-origin")) &&
                !slice_equal_nocase(h->value, SLICE("none")))
                return false;
        }
        if (!slice_equal_nocase(h->name, SLICE("Origin")))
            continue;
        if (slice_equal(h->value, SLICE("null")))
            hidden = true;
        else if (!origin_is_host(h->value, host))
            return false;
    }
    return fetched || !hidden;
}

static struct guard_verdict refuse(unsigned status, const char *message)
{
    return (struct guard_verdict){.status = status, .message = message};
}

#define FOREIGN "Another site asked for this. Actions are accepted only from the same origin."

static struct guard_verdict check_without_password(const struct guard_request *request)
{
    if (!addr_is_loopback(&request->peer))
        return refuse(403, "No web password is set, so only this host itself may ask. Set "
                           "web.password (WEB_PASSWORD) to allow others.");
    if (!request->call->reads && !guard_same_site(request->head))
        return refuse(403, FOREIGN);
    return (struct guard_verdict){.status = 0};
}

/* Whether the throttle lets a password of this visitor be looked at. */
static bool may_try(struct guard *guard, const struct guard_request *request,
                    struct guard_verdict *verdict)
{
    unsigned wait = throttle_wait(&guard->throttle, &request->peer, request->now);
    *verdict = refuse(429, "Too many wrong passwords from this address.");
    verdict->retry_after = wait;
    return wait == 0;
}

static struct guard_verdict wrong_password(struct guard *guard, const struct guard_request *request)
{
    struct guard_verdict verdict = refuse(401, "Wrong password.");
    throttle_failed(&guard->throttle, &request->peer, request->now);
    verdict.wrong = true;
    return verdict;
}

/* A browser would ask for a password in the midst of a page whose session is over, and then attach
 * Basic to all it sends. */
static bool may_challenge(const struct guard_request *request)
{
    return request->call->what != API_STREAM;
}

static struct guard_verdict check_header(struct guard *guard, const struct guard_request *request)
{
    const struct config *config = request->config;
    struct guard_verdict verdict;
    bool basic = false;
    if (!may_try(guard, request, &verdict))
        return verdict;
    bool full = auth_check_web(request->head, slice_of(config->web.password), &basic) == AUTH_OK;
    bool reader =
        auth_check_any(request->head, config->web.tokens, config->web.token_count) == AUTH_OK;
    if (!full && !reader) {
        verdict = wrong_password(guard, request);
        verdict.challenge = may_challenge(request);
        return verdict;
    }
    if (!full && !request->call->reads)
        return refuse(403, "This token may only read (web.tokens).");
    if (full && basic && !request->call->reads)
        return refuse(403, "Basic may only read, since browsers attach it by themselves. Actions "
                           "need Authorization: Bearer PASSWORD.");
    return (struct guard_verdict){.status = 0};
}

/* The token of the form, or in a header where a script asks. */
static bool has_token(const struct login *login, const struct guard_request *request)
{
    char memory[LOGIN_TEXT];
    struct str token;
    struct slice header = head_named(request->head, SLICE("X-Form-Token"));
    if (header.ptr != NULL)
        return login_token_is(login, header);
    str_fixed(&token, memory, sizeof(memory));
    return query_field(request->form, SLICE("token"), &token) == QUERY_FOUND &&
           login_token_is(login, str_slice(&token));
}

static struct guard_verdict check_session(struct guard *guard, const struct guard_request *request)
{
    struct login *login = login_find(&guard->logins, request->head, request->now);
    if (login == NULL) {
        struct guard_verdict verdict =
            refuse(401, "The web password is needed: Authorization: Bearer PASSWORD, or Basic for "
                        "reading.");
        verdict.challenge = may_challenge(request);
        verdict.ask_login = true;
        return verdict;
    }
    if (!request->call->reads && !guard_same_site(request->head))
        return refuse(403, FOREIGN);
    if (!request->call->reads && !has_token(login, request))
        return refuse(403, "This form is not from a page of this session. Reload the page and try "
                           "again.");
    return (struct guard_verdict){.status = 0, .login = login};
}

/* What comes before any password: by which name, and from where to the login form. */
static struct guard_verdict check_host(const struct guard_request *request)
{
    struct slice host = head_value(request->head, HEADER_HOST);
    if (!host.ptr)
        return refuse(400, "The Host header is missing.");
    if (!guard_host_known(request->config, &request->local, host))
        return refuse(403, "This name is not known here. Ask by the listen address or localhost "
                           "and this port, or add the name to web.hosts.");
    return (struct guard_verdict){.status = 0};
}

struct guard_verdict guard_login(struct guard *guard, const struct guard_request *request,
                                 struct slice password)
{
    struct guard_verdict verdict = check_host(request);
    struct slice right = slice_of(request->config->web.password);
    if (verdict.status != 0)
        return verdict;
    if (!guard_same_site(request->head))
        return refuse(403, FOREIGN);
    if (right.len == 0)
        return refuse(403, "There is no password to log in with: web.password is not set.");
    if (!may_try(guard, request, &verdict))
        return verdict;
    if (!hash_equal_secret(password.ptr, password.len, right.ptr, right.len))
        return wrong_password(guard, request);
    return (struct guard_verdict){.status = 0, .login = login_new(&guard->logins, request->now)};
}

struct guard_verdict guard_check(struct guard *guard, const struct guard_request *request)
{
    struct guard_verdict verdict = check_host(request);
    if (verdict.status != 0 || api_is_open(request->call->what))
        return verdict;
    if (request->config->web.password[0] == '\0')
        return check_without_password(request);
    struct slice header = head_value(request->head, HEADER_AUTHORIZATION);
    /* A browser attaches Basic by itself once it has it, also behind the login form. */
    bool by_itself = slice_starts_nocase(header, SLICE("Basic ")) &&
                     login_find(&guard->logins, request->head, request->now) != NULL;
    return header.ptr && !by_itself ? check_header(guard, request) : check_session(guard, request);
}
