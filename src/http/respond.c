/*
 * Heads of answers made here.
 */
#include "http/respond.h"

#include "http/reply.h"

void respond_head(struct str *out, unsigned status, const char *type, size_t length,
                  const char *extra_headers, bool close)
{
    str_add_text(out, "HTTP/1.1 ");
    str_add_u64(out, status);
    str_add_char(out, ' ');
    str_add_text(out, reply_phrase(status));
    str_add_text(out, "\r\n");
    if (type != NULL) {
        str_add_text(out, "Content-Type: ");
        str_add_text(out, type);
        str_add_text(out, "\r\n");
    }
    if (length != RESPOND_UNTIL_CLOSE && status >= 200 && status != 204 && status != 304) {
        str_add_text(out, "Content-Length: ");
        str_add_u64(out, length);
        str_add_text(out, "\r\n");
    }
    if (extra_headers != NULL)
        str_add_text(out, extra_headers);
    if (close || length == RESPOND_UNTIL_CLOSE)
        str_add_text(out, "Connection: close\r\n");
    str_add_text(out, "\r\n");
}
