/*
 * The PROXY protocol, version 1 and 2, as a receiver
 * (haproxy.org/download/2.6/doc/proxy-protocol.txt). Pure; any thread.
 */
#ifndef NET_PROXYPROTO_H
#define NET_PROXYPROTO_H

#include <stddef.h>

#include "net/addr.h"

#define PROXYPROTO_MAX 536 /* longest header accepted: v2 with 520 bytes behind the fixed part */

enum proxyproto_result { PROXYPROTO_OK, PROXYPROTO_MORE, PROXYPROTO_BAD };

/* Reads a header at bytes[0..len): on OK, *used bytes belong to it and *client is the real client
 * (family 0 for LOCAL and UNKNOWN: keep the peer's own address). */
enum proxyproto_result proxyproto_read(const char *bytes, size_t len, size_t *used,
                                       struct addr *client);

/* Whether the bytes begin like a PROXY header; for refusing strangers with a clear message. */
int proxyproto_looks_like(const char *bytes, size_t len);

#endif
