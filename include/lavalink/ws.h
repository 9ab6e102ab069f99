/*
 * WebSocket frames (RFC 6455 section 5) and the handshake's accept value (section 4.2.2). No
 * extension is ever negotiated here, so reserved bits are an error. Pure; any thread; no memory of
 * its own.
 */
#ifndef LAVALINK_WS_H
#define LAVALINK_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define WS_HEADER_MAX 14
#define WS_CONTROL_MAX 125 /* payload of a close, ping or pong */

enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xa,
};

enum ws_result { WS_OK, WS_MORE, WS_BAD };

struct ws_header {
    enum ws_opcode opcode;
    bool fin;
    bool masked;
    uint8_t mask[4];
    uint8_t size;    /* bytes of the header itself: 2..WS_HEADER_MAX */
    uint64_t length; /* of the payload behind it */
};

/* Reads the header at bytes[0..len). WS_MORE: it is cut short (never asks for more than
 * WS_HEADER_MAX bytes). WS_BAD: reserved bits or opcodes, a fragmented or long control frame, a
 * length not in its shortest form or with the top bit set; seen as early as the bytes show it. */
enum ws_result ws_decode(struct ws_header *header, const void *bytes, size_t len);

/* Writes the header for opcode, fin, masked, mask and length; returns (and stores) its size. A
 * control frame must be whole and at most WS_CONTROL_MAX. */
size_t ws_encode(uint8_t out[WS_HEADER_MAX], struct ws_header *header);

/* Masks or unmasks payload bytes in place; `offset` is how many bytes of this payload came
 * before. */
void ws_mask(void *bytes, size_t len, const uint8_t mask[4], uint64_t offset);

#define WS_KEY_SIZE 25    /* 24 characters and the NUL */
#define WS_ACCEPT_SIZE 29 /* 28 characters and the NUL */

/* Sec-WebSocket-Key of 16 random bytes, for a client. */
void ws_key(char out[WS_KEY_SIZE], const uint8_t random[16]);
/* Whether a key is 16 bytes in base64. */
bool ws_key_valid(struct slice key);
/* Sec-WebSocket-Accept for a key; keys of any form are taken as they are. */
void ws_accept(char out[WS_ACCEPT_SIZE], struct slice key);

#endif
