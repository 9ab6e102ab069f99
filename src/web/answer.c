/*
 * Answers of the web port.
 */
#include "web/answer.h"

#include "base/json.h"
#include "http/reply.h"

/* Nothing of ours may be framed, sniffed, cached, or read by another site. */
static const char answer_security[] = "Cache-Control: no-store\r\n"
                                      "X-Content-Type-Options: nosniff\r\n"
                                      "Referrer-Policy: no-referrer\r\n"
                                      "Content-Security-Policy: default-src 'none'; "
                                      "frame-ancestors 'none'; base-uri 'none'\r\n"
                                      "Cross-Origin-Resource-Policy: same-origin\r\n"
                                      "Cross-Origin-Opener-Policy: same-origin\r\n";

void answer_head(struct str *out, const struct answer *answer, size_t length)
{
    str_addf(out, "HTTP/1.1 %u %s\r\n", answer->status, reply_phrase(answer->status));
    str_addf(out, "Content-Type: %s\r\n", answer->type);
    if (answer->framing == ANSWER_LENGTH)
        str_addf(out, "Content-Length: %zu\r\n", length);
    else if (answer->framing == ANSWER_CHUNKED)
        str_add_text(out, "Transfer-Encoding: chunked\r\n");
    if (answer->allow)
        str_addf(out, "Allow: %s\r\n", answer->allow);
    if (answer->retry_after > 0)
        str_addf(out, "Retry-After: %u\r\n", answer->retry_after);
    if (answer->challenge)
        str_add_text(out, "WWW-Authenticate: Basic realm=\"lavaproxy\", charset=\"UTF-8\"\r\n");
    str_add_text(out, answer_security);
    if (answer->close)
        str_add_text(out, "Connection: close\r\n");
    str_add_text(out, "\r\n");
}

void answer_whole(struct str *out, const struct answer *answer, struct slice body)
{
    answer_head(out, answer, body.len);
    if (!answer->head_only)
        str_add_slice(out, body);
}

void answer_error(struct str *out, const struct answer *answer, const char *message)
{
    char memory[1024];
    struct str body;
    struct json j;
    str_fixed(&body, memory, sizeof(memory));
    json_begin(&j, &body);
    json_object(&j, NULL);
    json_u64(&j, "status", answer->status);
    json_text(&j, "error", reply_phrase(answer->status));
    json_text(&j, "message", message);
    json_object_end(&j);
    answer_whole(out, answer, str_slice(&body));
}
