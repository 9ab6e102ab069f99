/*
 * Answers in Lavalink's shape. The body is written to the stack first, since its length stands in
 * the head; path and message are bounded so that it always fits, escaped as it may be.
 */
#include "http/reply.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "http/respond.h"
#include "http/route.h"

#define PATH_MAX_SHOWN 512
#define MESSAGE_MAX 512
/* An escape makes six bytes of one; keys and numbers take less than 256. */
#define BODY_MAX ((PATH_MAX_SHOWN + MESSAGE_MAX) * 6 + 256)

static const struct {
    unsigned status;
    const char *phrase;
} phrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

const char *reply_phrase(unsigned status)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}

static struct slice at_most(struct slice text, size_t max)
{
    return (struct slice){text.ptr, text.len < max ? text.len : max};
}

static void write_body(struct str *body, const struct reply *reply)
{
    struct json json;

    json_begin(&json, body);
    json_object(&json, NULL);
    json_i64(&json, "timestamp", reply->wall_ms);
    json_u64(&json, "status", reply->status);
    json_text(&json, "error", reply_phrase(reply->status));
    json_slice(&json, "message", at_most(slice_of(reply->message), MESSAGE_MAX));
    /* Without the query: a client may have put a secret there. */
    json_slice(&json, "path", at_most(route_path(reply->path), PATH_MAX_SHOWN));
    json_object_end(&json);
}

void reply_write(struct str *out, const struct reply *reply)
{
    char body_bytes[BODY_MAX];
    char extra_bytes[64];
    struct str body;
    struct str extra;

    str_fixed(&body, body_bytes, sizeof(body_bytes));
    write_body(&body, reply);
    assert(!body.cut);
    str_fixed(&extra, extra_bytes, sizeof(extra_bytes));
    if (reply->retry_after > 0)
        str_addf(&extra, "Retry-After: %u\r\n", reply->retry_after);
    respond_head(out, reply->status, "application/json", body.len, extra.ptr, reply->close);
    if (!reply->head_only)
        str_add_slice(out, str_slice(&body));
}
