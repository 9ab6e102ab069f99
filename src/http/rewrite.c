/*
 * Writing heads anew. What a message is framed by, who may ask for it and where it came from is
 * said by us; the other fields pass in the order they came.
 */
#include "http/rewrite.h"

#include <assert.h>

/* Fields a client cannot have removed by naming them in Connection: without them the message would
 * mean something else to the next hop than it did here. */
static bool is_needed(struct slice name)
{
    static const struct slice prefixes[] = {
        {"Content-", 8},
        {"Lavalink-", 9},
        {"Sec-WebSocket-", 14},
        {"Session-", 8},
    };

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (slice_starts_nocase(name, prefixes[i]))
            return true;
    return false;
}

static bool is_needed_id(enum header_id id)
{
    switch (id) {
    case HEADER_CLIENT_NAME:
    case HEADER_EXPECT:
    case HEADER_HOST:
    case HEADER_LAVALINK_VERSION:
    case HEADER_RESUME_KEY:
    case HEADER_SEC_WEBSOCKET_EXTENSIONS:
    case HEADER_SEC_WEBSOCKET_KEY:
    case HEADER_SESSION_ID:
    case HEADER_USER_ID:
    case HEADER_X_FORWARDED_FOR:
        return true;
    default:
        return false;
    }
}

/* Whether some Connection header names this one as belonging to the last hop only. */
static bool is_hop_named(const struct head *head, const struct header *header)
{
    if (!head->connection_names || is_needed_id(header->id) || is_needed(header->name))
        return false;
    for (unsigned i = 0; i < head->count; i++)
        if (head->headers[i].id == HEADER_CONNECTION &&
            slice_list_has(head->headers[i].value, header->name))
            return true;
    return false;
}

static bool is_hop(const struct head *head, const struct header *header)
{
    switch (header->id) {
    case HEADER_AUTHORIZATION:
    case HEADER_CONNECTION:
    case HEADER_CONTENT_LENGTH:
    case HEADER_HTTP2_SETTINGS:
    case HEADER_KEEP_ALIVE:
    case HEADER_PROXY_OTHER:
    case HEADER_TE:
    case HEADER_TRAILER:
    case HEADER_TRANSFER_ENCODING:
    case HEADER_UPGRADE:
        return true;
    default:
        return is_hop_named(head, header);
    }
}

static void add_header(struct str *out, struct slice name, struct slice value)
{
    str_add_slice(out, name);
    str_add(out, ": ", 2);
    str_add_slice(out, value);
    str_add(out, "\r\n", 2);
}

/* Copies headers [from, to) as they came; they lie one behind the other. */
static void add_run(struct str *out, const struct head *head, unsigned from, unsigned to)
{
    if (from == to)
        return;
    const char *start = head->headers[from].name.ptr;
    const struct slice last = head->headers[to - 1].value;

    str_add(out, start, (size_t)(last.ptr + last.len - start));
    str_add(out, "\r\n", 2);
}

/* Copies all headers but those `dropped` names. */
static void add_kept(struct str *out, const struct head *head,
                     bool (*dropped)(const struct head *, const struct header *))
{
    unsigned from = 0;

    for (unsigned i = 0; i < head->count; i++) {
        if (dropped(head, &head->headers[i])) {
            add_run(out, head, from, i);
            from = i + 1;
        }
    }
    add_run(out, head, from, head->count);
}

static void add_length(struct str *out, uint64_t length)
{
    str_add_text(out, "Content-Length: ");
    str_add_u64(out, length);
    str_add(out, "\r\n", 2);
}

/* The list of addresses the request came through, the peer last. */
static void add_forwarded(struct str *out, const struct head *head,
                          const struct rewrite_request *how)
{
    str_add_text(out, "X-Forwarded-For: ");
    for (unsigned i = 0; how->append_forwarded && i < head->count; i++) {
        const struct header *header = &head->headers[i];

        if (header->id != HEADER_X_FORWARDED_FOR || header->value.len == 0)
            continue;
        str_add_slice(out, header->value);
        str_add(out, ", ", 2);
    }
    str_add_slice(out, how->peer);
    str_add(out, "\r\n", 2);
}

static bool is_replaced(const struct head *head, const struct header *header)
{
    switch (header->id) {
    case HEADER_SEC_WEBSOCKET_EXTENSIONS: /* frames stay readable */
    case HEADER_X_FORWARDED_FOR:
        return true;
    case HEADER_EXPECT:
        return head->minor == 0; /* RFC 9110 section 10.1.1: such a client cannot read a 100 */
    default:
        return is_hop(head, header);
    }
}

void rewrite_request(struct str *out, const struct head *head, const struct rewrite_request *how)
{
    assert(how->framing->kind != FRAMING_UNTIL_CLOSE);
    str_add_slice(out, head->method);
    str_add_char(out, ' ');
    str_add_slice(out, head->target);
    str_add_text(out, " HTTP/1.1\r\n");
    /* What the backend gets is 1.1 and must have a Host, which a 1.0 client may leave out. */
    if (head->index[HEADER_HOST] == 0)
        add_header(out, SLICE("Host"), (struct slice){NULL, 0});
    add_kept(out, head, is_replaced);
    add_header(out, SLICE("Authorization"), how->password);
    add_forwarded(out, head, how);
    if (how->framing->kind == FRAMING_LENGTH)
        add_length(out, head->content_length);
    else if (how->framing->kind == FRAMING_CHUNKED)
        str_add_text(out, "Transfer-Encoding: chunked\r\n");
    if (how->websocket)
        str_add_text(out, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
    str_add(out, "\r\n", 2);
}

/* The framing headers of a final answer. */
static void add_framing(struct str *out, const struct head *head,
                        const struct rewrite_response *how)
{
    switch (how->framing->kind) {
    case FRAMING_LENGTH:
        add_length(out, head->content_length);
        break;
    case FRAMING_CHUNKED:
        if (!how->client_http10)
            str_add_text(out, "Transfer-Encoding: chunked\r\n");
        break;
    case FRAMING_NONE:
        /* To HEAD, or 304: the length of what a GET would get. A 204 must not have one. */
        if (head->has_length && head->status != 204)
            add_header(out, SLICE("Content-Length"), head_value(head, HEADER_CONTENT_LENGTH));
        break;
    case FRAMING_UNTIL_CLOSE:
        break;
    }
}

static bool must_close(const struct rewrite_response *how)
{
    return how->close || how->framing->kind == FRAMING_UNTIL_CLOSE ||
           (how->framing->kind == FRAMING_CHUNKED && how->client_http10);
}

void rewrite_response(struct str *out, const struct head *head, const struct rewrite_response *how)
{
    str_add_text(out, "HTTP/1.1 ");
    str_add_u64(out, head->status);
    str_add_char(out, ' ');
    str_add_slice(out, head->phrase);
    str_add(out, "\r\n", 2);
    add_kept(out, head, is_hop);
    if (how->websocket) {
        add_header(out, SLICE("Upgrade"), head_value(head, HEADER_UPGRADE));
        str_add_text(out, "Connection: Upgrade\r\n");
    } else if (!how->interim) {
        add_framing(out, head, how);
        if (must_close(how))
            str_add_text(out, "Connection: close\r\n");
        else if (how->client_http10)
            str_add_text(out, "Connection: keep-alive\r\n");
    }
    str_add(out, "\r\n", 2);
}
