/*
 * The strict check of an HTTP/1 head (RFC 9112), run before http_parser sees a byte, because the
 * packaged http_parser is lenient (bare LF, folds, a space before the colon). Accepts only what two
 * parsers cannot read in two ways and returns an index of slices into the caller's buffer. Pure;
 * any thread; no memory of its own.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define HEAD_BYTES_MAX 16384
#define HEAD_HEADERS_MAX 100

/* Headers this program acts on; every other one is HEADER_OTHER. */
enum header_id {
    HEADER_OTHER,
    HEADER_AUTHORIZATION,
    HEADER_CLIENT_NAME,
    HEADER_CONNECTION,
    HEADER_CONTENT_LENGTH,
    HEADER_EXPECT,
    HEADER_HOST,
    HEADER_HTTP2_SETTINGS,
    HEADER_KEEP_ALIVE,
    HEADER_LAVALINK_VERSION,
    HEADER_PROXY_OTHER, /* every name that starts with Proxy- */
    HEADER_RESUME_KEY,
    HEADER_SEC_WEBSOCKET_EXTENSIONS,
    HEADER_SEC_WEBSOCKET_KEY,
    HEADER_SESSION_ID,
    HEADER_TE,
    HEADER_TRAILER,
    HEADER_TRANSFER_ENCODING,
    HEADER_UPGRADE,
    HEADER_USER_AGENT,
    HEADER_USER_ID,
    HEADER_X_FORWARDED_FOR,
    HEADER_ID_COUNT
};

struct header {
    struct slice name;
    struct slice value; /* trimmed */
    enum header_id id;
};

enum head_result {
    HEAD_OK,
    HEAD_MORE,      /* no empty line yet; call again with more bytes */
    HEAD_BAD,       /* 400: `reason` says what, in words for the client and the log */
    HEAD_TOO_LARGE, /* 431 */
    HEAD_UNKNOWN,   /* 501: a transfer coding other than chunked, CONNECT, TRACE */
};

struct head {
    /* request */
    struct slice method;
    struct slice target; /* never decoded */
    /* response */
    unsigned status;
    struct slice phrase;
    /* both */
    unsigned minor; /* HTTP/1.minor: 0 or 1 */
    size_t length;  /* bytes of the head, its empty line included; the body starts here */
    bool chunked;
    bool has_length;
    uint64_t content_length;
    bool connection_close;
    bool connection_keep_alive;
    bool connection_upgrade;
    bool connection_names; /* Connection lists more than those three */
    unsigned count;
    struct header headers[HEAD_HEADERS_MAX];
    /* index + 1 of the last header of each id; 0: absent */
    uint8_t index[HEADER_ID_COUNT];
    const char *reason; /* static text when the result is not HEAD_OK */
};

/* Checks a request head at bytes[0..len). One empty line before it is skipped (RFC 9112
 * section 2.2). Refuses: anything but CRLF line ends, folds, control bytes, NUL, names that are not
 * tokens or not directly followed by a colon, two Host, Host missing on 1.1, two Content-Length
 * (even equal), Content-Length with Transfer-Encoding, Transfer-Encoding on 1.0 or other than
 * exactly `chunked`, two Authorization, versions other than 1.0 and 1.1, over HEAD_BYTES_MAX or
 * HEAD_HEADERS_MAX. The target is a path (or `*` for OPTIONS) of visible and 8-bit bytes, passed as
 * it is; absolute-form is refused, and so are CONNECT, which asks for another kind of proxy, and
 * TRACE, which would echo the backend's password. A malformed start is refused as soon as it shows
 * (TLS and HTTP/2 bytes at once), not only when the head is complete. After a refusal `method` and
 * `target` are set as far as they were read. */
enum head_result head_request(struct head *head, const char *bytes, size_t len);

/* The same for a response head, tolerant where a sloppy server does no harm (8-bit bytes in values,
 * an empty or missing phrase, any status from 100 to 999, two Host), strict about framing. No empty
 * line before it. */
enum head_result head_response(struct head *head, const char *bytes, size_t len);

/* The value of the last header with this id, or an empty slice with ptr NULL. */
struct slice head_value(const struct head *head, enum header_id id);

/* The value of the first header of this name, whatever its case, or an empty slice with ptr NULL.
 */
struct slice head_named(const struct head *head, struct slice name);

#endif
