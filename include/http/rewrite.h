/*
 * Heads written anew from parsed fields. Dropped: Authorization, Connection and the headers it
 * names, Keep-Alive, Proxy-*, TE, Trailer, Upgrade, HTTP2-Settings, Content-Length and
 * Transfer-Encoding (our own framing is written instead); of requests also
 * Sec-WebSocket-Extensions. Everything else unchanged and in order. Output is HTTP/1.1 and always
 * passes head_request / head_response, as long as it is not cut and does not grow over their
 * limits. Pure.
 */
#ifndef HTTP_REWRITE_H
#define HTTP_REWRITE_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"
#include "http/framing.h"
#include "http/head.h"

struct rewrite_request {
    struct slice password; /* the backend's */
    struct slice peer;     /* client address for X-Forwarded-For */
    bool append_forwarded; /* the peer is a trusted PROXY peer: keep what the header already says in
                              front */
    bool websocket;        /* emit Connection: Upgrade and Upgrade: websocket */
    const struct framing *framing;
};

/* Appends the request head for the backend. A hop named by Connection is dropped only if it is not
 * one of the headers the request needs to keep its meaning (Host, Authorization, Content-Length,
 * User-Id...: RFC 9110 section 7.6.1 abuse). A client of HTTP/1.0 gets an empty Host if it sent
 * none, and loses Expect. The framing may have been walked already. out->cut afterwards means it
 * did not fit. */
void rewrite_request(struct str *out, const struct head *head, const struct rewrite_request *how);

struct rewrite_response {
    bool close;         /* say Connection: close */
    bool websocket;     /* the 101: keep Upgrade and Connection: Upgrade, no framing */
    bool interim;       /* a 1xx: no framing headers */
    bool client_http10; /* no chunks: a chunked answer is sent until close */
    const struct framing *framing;
};

/* Appends the response head for the client; content-length of HEAD and 304 answers stays as it
 * came. An answer that ends with the connection says Connection: close whatever `close` is; one
 * that does not says keep-alive to a client of HTTP/1.0. */
void rewrite_response(struct str *out, const struct head *head, const struct rewrite_response *how);

#endif
