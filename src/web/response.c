/*
 * Answers of the web port.
 */
#include "web/response.h"

#include "base/json.h"
#include "http/reply.h"

/* Nothing of ours may be framed, sniffed, cached, or read by another site, and none learns where
 * its visitors come from. (With "no-referrer" browsers send "Origin: null" with our own forms.) */
static const char response_security[] = "X-Content-Type-Options: nosniff\r\n"
                                        "X-Frame-Options: DENY\r\n"
                                        "Referrer-Policy: same-origin\r\n"
                                        "Content-Security-Policy: default-src 'none'; script-src "
                                        "'self'; style-src 'self'; img-src 'self'; connect-src "
                                        "'self'; form-action 'self'; frame-ancestors 'none'; "
                                        "base-uri 'none'\r\n"
                                        "Cross-Origin-Resource-Policy: same-origin\r\n"
                                        "Cross-Origin-Opener-Policy: same-origin\r\n";

void response_head(struct str *out, const struct response *response, size_t length)
{
    str_addf(out, "HTTP/1.1 %u %s\r\n", response->status, reply_phrase(response->status));
    str_addf(out, "Content-Type: %s\r\n", response->type);
    if (response->framing == RESPONSE_LENGTH)
        str_addf(out, "Content-Length: %zu\r\n", length);
    else if (response->framing == RESPONSE_CHUNKED)
        str_add_text(out, "Transfer-Encoding: chunked\r\n");
    if (response->file)
        str_addf(out, "Content-Disposition: attachment; filename=\"%s\"\r\n", response->file);
    if (response->allow)
        str_addf(out, "Allow: %s\r\n", response->allow);
    if (response->retry_after > 0)
        str_addf(out, "Retry-After: %u\r\n", response->retry_after);
    if (response->location)
        str_addf(out, "Location: %s\r\n", response->location);
    if (response->cookie.len > 0)
        str_addf(out, "Set-Cookie: %.*s\r\n", (int)response->cookie.len, response->cookie.ptr);
    if (response->etag)
        str_addf(out, "Cache-Control: no-cache\r\nETag: %s\r\n", response->etag);
    else
        str_add_text(out, "Cache-Control: no-store\r\n");
    if (response->challenge)
        str_add_text(out, "WWW-Authenticate: Basic realm=\"lavaproxy\", charset=\"UTF-8\"\r\n");
    str_add_text(out, response_security);
    if (response->close)
        str_add_text(out, "Connection: close\r\n");
    str_add_text(out, "\r\n");
}

void response_whole(struct str *out, const struct response *response, struct slice body)
{
    response_head(out, response, body.len);
    if (!response->head_only)
        str_add_slice(out, body);
}

void response_error(struct str *out, const struct response *response, const char *message)
{
    char memory[1024];
    struct str body;
    struct json j;
    str_fixed(&body, memory, sizeof(memory));
    json_begin(&j, &body);
    json_object(&j, NULL);
    json_u64(&j, "status", response->status);
    json_text(&j, "error", reply_phrase(response->status));
    json_text(&j, "message", message);
    json_object_end(&j);
    response_whole(out, response, str_slice(&body));
}
