/*
 * The strict head check: one pass from left to right over the bytes, driven by a table of byte
 * classes. A refusal depends only on the bytes before it, so the same head cut anywhere gives the
 * same answer or asks for more. Nothing is copied; the index borrows from the caller's buffer.
 */
#include "http/head.h"

#include <assert.h>
#include <string.h>

/* The longest registered method has 17 bytes; junk without a space ends here. */
#define METHOD_MAX 20

enum byte_class {
    TOKEN = 1,  /* of names and methods */
    TARGET = 2, /* visible, and 8-bit, which clients do send */
    VALUE = 4,  /* of field values and phrases */
    HOST = 8,   /* of Host */
};

#define SEEN (TARGET | VALUE)
#define NAME (SEEN | TOKEN)
#define AUTHORITY (SEEN | HOST)
#define BOTH (SEEN | TOKEN | HOST)

static const uint8_t classes[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['!'] = BOTH,
    ['"'] = SEEN,
    ['#'] = NAME,
    ['$' ... '\''] = BOTH,
    ['(' ... ')'] = AUTHORITY,
    ['*' ... '+'] = BOTH,
    [','] = AUTHORITY,
    ['-' ... '.'] = BOTH,
    ['/'] = SEEN,
    ['0' ... '9'] = BOTH,
    [':' ... ';'] = AUTHORITY,
    ['<'] = SEEN,
    ['='] = AUTHORITY,
    ['>' ... '@'] = SEEN,
    ['A' ... 'Z'] = BOTH,
    ['['] = AUTHORITY,
    ['\\'] = SEEN,
    [']'] = AUTHORITY,
    ['^'] = NAME,
    ['_'] = BOTH,
    ['`'] = NAME,
    ['a' ... 'z'] = BOTH,
    ['{'] = SEEN,
    ['|'] = NAME,
    ['}'] = SEEN,
    ['~'] = BOTH,
    [0x80 ... 0xff] = SEEN,
};

struct scan {
    const char *at;
    const char *end;
    struct head *head;
    bool response;
};

static enum head_result refuse(struct scan *s, enum head_result result, const char *reason)
{
    s->head->reason = reason;
    return result;
}

static bool is(char byte, unsigned class)
{
    return (classes[(unsigned char)byte] & class) != 0;
}

/* Moves over bytes of the class; what stops it is judged by the caller. */
static struct slice run_of(struct scan *s, unsigned class)
{
    const char *start = s->at;
    const char *at = start;

    while (at < s->end && is(*at, class))
        at++;
    s->at = at;
    return (struct slice){start, (size_t)(at - start)};
}

/* Takes exactly this text, refusing at the first byte that differs. */
static enum head_result take(struct scan *s, const char *text, const char *reason)
{
    for (; *text != '\0'; text++, s->at++) {
        if (s->at == s->end)
            return HEAD_MORE;
        if (*s->at != *text)
            return refuse(s, HEAD_BAD, reason);
    }
    return HEAD_OK;
}

/* The end of a line whose allowed bytes were just used up. */
static enum head_result take_line_end(struct scan *s)
{
    if (s->at == s->end)
        return HEAD_MORE;
    if (*s->at == '\n')
        return refuse(s, HEAD_BAD, "a line ends in LF without CR");
    if (*s->at != '\r')
        return refuse(s, HEAD_BAD, "a control byte or other forbidden byte in the head");
    return take(s, "\r\n", "a CR without LF in the head");
}

/* Whether a name made of token bytes is `text`, given in lower case. Among token bytes only the
 * two cases of a letter share a value once bit 5 is set, so this compares exactly. */
static bool named(struct slice name, const char *text)
{
    for (size_t i = 0; i < name.len; i++)
        if ((name.ptr[i] | 0x20) != text[i])
            return false;
    return true;
}

static enum header_id id_of_ten(struct slice name)
{
    switch (name.ptr[0] | 0x20) {
    case 'c':
        return named(name, "connection") ? HEADER_CONNECTION : HEADER_OTHER;
    case 'k':
        return named(name, "keep-alive") ? HEADER_KEEP_ALIVE : HEADER_OTHER;
    case 'r':
        return named(name, "resume-key") ? HEADER_RESUME_KEY : HEADER_OTHER;
    case 's':
        return named(name, "session-id") ? HEADER_SESSION_ID : HEADER_OTHER;
    case 'u':
        return named(name, "user-agent") ? HEADER_USER_AGENT : HEADER_OTHER;
    default:
        return HEADER_OTHER;
    }
}

static enum header_id id_of_seven(struct slice name)
{
    if (named(name, "upgrade"))
        return HEADER_UPGRADE;
    if (named(name, "user-id"))
        return HEADER_USER_ID;
    return named(name, "trailer") ? HEADER_TRAILER : HEADER_OTHER;
}

static enum header_id id_of(struct slice name)
{
    if (name.len > 6 && named((struct slice){name.ptr, 6}, "proxy-"))
        return HEADER_PROXY_OTHER;
    switch (name.len) {
    case 2:
        return named(name, "te") ? HEADER_TE : HEADER_OTHER;
    case 4:
        return named(name, "host") ? HEADER_HOST : HEADER_OTHER;
    case 6:
        return named(name, "expect") ? HEADER_EXPECT : HEADER_OTHER;
    case 7:
        return id_of_seven(name);
    case 10:
        return id_of_ten(name);
    case 11:
        return named(name, "client-name") ? HEADER_CLIENT_NAME : HEADER_OTHER;
    case 13:
        return named(name, "authorization") ? HEADER_AUTHORIZATION : HEADER_OTHER;
    case 14:
        if (named(name, "content-length"))
            return HEADER_CONTENT_LENGTH;
        return named(name, "http2-settings") ? HEADER_HTTP2_SETTINGS : HEADER_OTHER;
    case 15:
        return named(name, "x-forwarded-for") ? HEADER_X_FORWARDED_FOR : HEADER_OTHER;
    case 16:
        return named(name, "lavalink-version") ? HEADER_LAVALINK_VERSION : HEADER_OTHER;
    case 17:
        if (named(name, "sec-websocket-key"))
            return HEADER_SEC_WEBSOCKET_KEY;
        return named(name, "transfer-encoding") ? HEADER_TRANSFER_ENCODING : HEADER_OTHER;
    case 24:
        return named(name, "sec-websocket-extensions") ? HEADER_SEC_WEBSOCKET_EXTENSIONS
                                                       : HEADER_OTHER;
    default:
        return HEADER_OTHER;
    }
}

static enum head_result check_length(struct scan *s, struct slice value)
{
    uint64_t length;

    /* Within a signed 64-bit number, so that no sum of ours or of the next reader wraps. */
    if (!slice_to_u64(value, &length) || length > INT64_MAX)
        return refuse(s, HEAD_BAD, "Content-Length is not a number");
    s->head->has_length = true;
    s->head->content_length = length;
    return HEAD_OK;
}

static enum head_result check_coding(struct scan *s, struct slice value)
{
    if (s->head->minor == 0)
        return refuse(s, HEAD_BAD, "Transfer-Encoding on HTTP/1.0");
    if (value.len == 0)
        return refuse(s, HEAD_BAD, "an empty Transfer-Encoding");
    if (!slice_equal_nocase(value, SLICE("chunked")))
        return refuse(s, HEAD_UNKNOWN, "a transfer coding other than chunked");
    s->head->chunked = true;
    return HEAD_OK;
}

static void read_connection(struct head *head, struct slice value)
{
    struct slice token;

    while (slice_next(&value, ',', &token)) {
        if (slice_equal_nocase(token, SLICE("close")))
            head->connection_close = true;
        else if (slice_equal_nocase(token, SLICE("keep-alive")))
            head->connection_keep_alive = true;
        else if (slice_equal_nocase(token, SLICE("upgrade")))
            head->connection_upgrade = true;
        else if (token.len > 0)
            head->connection_names = true;
    }
}

static enum head_result check_host(struct scan *s, struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!is(value.ptr[i], HOST))
            return refuse(s, HEAD_BAD, "Host is not a host name");
    return HEAD_OK;
}

/* What the header means to us; `again` tells that its id was there before. */
static enum head_result check_header(struct scan *s, const struct header *header, bool again)
{
    switch (header->id) {
    case HEADER_CONTENT_LENGTH:
        if (again)
            return refuse(s, HEAD_BAD, "two Content-Length headers");
        return check_length(s, header->value);
    case HEADER_TRANSFER_ENCODING:
        if (again)
            return refuse(s, HEAD_BAD, "two Transfer-Encoding headers");
        return check_coding(s, header->value);
    case HEADER_CONNECTION:
        read_connection(s->head, header->value);
        return HEAD_OK;
    case HEADER_HOST:
        if (s->response)
            return HEAD_OK;
        if (again)
            return refuse(s, HEAD_BAD, "two Host headers");
        return check_host(s, header->value);
    case HEADER_AUTHORIZATION:
        if (again && !s->response)
            return refuse(s, HEAD_BAD, "two Authorization headers");
        return HEAD_OK;
    default:
        return HEAD_OK;
    }
}

static enum head_result take_header(struct scan *s)
{
    struct head *head = s->head;
    struct header *header;
    enum head_result result;
    bool again;

    if (*s->at == ' ' || *s->at == '\t')
        return refuse(s, HEAD_BAD, "a folded header line");
    if (head->count == HEAD_HEADERS_MAX)
        return refuse(s, HEAD_TOO_LARGE, "more than 100 headers");
    header = &head->headers[head->count];
    header->name = run_of(s, TOKEN);
    if (s->at == s->end)
        return HEAD_MORE;
    if (header->name.len == 0 || *s->at != ':')
        return refuse(s, HEAD_BAD, "a header name is not a token followed by a colon");
    s->at++;
    header->value = slice_trim(run_of(s, VALUE));
    result = take_line_end(s);
    if (result != HEAD_OK)
        return result;
    header->id = id_of(header->name);
    again = head->index[header->id] != 0;
    head->count++;
    if (header->id != HEADER_OTHER)
        head->index[header->id] = (uint8_t)head->count;
    return check_header(s, header, again);
}

/* All header lines and the empty line behind them. */
static enum head_result take_headers(struct scan *s)
{
    enum head_result result;

    for (;;) {
        if (s->at == s->end)
            return HEAD_MORE;
        if (*s->at == '\r')
            return take(s, "\r\n", "a CR without LF in the head");
        result = take_header(s);
        if (result != HEAD_OK)
            return result;
    }
}

static enum head_result take_version(struct scan *s)
{
    enum head_result result = take(s, "HTTP/1.", "not HTTP/1.0 or HTTP/1.1");

    if (result != HEAD_OK)
        return result;
    if (s->at == s->end)
        return HEAD_MORE;
    if (*s->at != '0' && *s->at != '1')
        return refuse(s, HEAD_BAD, "not HTTP/1.0 or HTTP/1.1");
    s->head->minor = *s->at == '1';
    s->at++;
    return HEAD_OK;
}

static enum head_result take_method(struct scan *s)
{
    struct slice method;

    if (s->at < s->end && *s->at == 0x16)
        return refuse(s, HEAD_BAD, "TLS on a plain HTTP port");
    method = run_of(s, TOKEN);
    if (method.len > METHOD_MAX)
        return refuse(s, HEAD_BAD, "the method is too long");
    if (s->at == s->end)
        return HEAD_MORE;
    if (method.len == 0 || *s->at != ' ')
        return refuse(s, HEAD_BAD, "this is not an HTTP request");
    s->at++;
    if (slice_equal(method, SLICE("PRI")))
        return refuse(s, HEAD_BAD, "HTTP/2 is not spoken here");
    if (slice_equal(method, SLICE("CONNECT")))
        return refuse(s, HEAD_UNKNOWN, "CONNECT is not offered here");
    if (slice_equal(method, SLICE("TRACE")))
        return refuse(s, HEAD_UNKNOWN, "TRACE is not offered here");
    s->head->method = method;
    return HEAD_OK;
}

static enum head_result take_target(struct scan *s)
{
    struct slice target;

    if (s->at == s->end)
        return HEAD_MORE;
    if (*s->at != '/' && !(*s->at == '*' && slice_equal(s->head->method, SLICE("OPTIONS"))))
        return refuse(s, HEAD_BAD, "the request target is not a path");
    target = run_of(s, TARGET);
    if (target.ptr[0] == '*' && target.len > 1)
        return refuse(s, HEAD_BAD, "the request target is not a path");
    if (s->at == s->end)
        return HEAD_MORE;
    if (*s->at != ' ')
        return refuse(s, HEAD_BAD, "the request line is not METHOD PATH HTTP/1.1");
    s->at++;
    s->head->target = target;
    return HEAD_OK;
}

static enum head_result take_request_line(struct scan *s)
{
    enum head_result result = HEAD_OK;

    if (s->at < s->end && *s->at == '\r')
        result = take(s, "\r\n", "a CR without LF in the head");
    if (result == HEAD_OK)
        result = take_method(s);
    if (result == HEAD_OK)
        result = take_target(s);
    if (result == HEAD_OK)
        result = take_version(s);
    return result == HEAD_OK ? take_line_end(s) : result;
}

static enum head_result take_status(struct scan *s)
{
    unsigned status = 0;

    for (int i = 0; i < 3; i++, s->at++) {
        if (s->at == s->end)
            return HEAD_MORE;
        if (*s->at < (i == 0 ? '1' : '0') || *s->at > '9')
            return refuse(s, HEAD_BAD, "the status is not a number of three digits");
        status = status * 10 + (unsigned)(*s->at - '0');
    }
    s->head->status = status;
    return HEAD_OK;
}

static enum head_result take_status_line(struct scan *s)
{
    enum head_result result = take_version(s);

    if (result == HEAD_OK)
        result = take(s, " ", "not HTTP/1.0 or HTTP/1.1");
    if (result == HEAD_OK)
        result = take_status(s);
    if (result != HEAD_OK)
        return result;
    if (s->at < s->end && *s->at == ' ') {
        s->at++;
        s->head->phrase = run_of(s, VALUE);
    }
    return take_line_end(s);
}

static enum head_result check_whole(struct scan *s)
{
    const struct head *head = s->head;

    if (head->chunked && head->has_length)
        return refuse(s, HEAD_BAD, "Content-Length and Transfer-Encoding together");
    if (!s->response && head->minor == 1 && head->index[HEADER_HOST] == 0)
        return refuse(s, HEAD_BAD, "no Host header");
    return HEAD_OK;
}

static enum head_result check(struct head *head, const char *bytes, size_t len, bool response)
{
    struct scan s = {bytes, bytes + len, head, response};
    enum head_result result;

    /* The array of headers is not cleared: `count` says how much of it holds. */
    memset(head, 0, offsetof(struct head, headers));
    memset(head->index, 0, sizeof(head->index));
    head->reason = NULL;
    if (len > HEAD_BYTES_MAX)
        s.end = bytes + HEAD_BYTES_MAX;
    result = response ? take_status_line(&s) : take_request_line(&s);
    if (result == HEAD_OK)
        result = take_headers(&s);
    if (result == HEAD_OK)
        result = check_whole(&s);
    if (result == HEAD_MORE && len >= HEAD_BYTES_MAX)
        result = refuse(&s, HEAD_TOO_LARGE, "the head is larger than 16 KB");
    if (result == HEAD_OK)
        head->length = (size_t)(s.at - bytes);
    assert(s.at <= s.end);
    return result;
}

enum head_result head_request(struct head *head, const char *bytes, size_t len)
{
    return check(head, bytes, len, false);
}

enum head_result head_response(struct head *head, const char *bytes, size_t len)
{
    return check(head, bytes, len, true);
}

struct slice head_value(const struct head *head, enum header_id id)
{
    unsigned at = head->index[id];

    return at == 0 ? (struct slice){NULL, 0} : head->headers[at - 1].value;
}

struct slice head_named(const struct head *head, struct slice name)
{
    for (unsigned i = 0; i < head->count; i++)
        if (slice_equal_nocase(head->headers[i].name, name))
            return head->headers[i].value;
    return (struct slice){NULL, 0};
}
